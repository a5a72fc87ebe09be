//! Which command rebuilds this machine, and with which words.
//!
//! The tools and their options are those of facts known of each: nixos-rebuild (both kinds), nh, nixos-cli,
//! darwin-rebuild, home-manager, system-manager. All of them hand `--no-update-lock-file` to Nix, so that the lock
//! that was restored is the lock that is built, or nothing is.

use std::path::Path;

use crate::error::{Error, Result};

use super::command::{CommandLine, Programs};

/// What is to be done with the system that was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run it now, and at the next boot.
    Switch,
    /// Run it at the next boot.
    Boot,
    /// Run it now, but not at the next boot.
    Test,
    /// Only build it.
    Build,
    /// Build it, and say what activating it would do.
    DryActivate,
}

impl Action {
    /// As nixos-rebuild calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Boot => "boot",
            Self::Test => "test",
            Self::Build => "build",
            Self::DryActivate => "dry-activate",
        }
    }

    /// Whether it changes the machine.
    #[must_use]
    pub fn activates(self) -> bool {
        matches!(self, Self::Switch | Self::Boot | Self::Test)
    }
}

/// What kind of configuration a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `nixosConfigurations`.
    NixOs,
    /// `darwinConfigurations`.
    Darwin,
    /// `homeConfigurations`.
    Home,
    /// `systemConfigs`.
    SystemManager,
}

impl Family {
    /// The output of the flake that holds it.
    fn output(self) -> &'static str {
        match self {
            Self::NixOs => "nixosConfigurations",
            Self::Darwin => "darwinConfigurations",
            Self::Home => "homeConfigurations",
            Self::SystemManager => "systemConfigs",
        }
    }
}

/// A tool that rebuilds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    NixosRebuild,
    NixosCli,
    DarwinRebuild,
    HomeManager,
    SystemManager,
    Nh,
}

/// By the program's name, in the order in which they are preferred.
const TOOLS: [(&str, Tool, &[Family]); 6] = [
    ("nixos-rebuild", Tool::NixosRebuild, &[Family::NixOs]),
    ("darwin-rebuild", Tool::DarwinRebuild, &[Family::Darwin]),
    ("home-manager", Tool::HomeManager, &[Family::Home]),
    ("system-manager", Tool::SystemManager, &[Family::SystemManager]),
    ("nixos", Tool::NixosCli, &[Family::NixOs]),
    ("nh", Tool::Nh, &[Family::NixOs, Family::Darwin, Family::Home]),
];

/// What is wanted of a rebuild.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// What to do with the result.
    pub action: Action,
    /// The configuration's name in the flake, when one was named.
    pub host: Option<&'w str>,
    /// The name of this machine, for `{host}` where none was named.
    pub machine: &'w str,
    /// The flake's folder, absolute; the command is to run in it.
    pub folder: &'w Path,
    /// The text of flake.nix, which tells what kinds of configuration it has.
    pub flake_nix: &'w str,
    /// The kinds of configuration that come into question, the likeliest first.
    pub families: &'w [Family],
    /// A command line of the user's own, or the name of a tool (`flakehist.rebuild`).
    pub configured: Option<&'w str>,
    /// Whether we are root.
    pub is_root: bool,
    /// Whether Nix may change the lock on the way (`--relock`).
    pub may_relock: bool,
    /// What the user adds for the tool.
    pub arguments: &'w [String],
}

/// The command that rebuilds, and the kind of configuration it builds where that is known.
///
/// # Errors
/// When there is no tool for it here, or it cannot do what is wanted.
pub fn command(wanted: &Wanted<'_>, programs: &Programs) -> Result<(CommandLine, Option<Family>)> {
    if let Some(configured) = wanted.configured {
        let named = TOOLS.iter().find(|(name, ..)| *name == configured);
        let Some((name, tool, families)) = named else {
            return Ok((own(configured, wanted, programs)?, None));
        };
        let family = families.iter().find(|family| wanted.families.contains(family)).or(families.first());
        let family = family.copied().unwrap_or(Family::NixOs);
        if programs.find(name).is_none() {
            return Err(Error::new(format!("there is no `{name}` on this machine"))
                .because("`flakehist.rebuild` names it")
                .hint("`--no-rebuild` restores the lock alone"));
        }
        return Ok((line(*tool, family, wanted, programs)?, Some(family)));
    }
    let mentioned = |family: &&Family| wanted.flake_nix.contains(family.output());
    let offered: Vec<Family> = wanted.families.iter().filter(mentioned).copied().collect();
    // A flake may make its outputs elsewhere than in flake.nix.
    let families = if offered.is_empty() { wanted.families } else { &offered };
    for family in families {
        for (name, tool, of) in TOOLS {
            // nh refuses to be root.
            let can = of.contains(family) && !(tool == Tool::Nh && wanted.is_root);
            if can && programs.find(name).is_some() {
                return Ok((line(tool, *family, wanted, programs)?, Some(*family)));
            }
        }
    }
    let outputs: Vec<&str> = families.iter().map(|family| family.output()).collect();
    Err(Error::new("there is no tool here that rebuilds this machine")
        .because(format!("flakehist looked on PATH for one that builds {}", outputs.join(" or ")))
        .hint("`--no-rebuild` restores the lock alone")
        .hint(
            "or name the command: `git config flakehist.rebuild 'nixos-rebuild {action} --flake {flake}#{host}'`",
        ))
}

