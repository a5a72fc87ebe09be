//! What is written, byte for byte.

use super::super::Decoder;
use super::*;

fn read(text: &str) -> Lock {
    Decoder::new().decode(text.as_bytes()).unwrap_or_else(|unreadable| panic!("{unreadable}: {text}"))
}

fn written(text: &str) -> String {
    String::from_utf8(read(text).to_bytes()).unwrap()
}

const NODE: &str = r#""locked":{"type":"t"},"original":{"type":"t"}"#;

#[test]
fn every_member_stands_where_nix_puts_it() {
    let read = r#"{"version":7,"root":"home","junk":1,"nodes":{
        "x":{"parent":[],"original":{"type":"path","path":"./x"},"locked":{"type":"path","path":"./x"}},
        "orphan":{"locked":{"type":"t"}},
        "y":{"buildTime":true,"flake":false,"unknown":{"b":[],"a":1.50},"parent":["x"],
             "inputs":{"to":["x"],"root":[]},
             "original":{"type":"git","url":"ü\"\\\b\f\n\r\t\u0001\u001f\u007f/"},
             "locked":{"type":"git","lastModified":18446744073709551615,"shallow":true,"own":false,"dir":""}},
        "home":{"inputs":{"B":"x","a":"y"},"locked":{"type":"t"}}}}"#;
    let expected = r#"{
  "nodes": {
    "B": {
      "locked": {
        "path": "./x",
        "type": "path"
      },
      "original": {
        "path": "./x",
        "type": "path"
      },
      "parent": []
    },
    "a": {
      "buildTime": true,
      "flake": false,
      "inputs": {
        "root": [],
        "to": [
          "x"
        ]
      },
      "locked": {
        "dir": "",
        "lastModified": 18446744073709551615,
        "own": false,
        "shallow": true,
        "type": "git"
      },
      "original": {
        "type": "git",
        "url": "ü\"\\\b\f\n\r\t\u0001\u001fDEL/"
      },
      "parent": [
        "x"
      ],
      "unknown": {
        "a": 1.5,
        "b": []
      }
    },
    "root": {
      "inputs": {
        "B": "B",
        "a": "a"
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;
    assert_eq!(written(read), expected.replace("DEL", "\u{7f}"));
}

#[test]
fn a_flake_without_inputs_is_one_line() {
    let expected = "{\n  \"nodes\": {\n    \"root\": {}\n  },\n  \"root\": \"root\",\n  \"version\": 7\n}\n";
    assert_eq!(written(r#"{"nodes":{"root":{"inputs":{}}},"root":"root","version":7}"#), expected);
}

/// The keys given to inputs, in words: `path key`.
fn keys(text: &str) -> Vec<String> {
    let lock = Decoder::new().decode(&read(text).to_bytes()).unwrap();
    let edges = lock.inputs().into_iter().map(|(path, edge)| match edge {
        Edge::Node(key) => format!("{path} {key}"),
        Edge::Follows(target) => format!("{path} > {target}"),
    });
    edges.collect()
}

#[test]
fn nodes_are_named_after_the_first_input_that_leads_to_one() {
    let text = format!(
        r#"{{"version":7,"root":"r","nodes":{{
        "1":{{{NODE},"inputs":{{"a":"2","b":["a"]}}}},"2":{{{NODE}}},"3":{{{NODE},"inputs":{{"a":"6"}}}},
        "4":{{{NODE}}},"5":{{{NODE},"inputs":{{"a_2":"7"}}}},"6":{{{NODE}}},"7":{{{NODE}}},
        "r":{{"inputs":{{"a":"1","a_2":"3","b":"5","root":"4"}}}}}}}}"#
    );
    // `a_2` is taken by the input of `a`, and so is what would be its second name; numbers go on where they were.
    let expected =
        ["a a", "a/a a_2", "a/b > a", "a_2 a_2_2", "a_2/a a_3", "b b", "b/a_2 a_2_3", "root root_2"];
    assert_eq!(keys(&text), expected);
}

#[test]
fn what_was_shared_is_written_for_each_and_info_with_locked() {
    let text = format!(
        r#"{{"version":5,"root":"root","nodes":{{"s":{{{NODE},"info":{{"narHash":"h"}}}},
        "root":{{"inputs":{{"a":"s","b":"s"}}}}}}}}"#
    );
    assert_eq!(keys(&text), ["a a", "b b"]);
    assert_eq!(written(&text).matches("\"narHash\": \"h\"").count(), 2);
    assert!(written(&text).ends_with("\"version\": 7\n}\n") && !written(&text).contains("info"));
}

#[test]
fn other_bytes_for_the_same_lock_are_told() {
    let text = format!(
        r#"{{"version":7,"root":"root","nodes":{{"a":{{{NODE}}},"root":{{"inputs":{{"a":"a"}}}}}}}}"#
    );
    let lock = read(&text);
    let bytes = lock.to_bytes();
    assert!(lock.is_as_nix_writes(&bytes) && !lock.is_as_nix_writes(text.as_bytes()));
    assert!(!lock.is_as_nix_writes(&[b"\xef\xbb\xbf", bytes.as_slice()].concat()));
}

#[test]
fn many_inputs_of_one_name_are_named_without_end() {
    let nodes: Vec<String> = (0..5000)
        .map(|n| format!(r#""n{n}":{{{NODE},"inputs":{{"a":"m{n}"}}}},"m{n}":{{{NODE}}}"#))
        .collect();
    let edges: Vec<String> = (0..5000).map(|n| format!(r#""n{n}":"n{n}""#)).collect();
    let text = format!(
        r#"{{"version":7,"root":"root","nodes":{{{},"root":{{"inputs":{{{}}}}}}}}}"#,
        nodes.join(","),
        edges.join(",")
    );
    let keys = keys(&text);
    assert!(keys.contains(&"n0/a a".to_owned()) && keys.contains(&"n999/a a_5000".to_owned()));
}
