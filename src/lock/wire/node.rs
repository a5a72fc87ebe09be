//! One node of the graph, from its text. What is wrong is told with its place in the node: `locked.rev: …`.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::lock::{Attribute, Edge, InputPath, Node, Source};

use super::ordinary::{self, Known, Parts};

/// Attributes that are text in every type that has them; anything else there would be misread.
pub(super) fn is_text(name: &str) -> bool {
    matches!(
        name,
        "dir" | "host" | "id" | "narHash" | "owner" | "path" | "ref" | "repo" | "rev" | "type" | "url"
    )
}

/// Attributes that are numbers.
pub(super) fn is_number(name: &str) -> bool {
    matches!(name, "lastModified" | "revCount")
}

/// The members of a node that are looked into.
const KNOWN: [&str; 7] = ["buildTime", "flake", "info", "inputs", "locked", "original", "parent"];

/// Reads a node. Of the root node Nix looks at the inputs only, whatever else it has. Whether another may lack `locked`
/// and `original` is decided where its place is known.
pub(super) fn decode(text: &str, is_root: bool) -> Result<Node, String> {
    decode_beside(text, is_root, None).0
}

/// The same beside another node that is probably another state of it; and what may be known again of it.
pub(super) fn decode_beside(
    text: &str,
    is_root: bool,
    known: Option<Known<'_>>,
) -> (Result<Node, String>, Parts) {
    match ordinary::node(text, is_root, known) {
        Some((node, parts)) => (Ok(node), parts),
        None => (carefully(text, is_root), Parts::default()),
    }
}

pub(super) fn carefully(text: &str, is_root: bool) -> Result<Node, String> {
    // Nested deeper than serde_json goes, or doubly escaped nonsense: the scan before has seen only the brackets. The
    // line it tells is counted from the beginning of the node, where nobody looks.
    let without_line = |e: serde_json::Error| {
        let what = e.to_string();
        format!(": {}", what.split(" at line ").next().unwrap_or_default())
    };
    let value: Value = serde_json::from_str(text).map_err(without_line)?;
    let Value::Object(mut members) = value else { return Err(": expected an object".to_owned()) };
    if is_root {
        members.retain(|name, _| name == "inputs");
    }
    let info = match members.get("info") {
        Some(info) => attributes(info, "info")?,
        None => Vec::new(),
    };
    let locked = members.get("locked").map(|locked| attributes(locked, "locked")).transpose()?;
    let locked = locked.map(|locked| Source::new(locked.into_iter().chain(info)));
    let original = members.get("original").map(|original| attributes(original, "original")).transpose()?;
    Ok(Node {
        inputs: inputs(&members)?,
        locked,
        original: original.map(Source::new).map(Arc::new),
        is_flake: flag(&members, "flake")?.unwrap_or(true),
        parent: parent(&members)?,
        build_time: flag(&members, "buildTime")?.unwrap_or(false),
        more: members.into_iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())).collect(),
    })
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<Option<bool>, String> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(format!(".{name}: expected true or false")),
    }
}

fn parent(members: &Map<String, Value>) -> Result<Option<InputPath>, String> {
    let Some(parent) = members.get("parent") else { return Ok(None) };
    path(parent).map(Some).ok_or_else(|| ".parent: expected a list of input names".to_owned())
}

/// An input's name, and how it is given.
type Input = (Arc<str>, Edge);

fn inputs(members: &Map<String, Value>) -> Result<Arc<[Input]>, String> {
    let inputs = match members.get("inputs") {
        None => return Ok(Arc::default()),
        Some(Value::Object(inputs)) => inputs,
        Some(_) => return Err(".inputs: expected an object".to_owned()),
    };
    // A JSON object's keys come out sorted by bytes, which is the order Node promises.
    let edge = |(name, value): (&String, &Value)| {
        let edge =
            match value {
                Value::String(key) => Edge::Node(key.as_str().into()),
                other => Edge::Follows(path(other).ok_or_else(|| {
                    format!(".inputs.{name}: expected a node's key or a list of input names")
                })?),
            };
        Ok((name.as_str().into(), edge))
    };
    inputs.iter().map(edge).collect()
}

fn path(value: &Value) -> Option<InputPath> {
    let names: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
    names.map(InputPath::new)
}

/// The attributes of `locked`, `original` or `info`.
pub(in crate::lock) fn attributes<'v>(
    value: &'v Value,
    place: &str,
) -> Result<Vec<(&'v str, Attribute<'v>)>, String> {
    let Value::Object(members) = value else { return Err(format!(".{place}: expected an object")) };
    members.iter().map(|(name, value)| Ok((name.as_str(), attribute(name, value, place)?))).collect()
}

fn attribute<'v>(name: &str, value: &'v Value, place: &str) -> Result<Attribute<'v>, String> {
    let wrong = |kind| Err(format!(".{place}.{name}: expected {kind}"));
    match value {
        Value::String(text) if !is_number(name) => Ok(Attribute::Text(text)),
        Value::Number(number) if !is_text(name) => match whole(number) {
            Some(number) => Ok(Attribute::Number(number)),
            None => wrong("a whole number"),
        },
        _ if is_text(name) => wrong("a string"),
        _ if is_number(name) => wrong("a number"),
        Value::Bool(flag) => Ok(Attribute::Flag(*flag)),
        _ => wrong("a string, a number or a switch"),
    }
}

/// Nix reads numbers as unsigned 64-bit integers: fractions are cut off, negative ones wrap.
fn whole(number: &serde_json::Number) -> Option<u64> {
    if let Some(number) = number.as_u64() {
        return Some(number);
    }
    if let Some(negative) = number.as_i64() {
        return Some(negative.cast_unsigned());
    }
    let text = number.to_string();
    text.split_once('.').and_then(|(whole, _)| whole.parse().ok())
}
