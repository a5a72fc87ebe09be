//! `--author`: regular expressions of every kind git knows, and `.mailmap`.

use crate::support::Scratch;

const PEOPLE: &[(&str, &str)] = &[
    ("Ada Lovelace", "ada@example.org"),
    ("ada", "lovelace@example.com"),
    ("renovate[bot]", "29139614+renovate[bot]@users.noreply.example"),
    ("C++ (the bot)", "c++@example.org"),
    ("Jörg Müller", "jm@example.org"),
    ("a.b|c{2}", "dots@example.org"),
    ("O'Brien \\ Sons", "ob@example.org"),
    ("aab $5 ^x*", "money@example.org"),
    ("山田", "yamada@example.jp"),
    ("", "nameless@example.org"),
];

fn crowd() -> Scratch {
    let scratch = Scratch::new();
    let mut stream = String::new();
    for (n, (name, mail)) in PEOPLE.iter().enumerate() {
        let name = if name.is_empty() { String::new() } else { format!("{name} ") };
        stream.push_str(&format!(
            "commit refs/heads/main\nauthor {name}<{mail}> {n} +0000\ncommitter Committer <c@d> {n} +0000\n\
             data 1\nx\nM 644 inline flake.lock\ndata 1\n{n}\n"
        ));
    }
    scratch.feed_git(scratch.folder(), ["fast-import", "--quiet"], stream.as_bytes()).success();
    scratch
}

