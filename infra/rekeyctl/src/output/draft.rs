//! Files that are whole or not there: what a run writes takes its place only when the run says so.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many names are tried for a draft; the others are what runs that were killed have left.
const NAMES: u32 = 100;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner and nobody else.
    Owner,
    /// Whoever could read the one that it replaces; a new one is open to whom the system opens files.
    AsBefore,
}

/// A file that is being written beside the one that it will replace. Dropped, it leaves nothing.
pub(crate) struct Draft {
    file: File,
    /// `None` for a device or a pipe, which holds nothing that could be lost and must not be replaced.
    place: Option<Place>,
}

/// Where a draft is, and where it will be.
struct Place {
    draft: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Begins a file, in a place that can be written; what is there stays until the end.
    pub(crate) fn open(path: &Path, readers: Readers) -> io::Result<Self> {
        // Opened although it is replaced: who has made a file read-only wants to keep it.
        let former = match OpenOptions::new().write(true).open(path) {
            Ok(file) => Some(file),
            Err(cause) if cause.kind() == ErrorKind::NotFound => None,
            Err(cause) => return Err(cause),
        };
        let permissions = match former {
            Some(file) => {
                let known = file.metadata()?;
                if !known.is_file() {
                    return Ok(Self { file, place: None });
                }
                Some(known.permissions())
            }
            None => None,
        };
        let draft = Self::beside(target(path, permissions.is_some())?, readers)?;
        if let (Readers::AsBefore, Some(permissions)) = (readers, permissions) {
            draft.file.set_permissions(permissions)?;
        }
        Ok(draft)
    }

    /// Writes at the end.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// Puts the file in its place.
    pub(crate) fn publish(self) -> io::Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        self.file.sync_all()?;
        std::fs::rename(&place.draft, &place.target)
    }

    /// Creates a file that was not there, so that nobody has prepared it.
    fn beside(target: PathBuf, readers: Readers) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut tried = 0;
        loop {
            let draft = target.with_file_name(format!(".rekeyctl-{}-{tried}.part", std::process::id()));
            tried += 1;
            match options.open(&draft) {
                Ok(file) => return Ok(Self { file, place: Some(Place { draft, target }) }),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists && tried < NAMES => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // After a rename there is nothing left of this name.
        let _ = std::fs::remove_file(&self.draft);
    }
}

/// The file itself: a link to it stays a link.
fn target(path: &Path, exists: bool) -> io::Result<PathBuf> {
    if exists {
        return path.canonicalize();
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(folder.canonicalize()?.join(name))
}

/// Whether two paths lead to one file that is there.
pub(crate) fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
