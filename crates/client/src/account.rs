//! The caller, its organisation, and the organisations bound to it by trusts.

use exchequer_types::{Organization, TokenInfo, Trustee, Trustor};
use reqwest::Method;

use crate::call::Call;
use crate::{Answer, Client, Error, Pages};

impl Client {
    /// Returns the owner of the client's token: `GET /api/v2/tokens/me`.
    ///
    /// # Errors
    /// As every call.
    pub async fn token_info(&self) -> Result<Answer<TokenInfo>, Error> {
        let call = self.get(&["tokens", "me"])?;
        self.send(&call).await?.parse().await
    }

    /// Revokes the token, if this client has one: `DELETE /api/v2/tokens/me`. The
    /// next call logs in again. Given up half-way, the token may live on at
    /// the server, but this client has forgotten it.
    ///
    /// # Errors
    /// As every call, but nothing is tried again: a token that cannot be ended
    /// ends by itself.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        let Some(token) = self.take_token().await else {
            return Ok(());
        };
        let call = Call::new(self.server(), Method::DELETE, &["tokens", "me"])?;
        match self.once(&call, &token).await {
            // The token has ended already.
            Err(error) if error.status() == Some(401) => Ok(()),
            done => done.map(drop),
        }
    }

    /// Returns the organisation of the caller: `GET /api/v2/organizations/me`.
    ///
    /// # Errors
    /// As every call.
    pub async fn organization(&self) -> Result<Answer<Organization>, Error> {
        let call = self.get(&["organizations", "me"])?;
        self.send(&call).await?.parse().await
    }

    /// Lists the customers that trust the caller's organisation:
    /// `GET /api/v2/orgauthorization/trustors`.
    pub fn trustors(&self) -> Pages<Trustor> {
        Pages::new(self, &["orgauthorization", "trustors"])
    }

    /// Returns one customer: `GET /api/v2/orgauthorization/trustors/{trustorOrgId}`.
    ///
    /// # Errors
    /// As every call; 404 if it does not trust the caller's organisation.
    pub async fn trustor(&self, organization: &str) -> Result<Answer<Trustor>, Error> {
        let call = self.get(&["orgauthorization", "trustors", organization])?;
        self.send(&call).await?.parse().await
    }

    /// Lists the partners that the caller's organisation trusts:
    /// `GET /api/v2/orgauthorization/trustees`.
    pub fn trustees(&self) -> Pages<Trustee> {
        Pages::new(self, &["orgauthorization", "trustees"])
    }

    /// Returns one partner: `GET /api/v2/orgauthorization/trustees/{trusteeOrgId}`.
    ///
    /// # Errors
    /// As every call; 404 if the caller's organisation does not trust it.
    pub async fn trustee(&self, organization: &str) -> Result<Answer<Trustee>, Error> {
        let call = self.get(&["orgauthorization", "trustees", organization])?;
        self.send(&call).await?.parse().await
    }
}
