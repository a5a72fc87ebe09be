//! Changed-path filters (gitformat-commit-graph, "Bloom Filter Data"): for each commit a Bloom filter of the paths that
//! differ from its first parent, and of the folders they lie in. A filter that lacks a path proves that nothing
//! changed there; one that holds it proves nothing.

/// The seeds of the two hashes that all others are made of.
const SEEDS: [u32; 2] = [0x293a_e76f, 0x7e64_6e2c];
/// git takes 7; with more than this a filter would cost more than it spares.
const MOST_HASHES: u32 = 64;

/// How the filters of a file were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// The hash: 1, or 2, which takes bytes beyond ASCII for what they are.
    pub(super) version: u32,
    /// How many bits are set for each path.
    pub(super) hashes: u32,
}

impl Settings {
    /// The first words of the chunk `BDAT`. `None` when such filters cannot be asked.
    pub(super) fn new(version: u32, hashes: u32) -> Option<Self> {
        (matches!(version, 1 | 2) && hashes <= MOST_HASHES).then_some(Self { version, hashes })
    }
}

/// A path in the form in which filters are asked for it: hashed, and with it the folders it lies in, which cannot
/// remain the same when the path changes.
#[derive(Clone, Debug, Default)]
pub struct PathKeys {
    keys: Vec<[u32; 2]>,
    is_ascii: bool,
}

impl PathKeys {
    /// Of a path from the root of the repository, parts separated by `/`.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let fronts = ends.filter_map(|end| path.as_bytes().get(..end)).filter(|front| !front.is_empty());
        let keys = fronts.map(|front| SEEDS.map(|seed| murmur3(seed, front))).collect();
        Self { keys, is_ascii: path.is_ascii() }
    }

    /// Whether a filter of `bytes` bytes, of which `byte` gives the nth, proves that the path has not changed.
    /// What cannot be read proves nothing.
    pub(super) fn are_denied(
        &self,
        settings: Settings,
        bytes: u32,
        byte: impl Fn(u32) -> Option<u8>,
    ) -> bool {
        // Version 1 is different by machine where a byte is not ASCII: some take it for a negative number.
        if bytes == 0 || settings.version == 1 && !self.is_ascii {
            return false;
        }
        let bits = 8 * u64::from(bytes);
        self.keys.iter().any(|&[first, second]| {
            (0..settings.hashes).any(|n| {
                let bit = u64::from(first.wrapping_add(n.wrapping_mul(second))) % bits;
                let place = u32::try_from(bit / 8).ok().and_then(&byte);
                place.is_some_and(|place| place >> (bit % 8) & 1 == 0)
            })
        })
    }
}

