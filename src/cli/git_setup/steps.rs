//! What is to be written, as values.
//!
//! git asks a `textconv` program for the text of either side and compares the two. An external diff command could show
//! more, but `git log -p` and `git show` run one only with `--ext-diff`. The results are not cached
//! (`cachetextconv`): the cache is a ref that `git log --all` shows, and keeps what another version wrote.

use crate::git::{with_line, without_line};

/// The driver's name in git's configuration and attributes, and the file's.
pub(super) const DRIVER: &str = "flake-lock";

/// The line in the attributes: every file of this name, in whatever folder.
const LINE: &str = "flake.lock diff=flake-lock";

/// The command that git runs through its shell. Where there is no flakehist on PATH, say in another environment, git
/// must not fail over that: then it gets the text itself.
const COMMAND: &str = r#"f() { flakehist textconv -- "$1" 2>/dev/null || cat -- "$1"; }; f"#;

/// No line is a heading to those below it.
const HEADING: &str = "^$";

/// The settings, the keys as git writes them.
const SETTINGS: [(&str, &str); 2] =
    [("diff.flake-lock.textconv", COMMAND), ("diff.flake-lock.xfuncname", HEADING)];

/// One thing to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Gives a key a value.
    Set(&'static str, &'static str),
    /// Takes a value of a key away.
    Unset(&'static str, &'static str),
    /// Adds a line to the attributes.
    AddLine(&'static str),
    /// Takes a line out of the attributes.
    RemoveLine(&'static str),
}

/// What there is to do, from the values that the keys of our driver have and the text of the attributes: the settings
/// first, so that no attribute ever names what is not there.
///
/// # Errors
/// With its value, when the command is another one already. What else was set differently is the user's choice.
pub(super) fn steps(
    remove: bool,
    values: &[(String, String)],
    attributes: &[u8],
) -> Result<Vec<Step>, String> {
    let of = |key: &'static str| values.iter().filter(move |(own, _)| own == key).map(|(_, value)| value);
    let mut steps = Vec::new();
    if remove {
        steps.extend(without_line(attributes, LINE).map(|_| Step::RemoveLine(LINE)));
        let ours = SETTINGS.iter().filter(|(key, own)| of(key).any(|value| value == own));
        steps.extend(ours.map(|&(key, value)| Step::Unset(key, value)));
        return Ok(steps);
    }
    for (key, value) in SETTINGS {
        match of(key).next_back() {
            None => steps.push(Step::Set(key, value)),
            Some(other) if value == COMMAND && other != COMMAND => return Err(other.clone()),
            Some(_) => {}
        }
    }
    steps.extend(with_line(attributes, LINE).map(|_| Step::AddLine(LINE)));
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[(&str, &str)]) -> Vec<(String, String)> {
        values.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn the_keys_are_those_of_the_driver() {
        for (key, _) in SETTINGS {
            assert!(key.starts_with(&format!("diff.{DRIVER}.")));
        }
        assert_eq!(LINE, format!("flake.lock diff={DRIVER}"));
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        let all = [Step::Set(SETTINGS[0].0, COMMAND), Step::Set(SETTINGS[1].0, HEADING), Step::AddLine(LINE)];
        let line = format!("x\n{LINE}\n");
        for (values, attributes, expected) in [
            (&[] as &[(&str, &str)], "", &all[..]),
            (&SETTINGS[..1], "x\n", &all[1..]),
            (&SETTINGS[..], "", &all[2..]),
            (&SETTINGS[..], &line, &[]),
            (&[], &line, &all[..2]),
            (&[("diff.flake-lock.xfuncname", "mine")], &line, &all[..1]),
        ] {
            assert_eq!(steps(false, &set(values), attributes.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn another_command_is_not_overwritten() {
        let values = set(&[("diff.flake-lock.textconv", "jq .")]);
        assert_eq!(steps(false, &values, b""), Err("jq .".to_owned()));
        assert_eq!(steps(true, &values, b"").unwrap(), []);
    }

    #[test]
    fn only_what_was_written_is_taken_away() {
        let values = set(&[SETTINGS[0], ("diff.flake-lock.xfuncname", "mine"), ("diff.flake-lock.x", "y")]);
        let attributes = format!("flake.lock -text\n{LINE}\n");
        assert_eq!(
            steps(true, &values, attributes.as_bytes()).unwrap(),
            [Step::RemoveLine(LINE), Step::Unset(SETTINGS[0].0, COMMAND)]
        );
        assert_eq!(steps(true, &[], b"").unwrap(), []);
    }
}
