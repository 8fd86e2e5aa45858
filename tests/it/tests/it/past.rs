//! What has ended does not change by what begins later.

use serde_json::{Value, json};

use exchequer_support::world::{ACME, CATALOG, GLOBEX, login};
use exchequer_support::{Answer, World};

const OWN: &str = "/api/v2/billing/subscriptionoverview";

/// Two customers, west and east of UTC, and one meter of agents that both pay for.
struct Past {
    world: World,
    operator: String,
}

/// Each customer with the zone and number of its contract.
const CUSTOMERS: [(&str, &str, &str); 2] = [
    (ACME, "America/New_York", "C-1"),
    (GLOBEX, "Europe/Berlin", "C-2"),
];

impl Past {
    async fn start() -> Self {
        let world = World::start().await;
        let [operator, ..] = world.populate().await;
        let past = Self { world, operator };
        past.made("meters/agents", &agents(30)).await;
        past.made("products/AGENT", &product("Agents")).await;
        for (organization, zone, number) in CUSTOMERS {
            let contract = json!({"organization": organization, "currency": "USD",
                "subscription": "MONTH_TO_MONTH", "start": "2026-01-01", "timeZone": zone,
                "lines": [{"product": "AGENT", "overagePrice": "10"}]});
            past.made(&format!("contracts/{number}"), &contract).await;
        }
        past
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{CATALOG}/{path}");
        self.world.put(&self.operator, &path, body).await
    }

    async fn made(&self, path: &str, body: &Value) {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }

    async fn changed(&self, path: &str, body: &Value) -> Value {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn overview(&self, organization: &str, index: u32) -> Value {
        let path = format!(
            "{OWN}?billingPeriodIndex={index}&expand=charges&organizationId={organization}"
        );
        let answer = self.world.get(&self.operator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn report(&self, organization: &str, start: &Value, end: &Value) -> Value {
        let (start, end) = (start.as_str().unwrap(), end.as_str().unwrap());
        let path = format!("/api/v2/billing/reports/billableusage?startDate={start}&endDate={end}");
        let path = format!("{path}&organizationId={organization}");
        let answer = self.world.get(&self.operator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn session(&self, organization: &str, id: &str, time: &str, minutes: u32) {
        let mut event = login(id, "ada", time);
        event["type"] = json!("agent.session");
        event["organization"] = json!(organization);
        event["data"] = json!({"seconds": minutes * 60});
        let answer = self.world.ingest(&self.operator, &json!([event])).await;
        assert_eq!(answer.json()["accepted"], 1, "{}", answer.text);
    }
}

fn agents(minutes: u32) -> Value {
    json!({"eventType": "agent.session", "aggregation": "peak", "peakMinutes": minutes})
}

fn product(name: &str) -> Value {
    json!({"name": name, "charge": "Agents", "meter": "agents", "grouping": "user-license",
        "unit": "agent", "unitOfMeasure": "User"})
}

#[tokio::test]
async fn a_version_of_a_meter_that_begins_on_the_first_leaves_the_month_before() {
    let past = Past::start().await;
    for (organization, ..) in CUSTOMERS {
        past.session(organization, "e-1", "2026-10-15T12:00:00Z", 15)
            .await;
        past.session(organization, "e-2", "2026-11-05T12:00:00Z", 15)
            .await;
    }
    let mut shorter = agents(10);
    shorter["effective"] = json!("2026-11-01");
    past.changed("meters/agents", &shorter).await;
    for (organization, zone, _) in CUSTOMERS {
        let [november, october] = [
            past.overview(organization, 0).await,
            past.overview(organization, 1).await,
        ];
        assert_eq!(november["usages"][0]["usageQuantity"], "1", "{zone}");
        assert_eq!(october["usages"][0]["usageQuantity"], "0", "{zone}");
        // A report of the period agrees with it, and one of the month of UTC too.
        let [start, end] = ["billingPeriodStartDate", "billingPeriodEndDate"];
        let of_period = past
            .report(organization, &october[start], &october[end])
            .await;
        assert_eq!(of_period["usages"][0]["totalUsage"], "0", "{zone}");
        let [start, end] = [json!("2026-10-01"), json!("2026-11-01")];
        let of_month = past.report(organization, &start, &end).await;
        assert_eq!(of_month["usages"][0]["totalUsage"], "0", "{zone}");
        let of_both = past
            .report(organization, &start, &json!("2026-11-02"))
            .await;
        assert_eq!(of_both["usages"][0]["totalUsage"], "1", "{zone}");
    }
}