/// The hash `MurmurHash3_x86_32`.
fn murmur3(seed: u32, data: &[u8]) -> u32 {
    let mixed = |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum: u32, &byte| sum << 8 | u32::from(byte));
    let words = data.chunks_exact(4);
    let rest = words.remainder();
    let mut hash = words.fold(seed, |hash, word| {
        (hash ^ mixed(number(word))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    });
    hash ^= mixed(number(rest));
    // The length counts as 32 bits, like everything here.
    hash ^= u32::try_from(data.len() & 0xffff_ffff).unwrap_or_default();
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A filter that holds these paths, made as git makes it.
    fn filter(paths: &[&str], settings: Settings, bytes: u32) -> Vec<u8> {
        let mut filter = vec![0; bytes as usize];
        for path in paths {
            for [first, second] in PathKeys::of(path).keys {
                for n in 0..settings.hashes {
                    let bit = first.wrapping_add(n.wrapping_mul(second)) as usize % (8 * filter.len());
                    filter[bit / 8] |= 1 << (bit % 8);
                }
            }
        }
        filter
    }

    /// The values are those of git's own t0095-bloom.
    #[test]
    fn hashes_are_gits() {
        for (text, hash) in [
            ("", 0),
            ("Hello world!", 0x627b_0c2c),
            ("The quick brown fox jumps over the lazy dog", 0x2e4f_f723),
            // Beyond ASCII, in the second version.
            ("\u{99aa}\u{bb}\u{cc}", murmur3_by_words("\u{99aa}\u{bb}\u{cc}".as_bytes())),
        ] {
            assert_eq!(murmur3(0, text.as_bytes()), hash, "{text:?}");
        }
        for (text, hashes, bits) in [
            (" ", [0xf178_874c_u32, 0x5f3d_6eb6, 0xcd02_5620, 0x3ac7_3d8a], [0x51, 0x55]),
            ("Hello world!", [0xb270_de9b, 0x1bb6_f26e, 0x84fd_0641, 0xee43_1a14], [0x92, 0x6c]),
            ("file.txt", [0x20ab_385b, 0xf523_7fe2, 0xc99b_c769, 0x9e14_0ef0], [0xa5, 0x4a]),
        ] {
            let [first, second] = PathKeys::of(text).keys[0];
            let made = [0, 1, 2, 3].map(|n: u32| first.wrapping_add(n.wrapping_mul(second)));
            assert_eq!(made, hashes, "{text:?}");
            let settings = Settings { version: 1, hashes: 7 };
            assert_eq!(filter(&[text], settings, 2), bits, "{text:?}");
        }
    }

    /// The same hash, written down once more and differently.
    fn murmur3_by_words(data: &[u8]) -> u32 {
        let mut hash = 0_u32;
        let mut at = 0;
        while at < data.len() {
            let part = &data[at..usize::min(at + 4, data.len())];
            let mut word = [0; 4];
            word[..part.len()].copy_from_slice(part);
            let word = u32::from_le_bytes(word).wrapping_mul(0xcc9e_2d51).rotate_left(15);
            hash ^= word.wrapping_mul(0x1b87_3593);
            if part.len() == 4 {
                hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
            }
            at += 4;
        }
        hash ^= data.len() as u32;
        for (shift, factor) in [(16, 0x85eb_ca6b), (13, 0xc2b2_ae35), (16, 1)] {
            hash = (hash ^ hash >> shift).wrapping_mul(factor);
        }
        hash
    }

    #[test]
    fn a_path_is_asked_for_with_its_folders() {
        for (path, fronts) in [
            ("flake.lock", &["flake.lock"][..]),
            ("nix/flake.lock", &["nix", "nix/flake.lock"]),
            ("a/b/c", &["a", "a/b", "a/b/c"]),
            ("", &[]),
        ] {
            let keys = PathKeys::of(path).keys;
            let expected: Vec<_> =
                fronts.iter().map(|front| SEEDS.map(|seed| murmur3(seed, front.as_bytes()))).collect();
            assert_eq!(keys, expected, "{path}");
        }
    }

    #[test]
    fn a_filter_denies_only_what_it_lacks() {
        let settings = |version| Settings { version, hashes: 7 };
        let denies = |filter: &[u8], path: &str, version| {
            let byte = |n| filter.get(n as usize).copied();
            PathKeys::of(path).are_denied(settings(version), filter.len() as u32, byte)
        };
        let held = filter(&["nix/flake.lock", "b\u{fc}ro/flake.lock"], settings(2), 20);
        for (path, denied, denied_by_version_1) in [
            ("nix/flake.lock", false, false),
            ("nix", false, false),
            ("flake.lock", true, true),
            ("nix/flake.nix", true, true),
            ("b\u{fc}ro/flake.lock", false, false),
            ("b\u{fc}ro/other", true, false),
            ("", false, false),
        ] {
            assert_eq!(denies(&held, path, 2), denied, "{path}");
            assert_eq!(denies(&held, path, 1), denied_by_version_1, "{path}");
        }
        assert!(denies(&[0], "flake.lock", 1), "nothing changed");
        assert!(!denies(&[0xff], "flake.lock", 1), "too much changed");
        assert!(!denies(&[], "flake.lock", 1), "no filter");
        let unread = PathKeys::of("flake.lock").are_denied(settings(1), 10, |_| None);
        assert!(!unread, "what cannot be read proves nothing");
        assert_eq!(Settings::new(3, 7), None);
        assert_eq!(Settings::new(1, u32::MAX), None);
        assert_eq!(Settings::new(2, 7), Some(settings(2)));
    }
}
