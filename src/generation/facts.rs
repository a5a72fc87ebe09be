//! What a system says of itself, each fact with the file it was read from.
//!
//! Which files there are, and since when: NixOS' `nixos/modules/system/activation/top-level.nix`, nix-darwin's
//! `modules/system/version.nix`, home-manager's `modules/home-environment.nix`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::Extent;
use super::files::{self, Folder};
use super::kept::{Found, Kept, Seen, without_doubles};
use super::nixos_version;
use super::registry;
use super::revision::{self, ConfigurationRevision};
use super::version::{NixpkgsRevision, Version};

/// The file with the label that every NixOS has.
pub(super) const NIXOS_VERSION: &str = "nixos-version";

/// A fact, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told<T> {
    /// The fact.
    pub value: T,
    /// The file, below the system's own path.
    pub origin: String,
}

/// Everything a generation says of itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The label: what the boot menu shows. With [`Extent::Origin`](super::Extent::Origin) only where it could tell more of
    /// that than the rest does.
    pub label: Option<Told<String>>,
    /// The version, without tags.
    pub version: Option<Told<String>>,
    /// The revision of nixpkgs.
    pub nixpkgs: Option<Told<NixpkgsRevision>>,
    /// The revision of nix-darwin.
    pub darwin_revision: Option<Told<String>>,
    /// The revision of the configuration, where its owner set `system.configurationRevision`.
    pub configuration: Option<Told<ConfigurationRevision>>,
    /// The kernel's version. Not looked for with [`Extent::Origin`](super::Extent::Origin).
    pub kernel: Option<Told<String>>,
    /// Specialisations by name with their own paths. With [`Extent::Origin`](super::Extent::Origin) only where they
    /// were needed to find the system that runs.
    pub specialisations: Vec<(String, PathBuf)>,
    /// Sources that are kept or named, without doubles.
    pub kept: Vec<Arc<Kept>>,
}

impl Facts {
    /// Reads what the system in this folder says, which has a [`NIXOS_VERSION`] or not. `store` is the folder of its store;
    /// what it keeps is shared with those that were seen.
    pub(super) fn read(
        toplevel: &Folder,
        is_nixos: bool,
        store: &Path,
        extent: Extent,
        seen: &mut Seen,
    ) -> Self {
        let mut facts = Self::default();
        if extent == Extent::Everything {
            facts.kernel = kernel(toplevel.path());
            facts.read_specialisations(toplevel.path());
        }
        facts.read_nixos_version(toplevel, store);
        if !is_nixos {
            facts.read_darwin_version(toplevel);
        }
        facts.read_cli_version(toplevel);
        if extent == Extent::Everything || facts.lacks_label() {
            facts.label = label(toplevel, is_nixos);
            // Of the origin it tells the label alone.
            if extent == Extent::Everything || facts.label.is_none() {
                facts.read_boot(toplevel);
            }
        }
        if facts.version.is_none() {
            facts.version = build_id(toplevel);
        }
        facts.nixpkgs = facts.nixpkgs.take().or_else(|| facts.nixpkgs_from_version());
        facts.kept = kept(toplevel, is_nixos, store, seen);
        facts
    }

    /// Whether the label could tell more of the origin than is known without it.
    fn lacks_label(&self) -> bool {
        let is_commit = |told: &Told<ConfigurationRevision>| told.value.digits().is_some();
        let knows_nixpkgs = self.nixpkgs.is_some() || self.nixpkgs_from_version().is_some();
        self.version.is_none() || !knows_nixpkgs || !self.configuration.as_ref().is_some_and(is_commit)
    }

    pub(super) fn read_specialisations(&mut self, toplevel: &Path) {
        self.specialisations = specialisations(toplevel);
    }

    fn read_nixos_version(&mut self, toplevel: &Folder, store: &Path) {
        let origin = "sw/bin/nixos-version";
        let Some(script) = toplevel.text(origin) else { return };
        let printed = nixos_version::read(&script, store);
        self.version = printed.version.map(|value| at(origin, value));
        self.nixpkgs = printed.nixpkgs_revision.map(|rev| at(origin, nixpkgs_revision(rev)));
        self.configuration =
            printed.configuration_revision.map(|c| at(origin, ConfigurationRevision::parse(&c)));
    }

