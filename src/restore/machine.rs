//! The machine before and after, and what the end of a rebuild means.
//!
//! Judged by looking, not by the exit code alone: the classic nixos-rebuild says 1 for everything that happens after
//! the profile was set, and switch-to-configuration says 4 or 100 for a system that was switched with complaints.

use std::path::{Path, PathBuf};

use super::command::{CommandLine, Programs};
use super::owner;
use super::rebuild::{Action, Family};

/// switch-to-configuration: some unit could not be started or reloaded; the system is switched.
const UNITS_FAILED: i32 = 4;
/// switch-to-configuration: the new system needs a reboot; the boot loader knows it.
const NEEDS_REBOOT: i32 = 100;

/// Where the machine's generations are.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The profile, such as `/nix/var/nix/profiles/system`.
    pub profile: PathBuf,
    /// The link to the running system.
    pub running: PathBuf,
    /// What kind of configuration the profile holds.
    pub family: Family,
}

/// How the machine stands at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the profile's link says.
    pub link: Option<PathBuf>,
    /// The number of the generation it names.
    pub generation: Option<u64>,
    /// The system it leads to.
    pub default: Option<PathBuf>,
    /// The system that runs.
    pub running: Option<PathBuf>,
}

impl Machine {
    /// Looks how things stand.
    #[must_use]
    pub fn look(&self) -> Standing {
        let link = std::fs::read_link(&self.profile).ok();
        let name = self.profile.file_name().and_then(|name| name.to_str());
        let number = |link: &PathBuf| {
            let rest = link.file_name()?.to_str()?.strip_prefix(name?)?;
            rest.strip_prefix('-')?.strip_suffix("-link")?.parse().ok()
        };
        Standing {
            generation: link.as_ref().and_then(number),
            default: self.profile.canonicalize().ok(),
            running: self.running.canonicalize().ok(),
            link,
        }
    }

    /// The link of a generation.
    #[must_use]
    pub fn link_of(&self, generation: u64) -> PathBuf {
        let name = self.profile.file_name().unwrap_or_default().to_string_lossy();
        self.profile.with_file_name(format!("{name}-{generation}-link"))
    }

    /// The program by which a generation takes over, where it is there and this kind of configuration has one.
    fn activation(&self, generation: u64) -> Option<&'static str> {
        let name = match self.family {
            Family::NixOs => "bin/switch-to-configuration",
            Family::Darwin | Family::Home => "activate",
            Family::SystemManager => return None,
        };
        self.link_of(generation).join(name).is_file().then_some(name)
    }

    /// The commands that make a generation that is there already the one in use, without building anything. `None`
    /// when it has no program for that, or nobody has said how it is done for this kind of configuration.
    #[must_use]
    pub fn reactivate(
        &self,
        generation: u64,
        action: Action,
        programs: &Programs,
    ) -> Option<Vec<CommandLine>> {
        let name = self.activation(generation)?;
        let folder = self.profile.parent().unwrap_or(Path::new("/"));
        let needs_root = !owner::is_root() && !owner::is_ours(folder);
        let by = if needs_root { programs.elevation() } else { None };
        let nix_env = programs.find("nix-env").unwrap_or_else(|| PathBuf::from("nix-env"));
        let number = generation.to_string();
        let set = CommandLine::new(
            nix_env,
            ["-p".as_ref(), self.profile.as_os_str(), "--switch-generation".as_ref(), number.as_ref()],
        );
        let (of_profile, of_generation) = (self.profile.join(name), self.link_of(generation).join(name));
        let commands = match (self.family, action) {
            (Family::NixOs, Action::Switch | Action::Boot) => {
                vec![set, CommandLine::new(of_profile, [action.name()])]
            }
            (Family::NixOs, Action::Test | Action::DryActivate) => {
                vec![CommandLine::new(of_generation, [action.name()])]
            }
            (Family::Darwin, Action::Switch) => {
                vec![set, CommandLine::new(of_profile, [""; 0])]
            }
            // Its own script sets the profile.
            (Family::Home, Action::Switch) => {
                vec![CommandLine::new(of_generation, [""; 0])]
            }
            _ => return None,
        };
        Some(commands.into_iter().map(|command| command.elevated(by.as_deref())).collect())
    }
}

