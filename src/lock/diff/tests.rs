//! Tables of what is a change, of what kind and in which direction; and the laws every comparison keeps.

use super::super::{Decoder, Pin};
use super::ChangeKind::{
    Added, ContentsChanged, FollowsChanged, OriginalChanged, Removed, Retargeted, Updated,
};
use super::Direction::{Newer, Older, Same, Unknown};
use super::*;

mod folding;
mod laws;
mod nix;

/// `"name=value …"` as JSON members. Digits after `lastModified` and `revCount` and switches are what they look like.
fn members(words: &str) -> String {
    let member = |word: &str| {
        let (name, value) = word.split_once('=').unwrap();
        match value {
            value if matches!(name, "lastModified" | "revCount") => format!("{name:?}:{value}"),
            "true" | "false" => format!("{name:?}:{value}"),
            value => format!("{name:?}:{value:?}"),
        }
    };
    words.split_whitespace().map(member).collect::<Vec<_>>().join(",")
}

/// The members of a node in a lock: `locked` and `original` in words, and any others as JSON.
pub(super) fn node(locked: &str, original: &str, rest: &str) -> String {
    format!(r#"{{"locked":{{{}}},"original":{{{}}}{rest}}}"#, members(locked), members(original))
}

pub(super) fn lock_of(nodes: &str, inputs: &str) -> Lock {
    let comma = if nodes.is_empty() { "" } else { "," };
    let text = format!(
        r#"{{"nodes":{{{nodes}{comma}"root":{{"inputs":{{{inputs}}}}}}},"root":"root","version":7}}"#
    );
    Decoder::new().decode(text.as_bytes()).unwrap_or_else(|unreadable| panic!("{unreadable}: {text}"))
}

/// A lock with the one input `x`.
fn one(locked: &str, original: &str) -> Lock {
    lock_of(&format!(r#""x":{}"#, node(locked, original, "")), r#""x":"x""#)
}

/// A lock in words: `a`, `a/b` are nodes at a revision (`a@1`), `c>a/b` follows.
fn tree(words: &str) -> Lock {
    tree_with_keys(words, ToOwned::to_owned)
}

fn tree_with_keys(words: &str, key: impl Fn(&str) -> String) -> Lock {
    let mut inputs: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    let mut revs: Vec<(String, String)> = Vec::new();
    for word in words.split_whitespace() {
        let (path, edge) = match word.split_once('>') {
            Some((path, target)) => {
                let target: Vec<&str> = target.split('/').filter(|name| !name.is_empty()).collect();
                (path, format!("{target:?}"))
            }
            None => {
                let (path, rev) = word.split_once('@').unwrap();
                revs.push((path.to_owned(), rev.to_owned()));
                (path, format!("{:?}", key(path)))
            }
        };
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        inputs.entry(parent.to_owned()).or_default().push(format!("{name:?}:{edge}"));
    }
    let of = |path: &str| inputs.get(path).map(|inputs| inputs.join(",")).unwrap_or_default();
    let nodes: Vec<String> = revs
        .iter()
        .map(|(path, rev)| {
            let locked = format!("type=github owner=o repo=r rev={rev} lastModified=170000000{rev}");
            let rest = format!(r#","inputs":{{{}}}"#, of(path));
            format!("{:?}:{}", key(path), node(&locked, "type=github owner=o repo=r", &rest))
        })
        .collect();
    lock_of(&nodes.join(","), &of(""))
}

/// The changes in words: `path kind direction`.
pub(super) fn told(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| format!("{} {:?} {:?}", change.path, change.kind, change.direction)).collect()
}

const NIXPKGS: &str = "type=github owner=NixOS repo=nixpkgs";

/// What happens to the one input `x` between two states, each `locked` and `original`.
fn change(old: (&str, &str), new: (&str, &str)) -> Option<(ChangeKind, Direction)> {
    let changes = compare(Some(&one(old.0, old.1)), Some(&one(new.0, new.1)));
    let back = compare(Some(&one(new.0, new.1)), Some(&one(old.0, old.1)));
    assert_eq!(changes.len(), back.len(), "{old:?} {new:?}");
    for (there, back) in changes.iter().zip(&back) {
        assert_eq!((&there.from, &there.to, there.kind), (&back.to, &back.from, back.kind));
        let mirrored = match there.direction {
            Newer => Older,
            Older => Newer,
            other => other,
        };
        assert_eq!(back.direction, mirrored, "{old:?} {new:?}");
    }
    changes.first().map(|change| (change.kind, change.direction))
}

#[test]
fn a_revision_moves_forward_back_or_nobody_knows() {
    for (old, new, expected) in [
        ("rev=a lastModified=1700000000", "rev=b lastModified=1700000001", Newer),
        ("rev=a lastModified=1700000001", "rev=b lastModified=1700000000", Older),
        ("rev=a lastModified=1700000000", "rev=b lastModified=1700000000", Same),
        // Placeholders for dates: then the number of commits tells.
        ("rev=a lastModified=0", "rev=b lastModified=1700000000", Unknown),
        ("rev=a lastModified=1", "rev=b lastModified=315532800", Unknown),
        ("rev=a", "rev=b lastModified=1700000000", Unknown),
        ("rev=a revCount=7", "rev=b revCount=9", Newer),
        ("rev=a revCount=9 lastModified=0", "rev=b revCount=7 lastModified=1700000000", Older),
        ("rev=a revCount=9 lastModified=1700000000", "rev=b revCount=7 lastModified=1700000001", Newer),
        ("rev=a revCount=9", "rev=b", Unknown),
        ("rev=a", "rev=b", Unknown),
    ] {
        let at = |words: &str| format!("{NIXPKGS} {words}");
        assert_eq!(
            change((&at(old), NIXPKGS), (&at(new), NIXPKGS)),
            Some((Updated, expected)),
            "{old} → {new}"
        );
    }
}

#[test]
fn what_does_not_change_the_source_is_no_change() {
    let base = "rev=a narHash=sha256-x= lastModified=1700000000";
    let at = |words: &str| format!("{NIXPKGS} {words}");
    for words in [
        base,
        "rev=a narHash=sha256-x= lastModified=1600000000",
        "rev=a narHash=sha256-x=",
        "rev=a narHash=sha256-x lastModified=1700000000",
        "rev=a lastModified=1700000000",
        "rev=a narHash= lastModified=1700000000",
        "rev=a narHash=sha256-x= lastModified=1700000000 treeHash=t",
        "rev=a narHash=sha256-x= revCount=5 lastModified=1700000000",
        "rev=a narHash=sha256-x= ref=main",
    ] {
        assert_eq!(change((&at(base), NIXPKGS), (&at(words), NIXPKGS)), None, "{words}");
    }
    // Spelling of one hash, also where it is what tells two states apart.
    let spellings = [
        "sha256-SGMtoVC49+eCFbMicfzQNkPDXCfaMU3LzNPpk54JgsI=",
        "sha256-SGMtoVC49+eCFbMicfzQNkPDXCfaMU3LzNPpk54JgsI",
        "sha256:1hl216g97sfkrk5lscfs4xfc6hrns3y728mk2n1fgxxqa2hjsqs8",
    ];
    for place in
        [&*at("rev=a"), "type=file url=https://h/x", "type=path path=/x", "type=tarball url=https://h/x"]
    {
        let [one, others @ ..] = spellings.map(|hash| format!("{place} narHash={hash}"));
        for other in others {
            assert_eq!(change((&one, place), (&other, place)), None, "{one} → {other}");
        }
    }
    // Spelling of one place.
    let git = "type=git rev=a narHash=sha256-x=";
    let gitlab = "type=gitlab repo=r rev=a";
    for (old, new) in [
        ("type=github owner=nixos repo=NixPkgs rev=a", "type=github owner=NixOS repo=nixpkgs rev=a"),
        (&*format!("{gitlab} owner=g%2Fsub"), &*format!("{gitlab} owner=g/sub")),
        (&format!("{git} url=https://h.org/o/r.git"), &format!("{git} url=https://h.org/o/r")),
        (&format!("{git} url=https://h.org/o/r/"), &format!("{git} url=https://h.org/o/r")),
        (&format!("{git} url=https://me@h.org/o/r"), &format!("{git} url=https://h.org/o/r")),
        (&format!("{git} url=ssh://git@h.org:22/o/r"), &format!("{git} url=https://h.org/o/r")),
        (&format!("{git} url=git@h.org:o/r.git"), &format!("{git} url=https://h.org/o/r")),
        (&format!("{git} url=https://H.org/O/r"), &format!("{git} url=https://h.org/o/r")),
        (
            &format!("{git} url=https://h.org/r ref=main"),
            &format!("{git} url=https://h.org/r ref=refs/heads/main"),
        ),
        (&format!("{git} url=file:///srv/r.git"), &format!("{git} url=file:///srv/r")),
        (&format!("{git} url=https://h.org/r submodules=false"), &format!("{git} url=https://h.org/r")),
    ] {
        assert_eq!(change((old, old), (new, new)), None, "{old} → {new}");
    }
}

#[test]
fn a_type_that_is_not_known_is_where_it_was() {
    for kind in ["zfs", "indirect"] {
        let (locked, original) = (format!("type={kind} id=x rev=1"), format!("type={kind} id=x"));
        // As two files have it, so that it is not one and the same node.
        assert_eq!(change((&locked, &original), (&locked, &original)), None, "{kind}");
        let newer = format!("type={kind} id=x rev=2");
        assert!(change((&locked, &original), (&newer, &original)).is_some(), "{kind}");
    }
}

#[test]
fn another_place_is_another_target() {
    let dated = |words: &str, second: u32| format!("{words} rev={second} lastModified=170000000{second}");
    let nixpkgs = "type=github owner=NixOS repo=nixpkgs";
    for (old, new, direction) in [
        (nixpkgs, "type=github owner=me repo=nixpkgs", Unknown),
        (nixpkgs, "type=github owner=NixOS repo=nix", Unknown),
        (nixpkgs, "type=gitlab owner=NixOS repo=nixpkgs", Unknown),
        (nixpkgs, "type=github owner=NixOS repo=nixpkgs host=git.my.org", Unknown),
        // One repository, fetched in another way, from another branch or folder: there dates tell something.
        (nixpkgs, "type=git url=https://github.com/nixos/nixpkgs", Newer),
        (nixpkgs, "type=github owner=NixOS repo=nixpkgs dir=lib", Newer),
        ("type=git url=https://h.org/r", "type=git url=https://h.org/r submodules=true", Newer),
        ("type=git url=https://h.org/r", "type=git url=https://h.org/r shallow=true", Newer),
        ("type=git url=https://h.org/r", "type=git url=https://h.org/other", Unknown),
        ("type=path path=/a", "type=path path=/b", Unknown),
        ("type=tarball url=https://h.org/a.tar.gz", "type=tarball url=https://h.org/b.tar.gz", Unknown),
        (
            "type=tarball url=https://github.com/a/a/archive/x.tar.gz",
            "type=tarball url=https://github.com/b/b/archive/x.tar.gz",
            Unknown,
        ),
        ("type=tarball url=https://h.org/a", "type=file url=https://h.org/a", Newer),
    ] {
        let found = change((&dated(old, 1), old), (&dated(new, 2), new));
        assert_eq!(found, Some((Retargeted, direction)), "{old} → {new}");
    }
}

#[test]
fn the_reference_in_flake_nix_counts() {
    let one = format!("{NIXPKGS} rev=a lastModified=1700000000");
    let two = format!("{NIXPKGS} rev=b lastModified=1700000001");
    let branch = |name: &str| format!("{NIXPKGS} ref={name}");
    let (stable, next) = (branch("nixos-23.05"), branch("nixos-23.11"));
    let indirect = "type=indirect id=nixpkgs";
    for (old, new, expected) in [
        ((&one, &stable), (&two, &next), Some((Retargeted, Newer))),
        ((&two, &stable), (&one, &next), Some((Retargeted, Older))),
        ((&one, &stable), (&one, &next), Some((OriginalChanged, Same))),
        ((&one, &NIXPKGS.to_owned()), (&one, &stable), Some((OriginalChanged, Same))),
        ((&one, &indirect.to_owned()), (&one, &stable), Some((OriginalChanged, Same))),
        ((&one, &NIXPKGS.to_owned()), (&one, &format!("{NIXPKGS} rev=a")), Some((OriginalChanged, Same))),
        ((&one, &NIXPKGS.to_owned()), (&one, &format!("{NIXPKGS} dir=lib")), Some((OriginalChanged, Same))),
        ((&one, &indirect.to_owned()), (&two, &indirect.to_owned()), Some((Updated, Newer))),
        // A revision written in flake.nix is not another place.
        ((&one, &format!("{NIXPKGS} rev=a")), (&two, &format!("{NIXPKGS} rev=b")), Some((Updated, Newer))),
        ((&one, &NIXPKGS.to_lowercase()), (&one, &NIXPKGS.to_owned()), None),
    ] {
        assert_eq!(change((old.0, old.1), (new.0, new.1)), expected, "{old:?} → {new:?}");
    }
}

#[test]
fn archives_and_paths_are_at_another_address_with_every_state() {
    let flakehub =
        |state: &str| format!("https://api.flakehub.com/f/pinned/NixOS/nixpkgs/{state}/source.tar.gz");
    let channel = |state: &str| format!("https://releases.nixos.org/nixos/unstable/{state}/nixexprs.tar.xz");
    let declared_hub = "type=tarball url=https://flakehub.com/f/NixOS/nixpkgs/0.1.*.tar.gz";
    let declared_channel = "type=tarball url=https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz";
    let tarball =
        |url: &str, rest: &str| format!("type=tarball url={url} narHash=sha256-{} {rest}", url.len());
    for (old, new, declared, expected) in [
        (
            tarball(&flakehub("0.1.5/u"), "rev=a lastModified=1700000000"),
            tarball(&flakehub("0.1.6/uu"), "rev=b lastModified=1700000001"),
            declared_hub,
            Some((Updated, Newer)),
        ),
        (
            tarball(&flakehub("0.1.6/uu"), "rev=a revCount=9"),
            tarball(&flakehub("0.1.5/u"), "rev=b revCount=8"),
            declared_hub,
            Some((Updated, Older)),
        ),
        (
            tarball(&channel("1"), "lastModified=1700000000"),
            tarball(&channel("22"), "lastModified=1700000001"),
            declared_channel,
            Some((Updated, Newer)),
        ),
        (tarball(&channel("1"), ""), tarball(&channel("22"), ""), declared_channel, Some((Updated, Unknown))),
        (
            "type=file url=https://h/x narHash=sha256-a".to_owned(),
            "type=file url=https://h/x narHash=sha256-b".to_owned(),
            "type=file url=https://h/x",
            Some((Updated, Unknown)),
        ),
        (
            "type=path path=/nix/store/a-source narHash=sha256-a lastModified=1700000000".to_owned(),
            "type=path path=/nix/store/b-source narHash=sha256-b lastModified=1700000001".to_owned(),
            "type=indirect id=x",
            Some((Updated, Newer)),
        ),
        // Since Nix 2.26 a relative path has no state of its own.
        ("type=path path=./x".to_owned(), "type=path path=./x".to_owned(), "type=path path=./x", None),
    ] {
        assert_eq!(change((&old, declared), (&new, declared)), expected, "{old} → {new}");
    }
}

#[test]
fn other_contents_of_one_revision_are_a_change() {
    let at = |hash: &str| format!("{NIXPKGS} rev=a narHash={hash} lastModified=1700000000");
    let found = change((&at("sha256-x="), NIXPKGS), (&at("sha256-y="), NIXPKGS));
    assert_eq!(found, Some((ContentsChanged, Same)), "suspicious, so not to be hidden");
    let found = change((&at("sha256-x="), NIXPKGS), (&at("sha256-y= lastModified=1600000000"), NIXPKGS));
    assert_eq!(found, Some((ContentsChanged, Same)), "one revision has one date");
    let branch = |name: &str| format!("{NIXPKGS} ref={name}");
    let found = change((&at("sha256-x="), &branch("a")), (&at("sha256-y="), &branch("b")));
    assert_eq!(found, Some((ContentsChanged, Same)), "another reference excuses nothing");
    // Submodules, another way of fetching or another repository make other contents of one revision.
    let git =
        |rest: &str| format!("type=git url=https://github.com/NixOS/nixpkgs rev=a narHash=sha256-{rest}");
    for (old, new) in [
        (git("x"), git("y submodules=true")),
        (at("sha256-x="), git("y")),
        (at("sha256-x="), "type=github owner=me repo=nixpkgs rev=a narHash=sha256-y".to_owned()),
    ] {
        assert_eq!(change((&old, NIXPKGS), (&new, NIXPKGS)).unwrap().0, Retargeted, "{old} → {new}");
    }
    // Of a file or of an archive without a revision the contents are the version; an archive of one revision may be
    // made again at another address, but not at the same.
    for (kind, rest, expected) in [
        ("file url=https://h/x", "file url=https://h/x", Updated),
        ("tarball url=https://h/x", "tarball url=https://h/x", Updated),
        ("tarball rev=a url=https://h/x", "tarball rev=a url=https://h/y", Updated),
        ("tarball rev=a url=https://h/x", "tarball rev=a url=https://h/x", ContentsChanged),
    ] {
        let declared = "type=tarball url=https://h/latest";
        let found = change(
            (&format!("type={kind} narHash=sha256-x"), declared),
            (&format!("type={rest} narHash=sha256-y"), declared),
        );
        assert_eq!(found.unwrap().0, expected, "{kind} → {rest}");
    }
}

#[test]
fn how_far_it_moved_is_told_where_it_means_something() {
    let at = |words: &str| one(&format!("{NIXPKGS} {words}"), NIXPKGS);
    let dates = |old: &str, new: &str| compare(Some(&at(old)), Some(&at(new)))[0].dates();
    assert_eq!(dates("rev=a lastModified=100", "rev=b lastModified=300"), Some((100, 300)));
    assert_eq!(dates("rev=a lastModified=300", "rev=b lastModified=100"), Some((300, 100)));
    assert_eq!(dates("rev=a", "rev=b lastModified=100"), None);
    assert_eq!(
        dates("rev=a narHash=x lastModified=300", "rev=a narHash=y lastModified=100"),
        None,
        "one revision"
    );
    let other = one("type=github owner=me repo=nixpkgs rev=b lastModified=300", NIXPKGS);
    assert_eq!(
        compare(Some(&at("rev=a lastModified=100")), Some(&other))[0].dates(),
        None,
        "another repository"
    );
}

#[test]
fn whether_it_is_a_flake_is_part_of_it() {
    let locked = format!("{NIXPKGS} rev=a");
    let with = |rest: &str| lock_of(&format!(r#""x":{}"#, node(&locked, NIXPKGS, rest)), r#""x":"x""#);
    let found = told(&compare(Some(&with("")), Some(&with(r#","flake":false"#))));
    assert_eq!(found, ["x Retargeted Same"]);
    // How a node is written is not.
    assert!(
        compare(Some(&with("")), Some(&with(r#","parent":[],"buildTime":true,"flake":true"#))).is_empty()
    );
}

#[test]
fn inputs_come_go_and_follow() {
    for (old, new, expected) in [
        ("a@1", "a@1 b@1", &["b Added Unknown"] as &[&str]),
        ("a@1 b@1", "a@1", &["b Removed Unknown"]),
        ("a@1", "a@1 a/n@1 a/n/m@1", &["a/n Added Unknown", "a/n/m Added Unknown"]),
        ("a@1 a/n@1 a/n/m>a", "a@2", &["a Updated Newer", "a/n Removed Unknown", "a/n/m Removed Unknown"]),
        ("n@1 a@1 a/n@1", "n@1 a@1 a/n>n", &["a/n FollowsChanged Unknown"]),
        ("n@1 a@1 a/n>n", "n@1 a@1 a/n@1", &["a/n FollowsChanged Unknown"]),
        ("n@1 m@1 x>n", "n@1 m@1 x>m", &["x FollowsChanged Unknown"]),
        ("n@1 x>n", "n@1 x>", &["x FollowsChanged Unknown"]),
        ("n@1 x>gone", "n@1 x>gone", &[]),
        // What something follows moved: that is one change, not two.
        ("n@1 a@1 a/n>n", "n@2 a@1 a/n>n", &["n Updated Newer"]),
        // With the node its inputs go.
        (
            "n@1 a@1 a/s@1 a/s/t@1",
            "n@1 a>n",
            &["a FollowsChanged Unknown", "a/s Removed Unknown", "a/s/t Removed Unknown"],
        ),
        (
            "",
            "b@1 a@2 a/z@1 c>a",
            &["a Added Unknown", "a/z Added Unknown", "b Added Unknown", "c Added Unknown"],
        ),
        // Siblings in the order of their bytes, children right after their parents.
        (
            "B@1 a@1 a/x@1 a-b@1 é@1",
            "B@2 a@2 a/x@2 a-b@2 é@2",
            &[
                "B Updated Newer",
                "a Updated Newer",
                "a/x Updated Newer",
                "a-b Updated Newer",
                "é Updated Newer",
            ],
        ),
    ] {
        assert_eq!(told(&compare(Some(&tree(old)), Some(&tree(new)))), expected, "{old} → {new}");
    }
}

#[test]
fn keys_are_only_names() {
    let words = "a@1 a/n@2 b@3 b/n@4 b/n/m@5 c>a/n root@6";
    let keys = |from: &'static str| {
        move |path: &str| match path {
            "root" => "root_2".to_owned(),
            path => format!("{from}{}", path.len() * 7 % 5 + path.bytes().map(usize::from).sum::<usize>()),
        }
    };
    let (one, other) = (tree_with_keys(words, keys("n")), tree_with_keys(words, keys("zz")));
    assert!(compare(Some(&one), Some(&other)).is_empty());
    // The same keys for other inputs are no connection either.
    let swapped = tree_with_keys("x@1 y@2", |path| if path == "x" { "y".into() } else { "x".into() });
    assert!(compare(Some(&tree("x@1 y@2")), Some(&swapped)).is_empty());
    let crossed = tree_with_keys("x@2 y@1", |path| if path == "x" { "y".into() } else { "x".into() });
    assert_eq!(
        told(&compare(Some(&tree("x@1 y@2")), Some(&crossed))),
        ["x Updated Newer", "y Updated Older"]
    );
}

#[test]
fn without_one_side_everything_comes_or_goes() {
    let lock = tree("a@1 a/n>b b@1");
    assert_eq!(
        told(&compare(None, Some(&lock))),
        ["a Added Unknown", "a/n Added Unknown", "b Added Unknown"]
    );
    assert_eq!(
        told(&compare(Some(&lock), None)),
        ["a Removed Unknown", "a/n Removed Unknown", "b Removed Unknown"]
    );
    assert!(compare(None, None).is_empty());
    let added = compare(None, Some(&lock));
    assert!(added.iter().all(|change| change.from.is_none() && change.to.is_some()));
    assert_eq!(added[1].to, Some(Side::Follows(InputPath::new(["b"]))));
    assert_eq!(added[1].to.as_ref().unwrap().source(), None);
    assert_eq!(added[2].to.as_ref().unwrap().source().unwrap().rev(), Some("1"));
    let Some(Pin::Own(node)) = lock.pin(&InputPath::new(["b"])) else { panic!() };
    assert_eq!(added[2].to, Some(Side::Own(Arc::new(node.clone()))));
}
