//! Real Nix takes what is made: it neither asks for changes nor makes any. Inputs are git repositories on this disk, so
//! it could fetch whatever it wanted.

use std::path::Path;
use std::process::{Command, Output};

use flakehist::lock::{InputPath, Lock, Note, Overrides, Refusal};

use super::support::{Scratch, skipped, variable};
use super::{one, own_inputs, path, read};

/// Settings that keep Nix inside its folder.
const SETTINGS: &str = "experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\n\
                        substituters =\nbuild-hook =\nflake-registry =\nwarn-dirty = false\n";

/// What the flakes that are inputs have for inputs, in two states: gained, lost, following among themselves.
const FLAKES: [(&str, &str, &str); 7] = [
    ("n", "", ""),
    ("u", "", ""),
    ("x", "inputs.u.url = URL/u;", "inputs.u.url = URL/u;"),
    // Loses `u`, gains `x`.
    ("hm", "inputs.n.url = URL/n; inputs.u.url = URL/u;", "inputs.n.url = URL/n; inputs.x.url = URL/x;"),
    // Two levels, and what the flake itself makes follow there.
    (
        "deep",
        "inputs.n.url = URL/n; inputs.hm.url = URL/hm; inputs.hm.inputs.n.follows = \"n\";",
        "inputs.n.url = URL/n; inputs.hm.url = URL/hm; inputs.u.url = URL/u; inputs.hm.inputs.n.follows = \"n\";",
    ),
    // An input that follows another, by the flake's own choice.
    (
        "own",
        "inputs.a.url = URL/n; inputs.b.follows = \"a\";",
        "inputs.a.url = URL/x; inputs.b.follows = \"a\";",
    ),
    ("two", "inputs.n.url = URL/n; inputs.u.url = URL/u;", "inputs.u.url = URL/u;"),
];

/// A Nix in a folder of its own, the flakes in git repositories, and one flake that has them for inputs.
struct Site {
    scratch: Scratch,
    version: (u32, u32),
}

