//! What today's flake.nix says of the inputs of its inputs: `inputs.X.inputs.Y.follows = "Z"` and the like. Nix holds
//! every lock against it, so what is taken from an earlier lock has to agree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lock::InputPath;

/// What is said of one input of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Override {
    /// It follows the input at this path, counted from the root.
    Follows(InputPath),
    /// It comes from another place than its flake says (`url` or `type`).
    Url,
}

/// What flake.nix says of the inputs of its inputs, at whatever depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overrides {
    /// Just this, by the path of the input it is said of.
    Asked(BTreeMap<InputPath, Override>),
    /// flake.nix could not be read. A `follows` of today's lock that leads out of the input restored is then taken for
    /// one that flake.nix asks for, which nearly always is right: a flake's own `follows` stay inside it.
    Unknown,
}

impl Overrides {
    /// From the value of `inputs` in flake.nix, as JSON. What is no override there is passed over: it is Nix's to judge.
    #[must_use]
    pub fn of_inputs(inputs: &Value) -> Self {
        let mut found = BTreeMap::new();
        let mut pending = vec![(InputPath::default(), inputs)];
        while let Some((path, inputs)) = pending.pop() {
            for (name, said) in inputs.as_object().into_iter().flatten() {
                let path = InputPath::new(path.0.iter().cloned().chain([name.as_str().into()]));
                let text = |member: &str| said.get(member).and_then(Value::as_str);
                if !path.is_root_input() {
                    let follows = text("follows").map(|target| Override::Follows(target_path(target)));
                    let url = text("url").or(text("type")).map(|_| Override::Url);
                    found.extend(follows.or(url).map(|said| (path.clone(), said)));
                }
                pending.extend(said.get("inputs").map(|inputs| (path, inputs)));
            }
        }
        Self::Asked(found)
    }
}

/// The path in `follows = "a/b"`; Nix drops names that are empty, so `""` and `"/"` are the root.
fn target_path(text: &str) -> InputPath {
    InputPath::new(text.split('/').filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_are_found_at_every_depth() {
        let inputs = json!({
            "nixpkgs": { "url": "github:NixOS/nixpkgs" },
            "same": { "follows": "nixpkgs" },
            "hm": { "url": "github:n/hm", "inputs": {
                "nixpkgs": { "follows": "nixpkgs" },
                "root": { "follows": "" },
                "own": { "flake": false },
                "lib": { "inputs": { "a": { "follows": "/hm//nixpkgs" }, "b": { "url": "flake:b" } } },
                "set": { "type": "github", "owner": "o", "repo": "r" },
            } },
            "odd": 7,
        });
        let path = |text: &str| target_path(text);
        let expected = [
            ("hm/lib/a", Override::Follows(path("hm/nixpkgs"))),
            ("hm/lib/b", Override::Url),
            ("hm/nixpkgs", Override::Follows(path("nixpkgs"))),
            ("hm/root", Override::Follows(InputPath::default())),
            ("hm/set", Override::Url),
        ];
        let expected = expected.into_iter().map(|(at, said)| (path(at), said)).collect();
        assert_eq!(Overrides::of_inputs(&inputs), Overrides::Asked(expected));
        assert_eq!(Overrides::of_inputs(&json!(null)), Overrides::Asked(BTreeMap::new()));
    }
}
