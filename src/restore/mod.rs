//! The way back: an earlier lock is put back and the system rebuilt from it, and nothing is lost on the way.
//!
//! [`Situation`] looks how things stand, [`plan()`] makes the steps as values, [`apply()`] takes them and puts
//! everything back when one fails, [`journal`] remembers in git what was done, so that it can be undone.

mod apply;
mod check;
mod command;
mod exclusive;
mod fit;
mod git;
pub mod journal;
mod machine;
mod obstacles;
mod owner;
mod plan;
mod ready;
mod rebuild;
mod report;
mod run;
mod situation;
mod write;

pub use apply::apply;
pub use check::{asked, can_evaluate, foresee};
pub use command::{CommandLine, Programs};
pub use exclusive::is_at_work;
pub use fit::{Misfit, Why};
pub use machine::{Machine, Standing};
pub use obstacles::{Obstacle, locked_index, obstacles};
pub use owner::{Owner, as_owner, is_root};
pub use plan::{Goal, Hazard, Plan, Request, Step, Then, Versions, plan};
pub use ready::{ready, who_commits};
pub use rebuild::{Action, Family, Wanted, command};
pub use report::{Event, Report, Surroundings, does_not_fit};
pub use run::{Interrupt, last_words, output, run};
pub use situation::{Situation, linked_worktree};
pub use write::{clear_leftovers, may_write, remove, replace};
