//! What was looked at on a machine, and what is missing, as text and as JSON.

use std::io::{self, Write};

use crate::error::Error;

use super::json::{Json, VERSION};
use super::{Role, Style, blanks, plain, wrapped};

/// What came of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All is well.
    Fine,
    /// Something goes less far than it could.
    Mind,
    /// Something that a restore needs is missing.
    Missing,
}

impl Finding {
    /// In a word, which says the same without colour.
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Mind => "mind",
            Self::Missing => "missing",
        }
    }
}

/// One look: at what, and what was found.
#[derive(Clone, Debug)]
pub struct Check {
    about: &'static str,
    finding: Finding,
    text: String,
    hints: Vec<String>,
}

impl Check {
    /// Something that is well.
    pub fn fine(about: &'static str, text: impl Into<String>) -> Self {
        Self { about, finding: Finding::Fine, text: text.into(), hints: Vec::new() }
    }

    /// Something to mind.
    pub fn mind(about: &'static str, text: impl Into<String>) -> Self {
        Self { finding: Finding::Mind, ..Self::fine(about, text) }
    }

    /// Something that a restore needs and does not find.
    pub fn missing(about: &'static str, text: impl Into<String>) -> Self {
        Self { finding: Finding::Missing, ..Self::fine(about, text) }
    }

    /// What an error tells.
    #[must_use]
    pub fn of(about: &'static str, finding: Finding, error: &Error) -> Self {
        let hints = error.hints().to_vec();
        Self { about, finding, text: error.to_string(), hints }
    }

    /// Adds what to do; nothing where that is empty.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.extend(Some(hint.into()).filter(|hint| !hint.is_empty()));
        self
    }

    /// Whether a restore lacks this.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.finding == Finding::Missing
    }
}

/// Writes a line for each look, hints below, and the sum at the end.
///
/// # Errors
/// When the writer fails.
pub fn text(checks: &[Check], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    const WORD: usize = 9;
    const ABOUT: usize = 12;
    let columns = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(WORD + ABOUT).max(40));
    for check in checks {
        let role = match check.finding {
            Finding::Fine => Role::Added,
            Finding::Mind => Role::Back,
            Finding::Missing => Role::Problem,
        };
        let word = check.finding.word();
        write!(out, "{}{}", style.paint(role, word), blanks(word, WORD))?;
        write!(out, "{}{}", check.about, blanks(check.about, ABOUT))?;
        // A hint stays in one piece, to be pasted.
        let hints = check.hints.iter().map(|hint| format!("hint: {}", plain(hint)));
        let lines = wrapped(&plain(&check.text), columns).into_iter().chain(hints);
        for (number, line) in lines.enumerate() {
            let indent = if number == 0 { "" } else { blanks("", WORD + ABOUT) };
            writeln!(out, "{indent}{line}")?;
        }
    }
    let sum = match checks.iter().filter(|check| check.is_missing()).count() {
        0 => "nothing that a restore needs is missing".to_owned(),
        1 => "1 thing that a restore needs is missing".to_owned(),
        count => format!("{count} things that a restore needs are missing"),
    };
    writeln!(out, "\n{sum}")
}

/// Writes the same as a document.
///
/// # Errors
/// When the writer fails.
pub fn json(checks: &[Check], out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open("{")?;
    json.number("version", VERSION)?;
    json.flag("ready", !checks.iter().any(Check::is_missing))?;
    json.key("checks")?;
    json.open("[")?;
    for check in checks {
        json.line()?;
        json.open("{")?;
        json.member("about", Some(check.about))?;
        json.member("finding", Some(check.finding.word()))?;
        json.member("text", Some(&check.text))?;
        json.key("hints")?;
        json.open("[")?;
        check.hints.iter().try_for_each(|hint| json.string(hint))?;
        json.close("]")?;
        json.close("}")?;
    }
    json.raw("\n")?;
    json.close("]")?;
    json.close("}")?;
    json.raw("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Zone;
    use crate::view::golden::check;

    #[test]
    fn findings_at_every_width() {
        let error =
            Error::new("cannot write /etc/nixos/flake.lock").because("Permission denied").hint("`sudo`");
        let checks = [
            Check::fine("git", "git version 2.47.3"),
            Check::mind("nix", "there is no `nix` on PATH\u{1b}[31m").hint("install it").hint(""),
            Check::of("restore", Finding::Missing, &error),
        ];
        let mut out = Vec::new();
        for (width, color) in [(None, false), (Some(40), false), (None, true)] {
            let style = Style { color, links: false, width, zone: Zone::Utc, abbreviation: 7, now: 0 };
            text(&checks, &style, &mut out).unwrap();
            out.extend_from_slice(b"\n");
        }
        json(&checks, &mut out).unwrap();
        text(
            &checks[..1],
            &Style { color: false, links: false, width: None, zone: Zone::Utc, abbreviation: 7, now: 0 },
            &mut out,
        )
        .unwrap();
        check("doctor.txt", &String::from_utf8(out).unwrap());
    }
}
