//! Why a lock cannot be read: a value that names the place, because bad history is data.

use std::fmt;

use super::Lock;

/// The reason why bytes are no lock that Nix would read, and what could be read of them.
#[derive(Clone, Debug)]
pub struct Unreadable {
    reason: String,
    readable: Option<Box<Lock>>,
}

impl Unreadable {
    /// Nothing could be read, for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), readable: None }
    }

    /// Something could be read: the lock without what is wrong with it.
    pub(super) fn in_part(reason: String, readable: Lock) -> Self {
        Self { reason, readable: Some(Box::new(readable)) }
    }

    /// The reason, such as `nodes.nixpkgs.locked.rev: expected a string`. May hold text from the file.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What could be read. Good for looking at, not for restoring.
    #[must_use]
    pub fn readable(&self) -> Option<&Lock> {
        self.readable.as_deref()
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Why these bytes are no JSON, in a person's words: first what commonly happens to a lock, then the parser's.
pub(super) fn not_json(text: &str, error: &serde_json::Error) -> Unreadable {
    if let Some(line) = conflict_line(text) {
        return Unreadable::new(format!("unresolved merge conflict (line {line})"));
    }
    let (line, column) = (error.line(), error.column());
    if error.classify() == serde_json::error::Category::Eof {
        return Unreadable::new(format!("truncated: the file ends at line {line} in the middle of the JSON"));
    }
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    Unreadable::new(format!("not JSON: {what} (line {line}, column {column})"))
}

/// The first line with one of git's conflict markers.
fn conflict_line(text: &str) -> Option<usize> {
    let is_marker = |line: &str| {
        ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| {
            line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
        })
    };
    text.lines().position(is_marker).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflict_markers_are_found_by_line() {
        for (text, line) in [
            ("{\n<<<<<<< HEAD\n", Some(2)),
            ("=======\n", Some(1)),
            ("{\n  ======= x\n", None),
            ("========\n", None),
            (">>>>>>> a (b)\r\n", Some(1)),
            ("", None),
        ] {
            assert_eq!(conflict_line(text), line, "{text:?}");
        }
    }
}
