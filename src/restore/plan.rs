//! From what is wanted and how things stand to the steps that will be taken. Nothing is done here: the dry run prints
//! the very plan that would be applied.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::git::{Commit, ObjectId, blob_id};
use crate::lock::{Change, Direction, Lock, Side, compare};

use super::command::CommandLine;
use super::fit::Misfit;
use super::journal::Kind;
use super::rebuild::Action;
use super::situation::Situation;

/// An input whose date goes back by more days than this gets a warning of its own.
const FAR_BACK_DAYS: u64 = 90;
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The lock to put back.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What the user called it.
    pub word: String,
    /// What it is, in words: `3f2a91c (2026-01-05)`.
    pub name: String,
    /// The commit it is of.
    pub commit: Option<Commit>,
    /// What else to say of where it is from: the generation it was built for, and how sure that is.
    pub remark: Option<String>,
    /// Its bytes; `None` for the state in which there was no lock (only an undo leads there).
    pub bytes: Option<Vec<u8>>,
    /// The lock.
    pub lock: Option<Arc<Lock>>,
    /// Which inputs are taken from it, in words, where the rest stays as it is; `None` for the whole lock.
    pub part: Option<String>,
    /// The kind of deed.
    pub kind: Kind,
    /// The entry of the journal that is undone.
    pub undoes: Option<u64>,
}

impl Goal {
    /// What the system is built from: `a68278c (2026-08-12)`, or `nixpkgs of a68278c (2026-08-12)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.part.as_ref().map_or_else(|| self.name.clone(), |part| format!("{part} of {}", self.name))
    }
}

/// What is to be done besides writing the lock.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do with the system.
    pub then: Then,
    /// Commit the lock with this message; `None`: do not.
    pub commit: Option<String>,
    /// Let Nix add what the lock lacks.
    pub relock: bool,
    /// Whether there is a Nix to ask.
    pub has_nix: bool,
    /// What is known before not to fit flake.nix.
    pub misfits: Vec<Misfit>,
}

/// What is to become of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing: only the lock is restored.
    Nothing,
    /// It is rebuilt.
    Rebuild(Action, CommandLine),
    /// A generation that is there already is switched to.
    Reactivate {
        /// Its number.
        generation: u64,
        /// What to do with it.
        action: Action,
        /// The commands that do it.
        commands: Vec<CommandLine>,
    },
}

/// One step, in the order in which they are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What would be lost is kept in the journal.
    Keep,
    /// The lock is written; or removed, when there was none.
    Write,
    /// git is told of the file, so that Nix sees it.
    Track {
        /// Although it is ignored.
        force: bool,
    },
    /// Nix is asked whether it takes the lock.
    Check,
    /// Nix adds what is missing.
    Relock,
    /// The lock is committed with this message.
    Commit(String),
    /// The system is rebuilt.
    Rebuild(Action, CommandLine),
    /// A generation is switched to.
    Reactivate(Action, Vec<CommandLine>),
}

/// What to know before saying yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// Inputs of the flake go back far.
    FarBack {
        /// How many.
        inputs: usize,
        /// The one that goes back farthest.
        farthest: String,
        /// By how many days.
        days: u64,
    },
    /// The release of an input goes back, or that of the system.
    Release {
        /// The input; `None` for the system.
        input: Option<String>,
        /// The release now.
        from: String,
        /// The release then.
        to: String,
    },
    /// The kernel goes back.
    Kernel {
        /// The version that runs.
        from: String,
        /// The version then.
        to: String,
    },
    /// The lock has no such root input, and the lock of now has one: flake.nix asks for it, most likely.
    Lacks(Vec<String>),
    /// The lock has root inputs that the lock of now has not.
    HasMore(Vec<String>),
    /// The index holds yet another version, which stays as it is, unless the restored lock is committed.
    Staged {
        /// Whether it is.
        is_committed: bool,
    },
    /// What lies there now cannot be read as a lock.
    Unreadable,
    /// The lock has been changed since the entry that is undone.
    ChangedSince(u64),
    /// What to know of a lock into which single inputs were put.
    Part(String),
    /// An input that flake.nix asks for otherwise: Nix will not take the lock as it is.
    DoesNotFit(Misfit),
}

