//! What changed from one closure to another, package by package.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::package::Package;
use super::version::compare_versions;

/// What happened to a package. In the order in which a person wants to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// To a lower version.
    Down,
    /// Of several versions, one came or went; or the versions differ and neither is higher.
    Changed,
    /// To a higher version.
    Up,
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// The same versions from other store paths.
    Rebuilt,
}

/// What happened to one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageChange<'p> {
    /// Its name without version.
    pub name: &'p str,
    /// What happened.
    pub kind: Kind,
    /// Every version that was there, the lowest first; an empty one where a path names none.
    pub from: Vec<&'p str>,
    /// Every version that is there.
    pub to: Vec<&'p str>,
    /// By how many bytes its paths grew together; `None` where the size of one is not known.
    pub bytes: Option<i64>,
}

/// The store paths that are in one closure only: those of the first, those of the second.
#[must_use]
pub fn apart<'p>(old: &'p [String], new: &'p [String]) -> (Vec<&'p str>, Vec<&'p str>) {
    let of = |paths: &'p [String]| paths.iter().map(String::as_str).collect::<BTreeSet<&str>>();
    let (old, new) = (of(old), of(new));
    (old.difference(&new).copied().collect(), new.difference(&old).copied().collect())
}

/// The store paths of one package.
#[derive(Default)]
struct Paths<'p> {
    versions: Vec<&'p str>,
    /// Those that the other closure does not have.
    own: Vec<&'p str>,
}

/// Compares two closures, given as store paths; sorted by what happened, then by name. `sizes` holds those of the paths
/// that only one of them has, in bytes.
#[must_use]
pub fn compare<'p>(
    old: &'p [String],
    new: &'p [String],
    sizes: &HashMap<&str, u64>,
) -> Vec<PackageChange<'p>> {
    let (only_old, only_new) = apart(old, new);
    let mut packages: BTreeMap<&str, (Paths<'_>, Paths<'_>)> = BTreeMap::new();
    for path in old {
        let package = Package::of(path);
        packages.entry(package.name).or_default().0.versions.push(package.version);
    }
    for path in new {
        let package = Package::of(path);
        packages.entry(package.name).or_default().1.versions.push(package.version);
    }
    for path in only_old {
        packages.entry(Package::of(path).name).or_default().0.own.push(path);
    }
    for path in only_new {
        packages.entry(Package::of(path).name).or_default().1.own.push(path);
    }
    let mut changes: Vec<PackageChange<'p>> = packages
        .into_iter()
        .filter(|(_, (old, new))| !old.own.is_empty() || !new.own.is_empty())
        .map(|(name, (old, new))| {
            let bytes = sum(&new.own, sizes).zip(sum(&old.own, sizes));
            let bytes = bytes.and_then(|(new, old)| new.checked_sub(old));
            let (from, to) = (sorted(old.versions), sorted(new.versions));
            PackageChange { name, kind: kind(&from, &to), from, to, bytes }
        })
        .collect();
    changes.sort_by_key(|change| (change.kind, change.name));
    changes
}

/// Each version once, the lowest first.
fn sorted(mut versions: Vec<&str>) -> Vec<&str> {
    versions.sort_by(|one, other| compare_versions(one, other).then_with(|| one.cmp(other)));
    versions.dedup();
    versions
}

fn sum(paths: &[&str], sizes: &HashMap<&str, u64>) -> Option<i64> {
    let sizes = paths.iter().map(|path| i64::try_from(*sizes.get(path)?).ok());
    sizes.sum::<Option<i64>>()
}

