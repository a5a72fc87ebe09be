//! `flakehist git-setup`: what real git shows of locks once it is set up, and that all is as before once it is removed.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "git and the program are started")]

mod program;

use std::collections::BTreeSet;
use std::path::PathBuf;

use program::{World, text};

/// Runs a line of shell in the demo's repository; it must go well.
#[track_caller]
fn good(world: &World, line: &str) -> String {
    let output = world.shell(line);
    assert!(output.status.success(), "{line}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The same where it must fail and say this.
#[track_caller]
fn bad(world: &World, line: &str, says: &str) {
    let output = world.shell(line);
    assert!(!output.status.success() && text(&output.stderr).contains(says), "{line}: {output:?}");
}

fn file(world: &World, path: &str) -> Option<String> {
    std::fs::read_to_string(world.demo().join(path)).ok()
}

/// The inputs in the lines of a diff that came or went.
fn inputs(diff: &str) -> BTreeSet<String> {
    let lines = diff.lines().filter(|line| !line.starts_with("+++") && !line.starts_with("---"));
    let changed = lines.filter_map(|line| line.strip_prefix(['+', '-']));
    changed.map(|line| line.split_once("  ").expect("columns").0.to_owned()).collect()
}

#[test]
fn git_shows_what_diff_shows() {
    let world = World::new();
    good(&world, "flakehist git-setup --yes");
    let commits = good(&world, "git log --format=%h --no-merges -n 25 --skip 1 -- flake.lock");
    let mut compared = 0;
    for commit in commits.lines() {
        let names = world.shell(&format!("flakehist diff {commit}~ {commit} --name-only --all-inputs"));
        if !names.status.success() {
            continue;
        }
        let names: BTreeSet<String> = text(&names.stdout).lines().map(str::to_owned).collect();
        for command in ["diff {}~ {}", "show --format= {}", "log -p -n 1 --format= {}"] {
            let command = format!("git {} -- flake.lock", command.replace("{}", commit));
            assert_eq!(inputs(&good(&world, &command)), names, "{command}");
        }
        compared += 1;
    }
    assert!(compared > 10, "only {compared} commits were compared");

    let shown = good(&world, "git show --format= HEAD -- flake.lock");
    assert!(
        shown.contains(
            "\n-nixpkgs  2026-08-10 2fcb964  github:NixOS/nixpkgs/nixos-unstable  sha256-RzPPiWeUtuvymnpuEWsdtzli\n"
        ),
        "{shown}"
    );
    // No line of the lock stands behind the numbers as if it were a heading.
    assert!(shown.contains("\n@@ -1,6 +1,6 @@\n"), "{shown}");
    // What is not committed yet, in a folder of the repository too.
    good(&world, "git show HEAD~3:flake.lock >flake.lock");
    assert!(good(&world, "cd hosts && git diff").contains("\n+nixpkgs  2026-07-23 e2587ca  "));
    for command in ["git diff --no-textconv", "yes q | git add -p", "git format-patch -1 --stdout HEAD"] {
        let text = good(&world, command);
        assert!(text.contains("\"rev\": "), "the text itself is there still: {text}");
    }
}

#[test]
fn no_lock_makes_git_fail() {
    let world = World::new();
    good(&world, "flakehist git-setup --yes");
    // The history has a merge whose lock is full of conflicts.
    let history = good(&world, "git log -p --all -m --first-parent -- flake.lock");
    assert!(history.contains("\n+<<<<<<< ") && history.contains("\n-<<<<<<< "), "as it is, and only there");
    for odd in
        ["", "{", "null", "\\0\\377\\n", "{\"version\":99}", "{\"nodes\":{},\"root\":\"r\",\"version\":7}"]
    {
        let diff = good(&world, &format!("printf '{odd}' >flake.lock; git diff --stat; git diff"));
        assert!(diff.contains("-nixpkgs  2026-08-19 ffb3c9b "), "{odd}: {diff}");
    }
    good(&world, "rm flake.lock && git diff && git checkout -q flake.lock");
    // A folder that looks like an option, and a lock at a place of its own.
    good(
        &world,
        "mkdir -- -x && git show HEAD~1:flake.lock >-x/flake.lock && git add -A && \
         git -c user.name=A -c user.email=a@example.org commit -qm odd",
    );
    let diff = good(&world, "cp flake.lock -- -x/ && git diff");
    assert!(diff.contains("\n+nixpkgs  2026-08-19 ffb3c9b"), "{diff}");
    // Without flakehist git shows the text.
    let diff = good(&world, "PATH=$(echo \"$PATH\" | cut -d: -f2-) git diff 2>&1");
    assert!(diff.contains("+        \"rev\": \"ffb3c9b"), "{diff}");
}

#[test]
fn what_git_will_not_find_is_told() {
    let world = World::new();
    let elsewhere = "own=$(command -v flakehist) && PATH=$(echo \"$PATH\" | cut -d: -f2-)";
    let told = |words: &str| text(&world.shell(&format!("{elsewhere} && \"$own\" git-setup {words}")).stderr);
    let note = "note: there is no `flakehist` on PATH, so git shows locks as text\n";
    assert!(told("--yes").contains(note));
    assert!(told("").contains(note), "it stays so");
    assert!(!told("--remove --yes").contains(note));
    let output = world.shell("flakehist git-setup --yes");
    assert!(output.status.success() && !text(&output.stderr).contains("note: "), "{output:?}");
}

#[test]
fn all_is_as_before_once_it_is_removed() {
    let world = World::new();
    for attributes in [None, Some("*.bin -diff\n# mine\n")] {
        if let Some(attributes) = attributes {
            good(&world, "mkdir -p .git/info");
            std::fs::write(world.demo().join(".git/info/attributes"), attributes).expect("it can be written");
        }
        let before = (file(&world, ".git/config"), file(&world, ".git/info/attributes"));
        let shown = good(&world, "flakehist git-setup --dry-run");
        assert_eq!(before, (file(&world, ".git/config"), file(&world, ".git/info/attributes")));
        assert!(
            shown.contains(".git/config\n  + diff.flake-lock.textconv = f() { flakehist textconv "),
            "{shown}"
        );
        assert!(shown.contains(".git/info/attributes\n  + flake.lock diff=flake-lock\n"), "{shown}");
        bad(&world, "flakehist git-setup </dev/null", "there is no terminal to ask on, so nothing was done");
        assert_eq!(before, (file(&world, ".git/config"), file(&world, ".git/info/attributes")));

        assert_eq!(good(&world, "flakehist git-setup --yes"), shown);
        let set = (file(&world, ".git/config"), file(&world, ".git/info/attributes"));
        let whole = format!("{}flake.lock diff=flake-lock\n", attributes.unwrap_or_default());
        assert_eq!(set.1.as_deref(), Some(whole.as_str()));
        let again = world.shell("flakehist git-setup --yes");
        assert!(again.stdout.is_empty() && text(&again.stderr) == "this is set up already\n", "{again:?}");
        assert_eq!(set, (file(&world, ".git/config"), file(&world, ".git/info/attributes")));

        good(&world, "flakehist git-setup --remove --yes");
        assert_eq!(before, (file(&world, ".git/config"), file(&world, ".git/info/attributes")));
        let again = world.shell("flakehist git-setup --remove");
        assert!(again.status.success() && text(&again.stderr) == "nothing is set up here\n", "{again:?}");
    }
    assert!(good(&world, "git show HEAD -- flake.lock").contains("\"rev\": "));
}

#[test]
fn on_a_terminal_it_asks() {
    let world = World::new();
    if !world.shell("script -qec true /dev/null").status.success() {
        println!("skipped: script(1) of util-linux is not here, so there is no terminal to test on");
        return;
    }
    let answered = |answer: &str| {
        let line = format!("echo {answer} | SHELL=/bin/sh script -qec 'flakehist git-setup' /dev/null");
        text(&world.shell(&line).stdout)
    };
    let told = answered("n");
    assert!(told.contains("+ flake.lock diff=flake-lock") && told.contains("Go on? [y/N] "), "{told}");
    assert!(told.contains("error: nothing was done"), "{told}");
    assert_eq!(file(&world, ".git/info/attributes"), None);
    assert!(answered("y").contains("show locks by their inputs now"));
    assert_eq!(file(&world, ".git/info/attributes").as_deref(), Some("flake.lock diff=flake-lock\n"));
}

#[test]
fn what_the_user_set_is_left_alone() {
    let world = World::new();
    good(&world, "git config diff.flake-lock.textconv 'jq .'");
    bad(&world, "flakehist git-setup --yes", "because: `diff.flake-lock.textconv` is `jq .`");
    bad(
        &world,
        "flakehist git-setup --yes",
        "`git config --local --unset-all diff.flake-lock.textconv` makes room",
    );
    assert_eq!(file(&world, ".git/info/attributes"), None);
    good(&world, "git config --unset diff.flake-lock.textconv && git config diff.flake-lock.xfuncname mine");
    good(&world, "flakehist git-setup --yes && flakehist git-setup --remove --yes");
    assert_eq!(good(&world, "git config diff.flake-lock.xfuncname"), "mine\n");
    bad(&world, "git config diff.flake-lock.textconv", "");
    // A line further down counts more than ours.
    good(&world, "flakehist git-setup --yes && echo 'flake.lock -diff' >>.git/info/attributes");
    let output = world.shell("flakehist git-setup --yes");
    let err = text(&output.stderr);
    assert!(err.contains("note: it does not hold for flake.lock: its attribute `diff` is `unset`"), "{err}");
}

#[test]
fn the_users_own_configuration_serves_every_repository() {
    let world = World::new();
    let home: PathBuf = world.demo().parent().expect("it lies in a folder").to_owned();
    let user = "unset GIT_CONFIG_GLOBAL XDG_CONFIG_HOME; ";
    let run = |line: &str| good(&world, &format!("{user}{line}"));
    std::fs::write(home.join(".gitconfig"), "[user]\n\tname = A\n").expect("it can be written");
    // Outside any repository.
    run("cd .. && flakehist git-setup --global --yes");
    let attributes = home.join(".config/git/attributes");
    assert_eq!(std::fs::read_to_string(&attributes).expect("it is there"), "flake.lock diff=flake-lock\n");
    assert!(run("git show HEAD -- flake.lock").contains("\n+nixpkgs  2026-08-19 ffb3c9b "));
    assert_eq!(file(&world, ".git/info/attributes"), None);
    run("cd .. && flakehist git-setup --global --remove --yes");
    assert_eq!(
        std::fs::read_to_string(home.join(".gitconfig")).expect("it is there"),
        "[user]\n\tname = A\n"
    );
    assert!(!attributes.exists());

    // A file of attributes of the user's choice, which is a link.
    std::fs::write(home.join("kept"), "* text=auto\n").expect("it can be written");
    std::os::unix::fs::symlink("kept", home.join("attributes")).expect("a link can be made");
    run("git config --global core.attributesFile '~/attributes'");
    run("flakehist git-setup --global --yes");
    let kept = || std::fs::read_to_string(home.join("kept")).expect("it is there");
    assert_eq!(kept(), "* text=auto\nflake.lock diff=flake-lock\n");
    assert!(home.join("attributes").is_symlink());
    run("flakehist git-setup --global --remove --yes");
    assert_eq!(kept(), "* text=auto\n");
    // git would put a file in the place of the device.
    let device = "GIT_CONFIG_GLOBAL=/dev/zero flakehist git-setup --global --dry-run";
    bad(&world, device, "error: /dev/zero is no file to write in");
}

#[test]
fn it_holds_in_every_worktree() {
    let world = World::new();
    good(&world, "git worktree add -q ../other HEAD~1");
    let shown = good(&world, "cd ../other && flakehist git-setup --yes");
    assert!(shown.contains("/config/.git/info/attributes\n"), "{shown}");
    for folder in [".", "../other"] {
        let diff = good(&world, &format!("cd {folder} && git show --format= HEAD~1 -- flake.lock"));
        assert!(diff.is_empty() || !diff.contains("\"rev\""), "{diff}");
        assert!(
            good(&world, &format!("cd {folder} && git log -p")).contains("\n+nixpkgs  2026-08-10 2fcb964 ")
        );
    }
}

#[test]
fn a_lock_becomes_lines() {
    let world = World::new();
    let lines = good(&world, "flakehist textconv flake.lock");
    let inputs = good(&world, "flakehist show --json | tr ',' '\\n' | grep -c '\"flake\":\\|\"follows\":'");
    assert_eq!(lines.lines().count().to_string(), inputs.trim());
    assert!(lines.contains("\nhome-manager/nixpkgs  follows nixpkgs\n"), "{lines}");
    assert_eq!(good(&world, "flakehist -C .. textconv config/flake.lock"), lines);
    bad(&world, "flakehist textconv none", "error: cannot read none");
    assert_eq!(good(&world, "printf '\\033x' >odd; flakehist textconv odd"), "\x1bx");
}
