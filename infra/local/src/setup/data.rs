//! The data directory: everything that outlives the process.
//!
//! | file | holds |
//! |---|---|
//! | `rekey.db` | the table |
//! | `keys.json` | the keys that the table was written under, and the issuer's key |
//! | `clock` | by how many seconds the clock was advanced |
//! | `outbox.jsonl` | messages, one per line |
//! | `events.jsonl` | events, one per line |
//! | `directory` | a keyed digest of the users file that was loaded last |
//! | `lock` | nothing; it is locked while a service runs |

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::setup::start_error::StartError;

/// Modes of the directory and its files: only their owner may use them, because they hold keys and codes.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The table's file, which is worthless without its keys.
pub(crate) const TABLE_FILE: &str = "rekey.db";
/// Suffixes of a database's files: the database itself, its write-ahead log, and the log's index.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// A data directory, locked for this process alone.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    directory: PathBuf,
    _lock: Arc<File>,
}

impl Data {
    /// Opens the directory, and creates it if it is missing.
    pub(crate) fn open(directory: &Path) -> Result<Self, StartError> {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| StartError::Data("the directory cannot be created", error))?;
        let lock = private().truncate(false).open(directory.join("lock"));
        let lock = lock.map_err(|error| StartError::Data("the directory cannot be locked", error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataInUse),
            Err(TryLockError::Error(error)) => Err(StartError::Data("the directory cannot be locked", error)),
        }
    }

    /// The path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Reads a file; `None` if it is missing.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The size of a file in bytes; `None` if it is missing.
    pub(crate) fn size(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(name)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a file as a whole: a reader finds the old content or the new, whenever the process ends.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let next = self.path(&format!("{name}.new"));
        let mut file = private().truncate(true).open(&next)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(next, self.path(name))?;
        File::open(&self.directory)?.sync_all()
    }

    /// Makes a database private to its owner before the engine opens it, because the engine knows nothing of modes.
    /// SQLite creates the files beside a database with the database's mode, and leaves existing ones as they are.
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