/// Of versions that are there before and after only the others count: what came is held against what went.
fn kind(from: &[&str], to: &[&str]) -> Kind {
    if from.is_empty() {
        return Kind::Added;
    }
    if to.is_empty() {
        return Kind::Removed;
    }
    let went = from.iter().rfind(|version| !to.contains(version));
    let came = to.iter().rfind(|version| !from.contains(version));
    match (went, came) {
        (None, None) => Kind::Rebuilt,
        (Some(went), Some(came)) => match compare_versions(went, came) {
            Ordering::Less => Kind::Up,
            Ordering::Equal => Kind::Changed,
            Ordering::Greater => Kind::Down,
        },
        _ => Kind::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a:firefox-1.0` is a path whose hash is made of the letter.
    fn paths(words: &str) -> Vec<String> {
        let path = |word: &str| {
            let (letter, name) = word.split_once(':').unwrap();
            format!("/nix/store/{}-{name}", letter.repeat(32))
        };
        words.split_whitespace().map(path).collect()
    }

    /// Each path is as big as the place of its letter in the alphabet.
    fn told(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (paths(old), paths(new));
        let (only_old, only_new) = apart(&old, &new);
        let size = |path: &&str| u64::from(path.as_bytes()["/nix/store/".len()] - b'a' + 1);
        let sizes: HashMap<&str, u64> =
            only_old.iter().chain(&only_new).map(|path| (*path, size(path))).collect();
        compare(&old, &new, &sizes)
            .iter()
            .map(|change| {
                let (from, to) = (change.from.join(","), change.to.join(","));
                format!("{:?} {} {from}→{to} {:+}", change.kind, change.name, change.bytes.unwrap())
            })
            .collect()
    }

    #[test]
    fn each_kind_is_told_with_the_difference_in_size() {
        for (old, new, expected) in [
            ("a:x-1", "a:x-1", &[] as &[&str]),
            ("a:x-1", "c:x-2", &["Up x 1→2 +2"]),
            ("c:x-1.10", "a:x-1.9", &["Down x 1.10→1.9 -2"]),
            ("", "b:x-1", &["Added x →1 +2"]),
            ("b:x-1", "", &["Removed x 1→ -2"]),
            ("a:x-1", "b:x-1", &["Rebuilt x 1→1 +1"]),
            // Another output of the same.
            ("a:x-1", "a:x-1 d:x-1-doc", &["Rebuilt x 1→1 +4"]),
            ("a:x", "b:x", &["Rebuilt x → +1"]),
            ("a:x", "b:x-1", &["Up x →1 +1"]),
            // Several versions.
            ("a:x-1 b:x-2", "b:x-2 c:x-3", &["Up x 1,2→2,3 +2"]),
            ("a:x-1 b:x-2", "a:x-1", &["Changed x 1,2→1 -2"]),
            ("a:x-1", "a:x-1 b:x-2", &["Changed x 1→1,2 +2"]),
            ("a:x-2 b:x-3", "c:x-1 b:x-3", &["Down x 2,3→1,3 +2"]),
            ("a:x-1.0", "b:x-1-0", &["Changed x 1.0→1-0 +1"]),
        ] {
            assert_eq!(told(old, new), expected, "{old} → {new}");
        }
    }

    #[test]
    fn what_matters_most_comes_first() {
        let (old, new) = ("a:r-1 a:d-2 a:u-1 a:w-1 a:b-1 a:a-1", "b:r-1 b:d-1 b:u-2 b:n-1 b:b-2 a:a-1");
        let names: Vec<String> =
            told(old, new).iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(names, ["d", "b", "u", "n", "w", "r"]);
    }

    #[test]
    fn without_a_size_the_difference_is_not_known() {
        let (old, new) = (paths("a:x-1"), paths("b:x-2"));
        let sizes = HashMap::from([(old[0].as_str(), 5)]);
        assert_eq!(compare(&old, &new, &sizes)[0].bytes, None);
    }

    #[test]
    fn backwards_it_is_the_same_the_other_way_round() {
        let (one, other) = ("a:r-1 a:d-2 a:u-1 a:w-1 a:p-1 a:p-2", "b:r-1 b:d-1 b:u-2 b:n-1 a:p-1");
        let (old, new) = (paths(one), paths(other));
        let (there, back) = (compare(&old, &new, &HashMap::new()), compare(&new, &old, &HashMap::new()));
        let mut mirrored: Vec<PackageChange<'_>> = back
            .into_iter()
            .map(|change| PackageChange {
                kind: match change.kind {
                    Kind::Up => Kind::Down,
                    Kind::Down => Kind::Up,
                    Kind::Added => Kind::Removed,
                    Kind::Removed => Kind::Added,
                    kind => kind,
                },
                from: change.to,
                to: change.from,
                ..change
            })
            .collect();
        mirrored.sort_by_key(|change| (change.kind, change.name));
        assert_eq!(there, mirrored);
    }
}
