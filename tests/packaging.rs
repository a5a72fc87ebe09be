//! `flake.nix` and `package.nix`, evaluated by the real Nix with a nixpkgs of a few lines in place of the real one: no
//! network, nothing built. What is wrong with attributes, files and systems shows here; what the real nixpkgs makes of
//! it, only where there is one.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "Nix is started")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Just enough of nixpkgs: what it is given comes back as attributes of the derivation.
const NIXPKGS: &str = r#"{
  outputs = _: rec {
    lib = {
      genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
      importTOML = file: builtins.fromTOML (builtins.readFile file);
      fileset.unions = files: map (file: assert builtins.pathExists file; baseNameOf file) files;
      fileset.toSource = { root, fileset }: assert builtins.pathExists root; fileset;
      licenses = { mit.spdxId = "MIT"; asl20.spdxId = "Apache-2.0"; };
      platforms.unix = [ "unix" ];
    };
    made = system: name: attributes:
      derivation { inherit name system; builder = "/bin/sh"; } // { meta = { }; } // attributes;
    legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] (system:
      let
        tool = name: { inherit name; value = made system name { }; };
        names = [ "installShellFiles" "gitMinimal" "clippy" "rustfmt" "rust-analyzer" "mandoc" "fish" "nushell" "zsh" ];
      in builtins.listToAttrs (map tool names) // rec {
        inherit lib;
        rustPlatform.buildRustPackage = it: made system "${it.pname}-${it.version}" it;
        mkShell = made system "shell";
        runCommand = name: it: text: made system name (it // { inherit text; });
        callPackage = file: more:
          let make = import file;
          in make (builtins.intersectAttrs (builtins.functionArgs make) (legacyPackages.${system}) // more);
      });
  };
}
"#;

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The flake's files and the nixpkgs above in a temporary folder, with a store of their own.
struct Site {
    folder: TempDir,
}