    fn read_darwin_version(&mut self, toplevel: &Folder) {
        let origin = "darwin-version.json";
        let Some(json) = object(toplevel, origin) else { return };
        let get = |key: &str| text_member(&json, key);
        if let Some(rev) = get("nixpkgsRevision") {
            self.nixpkgs = Some(at(origin, nixpkgs_revision(rev)));
        }
        self.darwin_revision = get("darwinRevision").map(|rev| at(origin, rev));
        if let Some(revision) = get("configurationRevision") {
            self.configuration = Some(at(origin, ConfigurationRevision::parse(&revision)));
        }
    }

    /// nixos-cli's module writes a file of its own; its configuration revision is empty when unknown.
    fn read_cli_version(&mut self, toplevel: &Folder) {
        if self.nixpkgs.is_some() && self.configuration.is_some() {
            return;
        }
        let origin = "nixos-version.json";
        let Some(json) = object(toplevel, origin) else { return };
        let get = |key: &str| text_member(&json, key);
        if self.nixpkgs.is_none() {
            self.nixpkgs = get("nixpkgsRevision").map(|rev| at(origin, nixpkgs_revision(rev)));
        }
        if self.configuration.is_none() {
            self.configuration =
                get("configurationRevision").map(|c| at(origin, ConfigurationRevision::parse(&c)));
        }
    }

    /// The boot specification knows label and kernel even where other files fail (RFC 125).
    fn read_boot(&mut self, toplevel: &Folder) {
        let origin = "boot.json";
        let Some(json) = object(toplevel, origin) else { return };
        let Some(Value::Object(spec)) = json.get("org.nixos.bootspec.v1").or_else(|| json.get("v1")) else {
            return;
        };
        let Some(label) = text_member(spec, "label") else { return };
        if let Some((front, kernel)) = label.rsplit_once(" (Linux ") {
            let told = |text: &str| (!text.is_empty()).then(|| at(origin, text.to_owned()));
            self.kernel = self.kernel.take().or_else(|| told(kernel.trim_end_matches(')')));
            self.label = self.label.take().or_else(|| told(front.rsplit(' ').next()?));
        }
    }

    /// What it may name its commit by: the configuration's revision, or else what looks like one in its label.
    #[must_use]
    pub fn revisions(&self) -> Vec<ConfigurationRevision> {
        match &self.configuration {
            Some(Told { value: revision @ ConfigurationRevision::Commit { .. }, .. }) => {
                vec![revision.clone()]
            }
            _ => {
                let nixpkgs = self.nixpkgs.as_ref().map(|told| &told.value);
                self.label.as_ref().map(|told| revision::in_label(&told.value, nixpkgs)).unwrap_or_default()
            }
        }
    }

    /// The version, or else the label, tells the beginning of nixpkgs' revision.
    fn nixpkgs_from_version(&self) -> Option<Told<NixpkgsRevision>> {
        [&self.version, &self.label].into_iter().flatten().find_map(|told| {
            let revision = Version::parse(&told.value)?.nixpkgs()?;
            Some(Told { value: revision, origin: told.origin.clone() })
        })
    }
}

fn at<T>(origin: &str, value: T) -> Told<T> {
    Told { value, origin: origin.to_owned() }
}

fn label(toplevel: &Folder, is_nixos: bool) -> Option<Told<String>> {
    // What has the file is no system of nix-darwin and no home, and what only those have need not be looked for.
    let files = if is_nixos { &[NIXOS_VERSION][..] } else { &["darwin-version", "hm-version"] };
    files.iter().find_map(|file| toplevel.line(file).map(|label| at(file, label)))
}

fn nixpkgs_revision(rev: String) -> NixpkgsRevision {
    if rev.len() == 40 {
        NixpkgsRevision::Full(rev)
    } else {
        NixpkgsRevision::Beginning { digits: rev, day: None }
    }
}

fn object(toplevel: &Folder, file: &str) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_str(&toplevel.text(file)?) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// A member that is text, not empty and no placeholder that was never filled.
fn text_member(object: &serde_json::Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty() && !text.contains('@')).map(str::to_owned)
}

