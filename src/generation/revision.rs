//! The revision a configuration was built at: as its owner set it, or as a label has it.

use super::version::{NixpkgsRevision, Version};

/// Each revision in a label is looked for in git, and a label may be long.
const MOST_IN_LABEL: usize = 8;

/// What `configurationRevision` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigurationRevision {
    /// A commit, whole or abbreviated; dirty when the tree had uncommitted changes.
    Commit {
        /// 7 to 40 hex digits.
        digits: String,
        /// Whether `-dirty` followed.
        is_dirty: bool,
    },
    /// Something else a user put there.
    Opaque(String),
}

impl ConfigurationRevision {
    /// The digits of the commit, when it is one.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        match self {
            Self::Commit { digits, .. } => Some(digits),
            Self::Opaque(_) => None,
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        let (digits, is_dirty) = text.strip_suffix("-dirty").map_or((text, false), |digits| (digits, true));
        if is_revision(digits) {
            return Self::Commit { digits: digits.to_owned(), is_dirty };
        }
        Self::Opaque(text.to_owned())
    }
}

impl std::fmt::Display for ConfigurationRevision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Commit { digits, is_dirty } => {
                write!(f, "{digits}{}", if *is_dirty { "-dirty" } else { "" })
            }
            Self::Opaque(text) => f.write_str(text),
        }
    }
}

fn is_revision(word: &str) -> bool {
    let is_hex = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex && (7..=40).contains(&word.len())
}

/// Revisions in a label that are not of nixpkgs. Many put that of their configuration there, but nothing says that it is
/// one.
pub(super) fn in_label(label: &str, nixpkgs: Option<&NixpkgsRevision>) -> Vec<ConfigurationRevision> {
    let version = Version::parse(label);
    let of_version = version.iter().flat_map(|version| [&version.day, &version.short_rev]).flatten();
    let of_nixpkgs = || of_version.clone().map(String::as_str).chain(nixpkgs.map(NixpkgsRevision::digits));
    let words = label.split(['.', '_', ':', '+']).flat_map(|part| {
        let next = part.split('-').skip(1).map(Some).chain([None]);
        part.split('-').zip(next.map(|next| next == Some("dirty")))
    });
    let of_configuration = words
        .filter(|(word, _)| is_revision(word) && !of_nixpkgs().any(|known| known.starts_with(word)))
        .map(|(word, is_dirty)| ConfigurationRevision::Commit { digits: word.to_owned(), is_dirty });
    of_configuration.take(MOST_IN_LABEL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_tell_a_commit() {
        for (label, nixpkgs, revisions) in [
            ("25.11.20260407.d96b37b", None, ""),
            ("25.11.20260407.d96b37b.1a2b3c4", None, "1a2b3c4"),
            ("25.11-1a2b3c4", None, "1a2b3c4"),
            ("25.11.20260407.d96b37b-1a2b3c4-dirty", None, "1a2b3c4-dirty"),
            ("1a2b3c4d-25.11.20260407.d96b37b", None, "1a2b3c4d"),
            ("exp_1a2b3c4.5d6e7f8-dirty:9a9b9c9", None, "1a2b3c4 5d6e7f8-dirty 9a9b9c9"),
            ("25.05pre785698.b024ced1aac2", None, ""),
            ("24.05.git.51af882ac3a2M", None, ""),
            ("d96b37b-mine", Some("d96b37bbeb9840f1c0ebfe90585ef5067b69bbb3"), ""),
            ("25.11.20260407.dirty", None, ""),
            ("1a2b3c-D96B37B", None, ""),
            ("", None, ""),
        ] {
            let nixpkgs = nixpkgs.map(|rev: &str| NixpkgsRevision::Full(rev.to_owned()));
            let told: Vec<_> = in_label(label, nixpkgs.as_ref()).iter().map(ToString::to_string).collect();
            assert_eq!(told.join(" "), revisions, "{label}");
        }
        assert_eq!(in_label(&"1a2b3c4.".repeat(100), None).len(), MOST_IN_LABEL);
    }
}
