//! The data directory: what outlives the process.
//!
//! | file | holds |
//! |---|---|
//! | `rekey.db` | the table |
//! | `keys.json` | the keys that the table was written under, and the issuer's |
//! | `clock` | by how many seconds the clock was advanced |
//! | `outbox.jsonl` | messages, one per line |
//! | `events.jsonl` | events, one per line |
//! | `directory` | marks that accounts were loaded once |
//! | `lock` | is locked while a service runs |

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::setup::start_error::StartError;

/// What may be done with the directory and its files: by their owner only, for they hold keys and codes.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// What a database's files end with: itself, its log, and the log's index.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// A data directory that this process alone uses.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    directory: PathBuf,
    _lock: Arc<File>,
}

impl Data {
    /// Opens the directory, which is made where it is missing.
    pub(crate) fn open(directory: &Path) -> Result<Self, StartError> {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| StartError::Data("the directory cannot be made", error))?;
        let lock = private().truncate(false).open(directory.join("lock"));
        let lock = lock.map_err(|error| StartError::Data("the directory cannot be locked", error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataInUse),
            Err(TryLockError::Error(error)) => Err(StartError::Data("the directory cannot be locked", error)),
        }
    }

    /// Where a file of the directory is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Reads a file; `None` where it is missing.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a file as a whole: whoever reads it finds the old or the new one, whenever the process ends.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let next = self.path(&format!("{name}.new"));
        let mut file = private().truncate(true).open(&next)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(next, self.path(name))?;
        File::open(&self.directory)?.sync_all()
    }

    /// Has a database be its owner's only, before the engine opens it, which knows nothing of modes: what SQLite
    /// keeps beside a database it makes with the database's mode, and leaves as it finds it.
    pub(crate) fn make_private(&self, database: &str) -> io::Result<()> {
        private().truncate(false).open(self.path(database))?;
        let beside = BESIDE.iter().map(|suffix| self.path(&format!("{database}{suffix}")));
        for path in beside.filter(|path| path.exists()) {
            fs::set_permissions(path, Permissions::from_mode(FILE_MODE))?;
        }
        Ok(())
    }

    /// Opens a file to append to.
    pub(crate) fn append(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).mode(FILE_MODE).open(self.path(name))
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(FILE_MODE);
    options
}
