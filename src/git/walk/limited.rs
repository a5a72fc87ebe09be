//! A range is found as a whole before its first commit is listed, because a commit may turn out to be excluded later.

use std::collections::VecDeque;

use super::Walk;
use crate::error::Result;
use crate::git::graph::{Index, UNINTERESTING};

/// How often git looks past the last interesting commit before it believes that a range is complete, for the sake
/// of clocks that were wrong (`SLOP` in `revision.c`).
const SLOP: u32 = 5;

impl Walk<'_> {
    /// git's `limit_list`: everything in the range, before the first commit is listed.
    pub(super) fn limit(&mut self) -> Result<VecDeque<Index>> {
        let mut inside = VecDeque::new();
        let mut newest_left = u64::MAX;
        let mut slop = SLOP;
        let mut known_interesting = None;
        while let Some((date, _, commit)) = self.queue.pop() {
            if known_interesting == Some(commit) {
                known_interesting = None;
            }
            if self.filter.since.is_some_and(|since| date < since) {
                self.graph.set(commit, UNINTERESTING);
            }
            self.visit(commit)?;
            if self.graph.has(commit, UNINTERESTING) {
                self.graph.exclude_ancestors(commit);
                slop = self.slop_left(newest_left, slop, &mut known_interesting);
                if slop == 0 {
                    break;
                }
            } else if self.filter.until.is_none_or(|until| date <= until) {
                newest_left = date;
                inside.push_back(commit);
            }
        }
        Ok(inside)
    }

    /// git's `still_interesting`: how much longer to look for commits that turn out to be excluded.
    fn slop_left(&self, listed_last: u64, slop: u32, known_interesting: &mut Option<Index>) -> u32 {
        let Some((newest, ..)) = self.queue.peek() else { return 0 };
        if listed_last <= *newest {
            return SLOP;
        }
        let interesting = |commit: Index| !self.graph.has(commit, UNINTERESTING);
        if known_interesting.is_some_and(interesting) {
            return SLOP;
        }
        *known_interesting =
            self.queue.iter().map(|(.., commit)| *commit).find(|&commit| interesting(commit));
        if known_interesting.is_some() { SLOP } else { slop - 1 }
    }
}
