//! Which lock is meant: found as Nix finds a flake, from the current folder upwards.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::{FileAt, Repository};
use crate::shell;

/// The file Nix looks for to find a flake.
const FLAKE: &str = "flake.nix";
/// The lock beside it.
const LOCK: &str = "flake.lock";

/// What the user said, and the world in which to look.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The folder to start from, absolute.
    pub folder: PathBuf,
    /// The folder the user stands in, absolute and without links: another one with `-C`.
    pub here: PathBuf,
    /// A flake reference that was named (`--flake`).
    pub flake: Option<String>,
    /// A lock file that was named (`--lock`).
    pub lock: Option<String>,
    /// Flake references to try when the folder is in no flake, best first, each with what it was taken from.
    pub fallbacks: Vec<(&'static str, String)>,
    /// `GIT_DIR`, when it is set.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`, when it is set.
    pub git_work_tree: Option<PathBuf>,
    /// `GIT_NO_REPLACE_OBJECTS`: every object is read as it is.
    pub ignores_replacements: bool,
}

/// A lock file and the repository that holds its history.
pub struct Flake {
    /// The repository.
    pub repository: Repository,
    /// The lock's path from the root of the repository, parts separated by `/`.
    pub lock: String,
    /// The host that was named behind `#`.
    pub host: Option<String>,
    /// The folder that files on the command line are named from.
    folder: PathBuf,
    /// The folder the user stands in.
    here: PathBuf,
}

impl Flake {
    /// Finds the lock that is meant.
    ///
    /// # Errors
    /// When there is no flake, or one that is not in git, or a repository that cannot be read.
    pub fn find(search: &Search) -> Result<Self> {
        let mut flake = Self::find_any(search)?;
        flake.folder.clone_from(&search.folder);
        flake.here.clone_from(&search.here);
        if search.ignores_replacements {
            flake.repository.ignore_replacements();
        }
        Ok(flake)
    }

    /// A file of the repository, given from its root, as one would type it where one stands.
    #[must_use]
    pub fn typed(&self, path: &str) -> String {
        let workdir = self.repository.workdir().and_then(|workdir| workdir.canonicalize().ok());
        workdir.map_or_else(|| shell::word(path), |workdir| shell::path(&workdir.join(path), &self.here))
    }

    /// Adds the other locks that this repository has, as `--lock` names them.
    #[must_use]
    pub fn with_other_locks(&self, error: Error) -> Error {
        with_locks(error, &self.repository, &self.folder, &self.lock)
    }

    fn new(repository: Repository, lock: String, host: Option<String>) -> Self {
        Self { repository, lock, host, folder: PathBuf::new(), here: PathBuf::new() }
    }

    fn find_any(search: &Search) -> Result<Self> {
        if !canonical(&search.folder)?.is_dir() {
            return Err(Error::new(format!("{} is not a folder", search.folder.display())));
        }
        if let Some(lock) = &search.lock {
            return Self::named_lock(search, lock);
        }
        if let Some(reference) = &search.flake {
            let reference = Reference::parse(reference, &search.folder)?;
            return Self::at_reference(reference);
        }
        let here = match &search.git_dir {
            Some(git_dir) => Some(Repository::open(git_dir, search.git_work_tree.as_deref())?),
            None => Repository::discover(&search.folder)?,
        };
        let Some(repository) = here else {
            return Self::fallback(search, not_in_git(&search.folder));
        };
        match lock_from(&repository, &search.folder)? {
            Some(lock) => Ok(Self::new(repository, lock, None)),
            None => {
                let nothing = no_flake(&repository, &search.folder);
                Self::fallback(search, nothing)
            }
        }
    }

    /// Tries the places that the environment names; none given, or none a flake: the first error stands.
    fn fallback(search: &Search, nothing_here: Error) -> Result<Self> {
        for (origin, reference) in &search.fallbacks {
            let parsed = Reference::parse(reference, &search.folder);
            if *origin == "/etc/nixos"
                && !parsed.as_ref().is_ok_and(|place| place.folder.join(FLAKE).exists())
            {
                continue;
            }
            let found = parsed.and_then(Self::at_reference);
            return found.map_err(|e| e.hint(format!("the place comes from {origin}")));
        }
        Err(nothing_here)
    }

