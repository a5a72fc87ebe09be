//! Changes of a lock as text: on one line, or as Nix writes them.

use std::io::{self, Write};

use crate::lock::{Change, ChangeKind, Direction, InputPath, Node, Side, Source};
use crate::spread::SpreadSet;

use super::{Role, Style, plain, words};

/// What is said of two locks that say the same in other words.
pub const ONLY_WRITTEN: &str = "no input changed, only how the lock is written";
/// What is said of an input whose new revision is older.
const BACK_IN_TIME: &str = "back in time";
/// What is said of an alarm.
const OTHER_CONTENTS: &str = "same revision, other contents";
/// What is said where nothing but `flake.nix` asks for it in another way.
const ONLY_REFERENCE: &str = "only the reference changed";

/// The mark a change bears in tables, and its colour. An ordinary update has none: it is what everybody expects.
#[must_use]
pub fn mark(change: &Change) -> (&'static str, Role) {
    match (change.kind, change.direction) {
        (ChangeKind::ContentsChanged, _) => ("!", Role::Problem),
        (ChangeKind::Added, _) => ("+", Role::Added),
        (ChangeKind::Removed, _) => ("-", Role::Removed),
        (_, Direction::Older) => ("↓", Role::Back),
        (ChangeKind::Retargeted, _) => ("~", Role::Retargeted),
        (ChangeKind::FollowsChanged, _) => ("→", Role::Retargeted),
        (ChangeKind::OriginalChanged, _) => ("=", Role::Retargeted),
        (ChangeKind::Updated, _) => (" ", Role::Changed),
    }
}

/// The changes a reader wants to see: without inputs that merely follow another, where the input they belong to
/// changed as well.
#[must_use]
pub fn without_echoes(changes: &[Change]) -> Vec<&Change> {
    if !changes.iter().any(Change::merely_follows) {
        return changes.iter().collect();
    }
    let paths: SpreadSet<&InputPath> = changes.iter().map(|change| &change.path).collect();
    let is_echo = |change: &Change| {
        change.merely_follows() && change.path.parent().is_some_and(|parent| paths.contains(&parent))
    };
    changes.iter().filter(|change| !is_echo(change)).collect()
}

/// The changes that are left [`without_echoes`], on one line:
/// `nixpkgs 4bd9165→b12141e (2026-01-04), +disko 1a2b3c4 (2025-12-30)`.
#[must_use]
pub fn on_one_line(changes: &[&Change]) -> String {
    // Written for every row of a history: the pieces go into the line at once, without a text of their own.
    let mut line = String::new();
    for change in changes {
        line.push_str(if line.is_empty() { "" } else { ", " });
        push_in_a_few_words(change, &mut line);
    }
    line
}

fn push_in_a_few_words(change: &Change, line: &mut String) {
    line.push_str(match (&change.from, &change.to) {
        (None, Some(_)) => "+",
        (Some(_), None) => "-",
        _ => "",
    });
    words::push_path(&change.path, line);
    for (side, before) in [(&change.from, " "), (&change.to, if change.from.is_some() { "→" } else { " " })]
    {
        if let Some(side) = side {
            line.push_str(before);
            words::push_side(side, line);
        }
    }
    if change.to.is_some() {
        push_notes(change, line);
    }
}

/// Appends what stands in brackets: the new state's day, and what is unusual.
fn push_notes(change: &Change, line: &mut String) {
    let day = change.to.as_ref().and_then(Side::source).and_then(words::locked_day);
    let notes = day.into_iter().chain(unusual(change));
    let mut is_first = true;
    for note in notes {
        line.push_str(if is_first { " (" } else { ", " });
        line.push_str(&note);
        is_first = false;
    }
    line.push_str(if is_first { "" } else { ")" });
}

/// What is unusual about a change, in words: the same in every view.
#[must_use]
pub fn unusual(change: &Change) -> Vec<String> {
    notes_on(change, || target_of(change))
}

/// The role of such a note.
#[must_use]
pub fn unusual_role(note: &str) -> Role {
    match note {
        BACK_IN_TIME => Role::Back,
        OTHER_CONTENTS => Role::Problem,
        _ => Role::Retargeted,
    }
}

/// The kind in a word or two.
#[must_use]
pub fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Updated => "updated",
        ChangeKind::Retargeted => "retargeted",
        ChangeKind::FollowsChanged => "follows changed",
        ChangeKind::ContentsChanged => OTHER_CONTENTS,
        ChangeKind::OriginalChanged => ONLY_REFERENCE,
    }
}

