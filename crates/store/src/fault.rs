//! Named points at which a test makes the ledger die, wait or fail.
//!
//! They exist in builds with debug assertions alone: in a release build a
//! point is nothing, whatever the environment says. The file that
//! `EXCHEQUER_FAULTS` names is read at every point, so that a test arms and
//! disarms a server that runs. A line is `POINT ACTION [TIMES]`, and means
//! the so-many-th pass since the file was changed, and those after it:
//!
//! - `kill`: the process ends by SIGKILL,
//! - `hold`: the thread waits until the line is gone,
//! - `fail`: the work fails as on a disk that refuses writes.

pub(crate) use mode::{or, point};

/// All points. The test of crashes reads this file, to pass every one of them.
#[cfg(test)]
pub(crate) const POINTS: &[&str] = &[
    "commit.begun",
    "commit.written",
    "commit.durable",
    "commit.learnt",
    "commit.answered",
    "fold.begun",
    "fold.computed",
    "fold.written",
    "fold.durable",
    "fold.learnt",
    "merge.begun",
    "merge.pieces",
    "merge.written",
    "merge.durable",
    "merge.swept",
    "reroll.computed",
    "reroll.written",
    "reroll.durable",
    "checkpoint.begun",
    "checkpoint.half",
    "close.written",
];

#[cfg(not(debug_assertions))]
mod mode {
    use crate::error::StoreError;

    /// Does nothing.
    #[inline]
    pub(crate) fn point(_name: &str) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the usual number.
    #[inline]
    pub(crate) fn or(_variable: &str, usual: u64) -> u64 {
        usual
    }
}

#[cfg(debug_assertions)]
mod mode {
    use std::collections::HashMap;
    use std::path::PathBuf;
    use std::process::Command;
    use std::sync::{LazyLock, Mutex, PoisonError};
    use std::time::Duration;

    use crate::error::StoreError;

    /// The pause of a thread at a `hold` between two reads of the file.
    const HELD_PAUSE: Duration = Duration::from_millis(5);

    /// Passes of each point since the file had this text.
    static PASSED: Mutex<Option<(String, HashMap<String, u64>)>> = Mutex::new(None);

    enum Action {
        Kill,
        Hold,
        Fail,
    }

    /// Does what the file says of this point.
    pub(crate) fn point(name: &str) -> Result<(), StoreError> {
        static FILE: LazyLock<Option<PathBuf>> =
            LazyLock::new(|| std::env::var_os("EXCHEQUER_FAULTS").map(PathBuf::from));
        let Some(file) = &*FILE else {
            return Ok(());
        };
        let mut told = false;
        loop {
            // There is no file most of the time. A line that a test has not
            // written to its end yet is as good as none.
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let Some(action) = action(&text, name, !told) else {
                return Ok(());
            };
            if !told {
                tracing::warn!("fault point {name} is reached");
                told = true;
            }
            match action {
                Action::Kill => kill(),
                Action::Hold => std::thread::sleep(HELD_PAUSE),
                Action::Fail => return Err(StoreError::full(format!("fault point {name}"))),
            }
        }
    }

    /// Returns the number that a variable gives, for tests that cannot wait for
    /// as much as is usual.
    pub(crate) fn or(variable: &str, usual: u64) -> u64 {
        std::env::var(variable).map_or(usual, |text| {
            // A test that misspells it would quietly test something else.
            let number = text.parse();
            number.unwrap_or_else(|error| panic!("{variable}={text}: {error}"))
        })
    }

    fn action(text: &str, name: &str, passing: bool) -> Option<Action> {
        let line = text.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(name)
        })?;
        let mut words = line.split_whitespace().skip(1);
        let action = match words.next()? {
            "kill" => Action::Kill,
            "hold" => Action::Hold,
            "fail" => Action::Fail,
            _ => return None,
        };
        let times = words.next().map_or(1, |times| times.parse().unwrap_or(1));
        (passed(text, name, passing) >= times).then_some(action)
    }

    fn passed(text: &str, name: &str, passing: bool) -> u64 {
        let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.as_ref().is_none_or(|(known, _)| known != text) {
            *passed = Some((text.to_owned(), HashMap::new()));
        }
        let Some((_, passes)) = &mut *passed else {
            return 0;
        };
        let passes = passes.entry(name.to_owned()).or_default();
        *passes += u64::from(passing);
        *passes
    }

    /// Ends this thread here and now, and the others in a moment: SIGKILL, which
    /// nobody can catch.
    fn kill() -> ! {
        let kill = format!("kill -KILL {}", std::process::id());
        let _ = Command::new("sh").args(["-c", &kill]).status();
        loop {
            std::thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::POINTS;

    #[test]
    fn every_point_is_listed_and_every_listed_point_is_passed() {
        let code = concat!(
            include_str!("writer.rs"),
            include_str!("folder.rs"),
            include_str!("folder/fold.rs"),
            include_str!("folder/merge.rs"),
            include_str!("folder/reroll.rs"),
            include_str!("billing.rs"),
        );
        let passed = |point: &&&str| code.contains(&format!("\"{point}\""));
        assert_eq!(POINTS.iter().find(|point| !passed(point)), None);
        let families = [
            "commit.",
            "fold.",
            "merge.",
            "reroll.",
            "checkpoint.",
            "close.",
        ];
        let strings = code.split('"').skip(1).step_by(2);
        let mut points = strings.filter(|text| families.iter().any(|f| text.starts_with(f)));
        assert_eq!(points.find(|point| !POINTS.contains(point)), None);
    }
}
