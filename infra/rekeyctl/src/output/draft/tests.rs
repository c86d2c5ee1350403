use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rekeyctl-draft-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        // A former process with the same id may have left one.
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The names in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn the_old_file_stays_until_the_end() {
    let folder = Folder::new();
    let path = folder.0.join("a.csv");
    fs::write(&path, "former").unwrap();
    let mut draft = Draft::open(&path, Readers::Owner).unwrap();
    draft.write("new").unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), folder.names().len()), ("former", 2));
    drop(draft);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), folder.names()), ("former", vec!["a.csv".to_owned()]));

    let mut draft = Draft::open(&path, Readers::Owner).unwrap();
    draft.write("ne").unwrap();
    draft.write("w").unwrap();
    draft.publish().unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), folder.names()), ("new", vec!["a.csv".to_owned()]));
}

#[test]
fn a_draft_that_was_left_behind_is_not_in_the_way_and_not_touched() {
    let folder = Folder::new();
    let left = format!(".rekeyctl-{}-0.part", std::process::id());
    fs::write(folder.0.join(&left), "left").unwrap();
    Draft::open(&folder.0.join("a.csv"), Readers::Owner).unwrap().publish().unwrap();
    assert_eq!(folder.names(), [left.as_str(), "a.csv"]);
    assert_eq!(fs::read_to_string(folder.0.join(left)).unwrap(), "left");
}

#[test]
fn a_place_that_cannot_be_written_is_said_at_once() {
    let folder = Folder::new();
    for path in [folder.0.clone(), folder.0.join("no/a.csv"), PathBuf::new()] {
        assert!(Draft::open(&path, Readers::AsBefore).is_err(), "{path:?}");
    }
    assert!(folder.names().is_empty());
}

#[test]
fn one_file_has_many_paths() {
    let folder = Folder::new();
    let (path, other) = (folder.0.join("a.csv"), folder.0.join("b.csv"));
    assert!(!same(&path, &path), "nothing is there");
    fs::write(&path, "").unwrap();
    fs::write(&other, "").unwrap();
    assert!(same(&path, &folder.0.join("./a.csv")));
    assert!(!same(&path, &other));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_reads_it_or_who_did_before() {
        let folder = Folder::new();
        let path = folder.0.join("a.csv");
        for (readers, expected) in [(Readers::AsBefore, 0o640), (Readers::Owner, 0o600)] {
            fs::write(&path, "former").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let draft = Draft::open(&path, readers).unwrap();
            let hidden = folder.names().remove(0);
            assert_eq!(mode(&folder.0.join(hidden)), expected, "from the beginning");
            draft.publish().unwrap();
            assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (expected, ""));
        }
    }

    #[test]
    fn a_link_stays_one() {
        let folder = Folder::new();
        let (path, link) = (folder.0.join("a.csv"), folder.0.join("link.csv"));
        fs::write(&path, "former").unwrap();
        symlink(&path, &link).unwrap();
        assert!(same(&path, &link));
        let mut draft = Draft::open(&link, Readers::Owner).unwrap();
        draft.write("new").unwrap();
        draft.publish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_device_is_written_and_not_replaced() {
        // Reached through a link, so that a bug would replace the link.
        let folder = Folder::new();
        let link = folder.0.join("null");
        symlink("/dev/null", &link).unwrap();
        let mut draft = Draft::open(&link, Readers::Owner).unwrap();
        assert!(draft.place.is_none());
        draft.write("gone").unwrap();
        draft.publish().unwrap();
        assert_eq!(folder.names(), ["null"]);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
