//! Old locks and newer flake.nix: what Nix would not take as it is goes back, and is named.

use super::machine::Machine;

/// Another flake.nix than the one the first lock was made for, committed with a lock that fits.
fn outgrown(machine: &Machine, inputs: &str, arguments: &[&str]) {
    machine.write_flake(inputs);
    machine.git(["add", "--all"]);
    machine.tell("nix", [&["flake", "lock"], arguments].concat());
    machine.commit("other inputs");
}

/// Refuses the first lock, names this input, and takes it with `--relock`.
fn refused_and_relocked(machine: &Machine, input: &str) -> serde_json::Value {
    let (lock, before) = (machine.lock(), machine.machine());
    // A dry run says so as well.
    let plan = machine.run(["restore", "HEAD~2", "--dry-run"]).failure(1, input);
    assert!(plan.out().contains(&format!("`{input}`")) && plan.out().contains("flake.nix"), "{plan}");
    // Before anything is written.
    let outcome = machine.run(["restore", "HEAD~2", "--yes"]).failure(1, input);
    assert!(outcome.err().contains("--relock"), "{outcome}");
    assert_eq!(machine.lock(), lock, "{outcome}");
    assert_eq!(machine.machine(), before, "{outcome}");
    assert_eq!(machine.calls(), [""; 0], "{outcome}");
    assert_eq!(machine.run(["journal", "--json"]).success().json(), serde_json::json!([]), "{outcome}");
    assert_eq!(machine.git(["status", "--porcelain"]), "", "{outcome}");

    let outcome = machine.run(["restore", "HEAD~2", "--yes", "--relock"]).success();
    assert_eq!(machine.generation(), 3, "{outcome}");
    let lock: serde_json::Value = serde_json::from_str(&machine.lock()).unwrap();
    // What was in the old lock is as it was.
    assert_eq!(lock["nodes"]["nixpkgs"]["locked"]["rev"], machine.rev("nixpkgs", 0), "{lock}");
    assert_eq!(machine.run(["journal", "--json"]).success().json()[0]["lockIs"], "after");
    lock
}

#[test]
fn an_input_was_added_since() {
    let Some(machine) = Machine::new() else { return };
    let url = |name| machine.url(name);
    let inputs = format!(
        "nixpkgs.url = \"{}\"; extra.url = \"{}\"; more.url = \"{}\";",
        url("nixpkgs"),
        url("extra"),
        url("extra")
    );
    outgrown(&machine, &inputs, &[]);
    let lock = refused_and_relocked(&machine, "more");
    assert_eq!(lock["nodes"]["extra"]["locked"]["rev"], machine.rev("extra", 0), "{lock}");
    assert!(lock["nodes"]["more"]["locked"]["rev"].is_string(), "{lock}");
}

#[test]
fn an_input_was_removed_since() {
    let Some(machine) = Machine::new() else { return };
    outgrown(&machine, &format!("nixpkgs.url = \"{}\";", machine.url("nixpkgs")), &[]);
    let lock = refused_and_relocked(&machine, "extra");
    assert!(lock["nodes"]["extra"].is_null(), "{lock}");
}

#[test]
fn the_url_of_an_input_was_changed_since() {
    let Some(machine) = Machine::new() else { return };
    let extra = machine.url("extra").replace("?ref=main", "?ref=HEAD");
    outgrown(
        &machine,
        &format!("nixpkgs.url = \"{}\"; extra.url = \"{extra}\";", machine.url("nixpkgs")),
        &[],
    );
    refused_and_relocked(&machine, "extra");
}

