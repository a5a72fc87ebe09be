//! Whose repository it is, when root works in somebody else's.
//!
//! Whatever root writes into a user's repository (objects, refs, the lock) would belong to root, and the user's next
//! commit would fail on it. So root steps down to the owner while writing. git's own rule on ownership is not touched:
//! who may not read the repository never gets this far.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User, getegid, geteuid, setegid, seteuid};

use crate::error::{Error, Result};

/// The owner of a repository, where that is not the user who runs us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    uid: Uid,
    gid: Gid,
    /// The login name, where there is one.
    pub name: Option<String>,
    home: Option<PathBuf>,
}

impl Owner {
    /// The owner of a folder, when we are root and it is somebody else's. `None` for everybody else: then what we
    /// write is ours by nature.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub fn of(folder: &Path) -> Result<Option<Self>> {
        let metadata = std::fs::metadata(folder)
            .map_err(|e| Error::new(format!("cannot tell whose {} is", folder.display())).because(e))?;
        let (uid, gid) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
        if !geteuid().is_root() || uid.is_root() {
            return Ok(None);
        }
        let user = User::from_uid(uid).ok().flatten();
        Ok(Some(Self {
            uid,
            gid,
            name: user.as_ref().map(|user| user.name.clone()),
            home: user.map(|user| user.dir),
        }))
    }

    /// How to call the owner.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("user {}", self.uid))
    }

    /// Makes a command run as the owner, with the owner's home.
    pub fn dress(&self, command: &mut Command) {
        command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        command.env_remove("SUDO_UID").env_remove("SUDO_GID").env_remove("SUDO_USER");
        if let Some(home) = &self.home {
            command.env("HOME", home);
        }
        if let Some(name) = &self.name {
            command.env("USER", name).env("LOGNAME", name);
        }
        for variable in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
            command.env_remove(variable);
        }
    }
}

/// Does something as the owner; as ourselves when there is none.
///
/// # Errors
/// Those of the work, and when the system does not let us step down.
pub fn as_owner<T>(owner: Option<&Owner>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(owner) = owner else { return work() };
    let before = (geteuid(), getegid());
    let cannot = |e: nix::Error| Error::new(format!("cannot act as {}", owner.in_words())).because(e);
    setegid(owner.gid).map_err(cannot)?;
    // Dropped in any case, also when the next step fails.
    let root_again = RootAgain { uid: before.0, gid: before.1 };
    seteuid(owner.uid).map_err(cannot)?;
    let result = work();
    drop(root_again);
    result
}

/// Steps back up at the end.
struct RootAgain {
    uid: Uid,
    gid: Gid,
}

impl Drop for RootAgain {
    fn drop(&mut self) {
        // Going back to what one was cannot be refused: the saved ids are those of root still.
        let _ = seteuid(self.uid);
        let _ = setegid(self.gid);
    }
}

/// Whether we are root.
#[must_use]
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Whether a folder belongs to us, so that no other privilege is needed to change what is in it.
#[must_use]
pub(super) fn is_ours(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| Uid::from_raw(metadata.uid()) == geteuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_folder_has_no_other_owner() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Owner::of(folder.path()).unwrap(), None);
        assert!(is_ours(folder.path()));
        assert!(Owner::of(&folder.path().join("none")).is_err());
    }
}
