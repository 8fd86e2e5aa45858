//! The bytes of stored blobs: the frame around each, and the columns in it.

pub(crate) mod columns;
pub(crate) mod damage;
pub(crate) mod frame;
pub(crate) mod senders;
pub(crate) mod sparse;
pub(crate) mod strings;
pub(crate) mod varint;
