//! From a store path to the package it is.

/// The number of characters of the hash that a store path's name begins with.
const HASH: usize = 32;

/// The package that a store path is of, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package<'p> {
    /// `firefox`.
    pub name: &'p str,
    /// `142.0.1`; empty where the path names none.
    pub version: &'p str,
}

impl<'p> Package<'p> {
    /// Takes a path such as `/nix/store/<hash>-openssl-3.5.1-bin` apart: the version begins behind the first `-` that no
    /// letter follows (Nix's `DrvName`), and the name of an output behind the version is none of it.
    ///
    /// `nix store diff-closures` takes a last word of small letters for an output also where there is no version, so
    /// that `system-path` is a `system` to it. Here such names stay whole.
    #[must_use]
    pub fn of(path: &'p str) -> Self {
        let base = path.rsplit('/').next().unwrap_or(path);
        let named = base
            .split_at_checked(HASH)
            .filter(|(hash, _)| hash.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
        let name = named.and_then(|(_, rest)| rest.strip_prefix('-')).unwrap_or(base);
        let is_start = |(at, _): &(usize, &str)| {
            let next = name.as_bytes().get(at + 1);
            next.is_some_and(|next| !next.is_ascii_alphabetic())
        };
        let Some((at, _)) = name.match_indices('-').find(is_start) else { return Self { name, version: "" } };
        let (name, version) = name.split_at_checked(at).unwrap_or((name, ""));
        Self { name, version: without_output(version.strip_prefix('-').unwrap_or(version)) }
    }
}

/// The version without the output's name behind it: `3.5.1-bin` is `3.5.1`.
fn without_output(version: &str) -> &str {
    let is_output = |word: &str| {
        matches!(word, "lib32" | "lib64")
            || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    match version.rsplit_once('-') {
        Some((before, word)) if !before.is_empty() && is_output(word) => before,
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_taken_apart_as_nix_does() {
        for (name, package, version) in [
            ("firefox-142.0.1", "firefox", "142.0.1"),
            ("openssl-3.5.1-bin", "openssl", "3.5.1"),
            ("glibc-2.40-66-lib64", "glibc", "2.40-66"),
            ("python3.12-numpy-2.1.0", "python3.12-numpy", "2.1.0"),
            ("nixos-system-desk-26.05.20260521.f83fc3c", "nixos-system-desk", "26.05.20260521.f83fc3c"),
            ("home-manager-generation", "home-manager-generation", ""),
            ("system-path", "system-path", ""),
            ("unit-nix-gc.service", "unit-nix-gc.service", ""),
            ("libfoo-unstable-2024-05-01", "libfoo-unstable", "2024-05-01"),
            ("foo-0-unstable-2024-05-01-dev", "foo", "0-unstable-2024-05-01"),
            ("x-1.0-rc1", "x", "1.0-rc1"),
            ("source", "source", ""),
            ("a--b", "a", "-b"),
            ("a-", "a-", ""),
            ("-1", "", "1"),
            ("linux-6.18.44-modules-shrunk", "linux", "6.18.44-modules"),
            ("é-1", "é", "1"),
        ] {
            let path = format!("/nix/store/{}-{name}", "a1".repeat(16));
            assert_eq!(Package::of(&path), Package { name: package, version }, "{name}");
        }
    }

    #[test]
    fn what_is_no_store_path_is_a_package_of_its_name() {
        for (path, name, version) in [
            ("", "", ""),
            ("/nix/store/", "", ""),
            ("/nix/store/short-1.0", "short", "1.0"),
            ("/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""),
            ("ééééééééééééééééééééé-1", "ééééééééééééééééééééé", "1"),
        ] {
            assert_eq!(Package::of(path), Package { name, version }, "{path}");
        }
    }
}
