//! Single inputs of an earlier lock: put into today's, written as Nix writes, built and undone like any other.

use serde_json::{Value, json};

use super::machine::Machine;
use super::place::{Place, numbered, same};

/// The revisions of both inputs in a lock.
fn revs(lock: &str) -> [String; 2] {
    let lock: Value = serde_json::from_str(lock).unwrap();
    ["nixpkgs", "extra"].map(|name| lock["nodes"][name]["locked"]["rev"].as_str().unwrap().to_owned())
}

fn expected(machine: &Machine, nixpkgs: usize, extra: usize) -> [String; 2] {
    [machine.rev("nixpkgs", nixpkgs).to_owned(), machine.rev("extra", extra).to_owned()]
}

/// Nix has nothing to change about the lock.
fn nix_leaves_it(machine: &Machine) {
    let before = machine.lock();
    machine.tell("nix", ["flake", "lock", "--no-update-lock-file"]);
    machine.tell("nix", ["flake", "lock"]);
    assert_eq!(machine.lock(), before);
}

#[test]
fn one_input_goes_back_and_the_other_stays() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.run(["restore", "HEAD~1", "--input", "extra", "--yes"]).success();
    assert!(outcome.out().contains("Restore extra in flake.lock to "), "{outcome}");
    assert_eq!(revs(&machine.lock()), expected(&machine, 1, 0), "{outcome}");
    assert_eq!(machine.generation(), 3, "{outcome}");
    assert!(outcome.err().contains("generation 3 runs, built with extra of "), "{outcome}");
    nix_leaves_it(&machine);
    let told = machine.told(3);
    assert_eq!(told["lockId"], machine.git(["hash-object", "flake.lock"]), "{told}");
    assert_eq!(machine.entry()["target"], "HEAD~1 --input extra");

    machine.run(["undo", "--yes"]).success();
    assert_eq!(machine.lock(), machine.second);
}

#[test]
fn all_but_one_is_the_other_way_round() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.run(["restore", "HEAD~1", "--except", "extra", "--no-rebuild", "--yes"]).success();
    assert_eq!(revs(&machine.lock()), expected(&machine, 0, 1), "{outcome}");
    nix_leaves_it(&machine);
    // Both together are the whole lock.
    machine.run(["restore", "HEAD~1", "--input", "extra", "--no-rebuild", "--yes"]).success();
    assert_eq!(machine.lock(), machine.first);
}

#[test]
fn inputs_are_named_once_however_they_were_asked_for() {
    let Some(machine) = Machine::new() else { return };
    let words = ["--input", "nixpkgs/", "--input", "extra", "--input", "/extra", "--input", "nixpkgs"];
    let outcome =
        machine.run([&["restore", "HEAD~1", "--no-rebuild", "--yes"], &words[..]].concat()).success();
    assert!(outcome.out().contains("Restore extra, nixpkgs in flake.lock to "), "{outcome}");
    assert_eq!(machine.entry()["target"], "HEAD~1 --input extra --input nixpkgs");
    assert_eq!(machine.lock(), machine.first);

    // Of what is there no more is said than was asked for.
    machine.pin(0, 1);
    let outcome = machine.run(["restore", "HEAD~1", "--input", "nixpkgs", "--no-rebuild"]).success();
    assert!(outcome.out().starts_with("flake.lock has nixpkgs of "), "{outcome}");
    assert!(outcome.out().contains("Nothing is to be done."), "{outcome}");
}

#[test]
fn where_nothing_can_be_restored_the_reasons_are_told() {
    let Some(machine) = Machine::new() else { return };
    let before = machine.snapshot();
    let args = ["restore", "HEAD~1", "--except", "nixpkgs", "--except", "extra", "--yes"];
    let outcome = machine.run(args).failure(1, "there is no input left to restore");
    same(&before, &machine.snapshot(), &outcome);
    std::fs::write(machine.beside("then"), machine.first.replace("extra", "another")).unwrap();
    let then = machine.beside("then");
    let args = ["restore", then.to_str().unwrap(), "--except", "nixpkgs", "--yes"];
    let outcome = machine.run(args).failure(1, "there is no input left to restore");
    assert!(outcome.err().contains("`extra` stays as it is: it was no input then"), "{outcome}");
}

