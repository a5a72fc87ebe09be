//! The documents, held against what is promised to scripts.

use crate::history::{LastChanges, Selected};
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::git::Commit;
use crate::lock::Decoder;
use crate::view::golden::check;
use crate::view::made_up::{At, commit, eventful, history, id, lock, style};

fn raw_log(entries: &[Entry], style: Style) -> String {
    let mut out = Vec::new();
    let mut log = Log::begin("flake.lock", style, &mut out).unwrap();
    for entry in entries {
        log.entry(entry, &[]).unwrap();
    }
    log.end(&[]).unwrap();
    String::from_utf8(out).unwrap()
}

fn log(entries: &[Entry]) -> Value {
    serde_json::from_str(&raw_log(entries, style(None))).unwrap()
}

fn raw_show(selected: &Selected, last: &LastChanges) -> String {
    let mut out = Vec::new();
    show(selected, last, &style(None), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The change of the one input `x` between two states, each the members of `locked`.
fn change_of(old: &str, new: &str) -> Value {
    let lock = |locked: &str| {
        let original = r#""original":{"type":"github","owner":"o","repo":"r"}"#;
        format!(
            r#"{{"nodes":{{"x":{{"locked":{{{locked}}},{original}}},"root":{{"inputs":{{"x":"x"}}}}}},
            "root":"root","version":7}}"#
        )
    };
    let decode = |locked: &str| Decoder::new().decode(lock(locked).as_bytes()).unwrap();
    let mut entry = history(&[("x", At::Lock(""))]).remove(0);
    entry.changes = crate::lock::compare(Some(&decode(old)), Some(&decode(new)));
    log(&[entry])["entries"][0]["changes"][0].clone()
}

#[test]
fn a_whole_document() {
    let text = raw_log(&eventful(), style(None));
    assert!(serde_json::from_str::<Value>(&text).is_ok());
    check("log.json", &text);
    assert_eq!(log(&[]), json!({"version": 1, "lock": "flake.lock", "entries": [], "otherGenerations": []}));
}

#[test]
fn the_keys_of_an_entry_are_as_promised() {
    let log = log(&eventful());
    assert_eq!(keys(&log), ["entries", "lock", "otherGenerations", "version"]);
    assert_eq!((&log["version"], &log["lock"]), (&json!(1), &json!("flake.lock")));
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), eventful().len());
    for (entry, own) in entries.iter().zip(eventful()) {
        let mut expected = vec![
            "author",
            "changes",
            "commit",
            "date",
            "error",
            "generations",
            "lockId",
            "notices",
            "path",
            "staged",
            "state",
            "subject",
            "worktree",
        ];
        expected.sort_unstable();
        assert_eq!(keys(entry), expected);
        assert_eq!(entry["generations"], json!([]));
        let (state, has_error) = match own.state {
            State::Readable(_) => ("ok", false),
            State::Broken(_) => ("broken", true),
            State::Absent => ("deleted", false),
        };
        assert_eq!((&entry["state"], entry["error"].is_string()), (&json!(state), has_error));
        assert!(has_error || entry["error"].is_null());
        match own.commit() {
            Some(Commit { id, .. }) => {
                assert_eq!(entry["commit"], json!(id.to_string()));
                assert_eq!((&entry["author"], &entry["worktree"]), (&json!("Ada Lovelace"), &json!(false)));
            }
            None => assert!(entry["commit"].is_null() && entry["author"].is_null()),
        }
        let lock_id = own.lock_id.map(|id| id.to_string());
        assert_eq!(entry["lockId"], json!(lock_id));
        assert!(DateTime::parse_from_rfc3339(entry["date"].as_str().unwrap()).is_ok());
        for change in entry["changes"].as_array().unwrap() {
            assert_eq!(keys(change), ["direction", "from", "input", "kind", "to"]);
        }
    }
    assert_eq!((&entries[0]["worktree"], &entries[0]["staged"]), (&json!(true), &json!(false)));
    assert_eq!((&entries[1]["worktree"], &entries[1]["staged"]), (&json!(false), &json!(true)));
}

