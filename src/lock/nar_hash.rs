//! The spellings of a narHash.
//!
//! Nix writes `sha256-` and base 64. Hands and other programs have left its padding out, or written `sha256:` and one of
//! Nix's other bases. Two spellings of one hash are no other contents.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The digits of Nix's own base 32: no e, o, t and u.
pub(super) const BASE_32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// The characters of a SHA-256 in Nix's own base 32.
const LENGTH_IN_BASE_32: usize = 52;
/// And in base 16.
const LENGTH_IN_BASE_16: usize = 64;

/// The bytes that a hash stands for; `None` where it is no SHA-256 in any of the spellings.
pub(super) fn sha256(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256-").or_else(|| text.strip_prefix("sha256:")).unwrap_or(text);
    match digits.len() {
        LENGTH_IN_BASE_32 => from_base_32(digits),
        LENGTH_IN_BASE_16 => from_base_16(digits),
        _ => {
            let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            GeneralPurpose::new(&STANDARD, config).decode(digits).ok()?.try_into().ok()
        }
    }
}

/// Whether two spellings are of one hash.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let is_same_text = || one.trim_end_matches('=') == other.trim_end_matches('=');
    one == other || sha256(one).zip(sha256(other)).map_or_else(is_same_text, |(one, other)| one == other)
}

/// Each digit has five bits of the number whose lowest byte comes first; the last digit has the lowest ones.
fn from_base_32(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (n, digit) in digits.bytes().rev().enumerate() {
        let value = u16::try_from(BASE_32.iter().position(|&own| own == digit)?).ok()?;
        let [low, high] = (value << (n * 5 % 8)).to_le_bytes();
        *bytes.get_mut(n * 5 / 8)? |= low;
        match bytes.get_mut(n * 5 / 8 + 1) {
            Some(byte) => *byte |= high,
            None if high == 0 => {}
            None => return None,
        }
    }
    Some(bytes)
}

fn from_base_16(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut digits =
        digits.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()));
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hash_has_many_spellings() {
        // Printed by `nix hash to-sri`, `to-base32` and `to-base16` of Nix 2.8.
        for [base_64, base_32, base_16] in [
            [
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                "07qy3lf1n6hr30bic58l2c91240g1q6hq2qa1440f1h50h1h4080",
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            ],
            [
                "//////////////////////////////////////////8=",
                "1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            ],
            [
                "SGMtoVC49+eCFbMicfzQNkPDXCfaMU3LzNPpk54JgsI=",
                "1hl216g97sfkrk5lscfs4xfc6hrns3y728mk2n1fgxxqa2hjsqs8",
                "48632da150b8f7e78215b32271fcd03643c35c27da314dcbccd3e9939e0982c2",
            ],
        ] {
            let spellings = [
                format!("sha256-{base_64}"),
                format!("sha256-{}", base_64.trim_end_matches('=')),
                format!("sha256:{base_64}"),
                format!("sha256:{base_32}"),
                base_32.to_owned(),
                format!("sha256:{base_16}"),
            ];
            for one in &spellings {
                for other in &spellings {
                    assert!(is_same(one, other), "{one} and {other}");
                }
                assert!(!is_same(one, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), "{one}");
            }
        }
    }

    #[test]
    fn what_is_no_hash_is_compared_as_it_is() {
        assert!(is_same("sha256-x=", "sha256-x") && is_same("", ""));
        let last = "z".repeat(52);
        for (one, other) in [
            ("sha256-x", "sha256-y"),
            // More bits than the bytes have, and a digit that is none.
            (last.as_str(), "sha256-//////////////////////////////////////////8="),
            ("e000000000000000000000000000000000000000000000000000", "sha256:x"),
            (
                "md5-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ),
        ] {
            assert!(!is_same(one, other), "{one} and {other}");
        }
    }
}
