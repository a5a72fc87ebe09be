//! Ends of an activation: judged by what the machine is afterwards, not only by the exit code.

use super::machine::{Machine, Mode};

/// How an activation ends, whether it has switched the system by then, and how `restore` ends.
type Case = (Mode, i32, bool, i32);

const CASES: &[Case] = &[
    (Mode::Classic, 1, false, 6),
    (Mode::Classic, 2, false, 6),
    (Mode::Classic, 4, true, 4),
    (Mode::Ng, 1, false, 6),
    (Mode::Ng, 2, false, 6),
    // It was switched to, so going back behind its back would leave a lock that does not run.
    (Mode::Ng, 2, true, 4),
    (Mode::Ng, 4, true, 4),
    // The boot loader has it, and it needs a restart.
    (Mode::Ng, 100, false, 4),
];

#[test]
fn each_end_is_told_for_what_it_is() {
    let Some(machine) = Machine::new() else { return };
    let mut expected = 2;
    for &(mode, code, switched, ends) in CASES {
        machine.rebuild(mode);
        machine.write("flake.lock", &machine.second);
        machine.tell("nix-env", ["-p", machine.profile().to_str().unwrap(), "--switch-generation", "2"]);
        std::os::unix::fs::symlink(machine.system_of(2), machine.beside("run/next")).unwrap();
        std::fs::rename(machine.beside("run/next"), machine.beside("run/current-system")).unwrap();
        machine.activations_end(code, switched);
        let outcome = machine.run(["restore", "HEAD~1", "--yes"]);
        let case = format!("{mode:?} {code} {switched}\n{outcome}");
        assert_eq!(outcome.status, Some(ends), "{case}");
        expected = expected.max(3);
        assert_eq!(machine.generation(), expected, "{case}");
        let entry = machine.entry();
        if ends == 4 {
            assert_eq!(machine.lock(), machine.first, "{case}");
            assert_eq!(entry["result"], "switched with complaints", "{case}");
            continue;
        }
        assert_eq!(machine.lock(), machine.second, "{case}");
        assert_eq!(entry["result"], "put back, system moved", "{case}");
        // The two commands do what they are given for.
        machine.activations_end(0, true);
        let commands: Vec<&str> = outcome
            .err()
            .lines()
            .filter_map(|line| {
                let start = line.find("sudo ").or_else(|| line.find("nix-env "))?;
                let end = line.rfind('`').filter(|end| *end > start).unwrap_or(line.len());
                Some(line[start..end].trim_start_matches("sudo "))
            })
            .chain(outcome.err().lines().filter_map(|line| {
                let start = line.find('/').filter(|_| line.contains("/bin/switch-to-configuration"))?;
                (!line.contains("sudo ")).then(|| line[start..].trim_end_matches('`'))
            }))
            .collect();
        assert_eq!(commands.len(), 2, "{case}\n{commands:?}");
        machine.tell("bash", ["-ec", &commands.join("\n")]);
        assert_eq!(machine.generation(), 2, "{case}");
        assert_eq!(machine.running(), machine.system_of(2), "{case}");
    }
}

#[test]
fn a_test_that_fails_leaves_no_generation() {
    let Some(machine) = Machine::new() else { return };
    for mode in [Mode::Classic, Mode::Ng] {
        machine.rebuild(mode);
        machine.activations_end(1, false);
        machine.run(["restore", "HEAD~1", "--yes", "--action", "test"]).failure(3, "");
        assert_eq!((machine.lock(), machine.generation()), (machine.second.clone(), 2));
    }
    // Switched to all the same.
    machine.activations_end(4, true);
    machine.run(["restore", "HEAD~1", "--yes", "--action", "test"]).failure(4, "");
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 2));
}

#[test]
fn a_lock_is_kept_when_asked_though_the_activation_failed() {
    let Some(machine) = Machine::new() else { return };
    machine.rebuild(Mode::Ng);
    machine.activations_end(2, false);
    machine.run(["restore", "HEAD~1", "--yes", "--on-failure", "keep"]).failure(5, "");
    assert_eq!(machine.lock(), machine.first);
    assert_eq!(machine.entry()["result"], "kept");
}
