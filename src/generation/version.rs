//! What a NixOS version string tells of nixpkgs: `25.11.20260407.d96b37b`.
//!
//! The forms are those of nixpkgs' `lib/trivial.nix` and `flake.nix` and of the channel scripts: a flake's has the
//! day (UTC) of the revision and seven digits of it, a channel's the number of commits and up to fourteen digits.

/// A version string, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The release, such as `25.11`.
    pub release: String,
    /// The day of the nixpkgs revision in UTC, as `20260407`.
    pub day: Option<String>,
    /// The beginning of the nixpkgs revision: 7 to 14 hex digits.
    pub short_rev: Option<String>,
}

/// The nixpkgs revision as far as a generation tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NixpkgsRevision {
    /// All 40 digits.
    Full(String),
    /// Its beginning and, perhaps, its day in UTC.
    Beginning {
        /// 7 to 14 hex digits.
        digits: String,
        /// The day as `20260407`.
        day: Option<String>,
    },
}

impl NixpkgsRevision {
    /// What is known of its digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        match self {
            Self::Full(digits) | Self::Beginning { digits, .. } => digits,
        }
    }
}

impl Version {
    /// Takes a version apart. Labels may have tags before it and words behind it, joined by `-`, `.` or `_`; of several
    /// words that look like one, the first that has a revision is it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let starts = text.char_indices().filter(|(at, _)| is_release_at(text, *at));
        let mut versions = starts.filter_map(|(at, _)| Self::at_start(text.get(at..)?));
        let first = versions.next()?;
        if first.short_rev.is_some() {
            return Some(first);
        }
        versions.find(|version| version.short_rev.is_some()).or(Some(first))
    }

    fn at_start(from: &str) -> Option<Self> {
        let release = from.get(..5)?.to_owned();
        let rest = from.get(5..)?;
        let bare = Self { release, day: None, short_rev: None };
        let Some(rest) = rest.strip_prefix(['.']).or_else(|| rest.strip_prefix("pre")) else {
            return Some(bare);
        };
        let (first, after) = split_word(rest);
        if first == "git" {
            let (rev, _) = split_word(after);
            return Some(Self { short_rev: hex(rev.trim_end_matches('M'), 7, 40), ..bare });
        }
        let (rev, _) = split_word(after);
        if first.len() == 8 && is_digits(first) {
            return Some(Self { day: Some(first.to_owned()), short_rev: hex(rev, 7, 7), ..bare });
        }
        if (1..=7).contains(&first.len()) && is_digits(first) {
            return Some(Self { short_rev: hex(rev, 7, 14), ..bare });
        }
        Some(bare)
    }

    /// The revision as far as the version tells it.
    #[must_use]
    pub fn nixpkgs(&self) -> Option<NixpkgsRevision> {
        let digits = self.short_rev.clone()?;
        Some(NixpkgsRevision::Beginning { digits, day: self.day.clone() })
    }
}

/// `NN.NN` that no digit or dot precedes and no digit follows.
fn is_release_at(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let form = text.get(at..at + 5).is_some_and(|five| {
        let mut bytes = five.bytes();
        let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_digit());
        let year = digit() && digit();
        year && five.as_bytes().get(2) == Some(&b'.') && {
            let month: Option<&str> = five.get(3..);
            month.is_some_and(is_digits)
        }
    });
    let after = text.get(at + 5..).and_then(|after| after.chars().next());
    form && before.is_none_or(|c| !c.is_ascii_digit() && c != '.')
        && after.is_none_or(|c| !c.is_ascii_digit())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The word up to the next separator, and what follows it.
fn split_word(text: &str) -> (&str, &str) {
    text.split_once(['.', '-', '_', '+', ' ']).unwrap_or((text, ""))
}

fn hex(word: &str, least: usize, most: usize) -> Option<String> {
    let is_hex = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_hex && (least..=most).contains(&word.len())).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_version_is_taken_apart() {
        for (text, release, day, rev) in [
            ("25.11.20260407.d96b37b", "25.11", Some("20260407"), Some("d96b37b")),
            ("exp-25.11.20251205.4d053eb", "25.11", Some("20251205"), Some("4d053eb")),
            ("25.11.20260407.d96b37b.1a2b3c4", "25.11", Some("20260407"), Some("d96b37b")),
            ("26.11.20260612.dirty", "26.11", Some("20260612"), None),
            ("24.05.7376.b134951a4c9f", "24.05", None, Some("b134951a4c9f")),
            ("25.05pre785698.b024ced1aac2", "25.05", None, Some("b024ced1aac2")),
            ("24.05.git.51af882ac3a2M", "24.05", None, Some("51af882ac3a2")),
            ("25.05pre-git", "25.05", None, None),
            ("24.05", "24.05", None, None),
            ("v10.11-24.05.20240626.6ecb654", "24.05", Some("20240626"), Some("6ecb654")),
            ("v10.11-24.05", "10.11", None, None),
            ("my.tag-24.05.20240626.6ecb654", "24.05", Some("20240626"), Some("6ecb654")),
        ] {
            let expected = Version {
                release: release.to_owned(),
                day: day.map(str::to_owned),
                short_rev: rev.map(str::to_owned),
            };
            assert_eq!(Version::parse(text), Some(expected), "{text}");
        }
        for text in ["", "custom", "2024.05.1", "é25", "125.111"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
