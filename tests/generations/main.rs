//! Generations: which commit and which lock each was built from, told by the program itself.
//!
//! Most tests build their systems with a real Nix, offline and in a store of their own ([`site`]); what no such Nix
//! would make, damaged and hostile systems and those of other tools, is written by hand ([`system`]). Without Nix the
//! former are skipped with a word, unless `FLAKEHIST_REQUIRE_NIX` is 1.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "the tests know what they made")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod ages;
mod differences;
mod hidden;
mod history;
mod hostile;
mod inputs;
mod kinds;
mod links;
mod newer;
mod packages;
mod repository;
mod running;
mod site;
mod status;
mod system;
mod targets;
mod trees;
