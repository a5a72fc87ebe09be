//! A node such as nearly all are, read in one go, without a generic JSON tree in between: with keys that are sorted and
//! stand once, known members, values of the right kind, and nothing escaped.
//!
//! Anything else gives `None`, and the careful way of [`node`](super::node) takes it or says what is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::lock::{Attribute, Edge, InputPath, Node, Source};
use crate::scan::Scanner;

use super::node::{is_number, is_text};

/// So many attributes, and bytes of their names and texts, nearly every `locked` and nearly every `original` has at most,
/// and few have less than half as many.
const ROOM_FOR_LOCKED: (usize, usize) = (8, 224);
const ROOM_FOR_ORIGINAL: (usize, usize) = (4, 64);

/// Where in a node's text those of its values stand that its other states mostly have as well; nowhere where it was read
/// in another way.
#[derive(Default)]
pub(super) struct Parts {
    /// In bytes.
    pub(super) inputs: Range<u32>,
    pub(super) original: Range<u32>,
}

/// A node that was read before, with the texts of these values, if it has them.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) node: &'k Node,
    pub(super) inputs: &'k [u8],
    pub(super) original: &'k [u8],
}

/// Reads a node. A value whose text is that of one that is known is that one.
pub(super) fn node(text: &str, is_root: bool, known: Option<Known<'_>>) -> Option<(Node, Parts)> {
    let mut scanner = Scanner::new(text);
    let (mut inputs, mut locked, mut original, mut flake) = (None, None, None, None);
    let mut parts = Parts::default();
    scanner.members(|scanner, key| {
        let is_first = match key {
            "inputs" => {
                let begin = scanner.begin()?;
                let same = known.filter(|known| scanner.skips(known.inputs));
                let value = match same {
                    Some(known) => Arc::clone(&known.node.inputs),
                    None => inputs_of(scanner)?.into(),
                };
                parts.inputs = begin..scanner.place()?;
                inputs.replace(value).is_none()
            }
            "locked" if !is_root => locked.replace(source(scanner, ROOM_FOR_LOCKED)?).is_none(),
            "original" if !is_root => {
                let begin = scanner.begin()?;
                let same = known.filter(|known| scanner.skips(known.original));
                let value = match same.and_then(|known| known.node.original.as_ref()) {
                    Some(known) => Arc::clone(known),
                    None => Arc::new(source(scanner, ROOM_FOR_ORIGINAL)?),
                };
                parts.original = begin..scanner.place()?;
                original.replace(value).is_none()
            }
            "flake" if !is_root => flake.replace(scanner.flag()?).is_none(),
            _ => false,
        };
        is_first.then_some(())
    })?;
    scanner.end()?;
    let node = Node {
        inputs: inputs.unwrap_or_default(),
        locked,
        original,
        is_flake: flake.unwrap_or(true),
        parent: None,
        build_time: false,
        more: BTreeMap::new(),
    };
    Some((node, parts))
}

/// Inputs whose names are sorted and stand once.
fn inputs_of(scanner: &mut Scanner<'_>) -> Option<Vec<(Arc<str>, Edge)>> {
    let mut inputs: Vec<(Arc<str>, Edge)> = Vec::new();
    scanner.members(|scanner, name| {
        if inputs.last().is_some_and(|(last, _)| last.as_ref() >= name) {
            return None;
        }
        let edge = match scanner.peek()? {
            b'[' => Edge::Follows(InputPath::new(scanner.list(Scanner::string)?)),
            _ => Edge::Node(scanner.string()?.into()),
        };
        inputs.push((name.into(), edge));
        Some(())
    })?;
    Some(inputs)
}

/// Attributes whose names are sorted and stand once, each of the right kind.
fn source(scanner: &mut Scanner<'_>, (attributes, bytes): (usize, usize)) -> Option<Source> {
    let mut source = Source::with_room(attributes, bytes);
    scanner.members(|scanner, name| {
        let attribute = match scanner.peek()? {
            b'"' if !is_number(name) => Attribute::Text(scanner.string()?),
            b'0'..=b'9' if !is_text(name) => Attribute::Number(scanner.number()?),
            b't' | b'f' if !is_text(name) && !is_number(name) => Attribute::Flag(scanner.flag()?),
            _ => return None,
        };
        source.push(name, attribute).then_some(())
    })?;
    source.shrink();
    Some(source)
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
                    if let Some((node, _)) = node(&text, is_root, None) {
                        assert_eq!(Ok(node), carefully(&text, is_root), "{text}");
                        read += 1;
                    }
                }
            }
            assert!(unusual.iter().all(|text| node(text, is_root, None).is_none()));
        }
        assert!(ordinary.iter().all(|text| node(text, false, None).is_some()));
        assert!(read > 500, "{read}");
    }

    /// What a text is known by, once it was read.
    fn known<'k>(text: &'k str, node: &'k Node, parts: &Parts) -> Known<'k> {
        let part = |part: &Range<u32>| &text.as_bytes()[part.start as usize..part.end as usize];
        Known { node, inputs: part(&parts.inputs), original: part(&parts.original) }
    }

    #[test]
    fn beside_another_node_the_same_is_read() {
        let texts = [
            r#"{"inputs":{"a":"b","c":["d"]},"locked":{"rev":"ab"},"original":{"type":"git"}}"#,
            r#"{"inputs": {"a":"b","c":["d"]}, "locked":{"rev":"cd"}, "original": {"type":"git"}}"#,
            r#"{"locked":{"rev":"ab"},"original":{"rev":"ab"}}"#,
            r#"{"flake":false,"inputs":{},"original":{}}"#,
            "{}",
        ];
        let mut shared = [0; 2];
        for (before, text) in texts.iter().flat_map(|before| texts.map(|text| (*before, text))) {
            let (old, parts) = node(before, false, None).unwrap();
            for text in changed(text).chain([text.to_owned()]) {
                for is_root in [false, true] {
                    let plainly = node(&text, is_root, None);
                    let beside = node(&text, is_root, Some(known(before, &old, &parts)));
                    assert_eq!(beside.as_ref().map(|(node, _)| node), plainly.as_ref().map(|(node, _)| node));
                    let Some(((plain, plain_parts), (node, parts))) = plainly.zip(beside) else { continue };
                    let ranges = |parts: &Parts| (parts.inputs.clone(), parts.original.clone());
                    assert_eq!(ranges(&parts), ranges(&plain_parts), "{text}");
                    assert!(plain.original.is_some() || node.original.is_none());
                    shared[0] +=
                        usize::from(!old.inputs.is_empty() && Arc::ptr_eq(&old.inputs, &node.inputs));
                    let originals = old.original.as_ref().zip(node.original.as_ref());
                    shared[1] += usize::from(originals.is_some_and(|(old, new)| Arc::ptr_eq(old, new)));
                }
            }
        }
        assert!(shared.into_iter().all(|count| count > 100), "{shared:?}");
    }
}
