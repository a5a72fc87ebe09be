//! From an [`InputPath`] to what is there. Circles and dead ends are answers, not hangs.
//!
//! A `follows` is a path from the root of the lock, at whatever depth it stands (`LockFile::findInput` in Nix's
//! `lockfile.cc`). It may lead through other `follows`, several in a chain.

use std::sync::Arc;

use super::{Edge, InputPath, Lock, Node};

/// How an input is given, as a view shows it: fixed, or following another.
#[derive(Clone, Copy, Debug)]
pub enum Pin<'l> {
    /// A node of its own.
    Own(&'l Node),
    /// Whatever the input at this path is.
    Follows(&'l InputPath),
}

/// Where a `follows` leads in the end.
#[derive(Clone, Copy, Debug)]
pub enum Followed<'l> {
    /// To this node.
    Node(&'l Node),
    /// To no input: some name on the way does not exist.
    Nowhere,
    /// Round in a circle (or over more steps than anybody would write, which shared `follows` can multiply to).
    Circle,
}

/// No real chain of `follows` has more than a dozen links.
const MOST_STEPS: u32 = 200;

/// One `follows` under way: its target and how far along it we are.
struct Leg<'l> {
    target: &'l InputPath,
    names: Vec<&'l Arc<str>>,
}

impl Lock {
    /// How the input at a path is given, if there is one.
    #[must_use]
    pub fn pin(&self, path: &InputPath) -> Option<Pin<'_>> {
        match self.edge(path)? {
            Edge::Node(key) => self.node(key).map(Pin::Own),
            Edge::Follows(target) => Some(Pin::Follows(target)),
        }
    }

    /// What the input at `path` is in the end, through every `follows`.
    #[must_use]
    pub fn resolve<'l>(&'l self, path: &'l InputPath) -> Followed<'l> {
        let leg = |target: &'l InputPath| Leg { target, names: target.0.iter().rev().collect() };
        let mut position = self.root();
        let mut legs = vec![leg(path)];
        let mut steps = 0;
        while let Some(current) = legs.last_mut() {
            let Some(name) = current.names.pop() else {
                legs.pop();
                continue;
            };
            match position.input(name) {
                None => return Followed::Nowhere,
                Some(Edge::Node(key)) => match self.node(key) {
                    Some(node) => position = node,
                    None => return Followed::Nowhere,
                },
                Some(Edge::Follows(target)) => {
                    steps += 1;
                    if steps > MOST_STEPS || legs.iter().any(|leg| leg.target == target) {
                        return Followed::Circle;
                    }
                    position = self.root();
                    legs.push(leg(target));
                }
            }
        }
        Followed::Node(position)
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Decoder;
    use super::*;

    /// A lock whose root has `a` (with an input `n`), and these follows: `place -> target`, at the root.
    fn lock(follows: &[(&str, &str)]) -> Lock {
        let node =
            r#"{"locked":{"type":"path","path":"/a","narHash":"x"},"original":{"type":"path","path":"/a"}"#;
        let mut inputs = vec![r#""a":"a""#.to_owned()];
        for (name, target) in follows {
            let target: Vec<&str> = target.split('/').filter(|name| !name.is_empty()).collect();
            inputs.push(format!("{name:?}:{target:?}"));
        }
        let text = format!(
            r#"{{"nodes":{{"a":{node},"inputs":{{"n":"n"}}}},"n":{node}}},"root":{{"inputs":{{{}}}}}}},"root":"root","version":7}}"#,
            inputs.join(",")
        );
        Decoder::new().decode(text.as_bytes()).unwrap()
    }

    fn end(lock: &Lock, path: &str) -> &'static str {
        let path = InputPath::new(path.split('/').filter(|name| !name.is_empty()));
        match lock.resolve(&path) {
            Followed::Node(node) if std::ptr::eq(node, lock.root()) => "root",
            Followed::Node(node) if node.inputs().is_empty() => "n",
            Followed::Node(_) => "a",
            Followed::Nowhere => "nowhere",
            Followed::Circle => "circle",
        }
    }

    #[test]
    fn chains_circles_and_dead_ends_are_answers() {
        let chain = lock(&[("b", "a"), ("c", "b/n"), ("d", "c"), ("e", "d"), ("r", ""), ("x", "r/r/a/n")]);
        for (path, expected) in [
            ("a", "a"),
            ("b", "a"),
            ("b/n", "n"),
            ("c", "n"),
            ("e", "n"),
            ("r", "root"),
            ("x", "n"),
            ("", "root"),
        ] {
            assert_eq!(end(&chain, path), expected, "{path}");
        }
        let bad = lock(&[
            ("b", "c"),
            ("c", "b"),
            ("s", "s"),
            ("g", "gone"),
            ("h", "a/gone"),
            ("t", "u/v"),
            ("u", "t"),
        ]);
        for (path, expected) in [
            ("b", "circle"),
            ("s", "circle"),
            ("g", "nowhere"),
            ("h", "nowhere"),
            ("t", "circle"),
            ("none", "nowhere"),
            ("a/n/deeper", "nowhere"),
        ] {
            assert_eq!(end(&bad, path), expected, "{path}");
        }
    }

    #[test]
    fn asking_twice_on_the_way_is_no_circle() {
        // Nix itself refuses this one, because it never forgets a path it has asked for; to show it, it is fine.
        let twice = lock(&[("b", "a"), ("d", "b")]);
        assert_eq!(end(&twice, "d/n"), "n");
    }
}
