//! Where paths lead, and what moves with a subtree.

use super::super::{Attribute, Source};
use super::*;

pub(in crate::lock) fn path(text: &str) -> InputPath {
    InputPath::new(text.split('/').filter(|name| !name.is_empty()))
}

/// A lock in words: `a@1` is a node at that revision, `a/b>c` follows. After the revision may stand `~` for plain
/// source, and `!name` when another name than the input's own is declared.
pub(in crate::lock) fn tree(words: &str) -> ByPath {
    let mut tree = ByPath::default();
    for word in words.split_whitespace() {
        let (at, given) = match word.split_once('>') {
            Some((at, target)) => (at, Given::Follows(path(target))),
            None => {
                let (at, rev) = word.split_once('@').unwrap();
                let (rev, repo) = rev.split_once('!').unwrap_or((rev, at.rsplit('/').next().unwrap()));
                let source = |more: &[(&str, &str)]| {
                    let own = [("type", "github"), ("owner", "o"), ("repo", repo)];
                    let all = own.iter().chain(more);
                    Source::new(all.map(|(name, value)| (*name, Attribute::Text(value))))
                };
                let rev_alone = rev.trim_end_matches('~');
                let node = Node {
                    locked: Some(source(&[("rev", rev_alone)])),
                    original: Some(Arc::new(source(&[]))),
                    is_flake: rev == rev_alone,
                    ..Node::bare()
                };
                (at, Given::Own(Arc::new(node)))
            }
        };
        tree.insert(path(at), given).unwrap();
    }
    tree
}

#[test]
fn paths_lead_where_nix_finds_them() {
    let many: Vec<String> = (0..300).map(|n| format!("l{n}>l{}", n + 1)).collect();
    let cases = [
        ("a@1 a/n@1", "a/n", "a/n"),
        ("a@1 a/n@1 b>a", "b/n", "a/n"),
        ("a@1 a/n@1 b>a c>b/n d>c", "d", "a/n"),
        ("a@1 r>", "r/r/a", "`` `` again"),
        ("a@1 r> s>", "r/a", "a"),
        ("a@1", "", ""),
        ("a@1", "b", "nowhere"),
        ("a@1 b>gone", "b/n", "nowhere"),
        ("a>b b>a", "a", "`a` `b` `a` again"),
        ("a>a/x", "a/x", "`a/x` `a/x` again"),
        // No circle, but Nix does not forget what it has asked for.
        ("a@1 a/c>a2 a2>a b>a d@1 d/x>b/c", "d/x", "`a` `a2` `a` again"),
        ("a@1 b>a", "b/gone", "nowhere"),
        (&many.join(" "), "l0", "too far"),
    ];
    for (words, from, to) in cases {
        let found = match tree(words).resolve(&path(from)) {
            Found::At(path) => path.to_string(),
            Found::Nowhere => "nowhere".to_owned(),
            Found::TooFar => "too far".to_owned(),
            Found::Again(chain) => {
                chain.iter().map(|path| format!("`{path}` ")).collect::<String>() + "again"
            }
        };
        assert_eq!(found, to, "{from} in {words}");
    }
}

#[test]
fn what_is_put_elsewhere_takes_its_inside_along() {
    let mut from = tree("x@1 x/a@1 x/b>x/a x/c>y x/d> y@1");
    let relative = Node { parent: Some(path("x/a")), ..Node::bare() };
    from.insert(path("x/a/p"), Given::Own(Arc::new(relative))).unwrap();
    let mut to = tree("m@1 m/n@1 m/n/old@1 m/no@1");
    to.put(&path("m/n"), &from, &path("x")).unwrap();
    let listed: Vec<String> = to
        .iter()
        .map(|(path, given)| match given {
            Given::Follows(target) => format!("{path}>{target}"),
            Given::Own(node) => match node.parent() {
                Some(parent) => format!("{path} in {parent}"),
                None => path.to_string(),
            },
        })
        .collect();
    assert_eq!(listed, ["m", "m/n", "m/n/a", "m/n/a/p in m/n/a", "m/n/b>m/n/a", "m/n/c>y", "m/n/d>", "m/no"]);
    assert_eq!(to.names, 21, "counted as it is put and removed");
}
