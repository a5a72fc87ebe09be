//! What kind of configuration the machine has, and what is done with it.

use std::path::Path;

use crate::cli::args;
use crate::restore::{Action, Family};

/// The action that was asked for.
pub(super) fn action(action: args::Action) -> Action {
    match action {
        args::Action::Switch => Action::Switch,
        args::Action::Boot => Action::Boot,
        args::Action::Test => Action::Test,
        args::Action::Build => Action::Build,
        args::Action::DryActivate => Action::DryActivate,
    }
}

/// What kind of configuration a profile holds: by the name of what it leads to, else by its own.
pub(super) fn family(profile: &Path) -> Family {
    let name =
        |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let target = profile.canonicalize().map(|end| name(&end)).unwrap_or_default();
    let own = name(profile);
    if target.contains("-darwin-system-") {
        Family::Darwin
    } else if target.ends_with("-home-manager-generation") || own == "home-manager" {
        Family::Home
    } else if target.ends_with("-system-manager") || own == "system-manager" {
        Family::SystemManager
    } else if target.is_empty() && cfg!(target_os = "macos") {
        Family::Darwin
    } else {
        Family::NixOs
    }
}

/// The kinds of configuration that come into question: the profile's alone when it was named.
pub(super) fn families(of_profile: Family, is_named: bool) -> Vec<Family> {
    let mut families = vec![of_profile];
    if !is_named {
        let others = [Family::NixOs, Family::Darwin, Family::Home, Family::SystemManager];
        let darwin = cfg!(target_os = "macos");
        let possible = |family: &Family| *family != if darwin { Family::NixOs } else { Family::Darwin };
        families.extend(others.into_iter().filter(possible).filter(|family| *family != of_profile));
    }
    families
}
