//! One lock as a tree of its inputs.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use crate::git::Commit;
use crate::history::{LastChanges, Selected, State};
use crate::lock::{Followed, InputPath, Lock, Node, Pin};

use super::{Role, Style, fit, plain, width, words};

/// No line is wider than this in a pipe, where else nothing is cut. No name and no URL in use comes near it.
const WIDEST_IN_PIPE: usize = 8192;

/// Writes the lock: where it is from, then a line for each input.
///
/// # Errors
/// When the writer fails.
pub fn tree(selected: &Selected, last: &LastChanges, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let lock = match &selected.state {
        State::Readable(lock) => Some(lock.as_ref()),
        State::Broken(unreadable) => unreadable.readable(),
        State::Absent => None,
    };
    writeln!(out, "{}", title(selected, style))?;
    if let State::Broken(unreadable) = &selected.state {
        writeln!(
            out,
            "{}",
            style.paint(Role::Problem, format!("unreadable: {}", plain(unreadable.reason())))
        )?;
        if lock.is_some() {
            writeln!(out, "{}", style.paint(Role::Problem, "what can be read of it:"))?;
        }
    }
    let Some(lock) = lock else { return Ok(()) };
    for notice in lock.notices() {
        writeln!(out, "{} {}", style.paint(Role::Back, "note:"), plain(&notice.to_string()))?;
    }
    writeln!(out)?;
    inputs(lock, last, style, out)
}

/// What is shown, on one line; on two where that is too long, the subject cut.
fn title(selected: &Selected, style: &Style) -> String {
    let path = plain(&selected.path).into_owned();
    let count = selected.state.lock().map_or_else(String::new, |lock| {
        let own = lock.root().inputs().len();
        let all = lock.inputs().len();
        let plural =
            |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        let all = if all == own { String::new() } else { format!(", {all} counting theirs") };
        format!("lock version {}, {}{all}", lock.version(), plural(own, "input"))
    });
    let columns = style.width.unwrap_or(usize::MAX);
    let remark = selected.remark.as_ref().map(|remark| format!(", {}", plain(remark))).unwrap_or_default();
    let before_count = if count.is_empty() { "" } else { ", " };
    let end = |used: usize| {
        let fits = used + width(&remark) + width(before_count) + width(&count) <= columns;
        format!("{remark}{}{count}", if fits { before_count } else { "\n" })
    };
    let Some(commit) = &selected.commit else { return format!("{path}{}", end(width(&path))) };
    let id = words::commit(style, commit.id);
    let day = style.day(commit.committed.seconds);
    let subject = plain(&commit.subject);
    let used = width(&format!("{path} at {id} ({day}, )"));
    let subject = fit(&subject, columns.saturating_sub(used + width(&remark)));
    let end = end(used + width(&subject));
    format!("{path} at {} ({day}, {subject}){end}", style.paint(Role::Commit, id))
}

/// One line of the tree.
struct Line<'l> {
    /// The branches of the tree drawn before the name.
    branches: String,
    path: InputPath,
    name: String,
    pin: Pin<'l>,
}

fn lines(lock: &Lock) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    // For each level whether more siblings follow, which draws the line downwards.
    let mut pending: Vec<(Vec<bool>, InputPath)> = Vec::new();
    push_children(lock.root(), &InputPath::default(), &[], &mut pending);
    while let Some((more, path)) = pending.pop() {
        let Some(pin) = lock.pin(&path) else { continue };
        let name = path.names().last().map(|name| plain(name).into_owned()).unwrap_or_default();
        if let Pin::Own(node) = pin {
            push_children(node, &path, &more, &mut pending);
        }
        lines.push(Line { branches: branches(&more), path, name, pin });
    }
    lines
}

fn push_children(node: &Node, path: &InputPath, more: &[bool], pending: &mut Vec<(Vec<bool>, InputPath)>) {
    for (from_end, (name, _)) in node.inputs().iter().rev().enumerate() {
        let below = more.iter().copied().chain([from_end > 0]).collect();
        pending.push((below, InputPath::new(path.names().chain([name.as_ref()]))));
    }
}

/// Root inputs stand at the margin; below them the tree is drawn. Very deep ones are drawn as one long branch.
fn branches(more: &[bool]) -> String {
    let Some((last, above)) = more.split_last().filter(|(_, above)| !above.is_empty()) else {
        return String::new();
    };
    let lines: String = above.iter().skip(1).take(8).map(|more| if *more { "│  " } else { "   " }).collect();
    let deep = if above.len() > 9 { "⋯ " } else { "" };
    format!("{lines}{deep}{}", if *last { "├─ " } else { "└─ " })
}

