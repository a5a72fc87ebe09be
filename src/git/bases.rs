//! The merge bases of `A...B`, found the way git finds them.
//!
//! The way matters, not only the result: a walk treats excluded commits that were read before it began differently
//! from those it comes across, and git reads commits while it looks for merge bases (`paint_down_to_common` in
//! `commit-reach.c`). So the search reads the same commits into the walk's own graph.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::graph::{Graph, Index};
use super::{CommitId, Repository};
use crate::error::Result;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
/// Behind a common ancestor that was found already.
const STALE: u8 = 4;

impl Repository {
    /// The commit from which two histories went apart: the newest of their best common ancestors. `None` where they
    /// have none.
    ///
    /// # Errors
    /// When a commit on the way is missing or damaged.
    pub fn merge_base(&self, left: CommitId, right: CommitId) -> Result<Option<CommitId>> {
        let mut graph = Graph::new(self.objects()?);
        let (left, right) = (graph.place(left.0), graph.place(right.0));
        let bases = merge_bases(&mut graph, left, right)?;
        Ok(bases.first().map(|&base| CommitId(graph.node(base).id)))
    }
}

/// The best common ancestors: those that no other common ancestor leads to.
pub(super) fn merge_bases(graph: &mut Graph<'_>, left: Index, right: Index) -> Result<Vec<Index>> {
    if left == right {
        return Ok(vec![left]);
    }
    let colors = paint(graph, left, &[right], 0)?;
    let mut found: Vec<Index> =
        colors.common.iter().copied().filter(|&commit| colors.of(commit) & STALE == 0).collect();
    found.sort_by_key(|&commit| Reverse(graph.node(commit).date));
    // With clocks that were wrong one may have been found before the way to it from another.
    if found.len() > 1 { without_redundant(graph, &found) } else { Ok(found) }
}

/// git's `remove_redundant_no_gen`: leaves out what another one leads to. With a commit-graph git has another way, to
/// the same end.
fn without_redundant(graph: &mut Graph<'_>, bases: &[Index]) -> Result<Vec<Index>> {
    let mut redundant: Vec<Index> = Vec::new();
    for &base in bases {
        if redundant.contains(&base) {
            continue;
        }
        let others: Vec<Index> =
            bases.iter().copied().filter(|other| *other != base && !redundant.contains(other)).collect();
        // None of them can be an ancestor of what is older than all of them.
        let generations = others.iter().chain([&base]).map(|&commit| graph.generation(commit));
        let least = generations.min().unwrap_or(0);
        let colors = paint(graph, base, &others, least)?;
        if colors.of(base) & RIGHT != 0 {
            redundant.push(base);
        }
        redundant.extend(others.into_iter().filter(|&other| colors.of(other) & LEFT != 0));
    }
    Ok(bases.iter().copied().filter(|base| !redundant.contains(base)).collect())
}

/// What was reached from where.
struct Colors {
    colors: HashMap<Index, u8>,
    /// Commits reached from both sides, in the order they were found.
    common: Vec<Index>,
}

impl Colors {
    fn of(&self, commit: Index) -> u8 {
        self.colors.get(&commit).copied().unwrap_or(0)
    }
}

/// Walks down from both sides, newest first, until nothing is left but what lies behind common ancestors, or is of an
/// older generation than the `least`.
fn paint(graph: &mut Graph<'_>, left: Index, right: &[Index], least: u64) -> Result<Colors> {
    // As git does it; topological levels alone would lead it deep into side branches.
    let by_generation = least > 0 || graph.has_dates();
    let age = |graph: &Graph<'_>, commit: Index| {
        let generation = if by_generation { graph.generation(commit) } else { 0 };
        (generation, graph.node(commit).date)
    };
    let mut colors = Colors { colors: HashMap::new(), common: Vec::new() };
    let mut queue = BinaryHeap::new();
    let mut put = 0u64;
    let sides = std::iter::once((left, LEFT)).chain(right.iter().map(|&commit| (commit, RIGHT)));
    for (commit, side) in sides {
        graph.load(commit)?;
        *colors.colors.entry(commit).or_insert(0) |= side;
        queue.push((age(graph, commit), Reverse(put), commit));
        put += 1;
    }
    while queue.iter().any(|(.., commit)| colors.of(*commit) & STALE == 0) {
        let Some(((generation, _), _, commit)) = queue.pop() else { break };
        if generation < least {
            break;
        }
        let mut here = colors.of(commit);
        if here == LEFT | RIGHT {
            if !colors.common.contains(&commit) {
                colors.common.push(commit);
            }
            here |= STALE;
        }
        for n in 0..graph.parents(commit).len() {
            let Some(parent) = graph.parent(commit, n) else { continue };
            let known = colors.of(parent);
            if known & here == here {
                continue;
            }
            graph.load(parent)?;
            colors.colors.insert(parent, known | here);
            queue.push((age(graph, parent), Reverse(put), parent));
            put += 1;
        }
    }
    Ok(colors)
}
