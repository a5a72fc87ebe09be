//! Reading files of strangers: regular ones only, up to a limit.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};

/// No fact about a system needs a bigger file.
const LIMIT: u64 = 1 << 20;

/// A folder that is opened for nothing but to look for what is in it, where the machine knows of such a thing.
#[cfg(target_os = "linux")]
const TO_LOOK_INSIDE: OFlag = OFlag::O_PATH;
#[cfg(not(target_os = "linux"))]
const TO_LOOK_INSIDE: OFlag = OFlag::O_RDONLY;

/// A folder that is held open. Of a system a dozen files are looked for, most of which are not there; to go along the
/// whole path to its folder each time would take as long as to look.
#[derive(Debug)]
pub(super) struct Folder {
    handle: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// The folder at a path, or where a link there leads.
    pub(super) fn open(path: &Path) -> Option<Self> {
        Some(Self { handle: folder_at(AT_FDCWD, path, OFlag::empty())?, path: path.to_owned() })
    }

    /// A folder in this one, when it is no link.
    pub(super) fn folder(&self, name: &Path) -> Option<Self> {
        let handle = folder_at(&self.handle, name, OFlag::O_NOFOLLOW)?;
        Some(Self { handle, path: self.path.join(name) })
    }

    /// What a link in this folder says, and when it was made, in seconds since 1970 UTC.
    pub(super) fn link(&self, name: &Path) -> Option<(PathBuf, i64)> {
        let stat = fstatat(&self.handle, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok().filter(is_link)?;
        Some((readlinkat(&self.handle, name).ok()?.into(), stat.st_mtime))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// As [`text`].
    pub(super) fn text(&self, file: &str) -> Option<String> {
        bytes_at(&self.handle, Path::new(file)).map(into_text)
    }

    /// The first line of a file without white space around it, when there is any text.
    pub(super) fn line(&self, file: &str) -> Option<String> {
        first_line(&self.text(file)?)
    }

    /// What has this name; `None` when nothing has.
    pub(super) fn what(&self, name: &str) -> Option<What> {
        let stat = self.stat(name)?;
        Some(match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFLNK => What::Link,
            SFlag::S_IFREG if stat.st_size > 0 => What::Text,
            _ => What::Other,
        })
    }

    /// As [`names`], of a folder in this one.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        // Most are not there, which is told quicker than a folder is opened.
        self.stat(folder).map(|_| names(&self.path.join(folder))).unwrap_or_default()
    }

    /// As [`end`].
    pub(super) fn end(&self, name: &str) -> Option<PathBuf> {
        self.stat(name)?;
        std::fs::canonicalize(self.path.join(name)).ok()
    }

    fn stat(&self, name: &str) -> Option<FileStat> {
        fstatat(&self.handle, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()
    }
}

/// What something in a folder is, as far as that is seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A regular file that is not empty.
    Text,
    Link,
    Other,
}

fn folder_at(folder: impl AsFd, path: &Path, flags: OFlag) -> Option<OwnedFd> {
    let flags = flags | TO_LOOK_INSIDE | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    openat(folder, path, flags, Mode::empty()).ok()
}

fn is_link(stat: &FileStat) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFLNK
}

/// The file's bytes, when it is a regular file of no more than a mebibyte.
pub(super) fn bytes(path: &Path) -> Option<Vec<u8>> {
    bytes_at(AT_FDCWD, path)
}

fn bytes_at(folder: impl AsFd, path: &Path) -> Option<Vec<u8>> {
    // Without waiting for the other end of a pipe, or taking a terminal for one's own.
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    bytes_of(openat(folder, path, flags, Mode::empty()).ok()?.into())
}

fn bytes_of(mut file: File) -> Option<Vec<u8>> {
    // What it is, is asked of the open file: to go along the path twice would take longer than to read it.
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let size = usize::try_from(metadata.len()).ok().filter(|_| metadata.len() <= LIMIT)?;
    let mut bytes = vec![0; size];
    let mut read = 0;
    // As many as it has, and no asking for more: of thousands of small files the calls are what takes time.
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).ok()? {
            0 => break,
            count => read += count,
        }
    }
    bytes.truncate(read);
    Some(bytes)
}