fn notes_on(change: &Change, target: impl FnOnce() -> Option<String>) -> Vec<String> {
    let mut notes = Vec::new();
    if change.direction == Direction::Older {
        notes.push(BACK_IN_TIME.to_owned());
    }
    if change.kind == ChangeKind::ContentsChanged {
        notes.push(OTHER_CONTENTS.to_owned());
    }
    if change.kind == ChangeKind::OriginalChanged {
        notes.push(ONLY_REFERENCE.to_owned());
    }
    if matches!(change.kind, ChangeKind::Retargeted | ChangeKind::OriginalChanged) {
        notes.extend(target().map(|target| format!("now {target}")));
    }
    notes
}

/// What is different about where it comes from: what `flake.nix` says, else where that led.
fn target_of(change: &Change) -> Option<String> {
    let place = || change.to.as_ref().and_then(Side::source).map(words::place);
    declared(change).or_else(place)
}

/// What `flake.nix` says now of where the input comes from, if that is different.
fn declared(change: &Change) -> Option<String> {
    let (Some(Side::Own(old)), Some(Side::Own(new))) = (&change.from, &change.to) else { return None };
    if old.is_flake() != new.is_flake() {
        return Some(if new.is_flake() { "a flake" } else { "not a flake" }.to_owned());
    }
    let url = |node: &Node| node.original().map(Source::url);
    let url = url(new).filter(|new| url(old).as_ref() != Some(new))?;
    Some(plain(&url).into_owned())
}

/// Writes the changes as Nix prints them while locking (`LockFile::diff` in `lockfile.cc`), a bullet each, every
/// line after `indent`: with what Nix does not say, without hashes and without what merely follows its parent.
///
/// # Errors
/// When the writer fails.
pub fn as_nix(changes: &[Change], indent: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let told = |source: &Source| {
        let url = if source.rev().is_none() { source.full_url() } else { source.url() };
        (url, words::locked_day(source))
    };
    for change in without_echoes(changes) {
        bullet(change, indent, style, &told, &arrow_note(change, style), out)?;
    }
    Ok(())
}

/// Writes the changes exactly as Nix 2.20 and newer print them: every one of them, with every hash, and with dates that
/// mean nothing.
///
/// # Errors
/// When the writer fails.
pub fn exactly_as_nix(changes: &[Change], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let told = |source: &Source| (source.full_url(), source.last_modified().and_then(words::day));
    changes.iter().try_for_each(|change| bullet(change, "", style, &told, "", out))
}

/// A source's URL, and its day where there is one.
type Told<'t> = &'t dyn Fn(&Source) -> (String, Option<String>);

fn bullet(
    change: &Change,
    indent: &str,
    style: &Style,
    told: Told<'_>,
    note: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (word, role) = match change.kind {
        ChangeKind::Added => ("Added", Role::Added),
        ChangeKind::Removed => ("Removed", Role::Removed),
        _ => ("Updated", Role::Changed),
    };
    let title = style.paint(role, format!("{word} input '{}'", plain(&change.path.to_string())));
    let side = |side: &Side| nix_side(side, style, told);
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => {
            writeln!(out, "{indent}• {title}:")?;
            writeln!(out, "{indent}    {}", side(from))?;
            writeln!(out, "{indent}  → {}{note}", side(to))
        }
        (None, Some(to)) => {
            writeln!(out, "{indent}• {title}:")?;
            writeln!(out, "{indent}    {}", side(to))
        }
        (Some(_), None) | (None, None) => writeln!(out, "{indent}• {title}"),
    }
}

/// What Nix does not say: that it went back, and what `flake.nix` asks for now where that changed, too.
fn arrow_note(change: &Change, style: &Style) -> String {
    let notes: Vec<_> = notes_on(change, || declared(change))
        .into_iter()
        .map(|note| style.paint(unusual_role(&note), note).into_owned())
        .collect();
    if notes.is_empty() { String::new() } else { format!(" ← {}", notes.join(", ")) }
}

fn nix_side(side: &Side, style: &Style, told: Told<'_>) -> String {
    match side {
        Side::Follows(target) => format!("follows '{}'", plain(&target.to_string())),
        Side::Own(node) => {
            node.locked().map_or_else(String::new, |source| nix_source(source, style, told(source)))
        }
    }
}

/// `'github:NixOS/nixpkgs/<rev>' (2026-01-04)`.
fn nix_source(source: &Source, style: &Style, (url, day): (String, Option<String>)) -> String {
    let url = style.link(source.web_link().as_deref(), plain(&url).into_owned()).into_owned();
    match day {
        Some(day) => format!("'{url}' ({day})"),
        None => format!("'{url}'"),
    }
}

#[cfg(test)]
mod tests;
