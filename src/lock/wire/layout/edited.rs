//! A file that is told by another one. Of a state of a lock git mostly keeps what is different from the next: a dozen
//! pieces, of which the long ones hold whole members. Those are members of the new file without being looked at, and
//! only the few between them are put together and read. The text as a whole is never made.

use std::sync::Arc;

use crate::pieces::Piece;

use super::{BETWEEN, CLOSE, HEAD, Laid, Members, TAIL};

impl Members {
    /// What [`split`](Members::split) makes of the text that these pieces make; they lie within the base.
    pub(in crate::lock::wire) fn edited(&mut self, base: &Laid, pieces: &[Piece<'_>]) -> Option<Laid> {
        self.expect(pieces.iter().map(Piece::len).sum());
        let mut rope = Rope { base, pieces, piece: 0, within: 0, next: 0 };
        rope.pass_empty();
        rope.skip(HEAD)?;
        let mut file = Laid::with_room_for(base.members.len() + 1);
        let mut bytes = Vec::new();
        loop {
            if rope.whole_members(&mut file) {
                break;
            }
            rope.member(&mut bytes)?;
            file.push(self.member(&bytes, base.members.get(rope.next))?);
            rope.next += 1;
            if rope.skip(BETWEEN).is_some() {
                continue;
            }
            rope.skip(TAIL).filter(|()| rope.rest().is_none())?;
            break;
        }
        file.end();
        Some(file)
    }
}

/// A text in pieces, while one reads in it.
struct Rope<'r> {
    base: &'r Laid,
    pieces: &'r [Piece<'r>],
    /// The piece one stands in, and how far in it; at its end only where the text ends.
    piece: usize,
    within: usize,
    /// The member of the base that would probably come next, by its place.
    next: usize,
}

impl<'r> Rope<'r> {
    /// What is left of the piece one stands in; `None` at the end of the text.
    fn rest(&self) -> Option<Piece<'r>> {
        Some(match self.pieces.get(self.piece)? {
            Piece::Same(range) => Piece::Same(range.start + self.within..range.end),
            Piece::New(bytes) => Piece::New(bytes.get(self.within..)?),
        })
    }

    /// Bytes from here on: at least one, at most as many as lie together.
    fn bytes(&self) -> Option<&'r [u8]> {
        match self.rest()? {
            Piece::Same(range) => {
                let bytes = self.base.bytes_from(range.start)?;
                Some(bytes.get(..range.len()).unwrap_or(bytes))
            }
            Piece::New(bytes) => Some(bytes),
        }
    }

    fn advance(&mut self, count: usize) {
        self.within += count;
        self.pass_empty();
    }

    /// At the end of a piece, goes to the next that is any.
    fn pass_empty(&mut self) {
        while self.pieces.get(self.piece).is_some_and(|piece| piece.len() == self.within) {
            (self.piece, self.within) = (self.piece + 1, 0);
        }
    }

    /// Goes past these bytes, if they stand here, and otherwise nowhere.
    fn skip(&mut self, bytes: &[u8]) -> Option<()> {
        let begin = (self.piece, self.within);
        let mut wanted = bytes;
        while !wanted.is_empty() {
            let here = self.bytes().unwrap_or_default();
            let count = usize::min(here.len(), wanted.len());
            if count == 0 || here.get(..count) != wanted.get(..count) {
                (self.piece, self.within) = begin;
                return None;
            }
            self.advance(count);
            wanted = wanted.get(count..)?;
        }
        Some(())
    }

    /// Goes past the members of the base that stand here whole, one after the other and with what belongs between them,
    /// and adds them to a file. Says whether the text ends with them as the base does.
    fn whole_members(&mut self, file: &mut Laid) -> bool {
        let Self { base, .. } = *self;
        while let Some(Piece::Same(range)) = self.rest()
            && let Some(first) = base.member_at(range.start)
        {
            let nexts = base.starts.get(first + 1..).unwrap_or_default();
            let count = nexts.partition_point(|next| *next as usize <= range.end);
            // Behind the last member no other begins, but the text may end.
            let is_last_piece = self.piece + 1 == self.pieces.len() && range.end == base.size;
            let ends = is_last_piece && first + count + 1 == base.members.len();
            let whole = base.members.iter().skip(first).take(count + usize::from(ends));
            whole.for_each(|member| file.push(Arc::clone(member)));
            self.next = first + count;
            let next = count.checked_sub(1).and_then(|last| nexts.get(last));
            let Some(next) = next.filter(|_| !ends) else { return ends };
            self.advance(*next as usize - range.start);
        }
        false
    }

    /// Goes past a member, and leaves its bytes in a list.
    fn member(&mut self, bytes: &mut Vec<u8>) -> Option<()> {
        bytes.clear();
        loop {
            let here = self.bytes()?;
            // The end of a member may stand in two pieces.
            let searched = bytes.len().saturating_sub(CLOSE.len() - 1);
            bytes.extend_from_slice(here);
            let end = super::end_of_member(bytes.get(searched..)?).map(|end| searched + end);
            let surplus = end.map_or(0, |end| bytes.len() - end);
            self.advance(here.len() - surplus);
            if let Some(end) = end {
                bytes.truncate(end);
                return Some(());
            }
        }
    }
}

impl Laid {
    /// The member that begins at this byte.
    fn member_at(&self, start: usize) -> Option<usize> {
        self.starts.binary_search(&u32::try_from(start).ok()?).ok()
    }

    /// The bytes from there to the end of the member or whatever else they lie in.
    fn bytes_from(&self, start: usize) -> Option<&[u8]> {
        let number = self.starts.partition_point(|own| *own as usize <= start).checked_sub(1);
        let Some(number) = number else { return HEAD.get(start..) };
        let within = start - *self.starts.get(number)? as usize;
        let member = &self.members.get(number)?.bytes;
        match within.checked_sub(member.len()) {
            None => member.get(within..),
            Some(behind) if number + 1 == self.members.len() => TAIL.get(behind..),
            Some(behind) => BETWEEN.get(behind..),
        }
    }
}
