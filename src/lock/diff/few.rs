//! The quick way for two locks that differ in nothing but the state of a few nodes, as after every update.
//!
//! The plain way goes through all inputs of both locks side by side and looks every node up by its key, twice. Here
//! the two lists of nodes are laid side by side: nearly all pairs are one and the same node, because one decoder read
//! both, and where the rest has the same inputs as before, the inputs' paths are those of before. Then only the paths
//! to the changed nodes are wanted, which are found backwards, from the node to the root.

use std::sync::Arc;

use crate::lock::{Edge, InputPath, Lock, Node};

use super::{Change, SideRef, classify};

/// With more changed nodes than this, to go through everything once is less work.
const MOST_CHANGED: usize = 12;
/// More steps than this mean nodes that nothing leads to and that form circles, or more paths than anybody made.
const MOST_STEPS: usize = 256;

/// A node that is in another state on the other side.
struct Changed<'l> {
    key: &'l Arc<str>,
    old: &'l Arc<Node>,
    new: &'l Arc<Node>,
}

/// What [`compare`](super::compare) lists, where the locks are as alike as that; `None` where it has to look itself.
pub(super) fn compare(old: &Lock, new: &Lock) -> Option<Vec<Change>> {
    let changed = changed(old, new)?;
    let mut changes = Vec::new();
    let mut steps = 0;
    for Changed { key, old, new: node } in changed {
        let (from, to) = (SideRef::Own(old), SideRef::Own(node));
        let Some((kind, direction)) = classify(Some(&from), Some(&to)) else { continue };
        // Each with the names that lead on from it to the node, the last one first.
        let mut pending: Vec<(&str, Vec<Arc<str>>)> = vec![(key, Vec::new())];
        while let Some((key, names)) = pending.pop() {
            steps += 1;
            if steps > MOST_STEPS {
                return None;
            }
            for (holder_key, holder) in new.nodes.iter() {
                for name in holder.inputs.iter().filter(|(_, edge)| leads_to(edge, key)).map(|(name, _)| name)
                {
                    let names = names.iter().chain([name]).map(Arc::clone);
                    if Arc::ptr_eq(holder, &new.root) {
                        let path = InputPath::new(names.collect::<Vec<_>>().into_iter().rev());
                        changes.push(Change {
                            path,
                            kind,
                            direction,
                            from: Some(from.own()),
                            to: Some(to.own()),
                        });
                    } else {
                        pending.push((holder_key, names.collect()));
                    }
                }
            }
        }
    }
    // The order of paths is that in which inputs are gone through: parents first, names sorted.
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Some(changes)
}

fn leads_to(edge: &Edge, key: &str) -> bool {
    // Keys that are equally long mostly end in different numbers, which is seen before they are compared.
    let is_like =
        |target: &str| target.len() == key.len() && target.as_bytes().last() == key.as_bytes().last();
    matches!(edge, Edge::Node(target) if is_like(target) && target.as_ref() == key)
}

/// The nodes that are not the same in both; `None` when there are many, or something else differs as well.
fn changed<'l>(old: &'l Lock, new: &'l Lock) -> Option<Vec<Changed<'l>>> {
    if !Arc::ptr_eq(&old.root, &new.root) {
        return None;
    }
    let mut changed = Vec::new();
    for ((old_key, old), (key, new)) in old.nodes.side_by_side(&new.nodes)? {
        if !Arc::ptr_eq(old_key, key) && old_key != key {
            return None;
        }
        if Arc::ptr_eq(old, new) {
            continue;
        }
        if old.inputs != new.inputs || changed.len() == MOST_CHANGED {
            return None;
        }
        changed.push(Changed { key, old, new });
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::lock::Decoder;
    use crate::lock::diff::compare_all;

    /// A lock laid out as Nix does it, of nodes that several others have as an input, so that most have many paths.
    fn lock(decoder: &mut Decoder, size: usize, rev: impl Fn(usize) -> usize) -> Lock {
        let mut nodes = serde_json::Map::new();
        for node in 0..=size {
            let mut inputs = serde_json::Map::new();
            for other in (node + 1..=size).filter(|other| (other * 7 + node) % 3 == 0 || other / 2 == node) {
                inputs.insert(format!("i{}", (other * 13) % 31), format!("n{other}").into());
            }
            if node % 4 == 1 {
                inputs.insert("top".to_owned(), json!(["i13"]));
            }
            let mut members = serde_json::Map::new();
            if !inputs.is_empty() {
                members.insert("inputs".to_owned(), inputs.into());
            }
            if node > 0 {
                let locked =
                    json!({"type": "github", "owner": "o", "repo": "r", "rev": format!("{:040}", rev(node))});
                members.insert("locked".to_owned(), locked);
                members.insert("original".to_owned(), json!({"type": "github", "owner": "o", "repo": "r"}));
            }
            let key = if node == 0 { "root".to_owned() } else { format!("n{node}") };
            nodes.insert(key, members.into());
        }
        let file: Value = json!({"nodes": nodes, "root": "root", "version": 7});
        let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
        decoder.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_quick_way_lists_what_the_plain_way_lists() {
        let mut decoder = Decoder::new();
        let (mut quick, mut changes) = (0, 0);
        for size in 1..14 {
            for step in 1..9 {
                let old = lock(&mut decoder, size, |_| 1);
                let new = lock(&mut decoder, size, |node| if node % step == 0 { 2 } else { 1 });
                let all = compare_all(Some(&old), Some(&new));
                if let Some(few) = compare(&old, &new) {
                    assert_eq!(few, all, "{size} {step}");
                    quick += 1;
                    changes += few.len();
                }
            }
        }
        assert!(quick > 40 && changes > 400, "{quick} went the quick way, with {changes} changes");
    }

    #[test]
    fn other_shapes_and_other_decoders_go_the_plain_way() {
        let mut decoder = Decoder::new();
        let one = lock(&mut decoder, 5, |_| 1);
        assert_eq!(compare(&one, &one), Some(Vec::new()));
        assert_eq!(compare(&one, &lock(&mut decoder, 6, |_| 1)), None);
        assert_eq!(compare(&one, &lock(&mut Decoder::new(), 5, |_| 1)), None, "it shares no root");
        let many = lock(&mut decoder, 13, |_| 1);
        assert_eq!(compare(&many, &lock(&mut decoder, 13, |_| 2)), None);
    }
}
