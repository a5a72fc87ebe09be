//! Systems and locks written by hand, as no Nix at hand would make them.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::repository::Repository;

/// A revision of forty equal digits.
pub(crate) fn rev(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// A narHash made of one letter, and where the source with it lies in this store.
pub(crate) const HASH: &str = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A lock of inputs on GitHub: name, revision, date in seconds.
pub(crate) fn lock(inputs: &[(&str, &str, u64)]) -> String {
    let nodes: String = inputs
        .iter()
        .map(|(name, rev, date)| {
            format!(
                "\"{name}\":{{\"locked\":{{\"lastModified\":{date},\"narHash\":\"{HASH}\",\"owner\":\"o\",\
                 \"repo\":\"{name}\",\"rev\":\"{rev}\",\"type\":\"github\"}},\
                 \"original\":{{\"owner\":\"o\",\"repo\":\"{name}\",\"type\":\"github\"}}}},"
            )
        })
        .collect();
    let root: Vec<String> = inputs.iter().map(|(name, ..)| format!("\"{name}\":\"{name}\"")).collect();
    format!(
        "{{\"nodes\":{{{nodes}\"root\":{{\"inputs\":{{{}}}}}}},\"root\":\"root\",\"version\":7}}\n",
        root.join(",")
    )
}

/// The script nixos-version of a system, with this JSON in it.
pub(crate) fn script(json: &str) -> String {
    format!("#! /bin/bash\ncase \"$1\" in\n  --json)\n    cat <<EOF\n{json}\nEOF\n    ;;\nesac\n")
}

/// A folder in the store.
pub(crate) struct System {
    pub(crate) path: PathBuf,
}

impl System {
    /// An empty one; the name is what follows the hash, which is made of one letter.
    pub(crate) fn new(repository: &Repository, letter: char, name: &str) -> Self {
        let path = repository.path("store").join(format!("{}-{name}", letter.to_string().repeat(32)));
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// A NixOS that tells its nixpkgs and its configuration's revision, if any.
    pub(crate) fn nixos(repository: &Repository, letter: char, nixpkgs: &str, configuration: &str) -> Self {
        let label = format!("25.05.20250601.{}", &nixpkgs[..7]);
        let mut json = format!("{{\"nixosVersion\":\"{label}\",\"nixpkgsRevision\":\"{nixpkgs}\"");
        if !configuration.is_empty() {
            json.push_str(&format!(",\"configurationRevision\":\"{configuration}\""));
        }
        json.push('}');
        Self::new(repository, letter, &format!("nixos-system-host-{label}"))
            .file("nixos-version", &label)
            .file("sw/bin/nixos-version", script(&json))
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn link(self, name: &str, target: impl AsRef<Path>) -> Self {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        std::fs::create_dir_all(self.path.join(name)).unwrap();
        self
    }
}
