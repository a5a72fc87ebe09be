//! The doors of this room for `fuzz/`; not compiled into any program.

use std::path::Path;
use std::sync::Arc;

use git2::Oid;

use super::{Packs, Steps, Told, delta as deltas};

/// The object that a delta makes of its base, of no more than `most` bytes.
#[must_use]
pub fn delta(base: &[u8], delta: &[u8], most: usize) -> Option<Vec<u8>> {
    deltas::apply(base, delta, most)
}

/// The packs in a folder.
pub struct Pack(Packs);

impl Pack {
    /// Those in the folder `objects/pack`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(Packs::of(folder))
    }

    /// An object, by the bytes of its id: what it is, and its own bytes.
    pub fn read(&mut self, id: &[u8]) -> Option<(&'static str, Arc<Vec<u8>>)> {
        let object = self.0.read(Oid::from_bytes(id).ok()?)?;
        Some((object.kind.str(), object.data))
    }

    /// How a blob is made for who was told of others before.
    pub fn steps(&mut self, id: &[u8], told: &mut Told) -> Option<Steps> {
        self.0.steps(Oid::from_bytes(id).ok()?, told)
    }
}
