//! Every bound of the server that is not one of the application.

use std::time::Duration;

// Connections.

/// The most connections at once; more wait to be accepted.
pub(crate) const MOST_CONNECTIONS: usize = 4096;

/// The time that a client has for a handshake, or for the head of a request;
/// an idle connection is closed after as long.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The time that a client has to send a body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The time that a write waits for a client that does not read.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The time until an answer must begin, on top of the wait for reports.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The time that requests have to finish once the server is ending. The store
/// needs the rest of the ten seconds.
pub(crate) const SHUTDOWN_GRACE: Duration = Duration::from_secs(7);

// Requests.

/// Memory that bodies may take together while they are read and parsed, in bytes.
pub(crate) const BODY_MEMORY: usize = 128 * 1024 * 1024;

/// The largest body of the catalog and the token endpoints, in bytes.
pub(crate) const SMALL_BODY: usize = 256 * 1024;

/// The most resources that are put with one request.
pub(crate) const BULK_ENTITIES: usize = 200;

/// The largest body of a request that puts many resources, in bytes.
pub(crate) const BULK_BODY: usize = 4 * 1024 * 1024;

/// Characters of a value that a refusal quotes: nobody needs to read back a
/// megabyte.
pub(crate) const QUOTED: usize = 100;

/// Entities of a page, unless the request says otherwise.
pub(crate) const DEFAULT_PAGE: u32 = 25;

/// The most entities of a page.
pub(crate) const LARGEST_PAGE: u32 = 200;
