//! One restore at a time in a repository.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use crate::error::{Error, Result};
use crate::git::Repository;

/// The file in the repository's folder that is locked; what stands in it is for people.
pub(super) const NAME: &str = "flakehist.lock";

/// Held while a restore is at work; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Exclusive {
    _file: Flock<File>,
}

impl Exclusive {
    /// Takes the lock in `folder`, the repository's own.
    ///
    /// # Errors
    /// When another flakehist holds it, or it cannot be made.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|e| Error::new(format!("cannot open {}", path.display())).because(e))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut file) => {
                // Only a help for whoever finds it taken, so failing to write it is no failure.
                let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
                drop(written);
                Ok(Self { _file: file })
            }
            Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
                let mut holder = String::new();
                let read = file.rewind().and_then(|()| file.read_to_string(&mut holder));
                drop(read);
                let holder: String = holder.chars().filter(char::is_ascii_digit).take(10).collect();
                let who = if holder.is_empty() { String::new() } else { format!(" (process {holder})") };
                Err(Error::new(format!("another flakehist is restoring in this repository{who}"))
                    .because(format!("it holds {}", path.display()))
                    .hint("wait until it has ended, then look again with `flakehist status`"))
            }
            Err((_, e)) => Err(Error::new(format!("cannot lock {}", path.display())).because(e)),
        }
    }
}

/// Whether a restore is at work in a repository at this moment.
#[must_use]
pub fn is_at_work(repository: &Repository) -> bool {
    let Ok(file) = File::open(repository.common_dir().join(NAME)) else { return false };
    // Shared, so that two who only look are in nobody's way, and let go of at once.
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, nix::errno::Errno::EWOULDBLOCK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first_and_the_third_is_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Exclusive::take(folder.path()).unwrap();
        let refused = Exclusive::take(folder.path()).unwrap_err();
        assert!(refused.message().contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        Exclusive::take(folder.path()).unwrap();
    }

    #[test]
    fn who_looks_is_told_and_leaves_it_free() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::create(folder.path()).unwrap();
        assert!(!is_at_work(&repository));
        let held = Exclusive::take(repository.common_dir()).unwrap();
        assert!(is_at_work(&repository));
        drop(held);
        assert!(!is_at_work(&repository));
        Exclusive::take(repository.common_dir()).unwrap();
    }
}
