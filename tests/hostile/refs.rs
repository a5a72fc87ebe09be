//! Refs made to lead astray: without end, in circles, by the hundred thousand, under names of every kind.

use crate::bounds::bounded;
use crate::support::Scratch;
use crate::told;

fn history() -> (Scratch, String) {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let id = scratch.commit_lock(2);
    (scratch, id)
}

#[test]
fn refs_that_lead_to_refs_come_to_an_end() {
    for length in [1, 4, 50, 5_000] {
        for last in ["refs/heads/main", "refs/heads/link-0", "refs/heads/nowhere"] {
            let (scratch, id) = history();
            for n in 0..length {
                let next =
                    if n + 1 == length { last.to_owned() } else { format!("refs/heads/link-{}", n + 1) };
                scratch.write(&format!(".git/refs/heads/link-{n}"), format!("ref: {next}\n"));
            }
            for args in
                [&["log", "--all"][..], &["log", "link-0"], &["show", "link-0"], &["diff", "link-0..main"]]
            {
                told(&scratch.flakehist(args));
            }
            // Git itself follows no more than five.
            let shown = scratch.flakehist(["show", "--json", "link-0"]);
            if length == 1 && last == "refs/heads/main" {
                assert_eq!(shown.json()["commit"], id);
            } else if length > 5 {
                shown.failure(1, "`link-0`");
            }
            scratch.write(".git/HEAD", "ref: refs/heads/link-0\n");
            bounded(&scratch);
        }
    }
}

#[test]
fn tags_of_tags_come_to_an_end() {
    let (scratch, commit) = history();
    let mut id = commit.clone();
    for n in 0..300 {
        let kind = if n == 0 { "commit" } else { "tag" };
        let tag = format!("object {id}\ntype {kind}\ntag t{n}\ntagger a <a@b> 1 +0000\n\nt\n");
        let args = ["hash-object", "-t", "tag", "-w", "--stdin"];
        id = scratch.feed_git(scratch.folder(), args, tag.as_bytes()).success().out().trim().to_owned();
        if [0, 50, 299].contains(&n) {
            scratch.write(&format!(".git/refs/tags/t{n}"), format!("{id}\n"));
        }
    }
    for name in ["t0", "t50"] {
        let shown = scratch.flakehist(["show", "--json", name]).success().json();
        assert_eq!(shown["commit"], commit, "{name}");
    }
    scratch.flakehist(["show", "t299"]).failure(1, "`t299` leads to no commit");
    assert_eq!(scratch.flakehist(["log", "--json", "--all"]).success().commits().len(), 2);
    bounded(&scratch);
}

#[test]
fn a_hundred_thousand_refs_are_read() {
    let (scratch, id) = history();
    let first = scratch.git(["rev-parse", "HEAD~1"]);
    let line = |n: usize| format!("{} refs/tags/v{n:06}\n", if n.is_multiple_of(2) { &id } else { &first });
    let lines: String = (0..100_000).map(line).collect();
    scratch.write(".git/packed-refs", format!("# pack-refs with: peeled fully-peeled sorted \n{lines}"));
    bounded(&scratch);
    assert_eq!(scratch.flakehist(["log", "--json", "--all"]).success().commits().len(), 2);
    let shown = scratch.flakehist(["show", "--json", "v099999"]).success().json();
    assert_eq!(shown["commit"], first);
    scratch.flakehist(["show", "v1000000"]).failure(1, "did you mean `v");
}

#[test]
fn refs_under_odd_names_do_no_harm() {
    let long = "x".repeat(1 << 20);
    let many = "a/".repeat(5_000);
    for name in [
        &b"refs/heads/a b"[..],
        b"refs/heads/\x1b[31m",
        b"refs/heads/caf\xe9",
        "refs/heads/\u{202e}evil".as_bytes(),
        b"refs/heads/../../../etc/passwd",
        b"refs/heads/-x",
        b"refs/heads/--output=x",
        b"refs/heads/x.lock",
        b"refs/heads/",
        b"refs/heads//x",
        b"refs/heads/@{1}",
        b"refs/heads/main..main",
        b"HEAD",
        b"",
        b"x",
        long.as_bytes(),
        [b"refs/heads/", many.as_bytes(), b"x"].concat().as_slice(),
    ] {
        let (scratch, id) = history();
        let packed = [b"# pack-refs with: peeled fully-peeled \n", id.as_bytes(), b" ", name, b"\n"].concat();
        scratch.write(".git/packed-refs", packed);
        for args in
            [&["log", "--all"][..], &["show", "main"], &["show", "mian"], &["status"], &["log", "v..w"]]
        {
            told(&scratch.flakehist(args));
        }
        // What the file system allows, beside what git does.
        if !name.ends_with(b"/") && name.len() < 200 && !name.contains(&b'.') {
            use std::os::unix::ffi::OsStrExt as _;
            let loose = scratch
                .path(".git/refs/heads")
                .join(std::ffi::OsStr::from_bytes(name.rsplit(|&byte| byte == b'/').next().unwrap()));
            if loose.file_name().is_some() && std::fs::write(loose, format!("{id}\n")).is_ok() {
                told(&scratch.flakehist(["log", "--all"]));
                told(&scratch.flakehist(["show", "mian"]));
            }
        }
    }
}

#[test]
fn a_ref_with_rubbish_in_it_does_no_harm() {
    let zero = "0".repeat(40);
    for text in [
        "",
        "\n",
        "ref:",
        "ref: ",
        "ref: ref: x\n",
        "ref: ../../../../etc/passwd\n",
        "ref: refs/heads/main\0x\n",
        "deadbeef\n",
        &zero,
        &"f".repeat(40),
        &"x".repeat(1 << 20),
        &"a".repeat(64),
        "\u{202e}\x1b[2J\n",
    ] {
        for place in ["refs/heads/odd", "refs/stash", "ORIG_HEAD", "refs/flakehist/journal/000001", "HEAD"] {
            let (scratch, _) = history();
            scratch.write(&format!(".git/{place}"), text);
            for args in [
                &["log", "--all"][..],
                &["show", "odd"],
                &["show", "ORIG_HEAD"],
                &["status"],
                &["journal"],
                &["undo", "--dry-run"],
                &["restore", "HEAD~1", "--dry-run", "--no-rebuild"],
            ] {
                told(&scratch.flakehist(args));
            }
        }
    }
}
