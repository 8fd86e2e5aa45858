use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};

/// A currency of ISO 4217, by its alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    minor_digits: u8,
}

/// The error of a text that is not the code of a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the ISO 4217 code of a currency with a minor unit, such as \"USD\"")]
pub struct UnknownCurrency;

impl Currency {
    /// Returns the three capital letters of the code.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// Returns the number of decimals of the minor unit: 0, 2, 3 or 4.
    pub const fn minor_digits(self) -> u32 {
        self.minor_digits as u32
    }

    /// Returns the first day on which the currency was money, if that was after
    /// 1999, and the last one, if it has ended.
    #[must_use]
    pub fn days(self) -> (Option<Date>, Option<Date>) {
        let known = DAYS.binary_search_by_key(&self.code, |(code, ..)| code);
        known.map_or((None, None), |place| {
            let (_, first, last) = DAYS[place];
            (first, last)
        })
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Parses a code in capital letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            (NO_DIGITS, 0),
            (TWO_DIGITS, 2),
            (THREE_DIGITS, 3),
            (FOUR_DIGITS, 4),
        ]
        .into_iter()
        .find_map(|(codes, minor_digits)| {
            let place = codes.binary_search(&text).ok()?;
            Some(Self {
                code: codes[place],
                minor_digits,
            })
        })
        .ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

// ISO 4217 list one as published on 2026-01-01, all codes that have a minor unit,
// also those of funds and index units; and those that ended from 2000 on, with the
// digits that they had. Metals, bond market units, the special drawing right and other
// codes without a minor unit have no bills. Each list is sorted.

/// Currencies without a minor unit.
#[rustfmt::skip]
const NO_DIGITS: &[&str] = &[
    "ADP", "BEF", "BIF", "BYB", "BYR", "CLP", "DJF", "ESP", "GNF", "GRD", "ISK", "ITL",
    "JPY", "KMF", "KRW", "LUF", "MGF", "PTE", "PYG", "RWF", "TPE", "TRL", "UGX", "UYI",
    "VND", "VUV", "XAF", "XOF", "XPF",
];

/// Currencies with hundredths; MGA and MRU have fifths, which ISO 4217 counts
/// as two digits.
#[rustfmt::skip]
const TWO_DIGITS: &[&str] = &[
    "AED", "AFA", "AFN", "ALL", "AMD", "ANG", "AOA", "AON", "AOR", "ARS", "ATS", "AUD",
    "AWG", "AZM", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND", "BOB", "BOV", "BRL",
    "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP",
    "COU", "CRC", "CSD", "CUC", "CUP", "CVE", "CYP", "CZK", "DEM", "DKK", "DOP", "DZD",
    "ECS", "EEK", "EGP", "ERN", "ETB", "EUR", "FIM", "FJD", "FKP", "FRF", "GBP", "GEL",
    "GHC", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR",
    "IEP", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LTL", "LVL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
    "MOP", "MRO", "MRU", "MTL", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZM", "MZN",
    "NAD", "NGN", "NIO", "NLG", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR",
    "PLN", "QAR", "ROL", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDD", "SDG", "SEK",
    "SGD", "SHP", "SIT", "SKK", "SLE", "SLL", "SOS", "SRD", "SRG", "SSP", "STD", "STN",
    "SVC", "SYP", "SZL", "THB", "TJR", "TJS", "TMM", "TMT", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "USD", "USN", "USS", "UYU", "UZS", "VEB", "VED", "VEF", "VES", "WST",
    "XAD", "XCD", "XCG", "YER", "YUM", "ZAR", "ZMK", "ZMW", "ZWD", "ZWG", "ZWL", "ZWR",
];

/// Currencies with thousandths.
#[rustfmt::skip]
const THREE_DIGITS: &[&str] = &[
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
];

/// Index units with four digits.
#[rustfmt::skip]
const FOUR_DIGITS: &[&str] = &[
    "CLF", "UYW",
];

const fn day(year: i16, month: i8, day: i8) -> Option<Date> {
    Some(date(year, month, day))
}

/// The first and the last day on which a currency was legal tender anywhere, as CLDR 48
/// has them, for those that began or ended from 2000 on. Sorted by code.
#[rustfmt::skip]
const DAYS: &[(&str, Option<Date>, Option<Date>)] = &[
    ("ADP", None, day(2001, 12, 31)),
    ("AFA", None, day(2002, 12, 31)),
    ("AFN", day(2002, 10, 7), None),
    ("ANG", None, day(2025, 6, 30)),
    ("AON", None, day(2000, 2, 1)),
    ("AOR", None, day(2000, 2, 1)),
    ("ATS", None, day(2002, 2, 28)),
    ("AZM", None, day(2006, 12, 31)),
    ("AZN", day(2006, 1, 1), None),
    ("BEF", None, day(2002, 2, 28)),
    ("BGN", None, day(2026, 1, 31)),
    ("BYB", None, day(2000, 12, 31)),
    ("BYN", day(2016, 7, 1), None),
    ("BYR", day(2000, 1, 1), day(2017, 1, 1)),
    ("CSD", day(2002, 5, 15), day(2006, 10, 25)),
    ("CUC", None, day(2021, 6, 1)),
    ("CYP", None, day(2008, 1, 31)),
    ("DEM", None, day(2002, 5, 15)),
    ("ECS", None, day(2000, 10, 2)),
    ("EEK", None, day(2010, 12, 31)),
    ("ESP", None, day(2002, 2, 28)),
    ("FIM", None, day(2002, 2, 28)),
    ("FRF", None, day(2002, 2, 17)),
    ("GHC", None, day(2007, 12, 31)),
    ("GHS", day(2007, 7, 3), None),
    ("GRD", None, day(2002, 2, 28)),
    ("HRK", None, day(2023, 1, 14)),
    ("IEP", None, day(2002, 2, 9)),
    ("ITL", None, day(2002, 2, 28)),
    ("LTL", None, day(2014, 12, 31)),
    ("LUF", None, day(2002, 2, 28)),
    ("LVL", None, day(2013, 12, 31)),
    ("MGF", None, day(2004, 12, 31)),
    ("MRO", None, day(2018, 6, 30)),
    ("MRU", day(2018, 1, 1), None),
    ("MTL", None, day(2008, 1, 31)),
    ("MZM", None, day(2006, 12, 31)),
    ("MZN", day(2006, 7, 1), None),
    ("NLG", None, day(2002, 2, 28)),
    ("PTE", None, day(2002, 2, 28)),
    ("ROL", None, day(2006, 12, 31)),
    ("RON", day(2005, 7, 1), None),
    ("RSD", day(2006, 10, 25), None),
    ("SDD", None, day(2007, 6, 30)),
    ("SDG", day(2007, 1, 10), None),
    ("SIT", None, day(2007, 1, 14)),
    ("SKK", None, day(2009, 1, 1)),
    ("SLE", day(2022, 7, 1), None),
    ("SLL", None, day(2023, 12, 31)),
    ("SRD", day(2004, 1, 1), None),
    ("SRG", None, day(2003, 12, 31)),
    ("SSP", day(2011, 7, 18), None),
    ("STD", None, day(2017, 12, 31)),
    ("STN", day(2018, 1, 1), None),
    ("TJR", None, day(2000, 10, 25)),
    ("TJS", day(2000, 10, 26), None),
    ("TMM", None, day(2009, 1, 1)),
    ("TMT", day(2009, 1, 1), None),
    ("TPE", None, day(2002, 5, 20)),
    ("TRL", None, day(2005, 12, 31)),
    ("TRY", day(2005, 1, 1), None),
    ("USS", None, day(2014, 3, 1)),
    ("VEB", None, day(2008, 6, 30)),
    ("VED", day(2021, 10, 1), None),
    ("VEF", day(2008, 1, 1), day(2018, 8, 20)),
    ("VES", day(2018, 8, 20), None),
    ("XAD", day(2025, 5, 12), None),
    ("XCG", day(2025, 3, 31), None),
    ("YUM", None, day(2002, 5, 15)),
    ("ZMK", None, day(2013, 1, 1)),
    ("ZMW", day(2013, 1, 1), None),
    ("ZWD", None, day(2008, 8, 1)),
    ("ZWG", day(2024, 6, 25), None),
    ("ZWL", day(2009, 2, 2), day(2024, 8, 31)),
    ("ZWR", day(2008, 8, 1), day(2009, 2, 2)),
];
