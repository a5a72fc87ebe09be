//! A file that somebody named, or that lies where a lock should.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// What is bigger than this many bytes was named by mistake, or is there to fill the memory.
const BIGGEST: u64 = 256 << 20;

/// A file as it is named from a folder, without a `.` on the way.
pub(super) fn path_from(folder: &Path, path: &str) -> PathBuf {
    folder.join(path).components().collect()
}

/// The bytes of a file in a folder, which is called in messages as it is given: no more than a quarter of a gibibyte, and
/// no pipe that nobody may ever write into, unless it lies where a shell puts the output of a command (`<(…)`).
///
/// # Errors
/// When the file cannot be read, is none, or is too big.
pub fn bytes_of(folder: &Path, file: &Path) -> Result<Vec<u8>> {
    let failed = || Error::new(format!("cannot read {}", file.display()));
    let path = &folder.join(file);
    let because = |e: std::io::Error| failed().because(e);
    let is_of_shell = path.starts_with("/dev") || path.starts_with("/proc");
    let metadata = std::fs::metadata(path).map_err(because)?;
    if !metadata.is_file() && !metadata.is_dir() && !is_of_shell {
        return Err(failed().because("it is not a regular file"));
    }
    let too_big = || failed().because(format!("it is bigger than {} MiB", BIGGEST >> 20));
    if metadata.len() > BIGGEST {
        return Err(too_big());
    }
    let mut bytes = Vec::new();
    // Of a device nothing says how much comes.
    File::open(path).map_err(because)?.take(BIGGEST + 1).read_to_end(&mut bytes).map_err(because)?;
    if bytes.len() as u64 > BIGGEST { Err(too_big()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused() {
        let refused = |path: &Path| bytes_of(Path::new("/"), path).unwrap_err().causes().join("; ");
        let folder = tempfile::tempdir().unwrap();
        let sparse = folder.path().join("sparse");
        File::create(&sparse).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(refused(&sparse), "it is bigger than 256 MiB");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(refused(&socket), "it is not a regular file");
        assert!(refused(folder.path()).contains("directory"), "{}", refused(folder.path()));
        assert_eq!(bytes_of(Path::new("/dev"), Path::new("null")).unwrap(), b"");
    }
}
