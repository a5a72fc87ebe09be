//! Every version a file ever had, wherever git still knows of it: all refs, all reflogs, the stash.
//!
//! Unlike a walk this leaves nothing out: a side branch whose lock lost a merge is part of the answer too.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, SEEN};
use super::objects::FileAt;
use super::{CommitId, ObjectId, Repository, Stamp};
use crate::error::Result;

/// The commit that brought a blob in: the earliest one that has it while none of its parents has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduced {
    /// The commit.
    pub by: CommitId,
    /// Its committer's date in seconds since 1970 UTC.
    pub seconds: i64,
}

impl Repository {
    /// Goes through every commit behind the tips and tells `found` of each blob the file has been, once, the newest
    /// first as far as the commits' order goes; gives the commit that introduced each. `found` may say no to stop.
    ///
    /// # Errors
    /// When the object database cannot be read; what is merely missing is passed over.
    pub fn every_version(
        &self,
        path: &str,
        tips: &[CommitId],
        mut found: impl FnMut(ObjectId) -> bool,
    ) -> Result<HashMap<ObjectId, Introduced>> {
        let mut graph = Graph::new(self.objects()?);
        let mut introduced: HashMap<ObjectId, Introduced> = HashMap::new();
        let mut known: HashSet<ObjectId> = HashSet::new();
        let mut pending = std::collections::BinaryHeap::new();
        for tip in tips {
            let commit = graph.place(tip.0);
            if graph.load(commit).is_ok() && !graph.has(commit, SEEN) {
                graph.set(commit, SEEN);
                pending.push((graph.node(commit).date, commit));
            }
        }
        while let Some((date, commit)) = pending.pop() {
            let file = graph.file(commit, path)?;
            let mut is_new = true;
            for n in 0..graph.parents(commit).len() {
                let Some(parent) = graph.parent(commit, n) else { continue };
                if graph.load(parent).is_err() {
                    continue;
                }
                is_new &= graph.file(parent, path)? != file;
                if !graph.has(parent, SEEN) {
                    graph.set(parent, SEEN);
                    pending.push((graph.node(parent).date, parent));
                }
            }
            let FileAt::Present { mode: 0o100_644 | 0o100_755, id } = file else { continue };
            if !is_new {
                continue;
            }
            let seconds = i64::try_from(date).unwrap_or(i64::MAX);
            let this = Introduced { by: CommitId(graph.node(commit).id), seconds };
            let earliest = introduced.entry(id).or_insert(this);
            if this.seconds < earliest.seconds {
                *earliest = this;
            }
            if known.insert(id) && !found(id) {
                break;
            }
        }
        Ok(introduced)
    }

    /// The commits behind the tips that were committed nearest to a time (seconds since 1970 UTC), the nearest first.
    ///
    /// # Errors
    /// When the object database cannot be read; what is merely missing is passed over.
    pub fn commits_near(&self, tips: &[CommitId], seconds: i64, most: usize) -> Result<Vec<CommitId>> {
        let mut graph = Graph::new(self.objects()?);
        let mut pending: Vec<_> = tips.iter().map(|tip| graph.place(tip.0)).collect();
        let mut found = Vec::new();
        while let Some(commit) = pending.pop() {
            if graph.has(commit, SEEN) || graph.load(commit).is_err() {
                continue;
            }
            graph.set(commit, SEEN);
            let date = i64::try_from(graph.node(commit).date).unwrap_or(i64::MAX);
            found.push((date.abs_diff(seconds), CommitId(graph.node(commit).id)));
            pending.extend_from_slice(graph.parents(commit));
        }
        found.sort_unstable();
        Ok(found.into_iter().take(most).map(|(_, commit)| commit).collect())
    }

    /// Where HEAD stood at each of these times (seconds since 1970 UTC): by its reflog as far back as that goes, and
    /// before that the last commit on its first-parent line. A guess, good for orientation only.
    #[must_use]
    pub fn head_at(&self, times: &[i64]) -> Vec<Option<CommitId>> {
        let mut stood: Vec<(i64, CommitId)> = Vec::new();
        if let Ok(log) = self.inner.reflog("HEAD") {
            stood.extend(
                log.iter().map(|entry| (entry.committer().when().seconds(), CommitId(entry.id_new()))),
            );
        }
        let mut line: Vec<(i64, CommitId)> = Vec::new();
        if let (Ok(Some(head)), Ok(objects)) = (self.head(), self.objects()) {
            let mut next = Some(head);
            while let Some(id) = next {
                let Ok(Some(skeleton)) = objects.commit(id.0) else { break };
                line.push((i64::try_from(skeleton.date).unwrap_or(i64::MAX), id));
                next = skeleton.parents.first().copied().map(CommitId);
            }
        }
        let last_before = |stood: &[(i64, CommitId)], time: i64| {
            stood.iter().filter(|(at, _)| *at <= time).max_by_key(|(at, _)| *at).map(|(_, commit)| *commit)
        };
        times.iter().map(|&time| last_before(&stood, time).or_else(|| last_before(&line, time))).collect()
    }

    /// When a commit was committed.
    #[must_use]
    pub fn committed(&self, commit: CommitId) -> Option<Stamp> {
        self.reader().ok()?.commit(commit).ok().map(|commit| commit.committed)
    }
}