#[test]
fn a_part_of_an_update_that_is_not_committed_goes_back() {
    let Some(machine) = Machine::new() else { return };
    machine.pin(0, 0);
    assert_eq!(revs(&machine.lock()), expected(&machine, 0, 0));
    machine.run(["restore", "HEAD", "--input", "nixpkgs", "--no-rebuild", "--yes"]).success();
    assert_eq!(revs(&machine.lock()), expected(&machine, 1, 0));
    machine
        .run(["restore", "HEAD", "--input", "nixpkgs", "--input", "extra", "--no-rebuild", "--yes"])
        .success();
    assert_eq!(machine.lock(), machine.second);
}

#[test]
fn the_commit_names_the_inputs() {
    let Some(machine) = Machine::new() else { return };
    machine.run(["restore", "HEAD~1", "--input", "extra", "--commit", "--yes"]).success();
    let subject = machine.git(["log", "-1", "--format=%s"]);
    let short = machine.git(["rev-parse", "--short=7", "HEAD~2"]);
    assert!(subject.starts_with(&format!("flake.lock: restore extra to {short}")), "{subject}");
    let body = machine.git(["log", "-1", "--format=%b"]);
    assert!(body.contains("'extra'") && !body.contains("'nixpkgs'"), "{body}");
    assert_eq!(machine.git(["status", "--porcelain"]), "");
}

#[test]
fn printing_changes_nothing_and_is_what_would_be_written() {
    let Some(machine) = Machine::new() else { return };
    let before = machine.snapshot();
    let printed = machine.run(["restore", "HEAD~1", "--input", "extra", "--print"]).success();
    same(&before, &machine.snapshot(), &printed);
    machine.run(["restore", "HEAD~1", "--input", "extra", "--no-rebuild", "--yes"]).success();
    assert_eq!(printed.out(), machine.lock());

    // The same of two files in no repository, and with no Nix to ask.
    let outside = machine.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("now"), &machine.second).unwrap();
    std::fs::write(outside.join("then"), &machine.first).unwrap();
    let of_files = |target: &str| {
        machine
            .flakehist_in(&outside, ["--lock", "now", "restore", target, "--input", "extra", "--print"])
            .run()
    };
    assert_eq!(of_files("then").success().out(), printed.out());
    assert_eq!(of_files("./then").success().out(), printed.out());
    of_files("none").failure(1, "`flakehist --lock NOW restore THEN --input INPUT --print`");
}

#[test]
fn what_cannot_be_restored_is_refused_with_the_way_out() {
    let Some(machine) = Machine::new() else { return };
    // The reference of extra changes, and then it moves once more.
    let other = format!("{}&submodules=0", machine.url("extra"));
    machine.write_flake(&format!(
        "nixpkgs.url = \"{}\"; extra.url = \"{other}\"; same.follows = \"nixpkgs\";",
        machine.url("nixpkgs")
    ));
    machine.git(["add", "--all"]);
    machine.tell("nix", ["flake", "lock"]);
    machine.commit("another reference");
    let before = machine.snapshot();
    for (args, says) in [
        (&["HEAD~2", "--input", "extra"][..], "is declared as "),
        (&["HEAD~2", "--input", "same"], "it follows `nixpkgs`"),
        (&["HEAD~2", "--input", "nosuch"], "`nosuch` is no input"),
        (&["HEAD~2", "--input", "extra/x"], "`extra/x` is no input"),
    ] {
        let outcome = machine.run([&["restore", "--yes"], args].concat()).failure(1, says);
        assert!(outcome.err().contains("hint: "), "{outcome}");
        same(&before, &machine.snapshot(), &outcome);
    }
    let outcome = machine
        .run(["restore", "HEAD~2", "--input", "extra", "--keep-original", "--no-rebuild", "--yes"])
        .success();
    assert_eq!(revs(&machine.lock())[1], machine.rev("extra", 0), "{outcome}");
    nix_leaves_it(&machine);
    machine.run(["restore", "HEAD", "--input", "a", "--except", "b"]).failure(2, "--except");
    machine.run(["restore", "HEAD", "--keep-original"]).failure(2, "--keep-original");
}

