//! History without a table: a line or a paragraph for each entry, and what the marks mean.

use std::io::{self, Write};

use crate::generation::Kind;
use crate::history::{Entry, State};
use crate::timeline::Mark;
use crate::view::changes::{as_nix, mark};
use crate::view::{Role, Style, fit, plain, width};

use super::{GAP, changes_or_none, name, name_role, one_generation, problem, seconds, subject};

/// Writes one entry on one line, as `git log --oneline` does, with what changed behind the subject.
///
/// # Errors
/// When the writer fails.
pub fn one_line(entry: &Entry, marks: &[Mark<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let id = format!("{}{}", name(entry, style), in_brackets(marks));
    let day = seconds(entry).map(|seconds| style.day(seconds)).unwrap_or_default();
    let changes = problem(entry).map_or_else(|| changes_or_none(entry), |problem| problem.whole());
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
            writeln!(
                out,
                "    {}",
                style.paint(Role::Dim, "no input changed, only how the lock is written")
            )?;
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

/// What the marks in the table mean, as far as they occur in these entries and beside these generations; nothing when
/// none does.
#[must_use]
pub fn legend(entries: &[Entry], generations: Option<Kind>) -> Option<String> {
    let changes = || entries.iter().flat_map(|entry| &entry.changes);
    let explained = [
        ("↓", "went back in time"),
        ("+", "added"),
        ("-", "removed"),
        ("~", "comes from elsewhere"),
        ("→", "follows"),
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
