//! What was done, so that it can be undone: one record of git's for each restore.
//!
//! `refs/flakehist/journal/000001` leads to a tree with `entry.json`, `before` (the bytes that were replaced), `after`
//! (those that were written) and, where there was more to lose, `staged`, `left` and `restored`. A record is written before the
//! lock is, and replaced when the end is known; one that says `begun` is of a run that was killed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::git::{CommitId, ObjectId, Record, Repository, blob_id};

/// The version of the layout of `entry.json`.
pub const SCHEMA: u64 = 1;
/// Where the entries are below `refs/flakehist/`.
pub(super) const FOLDER: &str = "journal/";

/// What kind of deed it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `flakehist restore`.
    Restore,
    /// `flakehist undo`.
    Undo,
}

impl Kind {
    /// In a word, as the journal has it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Undo => "undo",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has not, or the run was killed.
    Begun,
    /// All went well.
    Done,
    /// It failed, and the lock is as it was before.
    PutBack,
    /// It failed, and the lock was left as restored.
    Kept,
    /// The system was switched, and something complained.
    Complaints,
    /// It failed and the lock is as it was before, but the system had moved already.
    SystemMoved,
}

impl Ending {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Begun, "begun"),
        (Self::Done, "done"),
        (Self::PutBack, "put back"),
        (Self::Kept, "kept"),
        (Self::Complaints, "switched with complaints"),
        (Self::SystemMoved, "put back, system moved"),
    ];

    /// In words, as the journal has it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        Self::ALL.iter().find(|(ending, _)| *ending == self).map_or("", |(_, words)| words)
    }

    /// Whether the lock was left as it was restored.
    #[must_use]
    pub fn left_new_lock(self) -> bool {
        matches!(self, Self::Done | Self::Kept | Self::Complaints)
    }
}

/// One deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 on.
    pub number: u64,
    /// When it began, in seconds since 1970 UTC.
    pub time: i64,
    /// What it was.
    pub kind: Kind,
    /// The target as the user wrote it.
    pub target: String,
    /// The commit that target led to.
    pub commit: Option<CommitId>,
    /// The lock's path from the root of the repository.
    pub lock: String,
    /// The blob with the bytes before; `None` when there was no file.
    pub before: Option<ObjectId>,
    /// The blob with the bytes that were written, or with what the rebuild has made of them; `None` when the file was
    /// removed.
    pub after: Option<ObjectId>,
    /// The command that rebuilt, as it was run.
    pub command: Option<Vec<String>>,
    /// How it ended.
    pub ending: Ending,
    /// The commit it made.
    pub made: Option<CommitId>,
    /// Whether that commit was taken back, because what came after it failed.
    pub taken_back: bool,
    /// The entry it undid.
    pub undoes: Option<u64>,
    /// The name of the linked worktree it was in; `None` for the main one.
    pub worktree: Option<String>,
}

/// The bytes that belong to an entry.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The lock before; `None` when there was no file.
    pub before: Option<Vec<u8>>,
    /// The lock after; `None` when the file was removed.
    pub after: Option<Vec<u8>>,
    /// What was written, where the rebuild has changed it to what `after` is.
    pub restored: Option<Vec<u8>>,
    /// What was staged of the lock, when that is in no commit.
    pub staged: Option<Vec<u8>>,
    /// What lay there when it was put back, when that was neither of the two: a rebuild had written it.
    pub left: Option<Vec<u8>>,
}

/// An entry at the time it was written, to be replaced by what became of it.
#[derive(Clone, Debug)]
pub struct Open {
    /// The entry.
    pub entry: Entry,
    /// Its bytes.
    pub contents: Contents,
    record: Record,
}

/// Begins a new entry: gives it the next free number and writes it.
///
/// # Errors
/// When it cannot be written; then nothing may be done.
pub fn begin(repository: &Repository, mut entry: Entry, contents: Contents) -> Result<Open> {
    let last = repository.kept(FOLDER)?.keys().filter_map(|name| name.parse::<u64>().ok()).max();
    entry.number = last.unwrap_or(0).saturating_add(1);
    entry.before = contents.before.as_deref().and_then(blob_id);
    entry.after = contents.after.as_deref().and_then(blob_id);
    let record = repository.keep(&name(entry.number), &files(&entry, &contents), None)?;
    Ok(Open { entry, contents, record })
}

impl Open {
    /// Writes down what has become of it since.
    ///
    /// # Errors
    /// When it cannot be written, or somebody else has changed it meanwhile.
    pub fn update(&mut self, repository: &Repository) -> Result<()> {
        self.entry.after = self.contents.after.as_deref().and_then(blob_id);
        let files = files(&self.entry, &self.contents);
        self.record = repository.keep(&name(self.entry.number), &files, Some(self.record))?;
        Ok(())
    }
}

/// Everything the journal holds.
#[derive(Debug, Default)]
pub struct Journal {
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// The names of those that cannot be read, with the reason.
    pub unreadable: Vec<(String, Error)>,
}

