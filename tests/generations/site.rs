//! A configuration whose systems are built by a real Nix, offline, in a store of its own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::repository::{Repository, finished, program, touch};

/// Settings that keep Nix inside its folder.
const SETTINGS: &str = "experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\n\
                        substituters =\nflake-registry =\nwarn-dirty = false\n";

/// A repository, a profile, and two flakes to be its inputs in three states each.
pub(crate) struct Site {
    repository: Repository,
    /// The revisions of the nixpkgs, the oldest first; from days 2025-06-01, 2025-09-10 and 2025-12-05.
    pub(crate) nixpkgs: Vec<String>,
    /// Those of the other input, from 2025-05-01, 2025-10-01 and 2025-11-01.
    pub(crate) extra: Vec<String>,
}

impl Deref for Site {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        &self.repository
    }
}

impl Site {
    /// Makes the folder; `None`, with a word on why, where there is no Nix.
    pub(crate) fn new() -> Option<Self> {
        Self::with_nix((0, 0))
    }

    /// The same for a Nix of at least this version.
    pub(crate) fn with_nix(least: (u32, u32)) -> Option<Self> {
        let version = version_of_nix()?;
        if version < least {
            let ((major, minor), (own, of_own)) = (least, version);
            eprintln!("skipped: this takes Nix {major}.{minor}, and there is {own}.{of_own}");
            return None;
        }
        let repository = Repository::new();
        let upstream = |name: &str, states: &[(&str, &str)]| -> Vec<String> {
            let folder = repository.path(name);
            std::fs::create_dir(&folder).unwrap();
            let git = |date: &str, arguments: &[&str]| {
                let mut git = program("git", &folder);
                git.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
                finished(git.args(arguments)).trim().to_owned()
            };
            git("", &["init", "--quiet", "--initial-branch=main"]);
            let state = |&(date, text): &(&str, &str)| {
                let flake = if name == "nixpkgs" { include_str!("nixpkgs.nix") } else { EXTRA };
                std::fs::write(folder.join("flake.nix"), flake).unwrap();
                std::fs::write(folder.join(".version"), text).unwrap();
                git("", &["add", "--all"]);
                git(date, &["commit", "--quiet", "--message", text]);
                git("", &["rev-parse", "HEAD"])
            };
            states.iter().map(state).collect()
        };
        let nixpkgs = upstream(
            "nixpkgs",
            // One late in the evening: its day is that of UTC.
            &[
                ("2025-06-01T10:00:00Z", "25.05"),
                ("2025-09-10T10:00:00Z", "25.05\n"),
                ("2025-12-05T23:30:00Z", "25.11"),
            ],
        );
        let extra = upstream(
            "extra",
            &[("2025-05-01T00:00:00Z", "1"), ("2025-10-01T00:00:00Z", "2"), ("2025-11-01T00:00:00Z", "3")],
        );
        Some(Self { repository, nixpkgs, extra })
    }

    /// Writes flake.nix: the arguments of the system.
    pub(crate) fn configure(&self, system: &str) {
        self.configure_inputs("nixpkgs", "", system);
    }

    /// The same with nixpkgs under another name, and more inputs.
    pub(crate) fn configure_inputs(&self, nixpkgs: &str, more: &str, system: &str) {
        let (of_nixpkgs, of_extra) = (self.url("nixpkgs", None), self.url("extra", None));
        self.write(
            "flake.nix",
            &format!(
                "{{\n  inputs.{nixpkgs}.url = \"{of_nixpkgs}\";\n  inputs.extra.url = \"{of_extra}\";\n  {more}\n  \
                 outputs = inputs@{{ self, ... }}: let stamp = builtins.getEnv \"STAMP\"; in {{\n    \
                 nixosConfigurations.host = with inputs; inputs.{nixpkgs}.lib.system ({{\n      \
                 revision = if stamp != \"\" then stamp else self.rev or null;\n    }} // {{ {system} }});\n  }};\n}}\n"
            ),
        );
    }

    fn url(&self, name: &str, rev: Option<&str>) -> String {
        let rev = rev.map(|rev| format!("&rev={rev}")).unwrap_or_default();
        format!("git+file://{}?ref=main{rev}", self.path(name).display())
    }

