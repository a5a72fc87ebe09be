//! Trees that no git would make, written byte by byte.

use crate::support::{Scratch, lock};
use crate::survives;

/// The id as it stands in a tree.
fn raw(id: &str) -> Vec<u8> {
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
    id.as_bytes().chunks(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
}

fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", &raw(id)].concat()
}

struct World {
    scratch: Scratch,
    blob: String,
    tree: String,
    commit: String,
}

fn world() -> World {
    let scratch = Scratch::new();
    scratch.write("nix/flake.lock", lock(&[("nixpkgs", 1)]));
    scratch.write("nix/flake.nix", "{ }");
    let commit = scratch.commit_lock(1);
    let blob = scratch.git(["rev-parse", "HEAD:flake.lock"]);
    let tree = scratch.git(["rev-parse", "HEAD:nix"]);
    World { scratch, blob, tree, commit }
}

impl World {
    /// Commits a tree with these bytes, and then an ordinary one again.
    fn commit(&self, tree: &[u8]) {
        let args = ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"];
        let tree = self.scratch.feed_git(self.scratch.folder(), args, tree).success().out().trim().to_owned();
        let commit = format!(
            "tree {tree}\nparent {}\nauthor a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n\nodd\n",
            self.scratch.git(["rev-parse", "HEAD"])
        );
        let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
        let id = self.scratch.feed_git(self.scratch.folder(), args, commit.as_bytes()).success();
        self.scratch.write(".git/refs/heads/main", id.out());
    }

    /// Where git can list the history, so can flakehist.
    fn same_or_refused(&self, what: &str) {
        survives(&self.scratch);
        for file in ["flake.lock", "nix/flake.lock"] {
            let git = self.scratch.ask_git(self.scratch.folder(), ["log", "--format=%H", "--", file]);
            let ours = self.scratch.flakehist(["log", "--json", "--lock", file]);
            assert!(matches!(ours.status, Some(0 | 1)), "{ours}");
            if git.status == Some(0) {
                let listed: Vec<&str> = git.out().lines().collect();
                assert_eq!(ours.commits(), listed, "{what}, {file}\n{ours}\n{git}");
            }
        }
    }
}

#[test]
fn odd_modes_are_what_git_takes_them_for() {
    for mode in [
        "100644", "100664", "100600", "100755", "100775", "100000", "0100644", "120777", "40755", "040000",
        "160000", "170000", "20000", "0", "7",
    ] {
        let world = world();
        let World { blob, tree, commit, .. } = &world;
        let id = if mode.contains("40") {
            tree
        } else if mode.starts_with("16") {
            commit
        } else {
            blob
        };
        world.commit(&[entry(mode, b"flake.lock", id), entry("40000", b"nix", tree)].concat());
        world.same_or_refused(mode);
    }
}

#[test]
fn entries_of_the_wrong_kind_do_no_harm() {
    let nowhere = "1234567890".repeat(4);
    let zero = "0".repeat(40);
    let kinds = world();
    for (mode, id) in [
        ("100644", &kinds.tree),
        ("100644", &kinds.commit),
        ("100644", &nowhere),
        ("100644", &zero),
        ("120000", &kinds.tree),
        ("120000", &nowhere),
        ("40000", &kinds.blob),
        ("40000", &nowhere),
        ("160000", &nowhere),
        ("160000", &kinds.blob),
    ] {
        let world = world();
        world.commit(&[entry(mode, b"flake.lock", id), entry("40000", b"nix", &world.tree)].concat());
        world.same_or_refused(mode);
        let world = self::world();
        world.commit(&[entry("100644", b"flake.lock", &world.blob), entry(mode, b"nix", id)].concat());
        world.same_or_refused(&format!("{mode} in the place of a folder"));
    }
}

#[test]
fn odd_names_and_orders_do_no_harm() {
    let World { blob, tree, .. } = &world();
    let lock = entry("100644", b"flake.lock", blob);
    let folder = entry("40000", b"nix", tree);
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("unsorted", [folder.clone(), lock.clone()].concat()),
        ("twice", [lock.clone(), lock.clone(), folder.clone()].concat()),
        ("a folder and a file", [lock.clone(), entry("40000", b"flake.lock", tree), folder].concat()),
        ("no name", [entry("100644", b"", blob), lock.clone()].concat()),
        ("a path for a name", [entry("100644", b"nix/flake.lock", blob), lock.clone()].concat()),
        ("dots", [entry("40000", b"..", tree), entry("40000", b".git", tree), lock.clone()].concat()),
        ("not UTF-8", [entry("100644", b"\xff\xfe", blob), lock.clone()].concat()),
        ("control characters", [entry("100644", b"\x1b[31m\r\n", blob), lock.clone()].concat()),
        ("a long name", [entry("100644", &[b'a'; 100_000], blob), lock.clone()].concat()),
        ("many entries", [entry("100644", b"a", blob).repeat(20_000), lock.clone()].concat()),
        ("cut off", lock[..lock.len() - 5].to_vec()),
        ("cut off in the mode", b"1006".to_vec()),
        ("no mode", [b" flake.lock\0".to_vec(), raw(blob)].concat()),
        ("not octal", [b"9x flake.lock\0".to_vec(), raw(blob)].concat()),
        ("rubbish", vec![0; 200]),
    ] {
        let world = world();
        world.commit(&bytes);
        // git relies on the order, so that it finds less in some of these.
        survives(&world.scratch);
        assert!(world.scratch.flakehist(["log", "--json", "HEAD"]).status.is_some(), "{what}");
    }
}

#[test]
fn a_tree_that_holds_itself_thousands_of_times_is_not_walked() {
    let world = world();
    let mut tree = world.tree.clone();
    for _ in 0..200 {
        let bytes: Vec<u8> = (b'a'..b'k').flat_map(|name| entry("40000", &[name], &tree)).collect();
        let args = ["hash-object", "-t", "tree", "-w", "--stdin"];
        tree = world.scratch.feed_git(world.scratch.folder(), args, &bytes).success().out().trim().to_owned();
    }
    world.commit(&[entry("100644", b"flake.lock", &world.blob), entry("40000", b"nix", &tree)].concat());
    let commits =
        world.scratch.flakehist(["log", "--json", "--lock", "flake.lock", "HEAD"]).success().commits();
    assert_eq!(commits.len(), 1);
    world.scratch.flakehist(["log", "--json", "--lock", "nix/flake.lock", "HEAD"]).success();
    // Nor is it hashed to see whether a system keeps it.
    let repository = flakehist::git::Repository::discover(world.scratch.folder()).unwrap().unwrap();
    let head = repository.head().unwrap().unwrap();
    assert_eq!(repository.source_hash(head), None);
}
