//! The difference of two locks, in every form it is written in: one file a form.
//!
//! A [`Difference`] is made by whoever knows both locks; the forms only choose words and order.

mod count;
mod markdown;
mod patch;
mod text;

use crate::history::{Selected, Tracking};
use crate::lock::{
    Change, ChangeKind, Direction, Folded, Followed, InputPath, Lock, Pin, Side, Source, fold,
};

use crate::timeline::Confidence;

use super::changes::ONLY_WRITTEN;
use super::{Style, fit, plain, width, words};

pub use count::Counts;
pub use markdown::markdown;
pub use patch::patch;
pub use text::{body, names, nix, stat, summary};

/// What stands on one side.
pub enum What<'s> {
    /// A lock, or a file that is none.
    Lock(&'s Selected),
    /// The lock in the working tree, and what git knows of it; `None` when it is as in HEAD.
    Worktree(&'s Selected, Option<Tracking>),
    /// No lock, and why there is none.
    Nothing(String),
    /// What a generation tells of its inputs when no lock fits it, put together to one.
    Reconstruction(String, &'s Lock),
}

/// One side of a difference.
pub struct End<'s> {
    /// The word it was named by.
    pub target: &'s str,
    /// What that is.
    pub what: What<'s>,
    /// Of a generation: how sure the lock is.
    pub confidence: Option<Confidence>,
}

impl<'s> End<'s> {
    /// What was selected, unless there is nothing or only a reconstruction.
    #[must_use]
    pub fn selected(&self) -> Option<&'s Selected> {
        match self.what {
            What::Lock(selected) | What::Worktree(selected, _) => Some(selected),
            What::Nothing(_) | What::Reconstruction(..) => None,
        }
    }

    /// The lock, when there is one that can be read.
    #[must_use]
    pub fn lock(&self) -> Option<&'s Lock> {
        match &self.what {
            What::Reconstruction(_, lock) => Some(lock),
            _ => self.selected().and_then(|selected| selected.state.lock()),
        }
    }

    /// The side on one line of so many columns: what it is, and where it is from. Nothing in it needs escaping for a
    /// terminal.
    #[must_use]
    pub fn title(&self, style: &Style, columns: usize) -> String {
        let selected = match &self.what {
            What::Nothing(why) => return fit(&format!("nothing: {}", plain(why)), columns).into_owned(),
            What::Reconstruction(name, _) => {
                let text = format!("{}, reconstructed: no lock in this repository fits", plain(name));
                return fit(&text, columns).into_owned();
            }
            What::Worktree(_, tracking) => {
                let how = tracking.map_or("as in HEAD", words::tracking);
                return fit(&format!("the working tree ({how})"), columns).into_owned();
            }
            What::Lock(selected) => selected,
        };
        let remark = selected.remark.as_ref().map(|remark| plain(remark).into_owned());
        let Some(commit) = &selected.commit else {
            let staged = (self.target == "index").then(|| "the index".to_owned());
            let text = staged.or(remark).unwrap_or_else(|| plain(&selected.path).into_owned());
            return fit(&text, columns).into_owned();
        };
        let (id, day) = (words::commit(style, commit.id), style.day(commit.committed.seconds));
        let remark = remark.map(|remark| format!(", {remark}")).unwrap_or_default();
        let used = width(&format!("{id} ({day}, ){remark}"));
        let subject = plain(&commit.subject);
        let subject = fit(&subject, columns.saturating_sub(used));
        fit(&format!("{id} ({day}, {subject}){remark}"), columns).into_owned()
    }
}

/// What changed from one lock to another.
pub struct Difference<'s> {
    /// The lock's path from the root of the repository.
    pub path: &'s str,
    /// The side that counts as old.
    pub from: End<'s>,
    /// The side that counts as new.
    pub to: End<'s>,
    /// What changed, in the order of the paths.
    pub changes: Vec<Change>,
    /// Inputs of which one side does not tell what they are, because it is a reconstruction.
    pub unknown: Vec<InputPath>,
    /// Whether the files are not the same, byte for byte.
    pub is_written_differently: bool,
    /// Whether to show what moved with its parent by itself (`--all-inputs`).
    pub with_all: bool,
    /// Whether certain inputs were asked for, and changes of others are left out (`--input`).
    pub is_chosen: bool,
}

