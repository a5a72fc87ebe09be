//! From ids to places in a list, without keeping the ids a second time.

use std::hash::BuildHasher as _;

use git2::Oid;

use super::Index;
use crate::spread::Spread;

/// An open hash table of indexes; whoever asks holds the list they lead into.
#[derive(Default)]
pub(super) struct ById {
    /// An index and 1, or 0; a power of two of them, or none.
    slots: Vec<Index>,
    filled: usize,
    spread: Spread,
}

impl ById {
    /// The index of an id, where `id_at` tells the id of each index. Where there is none yet, it is from now on `new`.
    pub(super) fn find_or_insert(&mut self, id: Oid, new: Index, id_at: impl Fn(Index) -> Oid) -> Index {
        // With a third of the slots free it takes few steps to meet one of them.
        if self.filled * 3 >= self.slots.len() * 2 {
            self.grow(&id_at);
        }
        let spread = self.spread;
        let mut place = start(spread, id, self.slots.len());
        while let Some(slot) = self.slots.get_mut(place) {
            match slot.checked_sub(1) {
                None => {
                    *slot = new + 1;
                    self.filled += 1;
                    return new;
                }
                Some(index) if id_at(index) == id => return index,
                Some(_) => place = (place + 1) & (self.slots.len() - 1),
            }
        }
        new
    }

    fn grow(&mut self, id_at: &impl Fn(Index) -> Oid) {
        let size = usize::max(64, 2 * self.slots.len());
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        for slot in old {
            let Some(index) = slot.checked_sub(1) else { continue };
            let mut place = start(self.spread, id_at(index), size);
            while self.slots.get(place).is_some_and(|taken| *taken != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = self.slots.get_mut(place) {
                *free = slot;
            }
        }
    }
}

/// Where an id is looked for first among so many slots.
fn start(spread: Spread, id: Oid, slots: usize) -> usize {
    // An id is a hash, so its first bytes tell it from others as well as all of it would.
    let word = id.as_bytes().first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    usize::try_from(spread.hash_one(word) >> 32).unwrap_or_default() & slots.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_one_index() {
        let ids: Vec<Oid> = (0..5000_u32)
            .map(|n| {
                let mut bytes = [7; 20];
                // Some differ only in the end, which is not what they are spread by.
                bytes[if n % 50 == 0 { 16..20 } else { 2..6 }].copy_from_slice(&n.to_be_bytes());
                Oid::from_bytes(&bytes).unwrap()
            })
            .collect();
        let mut table = ById::default();
        let mut known: Vec<Oid> = Vec::new();
        for round in 0..2 {
            for (n, id) in ids.iter().enumerate() {
                let new = Index::try_from(known.len()).unwrap();
                let found = table.find_or_insert(*id, new, |index| known[index as usize]);
                assert_eq!(found as usize, n, "round {round}");
                if found == new {
                    known.push(*id);
                }
            }
        }
        assert_eq!(known, ids);
        assert!(table.slots.len() < 3 * ids.len(), "{}", table.slots.len());
    }
}
