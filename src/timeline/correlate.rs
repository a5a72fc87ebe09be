//! Which commit, which lock, how sure: chosen from the evidence, purely.

use std::cmp::Reverse;
use std::rc::Rc;

use crate::generation::Extent;
use crate::git::{CommitId, Introduced};
use crate::spread::SpreadSet;

use super::evidence::{Against, Claim, Evidence, Stated, Verdict};
use super::index::Index;
use super::set::Set;
use super::{Built, BuiltAt, Confidence};

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

/// For whoever wants no more than the origin, so many groups of locks are told, and how many there are: the nearest one, and
/// that it is not the only one.
const MOST_OF_ORIGIN: usize = 2;

/// Chooses. What speaks for and against the choice is told where everything was read.
pub(super) fn correlate(
    index: &Index<'_>,
    introduced: &[Option<Introduced>],
    claims: &[Rc<Claim<'_>>],
    known: &Known,
    extent: Extent,
) -> Built {
    let fits = fits(claims);
    let at = match &known.named {
        Some(Named::Here { commit, is_dirty: false, .. }) => BuiltAt::Commit(*commit),
        Some(Named::Here { commit, is_dirty: true, .. }) => BuiltAt::Dirty(*commit),
        Some(Named::Foreign(revision)) => BuiltAt::Foreign(revision.clone()),
        None => BuiltAt::Unknown,
    };
    let most = match extent {
        Extent::Everything => usize::MAX,
        Extent::Origin => MOST_OF_ORIGIN,
    };
    let groups = || groups(index, introduced, &fits, known.created, most);
    let choice = from_named(claims, &fits, known)
        .or_else(|| from_kept(claims, &fits, known))
        .or_else(|| from_base(index, claims, &fits, known));
    let (confidence, locks, at) = match choice {
        Some((confidence, Some(lock))) => (confidence, vec![same_as(index, introduced, lock)], at),
        Some((confidence, None)) => (confidence, groups().nearest, at),
        None => from_facts(index, claims, groups(), known, at),
    };
    let chosen = match locks.as_slice() {
        [only] => only.first().copied(),
        _ => None,
    };
    let evidence = match extent {
        Extent::Everything => evidence(claims, chosen, &fits, known),
        Extent::Origin => Vec::new(),
    };
    Built { at, locks, confidence, evidence }
}

/// The locks that at least one fact speaks for and none against.
fn fits(claims: &[Rc<Claim<'_>>]) -> Set {
    // What speaks for any lock speaks against all others.
    let mut decisive = claims.iter().filter(|claim| claim.is_decisive());
    let Some(first) = decisive.next() else { return Set::default() };
    let agreed = decisive.fold(first.agree.clone(), |agreed, claim| agreed.and(&claim.agree));
    claims.iter().fold(agreed, |fits, claim| match &claim.contradict {
        Against::Only(locks) if !locks.is_empty() => fits.and_not(locks),
        Against::Only(_) | Against::Others => fits,
    })
}

fn contradicted(claims: &[Rc<Claim<'_>>], lock: usize) -> bool {
    claims.iter().any(|claim| claim.verdict(lock) == Verdict::Contradicts)
}

type Choice = (Confidence, Option<usize>);

/// What the named commit decides, if it was clean: its own lock, or that something is wrong.
fn from_named(claims: &[Rc<Claim<'_>>], fits: &Set, known: &Known) -> Option<Choice> {
    let Some(Named::Here { is_dirty: false, lock: Some(lock), .. }) = known.named else { return None };
    Some(match (fits.has(lock), contradicted(claims, lock)) {
        (true, _) => (Confidence::Exact, Some(lock)),
        // Nothing speaks for or against the lock but the commit itself.
        (false, false) => (Confidence::LockLikely, Some(lock)),
        (false, true) => (Confidence::Contradiction, None),
    })
}

/// What the lock in the kept source decides. With `--override-input` it is not the one that was used, which shows.
fn from_kept(claims: &[Rc<Claim<'_>>], fits: &Set, known: &Known) -> Option<Choice> {
    let (_, lock) = known.kept_lock.as_ref()?;
    if contradicted(claims, *lock) {
        return Some((Confidence::Contradiction, None));
    }
    let certain = fits.has(*lock) || claims.iter().all(|claim| claim.nodes.is_empty());
    certain.then_some((Confidence::LockExact, Some(*lock)))
}

/// What the base of a tree with changes decides: its lock is likely not one of the changes, if it fits. A source that
/// is kept of that very tree knows better, and was asked before.
fn from_base(index: &Index<'_>, claims: &[Rc<Claim<'_>>], fits: &Set, known: &Known) -> Option<Choice> {
    let Some(Named::Here { is_dirty: true, lock: Some(lock), .. }) = known.named else { return None };
    let exact = index.accounts_for(lock, &matched(claims));
    let confidence = if exact { Confidence::LockExact } else { Confidence::LockLikely };
    fits.has(lock).then_some((confidence, Some(lock)))
}

fn from_facts(
    index: &Index<'_>,
    claims: &[Rc<Claim<'_>>],
    Groups { count, nearest: groups }: Groups,
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
        _ => (Confidence::Ambiguous(count), groups, at),
    }
}

/// Every node some fact tells whole; the beginning of a revision accounts for none.
fn matched(claims: &[Rc<Claim<'_>>]) -> SpreadSet<usize> {
    let whole = claims.iter().filter(|claim| claim.is_whole);
    whole.flat_map(|claim| claim.nodes.iter().copied()).collect()
}

/// The locks that fit, those that say the same together.
struct Groups {
    count: usize,
    /// The first of them: those committed nearest to the time the generation was made, before it rather than after. As
    /// many facts speak for one as for another: all that speak for any.
    nearest: Vec<Vec<usize>>,
}

fn groups(
    index: &Index<'_>,
    introduced: &[Option<Introduced>],
    fits: &Set,
    created: i64,
    most: usize,
) -> Groups {
    // Of one second, the later ones are come by first. So are those of later dates mostly: turned round, they are nearly
    // in order, and a sort that looks for that has little to do.
    let mut members: Vec<_> = fits.members().map(|lock| (date(introduced, lock), Reverse(lock))).collect();
    members.reverse();
    members.sort();
    if members.len() > MOST_COMPARED {
        let nearest = nearest_first(&members, created).take(most);
        return Groups {
            count: members.len(),
            nearest: nearest.map(|(_, Reverse(lock))| vec![*lock]).collect(),
        };
    }
    let mut groups: Vec<(i64, Vec<usize>)> = Vec::with_capacity(members.len());
    for (date, Reverse(lock)) in members {
        let says_same = |group: &[usize]| group.first().is_some_and(|&first| index.says_same(first, lock));
        match groups.iter_mut().find(|(_, group)| says_same(group)) {
            Some((_, group)) => group.push(lock),
            None => groups.push((date, vec![lock])),
        }
    }
    let nearest = nearest_first(&groups, created).take(most).map(|(_, group)| group.clone()).collect();
    Groups { count: groups.len(), nearest }
}

/// What is sorted by its date, in seconds since 1970 UTC: the last before a time in front, and what comes after that time
/// at the end. Of one date, the order stays.
fn nearest_first<T>(sorted: &[(i64, T)], seconds: i64) -> impl Iterator<Item = &(i64, T)> {
    let (before, after) = sorted.split_at(sorted.partition_point(|(date, _)| *date <= seconds));
    before.chunk_by(|(one, _), (other, _)| one == other).rev().flatten().chain(after)
}

/// When a lock was introduced; one that never was comes last.
fn date(introduced: &[Option<Introduced>], lock: usize) -> i64 {
    introduced.get(lock).copied().flatten().map_or(i64::MAX, |introduced| introduced.seconds)
}

/// The lock, and behind it every other one that says the same.
fn same_as(index: &Index<'_>, introduced: &[Option<Introduced>], lock: usize) -> Vec<usize> {
    // Locks written anew from the same state are introduced near each other.
    let near = |other: &usize| date(introduced, *other).abs_diff(date(introduced, lock)) < 30 * 24 * 60 * 60;
    let others = index.nodes().like(lock).filter(|other| *other != lock && near(other));
    std::iter::once(lock).chain(others.filter(|&other| index.says_same(lock, other))).collect()
}

fn evidence(claims: &[Rc<Claim<'_>>], chosen: Option<usize>, fits: &Set, known: &Known) -> Vec<Evidence> {
    // Where no lock was chosen, the facts are held against the lock of the commit that is named, if there is one.
    let named = match &known.named {
        Some(Named::Here { lock, .. }) => *lock,
        Some(Named::Foreign(_)) | None => None,
    };
    let nothing_fits = fits.is_empty();
    let verdict = |claim: &Claim<'_>| match chosen.or(named.filter(|_| nothing_fits)) {
        Some(lock) => claim.verdict(lock),
        // What speaks for any lock speaks for all that fit.
        None if !nothing_fits && claim.is_decisive() => Verdict::Agrees,
        None if claim.says_nothing() => Verdict::Silent,
        None => Verdict::Contradicts,
    };
    let mut evidence: Vec<Evidence> =
        claims.iter().map(|claim| Evidence { stated: claim.stated(), verdict: verdict(claim) }).collect();
    if let Some((origin, lock)) = &known.kept_lock {
        let verdict = if chosen == Some(*lock) { Verdict::Agrees } else { Verdict::Contradicts };
        let stated = Stated {
            what: "kept flake.lock".to_owned(),
            value: "the lock in the configuration's own source".to_owned(),
            origin: origin.clone(),
        };
        evidence.push(Evidence { stated: Rc::new(stated), verdict });
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_before_come_first_and_those_of_one_date_in_their_order() {
        for (dates, seconds, expected) in [
            (&[1, 2, 2, 5, 9][..], 5, "3 1 2 0 4"),
            (&[1, 2, 2, 5, 5], 4, "1 2 0 3 4"),
            (&[1, 2], 0, "0 1"),
            (&[1, 1, i64::MAX], i64::MAX, "2 0 1"),
            (&[], 3, ""),
        ] {
            let sorted: Vec<(i64, usize)> = dates.iter().copied().zip(0..).collect();
            let order: Vec<_> = nearest_first(&sorted, seconds).map(|(_, place)| place.to_string()).collect();
            assert_eq!(order.join(" "), expected);
        }
    }
}
