//! The corpus and the regressions of every target, without a fuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use exchequer_fuzz::TARGETS;

fn replay(folder: &str, least: usize) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    for (name, target) in TARGETS {
        let files: Vec<PathBuf> = match fs::read_dir(root.join(name)) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        };
        assert!(
            files.len() >= least,
            "{folder}/{name} has {} files",
            files.len()
        );
        for file in files {
            let input = fs::read(&file).unwrap();
            let held = catch_unwind(|| target(&input)).is_ok();
            assert!(held, "{} breaks the target {name}", file.display());
        }
    }
}

#[test]
fn what_must_hold_holds_of_the_corpus() {
    replay("corpus", 3);
}

#[test]
fn what_once_broke_holds() {
    replay("regressions", 0);
}

/// A folder without a target would never be run.
#[test]
fn every_folder_has_its_target() {
    for folder in ["corpus", "regressions"] {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(root).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(TARGETS.iter().any(|target| name == target.0), "{name:?}");
        }
    }
}
