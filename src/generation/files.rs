//! Reading files of strangers: regular ones only, up to a limit.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

/// No fact about a system needs a bigger file.
const LIMIT: u64 = 1 << 20;

/// The file's bytes, when it is a regular file of no more than a mebibyte.
pub(super) fn bytes(path: &Path) -> Option<Vec<u8>> {
    // Without waiting for the other end of a pipe, or taking a terminal for one's own. What it is, is asked of the open
    // file: to go along the path twice would take longer than to read it.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).ok()?;
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
    bytes(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The first line without white space around it, when there is any text.
pub(super) fn line(path: &Path) -> Option<String> {
    let text = text(path)?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
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
