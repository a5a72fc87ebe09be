//! "Did you mean": names that are nearly what was written.

/// At most this many names are offered.
const OFFERED: usize = 3;

/// The candidates that look most like `word`, best first.
#[must_use]
pub fn matches<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let candidates: Vec<&str> = candidates.collect();
    similar::get_close_matches(word, &candidates, OFFERED, 0.6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_found_and_nonsense_is_not() {
        let names = ["nixpkgs", "home-manager", "main"];
        assert_eq!(matches("nixpgks", names.into_iter()), ["nixpkgs"]);
        assert_eq!(matches("mian", names.into_iter()), ["main"]);
        assert!(matches("zzz", names.into_iter()).is_empty());
    }
}
