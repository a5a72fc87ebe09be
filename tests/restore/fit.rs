//! Old locks and newer flake.nix: what Nix would not take as it is goes back, and is named.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::machine::Machine;
use super::support::{Outcome, program};

/// Somebody who hands out a file over HTTP, and counts how often.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn of(file: Vec<u8>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = Arc::clone(&server.asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                asked.fetch_add(1, Ordering::SeqCst);
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", file.len()).unwrap();
                stream.write_all(b"Content-Type: application/gzip\r\nConnection: close\r\n\r\n").unwrap();
                stream.write_all(&file).unwrap();
            }
        });
        server
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

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
fn what_is_gone_from_the_store_is_not_fetched_either() {
    let Some(machine) = Machine::alone() else { return };
    // An input with a `follows` of its own is looked into again by every Nix, so it has to be there.
    let served = machine.beside("served");
    std::fs::create_dir_all(served.join("desk")).unwrap();
    let (nixpkgs, extra) = (machine.url("nixpkgs"), machine.url("extra"));
    let flake = format!(
        "{{ inputs.nixpkgs.url = \"{nixpkgs}\"; inputs.other.follows = \"nixpkgs\"; outputs = _: {{ }}; }}\n"
    );
    std::fs::write(served.join("desk/flake.nix"), flake).unwrap();
    let mut tar = program("tar".as_ref());
    tar.current_dir(&served).args(["-czf", "desk.tar.gz", "desk"]);
    Outcome::of(tar, b"").success();
    let server = Server::of(std::fs::read(served.join("desk.tar.gz")).unwrap());
    machine.write_flake(&format!(
        "nixpkgs.url = \"{nixpkgs}\"; extra.url = \"{extra}\"; desk.url = \"http://{}/desk.tar.gz\";",
        server.address
    ));
    machine.git(["add", "--all"]);
    machine.tell("nix", ["flake", "lock"]);
    machine.commit("desk");
    let asked = server.asked();
    assert_ne!(asked, 0);
    let lock = machine.lock();
    machine.write("flake.lock", format!("{lock}\n"));
    machine.forget();
    let outcome = machine.run(["restore", "HEAD", "--no-rebuild", "--yes"]).success();
    assert_eq!((machine.lock(), server.asked()), (lock, asked), "{outcome}");
    assert!(outcome.err().contains("Nix could not say"), "{outcome}");
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
