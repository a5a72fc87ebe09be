//! Where the files of a commit-graph are: one, or a chain of them that each add to those below, in the repository or
//! in one that it borrows objects from.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use git2::Oid;

use super::layer::{ID_BYTES, Layer};
use super::pages::Source;

/// git goes from borrower to borrower so many times.
const DEEPEST: usize = 5;
/// More folders of objects than this are not looked at.
const MOST_FOLDERS: usize = 64;
/// git merges files long before there are so many; each is kept open.
const MOST_FILES: usize = 64;
/// Longer lists than this (of borrowed repositories, of files) are not read.
const LONGEST_LIST: u64 = 1 << 20;

/// The files of a graph, those below first, and what was learnt of each.
#[derive(Default)]
pub(super) struct Files {
    pub(super) sources: Vec<Source>,
    pub(super) layers: Vec<Layer>,
    names: Vec<[u8; ID_BYTES]>,
}

impl Files {
    /// Those that git would read for a repository whose objects are in this folder: one file before a chain, its own
    /// before borrowed ones. `None` when there are none that can be read.
    pub(super) fn of(objects: &Path) -> Option<Self> {
        let folders = with_borrowed(objects);
        folders.iter().find_map(|folder| {
            let one = File::open(folder.join("info/commit-graph")).ok().map(Source::File);
            one.and_then(Self::one).or_else(|| Self::chain(folder, &folders))
        })
    }

    /// A single file.
    pub(super) fn one(source: Source) -> Option<Self> {
        let mut files = Self::default();
        files.add(source, None)?;
        Some(files)
    }

    /// As in git, of a chain that is broken somewhere everything below that is used.
    fn chain(folder: &Path, folders: &[PathBuf]) -> Option<Self> {
        let list = text(&folder.join("info/commit-graphs/commit-graph-chain"))?;
        let mut files = Self::default();
        for line in list.lines() {
            let Some(name) = Oid::from_str(line).ok().filter(|_| line.len() == 2 * ID_BYTES) else { break };
            let path = format!("info/commit-graphs/graph-{name}.graph");
            let file = folders.iter().find_map(|folder| File::open(folder.join(&path)).ok());
            let added = file.and_then(|file| files.add(Source::File(file), name.as_bytes().try_into().ok()));
            if added.is_none() || files.layers.len() == MOST_FILES {
                break;
            }
        }
        (!files.layers.is_empty()).then_some(files)
    }

    /// Puts a file on top, where it is what its name says.
    fn add(&mut self, source: Source, name: Option<[u8; ID_BYTES]>) -> Option<()> {
        let first = self.layers.last().map_or(0, |layer| layer.first + layer.count);
        let layer = Layer::open(&source, self.sources.len(), first, &self.names)?;
        if let Some(name) = name {
            // The file ends in its own hash, which is its name.
            let mut end = [0; ID_BYTES];
            source.read(&mut end, source.size()?.checked_sub(ID_BYTES as u64)?)?;
            if end != name {
                return None;
            }
            self.names.push(name);
        }
        self.sources.push(source);
        self.layers.push(layer);
        Some(())
    }
}

/// A folder of objects, and those that it borrows from (gitrepository-layout, `objects/info/alternates`).
fn with_borrowed(objects: &Path) -> Vec<PathBuf> {
    let mut folders = vec![objects.to_owned()];
    let mut begin = 0;
    for _ in 0..=DEEPEST {
        let end = folders.len();
        for n in begin..end {
            let Some(folder) = folders.get(n).cloned() else { continue };
            let list = text(&folder.join("info/alternates")).unwrap_or_default();
            let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '"']));
            for other in lines.map(|line| folder.join(line)) {
                if folders.len() < MOST_FOLDERS && !folders.contains(&other) {
                    folders.push(other);
                }
            }
        }
        begin = end;
    }
    folders
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LONGEST_LIST).read_to_string(&mut text).ok()?;
    Some(text)
}
