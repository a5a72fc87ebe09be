//! A repository with made-up locks, a profile, and a rebuild that does what a test says; no Nix.

use std::ffi::OsStr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Flakehist, NOW, Outcome, Scratch, lock, program, variable};

/// What the programs in here may call by name. There is no Nix among them: where it is looked for on the `PATH`, it
/// is not found.
const TOOLS: &[&str] = &[
    "bash", "cat", "chmod", "cp", "env", "git", "id", "ln", "mkdir", "mktemp", "mv", "readlink", "rm",
    "rmdir", "sed", "sh", "sleep", "touch", "true", "uname",
];

/// A temporary folder with a repository in it and everything a restore looks at.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
    /// The repository, which is the flake's folder.
    pub(crate) folder: PathBuf,
}

impl Place {
    /// With an empty repository and a `nixos-rebuild` that only writes down how it was called.
    pub(crate) fn new() -> Self {
        Self::named("config")
    }

    /// The same with a repository in a folder of this name.
    pub(crate) fn named(name: impl AsRef<Path>) -> Self {
        let scratch = Scratch::without_repository();
        let folder = scratch.beside("").join(name);
        for new in ["bin", "profiles", "run", "systems"] {
            std::fs::create_dir(scratch.beside(new)).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        let config = scratch.home().join(".gitconfig");
        let settings = std::fs::read_to_string(&config).unwrap();
        let person = "[user]\n\tname = Ada Example\n\temail = ada@example.org\n";
        std::fs::write(config, settings + person).unwrap();
        let place = Self { scratch, folder };
        for name in TOOLS {
            place.borrow(name);
        }
        place.tool("nixos-rebuild", "");
        place.git(["init", "--quiet", "--template=", "--initial-branch=main"]);
        place
    }

    /// With three commits, each with its lock, and the third of them built: locks 1, 2 and 3.
    pub(crate) fn with_history() -> Self {
        let place = Self::new();
        place.history();
        place
    }

    pub(crate) fn history(&self) {
        for n in 1..=3 {
            self.commit_lock(n);
        }
        self.system(1);
        self.system(2);
        self.set(2);
    }

    /// Something beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.scratch.beside(name)
    }

    /// Makes a program of this machine one of this place's.
    pub(crate) fn borrow(&self, name: &str) {
        let found = installed(name).unwrap_or_else(|| panic!("there is no {name}"));
        symlink(found, self.beside("bin").join(name)).unwrap();
    }

    /// Puts a program on the `PATH`: it writes down its name, its folder and its arguments, keeps the lock it was
    /// called with, and goes on with these lines of shell, in which `$root` is the folder all is in.
    pub(crate) fn tool(&self, name: &str, lines: &str) {
        let root = self.beside("");
        let root = root.display();
        let text = format!(
            "#!/bin/bash\nroot={root}\n(printf '%q ' {name} \"$PWD\" \"$@\"; echo) >>$root/calls\n\
             [ ! -e flake.lock ] || cat flake.lock >$root/built\n{lines}\n"
        );
        self.program(&self.beside("bin").join(name), &text);
    }

    pub(crate) fn program(&self, path: &Path, text: &str) {
        if path.is_symlink() {
            std::fs::remove_file(path).unwrap();
        }
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// How the tools were called, a line for each: name, folder and arguments, quoted for a shell.
    pub(crate) fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.beside("calls")).unwrap_or_default();
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The lock that the last tool was called with.
    pub(crate) fn built(&self) -> String {
        std::fs::read_to_string(self.beside("built")).unwrap()
    }

    /// Makes a system by hand, and a generation of it with the same number.
    pub(crate) fn system(&self, n: u64) {
        let system = self.beside(&format!("systems/{n}"));
        std::fs::create_dir_all(system.join("bin")).unwrap();
        std::fs::write(system.join("nixos-version"), format!("{n}")).unwrap();
        let root = self.beside("");
        let (root, shown) = (root.display(), system.display());
        let switch = format!(
            "#!/bin/sh\necho \"$1 {n}\" >>{root}/activations\nln -sfn {shown} {root}/run/current-system\n"
        );
        self.program(&system.join("bin/switch-to-configuration"), &switch);
        symlink(&system, self.beside(&format!("profiles/system-{n}-link"))).unwrap();
    }

    /// Makes a generation the default and the running one.
    pub(crate) fn set(&self, n: u64) {
        let point = |link: PathBuf, target: PathBuf| {
            if link.is_symlink() {
                std::fs::remove_file(&link).unwrap();
            }
            symlink(target, link).unwrap();
        };
        point(self.profile(), PathBuf::from(format!("system-{n}-link")));
        point(self.beside("run/current-system"), self.beside(&format!("systems/{n}")));
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.beside("profiles/system")
    }