impl Site {
    /// `None`, with a word, where there is no Nix, or this is a package's sources, which have no flake.
    fn new() -> Option<Self> {
        let is_required = std::env::var_os("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
        if Command::new("nix").arg("--version").output().is_err() {
            assert!(!is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no Nix");
            println!("skipped: there is no Nix to evaluate flake.nix with");
            return None;
        }
        if !project("flake.nix").exists() && !is_required {
            println!("skipped: these are the sources of a package, without flake.nix");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let site = Self { folder };
        std::fs::create_dir_all(site.path("nixpkgs")).unwrap();
        std::fs::write(site.path("nixpkgs/flake.nix"), NIXPKGS).unwrap();
        let flake = site.path("flake");
        std::fs::create_dir_all(flake.join(".ci")).unwrap();
        for name in
            ["flake.nix", "flake.lock", "package.nix", "Cargo.toml", "Cargo.lock", "README.md", ".ci/run"]
        {
            std::fs::copy(project(name), flake.join(name)).unwrap();
        }
        for name in ["completions", "doc", "fixtures", "man", "src", "tests"] {
            std::fs::create_dir(flake.join(name)).unwrap();
        }
        Some(site)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// What Nix writes; it must succeed.
    fn nix(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("HOME", self.path("home"))
            .env("NIX_STORE_DIR", self.path("store"))
            .env("NIX_STATE_DIR", self.path("var"))
            .env("NIX_LOG_DIR", self.path("log"))
            .env("NIX_LOCALSTATE_DIR", self.path("var"))
            .env("NIX_REMOTE", "")
            .env("NIX_CONFIG", "experimental-features = nix-command flakes\nflake-registry =\nsubstituters =\nbuild-users-group =\n")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// An expression over the flake's `outputs`.
    fn evaluated(&self, expression: &str) -> Value {
        let whole = format!(
            "let flake = import {0}/flake.nix; nixpkgs = (import {1}/flake.nix).outputs {{ }};
               outputs = flake.outputs {{ self = outputs; inherit nixpkgs; }}; in {expression}",
            self.path("flake").display(),
            self.path("nixpkgs").display()
        );
        let told = self.nix("nix-instantiate", &["--eval", "--strict", "--json", "--expr", &whole]);
        serde_json::from_str(&told).unwrap()
    }
}

/// The store is read-only, which keeps the folder from being removed.
impl Drop for Site {
    fn drop(&mut self) {
        let _ = Command::new("chmod").args(["-R", "u+w"]).arg(self.path("store")).output();
    }
}

#[test]
fn nix_shows_every_output() {
    let Some(site) = Site::new() else { return };
    let (flake, nixpkgs) = (site.path("flake"), site.path("nixpkgs"));
    let told = site.nix(
        "nix",
        &[
            "flake",
            "show",
            "--json",
            "--offline",
            "--no-write-lock-file",
            "--override-input",
            "nixpkgs",
            &format!("path:{}", nixpkgs.display()),
            &format!("path:{}", flake.display()),
        ],
    );
    let shown: Value = serde_json::from_str(&told).unwrap();
    let systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"];
    for (kind, names) in [
        ("packages", &["default", "flakehist"][..]),
        ("apps", &["default"]),
        ("checks", &["demo", "flakehist"]),
        ("devShells", &["default"]),
    ] {
        let of_kind = shown[kind].as_object().unwrap();
        assert_eq!(of_kind.keys().collect::<Vec<_>>(), systems, "{kind}");
        for system in systems {
            assert_eq!(
                of_kind[system].as_object().unwrap().keys().collect::<Vec<_>>(),
                names,
                "{kind}.{system}"
            );
        }
    }
    assert_eq!(shown["overlays"]["default"]["type"], "nixpkgs-overlay");
}

#[test]
fn the_lock_fits_the_flake() {
    let Some(site) = Site::new() else { return };
    let flake = format!("path:{}", site.path("flake").display());
    // Fails when an input were to be locked anew.
    let told =
        site.nix("nix", &["flake", "metadata", "--json", "--offline", "--no-update-lock-file", &flake]);
    let metadata: Value = serde_json::from_str(&told).unwrap();
    let lock: Value = serde_json::from_slice(&std::fs::read(project("flake.lock")).unwrap()).unwrap();
    assert_eq!(metadata["locks"], lock);
}

#[test]
fn the_package_is_what_cargo_says() {
    let Some(site) = Site::new() else { return };
    let package = site.evaluated(
        "let it = outputs.packages.x86_64-linux.default; in
           { inherit (it) pname version src; inherit (it.meta) description mainProgram;
             licences = map (licence: licence.spdxId) it.meta.license; }",
    );
    assert_eq!(package["pname"], env!("CARGO_PKG_NAME"));
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(package["mainProgram"], "flakehist");
    let licences: Vec<&str> = env!("CARGO_PKG_LICENSE").split(" OR ").collect();
    assert_eq!(package["licences"], json!(licences));
    assert_eq!(package["src"].as_array().unwrap().len(), 10);
    let in_overlay = site
        .evaluated("(outputs.overlays.default nixpkgs.legacyPackages.aarch64-darwin { }).flakehist.version");
    assert_eq!(in_overlay, env!("CARGO_PKG_VERSION"));
}

/// The phase is run by a shell in which nixpkgs' two functions only write down what they are to install.
#[test]
fn pages_and_completions_are_installed() {
    let Some(site) = Site::new() else { return };
    let phase = site.evaluated("outputs.packages.x86_64-linux.default.postInstall");
    let script = format!(
        "set -eu\ninstallManPage() {{ printf 'man %s\\n' \"$@\"; }}\n\
         installShellCompletion() {{ shift 2; printf '%s %s\\n' \"$@\"; }}\n{}\n(cd $out && find . -type f)",
        phase.as_str().unwrap()
    );
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(project("")).env("out", site.path("out"));
    let output = bash.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let (pages, rest): (Vec<&str>, Vec<&str>) = told.lines().partition(|line| line.starts_with("man "));
    assert_eq!(pages.len(), std::fs::read_dir(project("man")).unwrap().count());
    assert_eq!(
        rest,
        [
            "--bash completions/flakehist.bash",
            "--fish completions/flakehist.fish",
            "--zsh completions/_flakehist",
            "./share/nushell/vendor/autoload/flakehist.nu",
        ]
    );
    for line in &rest {
        let file = line.split(' ').nth(1).unwrap_or("completions/flakehist.nu");
        assert!(project(file).is_file(), "{file}");
    }
}
