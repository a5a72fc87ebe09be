//! git and Nix.

use std::ffi::OsStr;
use std::path::Path;

use crate::restore::{CommandLine, Programs, can_evaluate, output};
use crate::view::doctor::Check;

/// The `git` program. Histories are read without it.
pub(super) fn git(programs: &Programs) -> Check {
    let Some(git) = programs.find("git") else {
        return Check::mind("git", "there is no `git` on PATH")
            .hint("`--commit`, `git-setup`, and a lock that git does not track yet need it");
    };
    match version(&git) {
        Some(version) => Check::fine("git", format!("{version}, {}", git.display())),
        None => Check::mind("git", format!("{} does not tell its version", git.display())),
    }
}

/// Nix, and whether it evaluates what flakes need.
pub(super) fn nix(programs: &Programs) -> Check {
    let Some(nix) = programs.find("nix") else {
        return Check::mind(
            "nix",
            "there is no `nix` on PATH, so nobody can be asked whether it takes a lock",
        )
        .hint("histories, generations and differences are shown all the same");
    };
    let Some(version) = version(&nix) else {
        return Check::mind("nix", format!("{} does not tell its version", nix.display()));
    };
    match can_evaluate(&nix) {
        Ok(()) => Check::fine("nix", format!("{version}, {}; it evaluates", nix.display())),
        Err(why) => Check::mind("nix", format!("{version} cannot evaluate: {why}"))
            .hint("flakes need Nix 2.4 or newer, and a store it can read"),
    }
}

/// The first line a program writes when it is asked for its version.
fn version(program: &Path) -> Option<String> {
    let line = CommandLine::new(program, [OsStr::new("--version")]);
    let output = output(&line, Path::new("/"), None, b"").ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}
