//! A machine whose systems are built by a real Nix, offline, in a store of the tests' own.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;
use tempfile::TempDir;

use super::place::{Place, installed};
use super::support::{Flakehist, Outcome, program, skipped, variable};

/// Settings that keep Nix inside its folder.
const SETTINGS: &str = "experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\n\
                        substituters =\nflake-registry =\nwarn-dirty = false\n";

/// How the machine's `nixos-rebuild` tells that an activation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Every failure is 1, as of the script.
    Classic,
    /// The code is passed on, as by nixos-rebuild-ng.
    Ng,
}

/// A configuration with two inputs, in a place with a profile and a `nixos-rebuild`.
pub(crate) struct Machine {
    place: Place,
    store: Arc<Store>,
    /// The lock of the first commit, which generation 1 was built from: both inputs in their first state.
    pub(crate) first: String,
    /// The lock of the second, HEAD, which generation 2, the one that runs, was built from: both in their second.
    pub(crate) second: String,
}

impl Deref for Machine {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Machine {
    /// With two commits and a generation of each; `None`, with a word on why, where there is no Nix.
    pub(crate) fn new() -> Option<Self> {
        Self::named("config")
    }

    /// The same with the repository in a folder of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(Self::with(Store::shared()?, name))
    }

    /// The same with inputs and a store of its own, to do what it likes with.
    pub(crate) fn alone() -> Option<Self> {
        has_nix().then(|| Self::with(Arc::new(Store::new()), "config"))
    }

    fn with(store: Arc<Store>, name: &str) -> Self {
        let mut machine =
            Self { place: Place::named(name), store, first: String::new(), second: String::new() };
        for name in ["nix", "nix-env", "nix-store"] {
            machine.borrow(name);
        }
        let activate = machine.filled(include_str!("activate.sh"));
        machine.program(&machine.beside("activate"), &activate);
        machine.rebuild(Mode::Classic);
        machine.configure("");
        machine.first = machine.update(0, 0, "2025-06-02");
        machine.switch(1);
        machine.second = machine.update(1, 1, "2025-12-06");
        machine.switch(2);
        std::fs::remove_file(machine.beside("calls")).unwrap();
        std::fs::remove_file(machine.beside("activations")).unwrap();
        machine
    }

    fn filled(&self, text: &str) -> String {
        text.replace("@ROOT@", self.beside("").to_str().unwrap().trim_end_matches('/'))
    }

    /// Sets what `nixos-rebuild` is. It lies in a folder named as in a store.
    pub(crate) fn rebuild(&self, mode: Mode) {
        let (package, word) = match mode {
            Mode::Classic => ("nixos-rebuild", "classic"),
            Mode::Ng => ("nixos-rebuild-ng-26.05", "ng"),
        };
        let folder = self.beside(&format!("packages/{}-{package}/bin", "0".repeat(32)));
        std::fs::create_dir_all(&folder).unwrap();
        let text = self.filled(include_str!("nixos-rebuild.sh")).replace("@MODE@", word);
        self.program(&folder.join("nixos-rebuild"), &text);
        let link = self.beside("bin/nixos-rebuild");
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(folder.join("nixos-rebuild"), link).unwrap();
    }

    /// Sets how activations end from now on, and whether the system has been switched by then.
    pub(crate) fn activations_end(&self, code: i32, switched: bool) {
        let switched = if switched { "yes" } else { "no" };
        std::fs::write(self.beside("activation"), format!("{code} {switched}\n")).unwrap();
    }

    /// Writes flake.nix: with these lines among its inputs.
    pub(crate) fn configure(&self, inputs: &str) {
        let nixpkgs = self.url("nixpkgs");
        let extra = self.url("extra");
        self.write_flake(&format!("nixpkgs.url = \"{nixpkgs}\"; extra.url = \"{extra}\"; {inputs}"));
    }

