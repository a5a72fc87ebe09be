//! A subtree that moved with its parent, folded under it.
//!
//! Whoever updates `home-manager` gets its inputs moved as well. That is one thing to know, not ten; what did not
//! simply come along stays a change of its own.

use super::{Change, ChangeKind, Direction, Side};

/// A change, and those of the inputs below it that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded<'c> {
    /// The change.
    pub change: &'c Change,
    /// What came with it, in the order of the paths.
    pub inside: Vec<&'c Change>,
}

/// Folds what moved with its parent under it. The changes must be in the order of their paths, and so are the results.
#[must_use]
pub fn fold<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<Folded<'c>> {
    let mut folded: Vec<Folded<'c>> = Vec::new();
    // The places of those that the one before lies in, the innermost last.
    let mut around: Vec<usize> = Vec::new();
    for change in changes {
        let is_around =
            |place: &usize| folded.get(*place).is_some_and(|one| change.path.starts_with(&one.change.path));
        while around.last().is_some_and(|place| !is_around(place)) {
            around.pop();
        }
        let above = around.last().and_then(|place| folded.get_mut(*place));
        match above.filter(|above| comes_along(change, above.change)) {
            Some(above) => above.inside.push(change),
            None => {
                around.push(folded.len());
                folded.push(Folded { change, inside: Vec::new() });
            }
        }
    }
    folded
}

/// Whether a change needs no more explanation than that an input above it changed.
fn comes_along(change: &Change, above: &Change) -> bool {
    let leads_out =
        |side: &Option<Side>| matches!(side, Some(Side::Follows(target)) if !target.starts_with(&above.path));
    match change.kind {
        ChangeKind::ContentsChanged => false,
        _ if !above.is_move() || above.kind == ChangeKind::ContentsChanged => false,
        _ if change.direction == Direction::Older => above.direction == Direction::Older,
        // Only a flake above can make an input follow one of its own.
        ChangeKind::FollowsChanged => !leads_out(&change.from) && !leads_out(&change.to),
        _ => true,
    }
}
