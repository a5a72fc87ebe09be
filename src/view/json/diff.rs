//! The difference of two locks as JSON.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::history::State;
use crate::lock::{Change, InputPath, fold};
use crate::view::Style;
use crate::view::diff::{Counts, Difference, End, What};

use super::{Json, VERSION, kind, members_of_change, source, stamp, state};

/// Writes the difference as a document: every change by itself, each with the one it is folded under.
///
/// # Errors
/// When the writer fails.
pub fn diff(difference: &Difference<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    let json = &mut json;
    json.open("{")?;
    json.number("version", VERSION)?;
    json.member("lock", Some(difference.path))?;
    for (key, side) in [("from", &difference.from), ("to", &difference.to)] {
        json.key(key)?;
        end(json, side, style)?;
    }
    json.flag("rewritten", difference.is_written_differently)?;
    let folded = fold(&difference.changes);
    let above: HashMap<&InputPath, &InputPath> = folded
        .iter()
        .flat_map(|one| one.inside.iter().map(|inside| (&inside.path, &one.change.path)))
        .collect();
    json.key("changes")?;
    json.open("[")?;
    for one in &difference.changes {
        json.line()?;
        change(json, one, above.get(&one.path).copied())?;
    }
    json.close("]")?;
    json.key("unknown")?;
    json.open("[")?;
    for path in &difference.unknown {
        json.string(&path.to_string())?;
    }
    json.close("]")?;
    json.key("counts")?;
    let counts = Counts::of(&folded);
    json.open("{")?;
    json.number("inputs", count(counts.all))?;
    json.number("along", count(counts.along))?;
    json.number("back", count(counts.kinds.iter().map(|(.., back)| back).sum()))?;
    for (of, number, _) in &counts.kinds {
        json.number(kind(*of), count(*number))?;
    }
    json.close("}")?;
    json.close("}")?;
    json.raw("\n")
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn end(json: &mut Json<'_>, end: &End<'_>, style: &Style) -> io::Result<()> {
    let selected = end.selected();
    let commit = selected.and_then(|selected| selected.commit.as_ref());
    json.open("{")?;
    json.member("target", Some(end.target))?;
    json.member("commit", commit.map(|commit| commit.id.to_string()).as_deref())?;
    json.member("date", commit.map(|commit| stamp(commit.committed, style)).as_deref())?;
    json.member("subject", commit.map(|commit| commit.subject.as_str()))?;
    json.member("path", selected.map(|selected| selected.path.as_str()))?;
    json.member("remark", selected.and_then(|selected| selected.remark.as_deref()))?;
    json.member("confidence", end.confidence.map(|confidence| confidence.to_string()).as_deref())?;
    match &end.what {
        What::Lock(selected) | What::Worktree(selected, _) => state(json, &selected.state)?,
        What::Nothing(_) => state(json, &State::Absent)?,
        What::Reconstruction(..) => {
            json.member("state", Some("reconstructed"))?;
            json.member("error", None)?;
            json.key("notices")?;
            json.open("[")?;
            json.close("]")?;
        }
    }
    let id = selected.and_then(|selected| selected.lock_id);
    json.member("lockId", id.map(|id| id.to_string()).as_deref())?;
    json.close("}")
}

fn change(json: &mut Json<'_>, change: &Change, above: Option<&InputPath>) -> io::Result<()> {
    json.open("{")?;
    members_of_change(json, change)?;
    match change.dates().and_then(|(old, new)| i64::try_from(new).ok()?.checked_sub(i64::try_from(old).ok()?))
    {
        Some(seconds) => json.signed("seconds", seconds)?,
        None => json.member("seconds", None)?,
    }
    let link = change.sources().and_then(|(old, new)| old.compare_link(new));
    json.member("compareUrl", link.as_deref())?;
    json.key("original")?;
    match change.originals() {
        None => json.null()?,
        Some((old, new)) => {
            json.open("{")?;
            for (key, original) in [("from", old), ("to", new)] {
                json.key(key)?;
                json.open("{")?;
                source(json, original)?;
                json.close("}")?;
            }
            json.close("}")?;
        }
    }
    json.member("under", above.map(ToString::to_string).as_deref())?;
    json.close("}")
}
