//! Any bytes as a commit-graph: it is refused, or whatever it says of its commits holds together.
#![no_main]

use std::sync::LazyLock;

use flakehist::git::{CommitGraph, PathKeys};
use libfuzzer_sys::fuzz_target;

static PATHS: LazyLock<[PathKeys; 3]> =
    LazyLock::new(|| ["flake.lock", "nix/flake.lock", "b\u{fc}ro/flake.lock"].map(PathKeys::of));

/// So many commits are looked at; an index may promise more than there is time for.
const MOST_COMMITS: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    let Some(graph) = CommitGraph::from_bytes(bytes.to_vec()) else { return };
    assert_eq!(graph.is_empty(), graph.places().next().is_none());
    for place in graph.places().take(MOST_COMMITS) {
        let _ = graph.generation(place);
        for path in PATHS.iter() {
            let _ = graph.is_unchanged(place, path);
        }
        if let Some(found) = graph.id(place).and_then(|id| Some((id, graph.find(id)?))) {
            assert_eq!(graph.id(found.1), Some(found.0), "another commit was found");
        }
        for (parent, id) in graph.commit(place).into_iter().flat_map(|recorded| recorded.parents) {
            assert_eq!(graph.id(parent), Some(id));
        }
    }
});