    /// Locks the inputs to these of their states.
    pub(crate) fn lock(&self, nixpkgs: usize, extra: usize) {
        self.lock_as("nixpkgs", nixpkgs, extra);
    }

    /// The same with nixpkgs under another name.
    pub(crate) fn lock_as(&self, name: &str, nixpkgs: usize, extra: usize) {
        self.git(&["add", "--all"]);
        let mut nix = self.nix("nix");
        nix.args(["flake", "lock", "--override-input", name])
            .arg(self.url("nixpkgs", Some(&self.nixpkgs[nixpkgs])))
            .args(["--override-input", "extra"])
            .arg(self.url("extra", Some(&self.extra[extra])));
        finished(&mut nix);
    }

    /// Configures, locks and commits.
    pub(crate) fn state(&self, system: &str, nixpkgs: usize, extra: usize, date: &str) -> String {
        self.configure(system);
        self.lock(nixpkgs, extra);
        self.commit(date, &format!("nixpkgs {nixpkgs}, extra {extra}"))
    }

    /// Builds the system.
    pub(crate) fn build(&self, options: &[&str]) -> PathBuf {
        self.built("", options)
    }

    /// Builds the system with this configurationRevision.
    pub(crate) fn build_stamped(&self, stamp: &str) -> PathBuf {
        self.built(stamp, &["--impure"])
    }

    /// Builds the system with another state of an input than the locked one.
    pub(crate) fn build_overriding(&self, name: &str, nixpkgs: usize) -> PathBuf {
        let url = self.url("nixpkgs", Some(&self.nixpkgs[nixpkgs]));
        self.build(&["--override-input", name, &url])
    }

    fn built(&self, stamp: &str, options: &[&str]) -> PathBuf {
        let mut nix = self.nix("nix");
        nix.env("STAMP", stamp).args(["build", "--no-link", "--json"]).args(options);
        let printed = finished(nix.arg(".#nixosConfigurations.host"));
        let built: Value = serde_json::from_str(&printed).unwrap();
        PathBuf::from(built[0]["outputs"]["out"].as_str().unwrap())
    }

    /// Makes a system the newest generation, as of this date.
    pub(crate) fn set(&self, system: &Path, date: &str) -> u64 {
        let profile = self.profile();
        finished(self.nix("nix-env").arg("--profile").arg(&profile).arg("--set").arg(system));
        let link = std::fs::read_link(&profile).unwrap();
        touch(&self.path("profiles").join(&link), date);
        let number = link.to_str().unwrap().strip_prefix("system-").unwrap().strip_suffix("-link").unwrap();
        number.parse().unwrap()
    }

    /// Builds the system as it is and makes it the newest generation.
    pub(crate) fn switch(&self, date: &str) -> u64 {
        self.set(&self.build(&[]), date)
    }

    /// A program of Nix.
    pub(crate) fn nix(&self, name: &str) -> Command {
        let mut nix = program(name, &self.path("config"));
        nix.env("NIX_CONFIG", SETTINGS)
            .env("NIX_STORE_DIR", self.path("store"))
            .env("NIX_STATE_DIR", self.path("var"))
            .env("NIX_LOG_DIR", self.path("log"))
            .env("NIX_LOCALSTATE_DIR", self.path("var"))
            .env("NIX_REMOTE", "")
            .env("HOME", self.path("home"));
        nix
    }
}

/// The store is read-only, which keeps the folder from being removed.
impl Drop for Site {
    fn drop(&mut self) {
        finished(program("chmod", Path::new("/")).args(["-R", "u+w"]).arg(self.path("store")));
    }
}

const EXTRA: &str = "{ outputs = { self }: { }; }\n";

/// The version of Nix; `None`, with a word, where there is none.
#[expect(clippy::disallowed_methods, reason = "the tests' own switch")]
fn version_of_nix() -> Option<(u32, u32)> {
    let output = program("nix", Path::new("/")).arg("--version").output();
    let is_required = std::env::var_os("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
    assert!(output.is_ok() || !is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no Nix");
    let Ok(output) = output else {
        eprintln!("skipped: there is no Nix to build generations with");
        return None;
    };
    // `nix (Nix) 2.26.3`
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.trim().rsplit(' ').next().unwrap().split('.');
    let mut number = || numbers.next().unwrap().parse().unwrap();
    Some((number(), number()))
}
