//! `flakehist completions`
//!
//! The scripts in `completions/` know nothing but how their shell asks and wants to be answered. Each passes the words
//! typed so far to this command, which knows the arguments (`words`) and looks at what is there (`live`); so what can
//! be completed is the same everywhere, and never older than the program.

mod live;
mod words;

use std::io::Write as _;

use crate::error::{Error, Result};
use crate::view::plain;

use super::args::{Completions, Global, Shell};
use super::world::World;

use words::Question;

/// A word that could stand there, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    word: String,
    meaning: String,
}

impl Candidate {
    fn new(word: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { word: word.into(), meaning: meaning.into() }
    }
}

/// Prints a shell's script, or what the last of the words could become.
///
/// # Errors
/// When the output cannot be written. That nothing can be found out is none: nothing is offered then.
pub(super) fn run(args: &Completions, global: &Global, world: &World) -> Result<()> {
    let text =
        if args.words.is_empty() { script(args.shell).to_owned() } else { answer(args, global, world) };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(|e| Error::output(&e))
}

fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../completions/flakehist.bash"),
        Shell::Zsh => include_str!("../../completions/_flakehist"),
        Shell::Fish => include_str!("../../completions/flakehist.fish"),
        Shell::Nushell => include_str!("../../completions/flakehist.nu"),
    }
}

/// A line for each candidate: the word, a tab, the meaning. Nothing where only the shell can help, with files.
fn answer(args: &Completions, global: &Global, world: &World) -> String {
    let typed: Vec<String> = args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let question = Question::of(&typed);
    let live = question.live.map(|live| live::candidates(live, &question, global, world)).unwrap_or_default();
    let live = live.iter().filter(|candidate| is_harmless(&candidate.word));
    let fitting = question.known.iter().chain(live).filter(|known| known.word.starts_with(&question.word));
    let line = |candidate: &Candidate| {
        format!("{}{}\t{}\n", question.kept, candidate.word, plain(&candidate.meaning))
    };
    fitting.take(MOST).map(line).collect()
}

/// No shell shows more than this at once.
const MOST: usize = 100;

/// Whether a name is the same to every shell, quoted or not, and no option. Names come from locks and repositories, and
/// bash puts what it is given into the command line as it is.
fn is_harmless(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-+.,:/@%~".contains(c);
    !name.is_empty() && name.chars().all(is_plain) && !name.starts_with(['-', '~'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_offered_that_a_shell_would_obey() {
        for word in ["nixpkgs", "home-manager/nixpkgs", "lock~1", "gen:-1", "v1.2+3", "a@b", "50%"] {
            assert!(is_harmless(word), "{word}");
        }
        for word in [
            "",
            "--all",
            "a b",
            "$(touch x)",
            "`x`",
            "a;b",
            "a\nb",
            "~root",
            "a'b",
            "x*",
            "{a,b}",
            "a\\b",
            "!!",
            "a\u{202e}b",
        ] {
            assert!(!is_harmless(word), "{word}");
        }
    }
}
