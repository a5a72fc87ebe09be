//! History without a table: a line or a paragraph for each entry, and what the marks mean.

use std::io::{self, Write};

use crate::generation::Kind;
use crate::history::{Entry, State};
use crate::timeline::{Apart, Confidence, Mark, Whereabouts};
use crate::view::changes::{ONLY_WRITTEN, as_nix, mark, without_echoes};
use crate::view::generations::marks;
use crate::view::{Role, Style, blanks, fit, plain, width, words};

use super::{GAP, changes_or_none, name, name_role, one_generation, problem, seconds, subject};

/// Writes one entry on one line, as `git log --oneline` does, with what changed behind the subject.
///
/// # Errors
/// When the writer fails.
pub fn one_line(entry: &Entry, marks: &[Mark<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let id = format!("{}{}", name(entry, style), in_brackets(marks));
    let day = seconds(entry).map(|seconds| style.day(seconds)).unwrap_or_default();
    let changes = || changes_or_none(entry, &without_echoes(&entry.changes));
    let changes = problem(entry).map_or_else(changes, |problem| problem.whole());
    let is_problem = !matches!(entry.state, State::Readable(_));
    let used = width(&id) + width(&day) + 2;
    let room = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(used + 2));
    let subject = subject(entry);
    // What changed is what the tool is for; the subject gives way, down to a third.
    let subject = fit(&subject, (room.saturating_sub(width(&changes))).max(room / 3)).into_owned();
    let changes = fit(&changes, room.saturating_sub(width(&subject))).into_owned();
    let gap = if changes.is_empty() { "" } else { GAP };
    writeln!(
        out,
        "{} {} {}{gap}{}",
        style.paint(name_role(entry), id),
        style.paint(Role::Dim, day),
        subject,
        style.paint(if is_problem { Role::Problem } else { Role::Changed }, changes),
    )
}

/// Writes one entry with its changes as Nix prints them.
///
/// # Errors
/// When the writer fails.
pub fn with_changes(entry: &Entry, marks: &[Mark<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let id = format!("{}{}", name(entry, style), in_brackets(marks));
    let when = seconds(entry).map(|seconds| style.minute(seconds)).unwrap_or_default();
    let author = entry.commit().map(|commit| format!("{GAP}{}", plain(&commit.author))).unwrap_or_default();
    let subject = subject(entry);
    writeln!(
        out,
        "{}{GAP}{}{}{}{}",
        style.paint(name_role(entry), id),
        style.paint(Role::Dim, when),
        style.paint(Role::Dim, author),
        if subject.is_empty() { "" } else { GAP },
        style.paint(Role::Changed, subject),
    )?;
    if let Some(problem) = problem(entry) {
        writeln!(out, "    {}", style.paint(Role::Problem, problem.whole()))?;
    }
    if matches!(entry.state, State::Readable(_)) {
        if entry.changes.is_empty() {
            writeln!(out, "    {}", style.paint(Role::Dim, ONLY_WRITTEN))?;
        }
        as_nix(&entry.changes, "    ", style, out)?;
    }
    writeln!(out)
}

/// ` (gen 43●, 42)` behind a commit's id.
fn in_brackets(marks: &[Mark<'_>]) -> String {
    let names: Vec<String> = marks.iter().map(|mark| one_generation(mark.row, mark.is_sure)).collect();
    if names.is_empty() { String::new() } else { format!(" (gen {})", names.join(", ")) }
}

/// Writes a generation that stands by itself on one line, at its date.
///
/// # Errors
/// When the writer fails.
pub fn one_line_apart(apart: Apart<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let created = apart.row.generation.created;
    let day = style.day(created);
    let used = style.abbreviation + 1 + width(&day) + 1;
    let text = self::apart(apart, &marks(apart.row.generation), style);
    let text =
        style.width.map_or(text.clone(), |columns| fit(&text, columns.saturating_sub(used)).into_owned());
    let (day, text) = (style.paint(Role::Dim, day), style.paint(Role::Retargeted, text));
    writeln!(out, "{} {day} {text}", blanks("", style.abbreviation))
}

/// Writes a generation that stands by itself as a paragraph, as [`with_changes`] does with entries.
///
/// # Errors
/// When the writer fails.
pub fn apart_with_changes(apart: Apart<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let text = self::apart(apart, &marks(apart.row.generation), style);
    let when = style.minute(apart.row.generation.created);
    writeln!(out, "{}{GAP}{}", style.paint(Role::Retargeted, text), style.paint(Role::Dim, when))?;
    writeln!(out)
}

/// What is known of a generation that stands by itself; `marks` go behind its number.
pub(super) fn apart(apart: Apart<'_>, marks: &str, style: &Style) -> String {
    let Apart { row, lock } = apart;
    let number = row.generation.number;
    let is_a_guess = row.built.locks.len() > 1 || row.built.confidence == Confidence::ByDate;
    let perhaps = if is_a_guess { "perhaps " } else { "" };
    let what = match (lock, row.built.confidence, row.nixpkgs()) {
        (Whereabouts::Elsewhere(commit), ..) => {
            format!("{perhaps}lock of {}, not in this history", words::commit(style, commit))
        }
        (Whereabouts::Kept, ..) => format!("{perhaps}a lock that a system keeps, in no commit"),
        (_, Confidence::Contradiction, _) => "its lock is not that of the commit it names".to_owned(),
        (_, _, None) => "nothing is known of its lock".to_owned(),
        _ => "lock never committed".to_owned(),
    };
    match row.nixpkgs() {
        Some((Some(day), digits)) => format!("gen {number}{marks}: {what}, nixpkgs {day} {digits}"),
        Some((None, digits)) => format!("gen {number}{marks}: {what}, nixpkgs {digits}"),
        None => format!("gen {number}{marks}: {what}"),
    }
}

/// What the marks in the table mean, as far as they occur in these entries and beside these generations; nothing when
/// none does.
#[must_use]
pub fn legend(entries: &[Entry], generations: Option<Kind>) -> Option<String> {
    let changes = || entries.iter().flat_map(|entry| &entry.changes);
    let explained = [
        ("!", "same revision, other contents"),
        ("↓", "went back in time"),
        ("+", "added"),
        ("-", "removed"),
        ("~", "comes from elsewhere"),
        ("→", "follows"),
        ("=", "only the reference changed"),
    ];
    let occurs = |sign: &str| changes().any(|change| mark(change).0 == sign);
    let words: Vec<String> = explained
        .into_iter()
        .filter(|(sign, _)| occurs(sign))
        .map(|(sign, word)| format!("{sign} {word}"))
        .chain(generations.map(|kind| crate::view::generations::legend(kind).to_owned()))
        .collect();
    (!words.is_empty()).then(|| words.join("   "))
}
