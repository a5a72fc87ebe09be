//! Every version a file ever had, wherever git still knows of it: all refs, all reflogs, the stash.
//!
//! Unlike a walk this leaves nothing out: a side branch whose lock lost a merge is part of the answer too.

use std::collections::BinaryHeap;

use super::commit_graph::PathKeys;
use super::graph::{Graph, SEEN};
use super::objects::FileAt;
use super::{CommitId, Filter, ObjectId, Repository, Stamp, Tip, Walk};
use crate::error::Result;
use crate::spread::{SpreadMap, SpreadSet};

/// The commit that brought a blob in: the earliest one that has it while none of its parents has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduced {
    /// The commit.
    pub by: CommitId,
    /// Its committer's date in seconds since 1970 UTC.
    pub seconds: i64,
}

/// Everything read of the commits that changed a file, so that a walk after it reads none of them again.
pub struct Survey<'r> {
    repository: &'r Repository,
    graph: Graph<'r>,
    path: String,
}

impl<'r> Survey<'r> {
    /// Goes through every commit behind the tips and tells `found` of each blob the file has been, once, the newest
    /// first as far as the commits' order goes, and of the commit it was met at; gives the commit that introduced
    /// each. `found` may say no to stop.
    ///
    /// # Errors
    /// When the object database cannot be read; what is merely missing is passed over.
    pub fn every_version(
        &mut self,
        tips: &[CommitId],
        mut found: impl FnMut(ObjectId, CommitId) -> bool,
    ) -> Result<SpreadMap<ObjectId, Introduced>> {
        let Self { graph, path, .. } = self;
        graph.begin_again();
        let keys = PathKeys::of(path);
        let mut introduced: SpreadMap<ObjectId, Introduced> = SpreadMap::default();
        let mut known: SpreadSet<ObjectId> = SpreadSet::default();
        let mut pending = BinaryHeap::new();
        for tip in tips {
            let commit = graph.place(tip.0);
            if graph.load(commit).is_ok() && !graph.has(commit, SEEN) {
                graph.set(commit, SEEN);
                pending.push((graph.node(commit).date, commit));
            }
        }
        while let Some((date, commit)) = pending.pop() {
            // Introduced means that no parent has it, so one that has is enough.
            let mut is_new = !graph.is_unchanged(commit, &keys);
            for n in 0..graph.parents(commit).len() {
                let Some(parent) = graph.parent(commit, n) else { continue };
                if graph.load(parent).is_err() {
                    continue;
                }
                is_new = is_new && graph.file(commit, path)? != graph.file(parent, path)?;
                if !graph.has(parent, SEEN) {
                    graph.set(parent, SEEN);
                    pending.push((graph.node(parent).date, parent));
                }
            }
            if !is_new {
                continue;
            }
            let FileAt::Present { mode: 0o100_644 | 0o100_755, id } = graph.file(commit, path)? else {
                continue;
            };
            let seconds = i64::try_from(date).unwrap_or(i64::MAX);
            let this = Introduced { by: CommitId(graph.node(commit).id), seconds };
            let earliest = introduced.entry(id).or_insert(this);
            if this.seconds < earliest.seconds {
                *earliest = this;
            }
            if known.insert(id) && !found(id, this.by) {
                break;
            }
        }
        Ok(introduced)
    }

    /// The versions of the same file, as [`Repository::walk`] lists them.
    ///
    /// # Errors
    /// As there.
    pub fn walk(mut self, tips: &[Tip], filter: Filter) -> Result<Walk<'r>> {
        self.graph.begin_again();
        Walk::new(self.repository, self.graph, &self.path, tips, filter)
    }
}

/// When commits were committed, for finding those near a time.
#[derive(Clone, Debug, Default)]
pub struct Dates {
    /// In seconds since 1970 UTC, the oldest first.
    sorted: Vec<(i64, CommitId)>,
}

impl Dates {
    /// The commits that were committed nearest to a time (seconds since 1970 UTC), the nearest first.
    #[must_use]
    pub fn near(&self, seconds: i64, most: usize) -> Vec<CommitId> {
        let (before, after) = self.sorted.split_at(self.sorted.partition_point(|(date, _)| *date < seconds));
        let mut near: Vec<_> = before.iter().rev().take(most).chain(after.iter().take(most)).collect();
        near.sort_unstable_by_key(|(date, commit)| (date.abs_diff(seconds), *commit));
        near.into_iter().take(most).map(|(_, commit)| *commit).collect()
    }
}

