//! Which commit, which lock, how sure: chosen from the evidence, purely.

use std::rc::Rc;

use crate::git::{CommitId, Introduced};
use crate::spread::SpreadSet;

use super::evidence::{Against, Claim, Evidence, Index, Verdict};
use super::{Built, BuiltAt, Confidence};

/// A set of locks, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    words: Vec<u64>,
    size: usize,
}

impl Set {
    pub(super) fn new(size: usize) -> Self {
        Self { words: vec![0; size.div_ceil(64)], size }
    }

    pub(super) fn add(&mut self, member: usize) {
        if let Some(word) = self.words.get_mut(member / 64) {
            *word |= 1 << (member % 64);
        }
    }

    pub(super) fn has(&self, member: usize) -> bool {
        self.words.get(member / 64).is_some_and(|word| word >> (member % 64) & 1 == 1)
    }

    pub(super) fn is_all(&self) -> bool {
        let ones: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        usize::try_from(ones) == Ok(self.size)
    }

    fn join(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    fn without(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    fn meet(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(word, other)| word & other != 0)
    }

    fn members(&self) -> Vec<usize> {
        let words = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        words
            .flat_map(|(n, word)| {
                (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 64 * n + bit)
            })
            .collect()
    }
}

/// What git and the files of a generation say about its commit and its lock, looked up beforehand.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The commit the generation names, with its lock's place in the universe.
    pub(super) named: Option<Named>,
    /// A lock found in the configuration's own source that the system keeps: the file, and the lock's place.
    pub(super) kept_lock: Option<(String, usize)>,
    /// Where HEAD stood when the generation was made, with that commit's lock.
    pub(super) by_date: Option<(CommitId, Option<usize>)>,
    /// When it was made, in seconds since 1970 UTC.
    pub(super) created: i64,
}

/// What `configurationRevision` leads to.
#[derive(Clone, Debug)]
pub(super) enum Named {
    Here { commit: CommitId, is_dirty: bool, lock: Option<usize> },
    Foreign(String),
}

/// More candidates than this are not compared with each other: they are many, however they are counted.
const MOST_COMPARED: usize = 64;

/// Chooses.
pub(super) fn correlate(
    index: &Index<'_>,
    introduced: &[Option<Introduced>],
    claims: &[Rc<Claim>],
    known: &Known,
) -> Built {
    let fits = fits(index, claims);
    let at = match &known.named {
        Some(Named::Here { commit, is_dirty: false, .. }) => BuiltAt::Commit(*commit),
        Some(Named::Here { commit, is_dirty: true, .. }) => BuiltAt::Dirty(*commit),
        Some(Named::Foreign(revision)) => BuiltAt::Foreign(revision.clone()),
        None => BuiltAt::Unknown,
    };
    let groups = || groups(index, introduced, claims, &fits, known.created);
    let choice = from_named(index, claims, &fits, known).or_else(|| from_kept(claims, &fits, known));
    let (confidence, locks, at) = match choice {
        Some((confidence, Some(lock))) => (confidence, vec![same_as(index, introduced, lock)], at),
        Some((confidence, None)) => (confidence, groups(), at),
        None => from_facts(index, claims, groups(), known, at),
    };
    let chosen = match locks.as_slice() {
        [only] => only.first().copied(),
        _ => None,
    };
    let evidence = evidence(claims, chosen, &fits, known);
    Built { at, locks, confidence, evidence }
}

/// The locks that at least one fact speaks for and none against.
fn fits(index: &Index<'_>, claims: &[Rc<Claim>]) -> Set {
    let mut fits = Set::new(index.size());
    claims.iter().for_each(|claim| fits.join(&claim.agree));
    for claim in claims {
        match &claim.contradict {
            Against::Others => fits.meet(&claim.agree),
            Against::Only(locks) => fits.without(locks),
        }
    }
    fits
}

fn contradicted(claims: &[Rc<Claim>], lock: usize) -> bool {
    claims.iter().any(|claim| claim.verdict(lock) == Verdict::Contradicts)
}

type Choice = (Confidence, Option<usize>);

/// What the named commit decides: its own lock, if nothing contradicts; that something is wrong, if it was clean.
fn from_named(index: &Index<'_>, claims: &[Rc<Claim>], fits: &Set, known: &Known) -> Option<Choice> {
    let Some(Named::Here { is_dirty, lock: Some(lock), .. }) = &known.named else { return None };
    let agrees = fits.has(*lock);
    match (is_dirty, agrees, contradicted(claims, *lock)) {
        (false, true, _) => Some((Confidence::Exact, Some(*lock))),
        // Nothing speaks for or against the lock but the commit itself.
        (false, false, false) => Some((Confidence::LockLikely, Some(*lock))),
        (false, _, true) => Some((Confidence::Contradiction, None)),
        (true, true, _) => {
            let all = matched(claims);
            let exact = index.accounts_for(*lock, &all);
            Some((if exact { Confidence::LockExact } else { Confidence::LockLikely }, Some(*lock)))
        }
        (true, false, _) => None,
    }
}

/// What the lock in the kept source decides. With `--override-input` it is not the one that was used, which shows.
fn from_kept(claims: &[Rc<Claim>], fits: &Set, known: &Known) -> Option<Choice> {
    let (_, lock) = known.kept_lock.as_ref()?;
    if contradicted(claims, *lock) {
        return Some((Confidence::Contradiction, None));
    }
    let certain = fits.has(*lock) || claims.iter().all(|claim| claim.nodes.is_empty());
    certain.then_some((Confidence::LockExact, Some(*lock)))
}

