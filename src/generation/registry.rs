//! `etc/nix/registry.json` of a system: on most machines the best witness of its inputs.
//!
//! Since 24.05 every NixOS built from a flake pins its nixpkgs here, by store path alone; many configurations pin all
//! their inputs, then with revision and hash (`nix.registry.NAME.flake`). Format: Nix's `registry.cc`, version 2.

use serde_json::{Map, Value};

use super::facts::Kept;

/// The pins of a registry: what it says of a flake by this name.
pub(super) fn pins(text: &str, origin: &str) -> Vec<Kept> {
    let Ok(Value::Object(top)) = serde_json::from_str(text) else { return Vec::new() };
    let Some(Value::Array(flakes)) = top.get("flakes") else { return Vec::new() };
    flakes.iter().filter_map(|flake| pin(flake, origin)).collect()
}

fn pin(flake: &Value, origin: &str) -> Option<Kept> {
    let to = flake.get("to")?.as_object()?;
    let name = flake.get("from").and_then(|from| from.get("id")).and_then(Value::as_str);
    let text = |key: &str| member(to, key);
    let path = text("path").filter(|path| path.starts_with('/'));
    let (rev, nar_hash) = (text("rev"), text("narHash"));
    // A reference without a path, a revision or a hash names no state.
    let tells = path.is_some() || rev.is_some() || nar_hash.is_some();
    tells.then(|| Kept {
        name: name.map(str::to_owned),
        path,
        rev,
        nar_hash,
        last_modified: to.get("lastModified").and_then(Value::as_u64),
        origin: origin.to_owned(),
        is_own: false,
    })
}

fn member(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
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
        let names: Vec<_> =
            pins(text, "r").into_iter().map(|pin| (pin.name.unwrap(), pin.path, pin.rev)).collect();
        assert_eq!(
            names,
            [
                ("nixpkgs".into(), Some("/nix/store/x-source".into()), None),
                ("a".into(), Some("/nix/store/a-source".into()), Some("12".into())),
                ("c".into(), None, Some("34".into())),
            ]
        );
        for nonsense in ["", "[]", "{}", r#"{"flakes":{}}"#] {
            assert!(pins(nonsense, "r").is_empty());
        }
    }
}
