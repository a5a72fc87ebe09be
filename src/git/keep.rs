//! Bytes made safe in the repository under `refs/flakehist/`, and found again.
//!
//! Each record is a tree with a ref of its own: `git gc` keeps it, while `git log --all`, `git branch` and `git push`,
//! which know commits and branches only, never show it. The objects and refs are written by libgit2, so that this
//! works on a machine where the `git` program is broken or gone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid};

use super::{ObjectId, Repository};
use crate::error::{Error, Result};

/// Where our refs are.
const REFS: &str = "refs/flakehist/";
/// Longer than any git at work holds the lock of a ref.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(500);
/// A file of a tree, in git's modes.
const FILE: i32 = 0o100_644;

/// A record that was kept: the tree its ref leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    tree: Oid,
}

impl Repository {
    /// Keeps files together under `refs/flakehist/<name>`. `instead_of` is the record that has the name now: it is
    /// replaced only when it is that one still; without it the name must be free.
    ///
    /// When this returns, everything has reached the disk.
    ///
    /// # Errors
    /// When something cannot be written, or the name is not as expected.
    pub fn keep(
        &self,
        name: &str,
        files: &BTreeMap<&str, Vec<u8>>,
        instead_of: Option<Record>,
    ) -> Result<Record> {
        let cannot = |e: &git2::Error| {
            Error::new(format!("cannot keep anything under {REFS}{name}")).because(e.message())
        };
        let (tree, blobs) = self.write_tree(files).map_err(|e| cannot(&e))?;
        let full = format!("{REFS}{name}");
        let written = match instead_of {
            None => self.inner.reference(&full, tree, false, "flakehist"),
            Some(record) => self.inner.reference_matching(&full, tree, true, record.tree, "flakehist"),
        };
        written.map_err(|e| cannot(&e))?;
        self.flush(&blobs, tree, &full).map_err(|e| {
            Error::new(format!("cannot make sure that {full} has reached the disk")).because(e)
        })?;
        Ok(Record { tree })
    }

    fn write_tree(
        &self,
        files: &BTreeMap<&str, Vec<u8>>,
    ) -> std::result::Result<(Oid, Vec<Oid>), git2::Error> {
        let mut builder = self.inner.treebuilder(None)?;
        let mut blobs = Vec::new();
        for (name, bytes) in files {
            let id = self.inner.blob(bytes)?;
            builder.insert(name, id, FILE)?;
            blobs.push(id);
        }
        Ok((builder.write()?, blobs))
    }

    /// Flushes the objects and the ref: an object that a crash leaves empty would be worse than none.
    fn flush(&self, blobs: &[Oid], tree: Oid, reference: &str) -> std::io::Result<()> {
        let common = self.inner.commondir();
        let loose = |id: &Oid| {
            let hex = id.to_string();
            let (folder, file) = hex.split_at_checked(2)?;
            Some(common.join("objects").join(folder).join(file))
        };
        let mut paths: Vec<PathBuf> = blobs.iter().chain([&tree]).filter_map(loose).collect();
        paths.push(common.join(reference));
        for path in &paths {
            // What is not a file of its own lies in a pack that was complete before.
            let Ok(file) = std::fs::File::open(path) else { continue };
            file.sync_all()?;
            for folder in path.ancestors().skip(1).take_while(|folder| *folder != common) {
                std::fs::File::open(folder)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Clears what a run that was killed while writing a ref left: a lock that nobody holds, on which every later one
    /// would fail. To be called by one run at a time.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn clear_broken_off(&self, folder: &str) -> Result<()> {
        let folder = self.inner.commondir().join(REFS).join(folder);
        let locks = || -> Vec<(PathBuf, Option<std::time::SystemTime>)> {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            entries
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "lock"))
                .map(|path| (std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok(), path))
                .map(|(modified, path)| (path, modified))
                .collect()
        };
        let found = locks();
        if found.is_empty() {
            return Ok(());
        }
        // `git pack-refs` holds such locks for a moment; one that does not move is nobody's.
        std::thread::sleep(MOMENT);
        for (path, _) in locks().into_iter().filter(|lock| found.contains(lock)) {
            std::fs::remove_file(&path)
                .map_err(|e| Error::new(format!("cannot remove {}", path.display())).because(e))?;
        }
        Ok(())
    }

