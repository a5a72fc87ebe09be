//! Our own signs in ASCII, for a terminal that is said to know no other characters.

use std::borrow::Cow;

/// Each sign and what stands for it, as wide as it.
const SIGNS: [(char, char); 14] = [
    ('●', '*'),
    ('▸', '>'),
    ('▴', '^'),
    ('·', '.'),
    ('↓', '<'),
    ('→', '>'),
    ('←', '<'),
    ('…', '.'),
    ('•', '*'),
    ('–', '-'),
    ('─', '-'),
    ('│', '|'),
    ('├', '|'),
    ('└', '`'),
];

/// The text with our own signs in ASCII. Names and messages of others stay as they are, as with git.
#[must_use]
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| SIGNS.iter().find(|(sign, _)| *sign == c).map_or(c, |(_, ascii)| *ascii);
    Cow::Owned(text.chars().map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::width;

    #[test]
    fn signs_become_ascii_of_the_same_width_and_names_stay() {
        assert_eq!(ascii("42●▸ ↓a → b…"), "42*> <a > b.");
        assert_eq!(ascii("└─ Zoë 日本"), "`- Zoë 日本");
        for (sign, plain) in SIGNS {
            assert!(plain.is_ascii());
            assert_eq!(width(&sign.to_string()), width(&plain.to_string()), "{sign}");
        }
    }
}
