//! Which inputs are wanted (`--input`): shell patterns over input paths.

use crate::error::{Error, Result};
use crate::lock::InputPath;

/// Inputs by shell patterns: `nixpkgs`, `home-manager/nixpkgs`, `*/nixpkgs`. A `*` matches no `/`. The default is empty
/// and means that nobody asked for any in particular.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Vec<glob::Pattern>);

impl Inputs {
    /// The inputs that one of these patterns matches.
    ///
    /// # Errors
    /// When one is no shell pattern.
    pub fn parse(words: &[String]) -> Result<Self> {
        let compile = |word: &String| {
            glob::Pattern::new(word)
                .map_err(|e| Error::usage(format!("`{word}` is no pattern for inputs")).because(e.msg))
        };
        Ok(Self(words.iter().map(compile).collect::<Result<_>>()?))
    }

    /// Whether no input in particular was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the patterns matches the input.
    #[must_use]
    pub fn have(&self, path: &InputPath) -> bool {
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        let path = path.to_string();
        self.0.iter().any(|pattern| pattern.matches_with(&path, options))
    }
}
