//! Graphs: nodes that are shared, circles, depth and multitude; and the members a node may have.

use super::*;

/// A version 7 file from nodes `key: inputs`, all alike but for their inputs; the first is the root.
fn graph(nodes: &[(String, String)]) -> String {
    let node = |(at, (key, inputs)): (usize, &(String, String))| {
        let rest = GOOD.trim().strip_prefix('{').unwrap();
        if at == 0 {
            format!(r#""{key}": {{"inputs": {{{inputs}}}}}"#)
        } else {
            format!(r#""{key}": {{"inputs": {{{inputs}}}, {rest}"#)
        }
    };
    let nodes: Vec<String> = nodes.iter().enumerate().map(node).collect();
    with_nodes(&nodes.join(", "))
}

fn words(nodes: &[(&str, &str)]) -> String {
    let nodes: Vec<(String, String)> =
        nodes.iter().map(|(key, inputs)| ((*key).to_owned(), (*inputs).to_owned())).collect();
    graph(&nodes)
}

fn paths(lock: &Lock) -> Vec<String> {
    lock.inputs().iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn a_shared_node_is_there_by_every_path() {
    let shared =
        words(&[("root", r#""a": "a", "b": "b""#), ("a", r#""n": "n""#), ("b", r#""n": "n""#), ("n", "")]);
    for version in ["5", "6", "7"] {
        let text = shared.replace("\"version\": 7", &format!("\"version\": {version}"));
        assert_eq!(paths(&decode(&text).unwrap()), ["a", "a/n", "b", "b/n"], "version {version}");
    }
}

#[test]
fn info_is_folded_into_locked() {
    let node = r#"{"info": {"lastModified": 1700000000, "narHash": "sha256-new"},
        "locked": {"type": "github", "owner": "o", "repo": "r", "rev": "aa", "narHash": "sha256-old"},
        "original": {"type": "indirect", "id": "r"}}"#;
    for version in [5, 6, 7] {
        let text = with_node(node).replace("\"version\": 7", &format!("\"version\": {version}"));
        let lock = decode(&text).unwrap();
        let Some(Pin::Own(node)) = lock.pin(&path("nixpkgs")) else { panic!("version {version}") };
        let locked = node.locked().unwrap();
        assert_eq!((locked.date(), locked.nar_hash()), (Some(1_700_000_000), Some("sha256-new")));
    }
}

#[test]
fn circles_are_told_and_cut() {
    for (nodes, expected, rest) in [
        (
            words(&[
                ("root", r#""a": "a""#),
                ("a", r#""b": "b""#),
                ("b", r#""c": "c""#),
                ("c", r#""a": "a""#),
            ]),
            "nodes.c.inputs.a: `a` is an input of itself",
            vec!["a", "a/b", "a/b/c"],
        ),
        (
            words(&[("root", r#""a": "a""#), ("a", r#""a": "a", "n": "n""#), ("n", "")]),
            "nodes.a.inputs.a: `a` is an input of itself",
            vec!["a", "a/n"],
        ),
        (
            words(&[("root", r#""a": "a", "self": "root""#), ("a", r#""up": "root""#)]),
            "nodes.a.inputs.up: `root` is an input of itself",
            vec!["a"],
        ),
        (
            words(&[("root", r#""a": "a", "b": "b""#), ("a", r#""b": "b""#), ("b", r#""a": "a""#)]),
            "nodes.b.inputs.a: `a` is an input of itself",
            vec!["a", "a/b", "b"],
        ),
    ] {
        let unreadable = decode(&nodes).unwrap_err();
        assert_eq!(unreadable.reason(), expected);
        assert_eq!(paths(unreadable.readable().unwrap()), rest);
    }
    let not_reached = words(&[("root", ""), ("a", r#""b": "b""#), ("b", r#""a": "a""#)]);
    assert!(
        decode(&not_reached).unwrap().inputs().is_empty(),
        "a circle apart from the root does not matter"
    );
}

#[test]
fn shared_nodes_that_multiply_are_refused() {
    // Each level has two ways to the next: 2^n paths from n nodes.
    let laughs = |levels: usize| {
        let level = |n: usize| match n + 1 {
            next if next <= levels => format!(r#""a": "n{next}", "b": "n{next}""#),
            _ => String::new(),
        };
        let name = |n: usize| if n == 0 { "root".to_owned() } else { format!("n{n}") };
        graph(&(0..=levels).map(|n| (name(n), level(n))).collect::<Vec<_>>())
    };
    assert_eq!(decode(&laughs(10)).unwrap().inputs().len(), 2046);
    for levels in [20, 64, 5_000] {
        assert_eq!(reason(laughs(levels).as_bytes()), "too many inputs within inputs", "{levels}");
    }
}

/// So many nodes, each an input of the one before, the last with the inputs `end`.
fn chain(depth: usize, end: &str) -> String {
    let name = |n: usize| if n == 0 { "root".to_owned() } else { format!("n{n}") };
    let input = |n: usize| if n < depth { format!(r#""i": "n{}""#, n + 1) } else { end.to_owned() };
    graph(&(0..=depth).map(|n| (name(n), input(n))).collect::<Vec<_>>())
}

#[test]
fn two_thousand_nested_inputs_are_read() {
    let lock = decode(&chain(2_000, "")).unwrap();
    let bottom = InputPath::new(std::iter::repeat_n("i", 2_000));
    assert!(matches!(lock.resolve(&bottom), Followed::Node(node) if node.inputs().is_empty()));
    assert_eq!(lock.inputs().last().unwrap().0, bottom);
    let circle = decode(&chain(2_000, r#""i": "n1""#)).unwrap_err();
    assert_eq!(circle.reason(), "nodes.n2000.inputs.i: `n1` is an input of itself");
}

#[test]
fn ten_thousand_nested_inputs_are_an_answer() {
    for depth in [10_000, 50_000] {
        assert_eq!(reason(chain(depth, "").as_bytes()), "too many inputs within inputs");
    }
    // Shared, so that the long way to a node is not the first one.
    let twice = chain(2_700, "").replacen(r#""i": "n1""#, r#""a": "n1900", "i": "n1""#, 1);
    assert!(decode(&twice).is_ok());
    let twice = chain(2_700, "").replacen(r#""i": "n1""#, r#""a": "n2", "i": "n1""#, 1);
    assert_eq!(reason(twice.as_bytes()), "too many inputs within inputs");
}

#[test]
fn brackets_nested_without_end_are_an_answer() {
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let brackets = with_node(&format!(r#"{{"locked": {nested}}}"#));
    assert_eq!(reason(brackets.as_bytes()), "nodes.nixpkgs: recursion limit exceeded");
    let unknown = with_node(GOOD).replacen('{', &format!("{{\"x\": {nested},"), 1);
    assert!(decode(&unknown).is_ok(), "what is passed over may be nested");
}

#[test]
fn the_members_of_a_node_are_kept() {
    let text = with_node(
        r#"{"buildTime": true, "flake": false, "parent": ["a", "b"],
            "locked": {"type": "path", "path": "./sub"}, "original": {"type": "path", "path": "./sub"}}"#,
    );
    let lock = decode(&text).unwrap();
    let Some(Pin::Own(node)) = lock.pin(&path("nixpkgs")) else { panic!() };
    assert!(node.is_build_time() && !node.is_flake());
    assert_eq!(node.parent(), Some(&path("a/b")));
    let lock = decode(&with_node(GOOD)).unwrap();
    let plain = lock.node("nixpkgs").unwrap();
    assert!(!plain.is_build_time() && plain.is_flake() && plain.parent().is_none());
    let of_root = with_node(
        r#"{"parent": [], "locked": {"type": "path", "path": "./x"}, "original": {"type": "path", "path": "./x"}}"#,
    );
    let lock = decode(&of_root).unwrap();
    assert!(lock.node("nixpkgs").unwrap().parent().unwrap().is_root(), "relative to the root is not nothing");
}

#[test]
fn numbers_are_read_as_nix_reads_them() {
    for (written, seconds) in [
        ("1700000000", 1_700_000_000),
        ("1700000000.9", 1_700_000_000),
        ("1.7e9", 1_700_000_000),
        ("-1", u64::MAX),
    ] {
        let lock = decode(&with_node(&locked(&format!(r#""lastModified": {written}"#)))).unwrap();
        let locked = lock.node("nixpkgs").unwrap().locked().unwrap();
        assert_eq!(locked.date(), Some(seconds), "{written}");
    }
}

#[test]
fn names_may_be_anything() {
    let text = r#"{"nodes": {"\u0061 /\"": LEAF, "é": LEAF, "": LEAF,
        "root": {"inputs": {"hls-2.10": "a /\"", "a b": "\u00e9", "x/y": "", "z": ["hls-2.10", "a b"]}}},
        "root": "root", "version": 7}"#;
    let lock = decode(&text.replace("LEAF", GOOD)).unwrap();
    let names: Vec<String> = lock.root().inputs().iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["a b", "hls-2.10", "x/y", "z"]);
    assert!(matches!(lock.pin(&InputPath::new(["x/y"])), Some(Pin::Own(_))));
}
