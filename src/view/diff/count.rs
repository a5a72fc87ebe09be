//! How many inputs changed, and how.

use crate::lock::{ChangeKind, Direction, Folded};

/// The kinds in the order they are counted in, each with its words.
const KINDS: [(ChangeKind, &str); 7] = [
    (ChangeKind::ContentsChanged, "with other contents"),
    (ChangeKind::Updated, "updated"),
    (ChangeKind::Retargeted, "retargeted"),
    (ChangeKind::Added, "added"),
    (ChangeKind::Removed, "removed"),
    (ChangeKind::FollowsChanged, "whose follows changed"),
    (ChangeKind::OriginalChanged, "only referred to differently"),
];

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The changes that stand by themselves.
    pub all: usize,
    /// Those of each kind that occurs: how many, and how many of them went back in time.
    pub kinds: Vec<(ChangeKind, usize, usize)>,
    /// Inputs that moved with the one they belong to; not counting such as merely follow another.
    pub along: usize,
}

impl Counts {
    /// Counts.
    #[must_use]
    pub fn of(shown: &[Folded<'_>]) -> Self {
        let of_kind = |kind: ChangeKind| shown.iter().map(|one| one.change).filter(move |c| c.kind == kind);
        let kinds = KINDS.iter().map(|(kind, _)| {
            let back = of_kind(*kind).filter(|change| change.direction == Direction::Older).count();
            (*kind, of_kind(*kind).count(), back)
        });
        let along =
            shown.iter().flat_map(|one| &one.inside).filter(|change| !change.merely_follows()).count();
        Self { all: shown.len(), kinds: kinds.filter(|(_, number, _)| *number > 0).collect(), along }
    }

    /// `4 inputs changed: 3 updated (1 back in time), 1 added; 12 inputs of theirs moved along`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let inputs = |number: usize| if number == 1 { "input" } else { "inputs" };
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|&(kind, number, back)| {
                let word = KINDS.iter().find(|(own, _)| *own == kind).map_or("", |(_, word)| word);
                let back = if back > 0 { format!(" ({back} back in time)") } else { String::new() };
                format!("{number} {word}{back}")
            })
            .collect();
        let came_or_went = |kind: &ChangeKind| matches!(kind, ChangeKind::Added | ChangeKind::Removed);
        let moved =
            if self.kinds.iter().all(|(kind, ..)| came_or_went(kind)) { "with them" } else { "moved along" };
        let along = match self.along {
            0 => String::new(),
            number => format!("; {number} {} of theirs {moved}", inputs(number)),
        };
        format!("{} {} changed: {}{along}", self.all, inputs(self.all), kinds.join(", "))
    }
}
