//! Canonical JSON: one text for each content, so that two events have the same
//! data exactly when their texts are the same bytes.
//!
//! Names are in order of code points, there are no blanks, strings escape only
//! what JSON demands, and numbers have one spelling (`1.0`, `1e0` and `1` are
//! `1`). Input is JSON that a parser has already accepted; on anything else the
//! answer is [`Flaw::Malformed`], never a panic.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::number;
use super::text;
use crate::limits::{MAX_DATA, MAX_DATA_DEPTH};

/// A reason why a JSON text has no canonical form within the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The canonical text would be longer than allowed.
    TooLong,
    /// Objects and arrays are nested deeper than allowed.
    TooDeep,
    /// One object holds this name (in quotes) twice.
    TwiceNamed(String),
    /// A `\u` escape is half of a surrogate pair.
    LoneSurrogate,
    /// A number's exponent is beyond [`crate::limits::MAX_EXPONENT`].
    Exponent,
    /// Not JSON.
    Malformed,
}

/// Bounds on what is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of canonical text.
    pub(super) bytes: usize,
    /// Objects and arrays within one another; the outermost counts as one.
    pub(super) depth: u32,
}

/// The bounds of `data`.
pub(super) const DATA: Limits = Limits {
    bytes: MAX_DATA,
    depth: MAX_DATA_DEPTH,
};

/// Space that is reused from one text to the next.
#[derive(Debug, Default)]
pub(super) struct Canonicalizer {
    members: Vec<Member>,
    spare: String,
}

impl Canonicalizer {
    /// Replaces `out` with the canonical form of `json`.
    pub(super) fn write(
        &mut self,
        json: &str,
        limits: Limits,
        out: &mut String,
    ) -> Result<(), Flaw> {
        out.clear();
        self.members.clear();
        let mut pass = Pass {
            json,
            at: 0,
            out,
            limit: limits.bytes,
            members: &mut self.members,
            spare: &mut self.spare,
        };
        pass.blanks();
        pass.value(limits.depth)?;
        pass.blanks();
        if pass.at == json.len() {
            Ok(())
        } else {
            Err(Flaw::Malformed)
        }
    }
}

struct Pass<'p> {
    json: &'p str,
    at: usize,
    out: &'p mut String,
    limit: usize,
    members: &'p mut Vec<Member>,
    spare: &'p mut String,
}