    /// What the profile points to, and what runs.
    pub(crate) fn machine(&self) -> (PathBuf, PathBuf) {
        let read = |link: PathBuf| std::fs::read_link(link).unwrap();
        (read(self.profile()), read(self.beside("run/current-system")))
    }

    /// Something in the repository.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// The lock on disk.
    pub(crate) fn lock(&self) -> String {
        std::fs::read_to_string(self.path("flake.lock")).unwrap()
    }

    pub(crate) fn git(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.scratch.git_in(&self.folder, args)
    }

    /// Commits everything and gives the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(["rev-parse", "HEAD"])
    }

    /// Commits the `n`th lock, and gives the id.
    pub(crate) fn commit_lock(&self, n: u64) -> String {
        self.write("flake.nix", "{ }\n");
        self.write("flake.lock", numbered(n));
        self.commit(&format!("lock {n}"))
    }

    /// flakehist in the repository, about this machine.
    pub(crate) fn flakehist(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Flakehist {
        self.flakehist_in(&self.folder, args)
    }

    pub(crate) fn flakehist_in(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Flakehist {
        Flakehist::new(folder, &self.scratch.home(), NOW)
            .env("PATH", self.beside("bin"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("FLAKEHIST_PROFILE", self.profile())
            .env("FLAKEHIST_RUN", self.beside("run"))
            .args(args)
    }

    /// Runs flakehist.
    pub(crate) fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        self.flakehist(args).run()
    }

    /// The journal, the newest entry first.
    pub(crate) fn journal(&self) -> Vec<Value> {
        match self.run(["journal", "--json"]).success().json() {
            Value::Array(entries) => entries,
            other => panic!("the journal is no list: {other}"),
        }
    }

    /// The journal's newest entry.
    pub(crate) fn entry(&self) -> Value {
        self.journal().into_iter().next().unwrap_or_else(|| panic!("the journal is empty"))
    }

    /// The id of a blob with these bytes.
    pub(crate) fn blob(&self, bytes: &str) -> String {
        let id = self.scratch.feed_git(&self.folder, ["hash-object", "--stdin"], bytes.as_bytes());
        id.success().out().trim().to_owned()
    }

    /// Whether the bytes are in git where nothing removes them: below our refs or in a commit.
    pub(crate) fn keeps(&self, bytes: &str) -> bool {
        self.keeps_blob(&self.blob(bytes))
    }

    /// The same by the blob's id.
    pub(crate) fn keeps_blob(&self, id: &str) -> bool {
        let all = ["rev-list", "--objects", "--all", "--glob=refs/flakehist", "--no-object-names"];
        self.git(all).lines().any(|object| object == id)
    }

    /// Another place that is as this one; its programs and its profile are still those of this one.
    pub(crate) fn copy(&self) -> Self {
        let scratch = Scratch::without_repository();
        let mut cp = program("cp".as_ref());
        cp.arg("-a").args([&self.folder, &self.beside("bin"), &self.beside("profiles"), &self.beside("run")]);
        cp.args([self.scratch.home(), scratch.beside("")]);
        Outcome::of(cp, b"").success();
        let folder = scratch.beside("").join(self.folder.file_name().unwrap());
        Self { scratch, folder }
    }

    /// Everything in the repository, on the profile's side and in the home, for a comparison.
    pub(crate) fn snapshot(&self) -> Vec<String> {
        let folders = [self.folder.clone(), self.beside("profiles"), self.beside("run"), self.scratch.home()];
        folders.iter().flat_map(|folder| snapshot(folder)).collect()
    }
}

/// Where a program of this machine lies.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let folders = variable("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The text of the `n`th lock.
pub(crate) fn numbered(n: u64) -> String {
    lock(&[("home-manager", n), ("nixpkgs", n)])
}

/// Makes sure that two snapshots are the same, and names what is not.
#[track_caller]
pub(crate) fn same(before: &[String], after: &[String], what: &dyn std::fmt::Display) {
    let short = |line: &String| line.chars().take(200).collect::<String>();
    let gone: Vec<_> = before.iter().filter(|line| !after.contains(line)).map(short).collect();
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).map(short).collect();
    assert!(gone.is_empty() && new.is_empty(), "{what}\n--- before {gone:#?}\n--- after {new:#?}");
}

/// Every file below a folder with its kind, mode, owner, time and content, sorted.
pub(crate) fn snapshot(folder: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;

    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        let about = std::fs::symlink_metadata(&path).unwrap();
        let mut line = format!("{path:?} {:o} {}:{}", about.mode(), about.uid(), about.gid());
        if about.is_dir() {
            pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if about.is_symlink() {
            line.push_str(&format!(" -> {:?}", std::fs::read_link(&path).unwrap()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            line.push_str(&format!(
                " {}.{} {:?}",
                about.mtime(),
                about.mtime_nsec(),
                String::from_utf8_lossy(&bytes)
            ));
        }
        found.push(line);
    }
    found.sort();
    found
}
