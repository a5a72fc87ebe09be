//! Whether a rebuild would take the running system forward, back, or nowhere.

use crate::generation::Facts;
use crate::lock::{Change, Direction, InputPath, Lock, Pin, Source, compare};

use super::Row;

/// How the running system stands to the lock of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Built from the same lock.
    InStep,
    /// It has newer inputs: a rebuild would take them back.
    Ahead,
    /// It has older inputs: a rebuild would take them forward.
    Behind,
    /// Some are newer and some older, or they come from elsewhere.
    Diverged,
    /// What it was built from is not known.
    Unknown,
}

/// An input that a rebuild would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The input.
    pub input: String,
    /// Which way.
    pub direction: Direction,
    /// Its state in the running system: day and revision.
    pub from: String,
    /// Its state in the lock of the rebuild.
    pub to: String,
}

impl Move {
    /// Whether the input is there on both sides, in different states.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        !self.from.is_empty() && !self.to.is_empty()
    }
}

/// The judgement on a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In a word.
    pub standing: Standing,
    /// What would move, inputs that go back first.
    pub moves: Vec<Move>,
    /// Whether it rests on the whole lock, not only on what the generation tells of some inputs.
    pub is_complete: bool,
}

impl Verdict {
    /// The inputs a rebuild would take back.
    pub fn going_back(&self) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(|one| one.direction == Direction::Older)
    }
}

/// Judges a rebuild that takes the lock `next`. `running_lock` is the lock the running generation was built from, where
/// that is certain.
#[must_use]
pub fn judge(
    running: Row<'_>,
    running_lock: Option<&Lock>,
    next: &Lock,
    in_words: impl Fn(&Source) -> String,
) -> Verdict {
    let (mut moves, is_complete) = match running_lock {
        Some(lock) => (from_locks(&compare(Some(lock), Some(next)), &in_words), true),
        None => (from_facts(&running.generation.facts, running, next, &in_words), false),
    };
    moves.sort_by_key(|one| (one.direction != Direction::Older, one.input.clone()));
    let has = |direction: Direction| moves.iter().any(|one| one.direction == direction);
    let standing = match (has(Direction::Older), has(Direction::Newer), moves.is_empty()) {
        (_, _, true) if is_complete => Standing::InStep,
        (_, _, true) => match agrees_on_nixpkgs(running, next) {
            true => Standing::InStep,
            false => Standing::Unknown,
        },
        (true, false, _) => Standing::Ahead,
        (false, true, _) => Standing::Behind,
        _ => Standing::Diverged,
    };
    Verdict { standing, moves, is_complete }
}

fn from_locks(changes: &[Change], in_words: &impl Fn(&Source) -> String) -> Vec<Move> {
    let side = |side: Option<&crate::lock::Side>| match side {
        None => String::new(),
        Some(crate::lock::Side::Follows(target)) => format!("follows {target}"),
        Some(own) => own.source().map(in_words).unwrap_or_default(),
    };
    changes
        .iter()
        .filter(|change| change.is_move())
        .map(|change| Move {
            input: change.path.to_string(),
            direction: change.direction,
            from: side(change.from.as_ref()),
            to: side(change.to.as_ref()),
        })
        .collect()
}

/// The lock's `nixpkgs`, or whatever else it is: the input of that name, or else the first root input that is a
/// repository of that name.
#[must_use]
pub fn input_called<'l>(lock: &'l Lock, called: &str) -> Option<(String, &'l Source)> {
    let own = |name: &str| match lock.pin(&InputPath::new([name])) {
        Some(Pin::Own(node)) => node.locked().map(|source| (name.to_owned(), source)),
        Some(Pin::Follows(_)) | None => None,
    };
    let is_it = |source: &Source| {
        source
            .repository()
            .is_some_and(|place| place.rsplit_once('/').is_some_and(|(_, last)| last == called))
    };
    own(called).or_else(|| {
        lock.root().inputs().iter().filter_map(|(name, _)| own(name)).find(|(_, source)| is_it(source))
    })
}

fn agrees_on_nixpkgs(running: Row<'_>, next: &Lock) -> bool {
    let digits = running.nixpkgs().map(|(_, digits)| digits);
    let rev = input_called(next, "nixpkgs").and_then(|(_, source)| source.rev());
    digits.zip(rev).is_some_and(|(digits, rev)| rev.starts_with(&digits))
}

/// What single facts tell: nixpkgs by revision and day, kept inputs by revision and date.
fn from_facts(
    facts: &Facts,
    running: Row<'_>,
    next: &Lock,
    in_words: &impl Fn(&Source) -> String,
) -> Vec<Move> {
    let mut moves = Vec::new();
    if let (Some((day, digits)), Some((input, source))) = (running.nixpkgs(), input_called(next, "nixpkgs"))
        && source.rev().is_some_and(|rev| !rev.starts_with(&digits))
    {
        let of_next = source.date().and_then(|seconds| i64::try_from(seconds).ok());
        let of_next = of_next.and_then(|s| chrono::DateTime::<chrono::Utc>::from_timestamp(s, 0));
        let of_next = of_next.map(|day| day.format("%Y-%m-%d").to_string());
        let direction =
            day.as_ref().zip(of_next.as_ref()).map_or(Direction::Unknown, |(from, to)| by(from, to));
        let from = day.map_or_else(|| digits.clone(), |day| format!("{day} {digits}"));
        moves.push(Move { input, direction, from, to: in_words(source) });
    }
    for kept in &facts.kept {
        let (Some(name), Some(rev)) = (&kept.name, &kept.rev) else { continue };
        let Some(Pin::Own(node)) = next.pin(&InputPath::new([name.as_str()])) else { continue };
        let Some(source) = node.locked().filter(|source| source.rev().is_some_and(|own| own != rev)) else {
            continue;
        };
        if moves.iter().any(|one: &Move| one.input == *name) {
            continue;
        }
        let direction =
            kept.last_modified.zip(source.date()).map_or(Direction::Unknown, |(from, to)| by(&from, &to));
        let from = rev.chars().take(7).collect();
        moves.push(Move { input: name.clone(), direction, from, to: in_words(source) });
    }
    moves
}

fn by<T: Ord>(from: &T, to: &T) -> Direction {
    match to.cmp(from) {
        std::cmp::Ordering::Greater => Direction::Newer,
        std::cmp::Ordering::Less => Direction::Older,
        std::cmp::Ordering::Equal => Direction::Same,
    }
}