    /// Writes flake.nix with these inputs.
    pub(crate) fn write_flake(&self, inputs: &str) {
        let activate = self.beside("activate");
        let host = self.tell("uname", ["-n"]);
        let (activate, host) = (activate.display(), host.trim());
        self.write(
            "flake.nix",
            format!(
                "{{\n  inputs = {{ {inputs} }};\n  outputs = inputs@{{ self, nixpkgs, ... }}:\n    let\n      system = \
                 nixpkgs.lib.system {{\n        activate = \"{activate}\";\n        revision = self.rev or null;\n        \
                 pins = removeAttrs inputs [ \"self\" ];\n      }};\n    in\n    {{\n      \
                 nixosConfigurations.\"{host}\" = system;\n      nixosConfigurations.\"a.host.with.dots\" = system;\n    \
                 }};\n}}\n"
            ),
        );
    }

    /// The reference of an upstream flake.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("git+file://{}?ref=main", self.store.path(name).display())
    }

    /// The revision of an upstream flake in a state.
    pub(crate) fn rev(&self, name: &str, state: usize) -> &str {
        if name == "nixpkgs" { &self.store.nixpkgs[state] } else { &self.store.extra[state] }
    }

    /// Locks both inputs to these states and commits that. Gives the lock.
    pub(crate) fn update(&self, nixpkgs: usize, extra: usize, date: &str) -> String {
        self.pin(nixpkgs, extra);
        let date = format!("{date}T12:00:00Z");
        let stamp = program("date".as_ref()).args(["-d", &date, "+%s"]).output().unwrap();
        self.scratch.at(String::from_utf8(stamp.stdout).unwrap().trim().parse().unwrap());
        self.commit(&format!("nixpkgs {nixpkgs}, extra {extra}"));
        self.lock()
    }

    /// Locks both inputs to these states.
    pub(crate) fn pin(&self, nixpkgs: usize, extra: usize) {
        self.git(["add", "--all"]);
        let of = |name, state| format!("{}&rev={}", self.url(name), self.rev(name, state));
        let (nixpkgs, extra) = (of("nixpkgs", nixpkgs), of("extra", extra));
        self.tell(
            "nix",
            ["flake", "lock", "--override-input", "nixpkgs", &nixpkgs, "--override-input", "extra", &extra],
        );
    }

    /// Builds the configuration as it is and switches to it, which makes this generation.
    pub(crate) fn switch(&self, number: u64) {
        self.tell("nixos-rebuild", ["switch", "--flake", "."]);
        assert_eq!(self.generation(), number);
    }

    /// The number of the default generation.
    pub(crate) fn generation(&self) -> u64 {
        let link = self.machine().0;
        let name =
            link.to_str().unwrap().strip_prefix("system-").unwrap_or_else(|| panic!("{}", link.display()));
        name.strip_suffix("-link").unwrap().parse().unwrap()
    }

    /// The system of a generation.
    pub(crate) fn system_of(&self, number: u64) -> PathBuf {
        std::fs::read_link(self.beside(&format!("profiles/system-{number}-link"))).unwrap()
    }

    /// What runs.
    pub(crate) fn running(&self) -> PathBuf {
        self.machine().1
    }

    /// A generation as flakehist tells it.
    pub(crate) fn told(&self, number: u64) -> Value {
        let rows = self.run(["generations", "--json"]).success().json();
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["generation"] == number).unwrap().clone()
    }

    /// Runs a program of the machine in the repository; it must succeed. Gives its output.
    pub(crate) fn tell(&self, name: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        let mut command = program(&self.beside("bin").join(name));
        command.current_dir(&self.folder).env("HOME", self.scratch.home()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("PATH", self.beside("bin")).envs(self.store.variables()).args(args);
        Outcome::of(command, b"").success().out().to_owned()
    }

    /// flakehist in the repository, with Nix.
    pub(crate) fn flakehist(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Flakehist {
        let flakehist = self.place.flakehist(args);
        self.store
            .variables()
            .into_iter()
            .fold(flakehist, |flakehist, (name, value)| flakehist.env(name, value))
    }

    pub(crate) fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        self.flakehist(args).run()
    }

    /// Whether any source in the store has a file of this name.
    pub(crate) fn has_in_store(&self, file: &str) -> bool {
        let store = std::fs::read_dir(self.store.path("store")).unwrap();
        store.into_iter().any(|entry| entry.unwrap().path().join(file).exists())
    }

    /// Empties the store, and what Nix remembers of what it fetched. For a machine with a store of its own.
    pub(crate) fn forget(&self) {
        self.store.make_writable();
        for folder in [self.store.path("store"), self.store.path("var"), self.scratch.home().join(".cache")] {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    /// Removes an upstream flake. For a machine with inputs of its own.
    pub(crate) fn lose(&self, name: &str) {
        std::fs::remove_dir_all(self.store.path(name)).unwrap();
    }
}

/// What is the same for all machines: a store, and the two flakes that are the inputs. It stays while there is a
/// machine, so that what one has built no other need build.
struct Store {
    folder: TempDir,
    /// The revisions of the nixpkgs, the oldest first. The third does not build.
    nixpkgs: Vec<String>,
    /// Those of the other input.
    extra: Vec<String>,
}

static SHARED: Mutex<Weak<Store>> = Mutex::new(Weak::new());

impl Store {
    fn shared() -> Option<Arc<Self>> {
        if !has_nix() {
            return None;
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = shared.upgrade() {
            return Some(store);
        }
        let store = Arc::new(Self::new());
        *shared = Arc::downgrade(&store);
        Some(store)
    }

    fn new() -> Self {
        let mut store = Self { folder: tempfile::tempdir().unwrap(), nixpkgs: Vec::new(), extra: Vec::new() };
        let np = include_str!("nixpkgs.nix");
        let states = [("2025-06-01", "25.05\n"), ("2025-12-05", "25.11\n"), ("2026-06-01", "26.05 broken\n")];
        store.nixpkgs =
            states.iter().map(|(date, version)| store.state("nixpkgs", np, date, version)).collect();
        let flake = "{ outputs = { self }: { }; }\n";
        let states = [("2025-05-01", "1\n"), ("2025-11-01", "2\n")];
        store.extra =
            states.iter().map(|(date, version)| store.state("extra", flake, date, version)).collect();
        // Made before anybody uses it: two that make a store at once get into each other's way.
        let mut nix = program("nix-store".as_ref());
        nix.arg("--init").env("HOME", store.folder.path()).envs(store.variables());
        Outcome::of(nix, b"").success();
        store
    }

    /// Commits a state of an upstream flake and gives its revision.
    fn state(&self, name: &str, flake: &str, date: &str, version: &str) -> String {
        let folder = self.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("flake.nix"), flake).unwrap();
        std::fs::write(folder.join(".version"), version).unwrap();
        let git = |args: &[&str]| {
            let mut git = program("git".as_ref());
            let date = format!("{date}T12:00:00Z");
            git.current_dir(&folder)
                .args(args)
                .env("HOME", self.folder.path())
                .env("GIT_CONFIG_NOSYSTEM", "1");
            for who in ["AUTHOR", "COMMITTER"] {
                git.env(format!("GIT_{who}_NAME"), "up").env(format!("GIT_{who}_EMAIL"), "up@example.org");
                git.env(format!("GIT_{who}_DATE"), &date);
            }
            Outcome::of(git, b"").success().out().trim().to_owned()
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", version.trim()]);
        git(&["rev-parse", "HEAD"])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// The store is read-only, which keeps the folder from being removed.
    fn make_writable(&self) {
        let mut chmod = program("chmod".as_ref());
        chmod.args(["-R", "u+w"]).arg(self.path("store"));
        Outcome::of(chmod, b"");
    }

    /// The environment that keeps Nix in the store.
    fn variables(&self) -> Vec<(&'static str, std::ffi::OsString)> {
        vec![
            ("NIX_CONFIG", SETTINGS.into()),
            ("NIX_STORE_DIR", self.path("store").into()),
            ("NIX_STATE_DIR", self.path("var").into()),
            ("NIX_LOG_DIR", self.path("log").into()),
            ("NIX_LOCALSTATE_DIR", self.path("var").into()),
            ("NIX_REMOTE", "".into()),
        ]
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.make_writable();
    }
}

fn has_nix() -> bool {
    let found = installed("nix").is_some();
    let is_required = variable("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
    assert!(found || !is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no Nix");
    if !found {
        skipped("there is no Nix to build generations with");
    }
    found
}