fn build_id(toplevel: &Folder) -> Option<Told<String>> {
    let origin = "etc/os-release";
    let text = toplevel.text(origin)?;
    let value = text.lines().find_map(|line| line.strip_prefix("BUILD_ID="))?.trim_matches('"');
    (!value.is_empty()).then(|| at(origin, value.to_owned()))
}

/// The version is the name of the only folder of modules; containers and WSL have none.
fn kernel(toplevel: &Path) -> Option<Told<String>> {
    let only = |folder: PathBuf| match files::names(&folder).as_slice() {
        [name] => Some(name.clone()),
        _ => None,
    };
    if let Some(version) = only(toplevel.join("kernel-modules/lib/modules")) {
        return Some(at("kernel-modules", version));
    }
    let beside = files::end(&toplevel.join("kernel"))?.parent()?.join("lib/modules");
    only(beside).map(|version| at("kernel", version))
}

fn specialisations(toplevel: &Path) -> Vec<(String, PathBuf)> {
    for (folder, prefix) in [("specialisation", ""), ("fine-tune", "child-")] {
        let folder = toplevel.join(folder);
        let found: Vec<_> = files::names(&folder)
            .into_iter()
            .filter(|name| name.starts_with(prefix))
            .map(|name| (name.clone(), folder.join(name)))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Every source the system keeps, from all the places configurations are known to keep them in.
fn kept(toplevel: &Folder, is_nixos: bool, store: &Path, seen: &mut Seen) -> Vec<Arc<Kept>> {
    let mut kept = Vec::new();
    let of_home = (!is_nixos).then_some("home-files/.config/nix/registry.json");
    for origin in ["etc/nix/registry.json"].into_iter().chain(of_home) {
        if let Some(text) = toplevel.text(origin) {
            kept.extend(registry::pins(&text, origin).map(|mut pin| {
                // Of a flake in a folder of its source newer Nix names the folder.
                let is_inside = |path: &&str| {
                    path.get(store.as_os_str().len() + 1..).is_some_and(|name| name.contains('/'))
                };
                let inside = pin.path.as_deref().filter(is_inside);
                if let Some(root) = inside.and_then(|path| source_root(Path::new(path), store)) {
                    pin.path = Some(root.into());
                }
                seen.share(pin)
            }));
        }
    }
    let mut add = |name: Option<&str>, path: &Path, origin: &str| {
        let Some(source) = source_root(path, store) else { return };
        let (name, path) = (name.map(Cow::Borrowed), Some(Cow::Owned(source)));
        kept.push(seen.share(Found { name, path, origin, ..Found::default() }));
    };
    for folder in ["etc/nix/inputs", "etc/nix/path", "etc/channels"] {
        for name in toplevel.names(folder) {
            if let Some(end) = toplevel.end(&format!("{folder}/{name}")) {
                add(Some(&name), &end, folder);
            }
        }
    }
    if let Some(end) = toplevel.end("src") {
        add(None, &end, "src");
    }
    for file in ["extra-dependencies", "etc/nix/nix.conf", "etc/set-environment"] {
        let Some(text) = toplevel.text(file) else { continue };
        for word in text.split(|c: char| c.is_whitespace() || "=:\"';".contains(c)) {
            if word.starts_with('/') {
                add(None, Path::new(word), file);
            }
        }
    }
    without_doubles(&kept)
}

/// The store path named `…-source` that a path is or lies in.
fn source_root(path: &Path, store: &Path) -> Option<String> {
    let inside = path.strip_prefix(store).ok()?;
    let name = inside.components().next()?.as_os_str().to_str()?;
    name.ends_with("-source").then(|| store.join(name).display().to_string())
}

impl Facts {
    /// All that the name of a store path tells that is gone: the end of its label.
    pub(super) fn from_name(label: Option<&str>) -> Self {
        let label = label.map(|label| at("the name of its store path", label.to_owned()));
        let mut facts = Self { label, ..Self::default() };
        facts.nixpkgs = facts.nixpkgs_from_version();
        facts
    }
}
