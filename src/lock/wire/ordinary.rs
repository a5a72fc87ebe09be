//! A node such as nearly all are, read in one go, without a generic JSON tree in between: with keys that are sorted and
//! stand once, known members, values of the right kind, and nothing escaped.
//!
//! Anything else gives `None`, and the careful way of [`node`](super::node) takes it or says what is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lock::{Attribute, Edge, InputPath, Node, Source};

use super::node::{is_number, is_text};

/// So many attributes, and bytes of their names and texts, nearly every `locked` and nearly every `original` has at most,
/// and few have less than half as many.
const ROOM_FOR_LOCKED: (usize, usize) = (8, 224);
const ROOM_FOR_ORIGINAL: (usize, usize) = (4, 64);

pub(super) fn node(text: &str, is_root: bool) -> Option<Node> {
    let mut scanner = Scanner { text, at: 0 };
    let (mut inputs, mut locked, mut original, mut flake) = (None, None, None, None);
    scanner.members(|scanner, key| {
        let is_first = match key {
            "inputs" => inputs.replace(scanner.inputs()?).is_none(),
            "locked" if !is_root => locked.replace(scanner.source(ROOM_FOR_LOCKED)?).is_none(),
            "original" if !is_root => original.replace(scanner.source(ROOM_FOR_ORIGINAL)?).is_none(),
            "flake" if !is_root => flake.replace(scanner.flag()?).is_none(),
            _ => false,
        };
        is_first.then_some(())
    })?;
    scanner.end()?;
    Some(Node {
        inputs: inputs.unwrap_or_default(),
        locked,
        original,
        is_flake: flake.unwrap_or(true),
        parent: None,
        build_time: false,
        more: BTreeMap::new(),
    })
}

/// Reads JSON (RFC 8259) from the front, as far as it is of the simplest kind. `None` means that it is not, and where the
/// reader stands then does not matter.
struct Scanner<'t> {
    text: &'t str,
    /// How many bytes have been read.
    at: usize,
}