    /// The records whose names begin with `folder`, with the rest of their names, sorted by it. Of a name that leads
    /// to none, because its file is damaged or it is somebody else's, there is `None`: it is taken all the same.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub fn kept(&self, folder: &str) -> Result<BTreeMap<String, Option<Record>>> {
        let prefix = format!("{REFS}{folder}");
        let cannot = |e: git2::Error| Error::new(format!("cannot read {prefix}")).because(e.message());
        // libgit2 passes over refs that it cannot read, such as a file that a crash has left empty.
        let files = std::fs::read_dir(self.inner.commondir().join(&prefix)).into_iter().flatten().flatten();
        let files = files.filter_map(|file| file.file_name().into_string().ok());
        let mut found: BTreeMap<String, Option<Record>> =
            files.filter(|name| !name.ends_with(".lock")).map(|name| (name, None)).collect();
        for reference in self.inner.references_glob(&format!("{prefix}*")).map_err(cannot)? {
            let reference = reference.map_err(cannot)?;
            let name = reference.name().and_then(|name| name.strip_prefix(&prefix)).map(str::to_owned);
            found.extend(name.map(|name| (name, reference.target().map(|tree| Record { tree }))));
        }
        Ok(found)
    }

    /// The refs of somebody else's on whose account nothing can be kept in `folder`: `refs/flakehist` itself, say.
    #[must_use]
    pub fn foreign_refs(&self, folder: &str) -> Vec<String> {
        let whole = format!("{REFS}{folder}");
        let names = whole.match_indices('/').filter_map(|(end, _)| whole.get(..end)).skip(1);
        names.filter(|name| self.inner.find_reference(name).is_ok()).map(str::to_owned).collect()
    }

    /// A file of a record; `None` when it has none of that name.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn kept_file(&self, record: Record, name: &str) -> Result<Option<Vec<u8>>> {
        let cannot = |e: git2::Error| {
            Error::new(format!("cannot read what was kept as {}", record.tree)).because(e.message())
        };
        let tree = self.inner.find_tree(record.tree).map_err(cannot)?;
        let Some(entry) = tree.get_name(name) else { return Ok(None) };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(None);
        }
        match self.inner.find_blob(entry.id()) {
            Ok(blob) => Ok(Some(blob.content().to_vec())),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(cannot(e)),
        }
    }

    /// Every file that was kept, in whatever record; what cannot be read is left out.
    #[must_use]
    pub fn kept_blobs(&self) -> Vec<ObjectId> {
        let trees = self.kept("").unwrap_or_default();
        let records = trees.values().filter_map(Option::as_ref);
        let trees = records.filter_map(|record| self.inner.find_tree(record.tree).ok());
        let mut blobs: Vec<ObjectId> = trees
            .flat_map(|tree| {
                let blobs = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Blob));
                blobs.map(|entry| ObjectId(entry.id())).collect::<Vec<_>>()
            })
            .collect();
        blobs.sort_unstable();
        blobs.dedup();
        blobs
    }

    /// The folder that all worktrees share: `.git` of the main one.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }
}

impl ObjectId {
    /// The id that 40 hex digits spell.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        Oid::from_str(hex).ok().filter(|_| hex.len() == 40).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_a_killed_run_left_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::create(folder.path()).unwrap();
        let files = || BTreeMap::from([("entry", b"a".to_vec())]);
        repository.clear_broken_off("journal/").unwrap();
        repository.keep("journal/000001", &files(), None).unwrap();
        let lock = folder.path().join(".git/refs/flakehist/journal/000002.lock");
        std::fs::write(&lock, "").unwrap();
        assert!(repository.keep("journal/000002", &files(), None).is_err());
        repository.clear_broken_off("journal/").unwrap();
        repository.keep("journal/000002", &files(), None).unwrap();
    }

    #[test]
    fn what_was_kept_is_found_again_and_replaced_only_knowingly() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::create(folder.path()).unwrap();
        let files = |text: &str| BTreeMap::from([("entry", text.into()), ("before", b"x\0y".to_vec())]);
        let first = repository.keep("journal/000001", &files("a"), None).unwrap();
        assert!(repository.keep("journal/000001", &files("b"), None).is_err(), "the name is taken");
        let second = repository.keep("journal/000001", &files("b"), Some(first)).unwrap();
        assert!(
            repository.keep("journal/000001", &files("c"), Some(first)).is_err(),
            "it was replaced before"
        );
        repository.keep("journal/000002", &files("d"), None).unwrap();
        let kept = repository.kept("journal/").unwrap();
        assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), ["000001", "000002"]);
        assert_eq!(kept.get("000001").copied().flatten(), Some(second));
        assert_eq!(repository.kept_file(second, "entry").unwrap().as_deref(), Some(b"b".as_slice()));
        assert_eq!(repository.kept_file(second, "before").unwrap().as_deref(), Some(b"x\0y".as_slice()));
        assert_eq!(repository.kept_file(second, "after").unwrap(), None);
        // Of two entries and of what both have.
        assert_eq!(repository.kept_blobs().len(), 3);
    }
}
