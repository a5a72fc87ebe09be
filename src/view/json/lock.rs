//! One lock as JSON.

use std::io::{self, Write};

use crate::history::{LastChanges, Selected, State};
use crate::lock::{InputPath, Lock, Pin};
use crate::view::Style;

use super::{Json, VERSION, follows, source, stamp, state};

/// Writes one lock as a document, its inputs by path.
///
/// # Errors
/// When the writer fails.
pub fn show(selected: &Selected, last: &LastChanges, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    let json = &mut json;
    let commit = selected.commit.as_ref();
    json.open("{")?;
    json.number("version", VERSION)?;
    json.member("lock", Some(&selected.path))?;
    json.member("commit", commit.map(|commit| commit.id.to_string()).as_deref())?;
    json.member("date", commit.map(|commit| stamp(commit.committed, style)).as_deref())?;
    json.member("subject", commit.map(|commit| commit.subject.as_str()))?;
    state(json, &selected.state)?;
    json.member("lockId", selected.lock_id.map(|id| id.to_string()).as_deref())?;
    let lock = match &selected.state {
        State::Readable(lock) => Some(lock.as_ref()),
        State::Broken(unreadable) => unreadable.readable(),
        State::Absent => None,
    };
    json.key("lockVersion")?;
    json.plain(&lock.map_or_else(|| "null".to_owned(), |lock| lock.version().to_string()))?;
    json.key("inputs")?;
    json.open("{")?;
    for (path, _) in lock.map(Lock::inputs).unwrap_or_default() {
        input(json, lock, &path, last, style)?;
    }
    json.close("}")?;
    json.close("}")?;
    json.raw("\n")
}

fn input(
    json: &mut Json<'_>,
    lock: Option<&Lock>,
    path: &InputPath,
    last: &LastChanges,
    style: &Style,
) -> io::Result<()> {
    json.key(&path.to_string())?;
    json.open("{")?;
    match lock.and_then(|lock| lock.pin(path)) {
        Some(Pin::Follows(target)) => follows(json, target)?,
        Some(Pin::Own(node)) => {
            if let Some(locked) = node.locked() {
                source(json, locked)?;
            }
            json.flag("flake", node.is_flake())?;
            if let Some(parent) = node.parent() {
                json.key("parent")?;
                json.open("[")?;
                for name in parent.names() {
                    json.string(name)?;
                }
                json.close("]")?;
            }
            if node.is_build_time() {
                json.flag("buildTime", true)?;
            }
            json.key("original")?;
            match node.original() {
                Some(original) => {
                    json.open("{")?;
                    source(json, original)?;
                    json.close("}")?;
                }
                None => json.plain("null")?,
            }
        }
        None => {}
    }
    json.key("lastChanged")?;
    match last.of(path) {
        Some(commit) => {
            json.open("{")?;
            json.member("commit", Some(&commit.id.to_string()))?;
            json.member("date", Some(&stamp(commit.committed, style)))?;
            json.close("}")?;
        }
        None => json.plain("null")?,
    }
    json.close("}")
}
