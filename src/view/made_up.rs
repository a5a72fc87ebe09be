//! Values for the tests of views, made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::git::{Commit, CommitId, ObjectId, Stamp, blob_id};
use crate::history::{Entry, Origin, State, Tracking};
use crate::lock::{Decoder, Lock, compare};

use super::{Style, Zone};

const DAY: i64 = 86_400;
/// 2026-01-01.
pub(super) const NEW_YEAR: i64 = 1_767_225_600;

/// A style without colours and links.
pub(super) fn style(width: Option<usize>) -> Style {
    Style { color: false, links: false, width, zone: Zone::Utc, abbreviation: 7, now: NEW_YEAR + 100 * DAY }
}

/// A lock in words: `nixpkgs@a1+5` is a node with a revision that begins with `a1`, five days after new year;
/// `nixpkgs@a1+5#stable` is of a branch, `x>nixpkgs` follows, `x@a1-` is not dated, `!x@…` is not a flake.
pub(super) fn lock(words: &str) -> Lock {
    let text = lock_text(words);
    Decoder::new().decode(text.as_bytes()).unwrap_or_else(|unreadable| panic!("{unreadable}: {text}"))
}

/// The same as the text of a file.
pub(super) fn lock_text(words: &str) -> String {
    let mut nodes = serde_json::Map::new();
    let mut inputs: BTreeMap<String, serde_json::Map<String, Value>> = BTreeMap::new();
    for word in words.split_whitespace() {
        let (is_flake, word) = word.strip_prefix('!').map_or((true, word), |word| (false, word));
        let (path, edge) = match word.split_once('>') {
            Some((path, target)) => {
                let target: Vec<&str> = target.split('/').filter(|name| !name.is_empty()).collect();
                (path, json!(target))
            }
            None => {
                let (path, state) = word.split_once('@').unwrap();
                nodes.insert(path.to_owned(), node(path, state, is_flake));
                (path, json!(path))
            }
        };
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        inputs.entry(parent.to_owned()).or_default().insert(name.to_owned(), edge);
    }
    nodes.insert("root".to_owned(), json!({}));
    for (path, inputs) in inputs {
        let path = if path.is_empty() { "root" } else { &path };
        nodes.get_mut(path).unwrap()["inputs"] = inputs.into();
    }
    json!({"nodes": nodes, "root": "root", "version": 7}).to_string()
}

fn node(path: &str, state: &str, is_flake: bool) -> Value {
    let (state, branch) =
        state.split_once('#').map_or((state, None), |(state, branch)| (state, Some(branch)));
    let (rev, date) = match state.strip_suffix('-') {
        Some(rev) => (rev, 1),
        None => {
            let (rev, days) = state.split_once('+').unwrap();
            (rev, NEW_YEAR + days.parse::<i64>().unwrap() * DAY)
        }
    };
    let rev = rev.repeat(40 / rev.len());
    let name = path.rsplit('/').next().unwrap();
    let mut node = json!({
        "locked": {"type": "github", "owner": "nix-community", "repo": name, "rev": rev, "lastModified": date,
                   "narHash": format!("sha256-{rev}")},
        "original": {"type": "github", "owner": "nix-community", "repo": name},
    });
    if let Some(branch) = branch {
        node["original"]["ref"] = branch.into();
    }
    if !is_flake {
        node["flake"] = false.into();
    }
    node
}

/// The nth commit, so many days after new year.
pub(super) fn commit(number: usize, subject: &str) -> Commit {
    let hex = format!("{:07x}{number:033x}", ((number + 1) * 0x0012_4f53) & 0x0fff_ffff);
    Commit {
        id: CommitId::parse(&hex).unwrap(),
        author: "Ada Lovelace".to_owned(),
        email: "ada@example.org".to_owned(),
        committed: Stamp {
            seconds: NEW_YEAR + i64::try_from(number).unwrap() * 3 * DAY + 14 * 3600 + 5 * 60,
            offset_minutes: 120,
        },
        subject: subject.to_owned(),
    }
}

