//! The history of a lock: a table with a column for each input, or a line or a paragraph for each commit.
//!
//! The table is written row by row while the history is still being read, so its columns are planned from the first
//! page alone and have fixed widths. (A table of comfy-table wants all rows before it writes the first.)

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::rc::Rc;

use crate::history::{Entry, Origin, State};
use crate::lock::{Change, InputPath, Side};
use crate::timeline::{Apart, Mark, Row};

use super::changes::{mark, on_one_line, without_echoes};
use super::generations::marks as generation_marks;
use super::{Role, Style, fit, plain, width, words};

mod line;
mod plan;
mod text;

pub use text::{apart_with_changes, legend, one_line, one_line_apart, with_changes};

use line::Line;

/// Between two columns.
const GAP: &str = "  ";
/// A cell: mark, day, blank, seven digits.
const CELL: usize = 19;
/// A reason is told in the inputs' columns when they have this much room together.
const LEAST_REASON: usize = 30;
/// What is said of a lock that only looks different.
const ONLY_WRITTEN: &str = "no input changed";
/// What stands in the cell of an input that did not move.
const UNMOVED: &str = "·";

/// A table of history, planned for one width.
#[derive(Debug, Clone)]
pub struct Table {
    style: Style,
    commit: usize,
    date: usize,
    with_time: bool,
    generations: Option<usize>,
    inputs: Vec<Column>,
    /// All inputs of the root, those first that would get a column first.
    order: Vec<Rc<str>>,
    /// `None`: as long as it is.
    subject: Option<usize>,
    rest: Rest,
}

/// A column of one input.
#[derive(Debug, Clone)]
struct Column {
    path: Rc<str>,
    width: usize,
}

/// The last column, which names what has no column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// There is no room; such inputs are named before the subject.
    WithSubject,
    /// So wide.
    Wide(usize),
    /// All changes written out, of the inputs with columns too: what a pipe gets.
    WrittenOut,
}