/// A lock with nixpkgs in this state, asked for from a group at GitLab that is spelled so.
fn of_group(state: u64, group: &str) -> String {
    let mut lock: Value = serde_json::from_str(&numbered(state)).unwrap();
    lock["nodes"]["nixpkgs"]["original"] = json!({ "type": "gitlab", "owner": group, "repo": "nixpkgs" });
    format!("{lock:#}\n")
}

#[test]
fn the_nearest_lock_with_the_reference_of_today_is_offered() {
    let place = Place::new();
    let locks = [
        numbered(1),
        numbered(2),
        // As Nix before 2.26 wrote it.
        of_group(3, "a%2Fb"),
        of_group(4, "a/b"),
        of_group(5, "a/b"),
    ];
    let commits = locks.each_ref().map(|lock| {
        place.write("flake.lock", lock);
        place.commit("lock");
        place.git(["rev-parse", "--short=7", "HEAD"])
    });
    let restore = ["restore", &commits[1], "--input", "nixpkgs", "--no-rebuild", "--yes"];
    let outcome =
        place.run(restore).failure(1, "is declared as gitlab:a%2Fb/nixpkgs now, and was github:example");
    assert!(outcome.err().contains(&format!("as today is `{}` of ", commits[2])), "{outcome}");
    assert_eq!(place.lock(), locks[4]);
    // It is one that can be restored, under the spelling of today.
    place.run(["restore", &commits[2], "--input", "nixpkgs", "--no-rebuild", "--yes"]).success();
    let node = |lock: &str| serde_json::from_str::<Value>(lock).unwrap()["nodes"]["nixpkgs"].clone();
    assert_eq!(node(&place.lock()), node(&of_group(3, "a/b")));
    // The other way out, with its warning.
    let outcome = place.run([&restore[..], &["--keep-original"]].concat()).success();
    assert!(
        outcome.out().contains("and stays declared as gitlab:a%2Fb/nixpkgs, which it may not"),
        "{outcome}"
    );
    let made = node(&place.lock());
    assert_eq!(made["original"], node(&locks[4])["original"]);
    assert_eq!(made["locked"], node(&locks[1])["locked"]);
}

#[test]
fn without_nix_what_flake_nix_overrides_is_guessed_and_the_plan_says_so() {
    let place = Place::new();
    let home = |state: u64, below: Value| {
        let mut lock: Value = serde_json::from_str(&numbered(state)).unwrap();
        let nodes = lock["nodes"].as_object_mut().unwrap();
        let mut node = nodes["nixpkgs"].clone();
        nodes.insert("below".to_owned(), node.clone());
        node["inputs"] = json!({ "nixpkgs": below });
        nodes.insert("home".to_owned(), node);
        nodes["root"]["inputs"]["home"] = json!("home");
        format!("{lock:#}\n")
    };
    for lock in [home(1, json!("below")), home(2, json!(["nixpkgs"]))] {
        place.write("flake.lock", lock);
        place.commit("lock");
    }
    let outcome = place.run(["restore", "HEAD~1", "--input", "home", "--no-rebuild", "--yes"]).success();
    for said in [
        "flake.nix was not read",
        "is guessed from the current lock",
        "`home/nixpkgs` follows `nixpkgs`, as today",
    ] {
        assert!(outcome.out().contains(said), "{said}: {outcome}");
    }
    let made: Value = serde_json::from_str(&place.lock()).unwrap();
    assert_eq!(made["nodes"]["home"]["inputs"], json!({ "nixpkgs": ["nixpkgs"] }));
    assert!(made["nodes"].get("below").is_none(), "what nothing leads to is gone");
}
