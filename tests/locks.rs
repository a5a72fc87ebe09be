//! The locks of `fixtures/lock`, each made up for one peculiarity and read by a test of its name.

#![expect(clippy::panic, clippy::string_slice, clippy::unwrap_used, reason = "a test fails by panicking")]

use flakehist::lock::{Decoder, Followed, Lock, Pin, Unreadable};

fn read(name: &str) -> Result<Lock, Unreadable> {
    let path = format!("{}/fixtures/lock/{name}.lock", env!("CARGO_MANIFEST_DIR"));
    Decoder::new().decode(&std::fs::read(path).unwrap())
}

/// One line for each input: its path, its revision's first digit and date, its URL without revision and what else is
/// to be known; or where it leads.
fn told(lock: &Lock) -> Vec<String> {
    let line = |path: &flakehist::lock::InputPath| match lock.pin(path) {
        Some(Pin::Own(node)) => {
            let (locked, original) = (node.locked().unwrap(), node.original());
            let mut line = format!("{path} {}", locked.url());
            if let Some(rev) = locked.rev() {
                line = format!("{} {}", line.replace(rev, "REV"), &rev[..2]);
            }
            line += &locked.date().map(|date| format!(" @{date}")).unwrap_or_default();
            line += &original.map(|original| format!(" for {}", original.url())).unwrap_or_default();
            line += if node.is_flake() { "" } else { " plain" };
            line += &node.parent().map(|parent| format!(" in /{parent}")).unwrap_or_default();
            line + if node.is_build_time() { " late" } else { "" }
        }
        Some(Pin::Follows(target)) => {
            let end = match lock.resolve(path) {
                Followed::Node(node) => node.locked().map_or("the root".to_owned(), |locked| {
                    format!("{} {}", locked.text("repo").unwrap(), &locked.rev().unwrap()[..2])
                }),
                Followed::Nowhere => "nowhere".to_owned(),
                Followed::Circle => "a circle".to_owned(),
            };
            format!("{path} > /{target} = {end}")
        }
        None => panic!("{path} is no input"),
    };
    lock.inputs().iter().map(|(path, _)| line(path)).collect()
}

/// The lock says just this, and there is nothing to note.
fn says(name: &str, inputs: &[&str]) {
    let lock = read(name).unwrap();
    assert_eq!(told(&lock), inputs, "{name}");
    let notices: Vec<String> = lock.notices().iter().map(ToString::to_string).collect();
    assert!(notices.is_empty() || lock.version() < 5, "{notices:?}");
}

/// The lock cannot be read, for this reason, and just this of it can be read nevertheless.
fn refused(name: &str, reason: &str, readable: &[&str]) {
    let unreadable = read(name).unwrap_err();
    assert_eq!(unreadable.reason(), reason, "{name}");
    assert_eq!(unreadable.readable().map(told).unwrap_or_default(), readable, "{name}");
}

const NIXPKGS: &str =
    "nixpkgs github:NixOS/nixpkgs/REV aa @1700000000 for github:NixOS/nixpkgs/nixos-unstable";
const HOME_MANAGER: [&str; 2] = [
    "home-manager github:nix-community/home-manager/REV bb @1700086400 for github:nix-community/home-manager",
    "home-manager/nixpkgs > /nixpkgs = nixpkgs aa",
];
const USUAL: [&str; 3] = [HOME_MANAGER[0], HOME_MANAGER[1], NIXPKGS];

#[test]
fn version_1() {
    says(
        "v1",
        &[
            "dwarffs github:edolstra/dwarffs/REV cc",
            "dwarffs/data git+https://example.org/data?ref=main&rev=REV ee plain",
            "dwarffs/nixpkgs github:NixOS/nixpkgs/REV dd",
            "nixpkgs github:NixOS/nixpkgs/REV aa",
        ],
    );
    says("v1-registry", &["nixpkgs github:NixOS/nixpkgs/REV aa"]);
}

#[test]
fn version_2() {
    says(
        "v2",
        &[
            "nix github:NixOS/nix/REV cc",
            "nix/data https://example.org/data.tar.gz plain",
            "nixpkgs github:NixOS/nixpkgs/REV aa",
        ],
    );
}

#[test]
fn version_3() {
    says(
        "v3",
        &[
            "nix github:NixOS/nix/REV cc for flake:nix",
            "nix/nixpkgs git+file:///srv/nixpkgs?ref=master&rev=REV dd for flake:nixpkgs",
            "nixpkgs github:NixOS/nixpkgs/REV aa for flake:nixpkgs/release-19.09",
        ],
    );
}

#[test]
fn version_4() {
    says(
        "v4",
        &[
            "data git+https://example.org/data?ref=master&rev=REV cc for git+https://example.org/data plain",
            "nixpkgs github:NixOS/nixpkgs/REV aa @1582000000 for flake:nixpkgs",
        ],
    );
    for (version, name) in ["v1", "v2", "v3", "v4"].into_iter().enumerate() {
        let notices = read(name).unwrap().notices()[0].to_string();
        let version = version + 1;
        assert_eq!(
            notices,
            format!("lock version {version} is from before Nix 2.4; no Nix of today reads it")
        );
    }
}

#[test]
fn versions_5_and_6() {
    let inputs = [
        "nix github:NixOS/nix/REV cc @1585000001 for flake:nix",
        "nix/nixpkgs github:NixOS/nixpkgs/REV aa @1585000000 for flake:nixpkgs",
        "nixpkgs github:NixOS/nixpkgs/REV aa @1585000000 for flake:nixpkgs",
    ];
    says("v5", &inputs);
    says("v6", &inputs);
    let (five, six) = (read("v5").unwrap(), read("v6").unwrap());
    assert_eq!((five.version(), six.version()), (5, 6));
    assert!(flakehist::lock::compare(Some(&five), Some(&six)).is_empty(), "only written differently");
}