impl<'t> Scanner<'t> {
    /// What stands here, white space left out.
    fn next(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))?;
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// Goes past this sign, if it stands here.
    fn takes(&mut self, sign: u8) -> Option<()> {
        (self.next()? == sign).then(|| self.at += 1)
    }

    /// Nothing follows.
    fn end(mut self) -> Option<()> {
        self.next().is_none().then_some(())
    }

    /// An object, of which each value is read by who is told its key.
    fn members(&mut self, mut value: impl FnMut(&mut Self, &'t str) -> Option<()>) -> Option<()> {
        self.takes(b'{')?;
        if self.takes(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.takes(b':')?;
            value(self, key)?;
            if self.takes(b',').is_none() {
                return self.takes(b'}');
            }
        }
    }

    /// Inputs whose names are sorted and stand once.
    fn inputs(&mut self) -> Option<Vec<(Arc<str>, Edge)>> {
        let mut inputs: Vec<(Arc<str>, Edge)> = Vec::new();
        self.members(|scanner, name| {
            if inputs.last().is_some_and(|(last, _)| last.as_ref() >= name) {
                return None;
            }
            let edge = match scanner.next()? {
                b'[' => Edge::Follows(InputPath::new(scanner.names()?)),
                _ => Edge::Node(scanner.string()?.into()),
            };
            inputs.push((name.into(), edge));
            Some(())
        })?;
        inputs.shrink_to_fit();
        Some(inputs)
    }

    /// Attributes whose names are sorted and stand once, each of the right kind.
    fn source(&mut self, (attributes, bytes): (usize, usize)) -> Option<Source> {
        let mut source = Source::with_room(attributes, bytes);
        self.members(|scanner, name| {
            let (is_text, is_number) = (is_text(name), is_number(name));
            let attribute = match scanner.next()? {
                b'"' if !is_number => Attribute::Text(scanner.string()?),
                b'0'..=b'9' if !is_text => Attribute::Number(scanner.number()?),
                b't' | b'f' if !is_text && !is_number => Attribute::Flag(scanner.flag()?),
                _ => return None,
            };
            source.push(name, attribute).then_some(())
        })?;
        source.shrink();
        Some(source)
    }

    fn names(&mut self) -> Option<Vec<&'t str>> {
        let mut names = Vec::new();
        self.takes(b'[')?;
        if self.takes(b']').is_some() {
            return Some(names);
        }
        loop {
            names.push(self.string()?);
            if self.takes(b',').is_none() {
                return self.takes(b']').map(|()| names);
            }
        }
    }

    /// A string in which nothing is escaped, nor would have to be.
    fn string(&mut self) -> Option<&'t str> {
        self.takes(b'"')?;
        let rest = self.text.get(self.at..)?;
        let end = memchr::memchr(b'"', rest.as_bytes())?;
        self.at += end + 1;
        // Seen to the end in any case, because then several bytes are looked at in one go.
        let is_plain = |so_far, byte| so_far & (byte >= 0x20) & (byte != b'\\');
        rest.get(..end).filter(|string| string.bytes().fold(true, is_plain))
    }

    /// A number of 64 bits, written as JSON wants it.
    fn number(&mut self) -> Option<u64> {
        let rest = self.text.get(self.at..)?;
        let digits = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        self.at += digits;
        let digits = rest.get(..digits)?;
        digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'))
    }

    fn flag(&mut self) -> Option<bool> {
        let flag = self.next()? == b't';
        let word = if flag { "true" } else { "false" };
        self.at += word.len();
        self.text.get(..self.at)?.ends_with(word).then_some(flag)
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::carefully;
    use super::*;

    /// The text with one byte of it changed, in many ways.
    fn changed(text: &str) -> impl Iterator<Item = String> {
        let bytes = (0..text.len()).flat_map(|at| b"\"{}[]:,0-.e\\ntf\x01\xff".map(|byte| (at, byte)));
        bytes.filter_map(|(at, byte)| {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = byte;
            String::from_utf8(changed).ok()
        })
    }

    #[test]
    fn what_is_read_is_what_the_careful_way_reads() {
        let ordinary = [
            r#"{"flake":false,"inputs":{"a":"b","c":["d","e"],"f":[]},"locked":{"lastModified":5,"rev":"ab","type":"git"},"original":{"x":true,"y":7,"z":"é"}}"#,
            r#"{ "inputs": { } }"#,
            "{}",
        ];
        let unusual = [
            r#"{"locked":{"rev":"a","rev":"b"}}"#,
            r#"{"locked":{"type":"b","rev":"a"}}"#,
            r#"{"locked":{"rev":"\u0061b","type":"git"}}"#,
            r#"{"locked":{"revCount":05}}"#,
            r#"{"locked":{"revCount":18446744073709551616}}"#,
            r#"{"locked":{"rev":5}}"#,
            r#"{"locked":{"lastModified":"5"}}"#,
            r#"{"locked":{"revCount":-5}}"#,
            r#"{"locked":{"revCount":5.5}}"#,
            r#"{"locked":{"a":null}}"#,
            r#"{"locked":{"a":["b"]}}"#,
            r#"{"inputs":{"a":5}}"#,
            r#"{"inputs":{"a":true}}"#,
            r#"{"inputs":{"a":["b",5]}}"#,
            r#"{"inputs":{},"inputs":{}}"#,
            r#"{"info":{},"locked":{}}"#,
            r#"{"parent":[]}"#,
            r#"{"flake":0}"#,
            r#"{"new":0}"#,
            "{} {}",
            "[]",
            "",
        ];
        let mut read = 0;
        for is_root in [false, true] {
            for text in ordinary.into_iter().chain(unusual) {
                for text in changed(text).chain([text.to_owned()]) {
                    if let Some(node) = node(&text, is_root) {
                        assert_eq!(Ok(node), carefully(&text, is_root), "{text}");
                        read += 1;
                    }
                }
            }
            assert!(unusual.iter().all(|text| node(text, is_root).is_none()));
        }
        assert!(ordinary.iter().all(|text| node(text, false).is_some()));
        assert!(read > 500, "{read}");
    }
}
