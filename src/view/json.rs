//! The same values as JSON: one document, camelCase, versioned.
//!
//! The shape is a promise to scripts (README, "JSON"), so it is written here by hand and never derived from the model.
//! Documents are written as they come, so that a long history needs no more memory than a short one.

use std::io::{self, Write};

use chrono::{DateTime, FixedOffset, SecondsFormat};

use crate::git::Stamp;
use crate::history::{Entry, Origin, State, Tracking};
use crate::lock::{Attribute, Change, ChangeKind, Direction, InputPath, Lock, Side, Source};
use crate::timeline::{Apart, Mark, Row};

use super::{Style, is_unsafe};

mod diff;
mod lock;
mod packages;

pub use diff::diff;
pub use lock::show;
pub use packages::packages;

/// The version of the shape. It rises when a key changes its meaning or goes, not when one is added.
pub(super) const VERSION: u64 = 1;

/// Writes JSON piece by piece, commas included.
pub(super) struct Json<'o> {
    out: &'o mut dyn Write,
    needs_comma: bool,
}

impl<'o> Json<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out, needs_comma: false }
    }

    /// Begins a line for the next element.
    pub(super) fn line(&mut self) -> io::Result<()> {
        if self.needs_comma {
            self.raw(",")?;
            self.needs_comma = false;
        }
        self.raw("\n")
    }

    pub(super) fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    pub(super) fn open(&mut self, bracket: &str) -> io::Result<()> {
        if self.needs_comma {
            self.raw(",")?;
        }
        self.needs_comma = false;
        self.raw(bracket)
    }

    pub(super) fn close(&mut self, bracket: &str) -> io::Result<()> {
        self.needs_comma = true;
        self.raw(bracket)
    }

    pub(super) fn key(&mut self, key: &str) -> io::Result<()> {
        self.string(key)?;
        self.needs_comma = false;
        self.raw(":")
    }

    /// Characters a terminal would obey are escaped too, because JSON is looked at as well as parsed.
    pub(super) fn string(&mut self, text: &str) -> io::Result<()> {
        if self.needs_comma {
            self.raw(",")?;
        }
        self.raw("\"")?;
        let mut rest = text;
        while let Some(at) = rest.find(|c| matches!(c, '"' | '\\') || is_unsafe(c)) {
            let (safe, from) = rest.split_at(at);
            self.raw(safe)?;
            let mut chars = from.chars();
            match chars.next() {
                Some('\n') => self.raw("\\n")?,
                Some('\t') => self.raw("\\t")?,
                Some(c @ ('"' | '\\')) => write!(self.out, "\\{c}")?,
                Some(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(self.out, "\\u{unit:04x}")?;
                    }
                }
                None => {}
            }
            rest = chars.as_str();
        }
        self.raw(rest)?;
        self.needs_comma = true;
        self.raw("\"")
    }

    fn plain(&mut self, word: &str) -> io::Result<()> {
        if self.needs_comma {
            self.raw(",")?;
        }
        self.needs_comma = true;
        self.raw(word)
    }

    fn optional(&mut self, text: Option<&str>) -> io::Result<()> {
        match text {
            Some(text) => self.string(text),
            None => self.plain("null"),
        }
    }

    pub(super) fn null(&mut self) -> io::Result<()> {
        self.plain("null")
    }

    pub(super) fn member(&mut self, key: &str, text: Option<&str>) -> io::Result<()> {
        self.key(key)?;
        self.optional(text)
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) -> io::Result<()> {
        self.key(key)?;
        self.plain(if flag { "true" } else { "false" })
    }

    fn signed(&mut self, key: &str, number: i64) -> io::Result<()> {
        self.key(key)?;
        self.plain(&number.to_string())
    }

    pub(super) fn number(&mut self, key: &str, number: u64) -> io::Result<()> {
        self.key(key)?;
        self.plain(&number.to_string())
    }
}

/// The history of a lock as one document, written entry by entry.
pub struct Log<'o> {
    json: Json<'o>,
    style: Style,
}

impl<'o> Log<'o> {
    /// Begins the document.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn begin(lock: &str, style: Style, out: &'o mut dyn Write) -> io::Result<Self> {
        let mut json = Json::new(out);
        json.open("{")?;
        json.number("version", VERSION)?;
        json.member("lock", Some(lock))?;
        json.key("entries")?;
        json.open("[")?;
        Ok(Self { json, style })
    }

    /// Writes an entry on a line of its own.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn entry(&mut self, entry: &Entry, marks: &[Mark<'_>]) -> io::Result<()> {
        self.json.line()?;
        let (worktree, staged) = match &entry.origin {
            Origin::Commit(_) => (false, false),
            Origin::Index { .. } => (false, true),
            Origin::Worktree { tracking, .. } => (true, *tracking == Tracking::Staged),
        };
        let commit = entry.commit();
        let json = &mut self.json;
        json.open("{")?;
        json.member("commit", commit.map(|commit| commit.id.to_string()).as_deref())?;
        json.flag("worktree", worktree)?;
        json.flag("staged", staged)?;
        json.member("date", date(entry, &self.style).as_deref())?;
        json.member("author", commit.map(|commit| commit.author.as_str()))?;
        json.member("subject", commit.map(|commit| commit.subject.as_str()))?;
        json.member("path", Some(&entry.path))?;
        state(json, &entry.state)?;
        json.member("lockId", entry.lock_id.map(|id| id.to_string()).as_deref())?;
        json.key("changes")?;
        json.open("[")?;
        for change in &entry.changes {
            self::change(json, change)?;
        }
        json.close("]")?;
        json.key("generations")?;
        json.open("[")?;
        for mark in marks {
            generation(json, mark.row)?;
        }
        json.close("]")?;
        json.close("}")
    }

    /// Ends the document with the generations that stand by themselves.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(mut self, apart: &[Apart<'_>]) -> io::Result<()> {
        self.json.raw("\n")?;
        self.json.close("]")?;
        self.json.key("otherGenerations")?;
        self.json.open("[")?;
        for apart in apart {
            generation(&mut self.json, apart.row)?;
        }
        self.json.close("]")?;
        self.json.close("}")?;
        self.json.raw("\n")
    }
}

