//! The history as a reader sees it, at every width.

use std::sync::Arc;

use super::*;
use crate::history::Tracking;
use crate::lock::Unreadable;
use crate::timeline::Beside;
use crate::view::golden::{check, within, without_escapes};
use crate::view::made_up::{At, CONFLICT, crowded, eventful, history, single, style};

const WIDTHS: [Option<usize>; 6] = [Some(40), Some(80), Some(100), Some(120), Some(200), None];

/// The whole table.
fn table(entries: &[Entry], chosen: &[&str], style: Style) -> String {
    let chosen: Vec<String> = chosen.iter().map(|path| (*path).to_owned()).collect();
    let table = Table::plan(entries, &chosen, &Beside::default(), style);
    let mut out = Vec::new();
    table.header(&mut out).unwrap();
    for entry in entries {
        table.row(entry, &[], &mut out).unwrap();
    }
    let text = within(style.width, String::from_utf8(out).unwrap());
    assert_eq!(text.lines().count(), entries.len() + 1, "one line a row");
    text
}

/// The table at every width, each below a ruler.
fn at_every_width(entries: &[Entry], chosen: &[&str]) -> String {
    let mut text = String::new();
    for width in WIDTHS {
        text += &match width {
            Some(columns) => format!("{:-<columns$}\n", format!("{columns} columns ")),
            None => "piped\n".to_owned(),
        };
        text += &table(entries, chosen, style(width));
        text += "\n";
    }
    text
}

