//! A difference as text: a line for each change that stands by itself.

use std::io::{self, Write};

use crate::lock::{ChangeKind, Direction, Folded, Side};
use crate::view::changes::{exactly_as_nix, kind, mark, unusual, unusual_role};
use crate::view::{Role, Style, blanks, fit, plain, width, words, wrapped};

use super::{Counts, Difference, End, distance, hashes, inside, led_to, place};

/// Between the two states.
const ARROW: &str = " → ";
/// What an input follows is cut to this on a terminal.
const WIDEST_STATE: usize = 30;
/// The names' column is no narrower than this where names are longer.
const LEAST_NAME: usize = 14;
/// Between two columns.
const GAP: &str = "  ";
/// What does not fit behind a change stands below it, indented by this.
const INDENT: &str = "    ";

/// Writes both sides, the changes, and how many there are.
///
/// # Errors
/// When the writer fails.
pub fn summary(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    header(difference, style, out)?;
    body(difference, style, out)
}

/// Writes the changes and how many there are, without a word of what is compared.
///
/// # Errors
/// When the writer fails.
pub fn body(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = difference.shown();
    let rows: Vec<Row> = shown.iter().map(|one| Row::of(one, difference, style)).collect();
    if rows.is_empty() {
        in_lines(&difference.nothing(), style, out)?;
    } else {
        let columns = Columns::of(&rows, style);
        for row in &rows {
            row.write(&columns, style, out)?;
        }
        writeln!(out)?;
        count(&shown, style, out)?;
    }
    match difference.not_compared() {
        Some(text) => in_lines(&text, style, out),
        None => Ok(()),
    }
}

/// Which two states are compared.
fn header(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut line =
        |word: &str, text: &str| writeln!(out, "{}{}{text}", style.paint(Role::Dim, word), blanks(word, 6));
    let columns = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(6));
    if difference.path != "flake.lock" {
        line("lock", &fit(&plain(difference.path), columns))?;
    }
    let title = |end: &End<'_>| {
        let title = end.title(style, columns);
        match end.selected().and_then(|selected| selected.commit.as_ref()) {
            Some(commit) => {
                let id = words::commit(style, commit.id);
                let painted = style.paint(Role::Commit, id.clone()).into_owned();
                title.replacen(&id, &painted, 1)
            }
            None => title,
        }
    };
    line("from", &title(&difference.from))?;
    line("to", &title(&difference.to))?;
    writeln!(out)
}

