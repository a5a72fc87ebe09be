//! For examples that ask Nix.

use std::process::Command;

/// Whether there is a Nix that a restore can ask. What it shows without one is another text.
pub(crate) fn has_nix() -> bool {
    let found = Command::new("nix").arg("--version").output().is_ok();
    let is_required = std::env::var_os("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
    assert!(found || !is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no Nix");
    found
}
