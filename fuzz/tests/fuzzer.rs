//! Makes up inputs for one target: `EXCHEQUER_FUZZ=NAME`. See `scripts/fuzz.sh`.
#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;

use exchequer_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("EXCHEQUER_FUZZ").unwrap_or_default();
        let found = TARGETS.iter().find(|target| target.0 == name);
        let names = TARGETS.map(|target| target.0).join(", ");
        let (_, target) = found.unwrap_or_else(|| panic!("EXCHEQUER_FUZZ is one of {names}"));
        TARGET.get_or_init(|| *target);
    },
    |input: &[u8]| {
        if let Some(target) = TARGET.get() {
            target(input);
        }
    }
);

/// Inputs are a few kilobytes: who asks for so much memory at once has
/// believed one.
const MOST: usize = 256 << 20;

/// The system's allocator, up to [`MOST`].
struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

// SAFETY: the system's allocator does it all; refusing is allowed.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > MOST {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}
