//! A file that is read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::anyhow;

/// How often the file is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

type Parse<T> = fn(&str) -> Result<T, String>;

/// What a file says. One that cannot be read any more leaves what it said before in force, and a warning.
pub struct Watched<T> {
    path: PathBuf,
    parse: Parse<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    looked: Instant,
    /// When the file was written, and its length.
    version: Option<(SystemTime, u64)>,
    value: Arc<T>,
}

impl<T> Watched<T> {
    pub fn open(path: &Path, parse: Parse<T>) -> anyhow::Result<Self> {
        let version = version(path);
        let value = Arc::new(read(path, parse)?);
        let state = Mutex::new(State { looked: Instant::now(), version, value });
        Ok(Self { path: path.to_owned(), parse, state })
    }

    pub fn get(&self) -> Arc<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() >= LOOK {
            state.looked = Instant::now();
            self.look(&mut state);
        }
        Arc::clone(&state.value)
    }

    fn look(&self, state: &mut State<T>) {
        let version = version(&self.path);
        if version == state.version {
            return;
        }
        state.version = version;
        match read(&self.path, self.parse) {
            Ok(value) => {
                state.value = Arc::new(value);
                tracing::info!("{} was read again", self.path.display());
            }
            Err(error) => tracing::warn!("what the file said before stays in force: {error:#}"),
        }
    }
}

fn read<T>(path: &Path, parse: Parse<T>) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).map_err(|error| anyhow!("{} cannot be read: {error}", path.display()))?;
    parse(&text).map_err(|what| anyhow!("{}: {what}", path.display()))
}

pub fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_is_read_again_and_one_that_breaks_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("number");
        let write = |text: &str| std::fs::write(&path, text).expect("the folder is there");
        write("1");
        let watched = Watched::open(&path, |text| text.parse::<u32>().map_err(|error| error.to_string())).expect("a number");
        let look = || watched.look(&mut watched.state.lock().expect("nobody panics"));
        assert_eq!(*watched.get(), 1);
        write("22");
        assert_eq!(*watched.get(), 1, "looked at a moment ago");
        look();
        assert_eq!(*watched.get(), 22);
        write("three");
        look();
        assert_eq!(*watched.get(), 22);
        write("4");
        look();
        assert_eq!(*watched.get(), 4);
        let error = Watched::open(&folder.path().join("none"), |_| Ok(())).err().expect("there is no such file");
        assert!(error.to_string().contains("cannot be read"), "{error}");
    }
}
