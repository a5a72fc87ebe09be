//! Changes of a lock as text: on one line, or as Nix writes them.

use std::io::{self, Write};

use crate::lock::{Change, ChangeKind, Direction, InputPath, Side, Source};

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

/// The reference in `flake.nix` that the input has now.
fn target_of(change: &Change) -> Option<String> {
    match change.to.as_ref()? {
        Side::Own(node) => node.original().or(node.locked()).map(|source| plain(&source.url()).into_owned()),
        Side::Follows(_) => None,
    }
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
                let note = match change.direction {
                    Direction::Older => format!(" {}", style.paint(Role::Back, "← back in time")),
                    Direction::Newer | Direction::Same | Direction::Unknown => String::new(),
                };
                writeln!(out, "{indent}• {title}:")?;
                writeln!(out, "{indent}    {}", nix_side(from, style))?;
                writeln!(out, "{indent}  → {}{note}", nix_side(to, style))?;
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