fn inputs(lock: &Lock, last: &LastChanges, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let lines = lines(lock);
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let is_wide = style.width.is_none_or(|columns| columns >= 100);
    let mut headings = vec!["INPUT", "DATE", "AGE", "REV", "LAST CHANGED", "SOURCE"];
    if !is_wide {
        headings.retain(|heading| !matches!(*heading, "AGE"));
    }
    table.set_header(headings.iter().map(|heading| style.paint(Role::Heading, *heading).into_owned()));
    let cells: Vec<[String; 6]> = lines.iter().map(|line| cells(lock, line, last, style)).collect();
    let widest = |column: usize, heading: &str| {
        let cells = cells.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
        cells.max().unwrap_or(0).max(heading.len()) + 2
    };
    let headed = ["INPUT", "DATE", "AGE", "REV", "LAST CHANGED"].into_iter().enumerate();
    let between: usize = headed
        .filter(|(column, _)| *column > 0 && (is_wide || *column != 2))
        .map(|(n, h)| widest(n, h))
        .sum();
    // The source gets what is left; names longer than anybody gives are cut to leave it something. In a pipe too: they
    // would widen every line.
    let left = style.width.unwrap_or(WIDEST_IN_PIPE).saturating_sub(between + 2);
    let input = widest(0, "INPUT").min(left.saturating_sub(8).max(8));
    let room = left.saturating_sub(input).max(8);
    for (line, row) in lines.iter().zip(cells) {
        table.add_row(painted(line, row, (input - 2, room), is_wide, style));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The plain texts of a line: input, date, age, revision, last change, source.
fn cells(lock: &Lock, line: &Line<'_>, last: &LastChanges, style: &Style) -> [String; 6] {
    let input = format!("{}{}", line.branches, line.name);
    let changed = last.of(&line.path).map(|commit| changed(commit, style)).unwrap_or_default();
    match line.pin {
        Pin::Follows(target) => {
            let end = match lock.resolve(target) {
                Followed::Node(_) => "",
                Followed::Nowhere => " (which does not exist)",
                Followed::Circle => " (which runs in a circle)",
            };
            let text = format!("follows {}{end}", words::path(target));
            [input, String::new(), String::new(), String::new(), changed, text]
        }
        Pin::Own(node) => {
            let locked = node.locked();
            let date = locked.and_then(words::locked_day).unwrap_or_default();
            let age =
                locked.and_then(crate::lock::Source::date).and_then(|seconds| i64::try_from(seconds).ok());
            let age = age.map(|seconds| words::age(seconds, style.now)).unwrap_or_default();
            let rev = locked.map(words::short_version).unwrap_or_default();
            [input, date, age, rev, changed, source(node)]
        }
    }
}

fn changed(commit: &Commit, style: &Style) -> String {
    format!("{} {}", words::commit(style, commit.id), style.day(commit.committed.seconds))
}

/// The reference that was locked; and what really is locked, where that is another place.
fn source(node: &Node) -> String {
    let declared = words::pin(Pin::Own(node));
    let flag = if node.is_flake() { "" } else { " (not a flake)" };
    let differs = match (node.original(), node.locked()) {
        (Some(original), Some(locked)) => {
            original.kind() != "indirect"
                && original.kind() != "path"
                && original.repository() != locked.repository()
        }
        _ => false,
    };
    match node.locked().filter(|_| differs) {
        Some(locked) if matches!(locked.kind(), "tarball" | "file") => format!("{declared}{flag}"),
        Some(locked) => format!("{declared} locked to {}{flag}", words::place(locked)),
        None => format!("{declared}{flag}"),
    }
}

fn painted(
    line: &Line<'_>,
    row: [String; 6],
    (for_input, for_source): (usize, usize),
    is_wide: bool,
    style: &Style,
) -> Vec<String> {
    let [input, date, age, rev, changed, source] = row;
    let input = fit(&input, for_input);
    let link = match line.pin {
        Pin::Own(node) => node.locked().and_then(crate::lock::Source::web_link),
        Pin::Follows(_) => None,
    };
    let is_root_input = line.path.is_root_input();
    let source = fit(&source, for_source).into_owned();
    let follows = matches!(line.pin, Pin::Follows(_));
    let input = match input.strip_prefix(line.branches.as_str()) {
        Some(name) if is_root_input => style.paint(Role::Changed, name).into_owned(),
        Some(name) => format!("{}{name}", style.paint(Role::Dim, line.branches.as_str())),
        None => input.into_owned(),
    };
    let mut cells = vec![input, date];
    if is_wide {
        cells.push(style.paint(Role::Dim, age).into_owned());
    }
    cells.push(style.link(link.as_deref(), rev).into_owned());
    cells.push(style.paint(Role::Dim, changed).into_owned());
    cells.push(if follows { style.paint(Role::Dim, source).into_owned() } else { source });
    cells
}

#[cfg(test)]
mod tests;
