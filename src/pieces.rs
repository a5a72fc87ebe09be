//! A text told by another one: pieces of that, and pieces that are new. What git's deltas are, and how the next state of
//! a lock is most quickly read.

use std::ops::Range;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// These bytes of the other text.
    Same(Range<usize>),
    /// These bytes.
    New(&'t [u8]),
}

impl Piece<'_> {
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Same(range) => range.len(),
            Self::New(bytes) => bytes.len(),
        }
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends its bytes to a text; `None`, and nothing, when the other text is too short.
    #[must_use]
    pub fn append(&self, base: &[u8], text: &mut Vec<u8>) -> Option<()> {
        text.extend_from_slice(match self {
            Self::Same(range) => base.get(range.clone())?,
            Self::New(bytes) => bytes,
        });
        Some(())
    }
}
