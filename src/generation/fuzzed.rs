//! The doors of this room for `fuzz/`; not compiled into any program.

use std::path::Path;

use super::{Kept, nixos_version as script_of, registry as registry_of};

/// What the script `nixos-version` would print: version, revision of nixpkgs, revision of the configuration.
#[must_use]
pub fn nixos_version(script: &str, store: &Path) -> [Option<String>; 3] {
    let printed = script_of::read(script, store);
    [printed.version, printed.nixpkgs_revision, printed.configuration_revision]
}

/// The pins of a registry.
#[must_use]
pub fn registry(text: &str) -> Vec<Kept> {
    registry_of::pins(text, "").map(Kept::from).collect()
}
