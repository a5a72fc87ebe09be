//! The merge bases of `A...B`, found the way git finds them.
//!
//! The way matters, not only the result: a walk treats excluded commits that were read before it began differently
//! from those it comes across, and git reads commits while it looks for merge bases (`paint_down_to_common` in
//! `commit-reach.c`). So the search reads the same commits into the walk's own graph.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::graph::{Graph, Index};
use crate::error::Result;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
/// Behind a common ancestor that was found already.
const STALE: u8 = 4;

/// The best common ancestors: those that no other common ancestor leads to.
pub(super) fn merge_bases(graph: &mut Graph<'_>, left: Index, right: Index) -> Result<Vec<Index>> {
    if left == right {
        return Ok(vec![left]);
    }
    let mut found = Vec::new();
    let mut colors: HashMap<Index, u8> = HashMap::from([(left, LEFT), (right, RIGHT)]);
    let mut queue = BinaryHeap::new();
    let mut put = 0u64;
    for commit in [left, right] {
        graph.load(commit)?;
        queue.push((graph.node(commit).date, Reverse(put), commit));
        put += 1;
    }
    let color = |colors: &HashMap<Index, u8>, commit: Index| colors.get(&commit).copied().unwrap_or(0);
    while queue.iter().any(|(.., commit)| color(&colors, *commit) & STALE == 0) {
        let Some((.., commit)) = queue.pop() else { break };
        let mut here = color(&colors, commit);
        if here == LEFT | RIGHT {
            if !found.contains(&commit) {
                found.push(commit);
            }
            here |= STALE;
        }
        for n in 0..graph.parents(commit).len() {
            let Some(parent) = graph.parent(commit, n) else { continue };
            let known = color(&colors, parent);
            if known & here == here {
                continue;
            }
            graph.load(parent)?;
            colors.insert(parent, known | here);
            queue.push((graph.node(parent).date, Reverse(put), parent));
            put += 1;
        }
    }
    // A commit may have been taken for a base before the way to it from another one was found.
    found.retain(|commit| color(&colors, *commit) & STALE == 0);
    found.sort_by_key(|&commit| Reverse(graph.node(commit).date));
    Ok(found)
}
