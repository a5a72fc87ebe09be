//! Commits that no git would make, written byte by byte.

use crate::support::Scratch;
use crate::survives;

/// A repository whose HEAD is a commit with these bytes, on top of an ordinary one. `{tree}` and `{parent}` stand for
/// a tree with another lock, and the ordinary commit.
fn with_commit(bytes: &[u8]) -> (Scratch, String) {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let parent = scratch.git(["rev-parse", "HEAD"]);
    scratch.commit_lock(2);
    let tree = scratch.git(["rev-parse", "HEAD^{tree}"]);
    let mut filled = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == b'{') {
        filled.extend(&rest[..at]);
        rest = &rest[at..];
        let name = [("{tree}", &tree), ("{parent}", &parent)]
            .into_iter()
            .find(|(name, _)| rest.starts_with(name.as_bytes()));
        match name {
            Some((name, id)) => {
                filled.extend(id.as_bytes());
                rest = &rest[name.len()..];
            }
            None => {
                filled.push(b'{');
                rest = &rest[1..];
            }
        }
    }
    filled.extend(rest);
    let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    let id = scratch.feed_git(scratch.folder(), args, &filled).success().out().trim().to_owned();
    // `git update-ref` would look at the commit.
    scratch.write(".git/refs/heads/main", format!("{id}\n"));
    (scratch, id)
}

/// Where git can list the history, so can flakehist; everywhere it survives.
fn same_or_refused(bytes: &[u8]) -> Scratch {
    let (scratch, id) = with_commit(bytes);
    survives(&scratch);
    for args in [&[][..], &["--first-parent"]] {
        let all = ["log", "--format=%H"].iter().chain(args).chain(&["--", "flake.lock"]);
        let git = scratch.ask_git(scratch.folder(), all);
        if git.status == Some(0) {
            let ours = scratch.flakehist(["log", "--json"].iter().chain(args));
            let listed: Vec<&str> = git.out().lines().collect();
            assert_eq!(ours.commits(), listed, "{args:?} {id}\n{ours}\n{:?}", String::from_utf8_lossy(bytes));
        }
    }
    scratch
}

#[test]
fn people_that_are_missing_or_malformed_do_no_harm() {
    for people in [
        "",
        "author nobody\ncommitter nobody\n",
        "author a <a@b> 1700000000 +0000\n",
        "committer a <a@b> 1700000000 +0000\n",
        "author a <a@b>\ncommitter a <a@b>\n",
        "author <> 1 +0000\ncommitter <> 1 +0000\n",
        "author a <a <b>> c> 1700000000 +0000\ncommitter a <a <b>> c> 1700000000 +0000\n",
        "author > a < 1700000000 +0000\ncommitter > a < 1700000000 +0000\n",
        "author a <a@b> 1700000000\ncommitter a <a@b> 1700000000\n",
        "author a <a@b> x +0000\ncommitter a <a@b> x +0000\n",
        "author a <a@b 1700000000 +0000\ncommitter a a@b> 1700000000 +0000\n",
        "committer a <a@b> 1600000000 +0000\nauthor a <a@b> 1700000000 +0000\n",
        "author a <a@b> 1600000000 +0000\nauthor c <c@d> 1650000000 +0000\ncommitter a <a@b> 1700000000 +0000\n",
        "author\ncommitter\n",
    ] {
        same_or_refused(format!("tree {{tree}}\nparent {{parent}}\n{people}\nsubject\n").as_bytes());
    }
}

#[test]
fn dates_beyond_every_calendar_do_no_harm() {
    for date in [
        "0 +0000",
        "-1 +0000",
        "-99999999999 +0000",
        "99999999999 +0000",
        "253402300800 +0000",
        "8210298412800 +0000",
        "9223372036854775807 +0000",
        "9223372036854775808 +0000",
        "18446744073709551615 +0000",
        "99999999999999999999999999 +0000",
        "1700000000 +9999",
        "1700000000 -9999",
        "1700000000 +99999999999",
        "1700000000 +1460",
        "1700000000 x",
        "1700000000 +",
        "1700000000 --100",
        "1700000000.5 +0000",
        "0x10 +0000",
        " 1700000000  +0100 ",
        "1700000000\t+0100",
    ] {
        let who = format!("a <a@b> {date}");
        let scratch = same_or_refused(
            format!("tree {{tree}}\nparent {{parent}}\nauthor {who}\ncommitter {who}\n\nsubject\n")
                .as_bytes(),
        );
        let entry = scratch.flakehist(["log", "--json"]).entries().remove(0);
        assert!(entry["date"].as_str().is_some_and(|date| date.len() >= 20), "{date}: {entry}");
    }
}

