//! Completion, as each shell asks for it: the scripts in `completions/` run in the shells themselves, where those are,
//! in the demo's repository. The one for Nushell is made from the arguments:
//! `BLESS=1 cargo test --test completions` writes it anew.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![expect(clippy::disallowed_methods, reason = "BLESS is asked for here, and the shells are started")]

mod program;

use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};
use flakehist::cli::args::Flakehist;

use program::{World, text};

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

/// The words offered for the last one, without their meanings.
fn offered(world: &World, line: &str) -> Vec<String> {
    let output = world.shell(&format!("flakehist completions bash -- {line}"));
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn what_is_there_is_offered() {
    let world = World::new();
    for (line, words) in [
        ("log --input=nixos", &["--input=nixos-hardware", "--input=nixos-hardware/nixpkgs"][..]),
        (
            "log --input ni",
            &[
                "nix-index-database",
                "nixos-hardware",
                "nixpkgs",
                "nix-index-database/nixpkgs",
                "nixos-hardware/nixpkgs",
            ],
        ),
        ("log --columns nixpkgs,so", &["nixpkgs,sops-nix", "nixpkgs,sops-nix/nixpkgs"]),
        ("show 51", &["51609b4"]),
        ("diff gen:37..gen:4", &["gen:37..gen:42", "gen:37..gen:41", "gen:37..gen:40"]),
        ("generations --explain run", &["running"]),
        ("log ni", &["niri"]),
        ("log main..ni", &["main..niri"]),
        ("-C nowhere show lo", &[]),
        ("--profile /none show gen:", &[]),
        ("undo ''", &[]),
    ] {
        assert_eq!(offered(&world, line), words, "{line}");
    }
    let output = world.shell("flakehist completions fish -- show 51");
    assert_eq!(text(&output.stdout), "51609b4\t2026-08-21 flake.lock: Update\n");
    assert!(world.shell("flakehist restore lock~1 --no-rebuild -y").status.success());
    let output = world.shell("flakehist completions fish -- undo ''");
    assert_eq!(text(&output.stdout), "1\t2026-08-29 restore lock~1\n");
}

#[test]
fn where_there_is_no_flake_only_what_is_known_is_offered() {
    let world = World::new();
    let offered = |line: &str| offered(&world, &format!("-C / {line}"));
    assert_eq!(offered("log --inp"), ["--input"]);
    assert!(offered("log --input ''").is_empty());
    assert!(offered("show ''").is_empty());
}

#[test]
fn no_name_becomes_a_command() {
    let world = World::new();
    let lock = r#"{"nodes":{"a":{"locked":{"type":"path","path":"/x","narHash":"sha256-1"},
        "original":{"type":"path","path":"/x"}},"root":{"inputs":{
        "good":"a","$(touch pwned)":"a","`x`":"a","a;b":"a","--all":"a"}}},"root":"root","version":7}"#;
    std::fs::write(world.demo().join("flake.lock"), lock).unwrap();
    let made = world.shell("git branch 'x$(touch,pwned)' && git branch 'x;y' && git branch x-y");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert_eq!(offered(&world, "log --input ''"), ["good"]);
    assert_eq!(offered(&world, "log x"), ["x-y"]);
}

/// The program of a shell, where it is on this machine; `PATH` is that of the tests.
fn shell(world: &World, name: &str) -> Option<std::process::Command> {
    let found = world.command(name).arg("-c").arg("exit 0").output();
    if found.is_err() {
        println!("skipped: {name} is not here");
        return None;
    }
    let mut command = world.command(name);
    command.current_dir(world.demo());
    Some(command)
}

