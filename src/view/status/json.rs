//! How things stand, as JSON.

use std::io::{self, Write};

use crate::generation::{Condition, Generation};
use crate::history::Tracking;
use crate::timeline::Timeline;
use crate::timeline::verdict::{Standing, Verdict};
use crate::view::Style;
use crate::view::json::{Json, direction, stamp};

use super::{Now, Status, oldest};

impl Status<'_> {
    /// Writes it as a JSON document.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = Json::new(out);
        let json = &mut writer;
        json.open("{")?;
        json.number("version", 1)?;
        json.member("lock", Some(self.lock))?;
        let state = match self.tracking {
            None if self.is_committed => "clean",
            None => "absent",
            Some(Tracking::Modified) => "modified",
            Some(Tracking::Staged) => "staged",
            Some(Tracking::Conflicted) => "conflicted",
            Some(Tracking::Untracked) => "untracked",
            Some(Tracking::Ignored) => "ignored",
        };
        json.member("state", Some(state))?;
        json.flag(
            "tracked",
            !matches!(self.tracking, Some(Tracking::Untracked | Tracking::Ignored)) && state != "absent",
        )?;
        json.key("lastChange")?;
        match &self.last_change {
            Some(commit) => {
                json.open("{")?;
                json.member("commit", Some(&commit.id.to_string()))?;
                json.member("date", Some(&stamp(commit.committed, style)))?;
                json.member("subject", Some(&commit.subject))?;
                json.close("}")?;
            }
            None => json.null()?,
        }
        json.key("oldestInputs")?;
        json.open("[")?;
        for (name, seconds) in self.head.lock().map(oldest).unwrap_or_default() {
            json.open("{")?;
            json.member("input", Some(&name))?;
            json.number("lastModified", u64::try_from(seconds).unwrap_or(0))?;
            json.close("}")?;
        }
        json.close("]")?;
        self.generations_json(json)?;
        self.verdicts_json(json)?;
        json.close("}")?;
        json.raw("\n")
    }

    fn generations_json(&self, json: &mut Json<'_>) -> io::Result<()> {
        let row = |has: fn(&Generation) -> bool| self.timeline?.rows().find(|row| has(row.generation));
        for (key, row) in [
            ("default", row(|generation| generation.is_default)),
            ("running", self.timeline.and_then(Timeline::running)),
            ("booted", row(|generation| generation.booted.is_some())),
        ] {
            json.key(key)?;
            let (Some(row), Some(timeline)) = (row, self.timeline) else {
                json.null()?;
                continue;
            };
            let version = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
            json.open("{")?;
            match row.generation.condition {
                Condition::Unlinked => json.member("generation", None)?,
                _ => json.number("generation", row.generation.number)?,
            }
            let introduced = version.and_then(|version| version.introduced);
            json.member("lock", introduced.map(|introduced| introduced.by.to_string()).as_deref())?;
            json.member("lockId", version.map(|version| version.lock_id.to_string()).as_deref())?;
            json.member("confidence", Some(&row.built.confidence.to_string()))?;
            json.member("storePath", Some(&row.generation.target.display().to_string()))?;
            json.close("}")?;
        }
        let judged =
            self.judged.map(|row| if row.generation.running.is_some() { "running" } else { "default" });
        json.member("judged", judged)
    }

    fn verdicts_json(&self, json: &mut Json<'_>) -> io::Result<()> {
        verdict_json(self.from_head.as_ref(), json)?;
        json.key("now")?;
        json.open("{")?;
        let takes = match self.now {
            Now::Head => "head",
            Now::Worktree(_) => "worktree",
            Now::Anew => "anew",
        };
        json.member("takes", Some(takes))?;
        verdict_json(self.from_now.as_ref(), json)?;
        json.close("}")
    }
}

fn verdict_json(verdict: Option<&Verdict>, json: &mut Json<'_>) -> io::Result<()> {
    let word = verdict.map_or("unknown", |verdict| standing(verdict.standing));
    json.member("verdict", Some(word))?;
    json.flag("complete", verdict.is_some_and(|verdict| verdict.is_complete))?;
    json.key("moves")?;
    json.open("[")?;
    for one in verdict.iter().flat_map(|verdict| &verdict.moves) {
        json.open("{")?;
        json.member("input", Some(&one.input))?;
        json.member("direction", Some(direction(one.direction)))?;
        json.member("from", Some(&one.from))?;
        json.member("to", Some(&one.to))?;
        json.close("}")?;
    }
    json.close("]")
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::InStep => "inStep",
        Standing::Ahead => "ahead",
        Standing::Behind => "behind",
        Standing::Diverged => "diverged",
        Standing::Unknown => "unknown",
    }
}
