//! Deltas (gitformat-pack, "Deltified representation"): the size of the base, the size of the result, then pieces to
//! copy from the base and pieces to take as they stand.

use crate::pieces::Piece;

/// What a delta says before its pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Of the object it is a delta of, in bytes.
    pub(super) base: usize,
    /// Of the object it makes, in bytes.
    pub(super) result: usize,
}

/// The sizes, and the pieces that follow. `None` when there are no sizes.
pub(super) fn open(delta: &[u8]) -> Option<(Sizes, Pieces<'_>)> {
    let mut rest = delta;
    let sizes = Sizes { base: size(&mut rest)?, result: size(&mut rest)? };
    Some((sizes, Pieces { rest }))
}

/// The object that a delta makes of its base. `None` when the two do not fit, or the result is to be bigger than `most`.
pub(super) fn apply(base: &[u8], delta: &[u8], most: usize) -> Option<Vec<u8>> {
    let (sizes, pieces) = open(delta)?;
    if sizes.base != base.len() || sizes.result > most {
        return None;
    }
    let mut result = Vec::with_capacity(sizes.result);
    for piece in pieces {
        piece?.append(base, &mut result)?;
        if result.len() > sizes.result {
            return None;
        }
    }
    (result.len() == sizes.result).then_some(result)
}

/// The pieces, one after the other; `None` stands for one that is malformed, and is the last.
pub(super) struct Pieces<'d> {
    rest: &'d [u8],
}

impl<'d> Iterator for Pieces<'d> {
    type Item = Option<Piece<'d>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let piece = piece(&mut self.rest);
        if piece.is_none() {
            self.rest = &[];
        }
        Some(piece)
    }
}

fn piece<'d>(rest: &mut &'d [u8]) -> Option<Piece<'d>> {
    let (&code, after) = rest.split_first()?;
    *rest = after;
    if code & 0x80 == 0 {
        // Zero is reserved.
        let (bytes, after) = rest.split_at_checked(usize::from(code)).filter(|_| code != 0)?;
        *rest = after;
        return Some(Piece::New(bytes));
    }
    let begin = number(rest, code, 4)?;
    let count = match number(rest, code >> 4, 3)? {
        0 => 0x1_0000,
        count => count,
    };
    Some(Piece::Same(begin..begin.checked_add(count)?))
}

/// Seven bits a byte, the lowest first; the highest bit says that another byte follows.
fn size(rest: &mut &[u8]) -> Option<usize> {
    let (mut size, mut shift) = (0, 0);
    loop {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        size |= usize::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 56)?;
        if byte & 0x80 == 0 {
            return Some(size);
        }
        shift += 7;
    }
}

/// A number of which those bytes stand here whose bit in `present` is set, the lowest first.
fn number(rest: &mut &[u8], present: u8, bytes: u32) -> Option<usize> {
    let mut number = 0;
    for n in (0..bytes).filter(|n| present >> n & 1 == 1) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= usize::from(byte) << (8 * n);
    }
    Some(number)
}
