//! The world as this process finds it, read once: environment, folder, clock, terminal.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// Everything from outside that decides what happens.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// The current folder.
    pub(super) folder: PathBuf,
    /// Seconds since 1970 UTC. `FLAKEHIST_NOW` sets it, so that what depends on the day can be repeated.
    pub(super) now: i64,
    /// Whether the output goes to a terminal.
    pub(super) is_terminal: bool,
    /// Columns of the terminal, or what `COLUMNS` says; `None` when neither is there.
    pub(super) columns: Option<usize>,
    /// How many lines the terminal shows that the output goes to.
    pub(super) lines: Option<usize>,
    /// Whether somebody sits there who can be asked: both standard input and standard error are a terminal.
    pub(super) can_ask: bool,
    /// Whether standard error is a terminal on which a line can be taken back.
    pub(super) shows_progress: bool,
    /// Whether the output goes to a terminal that is said to know nothing but ASCII.
    pub(super) is_ascii: bool,
    variables: HashMap<String, String>,
}

impl World {
    /// Looks around.
    ///
    /// # Errors
    /// When the current folder is gone.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the world")]
    pub(super) fn look() -> Result<Self> {
        let folder =
            std::env::current_dir().map_err(|e| Error::new("cannot tell the current folder").because(e))?;
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: HashMap<String, String> = std::env::vars_os().filter_map(utf8).collect();
        let clock = || {
            let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since_1970.ok().and_then(|time| i64::try_from(time.as_secs()).ok()).unwrap_or(0)
        };
        let set_clock = variables.get("FLAKEHIST_NOW").and_then(|seconds| seconds.parse().ok());
        let is_terminal = std::io::stdout().is_terminal();
        let asked =
            variables.get("COLUMNS").and_then(|columns| columns.parse().ok()).filter(|&columns| columns > 0);
        let size = if is_terminal { terminal_size::terminal_size_of(std::io::stdout()) } else { None };
        let of_terminal = || is_terminal.then(|| size.map_or(80, |(width, _)| usize::from(width.0)));
        let columns = asked.or_else(of_terminal);
        let lines = size.map(|(_, height)| usize::from(height.0));
        let can_tell = std::io::stderr().is_terminal();
        let can_ask = can_tell && std::io::stdin().is_terminal();
        let is_dumb = variables.get("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let now = set_clock.unwrap_or_else(clock);
        let shows_progress = can_tell && !is_dumb;
        let is_ascii = is_terminal && !knows_utf8(&variables);
        Ok(Self { folder, now, is_terminal, columns, lines, can_ask, shows_progress, is_ascii, variables })
    }

    /// The same, where every character goes out as it is, whatever the terminal is said to know.
    #[must_use]
    pub(super) fn with_all_signs(self) -> Self {
        Self { is_ascii: false, ..self }
    }

    /// A variable of the environment that is set and not empty.
    #[must_use]
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The name of this machine, as the system has it; empty when it has none.
    #[must_use]
    pub(super) fn host_name(&self) -> String {
        nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default()
    }

    /// Whether the terminal is one that can only write.
    #[must_use]
    pub(super) fn is_dumb(&self) -> bool {
        self.variable("TERM") == Some("dumb")
    }

    /// Whether a variable is set at all, to whatever.
    #[must_use]
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }
}

/// Whether the locale is one of UTF-8 (locale(7)). Where none is set at all, as often over ssh, nobody has said that it
/// is not.
fn knows_utf8(variables: &HashMap<String, String>) -> bool {
    let set = |name: &&str| variables.get(*name).is_some_and(|value| !value.is_empty());
    let decides = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(set);
    let locale = decides.and_then(|name| variables.get(name)).map(|locale| locale.to_ascii_lowercase());
    locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_three_variables_that_is_set_tells_the_locale() {
        for (variables, utf8) in [
            (&[] as &[(&str, &str)], true),
            (&[("LANG", "C")], false),
            (&[("LANG", "de_DE.UTF-8")], true),
            (&[("LANG", "C.utf8"), ("LC_ALL", "")], true),
            (&[("LANG", "C.UTF-8"), ("LC_CTYPE", "POSIX")], false),
            (&[("LC_ALL", "en_US.UTF-8"), ("LC_CTYPE", "C")], true),
            (&[("LANG", "de_DE.ISO-8859-1")], false),
        ] {
            let map = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(knows_utf8(&map.collect()), utf8, "{variables:?}");
        }
    }
}