impl Difference<'_> {
    /// The changes to show, each with those folded under it; the most important first: alarms, what went back in time,
    /// then root inputs, and by kind.
    #[must_use]
    pub fn shown(&self) -> Vec<Folded<'_>> {
        let mut shown = if self.with_all {
            self.changes.iter().map(|change| Folded { change, inside: Vec::new() }).collect()
        } else {
            fold(&self.changes)
        };
        shown.sort_by_key(|one| weight(one.change));
        shown
    }

    /// What there is to say where nothing changed.
    #[must_use]
    pub fn nothing(&self) -> String {
        let version = |end: &End<'_>| end.lock().map(Lock::version);
        match version(&self.from).zip(version(&self.to)) {
            _ if !self.is_written_differently => "no difference".to_owned(),
            _ if self.is_chosen => "none of these inputs changed".to_owned(),
            Some((old, new)) if old != new => format!("{ONLY_WRITTEN}: in version {old} before, now {new}"),
            _ => ONLY_WRITTEN.to_owned(),
        }
    }

    /// What the reader must know of what is not compared; `None` where everything is.
    fn not_compared(&self) -> Option<String> {
        let is_partial = |end: &End<'_>| matches!(end.what, What::Reconstruction(..));
        if !is_partial(&self.from) && !is_partial(&self.to) {
            return None;
        }
        let names: Vec<String> = self.unknown.iter().map(words::path).collect();
        let unknown =
            if names.is_empty() { String::new() } else { format!(", and not {}", names.join(", ")) };
        Some(format!("only root inputs are compared{unknown}"))
    }
}

/// The smaller, the more important.
fn weight(change: &Change) -> (u8, bool, u8) {
    let urgency = match (change.kind, change.direction) {
        (ChangeKind::ContentsChanged, _) => 0,
        (_, Direction::Older) => 1,
        _ => 2,
    };
    let kind = match change.kind {
        ChangeKind::ContentsChanged => 0,
        ChangeKind::Retargeted => 1,
        ChangeKind::Updated => 2,
        ChangeKind::Added => 3,
        ChangeKind::Removed => 4,
        ChangeKind::FollowsChanged => 5,
        ChangeKind::OriginalChanged => 6,
    };
    (urgency, !change.path.is_root_input(), kind)
}

/// How far an input moved: `+34 days`, `-5 hours`, `same date`, or `+7 commits` where no dates are known.
fn distance(change: &Change) -> Option<String> {
    const DAY: i64 = 86_400;
    let told =
        |number: i64, unit: &str| format!("{number:+} {unit}{}", if number.abs() == 1 { "" } else { "s" });
    if let Some((old, new)) = change.dates() {
        let (old, new) = (i64::try_from(old).ok()?, i64::try_from(new).ok()?);
        let seconds = new.saturating_sub(old);
        // As many days as lie between the two that are shown.
        return Some(match new.div_euclid(DAY) - old.div_euclid(DAY) {
            0 if seconds == 0 => "same date".to_owned(),
            0 if seconds.abs() < 3600 => told(seconds.signum() * (seconds.abs() / 60).max(1), "minute"),
            0 => told(seconds / 3600, "hour"),
            days => told(days, "day"),
        });
    }
    let (old, new) = change.sources()?;
    let (old, new) = old.rev_count().zip(new.rev_count())?;
    let moved = matches!(change.direction, Direction::Newer | Direction::Older);
    let number = i64::try_from(new).ok()?.checked_sub(i64::try_from(old).ok()?)?;
    moved.then(|| told(number, "commit"))
}

/// What is folded under a change, in words; `None` where that is nothing.
fn inside(folded: &Folded<'_>) -> Option<String> {
    let number = folded.inside.iter().filter(|change| !change.merely_follows()).count();
    let inputs = if number == 1 { "input" } else { "inputs" };
    let moved = match folded.change.kind {
        ChangeKind::Added | ChangeKind::Removed => "",
        _ => " moved",
    };
    (number > 0).then(|| format!("+ {number} {inputs} of its own{moved}"))
}

/// Where an input comes from that came or went.
fn place(change: &Change) -> Option<String> {
    let ((Some(side), None) | (None, Some(side))) = (&change.from, &change.to) else { return None };
    match side {
        Side::Own(node) => Some(words::pin(Pin::Own(node))),
        Side::Follows(_) => None,
    }
}

/// What an input that follows now is in the end.
fn led_to(change: &Change, difference: &Difference<'_>) -> Option<String> {
    let (Some(Side::Follows(target)), Some(lock)) = (&change.to, difference.to.lock()) else { return None };
    if change.kind != ChangeKind::FollowsChanged {
        return None;
    }
    match lock.resolve(target) {
        Followed::Node(node) => Some(format!("that is {}", words::state(node.locked()?))),
        Followed::Nowhere => Some("which does not exist".to_owned()),
        Followed::Circle => Some("which runs in a circle".to_owned()),
    }
}

/// The two hashes of an input whose contents changed.
fn hashes(change: &Change) -> Vec<String> {
    let sources = change.sources().filter(|_| change.kind == ChangeKind::ContentsChanged);
    let of =
        |(word, source): (&str, &Source)| format!("{word} {}", plain(source.nar_hash().unwrap_or("unknown")));
    sources.into_iter().flat_map(|(old, new)| [("was", old), ("is", new)]).map(of).collect()
}

#[cfg(test)]
mod tests;
