//! Taking a written date apart, character by character.

/// The parts of a date as somebody wrote them.
pub(super) struct Written {
    pub(super) year: i16,
    pub(super) month: i8,
    pub(super) day: i8,
    /// Microseconds of the day.
    pub(super) of_day: i64,
    /// None if it has no offset.
    pub(super) offset_seconds: Option<i32>,
}

pub(super) struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    /// Reads a whole date; `None` if anything is wrong or left over.
    pub(super) fn date_time(mut self) -> Option<Written> {
        let year = i16::try_from(self.digits(4)?).ok()?;
        self.take(b'-')?;
        let month = i8::try_from(self.digits(2)?).ok()?;
        self.take(b'-')?;
        let day = i8::try_from(self.digits(2)?).ok()?;
        let bare = Written {
            year,
            month,
            day,
            of_day: 0,
            offset_seconds: None,
        };
        if self.rest.is_empty() {
            return Some(bare);
        }
        if !matches!(self.next()?, b'T' | b't' | b' ') {
            return None;
        }
        let of_day = self.time()?;
        let offset_seconds = self.offset()?;
        Some(Written {
            of_day,
            offset_seconds,
            ..bare
        })
    }

    /// Reads `hh:mm[:ss[.fraction]]` as microseconds of the day.
    fn time(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.take(b':')?;
        let minute = self.digits(2)?;
        let second = if self.take(b':').is_some() {
            self.digits(2)?
        } else {
            0
        };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let micros = if self.take(b'.').is_some() {
            self.fraction()?
        } else {
            0
        };
        Some(i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + micros)
    }

    /// Reads at least one digit; those beyond microseconds are cut.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        let padded = digits.iter().copied().chain(std::iter::repeat(b'0'));
        Some(
            padded
                .take(6)
                .fold(0, |value, digit| value * 10 + i64::from(digit - b'0')),
        )
    }

    /// Reads nothing, `Z`, an offset, or what Go prints: an offset and the zone's name.
    fn offset(&mut self) -> Option<Option<i32>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if matches!(self.rest, b"Z" | b"z") {
            return Some(Some(0));
        }
        let blanks = self.blanks();
        let seconds = match self.rest.first()? {
            b'+' => self.skip().hours_and_minutes()?,
            b'-' => -self.skip().hours_and_minutes()?,
            // A `+` in a query string arrives as a blank.
            b'0'..=b'9' if blanks > 0 => self.hours_and_minutes()?,
            // Other names of zones mean nothing without their offset.
            _ => return (blanks > 0 && matches!(self.rest, b"UTC" | b"GMT")).then_some(Some(0)),
        };
        self.zone_name(blanks)?;
        Some(Some(seconds))
    }

    fn hours_and_minutes(&mut self) -> Option<i32> {
        let hours = self.digits(2)?;
        let colon = self.take(b':').is_some();
        let minutes = match self.rest.first() {
            Some(b'0'..=b'9') => self.digits(2)?,
            _ if colon => return None,
            _ => 0,
        };
        // The widest offset that any clock ever had is below 24 hours.
        if hours > 23 || minutes > 59 {
            return None;
        }
        i32::try_from(hours * 3600 + minutes * 60).ok()
    }

    /// Reads Go's ` UTC` or ` CET`, then perhaps its monotonic reading ` m=+0.1`.
    fn zone_name(&mut self, blanks: usize) -> Option<()> {
        if self.rest.is_empty() {
            return Some(());
        }
        if self.blanks() + blanks == 0 {
            return None;
        }
        let end = self
            .rest
            .iter()
            .position(|&b| b == b' ')
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let letters = name.iter().all(u8::is_ascii_alphabetic);
        // Zones without a name of their own are printed as `+03`.
        let numeric = matches!(name, [b'+' | b'-', digits @ ..]
            if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
        if name.len() > 5 || !(letters || numeric) {
            return None;
        }
        let clock = rest.strip_prefix(b" m=").unwrap_or(rest);
        clock
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b' '))
            .then_some(())
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.rest = rest;
        Some(
            digits
                .iter()
                .fold(0, |value, digit| value * 10 + u32::from(digit - b'0')),
        )
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn skip(&mut self) -> &mut Self {
        self.rest = self.rest.get(1..).unwrap_or_default();
        self
    }

    fn blanks(&mut self) -> usize {
        let count = self.rest.iter().take_while(|&&b| b == b' ').count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        count
    }
}