/// The file's text, lossily, under the same conditions.
pub(super) fn text(path: &Path) -> Option<String> {
    bytes(path).map(into_text)
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn into_text(bytes: Vec<u8>) -> String {
    // Nearly always it is text, and then need not be copied.
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// The names in a folder, sorted; none when it cannot be read.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().take(10_000).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Where a path leads in the end, if that is there.
pub(super) fn end(path: &Path) -> Option<PathBuf> {
    // Asked for each part of the path, which is many questions when the answer is mostly no.
    path.symlink_metadata().ok()?;
    std::fs::canonicalize(path).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_folder_tells_what_the_paths_in_it_tell() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().canonicalize().unwrap();
        let limit = usize::try_from(LIMIT).unwrap();
        std::fs::create_dir_all(path.join("sub/deep")).unwrap();
        std::fs::write(path.join("sub/line"), " one \ntwo\n").unwrap();
        std::fs::write(path.join("empty"), "\n").unwrap();
        std::fs::write(path.join("nil"), "").unwrap();
        std::fs::write(path.join("bytes"), b"a\xffb").unwrap();
        std::fs::write(path.join("biggest"), vec![b'a'; limit]).unwrap();
        std::fs::write(path.join("bigger"), vec![b'a'; limit + 1]).unwrap();
        symlink("sub/line", path.join("link")).unwrap();
        symlink("/nowhere/at/all", path.join("dangling")).unwrap();
        symlink("self", path.join("self")).unwrap();
        symlink("/dev/zero", path.join("endless")).unwrap();
        nix::unistd::mkfifo(&path.join("pipe"), Mode::S_IRWXU).unwrap();
        let folder = Folder::open(&path).unwrap();
        for (file, expected) in [
            ("sub/line", Some(" one \ntwo\n")),
            ("link", Some(" one \ntwo\n")),
            ("empty", Some("\n")),
            ("bytes", Some("a\u{fffd}b")),
            ("bigger", None),
            ("dangling", None),
            ("self", None),
            ("endless", None),
            ("pipe", None),
            ("sub", None),
            ("sub/line/more", None),
            ("", None),
            ("a\0b", None),
        ] {
            assert_eq!(folder.text(file).as_deref(), expected, "{file}");
            assert_eq!(text(&path.join(file)).as_deref(), expected, "{file}");
        }
        assert_eq!(folder.text("biggest").map(|text| text.len()), Some(limit));
        assert_eq!(folder.line("sub/line").as_deref(), Some("one"));
        assert_eq!(folder.line("empty"), None);
        assert_eq!(folder.names("sub"), ["deep", "line"]);
        assert!(folder.names("link").is_empty() && folder.names("nothing").is_empty());
        for (name, expected) in [
            ("link", Some(What::Link)),
            ("dangling", Some(What::Link)),
            ("self", Some(What::Link)),
            ("sub/line", Some(What::Text)),
            ("nil", Some(What::Other)),
            ("sub", Some(What::Other)),
            ("pipe", Some(What::Other)),
            ("nothing", None),
        ] {
            assert_eq!(folder.what(name), expected, "{name}");
        }
        let link = |name: &str| folder.link(Path::new(name));
        let made = std::fs::symlink_metadata(path.join("link")).unwrap().modified().unwrap();
        let made = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(link("link"), Some((PathBuf::from("sub/line"), i64::try_from(made).unwrap())));
        assert_eq!(link("dangling").unwrap().0, Path::new("/nowhere/at/all"));
        assert!(link("sub").is_none() && link("nothing").is_none() && link("empty").is_none());
        assert_eq!(folder.folder(Path::new("sub")).unwrap().path(), path.join("sub"));
        assert!(folder.folder(Path::new("empty")).is_none() && folder.folder(Path::new("nothing")).is_none());
        assert_eq!(folder.end("link"), Some(path.join("sub/line")));
        assert_eq!(folder.end("dangling"), None);
        assert_eq!(folder.end("nothing"), None);
    }

    #[test]
    fn only_folders_are_opened_and_through_links_only_when_asked() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().canonicalize().unwrap();
        let [folder, file, link] = ["folder", "file", "link"].map(|name| path.join(name));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&file, "").unwrap();
        symlink("folder", &link).unwrap();
        for (place, by_itself, at_all) in [
            (&folder, true, true),
            (&link, false, true),
            (&file, false, false),
            (&path.join("no"), false, false),
        ] {
            assert_eq!(Folder::open(place).is_some(), at_all, "{}", place.display());
            let inside = Folder::open(&path).unwrap().folder(Path::new(place.file_name().unwrap()));
            assert_eq!(inside.is_some(), by_itself, "{}", place.display());
        }
    }

    #[test]
    fn what_vanishes_or_is_closed_to_us_says_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().canonicalize().unwrap().join("system");
        std::fs::create_dir_all(path.join("etc")).unwrap();
        std::fs::write(path.join("etc/file"), "text").unwrap();
        let folder = Folder::open(&path).unwrap();
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(0);
        // Whoever may do everything reads it all the same, by either way.
        assert_eq!(folder.text("etc/file"), text(&path.join("etc/file")));
        // To be looked into, a folder need not be one that can be listed.
        set(0o100);
        if cfg!(target_os = "linux") {
            let again = Folder::open(&path).unwrap();
            assert_eq!(again.text("etc/file").as_deref(), Some("text"));
        }
        set(0o700);
        std::fs::remove_dir_all(&path).unwrap();
        assert_eq!(folder.text("etc/file"), None);
        assert!(folder.names("etc").is_empty());
        assert_eq!(folder.end("etc"), None);
    }
}