#[test]
fn basic_expressions_find_whom_git_finds() {
    let scratch = crowd();
    let mut wrong = Vec::new();
    for (pattern, found) in [
        ("Ada", 1),
        ("ada", 3),
        ("^Ada", 1),
        ("^ada", 1),
        ("example.org>$", 7),
        ("[Aa]da", 3),
        ("renovate\\[bot\\]", 1),
        ("renovate[bot]", 0),
        ("(the bot)", 1),
        ("C++", 1),
        ("c+", 1),
        ("a\\+b", 1),
        ("Jörg", 1),
        ("J.rg", 1),
        ("M[uü]ller", 1),
        ("a.b", 2),
        ("a\\.b", 1),
        ("c{2}", 1),
        ("a\\{2\\}", 1),
        ("\\(Ada\\|renov\\)", 2),
        ("Ada\\|renov", 2),
        ("b|c", 1),
        ("O'Brien", 1),
        ("\\\\", 1),
        ("$5", 1),
        ("b $5 ^x", 1),
        ("x*", 10),
        ("^x*", 10),
        ("*", 1),
        ("\\*", 1),
        ("山", 1),
        ("^<", 0),
        ("^ *<", 1),
        ("Committer", 0),
        ("0000", 0),
        ("\\bbot\\b", 2),
        ("\\<bot\\>", 2),
        ("\\w\\+@example", 8),
        ("[[:digit:]]\\+", 3),
        ("ADA", 0),
        ("", 10),
        (".", 10),
    ] {
        let git = scratch.listed_by_git(scratch.folder(), &["--author", pattern], "flake.lock");
        assert_eq!(git.len(), found, "git finds others than when this was written: {pattern}");
        let ours = scratch.flakehist(["log", "--json", "--author", pattern]);
        if ours.status != Some(0) || ours.commits() != git {
            wrong.push(format!("{pattern}: git {git:?}\n{ours}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn several_patterns_are_alternatives() {
    let scratch = crowd();
    assert_eq!(scratch.same_log(&["--author", "Ada", "--author=renov"]).len(), 2);
    assert_eq!(scratch.same_log(&["--author", "Ada", "--author", "Lovelace"]).len(), 1);
}

#[test]
fn a_pattern_of_several_lines_is_several_patterns() {
    let scratch = crowd();
    assert_eq!(scratch.same_log(&["--author", "Ada\nrenov"]).len(), 2);
}

#[test]
fn the_kind_of_pattern_is_taken_from_gits_configuration() {
    let scratch = crowd();
    for (key, value) in [
        ("grep.patternType", "extended"),
        ("grep.patternType", "fixed"),
        ("grep.patternType", "basic"),
        ("grep.extendedRegexp", "true"),
    ] {
        scratch.git(["config", key, value]);
        for pattern in
            ["(Ada|renov)", "a+b", "a\\+b", "a.b", "C\\+\\+", "[bot]", "^ada", "a{2}", "a|b", "\\(the"]
        {
            if scratch.ask_git(scratch.folder(), ["log", "--author", pattern]).status == Some(0) {
                scratch.same_log(&["--author", pattern]);
            }
        }
        scratch.git(["config", "--unset", key]);
    }
}

#[test]
fn a_mailmap_is_applied_before_matching() {
    let scratch = crowd();
    let mailmap = "# people\n\
        Ada King <ada@example.org> <lovelace@example.com>\n\
        The Renovator <29139614+renovate[bot]@users.noreply.example>\n\
        Jörg Meier <meier@example.org> Jörg Müller <jm@example.org>\n\
        Somebody Else <se@example.org> Not Jörg <jm@example.org>\n\
        <new@example.org> <dots@example.org>\n";
    scratch.git(["checkout", "--quiet", "-f", "main"]);
    scratch.write(".mailmap", mailmap);
    for pattern in
        ["King", "^ada", "Renovator", "renovate\\[", "Meier", "Müller", "meier@", "Somebody", "new@", "dots@"]
    {
        scratch.same_log(&["--author", pattern]);
    }
    assert_eq!(scratch.same_log(&["--author", "Ada King"]).len(), 1);
    scratch.git(["config", "log.mailmap", "false"]);
    assert_eq!(scratch.same_log(&["--author", "Ada King"]).len(), 0);
}

#[test]
fn a_mailmap_is_not_particular_about_case_and_fills_in_names() {
    let scratch = crowd();
    scratch.git(["checkout", "--quiet", "-f", "main"]);
    scratch.write(
        ".mailmap",
        "Ada King <ada@example.org> <LOVELACE@example.com>\nNemo <nameless@example.org>\n",
    );
    assert_eq!(scratch.same_log(&["--author", "Ada King"]).len(), 1);
    assert_eq!(scratch.same_log(&["--author", "Nemo"]).len(), 1);
}

#[test]
fn a_mailmap_may_lie_elsewhere() {
    let scratch = crowd();
    scratch.git(["checkout", "--quiet", "-f", "main"]);
    std::fs::write(scratch.beside("people"), "Countess <ada@example.org>\n").unwrap();
    scratch.git(["config".as_ref(), "mailmap.file".as_ref(), scratch.beside("people").as_os_str()]);
    assert_eq!(scratch.same_log(&["--author", "Countess"]).len(), 1);
    scratch.git(["config", "--unset", "mailmap.file"]);

    scratch.write(".mailmap", "Committed Countess <ada@example.org>\n");
    scratch.commit("mailmap");
    let bare = scratch.beside("bare.git");
    scratch.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    assert_eq!(scratch.same_log_in(&bare, &["--author", "Committed"], "flake.lock").len(), 1);
}

#[test]
fn names_are_decoded_as_the_commit_says() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let tree = scratch.git(["rev-parse", "HEAD^{tree}"]);
    let mut commit = format!("tree {tree}\nauthor J").into_bytes();
    commit.extend(b"\xf6rg <j@x> 1700000000 +0000\ncommitter J\xf6rg <j@x> 1700000000 +0000\n");
    commit.extend(b"encoding ISO-8859-1\n\nGr\xfc\xdfe\n");
    let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
    let id = scratch.feed_git(scratch.folder(), args, &commit).success().out().trim().to_owned();
    scratch.git(["reset", "--quiet", "--hard", &id]);
    let entry = scratch.flakehist(["log", "--json"]).success().entries().remove(0);
    assert_eq!((&entry["author"], &entry["subject"]), (&"Jörg".into(), &"Grüße".into()));
    assert_eq!(scratch.same_log(&["--author", "Jörg"]).len(), 1);
}

#[test]
fn a_pattern_that_is_none_is_a_mistake_of_the_command_line() {
    let scratch = crowd();
    scratch.flakehist(["log", "--author", "\\("]).failure(2, "no regular expression");
    scratch.flakehist(["log", "--author", "[a"]).failure(2, "no regular expression");
}
