//! What Nix would list, beside what we list.

use super::super::compare_as_nix;
use super::*;

fn as_nix(old: &Lock, new: &Lock) -> Vec<String> {
    let kind = |change: &Change| format!("{} {:?}", change.path, change.kind);
    compare_as_nix(Some(old), Some(new)).iter().map(kind).collect()
}

#[test]
fn every_attribute_counts_and_the_reference_does_not() {
    let at = |words: &str| one(&format!("{NIXPKGS} rev=a narHash=x {words}"), NIXPKGS);
    for (old, new, expected) in [
        ("", "", &[] as &[&str]),
        ("", "lastModified=5", &["x Updated"]),
        ("lastModified=5", "lastModified=6", &["x Updated"]),
        ("", "ref=main", &["x Updated"]),
    ] {
        assert_eq!(as_nix(&at(old), &at(new)), expected, "{old} → {new}");
    }
    let stable = one(&format!("{NIXPKGS} rev=a narHash=x"), &format!("{NIXPKGS} ref=stable"));
    assert!(as_nix(&at(""), &stable).is_empty());
}

#[test]
fn what_follows_is_listed_with_its_parent() {
    for (old, new, expected) in [
        ("b@1", "a@1 a/n>b b@1", &["a Added", "a/n Added"] as &[&str]),
        ("a@1 a/n>b b@1", "b@1", &["a Removed", "a/n Removed"]),
        ("n@1 a@1 a/n@1 a/n/m@1", "n@1 a@1 a/n>n", &["a/n Updated", "a/n/m Removed"]),
        ("n@1 m@1 x>n", "n@1 m@1 x>m", &["x Updated"]),
        ("a@1 a-b@1 a/x@1", "a@2 a-b@2 a/x@2", &["a Updated", "a/x Updated", "a-b Updated"]),
    ] {
        assert_eq!(as_nix(&tree(old), &tree(new)), expected, "{old} → {new}");
    }
}

#[test]
fn a_shared_node_has_its_inputs_once() {
    let lock = |rev: &str| {
        let of = |name: &str, rest: &str| {
            format!("{name:?}:{}", node(&format!("{NIXPKGS} rev={rev}"), NIXPKGS, rest))
        };
        let nodes = [of("s", r#","inputs":{"n":"n"}"#), of("n", "")];
        lock_of(&nodes.join(","), r#""a":"s","b":"s""#)
    };
    assert_eq!(as_nix(&lock("1"), &lock("2")), ["a Updated", "a/n Updated", "b Updated"]);
}