/// What came of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All went well.
    Success,
    /// The system was switched, and something complained.
    Complaints,
    /// It failed, and the machine is as it was.
    Failed,
    /// It failed, and the machine is not as it was: the profile or the running system has moved.
    Moved,
}

/// Judges by the exit code (`None`: ended by a signal) and by how the machine stood before and after. `switches`: the
/// code is that of switch-to-configuration; of other commands nobody knows what it means.
#[must_use]
pub(super) fn judge(
    action: Action,
    code: Option<i32>,
    switches: bool,
    before: &Standing,
    after: &Standing,
) -> Verdict {
    if code == Some(0) {
        return Verdict::Success;
    }
    let default_moved = (&before.link, &before.default) != (&after.link, &after.default);
    let running_moved = before.running != after.running;
    let runs_default = after.running.is_some() && after.running == after.default;
    match action {
        Action::Build | Action::DryActivate => Verdict::Failed,
        Action::Switch if running_moved && runs_default => Verdict::Complaints,
        // Switched to the very system that ran before.
        Action::Switch if switches && code == Some(UNITS_FAILED) && runs_default => Verdict::Complaints,
        Action::Switch | Action::Boot if code == Some(NEEDS_REBOOT) && default_moved => Verdict::Complaints,
        Action::Test if running_moved => Verdict::Complaints,
        _ if default_moved || running_moved => Verdict::Moved,
        _ => Verdict::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(link: &str, default: &str, running: &str) -> Standing {
        Standing {
            link: Some(link.into()),
            generation: None,
            default: Some(default.into()),
            running: Some(running.into()),
        }
    }

    #[test]
    fn the_end_of_a_rebuild_is_judged_by_looking() {
        let old = standing("system-1-link", "/a", "/a");
        let switched = standing("system-2-link", "/b", "/b");
        let only_set = standing("system-2-link", "/b", "/a");
        let only_runs = standing("system-1-link", "/a", "/b");
        use Action::{Boot, Build, DryActivate, Switch, Test};
        use Verdict::{Complaints, Failed, Moved, Success};
        for (action, code, after, verdict) in [
            (Switch, Some(0), &switched, Success),
            (Switch, Some(0), &old, Success),
            (Switch, Some(1), &old, Failed),
            (Switch, None, &old, Failed),
            (Switch, Some(1), &switched, Complaints),
            (Switch, Some(2), &switched, Complaints),
            (Switch, Some(4), &switched, Complaints),
            (Switch, Some(4), &old, Complaints),
            (Switch, Some(100), &only_set, Complaints),
            (Switch, Some(1), &only_set, Moved),
            (Switch, Some(2), &only_set, Moved),
            (Switch, None, &only_set, Moved),
            (Switch, Some(1), &only_runs, Moved),
            (Boot, Some(1), &only_set, Moved),
            (Boot, Some(1), &old, Failed),
            (Boot, Some(100), &only_set, Complaints),
            (Test, Some(4), &only_runs, Complaints),
            (Test, Some(1), &old, Failed),
            (Build, Some(1), &old, Failed),
            (DryActivate, Some(1), &old, Failed),
        ] {
            assert_eq!(judge(action, code, true, &old, after), verdict, "{action:?} {code:?} {after:?}");
        }
        // The same code of a command that is not known to pass on that one's.
        assert_eq!(judge(Switch, Some(4), false, &old, &old), Failed);
        assert_eq!(judge(Switch, Some(4), false, &old, &switched), Complaints);
    }

    #[test]
    fn the_number_is_that_of_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine {
            profile: folder.path().join("my-1-link"),
            running: folder.path().join("none"),
            family: Family::NixOs,
        };
        assert_eq!(machine.look(), Standing::default());
        std::os::unix::fs::symlink("my-1-link-42-link", &machine.profile).unwrap();
        assert_eq!(machine.look().generation, Some(42));
        assert_eq!(machine.link_of(7), folder.path().join("my-1-link-7-link"));
    }
}
