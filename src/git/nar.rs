//! A commit's files as Nix hashes them: the NAR of its tree.
//!
//! With it a source that a system keeps can be proved to be a certain commit's, even when the system names none. The
//! format is in Nix's manual ("Nix Archive (NAR) format"). Submodules are empty folders, as Nix leaves them unless
//! told otherwise; `export-ignore` attributes, which Nix obeyed up to 2.19, are not looked at.

use git2::Oid;
use sha2::{Digest as _, Sha256};

use super::objects::{Objects, tree_entries};
use super::{CommitId, Repository};

/// Configurations are small; an archive that is bigger is not hashed. A few trees that hold each other many times make
/// one that is bigger than any disk.
const MOST_BYTES: usize = 256 << 20;
/// Deeper folders than anybody makes.
const MOST_DEPTH: usize = 100;

impl Repository {
    /// The SHA-256 of the NAR of a commit's tree. `None` when something of it is missing or it is too big.
    #[must_use]
    pub fn source_hash(&self, commit: CommitId) -> Option<[u8; 32]> {
        let objects = self.objects().ok()?;
        let tree = objects.commit(commit.0).ok()??.tree;
        let mut archive = Archive { objects: &objects, hash: Sha256::new(), bytes: 0 };
        archive.text(b"nix-archive-1");
        archive.folder(tree, 0)?;
        Some(archive.hash.finalize().into())
    }
}

struct Archive<'o, 'r> {
    objects: &'o Objects<'r>,
    hash: Sha256,
    bytes: usize,
}

impl Archive<'_, '_> {
    /// Length, bytes, and zeroes up to a multiple of eight.
    fn text(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(8).saturating_add(bytes.len());
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
        let padding = bytes.len().next_multiple_of(8) - bytes.len();
        self.hash.update([0u8; 8].get(..padding).unwrap_or_default());
    }

    fn texts(&mut self, texts: &[&[u8]]) {
        texts.iter().for_each(|text| self.text(text));
    }

    fn folder(&mut self, tree: Oid, depth: usize) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        let objects = self.objects;
        let object = objects.read(tree).ok()??;
        let mut entries: Vec<_> = tree_entries(object.data()).collect();
        // git sorts a folder as if its name ended in a slash, Nix does not.
        entries.sort_by_key(|(_, name, _)| *name);
        self.texts(&[b"(", b"type", b"directory"]);
        for (mode, name, id) in entries {
            if self.bytes > MOST_BYTES {
                return None;
            }
            self.texts(&[b"entry", b"(", b"name", name, b"node"]);
            match mode {
                0o040_000 => self.folder(id, depth + 1)?,
                0o160_000 => self.texts(&[b"(", b"type", b"directory", b")"]),
                _ => self.file(mode, id)?,
            }
            self.text(b")");
        }
        self.text(b")");
        Some(())
    }

    fn file(&mut self, mode: u32, id: Oid) -> Option<()> {
        let objects = self.objects;
        let object = objects.read(id).ok()??;
        if self.bytes.saturating_add(object.data().len()) > MOST_BYTES {
            return None;
        }
        let kind: &[&[u8]] = match mode {
            0o120_000 => &[b"(", b"type", b"symlink", b"target"],
            0o100_755 => &[b"(", b"type", b"regular", b"executable", b"", b"contents"],
            _ => &[b"(", b"type", b"regular", b"contents"],
        };
        self.texts(kind);
        self.texts(&[object.data(), b")"]);
        Some(())
    }
}
