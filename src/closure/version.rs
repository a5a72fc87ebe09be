//! The order of versions: Nix's own (`names.cc`, `builtins.compareVersions`).

use std::cmp::Ordering;

/// Compares two versions as Nix does: component by component, numbers as numbers, `pre` before everything, a word before
/// a number (`2.3a` before `2.3.1`), and else a version before a longer one that begins with it.
#[must_use]
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    while !one.is_empty() || !other.is_empty() {
        let (first, second) = (component(&mut one), component(&mut other));
        if is_less(first, second) {
            return Ordering::Less;
        }
        if is_less(second, first) {
            return Ordering::Greater;
        }
    }
    Ordering::Equal
}

/// Takes the next component away: a number, or what is neither number nor separator. Empty at the end.
fn component<'v>(version: &mut &'v str) -> &'v str {
    let rest = version.trim_start_matches(['.', '-']);
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| match is_number {
        true => !c.is_ascii_digit(),
        false => c.is_ascii_digit() || matches!(c, '.' | '-'),
    };
    let end = rest.find(ends).unwrap_or(rest.len());
    let (component, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    *version = rest;
    component
}

/// Nix's `componentsLT`. What is too big for its `int` is a word to it, and so it is here.
fn is_less(one: &str, other: &str) -> bool {
    match (one.parse::<i32>(), other.parse::<i32>()) {
        (Ok(one), Ok(other)) => one < other,
        (_, Ok(_)) if one.is_empty() => true,
        _ if one == "pre" && other != "pre" => true,
        _ if other == "pre" => false,
        (_, Ok(_)) => true,
        (Ok(_), _) => false,
        _ => one < other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_the_order_of_nix() {
        // From lowest to highest.
        let order =
            ["pre", "", "a", "1.0pre2", "1.0", "1.0a", "1.0.1", "1.2", "1.10", "2.3", "2.3a", "2.3.1"];
        for (at, low) in order.iter().enumerate() {
            assert_eq!(compare_versions(low, low), Ordering::Equal);
            for high in &order[at + 1..] {
                assert_eq!(compare_versions(low, high), Ordering::Less, "{low} and {high}");
                assert_eq!(compare_versions(high, low), Ordering::Greater, "{high} and {low}");
            }
        }
    }

    #[test]
    fn versions_that_differ_only_in_what_separates_are_equal() {
        for (one, other) in [("1.0", "1-0"), ("1..0", "1.0"), ("01", "1"), ("1.", "1")] {
            assert_eq!(compare_versions(one, other), Ordering::Equal, "{one} and {other}");
        }
    }
}
