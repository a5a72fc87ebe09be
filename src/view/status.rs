//! How things stand: the lock, the generations, and what a rebuild would do.

use std::io::{self, Write};
use std::path::Path;

use crate::generation::{Condition, Default, Kind};
use crate::git::Commit;
use crate::history::{State, Tracking};
use crate::lock::{Direction, Lock, Pin, Source};
use crate::timeline::verdict::{Move, Standing, Verdict};
use crate::timeline::{Row, Timeline};

use super::{Role, Style, plain, words, wrapped};

mod json;

/// How many inputs are named as the oldest.
const OLDEST: usize = 3;
/// How many inputs that would move are named.
const MOVES: usize = 10;

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
    /// What a rebuild would take that is started now.
    pub now: Now,
    /// The last commit that changed it.
    pub last_change: Option<Commit>,
    /// The generations, where there is a profile.
    pub timeline: Option<&'s Timeline>,
    /// The system that is judged.
    pub judged: Option<Row<'s>>,
    /// What a rebuild from HEAD would do to it.
    pub from_head: Option<Verdict>,
    /// What a rebuild now would do to it, where that takes a lock that can be read.
    pub from_now: Option<Verdict>,
}

/// What a rebuild takes that is started now.
pub enum Now {
    /// HEAD's lock: the working tree's is the same.
    Head,
    /// The lock in the working tree, which differs.
    Worktree(State),
    /// None that Nix sees: it locks every input anew.
    Anew,
}

/// The state of an input as the verdict names it.
#[must_use]
pub fn in_words(source: &Source) -> String {
    words::state(source)
}

impl Status<'_> {
    /// Writes it as text.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn text(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let is_tracked = !matches!(self.tracking, Some(Tracking::Untracked | Tracking::Ignored));
        let state = match (self.tracking, self.is_committed) {
            (Some(_), _) if is_tracked && matches!(self.now, Now::Anew) => {
                "gone from the working tree".to_owned()
            }
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
        for (name, text, row) in no_generations(timeline) {
            line(out, style, name, &text)?;
            if let Some(row) = row {
                let lock = lock_in_words(row, timeline, style);
                line(out, style, "", &format!("{lock} ({})", row.built.confidence))?;
            }
        }
        self.verdicts(timeline, style, out)
    }

    /// The verdict on a rebuild now, and where that takes another lock than HEAD's, on one from HEAD too.
    fn verdicts(&self, timeline: &Timeline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let Some(row) = self.judged else { return Ok(()) };
        let system = system(row, timeline);
        let problem =
            |text: &str, out: &mut dyn Write| line(out, style, "verdict", &style.paint(Role::Problem, text));
        let of = if matches!(self.now, Now::Head) { "HEAD's lock" } else { "the working tree's lock" };
        match (&self.now, &self.from_now) {
            (_, Some(verdict)) => {
                verdict_text("verdict", verdict, &Rebuild { system, of, what: "a rebuild now" }, style, out)?;
            }
            (Now::Head, None) => {}
            (Now::Worktree(state), None) => {
                problem("a rebuild now fails: the working tree's lock cannot be read", out)?;
                if let State::Broken(unreadable) = state {
                    line(out, style, "", &plain(unreadable.reason()))?;
                }
            }
            (Now::Anew, None) => {
                problem("not known: a rebuild now locks every input anew, as Nix sees no lock", out)?;
            }
        }
        match &self.from_head {
            Some(verdict) if self.from_now.as_ref() != Some(verdict) => {
                let rebuild = Rebuild { system, of: "HEAD's lock", what: "a rebuild from HEAD" };
                verdict_text("from HEAD", verdict, &rebuild, style, out)
            }
            _ => Ok(()),
        }
    }
}

/// A rebuild that is judged.
struct Rebuild<'r> {
    /// What it would replace.
    system: &'r str,
    /// The lock it takes.
    of: &'r str,
    /// What it is called.
    what: &'r str,
}

fn verdict_text(
    name: &str,
    verdict: &Verdict,
    rebuild: &Rebuild<'_>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Rebuild { system, of, what } = rebuild;
    let (role, text) = match verdict.standing {
        Standing::InStep if verdict.is_complete => {
            (Role::Added, format!("in step: {what} takes the inputs of {system}"))
        }
        Standing::InStep => {
            (Role::Added, format!("in step as far as nixpkgs tells: {what} takes that of {system}"))
        }
        Standing::Ahead => (Role::Problem, format!("{system} is ahead of {of}")),
        Standing::Behind => (Role::Back, format!("{system} is behind {of}")),
        Standing::Diverged => (Role::Problem, format!("{system} and {of} have diverged")),
        Standing::Unknown => (Role::Dim, format!("what {system} was built from is not known")),
    };
    line(out, style, name, &style.paint(role, text))?;
    for one in verdict.moves.iter().take(MOVES) {
        line(out, style, "", &sentence(one, what))?;
    }
    if verdict.moves.len() > MOVES {
        line(out, style, "", &format!("and {} more", verdict.moves.len() - MOVES))?;
    }
    if !verdict.is_complete && verdict.standing != Standing::Unknown {
        line(
            out,
            style,
            "",
            &format!("(judged by what {system} tells of its inputs; its lock is not known)"),
        )?;
    }
    Ok(())
}

