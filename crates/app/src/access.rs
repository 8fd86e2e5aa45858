//! Callers, and the organisations whose things they may see. A value that is loaded
//! here proves that its caller may: [`Tenant`] is an organisation that it acts for,
//! [`TrustedCustomer`] one that trusts it, [`Operator`] a caller who runs the
//! platform.

use exchequer_core::{Instant, OrganizationId, TrustDates};
use exchequer_store::Snapshot;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::clients::Client;
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::trusts::{self, Parties};
use exchequer_store::tokens::{Bearer, TokenKey};

use crate::app::App;
use crate::error::Error;
use crate::ingest::Sender;
use crate::rate_limiter::RateLimitStatus;

/// The permission to send events that void nothing.
pub const USAGE_ADD: &str = "billing:usage:add";

/// The permission to send events that void others.
pub const USAGE_VOID: &str = "billing:usage:void";

/// A client with a valid token.
#[derive(Clone)]
pub struct Caller {
    /// The client.
    pub client: Client,
    /// Its organisation.
    pub organization: Organization,
    /// The token.
    pub token: TokenKey,
}

impl Caller {
    fn new(bearer: Bearer, token: TokenKey) -> Self {
        Self {
            client: bearer.client,
            organization: bearer.organization,
            token,
        }
    }

    /// Finds whose token this is, if it is valid.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(app: &App, token: TokenKey) -> Result<Option<Self>, Error> {
        let now = app.now();
        let bearer = app.store().find_bearer(token, now).await?;
        Ok(bearer.map(|bearer| Self::new(bearer, token)))
    }

    /// Finds whose token this is, if it is valid, and counts a request of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_and_count(
        app: &App,
        token: TokenKey,
    ) -> Result<Option<(Self, RateLimitStatus)>, Error> {
        let found = app.rate_limiter().find_and_count(token, app.now()).await?;
        Ok(found.map(|(bearer, status)| (Self::new(bearer, token), status)))
    }

    /// Returns who is behind what is done now, for the audit trail.
    #[must_use]
    pub fn actor(&self, at: Instant) -> Actor {
        Actor {
            client: self.client.id,
            organization: self.organization.id,
            at,
        }
    }

    /// Returns true if its organisation runs the platform.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.organization.operator
    }

    /// Returns what it may send. A client of the operator that was given no sources may
    /// send under any; every other one only under its own.
    #[must_use]
    pub fn sender(&self) -> Sender<'_> {
        let sources = &self.client.sources;
        Sender {
            client: Some(self.client.id),
            sources: (!self.is_operator() || !sources.is_empty()).then_some(sources),
            may_add: self.client.may(USAGE_ADD),
            may_void: self.client.may(USAGE_VOID),
        }
    }
}

/// The organisation that a caller acts for: its own, or for an operator's
/// client any that it names.
pub struct Tenant {
    caller: Caller,
    organization: Organization,
}

impl Tenant {
    /// Loads the organisation that the caller acts for. Only an operator's
    /// client may name one; anybody else acts for its own whatever it names.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no organisation of that name.
    pub async fn load(app: &App, caller: Caller, named: Option<&str>) -> Result<Self, Error> {
        let organization = match named.filter(|_| caller.is_operator()) {
            None => caller.organization.clone(),
            Some(text) => {
                let id: OrganizationId = text.parse().map_err(|_| Error::NotFound)?;
                let find = move |db: &Snapshot<'_>| organizations::find(db, id);
                let found = app.database().read_one(find).await?;
                found.ok_or(Error::NotFound)?
            }
        };
        Ok(Self {
            caller,
            organization,
        })
    }

    /// Returns who calls.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Returns the organisation's id.
    #[must_use]
    pub fn id(&self) -> OrganizationId {
        self.organization.id
    }

    /// Returns the organisation.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// Returns true if it is another organisation than the caller's.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign().is_some()
    }

    /// Returns its id, if it is another organisation than the caller's: links
    /// that the caller is given have to name it.
    #[must_use]
    pub fn foreign(&self) -> Option<OrganizationId> {
        Some(self.id()).filter(|id| *id != self.caller.organization.id)
    }
}

/// A customer that trusts a partner, and the partner that asks.
pub struct TrustedCustomer {
    /// The partner.
    pub partner: Tenant,
    /// The customer.
    pub customer: Organization,
    /// The dates of the trust. The partner may see the periods that begin within them, and
    /// nothing else of the customer.
    pub dates: TrustDates,
}

impl TrustedCustomer {
    /// Loads a customer that trusts the partner, or did once.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it does not: then it does not exist for the partner.
    pub async fn load(app: &App, partner: Tenant, customer: OrganizationId) -> Result<Self, Error> {
        let parties = Parties {
            trustee: partner.id(),
            trustor: customer,
        };
        let find = move |db: &Snapshot<'_>| {
            let grant = trusts::find(db, parties)?.map(|trust| trust.grant);
            match grant.filter(|grant| grant.enabled) {
                Some(grant) => Ok(organizations::find(db, customer)?.zip(Some(grant.dates))),
                None => Ok(None),
            }
        };
        let found = app.database().read(find).await?;
        let (customer, dates) = found.ok_or(Error::NotFound)?;
        Ok(Self {
            partner,
            customer,
            dates,
        })
    }
}

/// A caller who runs the platform.
pub struct Operator(Caller);

impl Operator {
    /// Returns the caller as an operator, if it is one.
    #[must_use]
    pub fn new(caller: Caller) -> Option<Self> {
        caller.is_operator().then_some(Self(caller))
    }

    /// Returns who is behind what is done now, for the audit trail.
    #[must_use]
    pub fn actor(&self, app: &App) -> Actor {
        self.0.actor(app.now())
    }
}