/// A generation beside a lock, in a few words; `flakehist generations --json` has the rest.
fn generation(json: &mut Json<'_>, row: Row<'_>) -> io::Result<()> {
    json.open("{")?;
    json.number("generation", row.generation.number)?;
    json.flag("current", row.generation.is_default)?;
    json.flag("running", row.generation.running.is_some())?;
    json.flag("booted", row.generation.booted.is_some())?;
    json.member("confidence", Some(&row.built.confidence.to_string()))?;
    json.close("}")
}

fn date(entry: &Entry, style: &Style) -> Option<String> {
    match &entry.origin {
        Origin::Commit(commit) => Some(stamp(commit.committed, style)),
        Origin::Index { modified } | Origin::Worktree { modified, .. } => {
            (*modified != 0).then(|| rfc_3339(style.zone.moment(*modified)))
        }
    }
}

/// A commit's date by the clock of whoever committed, as git's `%cI`; by UTC when that is asked for.
pub(super) fn stamp(stamp: Stamp, style: &Style) -> String {
    let utc = super::Zone::Utc.moment(stamp.seconds);
    let offset = FixedOffset::east_opt(stamp.offset_minutes * 60);
    match offset.filter(|_| style.zone == super::Zone::Local) {
        Some(offset) => rfc_3339(utc.with_timezone(&offset)),
        None => rfc_3339(utc),
    }
}

pub(super) fn rfc_3339(moment: DateTime<FixedOffset>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn state(json: &mut Json<'_>, state: &State) -> io::Result<()> {
    let (word, error, lock) = match state {
        State::Readable(lock) => ("ok", None, Some(lock.as_ref())),
        State::Broken(unreadable) => ("broken", Some(unreadable.reason()), unreadable.readable()),
        State::Absent => ("deleted", None, None),
    };
    json.member("state", Some(word))?;
    json.member("error", error)?;
    json.key("notices")?;
    json.open("[")?;
    for notice in lock.map(Lock::notices).unwrap_or_default() {
        json.string(&notice.to_string())?;
    }
    json.close("]")
}

fn change(json: &mut Json<'_>, change: &Change) -> io::Result<()> {
    json.open("{")?;
    members_of_change(json, change)?;
    json.close("}")
}

/// The word for a kind.
fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Updated => "updated",
        ChangeKind::Retargeted => "retargeted",
        ChangeKind::FollowsChanged => "followsChanged",
        ChangeKind::ContentsChanged => "contentsChanged",
        ChangeKind::OriginalChanged => "originalChanged",
    }
}

fn members_of_change(json: &mut Json<'_>, change: &Change) -> io::Result<()> {
    json.member("input", Some(&change.path.to_string()))?;
    json.member("kind", Some(kind(change.kind)))?;
    json.member("direction", Some(direction(change.direction)))?;
    for (key, side) in [("from", &change.from), ("to", &change.to)] {
        json.key(key)?;
        match side {
            None => json.plain("null")?,
            Some(Side::Follows(target)) => {
                json.open("{")?;
                follows(json, target)?;
                json.close("}")?;
            }
            Some(Side::Own(node)) => match node.locked() {
                None => json.plain("null")?,
                Some(source) => {
                    json.open("{")?;
                    self::source(json, source)?;
                    json.close("}")?;
                }
            },
        }
    }
    Ok(())
}

/// The word for a direction.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Newer => "newer",
        Direction::Older => "older",
        Direction::Same => "same",
        Direction::Unknown => "unknown",
    }
}

fn follows(json: &mut Json<'_>, target: &InputPath) -> io::Result<()> {
    json.key("follows")?;
    json.open("[")?;
    for name in target.names() {
        json.string(name)?;
    }
    json.close("]")
}

/// The members of a source: the five every source has, then the lock's other attributes.
fn source(json: &mut Json<'_>, source: &Source) -> io::Result<()> {
    json.member("type", Some(source.kind()))?;
    let url = source.text("url").map_or_else(|| source.url(), str::to_owned);
    json.member("url", Some(&url))?;
    json.member("rev", source.rev())?;
    json.key("lastModified")?;
    let last_modified = source.attributes().find(|(name, _)| *name == "lastModified").map(|(_, value)| value);
    match last_modified {
        Some(Attribute::Number(seconds)) => json.plain(&seconds.to_string())?,
        _ => json.plain("null")?,
    }
    json.member("narHash", source.nar_hash())?;
    for (name, value) in source.attributes() {
        if matches!(name, "type" | "url" | "rev" | "lastModified" | "narHash") {
            continue;
        }
        json.key(name)?;
        match value {
            Attribute::Text(text) => json.string(text)?,
            Attribute::Number(number) => json.plain(&number.to_string())?,
            Attribute::Flag(flag) => json.plain(if flag { "true" } else { "false" })?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
