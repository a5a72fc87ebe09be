//! Laws of comparing, held against many made-up locks and a comparison that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;

/// A generator of numbers, the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// How an input is given, in words that differ exactly when it is given differently.
type Flat = BTreeMap<String, String>;

/// Adds a few inputs below `path` to `words`, and the same to `flat`.
fn grow(numbers: &mut Numbers, path: &str, depth: usize, words: &mut String, flat: &mut Flat) {
    for name in ["a", "a-b", "b", "n"] {
        let here = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        match numbers.below(4) {
            0 => {
                let rev = numbers.below(2);
                let _ = write!(words, "{here}@{rev} ");
                flat.insert(here.clone(), format!("rev {rev}"));
                if depth > 0 {
                    grow(numbers, &here, depth - 1, words, flat);
                }
            }
            1 => {
                let target = ["", "a", "b/n", "n"][numbers.below(4)];
                let _ = write!(words, "{here}>{target} ");
                flat.insert(here, format!("follows {target}"));
            }
            _ => {}
        }
    }
}

/// A made-up lock, and by an own way what every path of it is.
fn made_up(numbers: &mut Numbers) -> (Lock, Flat) {
    let (mut words, mut flat) = (String::new(), Flat::new());
    grow(numbers, "", 3, &mut words, &mut flat);
    // Keys that say nothing, and other ones in every lock.
    let salt = numbers.below(1_000);
    let key = |path: &str| format!("k{}-{}", salt, path.bytes().rev().map(char::from).collect::<String>());
    (tree_with_keys(&words, key), flat)
}

#[test]
fn the_changes_are_exactly_the_paths_that_differ() {
    let mut numbers = Numbers(7);
    let mut kinds = BTreeSet::new();
    for _ in 0..3_000 {
        let ((old, flat_old), (new, flat_new)) = (made_up(&mut numbers), made_up(&mut numbers));
        let changes = compare(Some(&old), Some(&new));
        let listed: Vec<String> = changes.iter().map(|change| change.path.to_string()).collect();
        let paths: BTreeSet<&String> = flat_old.keys().chain(flat_new.keys()).collect();
        let differing: BTreeSet<String> =
            paths.into_iter().filter(|path| flat_old.get(*path) != flat_new.get(*path)).cloned().collect();
        assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), differing);
        assert_eq!(listed.len(), differing.len(), "none twice: {listed:?}");
        for change in &changes {
            let path = change.path.to_string();
            let (was, is) = (flat_old.get(&path), flat_new.get(&path));
            assert_eq!((change.from.is_some(), change.to.is_some()), (was.is_some(), is.is_some()));
            let expected = match (was.map(String::as_str), is.map(String::as_str)) {
                (None, _) => (Added, Unknown),
                (_, None) => (Removed, Unknown),
                (Some("rev 0"), Some("rev 1")) => (Updated, Newer),
                (Some("rev 1"), Some("rev 0")) => (Updated, Older),
                _ => (FollowsChanged, Unknown),
            };
            assert_eq!((change.kind, change.direction), expected, "{path}");
            kinds.insert(expected);
        }
    }
    assert_eq!(kinds.len(), 5, "the made-up locks differ in every way");
}

#[test]
fn changes_stand_in_the_order_of_the_paths() {
    let mut numbers = Numbers(8);
    for _ in 0..500 {
        let ((old, _), (new, _)) = (made_up(&mut numbers), made_up(&mut numbers));
        let changes = compare(Some(&old), Some(&new));
        assert!(changes.is_sorted_by(|a, b| a.path < b.path), "{:?}", told(&changes));
    }
}

#[test]
fn nothing_changes_between_a_lock_and_itself() {
    let mut numbers = Numbers(9);
    for _ in 0..500 {
        let (lock, _) = made_up(&mut numbers);
        assert_eq!(compare(Some(&lock), Some(&lock)), []);
    }
}

#[test]
fn backwards_it_is_the_same_the_other_way_round() {
    let mut numbers = Numbers(10);
    for _ in 0..500 {
        let ((old, _), (new, _)) = (made_up(&mut numbers), made_up(&mut numbers));
        let mirrored: Vec<Change> = compare(Some(&new), Some(&old))
            .into_iter()
            .map(|change| Change {
                kind: match change.kind {
                    Added => Removed,
                    Removed => Added,
                    kind => kind,
                },
                direction: match change.direction {
                    Newer => Older,
                    Older => Newer,
                    direction => direction,
                },
                from: change.to,
                to: change.from,
                path: change.path,
            })
            .collect();
        assert_eq!(compare(Some(&old), Some(&new)), mirrored);
    }
}
