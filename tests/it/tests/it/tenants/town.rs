//! The organisations and clients in the world of the tenant tests.

use exchequer_server::routes::Route;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::calls::Call;
use super::names::{GAVIN, HOOLI, HOOLI_CLIENT, INITECH, LEFT, OFF, describe};
use exchequer_support::world::{ACME, CATALOG, GLOBEX, SECRET, login};
use exchequer_support::{Answer, World};

const CLIENTS: [(&str, &str, &str); 4] = [
    ("acme", ACME, "bbbbbbbb-0000-4000-8000-000000000002"),
    ("globex", GLOBEX, "bbbbbbbb-0000-4000-8000-000000000003"),
    ("initech", INITECH, "bbbbbbbb-0000-4000-8000-000000000004"),
    ("hooli", HOOLI, HOOLI_CLIENT),
];

/// A served world; see above.
pub(crate) struct Town {
    pub(crate) world: World,
}

impl Town {
    /// Acme is Globex's customer, Hooli is Initech's.
    pub(crate) async fn build() -> Self {
        let world = World::with(|config| config.rate_limit = 100_000).await;
        let town = Self { world };
        let names = [(ACME, "Acme Ltd"), (GLOBEX, "Globex"), (INITECH, "Initech")];
        let others = [(HOOLI, "Hooli"), (OFF, "Umbrella"), (LEFT, "Soylent")];
        for (id, name) in names.into_iter().chain(others) {
            town.put(&format!("organizations/{id}"), &json!({"name": name}))
                .await;
        }
        let meter = json!({"eventType": "user.login", "aggregation": "unique"});
        town.put("meters/logins", &meter).await;
        let product = json!({"name": "Cloud CX 3", "charge": "PureCloud3Overage",
            "meter": "logins", "grouping": "user-license", "unit": "seat",
            "unitOfMeasure": "User", "cancellable": true});
        town.put("products/CX3", &product).await;
        for (number, organization) in [
            ("ACME-77", ACME),
            ("HOOLI-77", HOOLI),
            ("OFF-77", OFF),
            ("LEFT-77", LEFT),
        ] {
            let contract = json!({"organization": organization, "subscription": "MONTH_TO_MONTH",
                "currency": "USD", "start": "2026-01-01", "end": "2026-12-31",
                "lines": [{"product": "CX3", "overagePrice": "140.00"}]});
            town.put(&format!("contracts/{number}"), &contract).await;
        }
        let aliases = json!({"resources": [{"name": GAVIN, "aliases": ["gavin"]}]});
        town.put(&format!("aliases/{HOOLI}"), &aliases).await;
        for (trustee, trustor) in [
            (GLOBEX, ACME),
            (INITECH, HOOLI),
            (GLOBEX, OFF),
            (GLOBEX, LEFT),
        ] {
            let enabled = json!({"enabled": trustor != OFF});
            town.put(&format!("trusts/{trustee}:{trustor}"), &enabled)
                .await;
        }
        let operator = town.world.operator().await;
        let left = format!("{CATALOG}/trusts/{GLOBEX}:{LEFT}");
        assert_eq!(town.world.delete(&operator, &left).await.status, 204);
        for (_, organization, client) in CLIENTS {
            town.put_client(client, organization, &["*"]).await;
        }
        for (who, id, subject, day) in [
            ("acme", "e-1", "ada@acme.example", "2026-11-02"),
            ("hooli", "e-1", GAVIN, "2026-11-02"),
            // A day on which nobody else has anything.
            ("hooli", "e-2", GAVIN, "2026-11-01"),
        ] {
            let events = json!([login(id, subject, &format!("{day}T00:00:00Z"))]);
            let token = town.token(who).await;
            assert_eq!(
                town.world.ingest(&token, &events).await.json()["accepted"],
                1
            );
        }
        town
    }

    async fn put(&self, path: &str, body: &Value) {
        let operator = self.world.operator().await;
        let answer = self
            .world
            .put(&operator, &format!("{CATALOG}/{path}"), body)
            .await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    async fn put_client(&self, id: &str, organization: &str, permissions: &[&str]) {
        let body = json!({"organization": organization, "name": "a client", "secret": SECRET,
            "permissions": permissions, "sources": ["/test"]});
        self.put(&format!("clients/{id}"), &body).await;
    }

    /// A token of somebody with every permission.
    pub(crate) async fn token(&self, who: &str) -> String {
        let found = CLIENTS.iter().find(|(name, ..)| *name == who);
        let (_, _, client) = found.unwrap();
        self.world.token(client, SECRET).await
    }

    /// A token of a client with these permissions.
    pub(crate) async fn client(&self, organization: &str, permissions: &[&str]) -> String {
        let id = "bbbbbbbb-0000-4000-8000-000000000009";
        let operator = self.world.operator().await;
        self.world
            .delete(&operator, &format!("{CATALOG}/clients/{id}"))
            .await;
        self.put_client(id, organization, permissions).await;
        self.world.token(id, SECRET).await
    }

    /// The request of a call, without a token.
    pub(crate) fn request(&self, route: &Route, call: &Call, path: &str) -> RequestBuilder {
        let method: Method = route.method.parse().unwrap();
        let request = self.world.request(method, path);
        match &call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Nothing of Hooli's.
    pub(crate) fn hides_hooli(&self, route: &Route, answer: &Answer) {
        for secret in [GAVIN, "Hooli", "Initech", INITECH, "HOOLI-77"] {
            assert!(
                !answer.text.contains(secret),
                "{secret} in {}",
                describe(route, answer)
            );
        }
    }

    /// Nothing of anybody's.
    pub(crate) fn hides_everything(&self, route: &Route, answer: &Answer) {
        self.hides_hooli(route, answer);
        for secret in ["ada@acme", "Acme", "Globex", "ACME-77"] {
            assert!(
                !answer.text.contains(secret),
                "{secret} in {}",
                describe(route, answer)
            );
        }
    }

    /// All that Hooli has is still there.
    pub(crate) async fn is_whole(&self) {
        let hooli = self.token("hooli").await;
        let report = self.world.report(&hooli, "2026-11-01", "2026-12-01").await;
        assert!(report.text.contains(GAVIN), "{}", report.text);
        let initech = self.token("initech").await;
        let overview = format!("/api/v2/billing/trusteebillingoverview/{HOOLI}");
        let overview = self.world.get(&initech, &overview).await;
        assert_eq!(
            overview.json()["usages"][0]["usageQuantity"],
            "1",
            "{}",
            overview.text
        );
    }
}

/// The part of a token that names its client, and the secret part.
pub(crate) fn halves(token: &str) -> (&str, &str) {
    token.split_at(token.len() / 2)
}
