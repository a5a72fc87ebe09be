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
    "<<<<<<< HEAD\n",
    "\"inputs\":",
    "\"follows\":",
    "\"narHash\":\"sha256-\"",
    "\"lastModified\":-9223372036854775808",
    "\"version\":4",
    "cat <<EOF\n",
    "@version@",
    "(Linux ",
    "-dirty",
    "é",
];

/// A few mutations of a text, some of them with a piece of another.
fn mutated(seed: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    if chance.percent(60) {
        // A value in place of another keeps the file JSON, so that what stands behind it is read too.
        (0..=chance.below(3)).for_each(|_| replace_value(&mut bytes, chance));
        return bytes;
    }
    for _ in 0..=chance.below(5) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(40)).min(bytes.len());
        match chance.below(8) {
            0 => drop(bytes.drain(at..end)),
            1 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            2 => drop(bytes.splice(at..end, chance.one_of(&TOKENS).bytes())),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec().repeat(1 + chance.below(3)))),
            4 => bytes.truncate(at),
            5 => {
                let from = chance.below(other.len() + 1);
                let to = (from + chance.below(400)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            _ => replace_value(&mut bytes, chance),
        }
    }
    bytes
}

/// Puts one of the file's own strings, or a token, in place of a string.
fn replace_value(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let quotes: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] == b'"').collect();
    if quotes.len() < 4 {
        return;
    }
    let text = |chance: &mut Chance| {
        let first = 2 * chance.below(quotes.len() / 2);
        quotes[first]..quotes[first + 1] + 1
    };
    let (from, to) = (text(chance), text(chance));
    let new =
        if chance.percent(60) { bytes[from].to_vec() } else { chance.one_of(&TOKENS).as_bytes().to_vec() };
    drop(bytes.splice(to, new));
}

fn fixtures() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lock");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).filter(|bytes| bytes.len() > 2).collect()
}

/// The promises of a lock, and that everything that is done with one can be done with it.
fn keeps_its_promises(lock: &Lock, before: &Lock) {
    let inputs = lock.inputs();
    for (path, edge) in &inputs {
        assert_eq!(format!("{:?}", lock.edge(path)), format!("{:?}", Some(edge)), "{path}");
        assert!(
            path.is_root_input() || inputs.iter().any(|(other, _)| path.parent().as_ref() == Some(other))
        );
        let is_so = match (edge, lock.pin(path)) {
            (Edge::Node(key), Some(Pin::Own(node))) => {
                let is_end = matches!(lock.resolve(path), Followed::Node(end) if std::ptr::eq(end, node));
                is_end && lock.node(key).is_some_and(|same| std::ptr::eq(same, node))
            }
            (Edge::Follows(target), Some(Pin::Follows(same))) => {
                // Somewhere, nowhere or round: it comes to an end.
                let _ = lock.resolve(path);
                target == same
            }
            _ => false,
        };
        assert!(is_so, "{path}: {edge:?}, {:?}", lock.pin(path));
    }
    assert!(compare(Some(lock), Some(lock)).is_empty(), "a lock differs from itself");
    let (there, back) = (compare(Some(before), Some(lock)), compare(Some(lock), Some(before)));
    let paths =
        |all: &[flakehist::lock::Change]| all.iter().map(|change| change.path.clone()).collect::<Vec<_>>();
    assert!(there.iter().all(|change| change.from.is_some() || change.to.is_some()), "{there:?}");
    assert_eq!(paths(&there), paths(&back), "the way back has other changes than the way there");
    let shown: usize = fold(&there).iter().map(|folded| 1 + folded.inside.len()).sum();
    assert_eq!(shown, there.len(), "folding loses a change");
    let told = changes::on_one_line(&there.iter().collect::<Vec<_>>())
        + &compare_as_nix(Some(before), Some(lock)).iter().flat_map(changes::unusual).collect::<String>();
    assert!(!told.contains(flakehist::view::is_unsafe), "{told:?}");
}

#[test]
fn no_lock_is_too_odd() {
    let seeds = fixtures();
    let mut chance = chance(1);
    let mut remembering = Decoder::new();
    let plain = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lock/v7.lock")).unwrap();
    let mut before = Decoder::new().decode(&plain).unwrap();
    let (mut readable, rounds) = (0, rounds(2000));
    for round in 0..rounds {
        let (seed, other): (&Vec<u8>, &Vec<u8>) = (chance.one_of(&seeds), chance.one_of(&seeds));
        let bytes = mutated(seed, other, &mut chance);
        let context = || format!("round {round}:\n{}", String::from_utf8_lossy(&bytes));
        let started = Instant::now();
        let result = Decoder::new().decode(&bytes);
        let again = remembering.decode(&bytes);
        assert_eq!(
            format!("{result:?}"),
            format!("{again:?}"),
            "what was read before matters, {}",
            context()
        );
        let partly = result.as_ref().map_or_else(|unreadable| unreadable.readable(), Some);
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
            if let Some(lock) = partly {
                keeps_its_promises(lock, &before);
            }
        }));
        assert!(outcome.is_ok(), "{}", context());
        assert!(started.elapsed() < PATIENCE, "{:?}, {}", started.elapsed(), context());
        if let Ok(lock) = result {
            readable += 1;
            before = lock;
        }
    }
    // Else nothing but refusals was tried.
    assert!(readable * 10 > rounds, "only {readable} of {rounds} could be read");
}

/// The files in which a system tells of itself, as Nix and others write them.
fn system(root: &Path) -> Vec<(PathBuf, String)> {
    let rev = "51609b4a09ffb3c9b700e759be2ef13237c9d8f9";
    let version = "26.11.20260819.51609b4";
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
