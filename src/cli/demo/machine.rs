//! The demo's machine: a profile with generations and a small store, so that all can be seen without NixOS.
//!
//! It lies inside the repository's `.git`, where it is in nobody's way, and `flakehist.profile` and `flakehist.run` in
//! the repository's configuration lead there. The systems hold only what flakehist reads.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use filetime::FileTime;

use crate::error::{Error, Result};
use crate::git::{CommitId, Repository, blob_id};
use crate::lock::{Attribute, Decoder, InputPath, Lock, Pin, Source, StoreDir};
use crate::sample::generations::{BOOTED, GENERATIONS, Generation, Records, Tried};
use crate::sample::{self, Commit};

use crate::cli::args::Action;

/// Makes the machine and tells the repository of it. `program` is how a shell calls this very program, which rebuilds
/// the machine.
pub(super) fn build(
    repository: &Repository,
    commits: &[Commit],
    ids: &[CommitId],
    program: &str,
) -> Result<()> {
    let machine = Machine::of(repository);
    for folder in [&machine.store, &machine.profiles, &machine.run] {
        std::fs::create_dir_all(folder).map_err(|e| cannot_write(folder, &e))?;
    }
    for generation in GENERATIONS {
        let system = machine.system(&generation, commits, ids)?;
        let link = machine.profiles.join(format!("system-{}-link", generation.number));
        machine.link(&system, &link, Some(generation.seconds))?;
        if generation.number == BOOTED {
            machine.link(&system, &machine.run.join("booted-system"), None)?;
        }
    }
    if let Some(last) = GENERATIONS.last() {
        let link = PathBuf::from(format!("system-{}-link", last.number));
        machine.link(&link, &machine.profiles.join("system"), None)?;
        let system = machine.profiles.join(&link).canonicalize().map_err(|e| cannot_write(&link, &e))?;
        machine.link(&system, &machine.run.join("current-system"), None)?;
    }
    repository.set_setting("flakehist.rebuild", &format!("{program} demo --rebuild {{action}} {{flake}}"))?;
    repository.set_setting("flakehist.profile", &machine.profiles.join("system").to_string_lossy())?;
    repository.set_setting("flakehist.run", &machine.run.to_string_lossy())
}

/// Rebuilds the sample's machine from a lock, as nixos-rebuild would, but without building anything: the system holds
/// what flakehist reads, and nothing runs. `now` is in seconds since 1970 UTC. Gives the generation it became, if any.
pub(super) fn rebuild(
    repository: &Repository,
    lock: &Lock,
    configuration: &str,
    action: Action,
    now: i64,
) -> Result<Option<u64>> {
    let machine = Machine::of(repository);
    let profile = machine.profiles.join("system");
    if !profile.is_symlink() {
        return Err(Error::new(format!("{} is no sample of flakehist's", repository.git_dir().display()))
            .hint("`flakehist demo DIR` makes one"));
    }
    let seconds = lock.pin(&InputPath::new(["nixpkgs"])).and_then(|pin| match pin {
        Pin::Own(node) => i64::try_from(node.locked()?.date()?).ok(),
        Pin::Follows(_) => None,
    });
    // The kernel and release of that time.
    let of_that_time = GENERATIONS.iter().find(|one| seconds.is_none_or(|seconds| one.seconds >= seconds));
    let last = GENERATIONS.last().ok_or_else(|| Error::new("the sample has no generations"))?;
    let like = Generation { records: Records::Everything, tried: None, ..*of_that_time.unwrap_or(last) };
    let system = machine.write_system(&like, lock, Some(configuration))?;
    let mut generation = None;
    if matches!(action, Action::Switch | Action::Boot) {
        let number = machine.highest(&system)?;
        let link = PathBuf::from(format!("system-{number}-link"));
        if !machine.profiles.join(&link).is_symlink() {
            machine.link(&system, &machine.profiles.join(&link), Some(now))?;
        }
        machine.link(&link, &profile, None)?;
        generation = Some(number);
    }
    if matches!(action, Action::Switch | Action::Test) {
        machine.link(&system, &machine.run.join("current-system"), None)?;
    }
    Ok(generation)
}

struct Machine {
    store: PathBuf,
    profiles: PathBuf,
    run: PathBuf,
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("cannot write {}", path.display())).because(error)
}

