//! Opening a repository, and what to say when that cannot be done.

use std::path::Path;
use std::sync::Once;

use git2::{ErrorCode, RepositoryOpenFlags};

use super::Repository;
use super::detours::Detours;
use super::objects::Held;
use super::pack::Packs;
use crate::error::{Error, Result};
use crate::shell;

impl Repository {
    /// Finds the repository that `start` lies in, upwards, as git does. `None` when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read: owned by somebody else, or of a kind libgit2 does not know.
    pub fn discover(start: &Path) -> Result<Option<Self>> {
        prepare();
        let no_ceiling: [&Path; 0] = [];
        match git2::Repository::open_ext(start, RepositoryOpenFlags::empty(), no_ceiling) {
            Ok(inner) => Ok(Some(Self::new(inner))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(explain(&e, start)),
        }
    }

    /// Opens the repository whose own folder is known, as with `GIT_DIR`.
    ///
    /// # Errors
    /// When there is no repository, or one that cannot be read.
    pub fn open(git_dir: &Path, work_tree: Option<&Path>) -> Result<Self> {
        prepare();
        let inner = git2::Repository::open(git_dir).map_err(|e| explain(&e, git_dir))?;
        if let Some(work_tree) = work_tree {
            inner.set_workdir(work_tree, false).map_err(|e| explain(&e, work_tree))?;
        }
        Ok(Self::new(inner))
    }

    /// The same repository once more, for a second thread: libgit2's handles cannot be shared.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub fn reopen(&self) -> Result<Self> {
        let git_dir = self.inner.path();
        let inner = git2::Repository::open(git_dir).map_err(|e| explain(&e, git_dir))?;
        Ok(Self { held: held(&inner), inner, detours: self.detours.clone() })
    }

    fn new(inner: git2::Repository) -> Self {
        let detours = Detours::of(&inner);
        Self { held: held(&inner), inner, detours }
    }
}

fn held(repository: &git2::Repository) -> Held {
    Held::new(Packs::of(&repository.commondir().join("objects/pack")))
}

/// Settings of libgit2 that hold for the whole process.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Every object is read once; a cache of them would only hold the whole history in memory.
        git2::opts::enable_caching(false);
        // Like git itself, do not compute the SHA-1 of every object that is read; that is `git fsck`'s work.
        git2::opts::strict_hash_verification(false);
        accept_partial_clones();
    });
}

/// Old partial clones carry `extensions.partialClone`, which libgit2 refuses because it cannot fetch what is missing.
/// flakehist fetches nothing and says of each missing object that it is missing, so the extension is harmless here.
#[expect(unsafe_code, reason = "libgit2 keeps the list of extensions in a global")]
fn accept_partial_clones() {
    // SAFETY: called once, before any repository is opened and before any second thread can call libgit2.
    let accepted = unsafe { git2::opts::set_extensions(&["partialclone"]) };
    // Without it only such clones cannot be opened, which is then said.
    drop(accepted);
}

fn explain(error: &git2::Error, place: &Path) -> Error {
    let message = error.message();
    let what = Error::new(format!("cannot open the git repository at {}", place.display()));
    if error.code() == ErrorCode::Owner {
        // The folder that git wants to be named, where we began further down.
        let root = message.split('\'').nth(1).map_or_else(|| place.display().to_string(), str::to_owned);
        let root = root.trim_end_matches('/');
        return what
            .because("it belongs to somebody else, and git's ownership rule forbids reading it")
            .hint("run flakehist as the repository's owner")
            .hint(format!(
                "or, if you trust it: `git config --global --add safe.directory {}`",
                shell::word(root)
            ));
    }
    if message.contains("sha256") || message.contains("object format") {
        return what.because("it uses SHA-256 object ids, which libgit2 cannot read yet");
    }
    if message.contains("refstorage") {
        return what
            .because("its refs are stored as reftable, which libgit2 cannot read yet")
            .hint("`git refs migrate --ref-format=files` turns them into files (git 2.46 or newer)");
    }
    what.because(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_a_repository_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Repository::discover(folder.path()).unwrap().is_none());
    }
}