/// The user's own command line: split as a shell would, then the words are filled in, so that nothing in a name can
/// become more than a word.
fn own(configured: &str, wanted: &Wanted<'_>, programs: &Programs) -> Result<CommandLine> {
    let words = shlex::split(configured).filter(|words| !words.is_empty()).ok_or_else(|| {
        Error::usage(format!("`flakehist.rebuild` is no command line: `{configured}`"))
            .because("a quote is not closed, or nothing is there")
    })?;
    let host = wanted.host.unwrap_or(wanted.machine);
    let folder = wanted.folder.to_string_lossy();
    let mut words = words.into_iter().map(|word| fill(&word, &folder, host, wanted.action.name()));
    let program = words.next().unwrap_or_default();
    if !program.contains('/') && programs.find(&program).is_none() {
        return Err(Error::new(format!("there is no `{program}` on this machine"))
            .because("`flakehist.rebuild` names it")
            .hint("`--no-rebuild` restores the lock alone"));
    }
    Ok(CommandLine::new(program, words.chain(wanted.arguments.iter().cloned())).located(programs))
}

/// Fills `{flake}`, `{host}` and `{action}` in, each place once: what is filled in is not looked at again.
fn fill(word: &str, flake: &str, host: &str, action: &str) -> String {
    let mut filled = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = [("flake}", flake), ("host}", host), ("action}", action)];
        match known.iter().find_map(|(name, value)| Some((after.strip_prefix(name)?, value))) {
            Some((after, value)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn line(tool: Tool, family: Family, wanted: &Wanted<'_>, programs: &Programs) -> Result<CommandLine> {
    let action = wanted.action;
    let cannot = |program: &str, instead: &str| {
        Error::new(format!("{program} has no way to `{}`", action.name())).hint(instead.to_owned())
    };
    // `.` for the flake, and the folder as the place to run in: so no character of a path has to be escaped.
    let flake = wanted.host.map_or_else(|| ".".to_owned(), |host| format!(".#{host}"));
    let mut words: Vec<String> = Vec::new();
    let mut add = |more: &[&str]| words.extend(more.iter().map(|&word| word.to_owned()));
    let keep_lock: &[&str] = if wanted.may_relock { &[] } else { &["--no-update-lock-file"] };
    let mut program = None;
    match tool {
        Tool::NixosRebuild => {
            add(&[action.name(), "--flake", &flake]);
            add(keep_lock);
            if !wanted.is_root && action.activates() {
                add(&[elevation_of_nixos_rebuild(programs)]);
            }
        }
        Tool::NixosCli => {
            add(&["apply", &flake]);
            match action {
                Action::Switch => add(&["-y"]),
                Action::Boot => add(&["-y", "--no-activate"]),
                Action::Test => add(&["-y", "--no-boot"]),
                Action::Build => add(&["--no-activate", "--no-boot"]),
                Action::DryActivate => add(&["--dry"]),
            }
            add(keep_lock);
        }
        Tool::DarwinRebuild => {
            let name = match action {
                Action::Switch => "switch",
                Action::Build => "build",
                Action::Test | Action::DryActivate => "check",
                Action::Boot => return Err(cannot("darwin-rebuild", "use `--action switch` or `build`")),
            };
            add(&[name, "--flake", &flake]);
            add(keep_lock);
            // Activation must be root's since May 2025.
            if !wanted.is_root && action == Action::Switch {
                program = programs.elevation();
            }
        }
        Tool::HomeManager => {
            let name = match action {
                Action::Switch => "switch",
                Action::Build => "build",
                Action::Test | Action::Boot | Action::DryActivate => {
                    return Err(cannot("home-manager", "use `--action switch` or `build`"));
                }
            };
            add(&[name, "--flake", &flake]);
            add(keep_lock);
        }
        Tool::SystemManager => {
            let name = match action {
                Action::Switch => "switch",
                Action::Build => "build",
                Action::Boot => "register",
                Action::Test | Action::DryActivate => {
                    return Err(cannot("system-manager", "use `--action switch`, `boot` or `build`"));
                }
            };
            add(&[name, "--flake", &flake]);
            if !wanted.is_root && action.activates() {
                add(&["--sudo"]);
            }
        }
        Tool::Nh => {
            let what = match family {
                Family::Home => "home",
                Family::Darwin => "darwin",
                Family::NixOs | Family::SystemManager => "os",
            };
            match (family, action) {
                (_, Action::Switch | Action::Build) | (Family::NixOs, Action::Boot | Action::Test) => {
                    add(&[what, action.name(), "."]);
                }
                _ => return Err(cannot("nh", "use `--action switch` or `build`")),
            }
            if let Some(host) = wanted.host {
                add(&[if family == Family::Home { "--configuration" } else { "--hostname" }, host]);
            }
        }
    }
    words.extend(wanted.arguments.iter().cloned());
    if tool == Tool::Nh && !keep_lock.is_empty() {
        // What stands behind `--` nh hands to Nix, and that may hold words of the user's already.
        if !wanted.arguments.iter().any(|word| word == "--") {
            words.push("--".to_owned());
        }
        words.extend(keep_lock.iter().map(|&word| word.to_owned()));
    }
    let name = TOOLS.iter().find(|(_, own, _)| *own == tool).map_or("nixos-rebuild", |(name, ..)| name);
    Ok(CommandLine::new(name, words).located(programs).elevated(program.as_deref()))
}

/// nixos-rebuild-ng calls it `--sudo`, the older one `--use-remote-sudo`, which works locally too. An option that is
/// not known is fatal to both, and their `--help` opens a manual, so the path in the store has to tell.
fn elevation_of_nixos_rebuild(programs: &Programs) -> &'static str {
    let end = programs.find("nixos-rebuild").and_then(|path| path.canonicalize().ok());
    let is_ng = end.is_some_and(|end| end.to_string_lossy().contains("nixos-rebuild-ng"));
    if is_ng { "--sudo" } else { "--use-remote-sudo" }
}

#[cfg(test)]
mod tests;