impl Machine {
    fn of(repository: &Repository) -> Self {
        let git_dir = repository.git_dir();
        let place = git_dir.canonicalize().unwrap_or_else(|_| git_dir.to_path_buf()).join("flakehist-demo");
        Self { store: place.join("store"), profiles: place.join("profiles"), run: place.join("run") }
    }

    /// The number of the next generation; that of the highest one when it is this very system, as with Nix.
    fn highest(&self, system: &Path) -> Result<u64> {
        let entries = std::fs::read_dir(&self.profiles).map_err(|e| cannot_write(&self.profiles, &e))?;
        let number = |entry: std::fs::DirEntry| -> Option<u64> {
            entry.file_name().to_str()?.strip_prefix("system-")?.strip_suffix("-link")?.parse().ok()
        };
        let highest = entries.flatten().filter_map(number).max().unwrap_or(0);
        let target = std::fs::read_link(self.profiles.join(format!("system-{highest}-link")));
        Ok(if target.is_ok_and(|target| target == system) { highest } else { highest + 1 })
    }

    /// Writes the system of one generation and gives its path.
    fn system(&self, generation: &Generation, commits: &[Commit], ids: &[CommitId]) -> Result<PathBuf> {
        let at = |day: &str| sample::on_day(commits, day);
        let missing = || Error::new(format!("the sample has no commit of {}", generation.commit));
        let built_from = at(generation.commit).ok_or_else(missing)?;
        let text =
            commits.get(built_from).and_then(|commit| commit.tree.get("flake.lock")).ok_or_else(missing)?;
        let lock = Decoder::new().decode(text.as_bytes()).map_err(|_| missing())?;
        let configuration = match generation.records {
            Records::NixpkgsPath => None,
            Records::Everything => ids.get(built_from).map(ToString::to_string),
            Records::DirtySince(base) => {
                at(base).and_then(|base| ids.get(base)).map(|id| format!("{id}-dirty"))
            }
        };
        self.write_system(generation, &lock, configuration.as_deref())
    }

    /// Writes a system as `generation` describes it, built from a lock, and gives its path.
    fn write_system(
        &self,
        generation: &Generation,
        lock: &Lock,
        configuration: Option<&str>,
    ) -> Result<PathBuf> {
        let pins = self.pins(lock, generation.tried.as_ref());
        let (rev, day) = nixpkgs(&pins).ok_or_else(|| Error::new("the lock has no nixpkgs"))?;
        let label = format!("{}.{day}.{}", generation.release, rev.get(..7).unwrap_or_default());
        let registry = registry(&pins, generation.records == Records::NixpkgsPath);
        let script = script(&label, &rev, configuration);
        let system =
            self.folder(&format!("{script}{registry}{}", generation.kernel), &format!("anvil-{label}"));
        self.file(&system.join("nixos-version"), &label)?;
        self.file(&system.join("sw/bin/nixos-version"), &script)?;
        self.program(&system.join("bin/switch-to-configuration"), &self.switch_to(&system))?;
        self.file(&system.join("etc/nix/registry.json"), &registry)?;
        self.file(
            &system.join("kernel-modules/lib/modules").join(generation.kernel).join("modules.order"),
            "",
        )?;
        for name in generation.specialisations {
            let special = self.folder(&format!("{name}{label}"), &format!("anvil-{name}-{label}"));
            self.file(&special.join("nixos-version"), &format!("{name}-{label}"))?;
            std::fs::create_dir_all(system.join("specialisation")).map_err(|e| cannot_write(&system, &e))?;
            self.link(&special, &system.join("specialisation").join(name), None)?;
        }
        Ok(system)
    }

    /// The root inputs as they were used, with their places in the store.
    fn pins(&self, lock: &Lock, tried: Option<&Tried>) -> Vec<(String, Source, String)> {
        let store = StoreDir::new(&self.store.to_string_lossy());
        let own = |(name, _): &(std::sync::Arc<str>, crate::lock::Edge)| {
            let Some(Pin::Own(node)) = lock.pin(&InputPath::new([name.as_ref()])) else {
                return None;
            };
            let source = match tried {
                Some(tried) if name.as_ref() == "nixpkgs" => replaced(tried),
                _ => node.locked()?.clone(),
            };
            let path = store.path_of(&source)?;
            Some((name.to_string(), source, path))
        };
        lock.root().inputs().iter().filter_map(own).collect()
    }

