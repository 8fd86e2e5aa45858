//! Faults of the world around the server: a full disk or one that nobody may
//! write to, work in the background that fails, a full queue, clients that die
//! or dawdle or come in thousands, an end under load. Each ends with the answer
//! that the API promises, and with nothing lost.

mod background;
mod clients;
mod disk;
mod ending;
mod platform;
mod queue;
