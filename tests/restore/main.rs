//! The way back: `flakehist restore`, `undo` and `journal`, told by the program itself.
//!
//! What a rebuild does to a machine is tested on one whose systems a real Nix builds ([`machine`]), offline, with a
//! `nixos-rebuild` that takes the steps of the real one. What the file, the index and the journal go through needs
//! no Nix, and is tested on a repository with made-up locks ([`place`]).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "the tests know what they made")]

#[path = "../support/mod.rs"]
mod support;

mod activation;
mod back;
mod committing;
mod failures;
mod faults;
mod fit;
mod hostile;
mod journal;
mod machine;
mod owners;
mod parts;
mod place;
mod plan;
mod signals;
mod tools;
mod trees;
