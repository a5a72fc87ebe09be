//! Hashing for what is looked up in great numbers: object ids, places in a pack, the texts of a lock's nodes.
//!
//! The standard library's hash withstands whoever chooses the keys; it also takes longer than everything else that a
//! walk does with an id. Here a secret number, drawn anew in every process, is multiplied in, which is enough: to make
//! keys that collide one would have to know it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};

/// A map whose keys are spread like this.
pub type SpreadMap<K, V> = HashMap<K, V, Spread>;
/// A set of them.
pub type SpreadSet<K> = HashSet<K, Spread>;

/// Makes [`Fold`]s, all of one table with the same secret.
#[derive(Clone, Copy)]
pub struct Spread {
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
pub struct Fold {
    state: u64,
    secret: u64,
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_ne_bytes(*word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.state = folded(self.state ^ word, self.secret);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    /// Once more, with a number that is known to mix well: a few secrets do not.
    fn finish(&self) -> u64 {
        folded(self.state, GOLDEN)
    }
}

/// The fraction of the golden ratio, in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The two halves of a product laid over each other.
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let (low, high) = (product & u128::from(u64::MAX), product >> 64);
    u64::try_from(low ^ high).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// How many different values the lowest and the highest 12 bits of 256 near keys' hashes take.
    fn spread_of(secret: u64, shift: u32) -> [usize; 2] {
        let spread = Spread { secret };
        let hashes: Vec<u64> = (0..256u64).map(|n| spread.hash_one((0usize, n << shift))).collect();
        let values = |part: fn(&u64) -> u64| hashes.iter().map(part).collect::<HashSet<_>>().len();
        [values(|hash| hash & 0xfff), values(|hash| hash >> 52)]
    }

    #[test]
    fn near_keys_are_far_apart() {
        // Not drawn here, so that the test says the same every time: odd multiples of a number.
        let secrets = (0..2000u64).map(|n| 0xd129_0d3a_5b1f_9c85u64.wrapping_mul(2 * n + 1));
        let spreads: Vec<usize> = secrets
            .flat_map(|secret| [0, 8, 32, 56].map(|shift| spread_of(secret, shift)))
            .flatten()
            .collect();
        // Chance would give 248 of 256.
        let mean = spreads.iter().sum::<usize>() / spreads.len();
        let worst = spreads.iter().min();
        assert!(mean > 220 && worst > Some(&100), "{mean} {worst:?}");
    }
}
