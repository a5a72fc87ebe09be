//! Lines of a file of attributes (gitattributes(5)), and where a repository keeps its own.

use std::path::PathBuf;

use super::Repository;

impl Repository {
    /// The file of attributes that belongs to this repository and is not committed, whether it is there or not.
    #[must_use]
    pub fn attributes_file(&self) -> PathBuf {
        self.inner.commondir().join("info/attributes")
    }

    /// The file of this repository's own configuration.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.inner.commondir().join("config")
    }
}

/// The text with a line added at its end; `None` when the line is in it already.
#[must_use]
pub fn with_line(text: &[u8], line: &str) -> Option<Vec<u8>> {
    if text.split(|&byte| byte == b'\n').any(|own| is_line(own, line)) {
        return None;
    }
    let mut new = text.to_vec();
    if !new.is_empty() && !new.ends_with(b"\n") {
        new.push(b'\n');
    }
    new.extend_from_slice(line.as_bytes());
    new.push(b'\n');
    Some(new)
}

/// The text without a line; `None` when the line is not in it.
#[must_use]
pub fn without_line(text: &[u8], line: &str) -> Option<Vec<u8>> {
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let left: Vec<u8> = lines.filter(|own| !is_line(own, line)).flatten().copied().collect();
    (left.len() < text.len()).then_some(left)
}

fn is_line(own: &[u8], line: &str) -> bool {
    own.trim_ascii() == line.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_once_and_taken_away_without_touching_others() {
        for (before, after) in [
            ("", "a b\n"),
            ("x y\n", "x y\na b\n"),
            ("# c\n\n*.bin -diff\n", "# c\n\n*.bin -diff\na b\n"),
            ("\u{feff}x\r\n", "\u{feff}x\r\na b\n"),
        ] {
            let added = with_line(before.as_bytes(), "a b").unwrap();
            assert_eq!(added, after.as_bytes());
            assert_eq!(with_line(&added, "a b"), None);
            assert_eq!(without_line(&added, "a b").unwrap(), before.as_bytes());
        }
        // The end of the last line stays.
        assert_eq!(with_line(b"x", "a b").unwrap(), b"x\na b\n");
        assert_eq!(without_line(b"x y\n", "a b"), None);
        assert_eq!(without_line(b"a b\r\nx\na b", "a b").unwrap(), b"x\n");
        assert_eq!(without_line(b"a b c\n", "a b"), None);
    }
}
