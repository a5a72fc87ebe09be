//! `etc/nix/registry.json` of a system: on most machines the best witness of its inputs.
//!
//! Since 24.05 every NixOS built from a flake pins its nixpkgs here, by store path alone; many configurations pin all
//! their inputs, then with revision and hash (`nix.registry.NAME.flake`). Format: Nix's `registry.cc`, version 2.

mod ordinary;

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::kept::Found;

/// What is wanted of a flake reference.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reference<'t> {
    id: Option<Cow<'t, str>>,
    path: Option<Cow<'t, str>>,
    rev: Option<Cow<'t, str>>,
    nar_hash: Option<Cow<'t, str>>,
    last_modified: Option<u64>,
}

/// What a flake is given `from` and leads `to`.
type Flake<'t> = (Option<Reference<'t>>, Option<Reference<'t>>);

/// The pins of a registry: what it says of a flake by this name.
pub(super) fn pins<'t>(text: &'t str, origin: &'t str) -> impl Iterator<Item = Found<'t>> {
    let flakes = ordinary::flakes(text).unwrap_or_else(|| careful(text));
    flakes.into_iter().filter_map(move |(from, to)| pin(from, to?, origin))
}

/// The flakes of any registry; a value of an unexpected kind is none.
fn careful<'t>(text: &str) -> Vec<Flake<'t>> {
    let Ok(Value::Object(top)) = serde_json::from_str(text) else { return Vec::new() };
    let Some(Value::Array(flakes)) = top.get("flakes") else { return Vec::new() };
    let reference = |flake: &Value, side: &str| flake.get(side)?.as_object().map(Reference::of);
    flakes.iter().map(|flake| (reference(flake, "from"), reference(flake, "to"))).collect()
}

impl Reference<'_> {
    fn of(members: &Map<String, Value>) -> Self {
        let text = |key: &str| Some(Cow::Owned(members.get(key)?.as_str()?.to_owned()));
        Self {
            id: text("id"),
            path: text("path"),
            rev: text("rev"),
            nar_hash: text("narHash"),
            last_modified: members.get("lastModified").and_then(Value::as_u64),
        }
    }
}

fn pin<'t>(from: Option<Reference<'t>>, to: Reference<'t>, origin: &'t str) -> Option<Found<'t>> {
    let is_told = |text: &Cow<'_, str>| !text.is_empty();
    let path = to.path.filter(|path| path.starts_with('/'));
    let (rev, nar_hash) = (to.rev.filter(is_told), to.nar_hash.filter(is_told));
    // A reference without a path, a revision or a hash names no state.
    let tells = path.is_some() || rev.is_some() || nar_hash.is_some();
    let name = from.and_then(|from| from.id);
    tells.then_some(Found { name, path, rev, nar_hash, last_modified: to.last_modified, origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_and_mere_references_are_not() {
        let text = r#"{"flakes":[
            {"exact":true,"from":{"id":"nixpkgs","type":"indirect"},"to":{"path":"/nix/store/x-source","type":"path"}},
            {"from":{"id":"a"},"to":{"type":"path","path":"/nix/store/a-source","rev":"12","narHash":"sha256-x","lastModified":5}},
            {"from":{"id":"b"},"to":{"type":"github","owner":"o","repo":"r"}},
            {"from":{"id":"c"},"to":{"type":"github","owner":"o","repo":"r","rev":"34"}},
            {"from":{"id":"d"}}, 7],"version":2}"#;
        let names: Vec<_> = pins(text, "r").map(|pin| (pin.name.unwrap(), pin.path, pin.rev)).collect();
        assert_eq!(
            names,
            [
                ("nixpkgs".into(), Some("/nix/store/x-source".into()), None),
                ("a".into(), Some("/nix/store/a-source".into()), Some("12".into())),
                ("c".into(), None, Some("34".into())),
            ]
        );
        for nonsense in ["", "[]", "{}", r#"{"flakes":{}}"#] {
            assert_eq!(pins(nonsense, "r").count(), 0);
        }
    }

    #[test]
    fn an_ordinary_registry_is_read_as_a_strange_one_is() {
        let flake = |from: &str, to: &str| format!(r#"{{"exact":true,"from":{from},"to":{to}}}"#);
        let to = r#"{"type":"path","path":"/s/x","rev":"12","narHash":"sha256-x","lastModified":5}"#;
        let mut ordinary = 0;
        for (from, to, is_ordinary) in [
            (r#"{"id":"a","type":"indirect"}"#, to, true),
            ("{}", "{}", true),
            (r#"{"id":"é"}"#, to, true),
            (r#"{"id":"\u00e9\n"}"#, to, false),
            (r#"{"id":"a","id":"b"}"#, r#"{"rev":"1","rev":"2","path":7,"narHash":true}"#, true),
            (r#"{"id":7}"#, r#"{"rev":"1","rev":2,"lastModified":5,"lastModified":"6"}"#, true),
            (r#"{"id":"a"}"#, r#"{"rev":"1","submodules":true}"#, true),
            (r#"{"id":"a"}"#, r#"{"rev":"1","lastModified":-5}"#, false),
            (r#"{"id":"a"}"#, r#"{"rev":"1","lastModified":5.0}"#, false),
            (r#"{"id":"a"}"#, r#"{"rev":"1","more":{"a":[]}}"#, false),
            (r#"{"id":null}"#, to, false),
            ("null", to, false),
            (r#"{"id":"a"}"#, "[]", false),
        ] {
            let last = flake(from, "{}") + "," + &flake(r#"{"id":"z"}"#, to);
            for flakes in [flake(from, to), format!("{},{last}", flake(from, to))] {
                let text = format!(r#"{{"flakes":[{flakes}],"version":2}}"#);
                let quick = ordinary::flakes(&text);
                assert_eq!(quick.is_some(), is_ordinary, "{text}");
                assert!(quick.is_none_or(|quick| quick == careful(&text)), "{text}");
                ordinary += usize::from(is_ordinary);
            }
        }
        assert_eq!(ordinary, 12);
        for strange in ["{}", r#"{"flakes":[7]}"#, r#"{"flakes":[]} x"#, r#"{"flakes":[],"version":[2]}"#] {
            assert_eq!(ordinary::flakes(strange), None, "{strange}");
        }
    }
}