    fn at_reference(reference: Reference) -> Result<Self> {
        let folder = canonical(&reference.folder)?;
        let repository = Repository::discover(&folder)?.ok_or_else(|| not_in_git(&folder))?;
        let lock = if reference.is_exact {
            in_repository(&repository, &folder, LOCK)
        } else {
            lock_from(&repository, &folder)?
        };
        let lock = lock.ok_or_else(|| no_flake(&repository, &folder))?;
        Ok(Self::new(repository, lock, reference.host))
    }

    /// `--lock FILE`: a file on disk, or a path in a bare repository.
    fn named_lock(search: &Search, lock: &str) -> Result<Self> {
        let (start, host) = match &search.flake {
            Some(reference) => {
                let reference = Reference::parse(reference, &search.folder)?;
                (reference.folder, reference.host)
            }
            None => (search.folder.clone(), None),
        };
        let wanted = start.join(lock);
        // The folder may be gone from the working tree and live only in history.
        let existing = wanted.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(&start);
        let repository = match &search.git_dir {
            Some(git_dir) => Some(Repository::open(git_dir, search.git_work_tree.as_deref())?),
            None => Repository::discover(existing)?,
        };
        let repository = repository
            .ok_or_else(|| not_in_git(&existing.canonicalize().unwrap_or_else(|_| existing.to_owned())))?;
        let inside = match repository.workdir() {
            None => relative(Path::new(lock), Path::new("")),
            Some(_) => {
                let below = wanted.strip_prefix(existing).unwrap_or(Path::new(lock));
                in_repository(&repository, &canonical(existing)?, &below.to_string_lossy())
            }
        };
        let lock = inside.ok_or_else(|| {
            Error::new(format!("`{lock}` lies outside the repository at {}", repository.git_dir().display()))
        })?;
        Ok(Self::new(repository, lock, host))
    }
}

/// A flake reference that names a folder on this machine.
struct Reference {
    folder: PathBuf,
    host: Option<String>,
    /// `?dir=` names the flake's own folder; otherwise Nix looks upwards.
    is_exact: bool,
}

impl Reference {
    fn parse(text: &str, base: &Path) -> Result<Self> {
        let (place, host) = match text.split_once('#') {
            Some((place, host)) => (place, Some(host.to_owned()).filter(|host| !host.is_empty())),
            None => (text, None),
        };
        let (place, query) = place.split_once('?').unwrap_or((place, ""));
        let dir = query.split('&').find_map(|pair| pair.strip_prefix("dir=")).map(without_escapes);
        let schemes = ["git+file://", "git+file:", "path:", "file://"];
        let path = match schemes.iter().find_map(|scheme| place.strip_prefix(scheme)) {
            Some(path) => without_escapes(path),
            None if is_url(place) => {
                return Err(Error::new(format!("the flake `{text}` is not on this machine"))
                    .because("flakehist reads the history of a local git repository")
                    .hint("clone it, and name the folder: `--flake PATH`"));
            }
            None => place.to_owned(),
        };
        let folder = base.join(if path.is_empty() { "." } else { path.as_str() });
        Ok(match dir {
            Some(dir) => Self { folder: folder.join(dir), host, is_exact: true },
            None => Self { folder, host, is_exact: false },
        })
    }
}

