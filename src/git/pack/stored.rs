//! Blobs as the pack stores them: whole, or as what is different from another one. For whoever reads a whole history,
//! in which a blob and the one it is a delta of are nearly the same.

use std::collections::VecDeque;

use crate::pieces::Piece;
use crate::spread::SpreadMap;

use super::{BIGGEST, delta};

/// So many bytes of blobs are taken as still known to who was told of them: with more, fewer would be told twice, and
/// both sides would take longer to get the memory than that saves.
const MOST_BYTES: usize = 32 << 20;

/// A difference in more pieces than this is none that git made of two locks; its blob is read as a whole.
const MOST_PIECES: usize = 1 << 20;
/// Most have fewer.
const MOST_EXPECTED: usize = 64;

/// A blob at the end of a longer chain than git makes of itself (50; 250 when told to be aggressive) is told whole: on
/// the way each step may be a text of its own, of any size.
pub(super) const MOST_STEPS: usize = 256;

/// One step on the way to a blob. Each makes an object, and has a number, by which later ones refer to it.
pub enum Step {
    /// These bytes.
    Whole(Vec<u8>),
    /// What is different from what an earlier step made.
    Delta {
        /// The number of that step.
        base: u64,
        /// The difference.
        delta: Delta,
    },
}

/// The steps it takes to make a blob, for who remembers what the steps before have made.
pub struct Steps {
    /// The number of the first of them; the others follow without a gap.
    pub first: u64,
    /// New steps; none when one that was told before made the blob.
    pub steps: Vec<Step>,
    /// The number of the step that makes the blob.
    pub last: u64,
    /// From now on nothing refers to what steps before this one have made.
    pub oldest: u64,
}

/// What is different between two blobs.
pub struct Delta {
    bytes: Vec<u8>,
}

/// What a [`Delta`] says.
pub struct Difference<'d> {
    /// How many bytes the blob has that it starts from.
    pub from: usize,
    /// The pieces it makes another of, each within that blob.
    pub pieces: Vec<Piece<'d>>,
}

impl Steps {
    /// How many bytes the steps have, as they are told.
    #[must_use]
    pub fn size(&self) -> usize {
        let size = |step: &Step| match step {
            Step::Whole(bytes) | Step::Delta { delta: Delta { bytes }, .. } => bytes.len(),
        };
        self.steps.iter().map(size).sum()
    }
}

impl Delta {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// What it says; `None` when it is malformed, or has too much to say.
    #[must_use]
    pub fn read(&self) -> Option<Difference<'_>> {
        let (sizes, rest) = delta::open(&self.bytes)?;
        let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(MOST_EXPECTED);
        let mut made = 0;
        for piece in rest {
            let piece = piece?;
            made += piece.len();
            if made > sizes.result || pieces.len() == MOST_PIECES {
                return None;
            }
            if let Piece::Same(next) = &piece {
                if next.end > sizes.base {
                    return None;
                }
                // git cuts what is long into pieces of 64 KiB.
                if let Some(Piece::Same(last)) = pieces.last_mut()
                    && last.end == next.start
                {
                    last.end = next.end;
                    continue;
                }
            }
            pieces.push(piece);
        }
        let is_sound = made == sizes.result && made <= BIGGEST;
        is_sound.then_some(Difference { from: sizes.base, pieces })
    }

    fn result(&self) -> usize {
        // One that says more is not read.
        delta::open(&self.bytes).map_or(0, |(sizes, _)| usize::min(sizes.result, BIGGEST))
    }
}

/// Which objects somebody was told how to make, so that they are not told again.
pub struct Told {
    /// The number of each step, by pack and offset of what it makes.
    numbers: SpreadMap<(usize, u64), u64>,
    /// What the last steps made, without a gap: where it lies, if that is in a pack, and its size in bytes. First in,
    /// first out.
    order: VecDeque<(Option<(usize, u64)>, usize)>,
    bytes: usize,
    next: u64,
    /// When they have more bytes than this, the oldest are forgotten.
    most: usize,
}

impl Default for Told {
    fn default() -> Self {
        Self::remembering(MOST_BYTES)
    }
}

/// An object on the way to the one that is wanted.
pub(super) enum Stage {
    Whole(Vec<u8>),
    Delta(Delta),
}

impl Told {
    fn remembering(most: usize) -> Self {
        Self { numbers: SpreadMap::default(), order: VecDeque::new(), bytes: 0, next: 0, most }
    }

    /// The number of the step that made what lies there.
    pub(super) fn number(&self, place: (usize, u64)) -> Option<u64> {
        self.numbers.get(&place).copied()
    }

    /// Makes steps of objects, of which each is a delta of the one after it, the last of what the step `base` made.
    pub(super) fn tell(&mut self, stages: Vec<((usize, u64), Stage)>, base: Option<u64>) -> Option<Steps> {
        let first = self.next;
        let mut last = base;
        let mut steps = Vec::with_capacity(stages.len());
        for (place, stage) in stages.into_iter().rev() {
            let (size, step) = match stage {
                Stage::Whole(bytes) => (bytes.len(), Step::Whole(bytes)),
                Stage::Delta(delta) => (delta.result(), Step::Delta { base: last?, delta }),
            };
            last = Some(self.add(Some(place), size));
            steps.push(step);
        }
        Some(self.steps(first, steps, last?))
    }

    /// The step that makes what lies in no pack.
    pub(in crate::git) fn whole(&mut self, bytes: Vec<u8>) -> Steps {
        let number = self.add(None, bytes.len());
        self.steps(number, vec![Step::Whole(bytes)], number)
    }

    /// The number of the next step.
    fn add(&mut self, place: Option<(usize, u64)>, size: usize) -> u64 {
        let number = self.next;
        self.next += 1;
        self.numbers.extend(place.map(|place| (place, number)));
        self.order.push_back((place, size));
        self.bytes += size;
        number
    }

    fn steps(&mut self, first: u64, steps: Vec<Step>, last: u64) -> Steps {
        while self.bytes > self.most {
            let Some((place, size)) = self.order.pop_front() else { break };
            place.and_then(|place| self.numbers.remove(&place));
            self.bytes -= size;
        }
        let oldest = u64::min(self.next - self.order.len() as u64, last);
        Steps { first, steps, last, oldest }
    }
}

#[cfg(test)]
mod tests;