/// What is known of the system that runs and of the generation to go back to, each a version now and one then.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// The kernel's.
    pub kernel: Option<(String, String)>,
    /// The release of NixOS, `25.11`.
    pub release: Option<(String, String)>,
}

/// What will be done, and what is known of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How things stand.
    pub situation: Situation,
    /// The lock to put back.
    pub goal: Goal,
    /// What moves.
    pub changes: Vec<Change>,
    /// What to mind.
    pub hazards: Vec<Hazard>,
    /// What will be done.
    pub steps: Vec<Step>,
    /// A generation of this very lock that is there already.
    pub has_generation: Option<u64>,
}

impl Plan {
    /// Whether the lock is that one already.
    #[must_use]
    pub fn is_there_already(&self) -> bool {
        self.situation.bytes == self.goal.bytes
    }

    /// The blob of the lock to put back.
    #[must_use]
    pub fn goal_id(&self) -> Option<ObjectId> {
        self.goal.bytes.as_deref().and_then(blob_id)
    }
}

/// Plans. `now` is the lock that lies there, where it can be read.
///
/// # Errors
/// When the lock must not be put back.
pub fn plan(
    situation: Situation,
    goal: Goal,
    request: Request,
    now: Option<&Lock>,
    versions: Versions,
) -> Result<Plan> {
    let lock = goal.lock.as_deref();
    // What lay there and could not be read may lie there again, but nothing is built from it.
    let may_be_unreadable = goal.kind == Kind::Undo && request.then == Then::Nothing;
    if lock.is_none() && goal.bytes.is_some() && !may_be_unreadable {
        return Err(Error::new("a lock that cannot be read is not restored")
            .hint("`flakehist log` shows which states can be read")
            .hint("`flakehist undo --no-rebuild` puts even such a one back where it was"));
    }
    if goal.bytes.is_none() && request.then != Then::Nothing {
        return Err(Error::new("without a lock there is nothing to rebuild from")
            .hint("`flakehist undo --no-rebuild` takes the lock away and leaves the system alone"));
    }
    let changes = compare(now, lock);
    // A kernel runs only where the system is touched.
    let versions = if request.then == Then::Nothing { Versions::default() } else { versions };
    let mut hazards = hazards(&situation, &changes, now, lock, versions);
    if !request.misfits.is_empty() {
        // What is known for certain says more than what today's lock lets one guess.
        hazards.retain(|hazard| !matches!(hazard, Hazard::Lacks(_) | Hazard::HasMore(_)));
        hazards.extend(request.misfits.iter().cloned().map(Hazard::DoesNotFit));
    }
    let is_same = situation.bytes == goal.bytes;
    let steps = steps(&situation, &goal, request, is_same);
    if situation.staged.is_some() {
        let is_committed = steps.iter().any(|step| matches!(step, Step::Commit(_)));
        hazards.push(Hazard::Staged { is_committed });
    }
    Ok(Plan { situation, goal, changes, hazards, steps, has_generation: None })
}

fn steps(situation: &Situation, goal: &Goal, request: Request, is_same: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if !is_same {
        steps.push(Step::Write);
    }
    let exists = goal.bytes.is_some();
    // Nix sees only what git tracks, and would lock everything anew.
    if exists && situation.is_unseen() {
        steps.push(Step::Track { force: situation.is_ignored });
    }
    if exists && request.relock {
        steps.push(Step::Relock);
    } else if goal.lock.is_some() && request.has_nix && needs_check(&request.then, goal.kind, is_same) {
        steps.push(Step::Check);
    }
    let is_committed = situation.in_head.is_some()
        && situation.in_head == goal.bytes.as_deref().and_then(blob_id)
        && !request.relock;
    if let Some(message) = request.commit.filter(|_| exists && !is_committed) {
        steps.push(Step::Commit(message));
    }
    match request.then {
        Then::Nothing => {}
        Then::Rebuild(action, command) => steps.push(Step::Rebuild(action, command)),
        Then::Reactivate { action, commands, .. } => steps.push(Step::Reactivate(action, commands)),
    }
    if !steps.is_empty() {
        steps.insert(0, Step::Keep);
    }
    steps
}

