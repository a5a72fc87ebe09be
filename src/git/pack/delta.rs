//! Deltas (gitformat-pack, "Deltified representation"): the size of the base, the size of the result, then pieces to
//! copy from the base and pieces to take as they stand.

/// The object that a delta makes of its base. `None` when the two do not fit, or the result is to be bigger than `most`.
pub(super) fn apply(base: &[u8], delta: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut rest = delta;
    if size(&mut rest)? != base.len() {
        return None;
    }
    let wanted = size(&mut rest).filter(|size| *size <= most)?;
    let mut result = Vec::with_capacity(wanted);
    while let Some((&code, after)) = rest.split_first() {
        rest = after;
        if code & 0x80 == 0 {
            // Zero is reserved.
            let (piece, after) = rest.split_at_checked(usize::from(code)).filter(|_| code != 0)?;
            result.extend_from_slice(piece);
            rest = after;
        } else {
            let begin = number(&mut rest, code, 4)?;
            let count = match number(&mut rest, code >> 4, 3)? {
                0 => 0x1_0000,
                count => count,
            };
            result.extend_from_slice(base.get(begin..begin.checked_add(count)?)?);
        }
        if result.len() > wanted {
            return None;
        }
    }
    (result.len() == wanted).then_some(result)
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