/// `%20` and the like in a URL; what is no escape, or none of UTF-8, stays as it is.
fn without_escapes(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits =
            after.get(..2).filter(|_| first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Whether it begins with a scheme, as `github:` and `https:` do. A path that holds a colon needs a `/` before it.
fn is_url(place: &str) -> bool {
    place.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

fn canonical(folder: &Path) -> Result<PathBuf> {
    folder.canonicalize().map_err(|e| Error::new(format!("cannot open {}", folder.display())).because(e))
}

/// The lock of the flake that `folder` lies in. In a bare repository: at the root of the tree.
fn lock_from(repository: &Repository, folder: &Path) -> Result<Option<String>> {
    let Some(workdir) = repository.workdir() else { return Ok(Some(LOCK.to_owned())) };
    let (folder, workdir) = (canonical(folder)?, canonical(workdir)?);
    let inside = || folder.ancestors().take_while(|ancestor| ancestor.starts_with(&workdir));
    // Inside `.git` there is nothing to find, but `-C .git` means the repository all the same.
    if inside().next().is_none() {
        return Ok(workdir.join(FLAKE).exists().then(|| LOCK.to_owned()));
    }
    let lock_in = |ancestor: &Path| in_repository(repository, ancestor, LOCK);
    if let Some(flake) = inside().find(|ancestor| ancestor.join(FLAKE).exists()) {
        // Paths in the repository are text here; git itself takes any bytes.
        return lock_in(flake).map(Some).ok_or_else(|| {
            Error::new(format!("the path of the flake in {} is not UTF-8", flake.display()))
                .hint("rename the folder, or name another lock with `--lock FILE`")
        });
    }
    // A sparse checkout, or a lock whose flake is gone: the lock itself, on disk or in HEAD.
    if let Some(flake) = inside().find(|ancestor| ancestor.join(LOCK).is_file()) {
        return Ok(lock_in(flake));
    }
    let Some(head) = repository.head()? else { return Ok(None) };
    let reader = repository.reader()?;
    for path in inside().filter_map(lock_in) {
        if reader.file_at(head, &path)? != FileAt::Absent {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// `file` in `folder` (canonical), as a path from the root of the repository; `None` when it lies outside.
fn in_repository(repository: &Repository, folder: &Path, file: &str) -> Option<String> {
    let workdir = repository.workdir()?.canonicalize().ok()?;
    relative(Path::new(file), folder.strip_prefix(&workdir).ok()?)
}

/// Joins and normalises `.` and `..`; `None` when that leads out.
pub(super) fn relative(file: &Path, prefix: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for component in prefix.join(file).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?.to_owned()),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn not_in_git(folder: &Path) -> Error {
    Error::new(format!("{} is not in a git repository", folder.display()))
        .hint("go to your configuration, or name it: `flakehist -C DIR log`")
        .hint("a flake that is not in git yet has no history; `git init` and a commit begin one")
}

fn no_flake(repository: &Repository, folder: &Path) -> Error {
    let error =
        Error::new(format!("no flake.nix from {} up to the root of the repository", folder.display()));
    let error = with_locks(error, repository, folder, "");
    if !error.hints().is_empty() {
        return error;
    }
    error.hint("name the flake with `--flake DIR`, or its lock with `--lock FILE`")
}

/// Names some locks that the repository has besides `known`, as one would name them from `folder`.
fn with_locks(error: Error, repository: &Repository, folder: &Path, known: &str) -> Error {
    let workdir = repository.workdir().and_then(|workdir| workdir.canonicalize().ok());
    let typed = |lock: &String| match (&workdir, canonical(folder)) {
        (Some(workdir), Ok(folder)) => shell::path(&workdir.join(lock), &folder),
        _ => shell::word(lock),
    };
    let others = repository.files_named(LOCK, 5);
    others.iter().filter(|lock| *lock != known).fold(error, |error, lock| {
        error.hint(format!("this repository has a lock: `--lock {}`", typed(lock)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_folders() {
        let base = Path::new("/base");
        for (text, folder, host) in [
            (".", "/base/.", None),
            ("/etc/nixos#box", "/etc/nixos", Some("box")),
            ("git+file:///r?dir=nix/os&ref=main#a.b", "/r/nix/os", Some("a.b")),
            ("path:/r?dir=x", "/r/x", None),
            ("git+file:/r/a%20b?dir=%C3%A9", "/r/a b/é", None),
            ("git+file:.", "/base/.", None),
            ("path:/100%/%zz/%ff", "/100%/%zz/%ff", None),
            ("./a%20b", "/base/./a%20b", None),
            ("./nix?submodules=1", "/base/./nix", None),
            ("#box", "/base/.", Some("box")),
            ("./a:b", "/base/./a:b", None),
        ] {
            let reference = Reference::parse(text, base).unwrap();
            assert_eq!(
                (reference.folder.as_path(), reference.host.as_deref()),
                (Path::new(folder), host),
                "{text}"
            );
        }
        assert!(Reference::parse("github:NixOS/nixpkgs", base).is_err());
    }

    #[test]
    fn paths_never_lead_out() {
        for (file, prefix, joined) in [
            ("flake.lock", "", Some("flake.lock")),
            ("./a/../b/flake.lock", "x", Some("x/b/flake.lock")),
            ("../flake.lock", "x/y", Some("x/flake.lock")),
            ("../../flake.lock", "x", None),
            ("/etc/passwd", "x", None),
        ] {
            assert_eq!(relative(Path::new(file), Path::new(prefix)).as_deref(), joined);
        }
    }
}
