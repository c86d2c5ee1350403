//! A folder for one test.

use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A path under the build's folder for one test of this process. It is removed after the test unless the test fails.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Names the folder without creating it. Removes what an earlier process with the same id left there.
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        Self(path)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A failed test leaves its folder for inspection.
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }
}