#[test]
fn an_input_of_an_input_follows_another_since() {
    let Some(machine) = Machine::new() else { return };
    let desk = machine.beside("desk");
    std::fs::create_dir(&desk).unwrap();
    let (nixpkgs, extra) = (machine.url("nixpkgs"), machine.url("extra"));
    let flake = format!("{{ inputs.nixpkgs.url = \"{nixpkgs}\"; outputs = _: {{ }}; }}\n");
    std::fs::write(desk.join("flake.nix"), flake).unwrap();
    for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "desk"]] {
        machine.scratch.git_in(&desk, args);
    }
    let desk = format!("desk.url = \"git+file://{}\";", desk.display());
    let inputs = format!("nixpkgs.url = \"{nixpkgs}\"; extra.url = \"{extra}\"; {desk}");
    let follows = "desk.inputs.nixpkgs.follows = \"nixpkgs\";";
    outgrown(&machine, &inputs, &[]);
    let own = machine.lock();
    outgrown(&machine, &format!("{inputs} {follows}"), &[]);
    for told in ["`desk/nixpkgs` follows nixpkgs in flake.nix", "`desk/nixpkgs` follows nothing in flake.nix"]
    {
        let lock = machine.lock();
        let outcome = machine.run(["restore", "HEAD~1", "--yes"]).failure(1, told);
        assert_eq!(machine.lock(), lock, "{outcome}");
        assert_eq!(machine.journal().len(), 0, "{outcome}");
        // And the other way round.
        machine.write_flake(&inputs);
        machine.write("flake.lock", &own);
        machine.commit("back");
    }
}

#[test]
fn what_lay_there_before_comes_back_though_it_does_not_fit() {
    let Some(machine) = Machine::new() else { return };
    outgrown(&machine, &format!("nixpkgs.url = \"{}\";", machine.url("nixpkgs")), &[]);
    machine.write("flake.lock", &machine.second);
    machine.run(["restore", "HEAD", "--no-rebuild", "--yes"]).success();
    // Nothing is built from it.
    let outcome = machine.run(["undo", "--yes", "--action", "build"]).failure(1, "extra");
    assert!(outcome.err().contains("`flakehist undo 1 --no-rebuild`"), "{outcome}");
    machine.run(["undo", "1", "--no-rebuild", "--yes"]).success();
    assert_eq!(machine.lock(), machine.second);
}

#[test]
fn a_lock_that_was_never_committed_survives_the_refusal() {
    let Some(machine) = Machine::new() else { return };
    outgrown(&machine, &format!("nixpkgs.url = \"{}\";", machine.url("nixpkgs")), &[]);
    let mine = machine.lock() + " \n";
    machine.write("flake.lock", &mine);
    machine.run(["restore", "HEAD~2", "--yes"]).failure(1, "extra");
    assert_eq!(machine.lock(), mine);
    // Who wants it all the same gets it, with the rebuild's own failure.
    let outcome = machine.run(["restore", "HEAD~2", "--yes", "--on-failure", "keep"]).failure(5, "");
    assert_eq!(machine.lock(), machine.first, "{outcome}");
    assert!(machine.keeps(&mine));
}

#[test]
fn nothing_is_fetched_to_find_out() {
    let Some(machine) = Machine::alone() else { return };
    let late = machine.beside("late");
    std::fs::create_dir(&late).unwrap();
    std::fs::write(late.join("flake.nix"), "{ outputs = { self }: { }; }\n").unwrap();
    std::fs::write(late.join("late-indeed"), "").unwrap();
    for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "late"]] {
        machine.scratch.git_in(&late, args);
    }
    // One that could be had, and one that could not.
    for url in [format!("git+file://{}", late.display()), "git+file:///none/such".to_owned()] {
        let (nixpkgs, extra) = (machine.url("nixpkgs"), machine.url("extra"));
        machine.write_flake(&format!(
            "nixpkgs.url = \"{nixpkgs}\"; extra.url = \"{extra}\"; more.url = \"{url}\";"
        ));
        let outcome = machine.run(["restore", "HEAD~1", "--yes"]).failure(1, "more");
        assert_eq!(machine.lock(), machine.second, "{outcome}");
        assert!(!machine.has_in_store("late-indeed"), "{outcome}");
    }
}

#[test]
fn a_generation_that_is_there_needs_no_fit() {
    let Some(machine) = Machine::new() else { return };
    let inputs = format!("nixpkgs.url = \"{}\";", machine.url("nixpkgs"));
    outgrown(&machine, &inputs, &[]);
    let outcome = machine.run(["restore", "gen:1", "--reactivate", "--yes"]).success();
    assert!(
        outcome.out().contains("`extra`") && outcome.out().contains("the lock of generation 1 ("),
        "{outcome}"
    );
    assert_eq!((machine.generation(), machine.lock()), (1, machine.first.clone()), "{outcome}");
    assert_eq!(machine.running(), machine.system_of(1), "{outcome}");
}