fn said(command: &mut std::process::Command) -> String {
    let output = command.output().expect("it was there before");
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// What bash would put in place of the word at the cursor, after it took the line apart as readline does.
const ASK_BASH: &str = r#"
eval "$(flakehist completions bash)"
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMP_CWORD=-1
rest=$1
while [[ -n $rest ]]; do
    gap=${rest%%[![:space:]]*} rest=${rest#"${rest%%[![:space:]]*}"}
    if [[ $rest == [:=]* ]]; then word=${rest%%[!:=]*}; else word=${rest%%[[:space:]:=]*}; fi
    [[ -n $word || -n $gap ]] && COMP_WORDS+=("$word")
    rest=${rest#"$word"}
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_flakehist flakehist
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
fn bash_completes() {
    let world = World::new();
    if shell(&world, "bash").is_none() {
        return;
    }
    for (line, words) in [
        ("flakehist sh", "show\n"),
        ("flakehist log --input home-", "home-manager\nhome-manager/nixpkgs\n"),
        ("flakehist log --input=home-", "home-manager\nhome-manager/nixpkgs\n"),
        ("flakehist show gen:4", "42\n41\n40\n"),
        ("flakehist show gen:", "current\nrunning\nbooted\n42\n41\n40\n39\n38\n37\n36\n"),
        ("flakehist  diff  gen:37..gen:42", "42\n"),
        ("flakehist generations --explain boo", "booted\n"),
        ("flakehist completions ", "bash\nzsh\nfish\nnushell\n"),
        ("flakehist show ./fla", "\n"),
    ] {
        let mut bash = shell(&world, "bash").expect("it is here");
        let told = said(bash.args(["--norc", "-c", ASK_BASH, "bash", line]));
        let told = if line.ends_with("gen:") {
            told.lines().take(10).map(|l| format!("{l}\n")).collect()
        } else {
            told
        };
        assert_eq!(told, words, "{line}");
    }
}

#[test]
fn fish_completes() {
    let world = World::new();
    for (line, words) in [
        ("flakehist sh", "show\tShow one lock whole, as a tree of inputs\n"),
        ("flakehist log --utc --oneli", "--oneline\tOne short line a commit\n"),
        ("flakehist show gen:41", "gen:41\t2026-08-01\n"),
        ("flakehist log --input=sops-nix/", "--input=sops-nix/nixpkgs\n"),
        ("flakehist show ./flake.n", "./flake.nix\n"),
    ] {
        let Some(mut fish) = shell(&world, "fish") else { return };
        let ask = format!("flakehist completions fish | source; complete -C '{line}'");
        assert_eq!(said(fish.args(["--no-config", "-c", &ask])), words, "{line}");
    }
}

/// A terminal of zsh's own, in which Tab is pressed after each line and the line that became of it is printed.
const ASK_ZSH: &str = r#"
zmodload zsh/zpty
zpty asked 'PS1= zsh -f -i'
zpty -w asked 'unsetopt beep; bindkey -e; autoload -U compinit && compinit -D; eval "$(flakehist completions zsh)"'
zpty -w asked 'shown() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N shown; bindkey "^X" shown; print rea"dy"'
zpty -r asked answer '*ready*'
for line in "$@"; do
    zpty -w -n asked $line$'\t\C-x'
    zpty -r asked answer '*<*>*'
    print -r -- ${${answer##*<}%%>*}
done
zpty -d asked
"#;

#[test]
fn zsh_completes() {
    let world = World::new();
    let lines = [
        ("flakehist sh", "flakehist show "),
        ("flakehist log --input=sops-nix/", "flakehist log --input=sops-nix/nixpkgs "),
        ("flakehist show gen:41", "flakehist show gen:41 "),
        ("flakehist log --color=al", "flakehist log --color=always "),
        ("flakehist show ./flake.n", "flakehist show ./flake.nix "),
    ];
    let Some(mut zsh) = shell(&world, "zsh") else { return };
    zsh.args(["-f", "-c", ASK_ZSH, "zsh"]).args(lines.map(|(line, _)| line)).env("TERM", "dumb");
    let told = said(&mut zsh);
    assert_eq!(told.lines().collect::<Vec<_>>(), lines.map(|(_, became)| became), "{told}");
}

/// The beginning of Nushell's file. It wants every option declared, or would not complete its name.
const NUSHELL: &str = r#"# flakehist in Nushell, made from the definitions of the arguments. The values that can be completed are asked of the
# program itself: `flakehist completions nushell -- WORD…`.
#
# Of a declared command Nushell takes a `--` for an option. Write `^flakehist restore TARGET -- ARGUMENT` with the caret.

def "nu-complete flakehist" [context: string] {
    let words = ($context | str trim --left | split row --regex '\s+' | skip 1)
    let found = (do { ^flakehist completions nushell -- ...$words } | complete | get stdout | lines)
    # Where nothing fits, files do.
    if ($found | is-empty) { return null }
    let completions = ($found | each {|line|
        let parts = ($line | split row "\t")
        { value: ($parts | first), description: ($parts | skip 1 | str join) }
    })
    { options: { sort: false }, completions: $completions }
}
"#;

fn nushell() -> String {
    let mut top = Flakehist::command().disable_help_subcommand(true);
    top.build();
    let mut text = format!("{NUSHELL}\n{}", extern_of("flakehist", &top));
    for command in top.get_subcommands().filter(|command| !command.is_hide_set()) {
        for name in std::iter::once(command.get_name()).chain(command.get_visible_aliases()) {
            text.push_str(&format!("\n{}", extern_of(&format!("flakehist {name}"), command)));
        }
    }
    text
}

fn extern_of(name: &str, command: &Command) -> String {
    let mut lines = vec![format!("# {}", command.get_about().map(ToString::to_string).unwrap_or_default())];
    lines.push(format!("export extern \"{name}\" ["));
    for option in command.get_arguments().filter(|argument| !argument.is_positional()) {
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        lines.push(format!("    {} # {help}", declared(option)));
    }
    lines.push("    ...words: string@\"nu-complete flakehist\"\n]\n".to_owned());
    lines.join("\n")
}

/// `--input: string@…`, `--json`, `--patch(-p)`, `-C: path`.
fn declared(option: &Arg) -> String {
    let name = match (option.get_long(), option.get_short()) {
        (Some(long), Some(short)) => format!("--{long}(-{short})"),
        (Some(long), None) => format!("--{long}"),
        (None, short) => format!("-{}", short.expect("an option has a name")),
    };
    let shape = match option.get_value_names().and_then(<[_]>::first).map_or("", |name| name) {
        _ if !option.get_action().takes_values() => "",
        "DIR" | "FILE" => ": path",
        _ => ": string@\"nu-complete flakehist\"",
    };
    name + shape
}

#[test]
fn nushells_file_is_up_to_date() {
    let path = file("flakehist.nu");
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, nushell()).expect("the file can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == nushell(), "completions/flakehist.nu: `BLESS=1 cargo test --test completions`");
}

#[test]
fn nushell_completes() {
    let world = World::new();
    for (line, words) in [
        ("flakehist sh", "show=Show one lock whole, as a tree of inputs"),
        ("flakehist show gen:41", "gen:41=2026-08-01"),
        ("flakehist  log --input nixos-hardware/", "nixos-hardware/nixpkgs="),
        ("flakehist show ./flake.n", ""),
    ] {
        let Some(mut nu) = shell(&world, "nu") else { return };
        let ask = format!(
            "source '{}'\nlet found = (nu-complete flakehist '{line}')\n\
             if $found != null {{ $found.completions | each {{|it| $\"($it.value)=($it.description)\" }} | str join ' ' }}",
            file("flakehist.nu").display()
        );
        assert_eq!(said(nu.args(["--no-config-file", "-c", &ask])).trim_end(), words, "{line}");
    }
}