fn from_facts(
    index: &Index<'_>,
    claims: &[Rc<Claim>],
    groups: Vec<Vec<usize>>,
    known: &Known,
    at: BuiltAt,
) -> (Confidence, Vec<Vec<usize>>, BuiltAt) {
    match groups.as_slice() {
        [] => {
            let says_nothing = claims.iter().all(|claim| claim.says_nothing());
            match known.by_date {
                Some((commit, lock)) if says_nothing && at == BuiltAt::Unknown => {
                    let locks = lock.map(|lock| vec![vec![lock]]).unwrap_or_default();
                    let confidence = if locks.is_empty() { Confidence::None } else { Confidence::ByDate };
                    (confidence, locks, BuiltAt::ByDate(commit))
                }
                _ => (Confidence::None, Vec::new(), at),
            }
        }
        [only] => {
            let all = matched(claims);
            let exact = only.iter().any(|&lock| index.accounts_for(lock, &all));
            (if exact { Confidence::LockExact } else { Confidence::LockLikely }, groups, at)
        }
        several => (Confidence::Ambiguous(several.len()), groups, at),
    }
}

/// Every node some fact tells whole; the beginning of a revision accounts for none.
fn matched(claims: &[Rc<Claim>]) -> SpreadSet<usize> {
    let whole = claims.iter().filter(|claim| claim.is_whole);
    whole.flat_map(|claim| claim.nodes.iter().copied()).collect()
}

/// The locks that fit, those that say the same together; groups with more facts for them first, then those committed
/// nearest to the time the generation was made (before it rather than after).
fn groups(
    index: &Index<'_>,
    introduced: &[Option<Introduced>],
    claims: &[Rc<Claim>],
    fits: &Set,
    created: i64,
) -> Vec<Vec<usize>> {
    let mut members = fits.members();
    members.sort_by_key(|&lock| date(introduced, lock));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let few = members.len() <= MOST_COMPARED;
    for lock in members {
        let same = groups
            .iter_mut()
            .find(|group| few && group.first().is_some_and(|&first| index.says_same(first, lock)));
        match same {
            Some(group) => group.push(lock),
            None => groups.push(vec![lock]),
        }
    }
    let rank = |group: &Vec<usize>| {
        let first = group.first().copied().unwrap_or(0);
        let agreeing = claims.iter().filter(|claim| claim.agree.has(first)).count();
        let distance = date(introduced, first).saturating_sub(created);
        (std::cmp::Reverse(agreeing), distance > 0, distance.unsigned_abs())
    };
    // What it sorts by takes longer to find out than to compare.
    groups.sort_by_cached_key(rank);
    groups
}

/// When a lock was introduced; one that never was comes last.
fn date(introduced: &[Option<Introduced>], lock: usize) -> i64 {
    introduced.get(lock).copied().flatten().map_or(i64::MAX, |introduced| introduced.seconds)
}

/// The lock, and behind it every other one that says the same.
fn same_as(index: &Index<'_>, introduced: &[Option<Introduced>], lock: usize) -> Vec<usize> {
    // Locks written anew from the same state are introduced near each other.
    let near = |other: &usize| date(introduced, *other).abs_diff(date(introduced, lock)) < 30 * 24 * 60 * 60;
    let others = index.like(lock).iter().copied().filter(|other| *other != lock && near(other));
    std::iter::once(lock).chain(others.filter(|&other| index.says_same(lock, other))).collect()
}

fn evidence(claims: &[Rc<Claim>], chosen: Option<usize>, fits: &Set, known: &Known) -> Vec<Evidence> {
    // Where no lock was chosen, the facts are held against the lock of the commit that is named, if there is one.
    let named = match &known.named {
        Some(Named::Here { lock, .. }) => *lock,
        Some(Named::Foreign(_)) | None => None,
    };
    let nothing_fits = fits.is_empty();
    let verdict = |claim: &Claim| match chosen.or(named.filter(|_| nothing_fits)) {
        Some(lock) => claim.verdict(lock),
        None if fits.meets(&claim.agree) => Verdict::Agrees,
        None if claim.says_nothing() => Verdict::Silent,
        None => Verdict::Contradicts,
    };
    let mut evidence: Vec<Evidence> = claims
        .iter()
        .map(|claim| Evidence {
            what: claim.what.clone(),
            value: claim.value.clone(),
            origin: claim.origin.clone(),
            verdict: verdict(claim),
        })
        .collect();
    if let Some((origin, lock)) = &known.kept_lock {
        let verdict = if chosen == Some(*lock) { Verdict::Agrees } else { Verdict::Contradicts };
        let value = "the lock in the configuration's own source".to_owned();
        evidence.push(Evidence {
            what: "kept flake.lock".to_owned(),
            value,
            origin: origin.clone(),
            verdict,
        });
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_know_their_size() {
        for size in [0, 1, 63, 64, 65, 200] {
            let mut set = Set::new(size);
            assert!(set.is_empty());
            assert_eq!(set.is_all(), size == 0);
            (0..size).for_each(|member| set.add(member));
            assert!(set.is_all());
            assert_eq!(set.members().len(), size);
            if size > 0 {
                let mut last = Set::new(size);
                last.add(size - 1);
                assert!(last.has(size - 1) && set.meets(&last));
                set.without(&last);
                assert_eq!(set.members().len(), size - 1);
                assert!(!set.meets(&last) && !set.is_all());
                set.meet(&last);
                assert!(set.is_empty());
            }
        }
    }
}
