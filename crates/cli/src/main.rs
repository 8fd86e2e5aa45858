//! The `exchequer` command.

use std::process::ExitCode;

/// Folding allocates much for a short time; this allocator gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exchequer_cli::main()
}
