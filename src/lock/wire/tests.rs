//! Every oddity that real locks have, or that Nix is known to accept or refuse.

use super::super::{Followed, InputPath, Pin};
use super::*;

mod edited;
mod graphs;
mod quick;

/// `nodes` of a version 7 file whose root has one input, `nixpkgs`, with this node.
fn with_node(node: &str) -> String {
    with_nodes(&format!(r#""nixpkgs": {node}, "root": {{"inputs": {{"nixpkgs": "nixpkgs"}}}}"#))
}

fn with_nodes(nodes: &str) -> String {
    format!(r#"{{"nodes": {{{nodes}}}, "root": "root", "version": 7}}"#)
}

/// A node that is in order.
const GOOD: &str = r#"{
    "locked": {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "aa", "lastModified": 1700000000,
               "narHash": "sha256-x"},
    "original": {"type": "github", "owner": "NixOS", "repo": "nixpkgs"}
}"#;

/// A node with these members of `locked` besides its type.
fn locked(members: &str) -> String {
    let original = r#""original": {"type": "github", "owner": "o", "repo": "r"}"#;
    format!(r#"{{"locked": {{"type": "github", "owner": "o", "repo": "r", {members}}}, {original}}}"#)
}

fn decode(text: &str) -> Result<Lock, Unreadable> {
    Decoder::new().decode(text.as_bytes())
}

fn reason(bytes: &[u8]) -> String {
    match Decoder::new().decode(bytes) {
        Ok(lock) => panic!("read as {lock:?}: {}", String::from_utf8_lossy(bytes)),
        Err(unreadable) => unreadable.reason().to_owned(),
    }
}

fn path(written: &str) -> InputPath {
    InputPath::new(written.split('/').filter(|name| !name.is_empty()))
}

#[test]
fn what_is_no_json_says_what_commonly_happens_to_a_lock() {
    let good = with_node(GOOD);
    let conflict =
        "{\n  \"nodes\": {\n<<<<<<< HEAD\n    \"a\": 1\n=======\n    \"a\": 2\n>>>>>>> topic\n  }\n}\n";
    let cases: &[(&[u8], &str)] = &[
        (b"", "the file is empty"),
        (b" \n\r\n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        (conflict.as_bytes(), "unresolved merge conflict (line 3)"),
        (b"{\r\n||||||| base\r\n}", "unresolved merge conflict (line 2)"),
        (b"{\n  \"nodes\": {\n", "truncated: the file ends at line 3 in the middle of the JSON"),
        (b"{\"nodes\": {\"a", "truncated: the file ends at line 1 in the middle of the JSON"),
        (b"{\"nodes\": {\"a\": 1,}}", "not JSON: trailing comma (line 1, column 19)"),
        (b"{\n  \"nodes\": {\"a\": 1,\n  }\n}", "not JSON: trailing comma (line 3, column 3)"),
        (b"{\"nodes\": {\"a\": {} \"b\": {}}}", "not JSON: expected `,` or `}` (line 1, column 20)"),
        (b"{ // comment\n}", "not JSON: key must be a string (line 1, column 3)"),
        (b"{\"nodes\": {}} x", "not JSON: trailing characters (line 1, column 15)"),
        (b"{\"nodes\": {}}{}", "not JSON: trailing characters (line 1, column 14)"),
        (b"not a lock", "not JSON: expected ident (line 1, column 2)"),
        (b"{\"a\": \"\xff\"}", "not UTF-8: invalid bytes at offset 7"),
        (b"\xff\xfe{\0}\0", "not UTF-8: invalid bytes at offset 0"),
        (b"{\"a\": \"\xe2\x82", "not UTF-8: invalid bytes at offset 7"),
        (b"[]", "expected an object at the top"),
        (b"null", "expected an object at the top"),
        (b"\"text\"", "expected an object at the top"),
        (b"7", "expected an object at the top"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(reason(bytes), *expected, "{}", String::from_utf8_lossy(bytes));
    }
    for end in 1..good.len() {
        let cut = &good.as_bytes()[..end];
        let text = reason(cut);
        assert!(text.starts_with("truncated: "), "cut at {end}: {text}");
    }
    assert_eq!(
        reason(format!("{good}]").as_bytes()).split(" (").next(),
        Some("not JSON: trailing characters")
    );
}

#[test]
fn what_nix_reads_past_is_read() {
    let good = with_node(GOOD);
    let marked = format!("\u{feff}{good}");
    let crlf = good.replace('\n', "\r\n");
    let extra = good.replace("\"version\": 7", "\"version\": 7, \"future\": {\"deep\": [1, {}]}");
    let unknown = with_node(&GOOD.replacen('{', "{\"future\": [null], ", 1));
    let attribute = with_node(&locked(r#""rev": "aa", "treeHash": "bb", "lfs": true"#));
    let unlocked = with_node(&locked(r#""ref": "main""#));
    let warp = with_node(r#"{"locked": {"type": "warp", "speed": 9}, "original": {"type": "warp"}}"#);
    let conflict_in_text = with_node(&locked(r#""rev": "<<<<<<<""#));
    for text in [&good, &marked, &crlf, &extra, &unknown, &attribute, &unlocked, &warp, &conflict_in_text] {
        let lock = decode(text).unwrap_or_else(|unreadable| panic!("{unreadable}: {text}"));
        assert!(lock.notices().is_empty(), "{text}");
        assert!(matches!(lock.pin(&path("nixpkgs")), Some(Pin::Own(_))), "{text}");
    }
    let source = |text: &str| match decode(text).unwrap().pin(&path("nixpkgs")) {
        Some(Pin::Own(node)) => node.locked().unwrap().clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(source(&attribute).text("treeHash"), Some("bb"), "unknown attributes are kept");
    assert_eq!(source(&unlocked).version(), None, "nothing fixes it");
    assert_eq!(source(&warp).kind(), "warp");
}

#[test]
fn versions_are_read_as_nix_reads_them() {
    let with_version = |version: &str| with_node(GOOD).replace("\"version\": 7", version);
    for (written, version) in [("7.0", 7), ("7.9", 7), ("5", 5), ("6", 6), ("7", 7)] {
        let lock = decode(&with_version(&format!("\"version\": {written}"))).unwrap();
        assert_eq!((lock.version(), lock.notices().len()), (version, 0), "{written}");
    }
    for newer in [8, 9, 12_345] {
        let lock = decode(&with_version(&format!("\"version\": {newer}"))).unwrap();
        assert_eq!(lock.notices(), [Notice::NewerVersion(newer)]);
        assert_eq!(lock.inputs().len(), 1, "what is understood is read");
    }
    for (written, expected) in [
        ("\"version\": 0", "version: 0 is no version of the lock format"),
        ("\"version\": -7", "version: -7 is no version of the lock format"),
        ("\"version\": 0.5", "version: 0 is no version of the lock format"),
        ("\"version\": \"7\"", "version: expected a number"),
        ("\"version\": null", "version: expected a number"),
        ("\"version\": [7]", "version: expected a number"),
        ("\"version\": true", "version: expected a number"),
        ("\"edition\": 7", "version: missing"),
        (
            "\"version\": 99999999999999999999999",
            "version: 99999999999999999999999 is no version of the lock format",
        ),
    ] {
        assert_eq!(reason(with_version(written).as_bytes()), expected);
    }
}

#[test]
fn what_the_file_must_have_is_missed_by_name() {
    let root = r#""root": {"inputs": {}}"#;
    for (text, expected) in [
        (format!(r#"{{"nodes": {{{root}}}, "version": 7}}"#), "root: missing"),
        (format!(r#"{{"nodes": {{{root}}}, "root": null, "version": 7}}"#), "root: expected a string"),
        (format!(r#"{{"nodes": {{{root}}}, "root": ["root"], "version": 7}}"#), "root: expected a string"),
        (
            format!(r#"{{"nodes": {{{root}}}, "root": "gone", "version": 7}}"#),
            "root: there is no node `gone`",
        ),
        (r#"{"nodes": {}, "root": "root", "version": 7}"#.to_owned(), "root: there is no node `root`"),
        (r#"{"root": "root", "version": 7}"#.to_owned(), "nodes: missing"),
        (r#"{"nodes": [], "root": "root", "version": 7}"#.to_owned(), "nodes: expected an object"),
        (r#"{"nodes": null, "root": "root", "version": 7}"#.to_owned(), "nodes: expected an object"),
        (r#"{"nodes": "x", "root": "root", "version": 7}"#.to_owned(), "nodes: expected an object"),
        ("{}".to_owned(), "version: missing"),
        (with_nodes(r#""root": 7"#), "nodes.root: expected an object"),
        (with_nodes(r#""root": {"inputs": []}"#), "nodes.root.inputs: expected an object"),
    ] {
        assert_eq!(reason(text.as_bytes()), expected, "{text}");
    }
    let other_root = r#"{"nodes": {"top": {"inputs": {}}}, "root": "top", "version": 7}"#;
    assert!(decode(other_root).unwrap().inputs().is_empty(), "any name is good for the root");
}

#[test]
fn what_is_wrong_in_a_node_is_named_by_place() {
    let original = r#""original": {"type": "path", "path": "/x"}"#;
    let with = |members: &str| GOOD.replacen('{', &format!("{{{members}, "), 1);
    for (node, expected) in [
        (locked(r#""rev": 12"#), "nodes.nixpkgs.locked.rev: expected a string"),
        (locked(r#""rev": null"#), "nodes.nixpkgs.locked.rev: expected a string"),
        (locked(r#""narHash": {}"#), "nodes.nixpkgs.locked.narHash: expected a string"),
        (locked(r#""lastModified": "1700000000""#), "nodes.nixpkgs.locked.lastModified: expected a number"),
        (locked(r#""revCount": true"#), "nodes.nixpkgs.locked.revCount: expected a number"),
        (locked(r#""lastModified": 1e400"#), "nodes.nixpkgs: number out of range"),
        (locked(r#""future": []"#), "nodes.nixpkgs.locked.future: expected a string, a number or a switch"),
        (format!("{{{original}}}"), "nodes.nixpkgs.locked: missing"),
        (r#"{"locked": {"type": "path", "path": "/x"}}"#.to_owned(), "nodes.nixpkgs.original: missing"),
        (format!(r#"{{"locked": {{"path": "/x"}}, {original}}}"#), "nodes.nixpkgs.locked.type: missing"),
        (
            r#"{"locked": {"type": "path", "path": "/x"}, "original": {"path": "/x"}}"#.to_owned(),
            "nodes.nixpkgs.original.type: missing",
        ),
        (format!(r#"{{"locked": null, {original}}}"#), "nodes.nixpkgs.locked: expected an object"),
        (format!(r#"{{"locked": "x", {original}}}"#), "nodes.nixpkgs.locked: expected an object"),
        ("[]".to_owned(), "nodes.nixpkgs: expected an object"),
        ("null".to_owned(), "nodes.nixpkgs: expected an object"),
        (with(r#""flake": "no""#), "nodes.nixpkgs.flake: expected true or false"),
        (with(r#""buildTime": 1"#), "nodes.nixpkgs.buildTime: expected true or false"),
        (with(r#""info": []"#), "nodes.nixpkgs.info: expected an object"),
        (with(r#""info": {"lastModified": "x"}"#), "nodes.nixpkgs.info.lastModified: expected a number"),
        (with(r#""parent": "a""#), "nodes.nixpkgs.parent: expected a list of input names"),
        (with(r#""parent": [1]"#), "nodes.nixpkgs.parent: expected a list of input names"),
        (
            with(r#""inputs": {"a": null}"#),
            "nodes.nixpkgs.inputs.a: expected a node's key or a list of input names",
        ),
        (
            with(r#""inputs": {"a": {}}"#),
            "nodes.nixpkgs.inputs.a: expected a node's key or a list of input names",
        ),
        (
            with(r#""inputs": {"a": ["b", 1]}"#),
            "nodes.nixpkgs.inputs.a: expected a node's key or a list of input names",
        ),
        (with(r#""inputs": {"a": "gone"}"#), "nodes.nixpkgs.inputs.a: there is no node `gone`"),
        (with(r#""inputs": {"a": "root"}"#), "nodes.nixpkgs.inputs.a: `root` is an input of itself"),
        (with(r#""inputs": {"a": "nixpkgs"}"#), "nodes.nixpkgs.inputs.a: `nixpkgs` is an input of itself"),
    ] {
        assert_eq!(reason(with_node(&node).as_bytes()), expected, "{node}");
    }
}

#[test]
fn the_rest_of_a_lock_can_be_read() {
    let text = with_nodes(&format!(
        r#""good": {GOOD}, "bad": {{"locked": 1}}, "more": {},
        "root": {{"inputs": {{"a": "good", "b": "bad", "c": "gone", "d": "more", "e": ["a"]}}}}"#,
        GOOD.replacen('{', r#"{"inputs": {"x": "good", "y": "gone", "z": "root"}, "#, 1)
    ));
    let unreadable = decode(&text).unwrap_err();
    assert_eq!(unreadable.reason(), "nodes.bad.locked: expected an object", "the first thing that is wrong");
    let lock = unreadable.readable().unwrap();
    let paths: Vec<String> = lock.inputs().iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["a", "d", "d/x", "e"]);
    assert!(decode("{}").unwrap_err().readable().is_none());
}

#[test]
fn nodes_that_nothing_leads_to_do_not_matter() {
    for orphan in [GOOD, "null", "{}", r#"{"locked": {"rev": 1}}"#, r#"{"inputs": {"a": "gone"}}"#] {
        let text = with_nodes(&format!(
            r#""nixpkgs": {GOOD}, "orphan": {orphan}, "root": {{"inputs": {{"nixpkgs": "nixpkgs"}}}}"#
        ));
        assert_eq!(decode(&text).unwrap().inputs().len(), 1, "{orphan}");
    }
}

#[test]
fn what_a_root_node_has_besides_inputs_does_not_matter() {
    for members in [r#""locked": 5"#, r#""original": {"type": 1}"#, r#""flake": "no""#, r#""info": []"#] {
        let text = with_nodes(&format!(
            r#""nixpkgs": {GOOD}, "root": {{"inputs": {{"nixpkgs": "nixpkgs"}}, {members}}}"#
        ));
        let lock = decode(&text).unwrap_or_else(|unreadable| panic!("{unreadable}: {members}"));
        assert_eq!(lock.inputs().len(), 1);
    }
}

#[test]
fn of_keys_that_stand_twice_the_last_counts_and_is_told() {
    let other = GOOD.replace("\"aa\"", "\"bb\"");
    let rev = |text: &str| match decode(text).unwrap().pin(&path("nixpkgs")) {
        Some(Pin::Own(node)) => node.locked().unwrap().rev().unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    let root = r#""root": {"inputs": {"nixpkgs": "nixpkgs"}}"#;
    let twice = with_nodes(&format!(r#""nixpkgs": {GOOD}, {root}, "nixpkgs": {other}"#));
    assert_eq!(rev(&twice), "bb");
    let notice = Notice::DuplicateKey("nodes.nixpkgs".to_owned());
    assert_eq!(decode(&twice).unwrap().notices(), std::slice::from_ref(&notice));
    let thrice = with_nodes(&format!(r#""nixpkgs": 5, "nixpkgs": {other}, {root}, "nixpkgs": {GOOD}"#));
    assert_eq!(rev(&thrice), "aa", "a malformed one that does not count does not matter");
    assert_eq!(decode(&thrice).unwrap().notices(), [notice], "told once");
    // Inside a node, and at the top.
    assert_eq!(rev(&with_node(&locked(r#""rev": "aa", "rev": "bb""#))), "bb");
    let nodes_twice = with_node(&other).replacen('{', "{\"nodes\": {\"root\": {}},", 1);
    assert_eq!(rev(&nodes_twice), "bb");
}

#[test]
fn a_hundred_thousand_doubles_take_no_time() {
    let doubles = r#""a": {}, "#.repeat(100_000);
    let text = with_nodes(&format!(r#"{doubles} "root": {{}}"#));
    assert_eq!(decode(&text).unwrap().notices().len(), 1);
}