#[test]
fn every_kind_and_direction_has_its_word() {
    let log = log(&eventful());
    let changes = || log["entries"].as_array().unwrap().iter().flat_map(|e| e["changes"].as_array().unwrap());
    for (key, words) in [
        ("kind", &["added", "removed", "updated", "retargeted", "followsChanged"] as &[&str]),
        ("direction", &["newer", "older", "unknown"]),
    ] {
        for word in words {
            assert!(changes().any(|change| change[key] == *word), "{word}");
        }
        assert!(changes().all(|change| words.contains(&change[key].as_str().unwrap())));
    }
    let github = r#""type":"github","owner":"o","repo":"r""#;
    let same = change_of(
        &format!(r#"{github},"rev":"a","narHash":"x""#),
        &format!(r#"{github},"rev":"a","narHash":"y""#),
    );
    assert_eq!((&same["kind"], &same["direction"]), (&json!("contentsChanged"), &json!("same")));
    let follows = changes().find(|change| change["kind"] == "followsChanged").unwrap();
    assert_eq!(follows["to"], json!({"follows": ["nixpkgs"]}));
    let added = changes().find(|change| change["kind"] == "added").unwrap();
    assert!(added["from"].is_null() && added["to"].is_object());
}

#[test]
fn a_source_has_all_the_lock_has() {
    let change = change_of(
        r#""type":"github","owner":"o","repo":"r","rev":"a1","lastModified":18446744073709551615,"narHash":"h1""#,
        r#""type":"git","url":"https://h.org/r","rev":"b2","ref":"main","revCount":7,"submodules":true,"x":false"#,
    );
    assert_eq!(
        change["from"],
        json!({"type": "github", "url": "github:o/r/a1", "rev": "a1", "lastModified": u64::MAX, "narHash": "h1",
               "owner": "o", "repo": "r"})
    );
    assert_eq!(
        change["to"],
        json!({"type": "git", "url": "https://h.org/r", "rev": "b2", "lastModified": null, "narHash": null,
               "ref": "main", "revCount": 7, "submodules": true, "x": false})
    );
}

#[test]
fn nothing_a_terminal_obeys_is_in_the_bytes_and_all_of_it_in_the_values() {
    let nasty: String =
        ('\0'..='\u{a0}').chain("\u{202e}\u{2066}\u{feff}\u{2028}\u{e0001}é日\"\\/".chars()).collect();
    let mut entry = history(&[(&nasty, At::Lock("a@a1+1"))]).remove(0);
    entry.path = nasty.as_str().into();
    let Origin::Commit(commit) = &mut entry.origin else { panic!() };
    commit.author.clone_from(&nasty);
    let text = raw_log(&[entry], style(None));
    let unsafe_ones: Vec<char> = text.chars().filter(|c| is_unsafe(*c) && *c != '\n').collect();
    assert!(unsafe_ones.is_empty(), "{unsafe_ones:?}");
    assert_eq!(text.lines().count(), 3, "a line for each entry, whatever it says");
    let log: Value = serde_json::from_str(&text).unwrap();
    for key in ["subject", "path", "author"] {
        assert_eq!(log["entries"][0][key], json!(nasty), "{key}");
    }
    let names = "\u{1b}[31m@a1+1 \u{202e}x@a1+1";
    let text = raw_log(&history(&[("x", At::Lock(names))]), style(None));
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn dates_keep_the_clock_of_whoever_committed_unless_utc_is_asked_for() {
    let entries = history(&[("x", At::Lock("a@a1+1"))]);
    let date = |style| {
        serde_json::from_str::<Value>(&raw_log(&entries, style)).unwrap()["entries"][0]["date"].clone()
    };
    assert_eq!(date(style(None)), json!("2026-01-01T14:05:00Z"));
    let local = Style { zone: crate::view::Zone::Local, ..style(None) };
    assert_eq!(date(local), json!("2026-01-01T16:05:00+02:00"));
}

#[test]
fn one_lock() {
    let words = "nixpkgs@a1+5 hm@b1+3#stable hm/nixpkgs>nixpkgs !data@c1-";
    let state = State::Readable(Arc::new(lock(words)));
    let selected = Selected::made(Some(commit(3, "subject")), "a/flake.lock", id("x"), state);
    let last = LastChanges::made([(InputPath::new(["hm"]), commit(1, "x"))]);
    let text = raw_show(&selected, &last);
    check("show.json", &text);
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        keys(&shown),
        [
            "commit",
            "date",
            "error",
            "inputs",
            "lock",
            "lockId",
            "lockVersion",
            "notices",
            "state",
            "subject",
            "version"
        ]
    );
    assert_eq!(keys(&shown["inputs"]), ["data", "hm", "hm/nixpkgs", "nixpkgs"]);
    assert_eq!(shown["inputs"]["hm/nixpkgs"], json!({"follows": ["nixpkgs"], "lastChanged": null}));
    assert_eq!(shown["inputs"]["hm"]["original"]["ref"], "stable");
    assert_eq!(shown["inputs"]["hm"]["lastChanged"]["commit"], json!(commit(1, "x").id.to_string()));
    assert_eq!(
        (&shown["inputs"]["data"]["flake"], &shown["inputs"]["hm"]["flake"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn a_broken_lock_and_none() {
    let shown = |state| {
        let text = raw_show(&Selected::made(None, "flake.lock", None, state), &LastChanges::default());
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let text = r#"{"nodes":{"root":{"inputs":{"a":["b"],"b":"gone"}}},"root":"root","version":9}"#;
    let broken = shown(State::Broken(Arc::new(Decoder::new().decode(text.as_bytes()).unwrap_err())));
    assert_eq!((&broken["state"], &broken["lockVersion"]), (&json!("broken"), &json!(9)));
    assert_eq!(broken["error"], "nodes.root.inputs.b: there is no node `gone`");
    assert_eq!(keys(&broken["inputs"]), ["a"], "what can be read");
    assert_eq!(broken["notices"].as_array().unwrap().len(), 1);
    let empty = shown(State::Broken(Arc::new(Decoder::new().decode(b"").unwrap_err())));
    assert_eq!(
        (&empty["inputs"], &empty["lockVersion"], &empty["date"]),
        (&json!({}), &Value::Null, &Value::Null)
    );
    assert_eq!(shown(State::Absent)["state"], "deleted");
}