/// Whether anything depends on Nix taking the lock as it is: a system that is there already needs no Nix, and what lay
/// there before is given back to whoever only wants it back.
fn needs_check(then: &Then, kind: Kind, is_same: bool) -> bool {
    match then {
        Then::Nothing => !is_same && kind == Kind::Restore,
        Then::Rebuild(..) => true,
        Then::Reactivate { .. } => false,
    }
}

fn hazards(
    situation: &Situation,
    changes: &[Change],
    now: Option<&Lock>,
    goal: Option<&Lock>,
    versions: Versions,
) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if situation.bytes.is_some() && now.is_none() {
        hazards.push(Hazard::Unreadable);
    }
    if let (Some(now), Some(goal)) = (now, goal) {
        let missing = |of: &Lock, from: &Lock| -> Vec<String> {
            let names = of.root().inputs().iter().map(|(name, _)| name.to_string());
            names.filter(|name| from.root().input(name).is_none()).collect()
        };
        let (lacks, more) = (missing(now, goal), missing(goal, now));
        hazards.extend(Some(lacks).filter(|names| !names.is_empty()).map(Hazard::Lacks));
        hazards.extend(Some(more).filter(|names| !names.is_empty()).map(Hazard::HasMore));
    }
    let mut far_back = Vec::new();
    for change in changes.iter().filter(|change| change.path.is_root_input()) {
        let input = change.path.to_string();
        if let Some((from, to)) = releases(change) {
            hazards.push(Hazard::Release { input: Some(input.clone()), from, to });
        }
        // As many days as lie between the two that are shown.
        if let (Direction::Older, Some((from, to))) = (change.direction, change.dates()) {
            far_back.push(((from / DAY_SECONDS).saturating_sub(to / DAY_SECONDS), input));
        }
    }
    far_back.retain(|(days, _)| *days > FAR_BACK_DAYS);
    let inputs = far_back.len();
    if let Some((days, farthest)) = far_back.into_iter().max() {
        hazards.push(Hazard::FarBack { inputs, farthest, days });
    }
    let goes_back = |versions: &(String, String)| is_older(&versions.1, &versions.0);
    // A branch such as nixos-unstable names none.
    let is_told = hazards.iter().any(|hazard| matches!(hazard, Hazard::Release { .. }));
    if let Some((from, to)) = versions.release.filter(|releases| !is_told && goes_back(releases)) {
        hazards.push(Hazard::Release { input: None, from, to });
    }
    if let Some((from, to)) = versions.kernel.filter(goes_back) {
        hazards.push(Hazard::Kernel { from, to });
    }
    hazards
}

/// The releases that `nixos-25.11`, `release-25.11` and the like name, when the second is the older one.
fn releases(change: &Change) -> Option<(String, String)> {
    let release = |side: &Option<Side>| {
        let Some(Side::Own(node)) = side else { return None };
        let branch = node.original()?.branch()?.to_owned();
        let found = branch.split(['-', '/']).find(|word| is_release(word));
        found.map(str::to_owned)
    };
    let (from, to) = (release(&change.from)?, release(&change.to)?);
    is_older(&to, &from).then_some((from, to))
}

/// `25.11`.
fn is_release(word: &str) -> bool {
    word.split_once('.').is_some_and(|(year, month)| {
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(year) && digits(month)
    })
}

/// Whether a version is older than another, number by number.
fn is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_releases_are_compared_by_number() {
        for (a, b, older) in [
            ("6.6.1", "6.12.0", true),
            ("6.12.0", "6.6.1", false),
            ("25.05", "25.11", true),
            ("6.6", "6.6", false),
        ] {
            assert_eq!(is_older(a, b), older, "{a} {b}");
        }
        assert!(is_release("25.11"));
        for word in ["unstable", "25.1", "v25.11", "2511"] {
            assert!(!is_release(word), "{word}");
        }
    }
}
