//! The message that Nix writes when it commits an update itself (`nix flake update --commit-lock-file`).

use std::collections::BTreeMap;

use super::resolve::{Edge, Inputs, Locked, Source};

/// The body of the message: every input that differs between two trees, by its path.
pub(super) fn updates(before: &Inputs, after: &Inputs) -> String {
    let (before, after) = (flat(before), flat(after));
    // Paths are compared name by name, as Nix does, and not as text.
    let mut paths: Vec<_> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();

    let mut lines = String::from("Flake lock file updates:\n\n");
    for path in paths {
        let name = path.join("/");
        match (before.get(path), after.get(path)) {
            (Some(old), Some(new)) if old != new => {
                lines.push_str(&format!("• Updated input '{name}':\n    {old}\n  → {new}\n"));
            }
            (None, Some(new)) => lines.push_str(&format!("• Added input '{name}':\n    {new}\n")),
            (Some(_), None) => lines.push_str(&format!("• Removed input '{name}'\n")),
            _ => {}
        }
    }
    lines
}

/// Every input of a tree by its path, as Nix describes it.
fn flat(inputs: &Inputs) -> BTreeMap<Vec<&'static str>, String> {
    let mut found = BTreeMap::new();
    walk(inputs, &[], &mut found);
    found
}

fn walk(inputs: &Inputs, above: &[&'static str], found: &mut BTreeMap<Vec<&'static str>, String>) {
    for (name, edge) in inputs {
        let path = [above, &[*name]].concat();
        let words = match edge {
            Edge::Locked(node) => {
                walk(&node.inputs, &path, found);
                describe(node)
            }
            Edge::Follows(target) => format!("follows '{}'", target.join("/")),
        };
        found.insert(path, words);
    }
}

/// A locked input as Nix shows it: the reference with its hash, and the day.
fn describe(node: &Locked) -> String {
    let pin = node.pin;
    // What Nix escapes in a query; hashes have no other such characters.
    let hash = pin.nar_hash.replace('+', "%2B").replace('=', "%3D");
    let (day, rev) = (pin.day, pin.rev);
    match Source::of(node.url) {
        Source::GitHub { owner, repo, .. } => format!("'github:{owner}/{repo}/{rev}?narHash={hash}' ({day})"),
        Source::Tarball(url) => format!("'{}?narHash={hash}' ({day})", pin.url.unwrap_or(url)),
    }
}
