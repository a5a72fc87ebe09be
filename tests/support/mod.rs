//! What the integration tests share: scratch repositories made by the real git, and the built program run in a world
//! of its own. Nothing of the machine's or the user's configuration gets in.

#![allow(dead_code, unused_imports, reason = "each test program uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod chance;
mod lock;
mod run;
mod scratch;

pub(crate) use chance::Chance;
pub(crate) use lock::{lock, lock_with, rev};
pub(crate) use run::{Flakehist, Outcome, program, skipped, variable};
pub(crate) use scratch::{NOW, Scratch, day};