#[test]
fn version_7() {
    says("v7", &USUAL);
}

#[test]
fn newer() {
    let lock = read("newer").unwrap();
    assert_eq!(told(&lock), [NIXPKGS]);
    assert_eq!(
        lock.notices()[0].to_string(),
        "lock version 8 is newer than any known (7); only what is understood is shown"
    );
}

#[test]
fn follows() {
    says(
        "follows",
        &[
            "a github:o/a/REV cc @1700000000 for github:o/a",
            "a/nixpkgs github:NixOS/nixpkgs/REV dd @1700000000 for github:NixOS/nixpkgs",
            "a/self > / = the root",
            "chain > /link = a cc",
            "gone > /a/gone = nowhere",
            "link > /a = a cc",
            NIXPKGS,
            "through > /link/nixpkgs = nixpkgs dd",
        ],
    );
}

#[test]
fn circle() {
    says(
        "circle",
        &[
            "a github:o/a/REV cc @1700000000 for github:o/a",
            "a/b > /b/a = a circle",
            "b github:o/b/REV dd @1700000000 for github:o/b",
            "b/a > /a/b = a circle",
            "self > /self = a circle",
        ],
    );
}

#[test]
fn input_of_itself() {
    refused(
        "input-of-itself",
        "nodes.b.inputs.a: `a` is an input of itself",
        &[
            "a github:o/a/REV cc @1700000000 for github:o/a",
            "a/b github:o/b/REV dd @1700000000 for github:o/b",
        ],
    );
}

#[test]
fn path_input() {
    says(
        "path-input",
        &[
            "a github:o/a/REV cc @1700000000 for github:o/a",
            "a/inner path:./inner for path:./inner in /a",
            "absolute path:/nix/store/0123456789abcdfghijklmnpqrsvwxyz-source for flake:absolute",
            "sub path:./sub for path:./sub in /",
        ],
    );
    says("path-input-before-2.26", &["sub path:./sub @1700000000 for path:./sub"]);
}

#[test]
fn build_time() {
    says("build-time", &["data github:o/data/REV ee @1700000000 for github:o/data plain late"]);
}

#[test]
fn sources() {
    let flakehub =
        "https://api.flakehub.com/f/pinned/o/r/0.1.7%2Brev-REV/018f0000-0000-0000-0000-000000000000";
    let flakehub = format!(
        "flakehub {flakehub}/source.tar.gz ee @1700000000 for https://flakehub.com/f/o/r/0.1.%2A.tar.gz"
    );
    let git = "git+ssh://git@codeberg.org/o/r.git";
    let git =
        format!("git {git}?ref=refs/heads/main&rev=REV&submodules=1 cc @1700000000 for {git}?submodules=1");
    let gitlab = "gitlab:group%252Fsub/r";
    let gitlab = format!(
        "gitlab {gitlab}/REV?host=gitlab.example.org aa @1700000000 for {gitlab}?host=gitlab.example.org"
    );
    says(
        "sources",
        &[
            "dirty git+file:///home/me/r @1700000000 for git+file:///home/me/r",
            "file https://example.org/x.json for https://example.org/x.json plain",
            &flakehub,
            &git,
            &gitlab,
            "hg hg+https://example.org/r?rev=REV dd for hg+https://example.org/r",
            "sourcehut sourcehut:~user/r/REV bb @1700000000 for sourcehut:~user/r",
            "warp warp:?url=warp://example.org for warp:?url=warp://example.org",
        ],
    );
}

#[test]
fn read_as_if_nothing_were() {
    for name in ["bom", "crlf", "orphan"] {
        says(name, &USUAL);
    }
}

#[test]
fn duplicate_keys() {
    let lock = read("duplicate-keys").unwrap();
    assert_eq!(told(&lock), USUAL, "the last one counts");
    let notice = "`nodes.nixpkgs` stands twice in the file; the last one counts";
    assert_eq!(lock.notices().iter().map(ToString::to_string).collect::<Vec<_>>(), [notice]);
}

#[test]
fn no_json() {
    refused("empty", "the file is empty", &[]);
    refused("conflict-marker", "unresolved merge conflict (line 26)", &[]);
    refused("truncated", "truncated: the file ends at line 24 in the middle of the JSON", &[]);
    refused("trailing-comma", "not JSON: trailing comma (line 48, column 1)", &[]);
    refused("junk-after-the-end", "not JSON: trailing characters (line 49, column 1)", &[]);
    refused("not-utf-8", "not UTF-8: invalid bytes at offset 273", &[]);
    refused("link", "not JSON: expected value (line 1, column 1)", &[]);
}

#[test]
fn wrong_in_one_place() {
    refused(
        "missing-node",
        "nodes.root.inputs.nixpkgs: there is no node `nixpkgs_2`",
        &[HOME_MANAGER[0], "home-manager/nixpkgs > /nixpkgs = nowhere"],
    );
    for (name, reason) in [
        ("missing-original", "nodes.nixpkgs.original: missing"),
        ("number-for-rev", "nodes.nixpkgs.locked.rev: expected a string"),
    ] {
        refused(name, reason, &[HOME_MANAGER[0], "home-manager/nixpkgs > /nixpkgs = nowhere"]);
    }
}

#[test]
fn every_fixture_has_its_test() {
    let tests = include_str!("locks.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lock");
    for member in std::fs::read_dir(folder).unwrap() {
        let name = member.unwrap().file_name().into_string().unwrap();
        let name = name.strip_suffix(".lock").unwrap_or_else(|| panic!("{name} is no lock"));
        assert!(tests.contains(&format!("\"{name}\"")), "nothing reads {name}.lock");
    }
}
