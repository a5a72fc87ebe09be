//! The quick way of [`layout`](super::layout) is the plain way, only quicker: for whole files and for mutilated ones.

use super::*;

/// A generator of numbers, the same ones in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A lock laid out as Nix does it: a tree of `size` nodes with `follows`, and revisions by `state`.
pub(super) fn as_nix_writes(size: usize, state: usize) -> String {
    let mut nodes = serde_json::Map::new();
    let mut inputs = vec![serde_json::Map::new(); size + 1];
    for node in 1..=size {
        let parent = (node * 7 + 3) % node;
        inputs[parent].insert(format!("i{node}"), format!("n{node}").into());
        if node % 3 == 0 {
            inputs[node].insert("nixpkgs".to_owned(), serde_json::json!(["i1"]));
        }
        if node % 5 == 0 {
            inputs[node].insert("top".to_owned(), serde_json::json!([]));
        }
    }
    for (node, inputs) in inputs.into_iter().enumerate() {
        let mut members = serde_json::Map::new();
        if !inputs.is_empty() {
            members.insert("inputs".to_owned(), inputs.into());
        }
        if node > 0 {
            let rev = format!("{:040x}", node * 1000 + if node % 4 == 0 { state } else { 0 });
            members.insert(
                "locked".to_owned(),
                serde_json::json!({
                    "type": "github", "owner": "o", "repo": format!("r{node}"), "rev": rev,
                    "narHash": format!("sha256-{rev}="), "lastModified": 1_700_000_000 + node,
                }),
            );
            members.insert(
                "original".to_owned(),
                serde_json::json!({"type": "github", "owner": "o", "repo": format!("r{node}")}),
            );
            if node % 6 == 0 {
                members.insert("flake".to_owned(), false.into());
            }
        }
        nodes.insert(if node == 0 { "root".to_owned() } else { format!("n{node}") }, members.into());
    }
    let file = serde_json::json!({"nodes": nodes, "root": "root", "version": 7});
    serde_json::to_string_pretty(&file).unwrap() + "\n"
}

/// All there is to tell two results apart.
pub(super) fn told(result: &Result<Lock, Unreadable>) -> String {
    format!("{result:?}")
}

/// Reads both ways and wants the same; whether the quick way was taken.
fn both_ways(decoder: &mut Decoder, bytes: &[u8]) -> bool {
    let quick = decoder.decode(bytes);
    let plain = readable_text(bytes).and_then(plainly);
    assert_eq!(told(&quick), told(&plain), "\n{}", String::from_utf8_lossy(bytes));
    decoder.split(bytes).is_some()
}

/// Does something to the text that a merge, an editor or a bad disk could have done.
pub(super) fn mutilated(text: &str, numbers: &mut Numbers) -> Vec<u8> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let (a, b) = (numbers.below(lines.len()), numbers.below(lines.len()));
    let mut bytes = text.as_bytes().to_vec();
    let at = numbers.below(bytes.len());
    match numbers.below(12) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes.truncate(at),
        2 => drop(bytes.remove(at)),
        3 => bytes.insert(at, b"{}[]\",:\\ \n0a\x01"[numbers.below(13)]),
        4 => {
            let end = (at + 1 + numbers.below(200)).min(bytes.len());
            drop(bytes.drain(at..end));
        }
        kind => {
            match kind {
                5 => lines.insert(b, lines[a].clone()),
                6 => lines.swap(a, b),
                7 => drop(lines.remove(a)),
                8 => lines[a].insert_str(0, "  "),
                9 => lines[a] = lines[a].trim_start().to_owned(),
                10 => {
                    // A whole member once more, or moved.
                    let starts: Vec<usize> =
                        (0..lines.len()).filter(|&n| lines[n].starts_with("    \"")).collect();
                    let start = starts[numbers.below(starts.len())];
                    let end = (start..lines.len()).find(|&n| lines[n].starts_with("    }")).unwrap_or(start);
                    let mut member: Vec<String> = lines[start..=end].to_vec();
                    *member.last_mut().unwrap() = "    },\n".to_owned();
                    if numbers.below(2) == 0 && lines[end].ends_with(",\n") {
                        drop(lines.drain(start..=end));
                    }
                    lines.splice(2..2, member);
                }
                _ => {
                    let word = ["rev", "locked", "nixpkgs", "\"n3\"", "true", "sha256", "i1", "root"]
                        [numbers.below(8)];
                    let other = ["n1", "null", "", "\\u0061", "root", "5"][numbers.below(6)];
                    lines[a] = lines[a].replacen(word, other, 1);
                }
            }
            bytes = lines.concat().into_bytes();
        }
    }
    bytes
}