/// What a lock is at one point of a history.
pub(super) enum At<'w> {
    /// [`lock`] in words.
    Lock(&'w str),
    /// Bytes that are no lock.
    Broken(&'w str),
    Deleted,
}

fn state(at: &At<'_>) -> State {
    match at {
        At::Lock(words) => State::Readable(Arc::new(lock(words))),
        At::Broken(text) => State::Broken(Arc::new(Decoder::new().decode(text.as_bytes()).unwrap_err())),
        At::Deleted => State::Absent,
    }
}

pub(super) fn id(text: &str) -> Option<ObjectId> {
    blob_id(text.as_bytes())
}

/// A history, the newest first, from subjects and locks, the oldest first.
pub(super) fn history(commits: &[(&str, At<'_>)]) -> Vec<Entry> {
    let mut before: Option<Arc<Lock>> = None;
    let mut entries = Vec::new();
    for (number, (subject, at)) in commits.iter().enumerate() {
        let origin = match *subject {
            "index" => Origin::Index { modified: NEW_YEAR + 90 * DAY },
            "worktree" => Origin::Worktree { modified: NEW_YEAR + 91 * DAY, tracking: Tracking::Modified },
            subject => Origin::Commit(commit(number, subject)),
        };
        let state = state(at);
        let changes = match &state {
            State::Broken(_) => Vec::new(),
            state => compare(before.as_deref(), state.lock()),
        };
        match &state {
            State::Readable(lock) => before = Some(Arc::clone(lock)),
            State::Absent => before = None,
            State::Broken(_) => {}
        }
        let lock_id = id(subject).filter(|_| !matches!(at, At::Deleted));
        let path = "flake.lock".into();
        entries.push(Entry { origin, path, lock_id, state, changes, at_shallow_end: false });
    }
    entries.reverse();
    entries
}

/// A conflict that was committed.
pub(super) const CONFLICT: &str = "{\n  \"nodes\": {\n<<<<<<< HEAD\n=======\n>>>>>>> update\n  }\n}\n";

/// A year of a small configuration, in which everything happens once.
pub(super) fn eventful() -> Vec<Entry> {
    let base = "home-manager/nixpkgs>nixpkgs disko/nixpkgs>nixpkgs";
    let with = |words: &str| format!("{words} {base}");
    history(&[
        ("Start", At::Lock("nixpkgs@a1+0")),
        ("Add home-manager and disko", At::Lock(&with("nixpkgs@a1+0 home-manager@b1+2 disko@c1-"))),
        ("flake.lock: Update", At::Lock(&with("nixpkgs@a2+5 home-manager@b2+6 disko@c1-"))),
        ("flake.lock: Update", At::Lock(&with("nixpkgs@a3+9 home-manager@b2+6 disko@c2-"))),
        ("Revert \"flake.lock: Update\"", At::Lock(&with("nixpkgs@a2+5 home-manager@b2+6 disko@c1-"))),
        ("Merge branch 'topic'", At::Broken(CONFLICT)),
        ("Repair the lock", At::Lock(&with("nixpkgs@a4+17 home-manager@b2+6 disko@c1-"))),
        (
            "Follow the stable branch",
            At::Lock(&with("nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1-")),
        ),
        (
            "Add an unstable nixpkgs for one package, hardware quirks and secrets",
            At::Lock(&with(
                "nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1- unstable@a5+24 \
                 !nixos-hardware@f1+20 sops-nix@91+21 sops-nix/nixpkgs@a4+17",
            )),
        ),
        (
            "sops-nix uses our nixpkgs",
            At::Lock(&with(
                "nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1- unstable@a5+24 \
                 !nixos-hardware@f1+20 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        (
            "unstable is nixpkgs again",
            At::Lock(&with(
                "nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1- unstable>nixpkgs \
                 !nixos-hardware@f1+20 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        (
            "Only written differently",
            At::Lock(&with(
                "nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1- unstable>nixpkgs \
                 !nixos-hardware@f1+20 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        (
            "No quirks any more",
            At::Lock(&with(
                "nixpkgs@d1+15#nixos-25.11 home-manager@e1+18#release-25.11 disko@c1- unstable>nixpkgs \
                 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        ("Try without flakes", At::Deleted),
        (
            "Flakes were better",
            At::Lock(&with(
                "nixpkgs@d2+44#nixos-25.11 home-manager@e1+18#release-25.11 disko@c3- unstable>nixpkgs \
                 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        (
            "index",
            At::Lock(&with(
                "nixpkgs@d3+50#nixos-25.11 home-manager@e2+48#release-25.11 disko@c3- unstable>nixpkgs \
                 sops-nix@91+21 sops-nix/nixpkgs>nixpkgs",
            )),
        ),
        ("worktree", At::Broken("")),
    ])
}

/// A history of one input.
pub(super) fn single() -> Vec<Entry> {
    history(&[
        ("Start", At::Lock("nixpkgs@a1+0")),
        ("flake.lock: Update", At::Lock("nixpkgs@a2+5")),
        (
            "Go back, the new kernel does not boot on the laptop with the broken screen",
            At::Lock("nixpkgs@a1+0"),
        ),
        ("Merge branch 'topic'", At::Broken(CONFLICT)),
        ("flake.lock: Update", At::Lock("nixpkgs@a3+12")),
    ])
}

/// A history of forty inputs, of which one, a few or all move.
pub(super) fn crowded() -> Vec<Entry> {
    let names = ["nixpkgs", "home-manager", "a-flake-with-a-very-long-name-indeed", "nixos-hardware", "x"];
    let inputs = |moved: &dyn Fn(usize) -> usize| {
        (0..40)
            .map(|n| {
                let days = moved(n);
                let name = names.get(n).map_or_else(|| format!("input-{n:02}"), |name| (*name).to_owned());
                format!("{name}@{n:02x}{days:02x}+{days} {name}/systems>x")
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let states = [
        inputs(&|_| 0),
        inputs(&|n| if n == 7 { 3 } else { 0 }),
        inputs(&|n| if n % 9 == 7 { 5 } else { 0 }),
        inputs(&|_| 8),
        inputs(&|n| if n < 2 { 9 } else { 8 }),
        inputs(&|n| {
            if n == 30 {
                2
            } else if n < 2 {
                9
            } else {
                8
            }
        }),
    ];
    let subjects = [
        "Start",
        "Update input-07",
        "flake.lock: Update",
        "Update everything",
        "Update nixpkgs",
        "Pin input-30",
    ];
    let commits: Vec<(&str, At<'_>)> =
        subjects.iter().zip(&states).map(|(subject, words)| (*subject, At::Lock(words))).collect();
    history(&commits)
}