impl Table {
    /// Writes the names of the columns.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Line::new(&self.style);
        line.cell("COMMIT", self.commit, Role::Heading);
        line.cell("DATE", self.date, Role::Heading);
        if let Some(columns) = self.generations {
            line.cell("GEN", columns, Role::Heading);
        }
        for column in &self.inputs {
            // The mark's place stays free above the marks.
            line.push(" ");
            line.cell(&fit(&plain(&column.path), column.width - 1), column.width - 1, Role::Heading);
        }
        match self.rest {
            Rest::WithSubject => line.cell("SUBJECT", self.subject.unwrap_or(7), Role::Heading),
            Rest::Wide(columns) => {
                line.cell("SUBJECT", self.subject.unwrap_or(7), Role::Heading);
                line.cell(&fit("ALSO MOVED", columns), columns, Role::Heading);
            }
            Rest::WrittenOut => {
                line.cell("SUBJECT", plan::PIPED_SUBJECT, Role::Heading);
                line.cell("CHANGES", 7, Role::Heading);
            }
        }
        line.write(out)
    }

    /// Writes one entry as a row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&self, entry: &Entry, marks: &[Mark<'_>], out: &mut dyn Write) -> io::Result<()> {
        let mut line = Line::new(&self.style);
        line.cell(&name(entry, &self.style), self.commit, name_role(entry));
        line.cell(&self.date(entry), self.date, Role::Dim);
        if let Some(columns) = self.generations {
            line.cell(&listed_generations(marks, columns), columns, Role::Changed);
        }
        let changes = without_echoes(&entry.changes);
        let problem = problem(entry);
        match &problem {
            Some(problem) if !self.inputs.is_empty() => {
                let room = self.room_for_problem();
                let text = if room >= LEAST_REASON { problem.whole() } else { problem.what.to_owned() };
                line.push(" ");
                line.cell(&fit(&text, room), room, Role::Problem);
            }
            _ => {
                for column in &self.inputs {
                    // Here with those that merely follow: such a column was asked for by name.
                    self.input(column, &entry.changes, &mut line);
                }
            }
        }
        self.end(entry, &changes, problem.as_ref(), &mut line);
        line.write(out)
    }

    /// Writes a generation that stands by itself as a row of its own, with what is known.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn apart(&self, apart: Apart<'_>, out: &mut dyn Write) -> io::Result<()> {
        let row = apart.row;
        let mut line = Line::new(&self.style);
        line.cell("", self.commit, Role::Dim);
        let created = row.generation.created;
        let date = if self.with_time { self.style.minute(created) } else { self.style.day(created) };
        line.cell(&date, self.date, Role::Dim);
        let mut used = self.commit + self.date + 2 * GAP.len();
        if let Some(columns) = self.generations {
            line.cell(&one_generation(row, true), columns, Role::Changed);
            used += columns + GAP.len();
        }
        let text = text::apart(apart, "", &self.style);
        let text = self
            .style
            .width
            .map_or(text.clone(), |columns| fit(&text, columns.saturating_sub(used)).into_owned());
        line.cell(&text, 0, Role::Retargeted);
        line.write(out)
    }

    /// How much fits into the inputs' columns together; the place of the first mark stays free.
    fn room_for_problem(&self) -> usize {
        let taken: usize = self.inputs.iter().map(|column| column.width + GAP.len()).sum();
        taken.saturating_sub(GAP.len() + 1)
    }

    fn date(&self, entry: &Entry) -> String {
        match seconds(entry) {
            Some(seconds) if self.with_time => self.style.minute(seconds),
            Some(seconds) => self.style.day(seconds),
            None => String::new(),
        }
    }

    fn input(&self, column: &Column, changes: &[Change], line: &mut Line<'_>) {
        let Some(change) = changes.iter().find(|change| is_at(&change.path, &column.path)) else {
            line.cell(&format!(" {UNMOVED}"), column.width, Role::Dim);
            return;
        };
        let (mark, role) = mark(change);
        let text = match &change.to {
            Some(Side::Own(node)) => node.locked().map(words::in_cell).unwrap_or_default(),
            Some(Side::Follows(target)) => words::path(target),
            None => "removed".to_owned(),
        };
        line.cell(&fit(&format!("{mark}{text}"), column.width), column.width, role);
    }

    /// Subject and last column.
    fn end(&self, entry: &Entry, changes: &[&Change], problem: Option<&Problem>, line: &mut Line<'_>) {
        let subject = subject(entry);
        match (self.rest, self.subject) {
            (Rest::WrittenOut, _) => {
                line.cell(&subject, plan::PIPED_SUBJECT, Role::Plain);
                let changes = problem.map_or_else(|| changes_or_none(entry, changes), Problem::whole);
                line.cell(&changes, 0, Role::Dim);
            }
            (Rest::WithSubject, columns) => {
                let columns = columns.unwrap_or(usize::MAX);
                let hidden = self.hidden(changes);
                let named = match problem.filter(|_| self.inputs.is_empty()) {
                    Some(problem) => format!("[{}] ", fit(problem.what, columns.saturating_sub(3))),
                    None if hidden.is_empty() => String::new(),
                    None => format!("[{}] ", listed(&hidden, columns / 2)),
                };
                let room = columns.saturating_sub(width(&named));
                let text = format!("{named}{}", fit(&subject, room));
                line.cell(text.trim_end(), columns.min(width(&subject)), Role::Plain);
            }
            (Rest::Wide(rest), columns) => {
                let columns = columns.unwrap_or(usize::MAX);
                line.cell(&fit(&subject, columns), columns, Role::Plain);
                match problem {
                    // Without columns for inputs nothing has been said yet.
                    Some(problem) if self.inputs.is_empty() => {
                        line.cell(&fit(&problem.whole(), rest), rest, Role::Problem);
                    }
                    Some(problem) if self.room_for_problem() < LEAST_REASON => {
                        line.cell(&fit(&problem.why, rest), rest, Role::Problem);
                    }
                    Some(_) => {}
                    None if entry.changes.is_empty() => line.cell(&fit(ONLY_WRITTEN, rest), rest, Role::Dim),
                    None => line.cell(&listed(&self.hidden(changes), rest), rest, Role::Changed),
                }
            }
        }
    }

    /// What changed and has no column, marked; nested inputs only where the input they belong to did not change.
    fn hidden(&self, changes: &[&Change]) -> Vec<String> {
        let has_column = |path: &InputPath| self.inputs.iter().any(|column| is_at(path, &column.path));
        let moved: HashSet<&InputPath> = changes.iter().map(|change| &change.path).collect();
        let is_part_of_a_move = |path: &InputPath| {
            std::iter::successors(path.parent(), InputPath::parent)
                .any(|above| !above.is_root() && moved.contains(&above))
        };
        let named = |change: &&&Change| !has_column(&change.path) && !is_part_of_a_move(&change.path);
        let mut hidden: Vec<&&Change> = changes.iter().filter(named).collect();
        // What is unusual first, then as the columns are ordered; the rest keeps the order of the paths.
        let places: HashMap<&str, usize> = self.order.iter().map(AsRef::as_ref).zip(0..).collect();
        let rank = |change: &Change| {
            let place = places.get(change.path.to_string().as_str()).copied().unwrap_or(usize::MAX);
            (mark(change).0 == " ", place)
        };
        hidden.sort_by_cached_key(|change| rank(change));
        hidden.into_iter().map(|change| marked_name(change)).collect()
    }
}

