//! Locks made to exhaust whoever reads them, and files that are none.

use crate::support::{Scratch, lock, rev};
use crate::{survives, told};

/// A history whose second lock has this text, between two ordinary ones.
fn between(text: impl AsRef<[u8]>) -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("flake.lock", text);
    scratch.commit("odd");
    scratch.commit_lock(2);
    scratch
}

/// Survives it as a middle one, as the newest one, and in the working tree; gives state and reason.
fn state_of(text: impl AsRef<[u8]>) -> (String, String) {
    let scratch = between(text.as_ref());
    survives(&scratch);
    scratch.git(["checkout", "--quiet", "--detach", "HEAD~1"]);
    survives(&scratch);
    scratch.git(["checkout", "--quiet", "--detach", "HEAD~1"]);
    scratch.write("flake.lock", text.as_ref());
    for form in [&["log"][..], &["show", "--json"], &["show", "file:flake.lock", "--json"]] {
        assert_eq!(scratch.flakehist(form).status, Some(0));
    }
    let shown = scratch.flakehist(["show", "--json"]).json();
    let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("error"))
}

/// The same for what takes long: as the newest lock only, and in few forms.
fn state_of_big(text: impl AsRef<[u8]>) -> (String, String) {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("flake.lock", text);
    scratch.commit("big");
    told(&scratch.flakehist_in(scratch.folder()).env("COLUMNS", "80").args(["log"]).run());
    told(&scratch.flakehist(["log", "-p"]));
    told(&scratch.flakehist(["show"]));
    let shown = scratch.flakehist(["show", "--json", "HEAD"]).success().json();
    let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("error"))
}

fn node(key: &str, inputs: &[(&str, &str)]) -> String {
    let inputs: Vec<String> = inputs.iter().map(|(name, to)| format!("\"{name}\": {to}")).collect();
    format!(
        "\"{key}\": {{\"inputs\": {{{}}}, \"locked\": {{\"type\": \"github\", \"owner\": \"o\", \"repo\": \"r\", \
         \"rev\": \"{}\", \"lastModified\": 1, \"narHash\": \"sha256-x\"}}, \"original\": {{\"type\": \"indirect\", \
         \"id\": \"x\"}}}}",
        inputs.join(", "),
        rev(1)
    )
}

fn file(nodes: &[String], root_inputs: &str) -> String {
    let nodes: Vec<String> =
        nodes.iter().cloned().chain([format!("\"root\": {{\"inputs\": {{{root_inputs}}}}}")]).collect();
    format!("{{\"nodes\": {{{}}}, \"root\": \"root\", \"version\": 7}}", nodes.join(",\n"))
}

#[test]
fn brackets_nested_ten_thousand_deep_are_broken_json() {
    for (open, close) in
        [("[", "]"), ("{\"a\":", "}"), ("{\"nodes\":", "}"), ("{\"nodes\":{\"root\":{\"inputs\":", "}}}")]
    {
        let text = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(state_of(&text).0, "broken");
        let (state, _) = state_of(lock(&[("nixpkgs", 1)]).replacen('{', &format!("{{\"odd\": {text},"), 1));
        assert!(state == "broken" || state == "ok", "{state}");
    }
}

#[test]
fn inputs_nested_ten_thousand_deep_are_read_or_refused() {
    let nodes: Vec<String> = (0..10_000)
        .map(|n| {
            if n == 9_999 {
                node("n9999", &[])
            } else {
                node(&format!("n{n}"), &[("x", &format!("\"n{}\"", n + 1))])
            }
        })
        .collect();
    let (state, error) = state_of_big(file(&nodes, "\"x\": \"n0\""));
    assert!(state == "ok" || !error.is_empty());
}

#[test]
fn a_billion_laughs_are_refused() {
    let nodes = |levels: usize| -> Vec<String> {
        (0..levels)
            .map(|n| {
                let next = format!("\"n{}\"", n + 1);
                if n + 1 == levels {
                    node(&format!("n{n}"), &[])
                } else {
                    node(&format!("n{n}"), &[("a", &next), ("b", &next)])
                }
            })
            .collect()
    };
    for levels in [40, 64, 200] {
        let (state, error) = state_of(file(&nodes(levels), "\"a\": \"n0\", \"b\": \"n0\""));
        assert_eq!(state, "broken", "{levels}");
        assert!(error.contains("inputs"), "{error}");
    }
    // Few enough to be shown.
    assert_eq!(state_of(file(&nodes(10), "\"a\": \"n0\"")).0, "ok");
}

#[test]
fn as_many_inputs_as_are_just_allowed_do_not_take_for_ever() {
    let nodes: Vec<String> = (0..16)
        .map(|n| {
            let next = format!("\"n{}\"", n + 1);
            if n == 15 { node("n15", &[]) } else { node(&format!("n{n}"), &[("a", &next), ("b", &next)]) }
        })
        .collect();
    let (state, error) = state_of_big(file(&nodes, "\"a\": \"n0\""));
    assert!(state == "ok" || !error.is_empty());
}

