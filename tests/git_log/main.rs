//! `flakehist log` lists the very commits that `git log [options] -- flake.lock` lists, in the same order. The real
//! git, run beside it on the same repository, says what is right.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../support/mod.rs"]
mod support;

mod authors;
mod commit_graph;
mod corpus;
mod dates;
mod follow;
mod graphs;
mod nasty;
mod options;
mod paths;
mod random;
mod ranges;
mod refs;
