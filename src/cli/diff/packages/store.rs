//! Asking Nix what belongs to a system.
//!
//! `nix-store --query` has said the same in the same form since before flakes; the JSON of `nix path-info` changed its
//! shape three times. Only the store's own database is asked, so no network is needed.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::restore::{CommandLine, Programs, last_words, output};

/// As many paths go into one command line; a system without limits takes hundreds of thousands of bytes.
const AT_ONCE: usize = 1000;

/// The store of this machine, as `nix-store` tells of it.
pub(super) struct Store {
    program: PathBuf,
}

impl Store {
    /// Finds the program.
    ///
    /// # Errors
    /// When it is not on PATH.
    pub(super) fn find(programs: &Programs) -> Result<Self> {
        let program = programs.find("nix-store").ok_or_else(|| {
            Error::new("there is no `nix-store` on PATH")
                .because("only Nix can tell what belongs to a system")
                .hint("without `--packages` the locks they were built from are compared")
        })?;
        Ok(Self { program })
    }

    /// Whether Nix knows these systems. One that it did not make, such as those of `flakehist demo`, it does not.
    #[must_use]
    pub(super) fn knows(&self, systems: [&str; 2]) -> bool {
        let line = CommandLine::new(&self.program, ["--check-validity"].into_iter().chain(systems));
        output(&line, Path::new("/"), None, b"").is_ok_and(|output| output.status.success())
    }

    /// The store paths that a system needs, itself included.
    ///
    /// # Errors
    /// When Nix does not know the path.
    pub(super) fn closure(&self, system: &str) -> Result<Vec<String>> {
        self.query("--requisites", &[system]).map_err(|error| {
            let told = Error::new(format!("nobody can tell what belongs to {system}")).because(error);
            told.hint("Nix knows only what it brought into its own store")
        })
    }

    /// What each of the store paths takes, in bytes.
    ///
    /// # Errors
    /// When Nix does not say it.
    pub(super) fn sizes<'p>(&self, paths: &[&'p str]) -> Result<HashMap<&'p str, u64>> {
        let mut sizes = HashMap::with_capacity(paths.len());
        for some in paths.chunks(AT_ONCE) {
            let lines = self.query("--size", some)?;
            if lines.len() != some.len() {
                return Err(Error::new(format!(
                    "nix-store told the sizes of {} paths, not of {}",
                    lines.len(),
                    some.len()
                )));
            }
            let known = some.iter().zip(&lines).filter_map(|(&path, line)| Some((path, line.parse().ok()?)));
            sizes.extend(known);
        }
        Ok(sizes)
    }

    fn query(&self, what: &str, paths: &[&str]) -> Result<Vec<String>> {
        let words = ["--query", what].into_iter().chain(paths.iter().copied());
        let line = CommandLine::new(&self.program, words.map(OsStr::new));
        let output = output(&line, Path::new("/"), None, b"")?;
        if !output.status.success() {
            return Err(Error::new(format!("`nix-store --query {what}` failed")).because(last_words(&output)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }
}