/// `43●▸` or, where it is a guess, `43?`.
fn one_generation(row: Row<'_>, is_sure: bool) -> String {
    format!("{}{}{}", row.generation.number, if is_sure { "" } else { "?" }, generation_marks(row.generation))
}

/// The generations of a row, the highest first; how many more there are where they do not fit.
fn listed_generations(marks: &[Mark<'_>], columns: usize) -> String {
    let names: Vec<String> = marks.iter().map(|mark| one_generation(mark.row, mark.is_sure)).collect();
    let all = names.join(",");
    if width(&all) <= columns { all } else { listed(&names, columns).replace(", ", ",") }
}

/// The changes on one line, or that there are none. `changes` are those of the entry [`without_echoes`].
fn changes_or_none(entry: &Entry, changes: &[&Change]) -> String {
    if entry.changes.is_empty() { ONLY_WRITTEN.to_owned() } else { on_one_line(changes) }
}

/// Whether a path, written with `/`, is this one.
fn is_at(path: &InputPath, written: &str) -> bool {
    let mut rest = written.split('/');
    path.names().all(|name| rest.next() == Some(name)) && rest.next().is_none()
}

fn marked_name(change: &Change) -> String {
    let path = words::path(&change.path);
    match mark(change).0 {
        " " => path,
        mark => format!("{mark}{path}"),
    }
}

/// As many names as fit, and how many more there are.
fn listed(names: &[String], columns: usize) -> String {
    let all = names.join(", ");
    if width(&all) <= columns {
        return all;
    }
    // No more names than columns fit, however many there are.
    for shown in (1..names.len().min(columns)).rev() {
        let text = format!("{} …{}", names.get(..shown).unwrap_or_default().join(", "), names.len() - shown);
        if width(&text) <= columns {
            return text;
        }
    }
    let more = if names.len() > 1 { format!(" …{}", names.len() - 1) } else { String::new() };
    let first = names.first().map_or("", String::as_str);
    match columns.checked_sub(width(&more)) {
        Some(room) if room > 3 => format!("{}{more}", fit(first, room)),
        _ => fit(&format!("…{}", names.len()), columns).into_owned(),
    }
}

/// The first cell: the commit's id, or the word by which the same state can be named as a target.
fn name(entry: &Entry, style: &Style) -> String {
    match &entry.origin {
        Origin::Commit(commit) => words::commit(style, commit.id),
        Origin::Index { .. } => "index".to_owned(),
        Origin::Worktree { .. } => "worktree".to_owned(),
    }
}

fn name_role(entry: &Entry) -> Role {
    if entry.commit().is_some() { Role::Commit } else { Role::Retargeted }
}

/// When it was committed or written, in seconds since 1970 UTC.
fn seconds(entry: &Entry) -> Option<i64> {
    match &entry.origin {
        Origin::Commit(commit) => Some(commit.committed.seconds),
        Origin::Index { modified } | Origin::Worktree { modified, .. } => {
            Some(*modified).filter(|&time| time != 0)
        }
    }
}

fn subject(entry: &Entry) -> String {
    match &entry.origin {
        Origin::Commit(commit) => plain(&commit.subject).into_owned(),
        Origin::Index { .. } => "(staged, not committed)".to_owned(),
        Origin::Worktree { tracking, .. } => format!("({})", words::tracking(*tracking)),
    }
}

/// What there is to say instead of changes.
struct Problem {
    what: &'static str,
    why: String,
}

impl Problem {
    fn whole(&self) -> String {
        if self.why.is_empty() { self.what.to_owned() } else { format!("{}: {}", self.what, self.why) }
    }
}

fn problem(entry: &Entry) -> Option<Problem> {
    match &entry.state {
        State::Broken(unreadable) => {
            Some(Problem { what: "unreadable", why: plain(unreadable.reason()).into_owned() })
        }
        State::Absent => Some(Problem { what: "lock deleted", why: String::new() }),
        State::Readable(_) => None,
    }
}

#[cfg(test)]
mod tests;
