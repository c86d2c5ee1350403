//! Files that are complete or absent: a run's output replaces the target only when the run publishes it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many names are tried for a draft; others may be left over from runs that were killed.
const NAMES: u32 = 100;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Only its owner.
    Owner,
    /// Everyone who could read the file that it replaces; a new file gets the system's default permissions.
    AsBefore,
}

/// A file that is being written beside the one that it will replace. Dropping it leaves nothing behind.
pub(crate) struct Draft {
    file: File,
    /// `None` for a device or a pipe, which holds nothing to lose and must not be replaced.
    place: Option<Place>,
}

/// The paths of a draft and of its target.
struct Place {
    draft: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Begins a file, if the target can be written; the target's content stays until the end.
    pub(crate) fn open(path: &Path, readers: Readers) -> io::Result<Self> {
        // Opened although it will be replaced: a read-only file is meant to stay.
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

    /// Appends a text.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// Moves the file into its place.
    pub(crate) fn publish(self) -> io::Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        self.file.sync_all()?;
        std::fs::rename(&place.draft, &place.target)
    }

    /// Creates a file that does not exist yet, so that nobody can have prepared it.
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
        // After a rename nothing has this name any more.
        let _ = std::fs::remove_file(&self.draft);
    }
}

/// The path of the file itself, so that a link to it stays a link.
fn target(path: &Path, exists: bool) -> io::Result<PathBuf> {
    if exists {
        return path.canonicalize();
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(folder.canonicalize()?.join(name))
}

/// Whether two paths lead to the same existing file.
pub(crate) fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests;