    /// A store path for these contents, as good as a real one for looking at.
    fn folder(&self, contents: &str, name: &str) -> PathBuf {
        // Nix' base 32 has no `e`.
        let hash =
            blob_id(contents.as_bytes()).map(|id| id.to_string().replace('e', "g")).unwrap_or_default();
        self.store.join(format!("{}-nixos-system-{name}", hash.get(..32).unwrap_or_default()))
    }

    fn file(&self, path: &Path, text: &str) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| cannot_write(folder, &e))?;
        }
        std::fs::write(path, text).map_err(|e| cannot_write(path, &e))
    }

    /// What switching to a system comes to here: the link to the running one is moved.
    fn switch_to(&self, system: &Path) -> String {
        let quote = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
        let (system, link) = (quote(system), quote(&self.run.join("current-system")));
        format!(
            "#! /bin/sh\ncase \"$1\" in switch | test) ln -sfn {system} {link} ;; esac\necho \"the sample's machine: $1\" >&2\n"
        )
    }

    /// A file that can be run.
    fn program(&self, path: &Path, text: &str) -> Result<()> {
        self.file(path, text)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
            .map_err(|e| cannot_write(path, &e))
    }

    /// Links, in the place of a link that is there, and dates the link in seconds since 1970 UTC when asked to.
    fn link(&self, target: &Path, link: &Path, seconds: Option<i64>) -> Result<()> {
        if link.is_symlink() {
            std::fs::remove_file(link).map_err(|e| cannot_write(link, &e))?;
        }
        symlink(target, link).map_err(|e| cannot_write(link, &e))?;
        let Some(seconds) = seconds else { return Ok(()) };
        let time = FileTime::from_unix_time(seconds, 0);
        filetime::set_symlink_file_times(link, time, time).map_err(|e| cannot_write(link, &e))
    }
}

fn replaced(tried: &Tried) -> Source {
    let text = Attribute::Text;
    let attributes = [
        ("lastModified", Attribute::Number(tried.last_modified)),
        ("narHash", text(tried.nar_hash)),
        ("owner", text("NixOS")),
        ("repo", text("nixpkgs")),
        ("rev", text(tried.rev)),
        ("type", text("github")),
    ];
    Source::new(attributes)
}

/// The revision of nixpkgs and its day in UTC, as `20260131`.
fn nixpkgs(pins: &[(String, Source, String)]) -> Option<(String, String)> {
    let (_, source, _) = pins.iter().find(|(name, ..)| name == "nixpkgs")?;
    let seconds = i64::try_from(source.date()?).ok()?;
    let day = chrono::DateTime::<chrono::Utc>::from_timestamp(seconds, 0)?;
    Some((source.rev()?.to_owned(), day.format("%Y%m%d").to_string()))
}

/// `etc/nix/registry.json`: nixpkgs by its path alone, or every input whole.
fn registry(pins: &[(String, Source, String)], only_nixpkgs: bool) -> String {
    let flake = |(name, source, path): &(String, Source, String)| {
        let mut to = serde_json::json!({ "path": path, "type": "path" });
        if let (false, Some(to)) = (only_nixpkgs, to.as_object_mut()) {
            let text = |value: Option<&str>| value.map_or(serde_json::Value::Null, Into::into);
            to.insert("rev".to_owned(), text(source.rev()));
            to.insert("narHash".to_owned(), text(source.nar_hash()));
            to.insert("lastModified".to_owned(), source.date().into());
        }
        serde_json::json!({ "exact": true, "from": { "id": name, "type": "indirect" }, "to": to })
    };
    let kept = pins.iter().filter(|(name, ..)| !only_nixpkgs || name == "nixpkgs");
    let flakes: Vec<serde_json::Value> = kept.map(flake).collect();
    serde_json::json!({ "flakes": flakes, "version": 2 }).to_string()
}

/// `sw/bin/nixos-version` as NixOS has written it since 22.05, as far as flakehist reads it.
fn script(version: &str, nixpkgs: &str, configuration: Option<&str>) -> String {
    let mut values = serde_json::json!({ "nixosVersion": version, "nixpkgsRevision": nixpkgs });
    if let (Some(values), Some(configuration)) = (values.as_object_mut(), configuration) {
        values.insert("configurationRevision".to_owned(), configuration.into());
    }
    format!("#! /bin/sh\ncase \"$1\" in\n  --json)\n    cat <<EOF\n{values}\nEOF\n    ;;\nesac\n")
}
