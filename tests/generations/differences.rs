//! `flakehist diff` between generations, and beside what a real Nix prints when it changes a lock.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::repository::{Repository, finished, program};
use super::site::Site;
use super::system::{System, lock, rev};

/// Three generations, each built at a commit of its own.
fn machine() -> Repository {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    for number in [1, 2, 3] {
        let letter = char::from_digit(number, 10).unwrap();
        let date = 1_748_772_000 + u64::from(number) * 86_400;
        repository.write(
            "flake.lock",
            &lock(&[("nixpkgs", &rev(letter), date), ("extra", &rev('a'), 1_748_772_000)]),
        );
        let date = format!("2025-06-0{number}T12:00:00Z");
        let commit = repository.commit(&date, "update");
        let system = System::nixos(&repository, letter, &rev(letter), &commit);
        repository.generation(u64::from(number), &system.path, &date);
    }
    repository.stand_on(3);
    repository
}

#[test]
fn two_generations_compare_as_their_locks_do() {
    let repository = machine();
    let generations = repository.run(&["diff", "gen:1", "gen:3"]).good();
    assert!(generations.contains(", the lock of generation 1 (exact)\n"), "{generations}");
    assert!(generations.contains(", the lock of generation 3 (exact)\n"), "{generations}");
    assert!(generations.contains("  +2 days\n\n1 input changed: 1 updated\n"), "{generations}");
    let changes = |arguments: &[&str]| {
        let json = repository.run(&[&["diff", "--json"], arguments].concat()).json();
        json["changes"].clone()
    };
    assert_eq!(changes(&["gen:1..gen:3"]), changes(&["HEAD~2", "HEAD"]));
    assert_eq!(changes(&["gen:1"]), changes(&["HEAD~2"]));
    assert_eq!(changes(&["gen:-1..gen:current"]), changes(&["HEAD~1..HEAD"]));
    let back = repository.run(&["diff", "HEAD", "gen:1"]).good();
    assert!(back.contains("↓ nixpkgs") && back.contains("-2 days, back in time"), "{back}");
    let json = repository.run(&["diff", "--json", "gen:2", "HEAD"]).json();
    assert_eq!(json["from"]["remark"], "the lock of generation 2 (exact)");
    assert_eq!((&json["from"]["confidence"], &json["to"]["confidence"]), (&"exact".into(), &Value::Null));
}

#[test]
fn of_a_generation_that_no_lock_fits_what_is_known_is_compared() {
    let repository = machine();
    let system =
        System::new(&repository, 'f', "nixos-system-host").file("nixos-version", "25.05.20250601.abcdef1");
    repository.generation(4, system.path, "2025-06-09T12:00:00Z");
    let document = repository.run(&["diff", "gen:4", "HEAD", "--json"]).json();
    assert_eq!(document["from"]["confidence"], "none");
    let text = repository.run(&["diff", "gen:4", "HEAD"]).good();
    assert!(
        text.starts_with("from  generation 4, reconstructed: no lock in this repository fits\n"),
        "{text}"
    );
    assert!(text.contains("\n  nixpkgs ") && text.contains(" abcdef1 → "), "{text}");
    assert!(
        text.ends_with("1 input changed: 1 updated\nonly root inputs are compared, and not extra\n"),
        "{text}"
    );
    let json = repository.run(&["diff", "--json", "gen:4"]).json();
    assert_eq!(
        (&json["from"]["state"], &json["unknown"]),
        (&"reconstructed".into(), &serde_json::json!(["extra"]))
    );
    assert_eq!(json["changes"][0]["from"]["rev"], "abcdef1");
    // Also from a lock to it, and between two such.
    let system =
        System::new(&repository, 'e', "nixos-system-host").file("nixos-version", "25.05.20250601.abcdef1");
    repository.generation(5, system.path, "2025-06-10T12:00:00Z");
    assert!(repository.run(&["diff", "HEAD", "gen:4"]).good().contains(" → "));
    assert!(repository.run(&["diff", "gen:4", "gen:5"]).good().contains("\nno difference\n"));
    for form in ["--nix", "--patch"] {
        let run = repository.run(&["diff", "gen:4", form]);
        assert!(run.code == 1 && run.err.contains("that of `gen:4` is not known"), "{run:?}");
    }
}

/// A flake in a repository of its own.
struct Upstream<'s> {
    site: &'s Site,
    name: &'static str,
}

