//! The store path that a narHash stands for, computed without Nix.
//!
//! A flake input's source is a fixed-output path named `source`: `makeFixedOutputPath` in Nix's `store-api.cc`, in the
//! recursive sha256 case, which has been the same since the first release. With it every lock of a history can be
//! compared with the sources a system keeps.

use sha2::{Digest as _, Sha256};

use super::Source;
use super::nar_hash::{BASE_32, sha256};

/// The bytes of a store path's hash.
const PATH_HASH: usize = 20;

/// A folder that store paths lie in, such as `/nix/store`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreDir(String);

impl StoreDir {
    /// The store at this path, without a slash at its end.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(path.trim_end_matches('/').to_owned())
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }

    /// Where the source with this state lies when it is in the store. `None` without a narHash, and for a relative
    /// `path:`, which is a part of another source.
    #[must_use]
    pub fn path_of(&self, source: &Source) -> Option<String> {
        if source.kind() == "path" && !source.text("path")?.starts_with('/') {
            return None;
        }
        Some(self.path_of_hash(&sha256(source.nar_hash()?)?))
    }

    /// Where a source whose NAR has this SHA-256 lies when it is in the store.
    #[must_use]
    pub fn path_of_hash(&self, hash: &[u8; 32]) -> String {
        let store = &self.0;
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
        let mut text = String::with_capacity(96 + store.len());
        text.push_str("source:sha256:");
        text.extend(hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        for part in [":", store, ":source"] {
            text.push_str(part);
        }
        let fingerprint = Sha256::digest(text);
        let mut folded = [0u8; PATH_HASH];
        for (place, byte) in folded.iter_mut().zip(fingerprint.iter()) {
            *place ^= byte;
        }
        // The digest's twelve bytes beyond the twentieth are folded onto the first ones.
        for (place, byte) in folded.iter_mut().zip(fingerprint.iter().skip(PATH_HASH)) {
            *place ^= byte;
        }
        format!("{store}/{}-source", base32(&folded))
    }
}

/// Groups of five bits, the highest first, of the number whose lowest byte comes first.
fn base32(bytes: &[u8]) -> String {
    let digits = (bytes.len() * 8).div_ceil(5);
    let bit_group = |n: usize| {
        let (byte, shift) = (n * 5 / 8, n * 5 % 8);
        let low = u16::from(bytes.get(byte).copied().unwrap_or(0));
        let high = u16::from(bytes.get(byte + 1).copied().unwrap_or(0));
        usize::from(((high << 8 | low) >> shift) & 31)
    };
    (0..digits).rev().filter_map(|n| BASE_32.get(bit_group(n))).map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::source;
    use super::*;

    #[test]
    fn paths_are_those_that_nix_makes() {
        // Printed by `nix-store --print-fixed-path --recursive sha256 HASH source` of Nix 2.8, in two stores.
        for (hash, of_nix, of_alice) in [
            (
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "f6jkrn77ysv9dhs8hh6s2faflhjc930i",
                "4m1228s8rv5z9zjfjvl26mbyfl4scm1i",
            ),
            (
                "y+ss8IJvHRugfow1iCVHFscp/URICcTNm32eO7eAovo=",
                "np5kr3sjr5qzf8zcbacqrbrzyp1pw62r",
                "6ziy6hjbxd9labaawvnmjxdifvj2ipjv",
            ),
            (
                "ZUNgOdP5PKGajb8cYLFXOe1Y9T8UuNNyrMGzUVMwEPo=",
                "jfs14hdxymjvcqh0945lzr2gbdvmrhdr",
                "dfynry7fm4fvm3cbw7if97zrsgcmkp9p",
            ),
            (
                "//////////////////////////////////////////8=",
                "fhl79kcvkya5qrn97kgfnvrm9340a5i3",
                "k4lcqm7m0lg3dy7r6rdcbcfyff7hb882",
            ),
            (
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "bqfq4db6nwycmkdrql9igsbrayqsw3g2",
                "084whx2km3aq6jbr4gk8687kzsl4r02j",
            ),
        ] {
            for hash in [hash, hash.trim_end_matches('=')] {
                let source = source(&["type=github", &format!("narHash=sha256-{hash}")]);
                let path = |store: &str| StoreDir::new(store).path_of(&source).unwrap();
                assert_eq!(path("/nix/store"), format!("/nix/store/{of_nix}-source"));
                assert_eq!(path("/nix/store/"), format!("/nix/store/{of_nix}-source"));
                assert_eq!(path("/home/alice/store"), format!("/home/alice/store/{of_alice}-source"));
            }
        }
    }

    #[test]
    fn what_has_no_path_of_its_own_gets_none() {
        let store = StoreDir::new("/nix/store");
        for words in [
            &["type=path", "path=./sub", "narHash=sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="][..],
            &["type=github"],
            &["type=github", "narHash=sha256-short"],
            &["type=github", "narHash=md5-x"],
        ] {
            assert_eq!(store.path_of(&source(words)), None, "{words:?}");
        }
    }
}
