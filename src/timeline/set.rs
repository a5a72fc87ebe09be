//! Sets of locks.

use std::ops::Range;

/// A set of locks by their places, as ranges: whatever is asked for is in a few rows of locks, each of them as long as an
/// input stayed as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// Sorted, none of them empty, and none touches the next.
    ranges: Vec<Range<usize>>,
}

impl Set {
    /// All that is in one of these ranges.
    pub(super) fn of(mut ranges: Vec<Range<usize>>) -> Self {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| range.start);
        ranges.dedup_by(|next, before| {
            let touches = next.start <= before.end;
            if touches {
                before.end = before.end.max(next.end);
            }
            touches
        });
        Self { ranges }
    }

    pub(super) fn has(&self, member: usize) -> bool {
        let next = self.ranges.partition_point(|range| range.end <= member);
        self.ranges.get(next).is_some_and(|range| range.start <= member)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// What is in one of the two.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self::of([&self.ranges[..], &other.ranges[..]].concat())
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let (mut ours, mut theirs) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(one), Some(two)) = (ours.peek(), theirs.peek()) {
            let both = one.start.max(two.start)..one.end.min(two.end);
            let ends_first = one.end <= two.end;
            if !both.is_empty() {
                ranges.push(both);
            }
            if ends_first {
                ours.next()
            } else {
                theirs.next()
            };
        }
        Self { ranges }
    }

    /// What is in this one alone.
    pub(super) fn and_not(&self, other: &Self) -> Self {
        // The rest of all there is.
        let ends = other.ranges.iter().map(|range| range.start).chain([usize::MAX]);
        let begins = [0].into_iter().chain(other.ranges.iter().map(|range| range.end));
        let gaps = begins.zip(ends).map(|(begin, end)| begin..end).filter(|gap| !gap.is_empty());
        self.and(&Self { ranges: gaps.collect() })
    }

    pub(super) fn members(&self) -> impl Iterator<Item = usize> {
        self.ranges.iter().cloned().flatten()
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(members: I) -> Self {
        Self::of(members.into_iter().map(|member| member..member + 1).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Some of the numbers below a size, in rows, drawn by a number.
    fn drawn(size: usize, mut seed: u64) -> BTreeSet<usize> {
        let mut is_in = false;
        (0..size)
            .filter(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                is_in ^= seed >> 62 == 0;
                is_in
            })
            .collect()
    }

    #[test]
    fn sets_are_what_their_members_are() {
        let mut met = 0;
        for (size, seed) in (0..40).flat_map(|size| (0..20).map(move |seed| (size, seed))) {
            let [ours, theirs] = [drawn(size, seed), drawn(size, seed + 1000)];
            let [one, two] = [&ours, &theirs].map(|members| members.iter().copied().collect::<Set>());
            let members = |set: &Set| set.members().collect::<BTreeSet<usize>>();
            assert_eq!(members(&one), ours);
            assert_eq!(members(&one.or(&two)), &ours | &theirs);
            assert_eq!(members(&one.and(&two)), &ours & &theirs);
            assert_eq!(members(&one.and_not(&two)), &ours - &theirs);
            assert_eq!(one.is_empty(), ours.is_empty());
            assert!((0..=size).all(|member| one.has(member) == ours.contains(&member)));
            // However it came to be, it is the same.
            assert_eq!(one.and_not(&two).or(&one.and(&two)), one);
            met += usize::from(!one.and(&two).is_empty());
        }
        assert!(met > 200, "{met}");
    }

    #[test]
    fn ranges_may_lie_over_each_other_and_touch() {
        let set = Set::of(vec![7..9, 3..3, 0..2, 1..4, 4..5, 8..8]);
        assert_eq!(set.ranges, [0..5, 7..9]);
        assert_eq!(Set::of(vec![2..6, 0..2, 9..10]).ranges, [0..6, 9..10]);
    }
}