#[test]
fn messages_in_any_encoding_or_none_do_no_harm() {
    let who = "author a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n";
    for (header, message) in [
        ("", &b"caf\xe9 \xff\xfe\x80"[..]),
        ("", b""),
        ("", b"\n\n\n"),
        ("", b"nul \0 in the middle"),
        ("", b"\0"),
        ("", b"\r\nsubject\r\n\r\nbody"),
        ("", b"\t \x0b\x0c"),
        ("encoding ISO-8859-1\n", b"caf\xe9"),
        ("encoding latin1\n", b"\x80\x9b31m"),
        ("encoding rubbish\n", b"caf\xe9"),
        ("encoding UTF-16\n", b"\xff\xfea\0b\0"),
        ("encoding Shift_JIS\n", b"\x93\xfa\x96\x7b"),
        ("encoding ü\n", b"x"),
        ("gpgsig -----BEGIN\n author fake <f@k> 1 +0000\n \n encoding latin1\n -----END\n", b"signed"),
        ("mergetag object 1\n type commit\n tagger t <t@t> 1 +0000\n \n message\n", b"merged"),
        ("x\n", b"an unknown header"),
        ("HG:extra y\n", b"another"),
    ] {
        let mut bytes = format!("tree {{tree}}\nparent {{parent}}\n{who}").into_bytes();
        bytes.extend(header.bytes());
        bytes.push(b'\n');
        bytes.extend(message);
        same_or_refused(&bytes);
    }
    same_or_refused(format!("tree {{tree}}\nparent {{parent}}\n{who}").as_bytes());
    same_or_refused(format!("tree {{tree}}\nparent {{parent}}\n{}", who.trim_end()).as_bytes());
}

#[test]
fn headers_that_lead_nowhere_do_no_harm() {
    let people = "author a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n\nsubject\n";
    let nowhere = "1234567890".repeat(4);
    for headers in [
        String::new(),
        "tree\n".to_owned(),
        "tree {tree}".to_owned(),
        "tree {tree}\nparent\n".to_owned(),
        "tree {tree}\nparent 12\n".to_owned(),
        "tree {tree}\nparent {tree}\n".to_owned(),
        format!("tree {nowhere}\nparent {{parent}}\n"),
        format!("tree {{tree}}\nparent {nowhere}\n"),
        "tree {tree}\nparent {parent}\nparent {parent}\n".to_owned(),
        format!("tree {{tree}}\n{}", "parent {parent}\n".repeat(3000)),
        "parent {parent}\ntree {tree}\n".to_owned(),
        "tree {tree}\ntree {tree}\nparent {parent}\n".to_owned(),
        format!("tree {}\nparent {{parent}}\n", "0".repeat(40)),
    ] {
        same_or_refused(format!("{headers}{people}").as_bytes());
    }
}

#[test]
fn commits_of_many_megabytes_do_no_harm() {
    let who = "author a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n";
    let subject = "x\u{202e}".repeat(1 << 20);
    same_or_refused(format!("tree {{tree}}\nparent {{parent}}\n{who}\n{subject}").as_bytes());
    let name = "é".repeat(1 << 19);
    let who = format!("author {name} <a@b> 1 +0000\ncommitter {name} <a@b> 1 +0000\n");
    same_or_refused(
        format!("tree {{tree}}\nparent {{parent}}\n{who}\nlines\n{}", "y\n".repeat(1 << 20)).as_bytes(),
    );
}

#[test]
fn an_empty_commit_object_does_no_harm() {
    let scratch = same_or_refused(b"");
    assert_eq!(scratch.flakehist(["log"]).status, Some(1));
}

#[test]
fn a_malformed_commit_is_found_however_it_is_named() {
    let (scratch, id) = with_commit(
        b"tree {tree}\nparent {parent}\nauthor nobody\ncommitter a <a@b> 1700000000 +0000\n\nodd words\n",
    );
    let short = id.split_at(8).0;
    for name in ["HEAD", "@", "main", &id, short, ":/odd", "HEAD^{/odd words}", "HEAD^{commit}"] {
        let shown = scratch.flakehist(["show", "--json", name]).success().json();
        assert_eq!(shown["commit"], *id, "{name}");
    }
    assert_eq!(scratch.same_log(&["--all"]).len(), 2);
    assert_eq!(scratch.same_log(&[short]).len(), 2);
    assert_eq!(scratch.same_log(&["HEAD^.."]), std::slice::from_ref(&id));
    // On no branch any more, only a reflog or a worktree knows it.
    let repository = flakehist::git::Repository::discover(scratch.folder()).unwrap().unwrap();
    assert_eq!(repository.commit_with_prefix(short).unwrap().to_string(), id);
    scratch.write(".git/refs/heads/main", format!("{}\n", scratch.git(["rev-parse", "main^"])));
    scratch.write(".git/logs/HEAD", format!("{0} {id} a <a@b> 1700000000 +0000\tx\n", "0".repeat(40)));
    assert!(repository.every_tip().iter().any(|tip| tip.to_string() == id));
    scratch.write(".git/worktrees/other/HEAD", format!("{id}\n"));
    assert_eq!(scratch.flakehist(["log", "--json", "--all"]).success().commits().len(), 2);
}