/// Reads the journal.
///
/// # Errors
/// When the refs cannot be read.
pub fn journal(repository: &Repository) -> Result<Journal> {
    let Journal { mut entries, mut unreadable } = Journal::default();
    for (name, record) in repository.kept(FOLDER)? {
        match record.ok_or_else(damaged).and_then(|record| read(repository, record)) {
            // One that was copied to another name would be taken for what it is not.
            Ok(entry) if name.parse() != Ok(entry.number) => unreadable.push((name, damaged())),
            Ok(entry) => entries.push(entry),
            Err(e) => unreadable.push((name, e)),
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
    Ok(Journal { entries, unreadable })
}

/// The bytes of an entry.
///
/// # Errors
/// When it is gone or damaged.
pub fn contents(repository: &Repository, number: u64) -> Result<Contents> {
    let kept = repository.kept(FOLDER)?;
    let record = kept
        .iter()
        .find_map(|(name, record)| record.filter(|_| name.parse() == Ok(number)))
        .ok_or_else(|| Error::new(format!("the journal has no entry {number}")))?;
    let file = |name: &str| repository.kept_file(record, name);
    Ok(Contents {
        before: file("before")?,
        after: file("after")?,
        restored: file("restored")?,
        staged: file("staged")?,
        left: file("left")?,
    })
}

/// The entry to undo when none is named: the last one of this lock that left a new one and was not undone since.
/// `worktree` is the linked worktree we are in, `now` the blob of the lock that lies there: one that was killed before
/// it wrote has nothing to undo.
#[must_use]
pub fn to_undo<'e>(
    entries: &'e [Entry],
    lock: &str,
    worktree: Option<&str>,
    now: Option<ObjectId>,
) -> Option<&'e Entry> {
    let mut undone: Vec<u64> = Vec::new();
    // The newest first: an undo that was undone since has undone nothing.
    for entry in entries.iter().filter(|entry| entry.ending.left_new_lock()) {
        if !undone.contains(&entry.number) {
            undone.extend(entry.undoes);
        }
    }
    entries.iter().find(|entry| {
        entry.lock == lock
            && entry.worktree.as_deref() == worktree
            && entry.before != entry.after
            && entry.kind == Kind::Restore
            && (entry.ending.left_new_lock() || (entry.ending == Ending::Begun && entry.before != now))
            && !undone.contains(&entry.number)
    })
}

/// With leading zeros, so that refs sort by number.
fn name(number: u64) -> String {
    format!("{FOLDER}{number:06}")
}

fn files(entry: &Entry, contents: &Contents) -> BTreeMap<&'static str, Vec<u8>> {
    let mut text = serde_json::to_string_pretty(&to_json(entry)).unwrap_or_default();
    text.push('\n');
    let mut files = BTreeMap::from([("entry.json", text.into_bytes())]);
    let all = [
        ("before", &contents.before),
        ("after", &contents.after),
        ("restored", &contents.restored),
        ("staged", &contents.staged),
        ("left", &contents.left),
    ];
    for (name, bytes) in all {
        if let Some(bytes) = bytes {
            files.insert(name, bytes.clone());
        }
    }
    files
}

/// An entry as `entry.json` has it.
fn to_json(entry: &Entry) -> Value {
    let id = |id: Option<ObjectId>| id.map(|id| id.to_string());
    let commit = |id: Option<CommitId>| id.map(|id| id.to_string());
    json!({
        "schema": SCHEMA,
        "number": entry.number,
        "time": entry.time,
        "kind": entry.kind.in_words(),
        "target": entry.target,
        "commit": commit(entry.commit),
        "lock": entry.lock,
        "before": id(entry.before),
        "after": id(entry.after),
        "command": entry.command,
        "result": entry.ending.in_words(),
        "made": commit(entry.made),
        "takenBack": entry.taken_back,
        "undoes": entry.undoes,
        "worktree": entry.worktree,
    })
}

fn damaged() -> Error {
    Error::new("it is no entry of flakehist's journal")
}

fn read(repository: &Repository, record: Record) -> Result<Entry> {
    let bytes = repository.kept_file(record, "entry.json")?.ok_or_else(damaged)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| damaged().because(e))?;
    from_json(&value).ok_or_else(damaged)
}

fn from_json(value: &Value) -> Option<Entry> {
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    let blob = |key: &str| value.get(key)?.as_str().and_then(ObjectId::parse);
    let commit = |key: &str| value.get(key)?.as_str().and_then(CommitId::parse);
    let strings = |list: &Vec<Value>| list.iter().map(|word| word.as_str().map(str::to_owned)).collect();
    let words = text("result")?;
    Some(Entry {
        number: value.get("number")?.as_u64()?,
        time: value.get("time")?.as_i64()?,
        kind: match text("kind")?.as_str() {
            "restore" => Kind::Restore,
            "undo" => Kind::Undo,
            _ => return None,
        },
        target: text("target")?,
        commit: commit("commit"),
        lock: text("lock")?,
        before: blob("before"),
        after: blob("after"),
        command: value.get("command")?.as_array().and_then(strings),
        ending: Ending::ALL.iter().find(|(_, own)| *own == words).map(|(ending, _)| *ending)?,
        made: commit("made"),
        // Only of a commit that was made is there something to say.
        taken_back: value.get("takenBack").and_then(Value::as_bool).unwrap_or(false),
        undoes: value.get("undoes")?.as_u64(),
        worktree: text("worktree"),
    })
}

#[cfg(test)]
mod tests;
