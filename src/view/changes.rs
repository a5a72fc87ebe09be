//! Changes of a lock as text: on one line, or as Nix writes them.

use std::io::{self, Write};

use crate::lock::{Change, ChangeKind, Direction, InputPath, Node, Side, Source};

use super::{Role, Style, plain, words};

/// The mark a change bears in tables, and its colour. An ordinary update has none: it is what everybody expects.
#[must_use]
pub fn mark(change: &Change) -> (&'static str, Role) {
    match (change.kind, change.direction) {
        (ChangeKind::Added, _) => ("+", Role::Added),
        (ChangeKind::Removed, _) => ("-", Role::Removed),
        (_, Direction::Older) => ("↓", Role::Back),
        (ChangeKind::Retargeted, _) => ("~", Role::Retargeted),
        (ChangeKind::FollowsChanged, _) => ("→", Role::Retargeted),
        (ChangeKind::Updated, _) => (" ", Role::Changed),
    }
}

/// The changes a reader wants to see: without inputs that merely follow another, where the input they belong to
/// changed as well.
#[must_use]
pub fn without_echoes(changes: &[Change]) -> Vec<&Change> {
    let paths: std::collections::HashSet<&InputPath> = changes.iter().map(|change| &change.path).collect();
    let is_echo = |change: &Change| {
        let side = match change.kind {
            ChangeKind::Added => change.to.as_ref(),
            ChangeKind::Removed => change.from.as_ref(),
            ChangeKind::Updated | ChangeKind::Retargeted | ChangeKind::FollowsChanged => None,
        };
        matches!(side, Some(Side::Follows(_)))
            && change.path.parent().is_some_and(|parent| paths.contains(&parent))
    };
    changes.iter().filter(|change| !is_echo(change)).collect()
}

/// The changes on one line: `nixpkgs 4bd9165→b12141e (2026-01-04), +disko 1a2b3c4 (2025-12-30)`.
#[must_use]
pub fn on_one_line(changes: &[Change]) -> String {
    let words: Vec<String> = without_echoes(changes).into_iter().map(in_a_few_words).collect();
    words.join(", ")
}

fn in_a_few_words(change: &Change) -> String {
    let path = words::path(&change.path);
    let notes = notes(change);
    match (&change.from, &change.to) {
        (None, Some(to)) => format!("+{path} {}{notes}", words::side(to)),
        (Some(from), None) => format!("-{path} {}", words::side(from)),
        (Some(from), Some(to)) => format!("{path} {}→{}{notes}", words::side(from), words::side(to)),
        (None, None) => path,
    }
}

/// What stands in brackets: the new state's day, and what is unusual.
fn notes(change: &Change) -> String {
    let to = change.to.as_ref().and_then(Side::source);
    let mut notes: Vec<String> = to.and_then(words::locked_day).into_iter().collect();
    if change.direction == Direction::Older {
        notes.push("back in time".to_owned());
    }
    if change.kind == ChangeKind::Retargeted {
        notes.push(
            target_of(change).map_or_else(|| "other source".to_owned(), |target| format!("now {target}")),
        );
    }
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) }
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
/// line after `indent`.
///
/// # Errors
/// When the writer fails.
pub fn as_nix(changes: &[Change], indent: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for change in without_echoes(changes) {
        let (word, role) = match change.kind {
            ChangeKind::Added => ("Added", Role::Added),
            ChangeKind::Removed => ("Removed", Role::Removed),
            ChangeKind::Updated | ChangeKind::Retargeted | ChangeKind::FollowsChanged => {
                ("Updated", Role::Changed)
            }
        };
        let title = style.paint(role, format!("{word} input '{}'", plain(&change.path.to_string())));
        match (&change.from, &change.to) {
            (Some(from), Some(to)) => {
                writeln!(out, "{indent}• {title}:")?;
                writeln!(out, "{indent}    {}", nix_side(from, style))?;
                writeln!(out, "{indent}  → {}{}", nix_side(to, style), arrow_note(change, style))?;
            }
            (None, Some(to)) => {
                writeln!(out, "{indent}• {title}:")?;
                writeln!(out, "{indent}    {}", nix_side(to, style))?;
            }
            (Some(_), None) | (None, None) => writeln!(out, "{indent}• {title}")?,
        }
    }
    Ok(())
}

/// What Nix does not say: that it went back, and what `flake.nix` asks for now where that changed, too.
fn arrow_note(change: &Change, style: &Style) -> String {
    let mut notes = Vec::new();
    if change.direction == Direction::Older {
        notes.push(style.paint(Role::Back, "back in time").into_owned());
    }
    if let (ChangeKind::Retargeted, Some(target)) = (change.kind, declared(change)) {
        notes.push(style.paint(Role::Retargeted, format!("now {target}")).into_owned());
    }
    if notes.is_empty() { String::new() } else { format!(" ← {}", notes.join(", ")) }
}

fn nix_side(side: &Side, style: &Style) -> String {
    match side {
        Side::Follows(target) => format!("follows '{}'", plain(&target.to_string())),
        Side::Own(node) => node.locked().map_or_else(String::new, |source| nix_source(source, style)),
    }
}

/// `'github:NixOS/nixpkgs/<rev>' (2026-01-04)`. The hash stands there only where it is all there is to tell states
/// apart; Nix 2.20 and newer always print it.
fn nix_source(source: &Source, style: &Style) -> String {
    let url = if source.rev().is_some() { source.url() } else { source.full_url() };
    let url = style.link(source.web_link().as_deref(), plain(&url).into_owned()).into_owned();
    match words::locked_day(source) {
        Some(day) => format!("'{url}' ({day})"),
        None => format!("'{url}'"),
    }
}

#[cfg(test)]
mod tests;
