//! `flakehist diff`: which two locks, in which form, with which exit code; beside real git where git does the like.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../support/mod.rs"]
mod support;

mod exit;
mod missing;
mod patch;
mod targets;
mod unreadable;

use support::{Scratch, rev};

/// The changes of `diff --json`, in words: `nixpkgs 1→2`.
fn told(scratch: &Scratch, args: &[&str]) -> Vec<String> {
    let run = scratch.flakehist(["diff", "--json"].iter().chain(args)).success();
    let number = |side: &serde_json::Value| match side["rev"].as_str() {
        Some(shown) => (0..1000).find(|&n| rev(n) == shown).unwrap().to_string(),
        None => String::new(),
    };
    let changes = run.json()["changes"].as_array().unwrap().clone();
    changes
        .iter()
        .map(|change| {
            let input = change["input"].as_str().unwrap();
            format!("{input} {}→{}", number(&change["from"]), number(&change["to"]))
        })
        .collect()
}
