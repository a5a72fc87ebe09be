//! Histories by people who mean harm, or whose tools went mad: nothing in them reaches the terminal as a command,
//! stops the program, or keeps it busy for ever.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod control;
mod locks;
mod objects;
mod places;
mod refs;
mod trees;

use support::{Outcome, Scratch};

/// Whether a terminal would do something with it: control characters, and those that turn the direction of writing,
/// are not seen, or separate lines.
fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes sure that nothing on either output is obeyed by a terminal.
fn harmless(outcome: &Outcome) {
    for (what, text) in [("output", outcome.out()), ("errors", outcome.err())] {
        let bad = text.char_indices().find(|(_, c)| is_obeyed(*c));
        assert!(bad.is_none(), "{what} holds {bad:?}\n{:?}", (outcome.out(), outcome.err()));
    }
}

/// Every form in which flakehist shows a history or a lock.
const FORMS: &[&[&str]] = &[
    &["log"],
    &["log", "--oneline"],
    &["log", "-p"],
    &["log", "--json"],
    &["log", "--all", "--reverse"],
    &["log", "--author", "."],
    &["log", "--follow"],
    &["log", "--input", "*"],
    &["log", "--input", "x*y"],
    &["log", "--since", "1980-01-01"],
    &["log", "--utc"],
    &["log", "HEAD^!"],
    &["show"],
    &["show", "--json"],
    &["show", "HEAD"],
    &["show", "HEAD", "--json"],
    &["show", "lock~1"],
    &["show", "date:now", "--json"],
    &["diff"],
    &["diff", "lock~1", "HEAD", "--json"],
    &["diff", "lock~1", "HEAD", "--all-inputs"],
    &["diff", "lock~1..", "--nix"],
    &["diff", "lock~1..", "--markdown"],
    &["diff", "lock~1..", "--patch"],
    &["diff", "HEAD~1...HEAD", "--stat"],
    &["diff", "file:flake.lock", "HEAD", "--name-only"],
];

/// The forms that read everything there is in a lock or a commit.
const FEW_FORMS: &[&[&str]] = &[
    &["log"],
    &["log", "-p"],
    &["log", "--json", "--follow"],
    &["show"],
    &["show", "HEAD", "--json"],
    &["diff", "lock~1", "HEAD"],
];

/// Shows the repository in a few forms: each run ends by itself, with success or an error that is told, and nothing
/// that a terminal obeys.
fn survives(scratch: &Scratch) {
    for form in FEW_FORMS {
        told(&scratch.flakehist(*form));
    }
    told(&scratch.flakehist_in(scratch.folder()).env("COLUMNS", "80").args(["log"]).run());
}

fn told(outcome: &Outcome) {
    assert!(matches!(outcome.status, Some(0 | 1)), "{outcome}");
    assert!(outcome.status == Some(0) || outcome.err().starts_with("error: "), "{outcome}");
    assert!(!outcome.err().contains("panicked"), "{outcome}");
    harmless(outcome);
}

/// The same in every form, in several widths and with colours. Gives the outcomes.
fn survives_in_every_form(scratch: &Scratch) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for form in FORMS {
        outcomes.push(scratch.flakehist(*form));
    }
    for columns in ["1", "20", "80", "200"] {
        for form in [&["log"][..], &["log", "--oneline"], &["show"], &["diff"], &["diff", "lock~1", "HEAD"]] {
            outcomes.push(scratch.flakehist_in(scratch.folder()).env("COLUMNS", columns).args(form).run());
        }
    }
    outcomes.iter().for_each(told);
    let colored = scratch.flakehist(["log", "--color", "always"]);
    harmless_but_for_colors(&colored);
    harmless_but_for_colors(&scratch.flakehist(["show", "--color", "always"]));
    harmless_but_for_colors(&scratch.flakehist(["diff", "lock~1", "HEAD", "--color", "always"]));
    harmless_but_for_colors(&scratch.flakehist(["diff", "lock~1", "HEAD", "--patch", "--color", "always"]));
    outcomes
}

/// With colours on, the only escape sequences are those that set them.
fn harmless_but_for_colors(outcome: &Outcome) {
    let mut rest = outcome.out();
    while let Some((before, after)) = rest.split_once('\x1b') {
        assert!(!before.chars().any(is_obeyed), "{:?}", outcome.out());
        let end = after.find('m').unwrap();
        let (sequence, after) = after.split_at(end);
        assert!(sequence.starts_with('['), "{sequence:?}");
        assert!(sequence.chars().skip(1).all(|c| c.is_ascii_digit() || c == ';'), "{sequence:?}");
        rest = after;
    }
    assert!(!rest.chars().any(is_obeyed), "{:?}", outcome.out());
}
