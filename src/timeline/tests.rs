//! What is chosen from which facts, without git and without a store.

use std::path::Path;
use std::sync::Arc;

use crate::generation::{Extent, Facts, Kept, NixpkgsRevision, Told};
use crate::git::{CommitId, Introduced};
use crate::history::Universe;
use crate::lock::StoreDir;

use super::correlate::{Known, Named, correlate};
use super::evidence::{Claims, Verdict};
use super::index::Index;
use super::nodes::Nodes;
use super::{Built, BuiltAt, Confidence};

/// 2025-06-01 10:00 UTC; an input's date is so many days later as its digit says.
const JUNE: u64 = 1_748_772_000;
const DAY: u64 = 24 * 60 * 60;

fn rev(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// Locks of nixpkgs and another input, each given by the digit its revision is made of; a blank is no such input.
fn universe(locks: &[(char, char)]) -> Universe {
    let mut universe = Universe::default();
    for (n, (nixpkgs, extra)) in locks.iter().enumerate() {
        let mut nodes = serde_json::Map::new();
        let mut root = serde_json::Map::new();
        for (name, digit) in [("nixpkgs", nixpkgs), ("extra", extra)] {
            let Some(days) = digit.to_digit(16) else { continue };
            let locked = serde_json::json!({
                "type": "github", "owner": "o", "repo": "r", "rev": rev(*digit),
                "narHash": hash(*digit), "lastModified": JUNE + DAY * u64::from(days),
            });
            let original = serde_json::json!({"type": "indirect", "id": "x"});
            nodes.insert(name.to_owned(), serde_json::json!({"locked": locked, "original": original}));
            root.insert(name.to_owned(), name.into());
        }
        nodes.insert("root".to_owned(), serde_json::json!({"inputs": root}));
        let lock = serde_json::json!({"nodes": nodes, "root": "root", "version": 7}).to_string();
        // No two are the same file, even if they say the same.
        universe.add_found(format!("{lock}{}", " ".repeat(n)).as_bytes(), None);
        assert_eq!(universe.versions.len(), n + 1);
    }
    universe
}

fn hash(digit: char) -> String {
    // The last letter holds four bits, two of which are none of the hash.
    format!("sha256-{}A=", digit.to_string().repeat(42))
}

fn facts(nixpkgs: Option<NixpkgsRevision>, kept: &[(Option<&str>, char)]) -> Facts {
    let kept = kept.iter().map(|(name, digit)| {
        Arc::new(Kept {
            name: name.map(str::to_owned),
            path: None,
            rev: Some(rev(*digit)),
            nar_hash: None,
            last_modified: None,
            origin: "registry".to_owned(),
            is_own: false,
        })
    });
    let nixpkgs = nixpkgs.map(|value| Told { value, origin: "script".to_owned() });
    Facts { nixpkgs, kept: kept.collect(), ..Facts::default() }
}

fn kept(facts: &mut Facts) -> &mut Kept {
    Arc::make_mut(&mut facts.kept[0])
}

fn full(digit: char) -> Option<NixpkgsRevision> {
    Some(NixpkgsRevision::Full(rev(digit)))
}

fn beginning(digits: &str, day: Option<&str>) -> Option<NixpkgsRevision> {
    Some(NixpkgsRevision::Beginning { digits: digits.to_owned(), day: day.map(str::to_owned) })
}

fn built(universe: &Universe, facts: &Facts, known: &Known) -> Built {
    built_from(universe, &vec![None; universe.versions.len()], facts, known)
}

/// The same of locks that were introduced by these commits. Whoever asks for the origin alone is told no other one.
fn built_from(universe: &Universe, introduced: &[Option<Introduced>], facts: &Facts, known: &Known) -> Built {
    let nodes = Nodes::of(universe);
    let mut claims = Claims::new(Index::new(universe, &nodes, StoreDir::new("/nix/store")));
    let of_facts = claims.of(facts);
    let to = |extent| correlate(claims.index(), introduced, &of_facts.claims, known, extent);
    let (built, origin) = (to(Extent::Everything), to(Extent::Origin));
    assert_eq!((&origin.at, origin.confidence), (&built.at, built.confidence));
    assert_eq!(origin.locks, built.locks[..built.locks.len().min(2)]);
    assert!(origin.evidence.is_empty());
    built
}

#[test]
fn of_many_locks_that_fit_the_nearest_come_first() {
    for count in [2, 63, 64, 65, 200] {
        // Any two neighbours say different things, which only few are compared for.
        let digits = "0123456789abcdef".chars().cycle().take(count);
        let universe = universe(&digits.map(|digit| ('1', digit)).collect::<Vec<_>>());
        let by = CommitId::parse(&"a".repeat(40)).unwrap();
        // The newest first, two of each second, and here and there one of a wrong clock.
        let seconds = |n: usize| if n % 50 == 7 { 3 } else { i64::try_from(1000 - n / 2).unwrap() };
        let introduced = |n| Some(Introduced { by, seconds: seconds(n) });
        let introduced: Vec<_> = (0..count).map(introduced).collect();
        for created in [0, 3, 900, 970, 999, 2000] {
            let known = Known { created, ..Known::default() };
            let built = built_from(&universe, &introduced, &facts(full('1'), &[]), &known);
            let groups = if count > 64 { count } else { count.min(16) };
            assert_eq!(built.confidence, Confidence::Ambiguous(groups), "{count}");
            let mut expected: Vec<usize> = built.locks.iter().map(|group| group[0]).collect();
            let firsts = expected.clone();
            expected.sort_by_key(|&n| {
                let distance = seconds(n) - created;
                (distance > 0, distance.abs(), seconds(n), std::cmp::Reverse(n))
            });
            assert_eq!(firsts, expected, "{count} at {created}");
            assert_eq!(built.locks.iter().map(Vec::len).sum::<usize>(), count);
        }
    }
}

#[test]
fn locks_are_chosen_by_facts_alone() {
    // The third says the same as the first. Of locks of one second, that which was come by last is the earliest.
    let universe = universe(&[('1', 'a'), ('1', 'b'), ('1', 'a'), ('2', 'b'), ('3', ' ')]);
    let none: Vec<Vec<usize>> = Vec::new();
    for (what, facts, confidence, locks) in [
        ("nothing is told", facts(None, &[]), Confidence::None, none.clone()),
        ("one fits by nixpkgs", facts(full('2'), &[]), Confidence::LockLikely, vec![vec![3]]),
        ("nixpkgs is all it has", facts(full('3'), &[]), Confidence::LockExact, vec![vec![4]]),
        ("none has that nixpkgs", facts(full('9'), &[]), Confidence::None, none.clone()),
        ("two differ", facts(full('1'), &[]), Confidence::Ambiguous(2), vec![vec![2, 0], vec![1]]),
        ("a pin decides", facts(full('1'), &[(Some("extra"), 'b')]), Confidence::LockExact, vec![vec![1]]),
        ("whatever its name", facts(full('1'), &[(Some("e"), 'b')]), Confidence::LockExact, vec![vec![1]]),
        ("and without one", facts(full('1'), &[(None, 'a')]), Confidence::LockExact, vec![vec![2, 0]]),
        ("a pin alone", facts(None, &[(None, 'a')]), Confidence::LockLikely, vec![vec![2, 0]]),
        ("pins of two locks", facts(full('2'), &[(None, 'a')]), Confidence::None, none.clone()),
        ("an input none has", facts(full('2'), &[(Some("extra"), '9')]), Confidence::None, none.clone()),
        ("a source none has", facts(full('2'), &[(Some("me"), '9')]), Confidence::LockLikely, vec![vec![3]]),
        ("a beginning", facts(beginning("2222222", None), &[]), Confidence::LockLikely, vec![vec![3]]),
        (
            "with its day",
            facts(beginning("2222222", Some("20250603")), &[]),
            Confidence::LockLikely,
            vec![vec![3]],
        ),
        ("another day", facts(beginning("2222222", Some("20250604")), &[]), Confidence::None, none),
        ("is no whole", facts(beginning("3333333", None), &[]), Confidence::LockLikely, vec![vec![4]]),
    ] {
        let built = built(&universe, &facts, &Known::default());
        assert_eq!((built.confidence, built.locks), (confidence, locks), "{what}");
        assert_eq!(built.at, BuiltAt::Unknown);
    }
}

#[test]
fn a_path_and_a_hash_are_as_good_as_a_revision() {
    let universe = universe(&[('1', 'a'), ('2', 'b')]);
    let nodes = universe.versions[1].lock.nodes();
    let source = nodes.filter_map(|node| node.locked()).find(|source| source.rev() == Some(&rev('b')));
    let path = StoreDir::new("/nix/store").path_of(source.unwrap()).unwrap();
    let mut facts = facts(None, &[(None, 'b')]);
    kept(&mut facts).rev = None;
    kept(&mut facts).path = Some(path.clone());
    assert_eq!(built(&universe, &facts, &Known::default()).locks, [[1]]);
    // The same source in another store has another path.
    let elsewhere = Path::new("/store").join(Path::new(&path).file_name().unwrap());
    kept(&mut facts).path = Some(elsewhere.display().to_string());
    assert_eq!(built(&universe, &facts, &Known::default()).confidence, Confidence::None);
    kept(&mut facts).nar_hash = Some(hash('b').trim_end_matches('=').to_owned());
    assert_eq!(built(&universe, &facts, &Known::default()).locks, [[1]]);
}

#[test]
fn a_named_commit_is_believed_as_far_as_facts_allow() {
    let universe = universe(&[('1', 'a'), ('1', 'b'), ('2', 'b')]);
    let commit = CommitId::parse(&rev('c')).unwrap();
    let named = |is_dirty: bool, lock: Option<usize>| Known {
        named: Some(Named::Here { commit, is_dirty, lock }),
        ..Known::default()
    };
    let all_of_0 = || facts(full('1'), &[(None, 'a')]);
    for (what, facts, known, confidence, locks) in [
        ("it agrees", facts(full('1'), &[]), named(false, Some(1)), Confidence::Exact, vec![vec![1]]),
        ("nothing speaks", facts(None, &[]), named(false, Some(1)), Confidence::LockLikely, vec![vec![1]]),
        ("another fits", all_of_0(), named(false, Some(2)), Confidence::Contradiction, vec![vec![0]]),
        ("none fits", facts(full('9'), &[]), named(false, Some(2)), Confidence::Contradiction, vec![]),
        ("it has none", all_of_0(), named(false, None), Confidence::LockExact, vec![vec![0]]),
        ("dirty, its own", all_of_0(), named(true, Some(0)), Confidence::LockExact, vec![vec![0]]),
        ("dirty, likely", facts(full('2'), &[]), named(true, Some(2)), Confidence::LockLikely, vec![vec![2]]),
        ("dirty, another", all_of_0(), named(true, Some(2)), Confidence::LockExact, vec![vec![0]]),
        ("dirty, mute", facts(None, &[]), named(true, Some(2)), Confidence::None, vec![]),
    ] {
        let expected = match known.named {
            Some(Named::Here { is_dirty: true, .. }) => BuiltAt::Dirty(commit),
            _ => BuiltAt::Commit(commit),
        };
        let built = built(&universe, &facts, &known);
        assert_eq!((built.confidence, built.locks, built.at), (confidence, locks, expected), "{what}");
    }
    let foreign = Known { named: Some(Named::Foreign("x".to_owned())), ..Known::default() };
    let built = built(&universe, &all_of_0(), &foreign);
    assert_eq!((built.confidence, built.at), (Confidence::LockExact, BuiltAt::Foreign("x".to_owned())));
}

#[test]
fn a_kept_lock_and_the_date() {
    let universe = universe(&[('1', 'a'), ('1', 'b'), ('2', 'b')]);
    let kept = |lock| Known { kept_lock: Some(("src".to_owned(), lock)), ..Known::default() };
    let built_with = |facts: &Facts, known: &Known| {
        let built = built(&universe, facts, known);
        (built.confidence, built.locks)
    };
    let mute = facts(None, &[]);
    let of_two = facts(full('1'), &[]);
    assert_eq!(built_with(&of_two, &kept(1)), (Confidence::LockExact, vec![vec![1]]));
    assert_eq!(built_with(&mute, &kept(1)), (Confidence::LockExact, vec![vec![1]]));
    let overridden = facts(full('2'), &[]);
    assert_eq!(built_with(&overridden, &kept(1)), (Confidence::Contradiction, vec![vec![2]]));
    // The source of a tree with changes has the lock that was used, whatever that of its base is and whether it fits.
    let commit = CommitId::parse(&rev('c')).unwrap();
    let on_base = |base, lock| Known {
        named: Some(Named::Here { commit, is_dirty: true, lock: Some(base) }),
        ..kept(lock)
    };
    for (base, lock) in [(0, 1), (1, 1), (2, 1), (1, 0)] {
        let expected = (Confidence::LockExact, vec![vec![lock]]);
        assert_eq!(built_with(&of_two, &on_base(base, lock)), expected, "{lock} on {base}");
    }
    assert_eq!(built_with(&overridden, &on_base(2, 1)), (Confidence::Contradiction, vec![vec![2]]));
    let dated = |lock| Known { by_date: Some((commit, lock)), ..Known::default() };
    assert_eq!(built_with(&mute, &dated(Some(2))), (Confidence::ByDate, vec![vec![2]]));
    assert_eq!(built_with(&mute, &dated(None)), (Confidence::None, vec![]));
    // What is told is never overruled by the date.
    assert_eq!(built_with(&facts(full('9'), &[]), &dated(Some(2))), (Confidence::None, vec![]));
    assert_eq!(built_with(&of_two, &dated(Some(2))).0, Confidence::Ambiguous(2));
}

#[test]
fn every_fact_gets_its_verdict() {
    let universe = universe(&[('1', 'a'), ('2', 'b')]);
    let facts = facts(full('1'), &[(Some("extra"), 'b'), (Some("me"), '9')]);
    let built = built(&universe, &facts, &Known::default());
    assert_eq!(built.confidence, Confidence::None);
    let verdicts: Vec<_> = built.evidence.iter().map(|one| (one.stated.what.as_str(), one.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            ("nixpkgs revision", Verdict::Contradicts),
            ("source kept as extra", Verdict::Contradicts),
            ("source kept as me", Verdict::Silent),
        ]
    );
}
