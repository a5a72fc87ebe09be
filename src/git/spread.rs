//! Hashing for keys that are spread already: object ids, which are hashes themselves, and places in a pack.
//!
//! The standard library's hash withstands whoever chooses the keys; it also takes longer than everything else that a
//! walk does with an id. Here a secret number, drawn anew in every process, is multiplied in, which is enough: to make
//! ids that collide one would have to know it.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes [`Fold`]s, all of one table with the same secret.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    secret: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { secret: RandomState::new().hash_one(0) | 1 }
    }
}

impl BuildHasher for Spread {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold { state: self.secret, secret: self.secret }
    }
}

/// Folds words into one by multiplication.
pub(super) struct Fold {
    state: u64,
    secret: u64,
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(part).for_each(|(place, byte)| *place = *byte);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.secret);
        let (low, high) = (product & u128::from(u64::MAX), product >> 64);
        self.state = u64::try_from(low ^ high).unwrap_or_default();
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn near_keys_are_far_apart() {
        let spread = Spread::default();
        for shift in [0, 8, 32, 56] {
            let hashes: Vec<u64> = (0..256u64).map(|n| spread.hash_one((0usize, n << shift))).collect();
            for bits in [
                hashes.iter().map(|hash| hash & 0xfff).collect::<HashSet<_>>(),
                hashes.iter().map(|hash| hash >> 52).collect(),
            ] {
                assert!(bits.len() > 180, "{shift}: {}", bits.len());
            }
        }
    }
}
