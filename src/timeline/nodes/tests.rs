use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::*;
use crate::lock::Decoder;

/// A lock of some inputs, each in one of a few states, drawn by a number; some of them in two nodes.
fn lock(decoder: &mut Decoder, mut seed: u64) -> Arc<Lock> {
    let mut draw = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let (mut nodes, mut inputs) = (Map::new(), Map::new());
    for n in 0..8 {
        if n % 3 == 0 && draw(4) == 0 {
            continue;
        }
        let state = draw(3) + 10 * (n % 5);
        let hash = format!("sha256-{state:042}A=");
        let mut locked = json!({"type": "tarball", "url": "https://example.org/x", "narHash": hash});
        if n % 2 == 0 {
            locked = json!({"type": "github", "owner": "o", "repo": "r", "rev": format!("{state:040}"), "narHash": hash});
        }
        nodes.insert(format!("n{n}"), json!({"locked": locked, "original": {"type": "indirect", "id": "x"}}));
        inputs.insert(format!("n{n}"), format!("n{n}").into());
    }
    nodes.insert("root".to_owned(), json!({"inputs": inputs}));
    let file = json!({"nodes": nodes, "root": "root", "version": 7});
    Arc::new(decoder.decode((serde_json::to_string_pretty(&file).unwrap() + "\n").as_bytes()).unwrap())
}

fn pins(lock: &Lock) -> BTreeSet<&str> {
    lock.nodes().filter_map(|node| node.locked()).filter_map(|s| s.rev().or_else(|| s.nar_hash())).collect()
}

#[test]
fn nodes_are_found_in_the_locks_that_have_them() {
    let decoder = &mut Decoder::new();
    let locks: Vec<Arc<Lock>> = (0..60).map(|seed| lock(decoder, seed % 50)).collect();
    let mut gathering = Gathering::default();
    locks.iter().for_each(|lock| gathering.add(lock));
    let nodes = Nodes::from(gathering);
    assert_eq!(nodes.locks(), locks.len());
    let holders = |fits: &dyn Fn(&Source) -> bool| -> Set {
        let fit = |lock: &&Arc<Lock>| lock.nodes().filter_map(|node| node.locked()).any(fits);
        (0..locks.len()).filter(|&n| locks.get(n).iter().any(fit)).collect()
    };
    let found = |nodes: &Nodes, places: &mut dyn Iterator<Item = usize>| {
        nodes.holders_of(&places.collect::<Vec<_>>())
    };
    let mut held = 0;
    for state in 0..45 {
        let (rev, hash) = (format!("{state:040}"), format!("sha256-{state:042}A="));
        let of_rev = holders(&|source| source.rev() == Some(&rev));
        assert_eq!(found(&nodes, &mut nodes.of_rev(&rev)), of_rev, "{rev}");
        let of_hash = holders(&|source| source.nar_hash() == Some(&hash));
        for hash in [&hash, hash.trim_end_matches('=')] {
            assert_eq!(found(&nodes, &mut nodes.of_hash(hash)), of_hash, "{hash}");
        }
        held += usize::from(!of_rev.is_empty()) + usize::from(!of_hash.is_empty());
    }
    assert!(held > 15, "{held}");
    let beginning = |digits: &str| found(&nodes, &mut nodes.beginning_with(digits, |_| true));
    for digits in ["0000000", "00000000", &"0".repeat(39), "1", "0000001", &format!("{:040}", 12)] {
        assert_eq!(
            beginning(digits),
            holders(&|s| s.rev().is_some_and(|rev| rev.starts_with(digits))),
            "{digits}"
        );
    }
    let mut alike = 0;
    for (a, one) in locks.iter().enumerate() {
        let like: BTreeSet<usize> = nodes.like(a).collect();
        for (b, other) in locks.iter().enumerate() {
            assert_eq!(nodes.seem_alike(a, b), pins(one) == pins(other), "{a} {b}");
            assert_eq!(like.contains(&b), nodes.seem_alike(a, b));
            alike += usize::from(a != b && nodes.seem_alike(a, b));
        }
        let fixed: Vec<_> = nodes.fixed(one).filter_map(|place| nodes.source(place)).collect();
        assert_eq!(fixed.len(), one.nodes().count());
    }
    assert!(alike >= 20, "{alike}");
}

#[test]
fn without_locks_there_are_no_nodes() {
    let nodes = Nodes::from(Gathering::default());
    assert_eq!((nodes.locks(), nodes.sources().count()), (0, 0));
    assert!(nodes.holders_of(&[0, 7]).is_empty() && nodes.of_rev("00").next().is_none());
}
