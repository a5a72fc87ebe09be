//! The other end of [`Steps`]: what git tells of blobs step by step becomes locks.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::git::{Difference, Step, Steps};
use crate::lock::{Decoder, Text};

use super::collect::Decoded;

/// So many bytes of memory may the texts take that later ones are told by: more than those of locks as Nix writes them
/// do, few of which are dropped before git says so.
const MOST_WEIGHT: usize = 8 << 20;

/// The texts that were told lately.
#[derive(Default)]
pub(super) struct Texts {
    decoder: Decoder,
    /// The number of the step that made the first of them; the others follow without a gap. `None` for one that could
    /// not be made.
    first: u64,
    kept: VecDeque<Option<Text>>,
    weight: usize,
}

impl Texts {
    /// Reads a lock file that lies there as it is.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Decoded {
        self.decoder.decode(bytes).map(Arc::new).map_err(Arc::new)
    }

    /// Takes the steps to a blob, and reads it as a lock. `None` when they cannot be taken: what they start from was
    /// dropped long ago, or they do not add up. Then the blob must be read for itself.
    pub(super) fn take(&mut self, steps: &Steps) -> Option<Decoded> {
        if steps.first != self.first + self.kept.len() as u64 {
            (self.first, self.weight) = (steps.first, 0);
            self.kept.clear();
        }
        for step in &steps.steps {
            let text = self.step(step);
            self.weight += text.as_ref().map_or(0, Text::weight);
            self.kept.push_back(text);
            // Also on the way: each step may make as much as it likes of the one before.
            while self.weight > MOST_WEIGHT && self.kept.len() > 1 {
                self.drop_first();
            }
        }
        let wanted = self.text(steps.last).cloned();
        while self.first < steps.oldest && !self.kept.is_empty() {
            self.drop_first();
        }
        Some(self.decoder.lock(&wanted?).map(Arc::new).map_err(Arc::new))
    }

    fn drop_first(&mut self) {
        if let Some(text) = self.kept.pop_front() {
            self.weight -= text.as_ref().map_or(0, Text::weight);
            self.first += 1;
        }
    }

    fn step(&mut self, step: &Step) -> Option<Text> {
        match step {
            Step::Whole(bytes) => Some(self.decoder.text(bytes)),
            Step::Delta { base, delta } => {
                let base = self.text(*base)?.clone();
                let Difference { pieces, .. } = delta.read().filter(|read| read.from == base.size())?;
                self.decoder.edited(&base, &pieces)
            }
        }
    }

    fn text(&self, number: u64) -> Option<&Text> {
        self.kept.get(usize::try_from(number.checked_sub(self.first)?).ok()?)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One new step that makes these bytes.
    fn whole(number: u64, bytes: &[u8], oldest: u64) -> Steps {
        Steps { first: number, steps: vec![Step::Whole(bytes.to_vec())], last: number, oldest }
    }

    fn known(number: u64, first: u64) -> Steps {
        Steps { first, steps: Vec::new(), last: number, oldest: number }
    }

    /// A lock of so many bytes, not laid out as Nix does it.
    fn lock(name: &str, size: usize) -> Vec<u8> {
        let file = format!(r#"{{"nodes": {{"root": {{}}}}, "root": "root", "version": 7, "odd": "{name}"}}"#);
        let blanks = " ".repeat(size.saturating_sub(file.len()));
        (file + &blanks).into_bytes()
    }

    #[test]
    fn what_was_dropped_must_be_read_for_itself() {
        let mut texts = Texts::default();
        let big = MOST_WEIGHT / 3 + 1;
        for number in 0..3 {
            assert!(texts.take(&whole(number, &lock("a", big), 0)).unwrap().is_ok());
        }
        let readable = [0, 1, 2].map(|number| texts.take(&known(number, 3)).is_some());
        assert_eq!(readable, [false, true, true], "three are more than may be kept");
        // Git says that nothing refers to the second any more.
        assert!(texts.take(&whole(3, b"no lock", 2)).unwrap().is_err());
        let readable = [1, 2, 3].map(|number| texts.take(&known(number, 4)).is_some());
        assert_eq!(readable, [false, true, true]);
    }

    #[test]
    fn numbers_that_do_not_follow_begin_anew() {
        let mut texts = Texts::default();
        assert!(texts.take(&whole(0, &lock("a", 0), 0)).unwrap().is_ok());
        assert!(texts.take(&whole(5, &lock("b", 0), 0)).unwrap().is_ok());
        assert!(texts.take(&known(0, 6)).is_none());
        assert!(texts.take(&known(5, 6)).is_some());
        assert!(texts.take(&known(9, 6)).is_none());
    }

    #[test]
    fn a_text_too_big_to_be_kept_is_read_all_the_same() {
        let mut texts = Texts::default();
        let lock = lock("a", MOST_WEIGHT + 1);
        for number in 0..2 {
            assert!(texts.take(&whole(number, &lock, number)).unwrap().is_ok());
        }
    }
}
