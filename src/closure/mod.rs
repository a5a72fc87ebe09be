//! What belongs to a system: the store paths of its closure as packages with versions, and what changed between two.
//! Pure: names in, values out.
//!
//! A store path says little of itself, so names and versions are taken apart by rule, as Nix does it
//! ([`Package::of`]), and versions stand in the order that Nix gives them ([`compare_versions`]).

mod diff;
mod package;
mod version;

pub use diff::{Kind, PackageChange, apart, compare};
pub use package::Package;
pub use version::compare_versions;