impl Upstream<'_> {
    fn new<'s>(site: &'s Site, name: &'static str) -> Upstream<'s> {
        std::fs::create_dir(site.path(name)).unwrap();
        finished(program("git", &site.path(name)).args(["init", "--quiet", "--initial-branch=main"]));
        Upstream { site, name }
    }

    /// Commits a state that has these inputs.
    fn commit(&self, date: &str, inputs: &str) -> &Self {
        let folder = self.site.path(self.name);
        std::fs::write(folder.join("flake.nix"), format!("{{ {inputs} outputs = _: {{ }}; }}\n")).unwrap();
        std::fs::write(folder.join("state"), date).unwrap();
        self.lock(&folder);
        let mut git = program("git", &folder);
        git.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        finished(git.args(["commit", "--quiet", "--message", date]));
        self
    }

    fn lock(&self, folder: &Path) {
        let add = || finished(program("git", folder).args(["add", "--all"]));
        add();
        finished(self.site.nix("nix").current_dir(folder).args(["flake", "update"]));
        add();
    }

    fn url(&self) -> String {
        format!("git+file://{}?ref=main", self.site.path(self.name).display())
    }
}

#[test]
fn nix_prints_the_same() {
    let Some(site) = Site::new() else { return };
    let leaf = Upstream::new(&site, "leaf");
    leaf.commit("2025-01-01T00:00:00Z", "");
    let middle = Upstream::new(&site, "middle");
    middle.commit("2025-02-01T00:00:00Z", &format!("inputs.leaf.url = \"{}\";", leaf.url()));
    let plain = |rest: &str| {
        format!("inputs.leaf.url = \"{}\"; inputs.middle.url = \"{}\"; {rest}", leaf.url(), middle.url())
    };
    let follows = plain("inputs.middle.inputs.leaf.follows = \"leaf\";");
    let renamed = format!(
        "inputs.other.url = \"{}\"; inputs.middle.url = \"{}\"; inputs.again.follows = \"middle/leaf\";",
        leaf.url(),
        middle.url()
    );
    std::fs::create_dir(site.path("folder")).unwrap();
    let pinned = plain(&format!(
        "inputs.source = {{ url = \"{}&rev={}\"; flake = false; }};
         inputs.folder = {{ url = \"path:{}\"; flake = false; }};",
        site_url(&site),
        site.extra[0],
        site.path("folder").display()
    ));
    let version = finished(site.nix("nix").arg("--version"));
    let minor: u32 = version.trim().rsplit(' ').next().unwrap().split('.').nth(1).unwrap().parse().unwrap();
    // Before 2.20 Nix escaped other characters in URLs.
    let spelled = |text: &str| match minor {
        20.. => text.to_owned(),
        _ => ["%2f/", "%2F/", "%2b+", "%2B+", "%3d=", "%3D="]
            .iter()
            .fold(text.to_owned(), |text, pair| text.replace(&pair[..3], &pair[3..])),
    };
    let mut printed = 0;
    for (number, inputs) in
        [plain(""), follows.clone(), follows, renamed.clone(), plain(""), pinned.clone(), pinned, renamed]
            .iter()
            .enumerate()
    {
        if number == 2 {
            leaf.commit("2025-03-01T12:00:00Z", "");
            middle.commit(
                "2025-03-02T00:00:00Z",
                &format!("inputs.leaf.url = \"{}\"; inputs.more.url = \"{}\";", leaf.url(), leaf.url()),
            );
        }
        std::fs::write(site.path("folder/number"), number.to_string()).unwrap();
        if number == 6 {
            // As in the store: a date that means nothing is printed, too.
            for path in ["folder/number", "folder"] {
                let file = std::fs::File::open(site.path(path)).unwrap();
                file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
            }
        }
        let old = site.path("old.lock");
        // Of the first lock it only says that it creates one.
        let is_first = std::fs::copy(site.path("config/flake.lock"), &old).is_err();
        site.write("flake.nix", &format!("{{ {inputs} outputs = _: {{ }}; }}\n"));
        site.git(&["add", "--all"]);
        let nix = site.nix("nix").args(["flake", "update"]).output().unwrap();
        let said = String::from_utf8(nix.stderr).unwrap();
        assert!(nix.status.success(), "{said}");
        site.git(&["add", "--all"]);
        if is_first {
            continue;
        }
        let bullets = said.find('•').map_or("", |at| &said[at..]);
        let ours = site.run(&["diff", old.to_str().unwrap(), "worktree", "--nix"]).good();
        assert_eq!(spelled(&ours), spelled(bullets), "step {number}: {said}");
        printed += bullets.matches('•').count();
        assert_eq!(bullets.contains("(1970-01-01)"), number == 6, "step {number}: {bullets}");
    }
    assert!(printed > 15, "only {printed} changes");
}

fn site_url(site: &Site) -> String {
    format!("git+file://{}?ref=main", site.path("extra").display())
}
