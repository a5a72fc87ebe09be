//! How things stand: the lock, the generations, and what a rebuild would do.

use std::io::{self, Write};

use crate::generation::Generation;
use crate::git::Commit;
use crate::history::{State, Tracking};
use crate::lock::{Direction, Lock, Pin, Source};
use crate::timeline::verdict::{Move, Standing, Verdict};
use crate::timeline::{Row, Timeline};

use super::json::Json;
use super::{Role, Style, plain, words};

/// How many inputs are named as the oldest.
const OLDEST: usize = 3;

/// Everything the status tells, gathered.
pub struct Status<'s> {
    /// The lock's path.
    pub lock: &'s str,
    /// What git knows of it beyond HEAD; `None` when it is as in HEAD.
    pub tracking: Option<Tracking>,
    /// Whether HEAD has a lock at all.
    pub is_committed: bool,
    /// The lock that a rebuild from HEAD would take.
    pub head: State,
    /// The last commit that changed it.
    pub last_change: Option<Commit>,
    /// The generations, where there is a profile.
    pub timeline: Option<&'s Timeline>,
    /// What a rebuild from HEAD would do to the running system.
    pub verdict: Option<Verdict>,
}

/// The state of an input as the verdict names it.
#[must_use]
pub fn in_words(source: &Source) -> String {
    words::state(source)
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

impl Status<'_> {
    /// Writes it as text.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn text(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let state = match (self.tracking, self.is_committed) {
            (None, true) => "committed".to_owned(),
            (None, false) => "there is none".to_owned(),
            (Some(tracking), _) => words::tracking(tracking).to_owned(),
        };
        line(out, style, "lock", &format!("{}: {state}", plain(self.lock)))?;
        if let State::Broken(unreadable) = &self.head {
            line(out, style, "", &format!("HEAD's lock cannot be read: {}", plain(unreadable.reason())))?;
        }
        if let Some(commit) = &self.last_change {
            let id = style.paint(Role::Commit, words::commit(style, commit.id));
            let age = words::age(commit.committed.seconds, style.now);
            let day = style.day(commit.committed.seconds);
            line(out, style, "last change", &format!("{id} {day} ({age}) {}", plain(&commit.subject)))?;
        }
        if let Some(lock) = self.head.lock() {
            let oldest: Vec<String> = oldest(lock)
                .into_iter()
                .map(|(name, seconds)| format!("{} {}", plain(&name), words::age(seconds, style.now)))
                .collect();
            if !oldest.is_empty() {
                line(out, style, "oldest inputs", &oldest.join(", "))?;
            }
        }
        let Some(timeline) = self.timeline else { return Ok(()) };
        for (name, row) in named(timeline) {
            line(out, style, name, &in_a_line(row, timeline, style))?;
        }
        if let Some(text) = strangers(timeline) {
            line(out, style, "running", &text)?;
        }
        if let Some(verdict) = &self.verdict {
            self.verdict_text(verdict, style, out)?;
        }
        Ok(())
    }

    fn verdict_text(&self, verdict: &Verdict, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let runs =
            self.timeline.is_some_and(|timeline| timeline.rows().any(|row| row.generation.running.is_some()));
        let system = if runs { "the running system" } else { "the default generation" };
        let (role, text) = match verdict.standing {
            Standing::InStep => {
                (Role::Added, format!("in step: a rebuild from HEAD takes the inputs of {system}"))
            }
            Standing::Ahead => (Role::Problem, format!("{system} is ahead of HEAD's lock")),
            Standing::Behind => (Role::Back, format!("{system} is behind HEAD's lock")),
            Standing::Diverged => (Role::Problem, format!("{system} and HEAD's lock have diverged")),
            Standing::Unknown => (Role::Dim, format!("what {system} was built from is not known")),
        };
        line(out, style, "verdict", &style.paint(role, text))?;
        // With another lock in the working tree, that is the one a rebuild takes now.
        let rebuild = if self.tracking.is_none() { "a rebuild now" } else { "a rebuild from HEAD" };
        for one in verdict.moves.iter().take(10) {
            line(out, style, "", &sentence(one, rebuild))?;
        }
        if verdict.moves.len() > 10 {
            line(out, style, "", &format!("and {} more", verdict.moves.len() - 10))?;
        }
        if !verdict.is_complete && verdict.standing != Standing::Unknown {
            line(out, style, "", "(judged by what the generation tells; its lock is not known)")?;
        }
        Ok(())
    }

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
                json.member("date", Some(&super::json::stamp(commit.committed, style)))?;
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
        self.verdict_json(json)?;
        json.close("}")?;
        json.raw("\n")
    }

    fn generations_json(&self, json: &mut Json<'_>) -> io::Result<()> {
        for (key, has) in [
            ("default", (|generation: &Generation| generation.is_default) as fn(&Generation) -> bool),
            ("running", |generation| generation.running.is_some()),
            ("booted", |generation| generation.booted.is_some()),
        ] {
            json.key(key)?;
            let row = self.timeline.and_then(|timeline| timeline.rows().find(|row| has(row.generation)));
            match (row, self.timeline) {
                (Some(row), Some(timeline)) => {
                    let version = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
                    json.open("{")?;
                    json.number("generation", row.generation.number)?;
                    let introduced = version.and_then(|version| version.introduced);
                    json.member("lock", introduced.map(|introduced| introduced.by.to_string()).as_deref())?;
                    json.member("lockId", version.map(|version| version.lock_id.to_string()).as_deref())?;
                    json.member("confidence", Some(&row.built.confidence.to_string()))?;
                    json.close("}")?;
                }
                _ => json.null()?,
            }
        }
        Ok(())
    }

    fn verdict_json(&self, json: &mut Json<'_>) -> io::Result<()> {
        let word = self.verdict.as_ref().map_or("unknown", |verdict| standing(verdict.standing));
        json.member("verdict", Some(word))?;
        json.key("moves")?;
        json.open("[")?;
        for one in self.verdict.iter().flat_map(|verdict| &verdict.moves) {
            json.open("{")?;
            json.member("input", Some(&one.input))?;
            json.member("direction", Some(super::json::direction(one.direction)))?;
            json.member("from", Some(&one.from))?;
            json.member("to", Some(&one.to))?;
            json.close("}")?;
        }
        json.close("]")
    }
}