fn written(write: impl Fn(&Entry, &mut Vec<u8>) -> io::Result<()>, entries: &[Entry]) -> String {
    let mut out = Vec::new();
    for entry in entries {
        write(entry, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn one_input() {
    check("log-1-input.txt", &at_every_width(&single(), &[]));
}

#[test]
fn six_inputs() {
    check("log-6-inputs.txt", &at_every_width(&eventful(), &[]));
}

#[test]
fn forty_inputs() {
    check("log-40-inputs.txt", &at_every_width(&crowded(), &[]));
}

#[test]
fn chosen_inputs() {
    let chosen = ["sops-nix/nixpkgs", "nixpkgs", "no-such-input"];
    check("log-chosen.txt", &at_every_width(&eventful(), &chosen));
}

#[test]
fn no_inputs() {
    let entries = history(&[("Start", At::Lock("")), ("Break it", At::Broken("")), ("Drop it", At::Deleted)]);
    check("log-0-inputs.txt", &at_every_width(&entries, &[]));
    assert_eq!(table(&[], &[], style(Some(80))).lines().count(), 1, "an empty history is only the header");
}

/// Texts that are wide, combined, written to the left, controlling or endless.
fn odd() -> Vec<Entry> {
    let long = "x".repeat(300);
    let longest = format!("{long}@a1+1 nixpkgs@a1+1");
    let combining = "e\u{301}".repeat(60);
    let hearts = "❤\u{fe0f}".repeat(60);
    let mut entries = history(&[
        (
            "依存関係を更新する、そしてとても長い件名をここに書いておく",
            At::Lock("nixpkgs@a1+0 日本語の入力@b1+0"),
        ),
        ("", At::Lock("nixpkgs@a2+1 日本語の入力@b2+1")),
        (&combining, At::Lock("nixpkgs@a3+1 日本語の入力@b3+1")),
        (&hearts, At::Lock("nixpkgs@a4+1 日本語の入力@b4+1")),
        ("שלום עולם \u{202e}dlrow olleh\u{202c} مرحبا", At::Lock("nixpkgs@a5+1 שלום@b4+1")),
        (
            "\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}31m\ttab\r\nline\u{2028}",
            At::Lock("nixpkgs@a6+1 \u{1b}[31m@b4+1"),
        ),
        (&long, At::Lock(&longest)),
        ("👩\u{200d}👩\u{200d}👧\u{200d}👦 family", At::Lock("nixpkgs@a7+1 👨\u{200d}👩\u{200d}👦@b1+1")),
    ]);
    let reason = "nodes.\u{1b}]0;title\u{7}.locked: \u{202e}expected";
    entries[3].state = State::Broken(Arc::new(Unreadable::new(reason)));
    entries
}

#[test]
fn odd_texts() {
    check("log-odd.txt", &at_every_width(&odd(), &[]));
}

#[test]
fn no_row_is_ever_wider_than_the_terminal() {
    for entries in [single(), eventful(), crowded(), odd()] {
        for width in 40..=260 {
            table(&entries, &[], style(Some(width)));
            table(&entries, &["nixpkgs", "home-manager", "disko", "x", "日本語の入力"], style(Some(width)));
            let style = style(Some(width));
            let one_line = written(|entry, out| one_line(entry, &[], &style, out), &entries);
            within(Some(width), one_line);
        }
    }
}

#[test]
fn nothing_that_happened_is_hidden() {
    for mut entries in [single(), eventful(), crowded(), odd()] {
        // Otherwise the rows differ by it anyway.
        for entry in &mut entries {
            if let Origin::Commit(commit) = &mut entry.origin {
                commit.subject = "subject".to_owned();
            }
        }
        let untroubled = State::Readable(Arc::new(crate::view::made_up::lock("")));
        for width in (40..=260).map(Some).chain([None]) {
            let table = Table::plan(&entries, &[], &Beside::default(), style(width));
            for entry in &entries {
                let row = |entry: &Entry| {
                    written(|entry, out| table.row(entry, &[], out), std::slice::from_ref(entry))
                };
                let mut nothing = Entry { changes: Vec::new(), state: untroubled.clone(), ..entry.clone() };
                if !entry.changes.is_empty() || entry.state.lock().is_none() {
                    assert_ne!(row(entry), row(&nothing), "{width:?}: nobody sees what happened here");
                }
                // Each single change alone as well, but for what only follows.
                for change in without_echoes(&entry.changes) {
                    let one = Entry { changes: vec![change.clone()], ..entry.clone() };
                    nothing.state = entry.state.clone();
                    assert!(
                        entry.state.lock().is_none() || row(&one) != row(&nothing),
                        "{width:?}: nobody sees {}",
                        change.path
                    );
                }
            }
        }
    }
}

#[test]
fn colours_and_links_take_no_columns() {
    for width in WIDTHS {
        let entries = eventful();
        let plain = table(&entries, &[], style(width));
        let painted = table(&entries, &[], Style { color: true, links: true, ..style(width) });
        assert_ne!(painted, plain);
        assert_eq!(without_escapes(&painted), plain);
        for view in [one_line, with_changes] {
            let painted = Style { color: true, links: true, ..style(width) };
            let painted = written(|entry, out| view(entry, &[], &painted, out), &entries);
            assert_eq!(
                without_escapes(&painted),
                written(|entry, out| view(entry, &[], &style(width), out), &entries)
            );
        }
    }
    let painted = Style { color: true, ..style(Some(120)) };
    check("log-colour.txt", &table(&eventful(), &[], painted));
}

#[test]
fn one_line_each() {
    let mut text = String::new();
    for width in WIDTHS {
        text += &format!("{width:?}\n");
        for entries in [eventful(), odd()] {
            text += &within(width, written(|entry, out| one_line(entry, &[], &style(width), out), &entries));
        }
        text += "\n";
    }
    check("log-oneline.txt", &text);
}

#[test]
fn with_the_changes_as_nix_prints_them() {
    let style = style(Some(100));
    let text = written(|entry, out| with_changes(entry, &[], &style, out), &eventful());
    check("log-patch.txt", &within(None, text));
    let odd = written(|entry, out| with_changes(entry, &[], &style, out), &odd());
    check("log-patch-odd.txt", &within(None, odd));
}

#[test]
fn dates_are_by_the_clock_that_was_asked_for() {
    let entries = single();
    let text = table(&entries, &[], style(Some(200)));
    assert!(text.contains("2026-01-13 14:05"), "UTC, to the minute where there is room");
    assert!(table(&entries, &[], style(Some(120))).contains(" 2026-01-13  "), "and to the day where not");
}

#[test]
fn every_sort_of_uncommitted_lock_says_so() {
    let mut entry = history(&[("worktree", At::Lock("nixpkgs@a1+0"))]).remove(0);
    let mut rows = String::new();
    for tracking in
        [Tracking::Modified, Tracking::Staged, Tracking::Conflicted, Tracking::Untracked, Tracking::Ignored]
    {
        for modified in [0, crate::view::made_up::NEW_YEAR] {
            entry.origin = Origin::Worktree { modified, tracking };
            rows += &table(std::slice::from_ref(&entry), &[], style(Some(120)));
        }
    }
    entry.origin = Origin::Worktree { modified: 0, tracking: Tracking::Modified };
    entry.state = State::Absent;
    rows += &table(std::slice::from_ref(&entry), &[], style(Some(120)));
    let header = rows.lines().next().unwrap().to_owned();
    check("log-uncommitted.txt", &rows.replace(&format!("{header}\n"), ""));
}

#[test]
fn the_legend_has_only_what_occurs() {
    assert_eq!(
        legend(&eventful(), None).as_deref(),
        Some("↓ went back in time   + added   - removed   ~ comes from elsewhere   → follows")
    );
    assert_eq!(legend(&single(), None).as_deref(), Some("↓ went back in time   + added"));
    assert_eq!(legend(&single()[3..4], None), None);
    assert_eq!(legend(&history(&[("x", At::Broken(CONFLICT))]), None), None);
}

#[test]
fn lists_are_cut_with_a_sign() {
    let names = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (words, columns, cut) in [
        ("nixpkgs", 7, "nixpkgs"),
        ("nixpkgs", 6, "nixpk…"),
        ("nixpkgs", 3, "…1"),
        ("a b c", 7, "a, b, c"),
        ("a b c", 6, "a …2"),
        ("a b c d", 7, "a, b …2"),
        ("a b c", 4, "a …2"),
        ("a b c", 3, "…3"),
        ("nixpkgs b c", 9, "nixpk… …2"),
        ("a", 1, "a"),
        ("ab", 1, "…"),
    ] {
        let text = listed(&names(words), columns);
        assert_eq!(text, cut, "{words} in {columns}");
    }
    assert_eq!(listed(&[], 10), "");
}
