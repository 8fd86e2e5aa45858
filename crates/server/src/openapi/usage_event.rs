//! The schema of a usage event. Events are read by a parser of their own, which knows no
//! struct.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

/// A usage event: CloudEvents 1.0 in JSON. `source` and `id` together identify it.
/// Attributes that are not listed are allowed, ignored and not kept.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes")]
pub(crate) struct UsageEvent {
    /// The version of CloudEvents, always `1.0`.
    #[schema(pattern = "^1[.]0$", example = "1.0")]
    specversion: String,
    /// The id of the event, unique within its source. The same event sent again has the
    /// same id, and counts once. 1 to 256 bytes.
    #[schema(min_length = 1, max_length = 256)]
    id: String,
    /// The system that observed the event, 1 to 256 bytes. The client must be allowed to
    /// send under it.
    #[schema(min_length = 1, max_length = 256, example = "/pbx/eu-1")]
    source: String,
    /// The type of the event, which decides which meters read it. 1 to 128 bytes.
    #[schema(min_length = 1, max_length = 128, example = "call.ended")]
    r#type: String,
    /// The resource that the event concerns, such as a user or a device. 1 to 256 bytes.
    #[schema(min_length = 1, max_length = 256, example = "ada@example.com")]
    subject: String,
    /// The instant at which the event happened, with its offset, from 2000 to 5 minutes
    /// ahead of the server's clock.
    #[schema(format = DateTime)]
    time: String,
    /// The organisation whose usage it is; that which the caller acts for if absent. Only
    /// clients of the operator may name another one than their own.
    #[schema(nullable = false)]
    organization: Option<Uuid>,
    /// The quantities and whatever else describes the event. At most 4,096 bytes as
    /// compact JSON, and 4 levels deep, itself included.
    #[schema(nullable = false)]
    data: Option<BTreeMap<String, Value>>,
    /// The data as Base64 of a JSON object, instead of `data`.
    #[schema(nullable = false, format = Byte)]
    data_base64: Option<String>,
    /// The id of another event of the same source and time, which then counts nowhere.
    #[schema(nullable = false, min_length = 1, max_length = 256)]
    voids: Option<String>,
}
