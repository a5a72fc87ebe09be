//! The generations that belong beside each lock of a history, and those that stand by themselves.

use std::collections::{HashMap, HashSet};

use crate::generation::NixpkgsRevision;
use crate::git::ObjectId;

use super::{BuiltAt, Confidence, Row, Timeline};

/// A generation beside a lock.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'t> {
    /// The generation.
    pub row: Row<'t>,
    /// Whether this lock is the only answer, and not by its date alone.
    pub is_sure: bool,
}

/// The generations of a profile, sorted to the locks of a repository.
#[derive(Default)]
pub struct Beside<'t> {
    by_lock: HashMap<ObjectId, Vec<Mark<'t>>>,
    /// Generations whose lock is in no commit, the newest first.
    apart: Vec<Row<'t>>,
}

impl Timeline {
    /// Sorts the generations to the locks. Empty when none of them was built from this repository: then the profile
    /// belongs to another one.
    #[must_use]
    pub fn beside(&self) -> Beside<'_> {
        let mut beside = Beside::default();
        if !self.rows().any(|row| is_of_this_repository(row)) {
            return beside;
        }
        for row in self.rows() {
            let is_sure = row.built.locks.len() == 1 && row.built.confidence != Confidence::ByDate;
            // Of several that fit, the likeliest bears the number, with a question mark.
            let locks = row.built.locks.first().map(Vec::as_slice).unwrap_or_default();
            for version in locks.iter().filter_map(|&lock| self.universe.versions.get(lock)) {
                beside.by_lock.entry(version.lock_id).or_default().push(Mark { row, is_sure });
            }
            if locks.is_empty() {
                beside.apart.push(row);
            }
        }
        beside.apart.sort_by_key(|row| std::cmp::Reverse(row.generation.created));
        beside
    }
}

fn is_of_this_repository(row: Row<'_>) -> bool {
    let by_commit = matches!(row.built.at, BuiltAt::Commit(_) | BuiltAt::Dirty(_));
    by_commit || !matches!(row.built.confidence, Confidence::None | Confidence::ByDate)
}

impl<'t> Beside<'t> {
    /// The generations built from the lock in this blob, the highest number first.
    #[must_use]
    pub fn of(&self, lock_id: Option<ObjectId>) -> &[Mark<'t>] {
        lock_id.and_then(|id| self.by_lock.get(&id)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Generations whose lock is in no commit, the newest first.
    #[must_use]
    pub fn apart(&self) -> &[Row<'t>] {
        &self.apart
    }

    /// Whether there is any generation to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_lock.is_empty() && self.apart.is_empty()
    }

    /// Generations that belong to locks other than these.
    #[must_use]
    pub fn beyond(&self, listed: &HashSet<ObjectId>) -> Vec<Row<'t>> {
        let shown: HashSet<u64> = self
            .by_lock
            .iter()
            .filter(|(id, _)| listed.contains(id))
            .flat_map(|(_, marks)| marks.iter().map(|mark| mark.row.generation.number))
            .collect();
        let mut beyond: Vec<Row<'t>> = self
            .by_lock
            .values()
            .flatten()
            .filter(|mark| !shown.contains(&mark.row.generation.number))
            .map(|mark| mark.row)
            .collect();
        beyond.sort_by_key(|row| row.generation.number);
        beyond.dedup_by_key(|row| row.generation.number);
        beyond
    }
}

impl Row<'_> {
    /// The nixpkgs a generation was built with, as far as it tells: day (UTC, `2026-01-31`) and beginning of the
    /// revision.
    #[must_use]
    pub fn nixpkgs(&self) -> Option<(Option<String>, String)> {
        let facts = &self.generation.facts;
        let version = facts.version.as_ref().or(facts.label.as_ref());
        let of_version =
            version.and_then(|told| crate::generation::Version::parse(&told.value)).and_then(|v| v.day);
        let (day, digits) = match &facts.nixpkgs.as_ref()?.value {
            NixpkgsRevision::Full(rev) => (of_version, rev.as_str()),
            NixpkgsRevision::Beginning { digits, day } => (day.clone().or(of_version), digits.as_str()),
        };
        let dashed = |day: String| Some(format!("{}-{}-{}", day.get(..4)?, day.get(4..6)?, day.get(6..8)?));
        Some((day.and_then(dashed), digits.chars().take(7).collect()))
    }
}
