//! A row under construction.

use std::io::{self, Write};

use crate::view::{Role, Style, blanks, width};

use super::GAP;

/// A row under construction: cells padded to their width, gaps between, no blanks at the end.
pub(super) struct Line<'s> {
    style: &'s Style,
    text: String,
    /// Blanks owed before the next text.
    owed: usize,
}

impl<'s> Line<'s> {
    pub(super) fn new(style: &'s Style) -> Self {
        Self { style, text: String::with_capacity(160), owed: 0 }
    }

    pub(super) fn push(&mut self, text: &str) {
        while self.owed > 0 {
            let some = blanks("", self.owed);
            self.text.push_str(some);
            self.owed -= some.len();
        }
        self.text.push_str(text);
    }

    pub(super) fn cell(&mut self, text: &str, columns: usize, role: Role) {
        if !text.is_empty() {
            let style = self.style;
            self.push(&style.paint(role, text));
        }
        // The last cell may be as long as it likes, and is not measured.
        let missing = if columns == 0 { 0 } else { columns.saturating_sub(width(text)).min(1 << 16) };
        self.owed += missing + GAP.len();
    }

    pub(super) fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text.push('\n');
        out.write_all(self.text.as_bytes())
    }
}