impl Site {
    /// `None`, with a word, where there is no Nix.
    fn new() -> Option<Self> {
        let scratch = Scratch::new();
        let mut site = Self { scratch, version: (0, 0) };
        let output = site.nix(&["--version"]);
        let is_required = variable("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
        let Ok(output) = output else {
            assert!(!is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no Nix");
            skipped("there is no Nix");
            return None;
        };
        // `nix (Nix) 2.26.3`
        let text = String::from_utf8(output.stdout).unwrap();
        let mut numbers = text.trim().rsplit(' ').next().unwrap().split('.').map(|n| n.parse().unwrap());
        site.version = (numbers.next().unwrap(), numbers.next().unwrap());
        Some(site)
    }

    #[expect(clippy::disallowed_methods, reason = "the test runs Nix")]
    fn nix(&self, arguments: &[&str]) -> std::io::Result<Output> {
        let beside = |name: &str| self.scratch.beside(name);
        let mut nix = Command::new("nix");
        nix.env_clear()
            .env("PATH", variable("PATH").unwrap_or_default())
            .env("HOME", self.scratch.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NIX_CONFIG", SETTINGS)
            .env("NIX_STORE_DIR", beside("store"))
            .env("NIX_STATE_DIR", beside("var"))
            .env("NIX_LOCALSTATE_DIR", beside("var"))
            .env("NIX_LOG_DIR", beside("log"))
            .env("NIX_REMOTE", "")
            .current_dir(self.scratch.folder());
        nix.args(arguments).output()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.nix(arguments).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "nix {arguments:?}\n{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn url(&self, flake: &str) -> String {
        format!("\"git+file://{}?ref=main\"", self.scratch.beside(flake).display())
    }

    fn filled(&self, inputs: &str) -> String {
        FLAKES.iter().fold(inputs.to_owned(), |text, (name, ..)| {
            text.replace(&format!("URL/{name};"), &format!("{};", self.url(name)))
        })
    }

    /// Puts all flakes in their first or their second state.
    fn upstream(&self, second: bool) {
        for (name, before, after) in FLAKES {
            let folder = self.scratch.beside(name);
            if !folder.is_dir() {
                std::fs::create_dir(&folder).unwrap();
                self.scratch.git_in(&folder, ["init", "--quiet", "--template=", "--initial-branch=main"]);
            }
            let inputs = self.filled(if second { after } else { before });
            let text = format!("{{ {inputs} outputs = _: {{ }}; }}\n");
            std::fs::write(folder.join("flake.nix"), text).unwrap();
            std::fs::write(folder.join("state"), if second { "2" } else { "1" }).unwrap();
            self.scratch.git_in(&folder, ["add", "--all"]);
            self.scratch.git_in(&folder, ["commit", "--quiet", "--message", "state"]);
        }
    }

    /// Has Nix lock the flake anew, everything at its newest.
    fn lock(&self) -> Vec<u8> {
        let file = self.scratch.path("flake.lock");
        let _ = std::fs::remove_file(&file);
        self.scratch.git(["add", "--all"]);
        self.run(&["flake", "lock"]);
        self.scratch.git(["add", "--all"]);
        std::fs::read(file).unwrap()
    }

    /// What flake.nix asks for, from Nix.
    fn overrides(&self) -> Overrides {
        let file = self.scratch.path("flake.nix");
        let inputs = self.run(&[
            "eval",
            "--impure",
            "--json",
            "--expr",
            &format!("(import {}).inputs", file.display()),
        ]);
        Overrides::of_inputs(&serde_json::from_str(&inputs).unwrap())
    }

    /// Makes sure that Nix takes a lock and leaves it as it is.
    fn takes(&self, lock: &Lock, about: &str) {
        let file = self.scratch.path("flake.lock");
        let bytes = lock.to_bytes();
        std::fs::write(&file, &bytes).unwrap();
        self.scratch.git(["add", "--all"]);
        let output = self.nix(&["flake", "metadata", "--no-update-lock-file"]).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8_lossy(&bytes);
        assert!(output.status.success(), "{about}: {errors}\n{text}");
        self.run(&["flake", "lock"]);
        let after = std::fs::read_to_string(&file).unwrap();
        assert_eq!(after, text, "{about}: Nix changed it");
    }
}

/// The store is read-only, which keeps the folder from being removed.
impl Drop for Site {
    fn drop(&mut self) {
        let mut pending = vec![self.scratch.beside("store")];
        while let Some(folder) = pending.pop() {
            writable(&folder);
            let members = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            pending.extend(
                members.map(|member| member.path()).filter(|path| path.is_dir() && !path.is_symlink()),
            );
        }
    }
}

fn writable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(metadata) = std::fs::metadata(folder) {
        let mut permissions = metadata.permissions();
        permissions.set_mode(permissions.mode() | 0o700);
        let _ = std::fs::set_permissions(folder, permissions);
    }
}

/// Restores every input that can be, from the first state into the second and the other way round. Gives the paths
/// restored, and how often an input was refused because others follow into it. Also with what flake.nix says `guessed`.
fn every_input(site: &Site, inputs: &str, guessed: bool) -> (Vec<InputPath>, usize) {
    site.scratch.write("flake.nix", format!("{{ {} outputs = _: {{ }}; }}\n", site.filled(inputs)));
    site.upstream(false);
    let first = site.lock();
    site.upstream(true);
    let second = site.lock();
    assert_ne!(first, second);
    let asked = site.overrides();
    let (first, second) = (read(&first), read(&second));
    let (mut restored, mut refused) = (Vec::new(), 0);
    for (now, then) in [(&second, &first), (&first, &second)] {
        site.takes(now, "as Nix made it");
        for input in own_inputs(now) {
            for overrides in [Some(&asked), guessed.then_some(&Overrides::Unknown)].into_iter().flatten() {
                let about = format!("{input} with {overrides:?}");
                match one(now, then, &input, overrides).map_err(|refusal| *refusal) {
                    Ok(grafted) => {
                        site.takes(&grafted.lock, &about);
                        let lookup = |note: &Note| matches!(note, Note::NixLooks { .. });
                        assert_eq!(grafted.notes.iter().any(lookup), input == path("own"), "{about}");
                        restored.push(input.clone());
                    }
                    Err(Refusal::NotThereThen { .. } | Refusal::OriginalChanged { .. }) => {}
                    Err(Refusal::FollowsNowhere { .. }) => refused += 1,
                    Err(other) => panic!("{about}: {other}"),
                }
            }
        }
    }
    (restored, refused)
}

#[test]
fn nix_takes_it_with_overrides_and_inputs_that_come_and_go() {
    let Some(site) = Site::new() else { return };
    let (restored, refused) = every_input(
        &site,
        "inputs.n.url = URL/n; inputs.own.url = URL/own; inputs.two.url = URL/two; inputs.two.inputs.n.follows = \"n\";
         inputs.hm.url = URL/hm; inputs.hm.inputs.n.follows = \"n\"; inputs.hm.inputs.u.follows = \"two/u\";
         inputs.deep.url = URL/deep; inputs.deep.inputs.n.follows = \"n\";",
        true,
    );
    for input in ["n", "own", "two", "hm", "deep", "deep/hm", "two/u"] {
        assert!(restored.contains(&path(input)), "{input}: {restored:?}");
    }
    assert_eq!(refused, 0);
}

#[test]
fn nix_takes_it_when_others_follow_into_it() {
    let Some(site) = Site::new() else { return };
    let (restored, refused) = every_input(
        &site,
        "inputs.hm.url = URL/hm; inputs.deep.url = URL/deep; inputs.deep.inputs.n.follows = \"hm/n\";
         inputs.two.url = URL/two; inputs.two.inputs.n.follows = \"hm/n\"; inputs.same.follows = \"hm\";
         inputs.x.url = URL/x; inputs.x.inputs.u.follows = \"deep/n\";",
        true,
    );
    for input in ["hm", "hm/n", "deep", "two", "x"] {
        assert!(restored.contains(&path(input)), "{input}: {restored:?}");
    }
    assert_eq!(refused, 0);
}

#[test]
fn nix_takes_it_with_overrides_two_levels_down() {
    let Some(site) = Site::new() else { return };
    // Before 2.30 Nix takes such an override for another input, unless flake.nix says where the one between comes from;
    // and before 2.20 it fetches an input for which flake.nix says that anew each time.
    if site.version < (2, 20) {
        skipped("before 2.20 Nix changes even its own lock of such overrides");
        return;
    }
    let between = if site.version < (2, 30) { "inputs.deep.inputs.hm.url = URL/hm;" } else { "" };
    let (restored, refused) = every_input(
        &site,
        &format!(
            "inputs.n.url = URL/n; inputs.hm.url = URL/hm; inputs.deep.url = URL/deep; {between}
             inputs.deep.inputs.hm.inputs.n.follows = \"n\"; inputs.deep.inputs.hm.inputs.x.follows = \"hm/x\";
             inputs.deep.inputs.u.url = URL/n;"
        ),
        // Today's lock cannot show what flake.nix says of an input that is only in the other one.
        false,
    );
    for input in ["n", "hm", "deep/n", "deep/hm"] {
        assert!(restored.contains(&path(input)), "{input}: {restored:?}");
    }
    // `hm` had no `x` in its first state.
    assert!(refused > 0, "`deep/hm/x` follows what is not there");
}
