//! What NixOS (nix-darwin, home-manager, system-manager) kept: the generations of a profile and what each says of
//! itself.
//!
//! Only directories that are named are read; nothing in them is executed, every file is optional, read up to a limit,
//! and believed to be text by a stranger. A generation that cannot be read is a generation all the same.

mod comin;
mod facts;
mod files;
#[cfg(fuzzing)]
pub mod fuzzed;
mod kept;
mod links;
mod nixos_version;
mod profile;
mod registry;
mod revision;
mod version;

use std::path::PathBuf;

pub use facts::{Facts, Told};
pub use kept::Kept;
pub use profile::{Default, Kind, Places, Profile, Reading};
pub use revision::ConfigurationRevision;
pub use version::{NixpkgsRevision, Version};

/// How much of each system to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What tells which inputs it was built from.
    Origin,
    /// Also its kernel and its specialisations. That is a third of all files there are to look at, and a profile may
    /// have thousands of generations.
    Everything,
}

/// One generation of a profile.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number. Numbers are used again when the highest generation was deleted.
    pub number: u64,
    /// When its link was made, in seconds since 1970 UTC: when this generation first came to be.
    pub created: i64,
    /// What the link says.
    pub target: PathBuf,
    /// What state it is in.
    pub condition: Condition,
    /// The system's own path in the store; behind a deploy-rs wrapper the wrapped one. `None` when it is gone.
    pub toplevel: Option<PathBuf>,
    /// Whether the profile stands on it, so that the next boot takes it.
    pub is_default: bool,
    /// Whether its system is running, and as what.
    pub running: Option<Running>,
    /// Whether the machine was booted from it, and as what.
    pub booted: Option<Running>,
    /// What it says of itself.
    pub facts: Facts,
}

/// How a generation's system runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The specialisation that runs, if it is one.
    pub specialisation: Option<String>,
}

/// What state a generation is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The link leads to a store path that is there.
    Sound,
    /// The store path is gone.
    Gone,
    /// The link is unlike what Nix makes; in what way.
    Odd(String),
    /// It runs without any link of the profile leading to it: it is no generation, and its number (0) says nothing.
    Unlinked,
}
