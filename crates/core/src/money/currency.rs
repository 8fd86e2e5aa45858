use std::fmt;
use std::str::FromStr;

/// A currency of ISO 4217, by its alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    minor_digits: u8,
}

/// The error of a text that is not the code of an active currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an active ISO 4217 currency code such as \"USD\"")]
pub struct UnknownCurrency;

impl Currency {
    /// Returns the three capital letters of the code.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// Returns the number of decimals of the minor unit: 0, 2 or 3.
    pub const fn minor_digits(self) -> u32 {
        self.minor_digits as u32
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Parses a code in capital letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [(NO_DIGITS, 0), (TWO_DIGITS, 2), (THREE_DIGITS, 3)]
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

// ISO 4217 list one, as in force from 2026-01-01 (the lev has gone into the
// euro, the guilder of Curaçao and Sint Maarten is XCG). Left out are currencies
// that no invoice uses: funds and index units (BOV, CHE, CHW, CLF, COU, MXV,
// USN, UYI, UYW), accounting units (XAD, XDR, XSU, XUA), metals, bond market
// units and test codes. Each list is sorted.

/// Currencies without a minor unit.
#[rustfmt::skip]
const NO_DIGITS: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
    "VUV", "XAF", "XOF", "XPF",
];

/// Currencies with hundredths; MGA and MRU have fifths, which ISO 4217 counts
/// as two digits.
#[rustfmt::skip]
const TWO_DIGITS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB",
    "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL",
    "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
    "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
    "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
    "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
    "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
];

/// Currencies with thousandths.
#[rustfmt::skip]
const THREE_DIGITS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
