//! Asking Nix whether it takes the lock as it is for today's flake.nix, without fetching anything.

use std::path::Path;

use crate::error::Result;
use crate::lock::Lock;

use super::command::CommandLine;
use super::fit::{Asked, Misfit, misfits};
use super::owner::Owner;
use super::run;

/// What the answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Nix takes the lock as it is.
    Fits,
    /// Nix would change it: where that could be told, on account of these inputs.
    Differs(Vec<Misfit>),
    /// Nix could not say; why.
    Unknown(String),
}

/// Features that Nix wants to be asked for.
const FEATURES: [&str; 2] = ["--extra-experimental-features", "nix-command flakes"];

/// What Nix says when the lock would have to change (`flake.cc`, all versions since 2.4).
const WOULD_CHANGE: &str = "requires lock file changes";

/// Evaluates the inputs of a flake.nix, which have to be literals: nothing is fetched, no output is called, and paths
/// do not become store paths.
fn expression(folder: &Path) -> String {
    let path = folder.join("flake.nix").to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let path = path.replace("${", "\\${");
    format!(
        "let f = import (/. + \"{path}\"); \
         strip = v: if builtins.isPath v then \"path:\" + toString v \
         else if builtins.isAttrs v then builtins.mapAttrs (_: strip) v else v; \
         in {{ inputs = strip (f.inputs or {{}}); \
         formals = if builtins.isFunction f.outputs then builtins.attrNames (builtins.functionArgs f.outputs) else []; }}"
    )
}

/// What flake.nix in `folder` asks for; `None` when Nix could not tell.
///
/// # Errors
/// When Nix cannot be started.
pub fn asked(nix: &Path, folder: &Path, owner: Option<&Owner>) -> Result<Option<Asked>> {
    // Nix would wait for a pipe.
    if !folder.join("flake.nix").is_file() {
        return Ok(None);
    }
    let expression = expression(folder);
    let words = FEATURES.iter().copied().chain(["eval", "--impure", "--json", "--expr", expression.as_str()]);
    let output = run::offline(&CommandLine::new(nix, words), folder, owner)?;
    Ok(output.status.success().then(|| Asked::read(&output.stdout)).flatten())
}

/// Whether a Nix evaluates anything at all with the features that flakes need; else why not.
///
/// # Errors
/// When it does not.
pub fn can_evaluate(nix: &Path) -> std::result::Result<(), String> {
    let words = FEATURES.iter().copied().chain(["eval", "--expr", "1"]);
    match run::output(&CommandLine::new(nix, words), Path::new("/"), None, b"") {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(run::last_words(&output)),
        Err(error) => Err(error.to_string()),
    }
}

/// The inputs of a lock that flake.nix in `folder` does not ask for in this way, as far as can be told without asking
/// Nix to lock anything; none when nothing can be told.
#[must_use]
pub fn foresee(nix: &Path, folder: &Path, owner: Option<&Owner>, lock: &Lock) -> Vec<Misfit> {
    let asked = asked(nix, folder, owner).ok().flatten();
    asked.map(|asked| misfits(&asked, lock)).unwrap_or_default()
}

/// Checks the lock that lies in the flake's folder, as git sees it there.
///
/// First by comparing what flake.nix asks for, because Nix itself would go and fetch an input that is missing before
/// it says that it is; only where nothing speaks against the lock is Nix asked for the last word.
///
/// # Errors
/// When Nix cannot be started.
pub(super) fn check(nix: &Path, folder: &Path, owner: Option<&Owner>, lock: &Lock) -> Result<Fit> {
    let found = foresee(nix, folder, owner, lock);
    if !found.is_empty() {
        return Ok(Fit::Differs(found));
    }
    let words = FEATURES.iter().copied().chain([
        "flake",
        "metadata",
        "--no-update-lock-file",
        "--offline",
        "--json",
        ".",
    ]);
    let output = run::offline(&CommandLine::new(nix, words), folder, owner)?;
    if output.status.success() {
        return Ok(Fit::Fits);
    }
    let said = run::last_words(&output);
    Ok(if said.contains(WOULD_CHANGE) { Fit::Differs(Vec::new()) } else { Fit::Unknown(said) })
}

/// Lets Nix write what the lock in `folder` lacks.
///
/// # Errors
/// When Nix cannot be started. `Ok(Err(…))` holds what Nix said when it failed.
pub(super) fn relock(
    nix: &Path,
    folder: &Path,
    owner: Option<&Owner>,
) -> Result<std::result::Result<(), String>> {
    let words = FEATURES.iter().copied().chain(["flake", "lock", "."]);
    let output = run::output(&CommandLine::new(nix, words), folder, owner, b"")?;
    Ok(if output.status.success() { Ok(()) } else { Err(run::last_words(&output)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_string_for_nix_whatever_is_in_it() {
        let expression = expression(Path::new("/a\"b\\c${d}\ne"));
        assert!(expression.contains("/. + \"/a\\\"b\\\\c\\${d}\ne/flake.nix\""), "{expression}");
    }
}
