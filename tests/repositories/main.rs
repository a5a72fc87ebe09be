//! Every kind of repository, every way to name a flake, every state of a working tree, every target of `show`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../support/mod.rs"]
mod support;

mod abbreviations;
mod clones;
mod finding;
mod folders;
mod formats;
mod layouts;
mod partial;
mod references;
mod reflog;
mod replace;
mod storage;
mod targets;
mod uncommitted;
mod unusual_files;
