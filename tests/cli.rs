//! The program as a user meets it: help, exit codes, pipes, colour, the pager.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests start the program, and look for script(1) on PATH"
)]

mod program;

use std::process::{Command, Output, Stdio};

use clap::CommandFactory as _;
use flakehist::cli::args::Flakehist;
use flakehist::view::width;

use program::{World, text};

/// Runs flakehist in the demo's repository.
fn flakehist(world: &World, arguments: &[&str]) -> Output {
    let mut command = world.command(env!("CARGO_BIN_EXE_flakehist"));
    command.current_dir(world.demo()).args(arguments).output().expect("the program starts")
}

#[test]
fn the_definitions_of_the_arguments_agree() {
    Flakehist::command().debug_assert();
}

#[test]
fn help_tells_what_and_shows_how() {
    let world = World::new();
    for (command, examples) in [
        (&["log", "--help"][..], &["flakehist log -n 5 -p", "--since", "--input"][..]),
        (&["show", "--help"], &["flakehist show lock~1", "worktree", "date:", "gen:41", "gen:booted"]),
        (&["status", "--help"], &["flakehist status --check", "  3  ", "--json"]),
        (&["help", "generations"], &["--explain 41", "--json", "--profile", "lock likely"]),
        (&["gens", "--help"], &["flakehist generations"]),
        (&["demo", "--help"], &["DIR"]),
        (&["diff", "--help"], &["flakehist diff HEAD~5", "gen:booted..HEAD", "--exit-code", "--nix"]),
        (
            &["--help"],
            &["log", "show", "diff", "status", "generations", "gens", "demo", "--flake", "--profile"],
        ),
    ] {
        let output = flakehist(&world, command);
        let help = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(output.stderr.is_empty(), "{command:?}");
        for example in examples {
            assert!(help.contains(example), "{command:?} lacks {example}:\n{help}");
        }
    }
    let version = flakehist(&world, &["--version"]);
    assert_eq!(text(&version.stdout), format!("flakehist {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn exit_codes_tell_a_failure_from_a_misuse() {
    let world = World::new();
    for (code, arguments) in [
        (0, &[][..]),
        (0, &["log"]),
        (0, &["show"]),
        (0, &["log", "--since", "2100-01-01"]),
        (0, &["status"]),
        (0, &["status", "--check"]),
        (0, &["generations"]),
        (0, &["gens", "--explain", "41"]),
        (0, &["show", "gen:current"]),
        (0, &["show", "gen:41"]),
        (1, &["show", "no-such-branch"]),
        (1, &["log", "no-such-branch"]),
        (1, &["show", "lock~9999"]),
        (1, &["show", "./no/such/file"]),
        (1, &["log", "--flake", "github:NixOS/nixpkgs"]),
        (1, &["demo", "."]),
        (1, &["show", "gen:31"]),
        (1, &["show", "gen:99"]),
        (1, &["generations", "--explain", "99"]),
        (1, &["generations", "--profile", "no-such-profile"]),
        (2, &["show", "gen:x"]),
        (2, &["generations", "--explain", "41", "--json"]),
        (2, &["log", "--no-such-flag"]),
        (2, &["log", "--oneline", "--json"]),
        (2, &["log", "--since", "gibberish"]),
        (2, &["show", "date:gibberish"]),
        (2, &["show", "lock~x"]),
        (2, &["no-such-command"]),
    ] {
        let output = flakehist(&world, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(
            output.stderr.starts_with(b"error: "),
            code != 0,
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(code == 0 || output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_exit_code_of_a_check_tells_what_a_rebuild_would_do() {
    let world = World::new();
    for (code, line) in [
        (0, "flakehist status --check"),
        (3, "flakehist --profile no-such-profile status --check"),
        (0, "FLAKEHIST_PROFILE=no-such-profile flakehist status"),
        // A rebuild from the lock before the last change would take inputs back.
        (1, "git checkout -q main~2; flakehist status --check --json"),
        (0, "git checkout -q main~2; flakehist status"),
    ] {
        let output = world.shell(line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output.stderr));
        assert!(!output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn plain_flakehist_tells_the_status() {
    let world = World::new();
    let [plain, status] = [&[][..], &["status"]].map(|arguments| flakehist(&world, arguments));
    assert!(!plain.stdout.is_empty());
    assert_eq!(plain, status);
}

#[test]
fn the_profile_is_taken_from_the_flag_then_the_environment_then_git() {
    let world = World::new();
    let other = "cp -a .git/flakehist-demo/profiles ../other && ln -sfn system-40-link ../other/system";
    assert!(world.shell(other).status.success());
    for (default, line) in [
        (Some(42), "flakehist generations"),
        (Some(40), "FLAKEHIST_PROFILE=../other/system flakehist generations"),
        (Some(40), "FLAKEHIST_PROFILE=nowhere flakehist generations --profile ../other/system"),
        (Some(40), "FLAKEHIST_PROFILE=system NIX_STATE_DIR=$PWD/../state flakehist generations"),
        (None, "FLAKEHIST_PROFILE=system NIX_STATE_DIR=$PWD/../nowhere flakehist generations"),
    ] {
        let output = world.shell(&format!(
            "mkdir -p ../state && {{ test -e ../state/profiles || ln -s ../other ../state/profiles; }} && {line}"
        ));
        let found = text(&output.stdout).lines().find_map(|line| {
            let (number, marks) = line.split_once('●')?;
            (!marks.is_empty()).then(|| number.parse::<u64>().expect("a number"))
        });
        assert_eq!(found, default, "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn an_absolute_link_of_the_profile_is_warned_of() {
    let world = World::new();
    let output = world.shell(
        "p=$PWD/.git/flakehist-demo/profiles && ln -sfn $p/system-42-link $p/system && \
         { flakehist status; flakehist generations; flakehist log; } >/dev/null",
    );
    let said = text(&output.stderr);
    assert_eq!(said.matches(" is absolute, so ").count(), 3, "{said}");
    assert_eq!(said.matches("/system --switch-generation 42`").count(), 3, "{said}");
}

#[test]
fn an_error_says_what_may_have_been_meant() {
    let world = World::new();
    for (arguments, hint) in [
        (&["show", "niri2"][..], "hint: did you mean `niri`?\n"),
        (&["log", "--input", "nixpgks"], "hint: did you mean `nixpkgs`?\n"),
        (&["show", "gen:99"], "hint: they go from 31 to 42\n"),
        (&["show", "gen:31"], "hint: `flakehist generations --explain 31` shows the evidence\n"),
    ] {
        let stderr = text(&flakehist(&world, arguments).stderr);
        assert!(stderr.ends_with(hint), "{stderr}");
    }
}

#[test]
fn a_bad_setting_is_named() {
    let world = World::new();
    let output = world.shell("FLAKEHIST_UTC=perhaps flakehist log");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("flakehist.utc"), "{}", text(&output.stderr));
}

#[test]
fn a_closed_pipe_is_success() {
    let world = World::new();
    for arguments in
        [&["log"][..], &["log", "-p"], &["log", "--json"], &["show"], &["status"], &["generations"]]
    {
        let mut command = world.command(env!("CARGO_BIN_EXE_flakehist"));
        command.current_dir(world.demo()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
    }
    let output = world.shell("{ flakehist log -p; echo \"code $?\" >&2; } | head -n 1");
    assert_eq!(text(&output.stderr), "code 0\n");
    assert_eq!(text(&output.stdout).lines().count(), 1);
}

#[test]
fn a_pipe_gets_no_colour_unless_it_is_asked_for() {
    let world = World::new();
    for (colour, line) in [
        (false, "flakehist log"),
        (false, "flakehist log --color auto"),
        (false, "flakehist log --color never"),
        (true, "flakehist log --color always"),
        (true, "flakehist --color always show"),
        (true, "CLICOLOR_FORCE=1 flakehist log"),
        (false, "CLICOLOR_FORCE=0 flakehist log"),
        (false, "NO_COLOR=1 CLICOLOR_FORCE=1 flakehist log"),
        (true, "NO_COLOR=1 flakehist log --color always"),
        (false, "CLICOLOR_FORCE=1 flakehist log --color never"),
        (true, "FLAKEHIST_COLOR=always flakehist log"),
        (false, "FLAKEHIST_COLOR=always flakehist log --color never"),
        (true, "TERM=dumb flakehist log --color always"),
    ] {
        let output = world.shell(line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout).contains('\x1b'), colour, "{line}");
    }
}

#[test]
fn a_pipe_gets_one_uncut_line_a_commit() {
    let world = World::new();
    let log = text(&flakehist(&world, &["log"]).stdout);
    let ids = text(&flakehist(&world, &["log", "--json"]).stdout).matches("\"commit\":\"").count();
    let (apart, rest): (Vec<&str>, Vec<&str>) = log.lines().partition(|line| line.starts_with(' '));
    // The header, and beside the commits the one generation whose lock is in none.
    assert_eq!(rest.len(), ids + 1, "{log}");
    let [apart] = apart.as_slice() else { panic!("one generation has a row of its own:\n{log}") };
    assert!(apart.contains("gen 41: ") && apart.contains("nixpkgs 2026-07-30 1559d3d"), "{apart}");
    assert!(!log.contains('…'), "{log}");
}

#[test]
fn columns_are_obeyed() {
    let world = World::new();
    for columns in [40, 80, 100, 120, 200] {
        for command in ["log", "log --oneline", "show"] {
            let table = text(&world.shell(&format!("COLUMNS={columns} flakehist {command}")).stdout);
            let widest = table.lines().map(width).max().unwrap_or(0);
            // `show` has columns that cannot be cut below this.
            assert!(widest <= columns.max(80), "{command} at {columns}: {widest}\n{table}");
        }
    }
}

/// Runs a line of shell on a pseudo terminal, or says why it cannot.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn on_a_terminal(world: &World, line: &str) -> Option<String> {
    let found = Command::new("script").args(["-qec", "true", "/dev/null"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: script(1) of util-linux is not here, so there is no terminal to test on");
        return None;
    }
    let mut command = world.command("script");
    command.current_dir(world.demo()).args(["-qec", line, "/dev/null"]).env("TERM", "xterm");
    // A shell that a user has set up otherwise would answer differently.
    let output = command.env("SHELL", "/bin/sh").stdin(Stdio::null()).output().expect("script starts");
    Some(text(&output.stdout).replace("\r\n", "\n"))
}

#[test]
fn a_terminal_gets_the_pager_that_git_would_take() {
    let world = World::new();
    let pager = |word: &str| format!("sed s/^/{word}:/");
    for (paged_by, line) in [
        (Some("git"), format!("GIT_PAGER='{}' PAGER='{}' flakehist log", pager("git"), pager("other"))),
        (Some("other"), format!("PAGER='{}' flakehist show", pager("other"))),
        (
            Some("own"),
            format!("FLAKEHIST_PAGER='{}' GIT_PAGER='{}' flakehist log", pager("own"), pager("git")),
        ),
        (None, format!("GIT_PAGER='{}' flakehist --no-pager log", pager("git"))),
        (None, format!("GIT_PAGER='{}' flakehist log --no-pager", pager("git"))),
        (None, format!("GIT_PAGER='{}' flakehist log | cat", pager("git"))),
        (None, "GIT_PAGER=cat flakehist log".to_owned()),
        // One that is not there is done without, as in git.
        (None, "GIT_PAGER=no-such-pager flakehist log".to_owned()),
        (None, "GIT_PAGER=/no/such/pager flakehist log".to_owned()),
        (None, "GIT_PAGER= flakehist log".to_owned()),
    ] {
        let Some(shown) = on_a_terminal(&world, &line) else { return };
        let first = shown.lines().next().unwrap_or_default();
        let word = first.split_once(':').map(|(word, _)| word).filter(|word| word.len() < 6);
        assert_eq!(word, paged_by, "{line}\n{shown}");
        assert!(shown.contains("nixpkgs"), "{line}\n{shown}");
    }
}

#[test]
fn a_terminal_is_asked_for_its_width() {
    let world = World::new();
    for columns in [60, 100, 160] {
        let line = format!("stty rows 24 cols {columns}; TERM=dumb flakehist --no-pager log");
        let Some(shown) = on_a_terminal(&world, &line) else { return };
        let widest = shown.lines().map(width).max().unwrap_or(0);
        assert!(widest <= columns && widest > columns - 30, "{widest} of {columns}\n{shown}");
    }
}

#[test]
fn a_terminal_gets_colour_unless_it_is_dumb_or_nobody_wants_it() {
    let world = World::new();
    for (colour, line) in [
        (true, "flakehist --no-pager log"),
        (false, "TERM=dumb flakehist --no-pager log"),
        (false, "NO_COLOR=1 flakehist --no-pager log"),
        (false, "CLICOLOR=0 flakehist --no-pager log"),
        (false, "flakehist --no-pager log --color never"),
        (true, "NO_COLOR=1 flakehist --no-pager log --color always"),
        (false, "git config color.ui never; flakehist --no-pager log"),
        (true, "git config flakehist.color always; flakehist --no-pager log"),
    ] {
        let Some(shown) = on_a_terminal(&world, line) else { return };
        assert!(shown.contains("COMMIT"), "{line}\n{shown}");
        assert_eq!(shown.contains('\x1b'), colour, "{line}\n{shown}");
    }
}

#[test]
fn a_terminal_that_knows_only_ascii_gets_our_signs_in_it() {
    let world = World::new();
    let log = "flakehist --no-pager log -n 2";
    let Some(usual) = on_a_terminal(&world, log) else { return };
    assert!(usual.contains("42●▸") && usual.contains('…'), "{usual}");
    for locale in ["LC_ALL=C", "LANG=de_DE.ISO-8859-1", "LC_ALL= LC_CTYPE=POSIX"] {
        let text = on_a_terminal(&world, &format!("{locale} {log}")).unwrap();
        assert!(text.contains("42*>") && text.is_ascii(), "{locale}: {text}");
    }
    let plan = on_a_terminal(&world, "LC_ALL=C flakehist restore lock~1 --dry-run").unwrap();
    assert!(plan.contains("-7 days") && plan.is_ascii(), "{plan}");
    // What is for programs is not ours to change.
    world.shell("git config flakehist.rebuild 'sh Zoë→b'");
    let data = on_a_terminal(&world, "LC_ALL=C flakehist doctor --json").unwrap();
    assert!(data.contains("Zoë→b"), "{data}");
    // In a pipe the bytes are what they are everywhere.
    assert!(text(&world.shell(&format!("LC_ALL=C {log}")).stdout).contains("42●▸"));
}

#[test]
fn a_dumb_terminal_is_not_paged_unless_somebody_wants_it() {
    let world = World::new();
    world.shell("mkdir ../bin; printf '#!/bin/sh\\necho paged; cat\\n' >../bin/less; chmod +x ../bin/less");
    for (setting, paged) in [("TERM=dumb", false), ("TERM=dumb PAGER=less", true), ("TERM=xterm", true)] {
        let line = format!("PATH=$PWD/../bin:$PATH {setting} flakehist log -n 1");
        let Some(text) = on_a_terminal(&world, &line) else { return };
        assert_eq!(text.starts_with("paged"), paged, "{setting}: {text}");
    }
}

#[test]
fn on_a_narrow_terminal_the_status_is_broken_between_words() {
    let world = World::new();
    let words = |line: &str| -> Vec<String> {
        let output = world.shell(&format!("git checkout -q main~2; {line}"));
        let shown = text(&output.stdout);
        assert!(!line.contains("COLUMNS=50") || shown.lines().all(|line| width(line) <= 50), "{shown}");
        shown.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(words("COLUMNS=50 flakehist status"), words("flakehist status"));
}
