//! The journal, as a table and as JSON.

use std::io::{self, Write};

use crate::restore::journal::{self, Ending, Entry, Kind};
use crate::view::json::Json;
use crate::view::{Role, Style, blanks, fit, plain, width};

/// Writes the journal as a table, the newest entry first. `at_work`: a restore is, which is the newest then.
///
/// # Errors
/// When the writer fails.
pub fn journal_table(entries: &[Entry], at_work: bool, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let is_at_work = |place: usize| at_work && place == 0;
    let rows: Vec<[String; 5]> =
        entries.iter().enumerate().map(|(place, entry)| row(entry, is_at_work(place), style)).collect();
    let heads = ["ENTRY", "DATE", "WHAT", "RESULT", "LOCK"].map(str::to_owned);
    let mut widths = [0; 5];
    for cells in std::iter::once(&heads).chain(&rows) {
        for (widest, cell) in widths.iter_mut().zip(cells) {
            *widest = (*widest).max(width(cell));
        }
    }
    let line = |cells: &[String; 5], role: Role| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", blanks(cell, width))).collect();
        let line = padded.join("  ").trim_end().to_owned();
        let line = style.width.map_or(line.clone(), |columns| fit(&line, columns).into_owned());
        style.paint(role, line).into_owned()
    };
    writeln!(out, "{}", line(&heads, Role::Heading))?;
    for (cells, entry) in rows.iter().zip(entries) {
        let role = match entry.ending {
            Ending::Done | Ending::PutBack => Role::Plain,
            Ending::Begun | Ending::Kept | Ending::Complaints | Ending::SystemMoved => Role::Problem,
        };
        writeln!(out, "{}", line(cells, role))?;
    }
    Ok(())
}

fn row(entry: &Entry, is_at_work: bool, style: &Style) -> [String; 5] {
    let id = |id: Option<crate::git::ObjectId>| {
        id.map_or_else(|| "none".to_owned(), |id| id.to_string().chars().take(style.abbreviation).collect())
    };
    let what = match (entry.kind, entry.undoes) {
        (Kind::Undo, Some(undone)) => format!("undo {undone}"),
        (Kind::Undo, None) => "undo".to_owned(),
        (Kind::Restore, _) => match entry.commit {
            Some(commit) => {
                let short = commit.short(style.abbreviation);
                let word = plain(&entry.target).into_owned();
                if commit.to_string().starts_with(&word) {
                    format!("restore {short}")
                } else {
                    format!("restore {word} ({short})")
                }
            }
            None => format!("restore {}", plain(&entry.target)),
        },
    };
    let mut result = entry.ending.in_words().to_owned();
    if entry.ending == Ending::Begun {
        result.push_str(if is_at_work { ", still at work" } else { ", never ended" });
    }
    if let Some(made) = entry.made {
        let made = made.short(style.abbreviation);
        result.push_str(&if entry.taken_back {
            format!(", commit {made} taken back")
        } else {
            format!(", committed as {made}")
        });
    }
    [
        entry.number.to_string(),
        style.minute(entry.time),
        what,
        result,
        format!("{} → {}", id(entry.before), id(entry.after)),
    ]
}

/// What a lock is by the newest entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockIs {
    /// What the entry wrote.
    After,
    /// What was there before it.
    Before,
    /// Something else.
    Neither,
}

impl LockIs {
    fn word(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::Before => "before",
            Self::Neither => "neither",
        }
    }
}

/// Writes the journal as a JSON array, the newest entry first, each on a line of its own.
///
/// # Errors
/// When the writer fails.
pub fn journal_json(entries: &[Entry], lock_is: Option<LockIs>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open("[")?;
    for (place, entry) in entries.iter().enumerate() {
        json.line()?;
        let lock_is = lock_is.filter(|_| place == 0);
        entry_json(entry, lock_is, &mut json)?;
    }
    json.raw("\n")?;
    json.close("]")?;
    json.raw("\n")
}

fn entry_json(entry: &Entry, lock_is: Option<LockIs>, json: &mut Json<'_>) -> io::Result<()> {
    let blob = |id: Option<crate::git::ObjectId>| id.map(|id| id.to_string());
    let commit = |id: Option<crate::git::CommitId>| id.map(|id| id.to_string());
    json.open("{")?;
    json.number("schema", journal::SCHEMA)?;
    json.number("number", entry.number)?;
    json.number("time", u64::try_from(entry.time).unwrap_or(0))?;
    json.member("kind", Some(entry.kind.in_words()))?;
    json.member("target", Some(&entry.target))?;
    json.member("commit", commit(entry.commit).as_deref())?;
    json.member("lock", Some(&entry.lock))?;
    json.member("worktree", entry.worktree.as_deref())?;
    json.member("before", blob(entry.before).as_deref())?;
    json.member("after", blob(entry.after).as_deref())?;
    json.key("command")?;
    match &entry.command {
        Some(words) => {
            json.open("[")?;
            words.iter().try_for_each(|word| json.string(word))?;
            json.close("]")?;
        }
        None => json.null()?,
    }
    json.member("result", Some(entry.ending.in_words()))?;
    json.member("made", commit(entry.made).as_deref())?;
    json.flag("takenBack", entry.taken_back)?;
    match entry.undoes {
        Some(undone) => json.number("undoes", undone)?,
        None => json.member("undoes", None)?,
    }
    if let Some(lock_is) = lock_is {
        json.member("lockIs", Some(lock_is.word()))?;
    }
    json.close("}")
}
