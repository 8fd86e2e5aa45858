//! Layers around every request.

mod context;
mod cors;
mod edge;
mod guard;

pub(crate) use context::RequestContext;
pub(crate) use cors::cors;
pub(crate) use edge::{CorrelationId, edge};
pub(crate) use guard::{on_panic, time_out};
