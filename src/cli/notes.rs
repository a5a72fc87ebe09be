//! Notes: what to know besides the result. They go to standard error when the work is done.

use std::io::Write as _;

/// Says something while the work goes on, on standard error. A closed one is nobody's to tell.
pub(super) fn say(line: &str) {
    drop(std::io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// The notes of one run.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Vec<(String, String)>,
}

impl Notes {
    /// Adds a note, with a hint unless that is empty.
    pub(super) fn add(&mut self, note: String, hint: &str) {
        self.notes.push((note, hint.to_owned()));
    }

    /// The notes in the order they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.notes
            .iter()
            .map(|(note, hint)| (note.as_str(), Some(hint.as_str()).filter(|hint| !hint.is_empty())))
    }
}