#[test]
fn locks_as_nix_writes_them_go_the_quick_way() {
    let mut decoder = Decoder::new();
    for size in [0, 1, 2, 3, 10, 40] {
        for state in 0..20 {
            let text = as_nix_writes(size, state);
            // An empty object stands on one line, which only a root without inputs has.
            assert_eq!(both_ways(&mut decoder, text.as_bytes()), size > 0, "{text}");
        }
    }
}

#[test]
fn a_lock_that_is_too_big_is_refused_either_way() {
    let owner = "x".repeat(MOST_BYTES);
    let quick = as_nix_writes(3, 1);
    for text in [quick.clone(), quick.replace('\n', " ")] {
        assert!(Decoder::new().decode(text.as_bytes()).is_ok());
        let big = text.replacen("\"rev\"", &format!("\"odd\": \"{owner}\", \"rev\""), 1);
        assert!(big.len() > MOST_BYTES);
        assert_eq!(Decoder::new().decode(big.as_bytes()).unwrap_err().reason(), "bigger than 16 MiB");
    }
}

#[test]
fn mutilated_locks_read_the_same_both_ways() {
    let mut numbers = Numbers(20_260_131);
    let mut decoder = Decoder::new();
    let (mut quick, mut readable) = (0, 0);
    let rounds = 6_000;
    for round in 0..rounds {
        let whole = as_nix_writes(1 + numbers.below(12), numbers.below(4));
        let mut bytes = mutilated(&whole, &mut numbers);
        if round % 3 == 0
            && let Ok(text) = std::str::from_utf8(&bytes)
            && text.lines().count() > 6
            && text.contains("    \"")
            && text.contains("    }")
        {
            bytes = mutilated(text, &mut numbers);
        }
        if round % 2 == 0 {
            // Beside its neighbour, whose shape it may have.
            both_ways(&mut decoder, whole.as_bytes());
        }
        quick += usize::from(both_ways(&mut decoder, &bytes));
        readable += usize::from(decoder.decode(&bytes).is_ok());
        if round % 5 == 0 {
            assert!(both_ways(&mut decoder, whole.as_bytes()), "what was remembered is not spoilt");
        }
    }
    // Otherwise the mutilations are all of one sort, and nothing was compared.
    assert!((rounds / 10..rounds).contains(&quick), "{quick} went the quick way");
    assert!((rounds / 10..rounds).contains(&readable), "{readable} could be read");
}

#[test]
fn members_are_recognised_only_whole() {
    let one = as_nix_writes(6, 0);
    let mut decoder = Decoder::new();
    assert!(both_ways(&mut decoder, one.as_bytes()));
    for (from, to) in [
        // A key that needs unescaping, in a file that is laid out as Nix does it.
        ("    \"n3\": {", "    \"n\\u0033\": {"),
        // A value that closes early, and text after the closing brace.
        ("\n    },\n    \"n3\"", "\n    } ,\n    \"n3\""),
        ("\n    },\n    \"n3\"", "\n    }\n    },\n    \"n3\""),
        ("\n    },\n    \"n3\"", "\n    },\n\n    \"n3\""),
        ("    \"n3\": {", "    \"n3\": {}, \"n3\": {"),
        ("    \"n3\": {", "    \"n3\" : {"),
        ("    \"n3\": {", "    \"n3\": 5,\n    \"x\": {"),
        ("  \"root\": \"root\",\n", "  \"root\": \"root\",\n  \"root\": \"n1\",\n"),
        ("  \"version\": 7\n", "  \"version\": 5\n"),
        ("\n}\n", "\n}"),
        ("\n}\n", "\n}\n\n"),
    ] {
        assert!(one.contains(from), "{from}");
        let changed = one.replacen(from, to, 1);
        both_ways(&mut decoder, changed.as_bytes());
        assert!(both_ways(&mut decoder, one.as_bytes()), "and back again");
    }
}

#[test]
fn what_was_forgotten_is_read_anew() {
    let mut decoder = Decoder::new();
    let (mut most, mut last) = (0, 0);
    for state in 0..200 {
        // One that stays as it is, and one of which half is new every time.
        for text in [as_nix_writes(3, 0), as_nix_writes(60, state)] {
            assert!(both_ways(&mut decoder, text.as_bytes()));
        }
        last = decoder.members.remembered();
        most = usize::max(most, last);
    }
    assert!(last < most, "nothing was forgotten: {last} bytes");
}