/// The line at the end.
fn count(shown: &[Folded<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    in_lines(&Counts::of(shown).in_words(), style, out)
}

/// Writes a text on as many lines as it takes, broken at blanks.
fn in_lines(text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let lines = wrapped(text, style.width.unwrap_or(usize::MAX));
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// One change, before it is known how wide the columns are. Its texts are plain.
struct Row {
    mark: &'static str,
    role: Role,
    name: String,
    is_root_input: bool,
    /// The state before; the only one there is or was, where there is one.
    from: String,
    /// The state after, where there are two.
    to: String,
    /// Where the forge shows what lies between.
    link: Option<String>,
    notes: Vec<Note>,
}

/// Something to say of a change.
struct Note {
    role: Role,
    text: String,
    /// What is enough where there is no room for the text: nothing where it is said in another way already.
    short: Option<String>,
}

impl Note {
    fn new(role: Role, text: String) -> Self {
        Self { role, text, short: None }
    }
}

/// How wide the columns are.
struct Columns {
    name: usize,
    from: usize,
    to: usize,
}

impl Columns {
    fn of(rows: &[Row], style: &Style) -> Self {
        let widest = |cell: fn(&Row) -> &str| rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
        let (from, to) = (widest(|row| &row.from), widest(|row| &row.to));
        // Room for a distance stays.
        let arrow = if to > 0 { width(ARROW) } else { 0 };
        let taken = 2 + GAP.len() + from + arrow + to + 2 + "+365 days".len();
        let most = |columns: usize| columns.saturating_sub(taken).min(columns / 4).max(LEAST_NAME);
        let most = style.width.map_or(usize::MAX, most);
        Self { name: widest(|row| &row.name).min(most), from, to }
    }
}

impl Row {
    fn of(folded: &Folded<'_>, difference: &Difference<'_>, style: &Style) -> Self {
        let change = folded.change;
        let (mark, role) = mark(change);
        let cell = |side: Option<&Side>| side.map(|side| state(side, style)).unwrap_or_default();
        // What did not move stands there once.
        let stayed = matches!(change.kind, ChangeKind::ContentsChanged | ChangeKind::OriginalChanged);
        let after = change.to.as_ref().filter(|_| change.from.is_some() && !stayed);
        Self {
            mark,
            role,
            name: words::path(&change.path),
            is_root_input: change.path.is_root_input(),
            from: cell(change.from.as_ref().or(change.to.as_ref())),
            to: cell(after),
            link: change.sources().and_then(|(old, new)| old.compare_link(new)),
            notes: notes(folded, difference),
        }
    }

    fn write(&self, columns: &Columns, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Line::default();
        // Nothing to see of a blank in bold.
        line.put(self.mark, if self.mark == " " { Role::Plain } else { self.role }, style);
        line.fill(2);
        let name_role = if self.is_root_input { Role::Changed } else { Role::Plain };
        let room = style.width.unwrap_or(usize::MAX);
        line.put(&fit(&self.name, room.saturating_sub(line.used)), name_role, style);
        // A name longer than its column pushes the rest aside, or where there is no room, down.
        let mut next = (2 + columns.name).max(line.used) + GAP.len();
        let after = if self.to.is_empty() { 0 } else { width(ARROW) + columns.to };
        let from = if after > 0 { columns.from } else { width(&self.from) };
        if next + from + after > room {
            line.end(out)?;
            next = INDENT.len();
        }
        line.fill(next);
        line.put(&fit(&self.from, room.saturating_sub(line.used)), Role::Plain, style);
        next += columns.from;
        if !self.to.is_empty() {
            let mut arrow = ARROW;
            if next + after > room {
                line.end(out)?;
                line.fill(INDENT.len());
                (next, arrow) = (line.used, ARROW.trim_start());
            }
            line.fill(next);
            line.put(arrow, Role::Dim, style);
            let to = fit(&self.to, room.saturating_sub(line.used));
            let role = if self.role == Role::Back { Role::Back } else { Role::Plain };
            let text = style.paint(role, to.as_ref()).into_owned();
            line.put_painted(&to, &style.link(self.link.as_deref(), text));
            next += width(arrow) + columns.to;
        }
        line.fill(next);
        self.write_notes(line, style, out)
    }

    /// Writes the notes behind what is on the line already; those that do not fit on lines of their own.
    fn write_notes(&self, mut line: Line, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let room = style.width.unwrap_or(usize::MAX);
        let mut separator = GAP;
        for note in &self.notes {
            let left = room.saturating_sub(line.used + width(separator));
            let fitting =
                [Some(&note.text), note.short.as_ref()].into_iter().flatten().find(|t| width(t) <= left);
            let text = match fitting {
                Some(text) if text.is_empty() => continue,
                Some(text) => text,
                None => {
                    line.end(out)?;
                    separator = INDENT;
                    &note.text
                }
            };
            line.put(separator, Role::Plain, style);
            line.put(&fit(text, room.saturating_sub(line.used)), note.role, style);
            separator = ", ";
        }
        line.end(out)
    }
}

/// A line, and how many columns it takes so far.
#[derive(Default)]
struct Line {
    text: String,
    used: usize,
}

impl Line {
    fn put(&mut self, text: &str, role: Role, style: &Style) {
        self.put_painted(text, &style.paint(role, text));
    }

    fn put_painted(&mut self, text: &str, painted: &str) {
        self.text.push_str(painted);
        self.used += width(text);
    }

    /// Writes it, and begins the next one.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", std::mem::take(self).text.trim_end())
    }

    /// Blanks up to this column.
    fn fill(&mut self, column: usize) {
        let missing = column.saturating_sub(self.used);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self.used += missing;
    }
}

/// Day and revision, or what is followed.
fn state(side: &Side, style: &Style) -> String {
    match side {
        Side::Own(node) => node.locked().map(words::in_cell).unwrap_or_default(),
        Side::Follows(_) => {
            let text = words::side(side);
            style.width.map_or(text.clone(), |_| fit(&text, WIDEST_STATE).into_owned())
        }
    }
}

/// What there is to say of a change besides its two states.
fn notes(folded: &Folded<'_>, difference: &Difference<'_>) -> Vec<Note> {
    let change = folded.change;
    let is_back = change.direction == Direction::Older;
    let far = distance(change);
    // The mark and a distance with a minus say it, too.
    let is_said = is_back && far.is_some();
    let mut notes = Vec::new();
    notes.extend(far.map(|far| Note::new(if is_back { Role::Back } else { Role::Plain }, far)));
    notes.extend(unusual(change).into_iter().map(|text| {
        let role = unusual_role(&text);
        Note { role, text, short: (role == Role::Back && is_said).then(String::new) }
    }));
    notes.extend(hashes(change).into_iter().map(|hash| Note::new(Role::Problem, hash)));
    notes.extend(place(change).map(|place| Note::new(Role::Dim, place)));
    notes.extend(led_to(change, difference).map(|text| Note::new(Role::Plain, text)));
    notes.extend(inside(folded).map(|text| {
        let short = text.split_once(" input").map(|(number, _)| format!("{number} of its own"));
        Note { role: Role::Dim, text, short }
    }));
    notes
}

/// Writes the changes as Nix itself prints them, and nothing else.
///
/// # Errors
/// When the writer fails.
pub fn nix(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    exactly_as_nix(&difference.changes, style, out)
}

/// Writes a short line for each change and how many there are, as `git diff --stat` does for files.
///
/// # Errors
/// When the writer fails.
pub fn stat(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = difference.shown();
    if shown.is_empty() {
        return Ok(());
    }
    let columns = style.width.unwrap_or(usize::MAX);
    let names: Vec<String> = shown.iter().map(|one| words::path(&one.change.path)).collect();
    let most = names.iter().map(|name| width(name)).max().unwrap_or(0).min((columns / 2).max(LEAST_NAME));
    for (one, name) in shown.iter().zip(&names) {
        let (mark, role) = mark(one.change);
        let name = fit(name, most);
        let mut line = Line::default();
        line.put(" ", Role::Plain, style);
        line.put(&name, Role::Plain, style);
        line.fill(1 + most);
        line.put(" | ", Role::Plain, style);
        line.put(mark, role, style);
        line.put(" ", Role::Plain, style);
        let far = distance(one.change).or_else(|| unusual(one.change).into_iter().next());
        let far = far.unwrap_or_else(|| kind(one.change.kind).to_owned());
        let words = [Some(far), inside(one)].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let room = columns.saturating_sub(line.used);
        line.put(&fit(&words, room), role, style);
        writeln!(out, "{}", line.text.trim_end())?;
    }
    count(&shown, style, out)
}

/// Writes the paths of the inputs that changed, one a line.
///
/// # Errors
/// When the writer fails.
pub fn names(difference: &Difference<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for one in difference.shown() {
        writeln!(out, "{}", plain(&one.change.path.to_string()))?;
    }
    Ok(())
}