impl Pass<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Flaw> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(Flaw::Malformed)
        }
    }

    /// Appends text, unless that would go beyond the limit.
    fn put(&mut self, text: &str) -> Result<(), Flaw> {
        if self.out.len() + text.len() > self.limit {
            return Err(Flaw::TooLong);
        }
        self.out.push_str(text);
        Ok(())
    }

    fn value(&mut self, depth: u32) -> Result<(), Flaw> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(Flaw::TooDeep)?),
            Some(b'[') => self.array(depth.checked_sub(1).ok_or(Flaw::TooDeep)?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(Flaw::Malformed),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Flaw> {
        if !self.json[self.at..].starts_with(word) {
            return Err(Flaw::Malformed);
        }
        self.at += word.len();
        self.put(word)
    }

    fn number(&mut self) -> Result<(), Flaw> {
        let rest = &self.json[self.at..];
        let length = rest
            .bytes()
            .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        if !number::write(&rest[..length], self.out) {
            return Err(Flaw::Exponent);
        }
        self.at += length;
        self.put("")
    }

    fn array(&mut self, depth: u32) -> Result<(), Flaw> {
        self.expect(b'[')?;
        self.put("[")?;
        self.blanks();
        if self.take(b']') {
            return self.put("]");
        }
        loop {
            self.blanks();
            self.value(depth)?;
            self.blanks();
            if self.take(b']') {
                return self.put("]");
            }
            self.expect(b',')?;
            self.put(",")?;
        }
    }

    /// Copies a string, in runs between its escapes.
    fn string(&mut self) -> Result<(), Flaw> {
        let json = self.json;
        let mut run = self.at;
        self.expect(b'"')?;
        loop {
            let rest = &json.as_bytes()[self.at..];
            let stop = rest
                .iter()
                .position(|&b| matches!(b, b'"' | b'\\' | ..0x20));
            self.at += stop.ok_or(Flaw::Malformed)?;
            match json.as_bytes()[self.at] {
                b'"' => {
                    self.at += 1;
                    return self.put(&json[run..self.at]);
                }
                b'\\' => {
                    self.put(&json[run..self.at])?;
                    self.escape()?;
                    run = self.at;
                }
                _ => return Err(Flaw::Malformed),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Flaw> {
        let (length, character) = match text::unescape(&self.json[self.at..]) {
            Ok(read) => read,
            Err(text::BadEscape::LoneSurrogate) => return Err(Flaw::LoneSurrogate),
            Err(text::BadEscape::Malformed) => return Err(Flaw::Malformed),
        };
        self.at += length;
        match character {
            '"' => self.put("\\\""),
            '\\' => self.put("\\\\"),
            '\u{8}' => self.put("\\b"),
            '\u{c}' => self.put("\\f"),
            '\n' => self.put("\\n"),
            '\r' => self.put("\\r"),
            '\t' => self.put("\\t"),
            '\0'..='\u{1f}' => {
                // Writing into a string cannot fail.
                let _ = write!(self.out, "\\u{:04x}", u32::from(character));
                self.put("")
            }
            _ => self.put(character.encode_utf8(&mut [0; 4])),
        }
    }
}

/// One member of an object, as a stretch of the output: the name in quotes from
/// `start`, the value up to `end`.
#[derive(Debug, Clone, Copy)]
struct Member {
    start: usize,
    name_end: usize,
    end: usize,
}

impl Pass<'_> {
    fn object(&mut self, depth: u32) -> Result<(), Flaw> {
        self.expect(b'{')?;
        self.put("{")?;
        self.blanks();
        if self.take(b'}') {
            return self.put("}");
        }
        let base = self.members.len();
        let mut sorted = true;
        loop {
            self.blanks();
            let member = self.member(depth)?;
            if let [.., last] = &self.members[base..] {
                sorted &= self.order(last, &member)? == Ordering::Less;
            }
            self.members.push(member);
            self.blanks();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
            self.put(",")?;
        }
        if !sorted {
            self.sort(base)?;
        }
        self.members.truncate(base);
        self.put("}")
    }

    fn member(&mut self, depth: u32) -> Result<Member, Flaw> {
        let start = self.out.len();
        self.string()?;
        let name_end = self.out.len();
        self.blanks();
        self.expect(b':')?;
        self.put(":")?;
        self.blanks();
        self.value(depth)?;
        Ok(Member {
            start,
            name_end,
            end: self.out.len(),
        })
    }

    /// Orders two members of an object; equal names are a flaw.
    fn order(&self, a: &Member, b: &Member) -> Result<Ordering, Flaw> {
        let name = |member: &Member| &self.out[member.start..member.name_end];
        match compare(name(a), name(b)) {
            Ordering::Equal => Err(Flaw::TwiceNamed(name(a).to_owned())),
            order => Ok(order),
        }
    }

    /// Puts the members from `base` on, which end the output, into order.
    fn sort(&mut self, base: usize) -> Result<(), Flaw> {
        let start = self.members[base].start;
        let out = &*self.out;
        self.members[base..]
            .sort_unstable_by(|a, b| compare(&out[a.start..a.name_end], &out[b.start..b.name_end]));
        for pair in self.members[base..].windows(2) {
            self.order(&pair[0], &pair[1])?;
        }
        self.spare.clear();
        self.spare.push_str(&self.out[start..]);
        self.out.truncate(start);
        for (n, member) in self.members[base..].iter().enumerate() {
            if n > 0 {
                self.out.push(',');
            }
            self.out
                .push_str(&self.spare[member.start - start..member.end - start]);
        }
        Ok(())
    }
}

/// Orders two names, in quotes and canonically escaped, by code points.
fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (&a[1..a.len() - 1], &b[1..b.len() - 1]);
    if a.contains('\\') || b.contains('\\') {
        text::characters(a).cmp(text::characters(b))
    } else {
        a.cmp(b)
    }
}