#[test]
fn circles_of_nodes_and_of_follows_come_to_an_end() {
    let circle = [node("a", &[("b", "\"b\"")]), node("b", &[("a", "\"a\"")])];
    let (state, error) = state_of(file(&circle, "\"a\": \"a\""));
    assert!(state == "broken" && !error.is_empty(), "{state} {error}");
    assert_eq!(state_of(file(&[node("a", &[("a", "\"a\"")])], "\"a\": \"a\"")).0, "broken");
    state_of(file(&[node("a", &[("r", "\"root\"")])], "\"a\": \"a\""));

    let follows = [
        node("a", &[("x", "[\"b\", \"x\"]")]),
        node("b", &[("x", "[\"a\", \"x\"]"), ("y", "[]"), ("z", "[\"b\", \"z\"]")]),
    ];
    state_of(file(
        &follows,
        "\"a\": \"a\", \"b\": \"b\", \"c\": [\"c\"], \"d\": [\"d\", \"d\"], \"e\": [\"nowhere\"]",
    ));

    let chain: Vec<String> = (0..3_000).map(|n| format!("\"i{n}\": [\"i{}\"]", (n + 1) % 3_000)).collect();
    state_of_big(file(&[], &chain.join(", ")));
    let long = format!("\"a\": [{}]", vec!["\"a\""; 20_000].join(", "));
    state_of_big(file(&[], &long));
}

#[test]
fn lines_of_five_megabytes_are_read() {
    let padding = "x".repeat(5 << 20);
    let one_line =
        lock(&[("nixpkgs", 1)]).replace('\n', " ").replacen('{', &format!("{{\"{padding}\": 0,"), 1);
    assert_eq!(state_of_big(one_line).0, "ok");
    for (key, value) in [("\"rev\"", format!("{{\"rev\": \"{padding}\"}}")), ("\"narHash\"", padding.clone())]
    {
        let text = lock(&[("nixpkgs", 1)]).replacen(
            key,
            &format!("\"odd\": {}, {key}", serde_json::to_string(&value).unwrap()),
            1,
        );
        state_of_big(text);
    }
    // A table takes a second for each megabyte in a cell.
    let long_name = lock(&[(padding.split_at(1 << 19).0, 1), ("nixpkgs", 1)]);
    assert_eq!(state_of_big(long_name).0, "ok");
    assert_eq!(state_of_big(&padding).0, "broken");
    assert_eq!(state_of_big(" ".repeat(5 << 20)).0, "broken");
    assert_eq!(state_of_big("\n".repeat(5 << 20)).0, "broken");
    assert_eq!(state_of_big("<<<<<<<\n".repeat(1 << 19)).0, "broken");
}

#[test]
fn files_that_are_no_locks_have_a_reason_each() {
    let good = lock(&[("nixpkgs", 1)]);
    let mut reasons = Vec::new();
    for bytes in [
        Vec::new(),
        b"\0\0\0\0".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"caf\xe9".to_vec(),
        good.as_bytes()[..good.len() / 2].to_vec(),
        [good.as_bytes(), b"\xff"].concat(),
        [good.as_bytes(), good.as_bytes()].concat(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".to_vec(),
        good.replace("\"version\": 7", "\"version\": -1").into_bytes(),
        good.replace("\"version\": 7", "\"version\": 1e400").into_bytes(),
        good.replace("\"version\": 7", "\"version\": \"7\"").into_bytes(),
        good.replace("\"root\": \"root\"", "\"root\": \"nowhere\"").into_bytes(),
        good.replace("\"root\": \"root\"", "\"root\": null").into_bytes(),
    ] {
        let (state, reason) = state_of(&bytes);
        assert_eq!(state, "broken", "{:?}", String::from_utf8_lossy(&bytes));
        assert!(!reason.is_empty(), "{:?}", String::from_utf8_lossy(&bytes));
        reasons.push(reason);
    }
    reasons.sort();
    reasons.dedup();
    assert!(reasons.len() > 9, "the reasons tell hardly anything apart: {reasons:#?}");
}

#[test]
fn numbers_beyond_reason_do_no_harm() {
    for number in [
        "-1",
        "0",
        "1e308",
        "1e999",
        "9223372036854775807",
        "18446744073709551615",
        "99999999999999999999999",
        "-9223372036854775808",
        "1.5",
        "\"1600086400\"",
        "null",
        "true",
    ] {
        let text = lock(&[("nixpkgs", 1)]).replace("1600086400", number);
        assert!(text.contains(number));
        state_of(text);
    }
}