impl Repository {
    /// Begins to look at the file at `path` in every commit there is.
    ///
    /// # Errors
    /// When the object database cannot be opened.
    pub fn survey(&self, path: &str) -> Result<Survey<'_>> {
        Ok(Survey { repository: self, graph: Graph::new(self.objects()?), path: path.to_owned() })
    }

    /// When the commits behind the tips were committed; what is missing is passed over.
    ///
    /// # Errors
    /// When the object database cannot be opened.
    pub fn dates(&self, tips: &[CommitId]) -> Result<Dates> {
        let mut graph = Graph::new(self.objects()?);
        let mut pending: Vec<_> = tips.iter().map(|tip| graph.place(tip.0)).collect();
        let mut sorted = Vec::new();
        while let Some(commit) = pending.pop() {
            if graph.has(commit, SEEN) || graph.load(commit).is_err() {
                continue;
            }
            graph.set(commit, SEEN);
            let date = i64::try_from(graph.node(commit).date).unwrap_or(i64::MAX);
            sorted.push((date, CommitId(graph.node(commit).id)));
            pending.extend_from_slice(graph.parents(commit));
        }
        sorted.sort_unstable();
        Ok(Dates { sorted })
    }

    /// Where HEAD stood at each of these times (seconds since 1970 UTC): by its reflog as far back as that goes, and
    /// before that the last commit on its first-parent line. A guess, good for orientation only.
    #[must_use]
    pub fn head_at(&self, times: &[i64]) -> Vec<Option<CommitId>> {
        let mut stood: Vec<(i64, CommitId)> = Vec::new();
        if let Some(log) = self.reflog("HEAD") {
            stood.extend(
                log.iter().map(|entry| (entry.committer().when().seconds(), CommitId(entry.id_new()))),
            );
        }
        let mut line: Vec<(i64, CommitId)> = Vec::new();
        if let (Ok(Some(head)), Ok(objects)) = (self.head(), self.objects()) {
            let mut next = Some(head);
            // A damaged commit-graph may lead in a circle.
            let mut seen = SpreadSet::default();
            while let Some(id) = next.filter(|id| seen.insert(*id)) {
                let Ok(Some(skeleton)) = objects.commit(id.0) else { break };
                line.push((i64::try_from(skeleton.date).unwrap_or(i64::MAX), id));
                next = skeleton.parents.first().copied().map(CommitId);
            }
        }
        // Both have the newest in front. Of equal times the last one counts, so their order is kept, turned round.
        for list in [&mut stood, &mut line] {
            list.reverse();
            list.sort_by_key(|(at, _)| *at);
        }
        let last_before = |stood: &[(i64, CommitId)], time: i64| {
            let later = stood.partition_point(|(at, _)| *at <= time);
            stood.get(later.checked_sub(1)?).map(|(_, commit)| *commit)
        };
        times.iter().map(|&time| last_before(&stood, time).or_else(|| last_before(&line, time))).collect()
    }

    /// When a commit was committed.
    #[must_use]
    pub fn committed(&self, commit: CommitId) -> Option<Stamp> {
        self.reader().ok()?.commit(commit).ok().map(|commit| commit.committed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_commits_are_before_and_after() {
        let commit = |n: u8| CommitId::parse(&format!("{n:040x}")).unwrap();
        let sorted = [(0, 1), (10, 2), (20, 3), (20, 4), (30, 5), (i64::MAX, 6)];
        let dates = Dates { sorted: sorted.map(|(date, n)| (date, commit(n))).to_vec() };
        for (seconds, most, near) in [
            (18, 3, vec![3, 4, 2]),
            (20, 1, vec![3]),
            (15, 2, vec![2, 3]),
            (-5, 2, vec![1, 2]),
            (i64::MIN, 1, vec![1]),
            (i64::MAX, 2, vec![6, 5]),
            (20, 9, vec![3, 4, 2, 5, 1, 6]),
        ] {
            let near: Vec<_> = near.into_iter().map(commit).collect();
            assert_eq!(dates.near(seconds, most), near, "{most} near {seconds}");
        }
        assert!(Dates::default().near(0, 1).is_empty());
    }
}
