//! Folders of a test's own.

use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A place under the build's folder for one test of this process, which goes with the test unless that fails.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Names one, which is not made yet; what an ended process of the same number left there goes.
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
        // What a failed test leaves is there to be looked at.
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }
}