fn line(out: &mut dyn Write, style: &Style, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{}{}  {text}", style.paint(Role::Dim, name), super::blanks(name, 13))
}

/// What a rebuild would do to one input.
fn sentence(one: &Move, rebuild: &str) -> String {
    let (input, from, to) = (plain(&one.input), plain(&one.from), plain(&one.to));
    match one.direction {
        _ if one.from.is_empty() => format!("{rebuild} would add {input} {to}"),
        _ if one.to.is_empty() => format!("{rebuild} would drop {input} {from}"),
        Direction::Older => format!("{rebuild} would take {input} back from {from} to {to}"),
        Direction::Newer => format!("{rebuild} would take {input} forward from {from} to {to}"),
        Direction::Same | Direction::Unknown => {
            format!("{rebuild} would change {input} from {from} to {to}")
        }
    }
}

/// The root inputs with the oldest dates, in seconds since 1970 UTC.
fn oldest(lock: &Lock) -> Vec<(String, i64)> {
    let mut dated: Vec<(String, i64)> = lock
        .root()
        .inputs()
        .iter()
        .filter_map(|(name, _)| {
            let Some(Pin::Own(node)) = lock.pin(&crate::lock::InputPath::new([name.as_ref()])) else {
                return None;
            };
            let seconds = i64::try_from(node.locked()?.date()?).ok()?;
            Some((name.to_string(), seconds))
        })
        .collect();
    dated.sort_by_key(|(name, seconds)| (*seconds, name.clone()));
    dated.truncate(OLDEST);
    dated
}

/// The generations that matter now; one that is all three is named once.
fn named(timeline: &Timeline) -> Vec<(&'static str, Row<'_>)> {
    let mut named = Vec::new();
    for row in timeline.rows() {
        let generation = row.generation;
        let name = match (generation.is_default, generation.running.is_some(), generation.booted.is_some()) {
            (true, true, true) => "now",
            (true, true, false) => "default, runs",
            (true, false, true) => "default, boot",
            (true, false, false) => "default",
            (false, true, _) => "running",
            (false, false, true) => "booted",
            (false, false, false) => continue,
        };
        named.push((name, row));
    }
    named
}

fn in_a_line(row: Row<'_>, timeline: &Timeline, style: &Style) -> String {
    let number = row.generation.number;
    let made = style.minute(row.generation.created);
    let version = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
    let specialisation = row.generation.running.as_ref().and_then(|running| running.specialisation.as_ref());
    let specialisation = specialisation.map(|name| format!(" as {}", plain(name))).unwrap_or_default();
    let lock = match version.map(|version| version.introduced) {
        Some(Some(introduced)) => format!(
            "lock of {} {}",
            style.paint(Role::Commit, words::commit(style, introduced.by)),
            style.day(introduced.seconds)
        ),
        Some(None) => "a lock that is not committed".to_owned(),
        None => match row.nixpkgs() {
            Some((Some(day), digits)) => format!("lock not known, nixpkgs {day} {digits}"),
            Some((None, digits)) => format!("lock not known, nixpkgs {digits}"),
            None => "lock not known".to_owned(),
        },
    };
    format!("generation {number}{specialisation} of {made}, {lock} ({})", row.built.confidence)
}

/// A system that runs without being a generation of this profile.
fn strangers(timeline: &Timeline) -> Option<String> {
    let runs = timeline.rows().any(|row| row.generation.running.is_some());
    let path = timeline.profile().running.as_ref().filter(|_| !runs)?;
    Some(format!(
        "{} is no generation of this profile (a test, or a deleted one)",
        plain(&path.display().to_string())
    ))
}
