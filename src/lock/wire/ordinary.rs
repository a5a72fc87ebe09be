//! A node such as nearly all are, read in one go, without a generic JSON tree in between: with keys that are sorted and
//! stand once, known members, values of the right kind.
//!
//! Anything else gives `None`, and the careful way of [`node`](super::node) takes it or says what is wrong with it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::lock::{Attribute, Edge, InputPath, Node, Source};

use super::Key;
use super::node::{NUMBERS, TEXT};

pub(super) fn node(text: &str, is_root: bool) -> Option<Node> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = reader.deserialize_map(NodeVisitor { is_root }).ok()?;
    reader.end().ok()?;
    Some(node)
}

struct NodeVisitor {
    is_root: bool,
}

impl<'t> Visitor<'t> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Node, A::Error> {
        let (mut inputs, mut locked, mut original, mut flake) = (None, None, None, None);
        while let Some(Key(key)) = map.next_key()? {
            let is_first = match key.as_ref() {
                "inputs" => inputs.replace(map.next_value::<Sorted<Edge>>()?.0).is_none(),
                "locked" if !self.is_root => locked.replace(map.next_value::<Sorted<Attribute>>()?).is_none(),
                "original" if !self.is_root => {
                    original.replace(map.next_value::<Sorted<Attribute>>()?).is_none()
                }
                "flake" if !self.is_root => flake.replace(map.next_value::<bool>()?).is_none(),
                _ => false,
            };
            if !is_first {
                return Err(Error::custom("unusual"));
            }
        }
        Ok(Node {
            inputs: inputs.unwrap_or_default().into_iter().map(|(name, edge)| (name.into(), edge)).collect(),
            locked: locked.map(source).transpose()?,
            original: original.map(source).transpose()?,
            is_flake: flake.unwrap_or(true),
            parent: None,
            build_time: false,
            more: BTreeMap::new(),
        })
    }
}

fn source<E: Error>(attributes: Sorted<Attribute>) -> Result<Source, E> {
    let is_right = |(name, value): &(String, Attribute)| match value {
        Attribute::Text(_) => !NUMBERS.contains(&name.as_str()),
        Attribute::Number(_) => !TEXT.contains(&name.as_str()),
        Attribute::Flag(_) => !NUMBERS.contains(&name.as_str()) && !TEXT.contains(&name.as_str()),
    };
    if !attributes.0.iter().all(is_right) {
        return Err(Error::custom("unusual"));
    }
    Ok(Source::new(BTreeMap::from_iter(attributes.0)))
}

/// The members of an object whose keys are sorted and stand once.
struct Sorted<V>(Vec<(String, V)>);

impl<'t, V: FromJson> Deserialize<'t> for Sorted<V> {
    fn deserialize<D: Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct SortedVisitor<V>(PhantomData<V>);
        impl<'t, V: FromJson> Visitor<'t> for SortedVisitor<V> {
            type Value = Sorted<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Sorted<V>, A::Error> {
                let mut members: Vec<(String, V)> = Vec::with_capacity(8);
                while let Some((Key(key), OfJson(value))) = map.next_entry()? {
                    if members.last().is_some_and(|(last, _)| last.as_str() >= key.as_ref()) {
                        return Err(Error::custom("unusual"));
                    }
                    members.push((key.into_owned(), value));
                }
                Ok(Sorted(members))
            }
        }
        reader.deserialize_map(SortedVisitor(PhantomData))
    }
}

/// What is made of each kind of value; of the others nothing.
trait FromJson: Sized {
    fn text(text: &str) -> Self;

    fn number(_: u64) -> Option<Self> {
        None
    }

    fn flag(_: bool) -> Option<Self> {
        None
    }

    fn list(_: &[Key<'_>]) -> Option<Self> {
        None
    }
}

impl FromJson for Edge {
    fn text(text: &str) -> Self {
        Self::Node(Arc::from(text))
    }

    fn list(names: &[Key<'_>]) -> Option<Self> {
        Some(Self::Follows(InputPath::new(names.iter().map(|Key(name)| name.as_ref()))))
    }
}

impl FromJson for Attribute {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn number(number: u64) -> Option<Self> {
        Some(Self::Number(number))
    }

    fn flag(flag: bool) -> Option<Self> {
        Some(Self::Flag(flag))
    }
}

struct OfJson<V>(V);

impl<'t, V: FromJson> Deserialize<'t> for OfJson<V> {
    fn deserialize<D: Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct ValueVisitor<V>(PhantomData<V>);
        impl<'t, V: FromJson> Visitor<'t> for ValueVisitor<V> {
            type Value = OfJson<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ordinary value")
            }

            fn visit_str<E>(self, text: &str) -> Result<OfJson<V>, E> {
                Ok(OfJson(V::text(text)))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<OfJson<V>, E> {
                V::number(number).map(OfJson).ok_or_else(|| Error::custom("unusual"))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<OfJson<V>, E> {
                V::flag(flag).map(OfJson).ok_or_else(|| Error::custom("unusual"))
            }

            fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<OfJson<V>, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element::<Key<'t>>()? {
                    names.push(name);
                }
                V::list(&names).map(OfJson).ok_or_else(|| Error::custom("unusual"))
            }
        }
        reader.deserialize_any(ValueVisitor(PhantomData))
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
            r#"{"flake":false,"inputs":{"a":"b","c":["d","e"],"f":[]},"locked":{"lastModified":5,"rev":"\u0061b","type":"git"},"original":{"x":true,"y":7,"z":"é"}}"#,
            r#"{ "inputs": { } }"#,
            "{}",
        ];
        let unusual = [
            r#"{"locked":{"rev":"a","rev":"b"}}"#,
            r#"{"locked":{"type":"b","rev":"a"}}"#,
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