/// What the judged system is called.
fn system(row: Row<'_>, timeline: &Timeline) -> &'static str {
    match (timeline.profile().kind, row.generation.running.is_some()) {
        (Kind::System, true) => "the running system",
        (Kind::System, false) => "the default generation",
        (Kind::Home, true) => "the active home",
        (Kind::Home, false) => "the current generation",
    }
}

/// A name and what is said of it; on a narrow terminal its further lines are set under the first.
fn line(out: &mut dyn Write, style: &Style, name: &str, text: &str) -> io::Result<()> {
    const NAME: usize = 15;
    /// Narrower, and the lines would be broken at every word.
    const LEAST: usize = 25;
    let columns = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(NAME).max(LEAST));
    for (number, part) in wrapped(text, columns).iter().enumerate() {
        let name = if number == 0 { name } else { "" };
        writeln!(out, "{}{}{part}", style.paint(Role::Dim, name), super::blanks(name, NAME))?;
    }
    Ok(())
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
    let is_home = timeline.profile().kind == Kind::Home;
    let mut named = Vec::new();
    for row in timeline.rows() {
        let generation = row.generation;
        let name = match (generation.is_default, generation.running.is_some(), generation.booted.is_some()) {
            (true, true, booted) if is_home || booted => "now",
            (true, _, _) if is_home => "current",
            (_, true, _) if is_home => "active",
            (true, true, _) => "default, runs",
            (true, false, true) => "default, boot",
            (true, false, false) => "default",
            (false, true, true) => "runs, booted",
            (false, true, false) => "running",
            (false, false, true) => "booted",
            (false, false, false) => continue,
        };
        named.push((name, row));
    }
    named
}

/// What the profile stands on, what runs and what was booted, as far as it is no generation; of what runs, what it was
/// built from.
fn no_generations(timeline: &Timeline) -> Vec<(&'static str, String, Option<Row<'_>>)> {
    let profile = timeline.profile();
    let none = |path: &Path, why: &str| {
        format!("{} is no generation of this profile{why}", plain(&path.display().to_string()))
    };
    let is_home = profile.kind == Kind::Home;
    let mut found = Vec::new();
    if profile.default_generation().is_none() && !profile.generations.is_empty() {
        let text = match &profile.default {
            Default::Generation(number) => format!("generation {number}, which is not there"),
            Default::Path(path) => none(path, ""),
            Default::Unknown => "not known: the profile's link leads to no generation".to_owned(),
        };
        found.push((if is_home { "current" } else { "default" }, text, None));
    }
    let running = timeline.running().filter(|row| row.generation.condition == Condition::Unlinked);
    let is_running = |path: &Path| running.is_some_and(|row| row.generation.target == path);
    let booted = profile.booted.as_deref();
    let booted = booted.filter(|_| profile.generations.iter().all(|generation| generation.booted.is_none()));
    if let Some(row) = running {
        let name = match booted {
            _ if is_home => "active",
            Some(path) if is_running(path) => "runs, booted",
            _ => "running",
        };
        let why = " (a test, a deleted one, or another profile's)";
        found.push((name, none(&row.generation.target, why), Some(row)));
    }
    if let Some(path) = booted.filter(|path| !is_running(path)) {
        found.push(("booted", none(path, " (a deleted one, or another profile's)"), None));
    }
    found
}

fn in_a_line(row: Row<'_>, timeline: &Timeline, style: &Style) -> String {
    let number = row.generation.number;
    let made = style.minute(row.generation.created);
    let specialisation = row.generation.running.as_ref().and_then(|running| running.specialisation.as_ref());
    let specialisation = specialisation.map(|name| format!(" as {}", plain(name))).unwrap_or_default();
    let lock = lock_in_words(row, timeline, style);
    format!("generation {number}{specialisation} of {made}, {lock} ({})", row.built.confidence)
}

/// The lock a system was built from, or what it tells of nixpkgs.
fn lock_in_words(row: Row<'_>, timeline: &Timeline, style: &Style) -> String {
    let version = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
    match version.map(|version| version.introduced) {
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
    }
}
