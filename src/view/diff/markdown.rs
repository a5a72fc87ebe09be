//! A difference for a pull request: GitHub's Markdown, also that of GitLab and Forgejo.

use std::io::{self, Write};

use crate::lock::{Change, ChangeKind, Direction, Folded, Side};
use crate::view::changes::{mark, unusual};
use crate::view::{Style, link_target, plain, words};

use super::{Counts, Difference, End, distance, hashes, inside, led_to, place};

/// Writes both sides, a table of the changes with links to the forges, and how many there are.
///
/// # Errors
/// When the writer fails.
pub fn markdown(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let side = |end: &End<'_>| code(&end.title(style, usize::MAX));
    writeln!(
        out,
        "{}: from {} to {}\n",
        code(&plain(difference.path)),
        side(&difference.from),
        side(&difference.to)
    )?;
    let shown = difference.shown();
    if shown.is_empty() {
        writeln!(out, "{}.", difference.nothing())?;
    } else {
        writeln!(out, "| | input | from | to | |\n|---|---|---|---|---|")?;
        for one in &shown {
            writeln!(out, "{}", row(one, difference))?;
        }
        writeln!(out, "\n{}", Counts::of(&shown).in_words())?;
    }
    match difference.not_compared() {
        Some(text) => writeln!(out, "\n{}", code(&text)),
        None => Ok(()),
    }
}

fn row(folded: &Folded<'_>, difference: &Difference<'_>) -> String {
    let change = folded.change;
    let cell = |side: Option<&Side>| side.map(state).unwrap_or_default();
    format!(
        "| {} | {} | {} | {} | {} |",
        mark(change).0.trim(),
        in_cell(&words::path(&change.path)),
        cell(change.from.as_ref()),
        cell(change.to.as_ref()),
        notes(folded, difference)
    )
}

/// Day, and the revision with a link to it; or what is followed.
fn state(side: &Side) -> String {
    let Side::Own(node) = side else { return in_cell(&words::side(side)) };
    let Some(source) = node.locked() else { return String::new() };
    let version = linked(source.web_link().as_deref(), &in_cell(&words::short_version(source)));
    match words::locked_day(source) {
        Some(day) => format!("{day} {version}"),
        None => version,
    }
}

fn notes(folded: &Folded<'_>, difference: &Difference<'_>) -> String {
    let change = folded.change;
    let link = change.sources().and_then(|(old, new)| old.compare_link(new));
    let far = distance(change).or_else(|| link.as_ref().map(|_| "compare".to_owned()));
    let mut notes: Vec<String> = far.iter().map(|far| linked(link.as_deref(), far)).collect();
    notes.extend(unusual(change).iter().map(|note| told(change, note)));
    let from_locks = hashes(change).into_iter().chain(place(change)).chain(led_to(change, difference));
    notes.extend(from_locks.map(|note| in_cell(&note)));
    notes.extend(inside(folded));
    notes.join(", ")
}

/// A note: what is alarming in bold, what came from a lock as code.
fn told(change: &Change, note: &str) -> String {
    match note.split_once("now ") {
        Some((before, place)) => format!("{before}now {}", in_cell(place)),
        None if change.kind == ChangeKind::ContentsChanged || change.direction == Direction::Older => {
            format!("**{note}**")
        }
        None => note.to_owned(),
    }
}

/// The same in a table, where a `|` would end the cell.
fn in_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// The text as code, in which nothing means anything: no mention, no reference, no HTML.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The text as a link, if there is one.
fn linked(target: Option<&str>, text: &str) -> String {
    let Some(target) = target else { return text.to_owned() };
    let mut safe = String::new();
    for c in link_target(target).chars() {
        match c {
            '(' | ')' | '<' | '>' | '|' | '\\' | '`' | '[' | ']' => {
                safe.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    format!("[{text}]({safe})")
}
