//! The regions of Genesys Cloud.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A region of Genesys Cloud. It is written as its domain.
///
/// ```
/// use exchequer_client::Region;
///
/// let region: Region = "mypurecloud.ie".parse()?;
/// assert_eq!(region, Region::EuWest1);
/// assert_eq!(region.to_string(), "mypurecloud.ie");
/// # Ok::<(), exchequer_client::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// `mypurecloud.com`
    UsEast1,
    /// `use2.us-gov-pure.cloud`
    UsEast2,
    /// `usw2.pure.cloud`
    UsWest2,
    /// `cac1.pure.cloud`
    CaCentral1,
    /// `mxc1.pure.cloud`
    MxCentral1,
    /// `sae1.pure.cloud`
    SaEast1,
    /// `mypurecloud.ie`
    EuWest1,
    /// `euw2.pure.cloud`
    EuWest2,
    /// `mypurecloud.de`
    EuCentral1,
    /// `euc2.pure.cloud`
    EuCentral2,
    /// `mec1.pure.cloud`
    MeCentral1,
    /// `aps1.pure.cloud`
    ApSouth1,
    /// `mypurecloud.jp`
    ApNortheast1,
    /// `apne2.pure.cloud`
    ApNortheast2,
    /// `apne3.pure.cloud`
    ApNortheast3,
    /// `apse1.pure.cloud`
    ApSoutheast1,
    /// `mypurecloud.com.au`
    ApSoutheast2,
    /// `edee1.eusc-pure.cloud`
    EuscDeEast1,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 18] = [
        Self::UsEast1,
        Self::UsEast2,
        Self::UsWest2,
        Self::CaCentral1,
        Self::MxCentral1,
        Self::SaEast1,
        Self::EuWest1,
        Self::EuWest2,
        Self::EuCentral1,
        Self::EuCentral2,
        Self::MeCentral1,
        Self::ApSouth1,
        Self::ApNortheast1,
        Self::ApNortheast2,
        Self::ApNortheast3,
        Self::ApSoutheast1,
        Self::ApSoutheast2,
        Self::EuscDeEast1,
    ];

    /// Returns the domain: the API is at `https://api.` and logins at `https://login.` it.
    #[must_use]
    pub const fn domain(self) -> &'static str {
        match self {
            Self::UsEast1 => "mypurecloud.com",
            Self::UsEast2 => "use2.us-gov-pure.cloud",
            Self::UsWest2 => "usw2.pure.cloud",
            Self::CaCentral1 => "cac1.pure.cloud",
            Self::MxCentral1 => "mxc1.pure.cloud",
            Self::SaEast1 => "sae1.pure.cloud",
            Self::EuWest1 => "mypurecloud.ie",
            Self::EuWest2 => "euw2.pure.cloud",
            Self::EuCentral1 => "mypurecloud.de",
            Self::EuCentral2 => "euc2.pure.cloud",
            Self::MeCentral1 => "mec1.pure.cloud",
            Self::ApSouth1 => "aps1.pure.cloud",
            Self::ApNortheast1 => "mypurecloud.jp",
            Self::ApNortheast2 => "apne2.pure.cloud",
            Self::ApNortheast3 => "apne3.pure.cloud",
            Self::ApSoutheast1 => "apse1.pure.cloud",
            Self::ApSoutheast2 => "mypurecloud.com.au",
            Self::EuscDeEast1 => "edee1.eusc-pure.cloud",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.domain())
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = |region: &Self| region.domain().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let all = Self::ALL.map(Self::domain).join(", ");
            Error::Invalid(format!(
                "{text} is no region of Genesys Cloud; these are: {all}"
            ))
        })
    }
}
