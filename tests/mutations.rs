//! Files that were damaged or made up: the readers of locks and of systems take whatever comes, in bounded time, and what
//! they give keeps its promises. Chance falls the same way in every run; `FLAKEHIST_MUTATIONS=1000000` does more rounds
//! and `FLAKEHIST_SEED=7` other ones.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::indexing_slicing, reason = "the tests know what they made")]
#![expect(clippy::disallowed_methods, reason = "the tests' own switches")]

#[path = "support/chance.rs"]
mod chance;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flakehist::generation::{Extent, Kind, Places, Profile};
use flakehist::lock::{Decoder, Edge, Followed, Lock, Pin, compare, compare_as_nix, fold};
use flakehist::view::changes;

use chance::Chance;

/// How long one small file may take, on a slow machine that is busy.
const PATIENCE: Duration = Duration::from_secs(5);

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn rounds(otherwise: usize) -> usize {
    number("FLAKEHIST_MUTATIONS", otherwise)
}

fn chance(of: u64) -> Chance {
    Chance::new(of + 1000 * u64::try_from(number("FLAKEHIST_SEED", 0)).unwrap())
}

/// What a vandal who knows JSON, Nix and shells puts somewhere.
const TOKENS: [&str; 44] = [
    "null",
    "true",
    "0",
    "-1",
    "7",
    "1e999",
    "18446744073709551616",
    "0.5",
    "\"\"",
    "\"root\"",
    "\"nixpkgs\"",
    "[]",
    "{}",
    "[\"nixpkgs\"]",
    "[\"a\",\"a\",\"a\"]",
    "[[]]",
    "{\"nixpkgs\":[]}",
    "{\"a\":\"root\"}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\u{202e}\"",
    "\u{feff}",
    "\\",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\r\n",
    "\0",
    "    let version = "26.11.20260819.51609b4";
    let store = root.join("store");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in\n  --hash|--revision)\n    echo \"{rev}\"\n    ;;\n  --json)\n    cat <<EOF\n\
         {{\"configurationRevision\":\"{rev}-dirty\",\"nixosVersion\":\"{version}\",\"nixpkgsRevision\":\"{rev}\"}}\n\
         EOF\n    ;;\n  *)\n    cat {0}/x-version.json\n    echo \"{version} (Zebra)\"\n    ;;\nesac\n",
        store.display()
    );
    let source = store.join("0-source").display().to_string();
    [
        ("nixos-version", format!("{version}\n")),
        ("sw/bin/nixos-version", script),
        ("nixos-version.json", format!("{{\"nixpkgsRevision\":\"{rev}\",\"configurationRevision\":\"{rev}\"}}")),
        ("darwin-version.json", format!("{{\"nixpkgsRevision\":\"{rev}\",\"darwinRevision\":\"{rev}\",\"darwinLabel\":\"26.11\"}}")),
        ("boot.json", format!("{{\"org.nixos.bootspec.v1\":{{\"label\":\"NixOS Zebra {version} (Linux 6.12.1)\",\"kernel\":\"/k\"}}}}")),
        ("etc/os-release", format!("BUILD_ID=\"{version}\"\nID=nixos\n")),
        (
            "etc/nix/registry.json",
            format!(
                "{{\"flakes\":[{{\"exact\":true,\"from\":{{\"id\":\"nixpkgs\",\"type\":\"indirect\"}},\"to\":{{\"path\":\"{source}\",\
                 \"type\":\"path\",\"rev\":\"{rev}\",\"narHash\":\"sha256-RD2kNWCG+Bjo6h+JVjWVNntZs2GtRoeY2xHjts/FNkA=\",\
                 \"lastModified\":1787135253}}}}],\"version\":2}}"
            ),
        ),
        ("extra-dependencies", format!("{source}\n")),
        ("etc/nix/nix.conf", format!("nix-path = nixpkgs={source}:a={source}/b\n")),
        ("etc/set-environment", format!("export NIX_PATH=\"nixpkgs={source}\"\n")),
        ("../../comin.json", format!("{{\"deployments\":[{{\"out_path\":\"{}\",\"selected_commit_id\":\"{rev}\"}}]}}", store.join("s-nixos-system-m-1").display())),
    ]
    .map(|(name, text)| (store.join("s-nixos-system-m-1").join(name), text))
    .to_vec()
}

#[test]
fn no_system_is_too_odd() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let files = system(&root);
    for (path, text) in &files {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::create_dir_all(root.join("store/0-source")).unwrap();
    // What lies outside of the store is nobody's to tell.
    std::fs::write(root.join("secret.json"), r#"{"nixosVersion":"s3cret","nixpkgsRevision":"s3cret"}"#)
        .unwrap();
    std::fs::create_dir(root.join("profiles")).unwrap();
    std::os::unix::fs::symlink(root.join("store/s-nixos-system-m-1"), root.join("profiles/system-1-link"))
        .unwrap();
    std::os::unix::fs::symlink("system-1-link", root.join("profiles/system")).unwrap();
    let places = Places {
        profile: root.join("profiles/system"),
        kind: Kind::System,
        running: root.join("run/current-system"),
        booted: None,
        comin: root.join("comin.json"),
    };
    let read =
        || Profile::read(&places, Extent::Everything).unwrap().unwrap().generations.pop().unwrap().facts;
    let whole = read();
    assert!(whole.nixpkgs.is_some() && whole.configuration.is_some() && !whole.kept.is_empty(), "{whole:?}");

    let secret = format!("    cat {}/secret.json\n", root.display());
    let texts: Vec<String> = files.iter().map(|(_, text)| text.clone()).chain([secret]).collect();
    let mut chance = chance(2);
    for round in 0..rounds(2000) {
        let (path, text) = chance.one_of(&files);
        let other: &String = chance.one_of(&texts);
        let bytes = mutated(text.as_bytes(), other.as_bytes(), &mut chance);
        std::fs::write(path, &bytes).unwrap();
        let context = || format!("round {round}, {}:\n{}", path.display(), String::from_utf8_lossy(&bytes));
        let started = Instant::now();
        let Ok(facts) = std::panic::catch_unwind(AssertUnwindSafe(read)) else {
            return assert!(context().is_empty(), "{}", context());
        };
        assert!(started.elapsed() < PATIENCE, "{:?}, {}", started.elapsed(), context());
        assert!(!format!("{facts:?}").contains("s3cret"), "{}", context());
        if let Some(digits) = facts.configuration.as_ref().and_then(|told| told.value.digits()) {
            assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digits:?}, {}", context());
        }
        for kept in &facts.kept {
            assert!(kept.path.as_ref().is_none_or(|path| path.starts_with('/')), "{}", context());
        }
        std::fs::write(path, text).unwrap();
    }
    assert_eq!(format!("{:?}", read()), format!("{whole:?}"));
}
