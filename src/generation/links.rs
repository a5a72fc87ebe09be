//! The links of a profile, and the system each of them leads to.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use super::facts::{Facts, NIXOS_VERSION};
use super::files::{Folder, What};
use super::kept::Seen;
use super::{Condition, Extent, Generation, Running, files};

/// More hops than any link of Nix takes.
const MOST_HOPS: usize = 10;

/// Links to generations, to be read by as many threads as have time for it.
#[derive(Debug)]
pub(super) struct Links {
    folder: PathBuf,
    /// The name of each, and the number in it.
    links: Vec<(OsString, u64)>,
    next: AtomicUsize,
    extent: Extent,
}

impl Links {
    pub(super) fn new(folder: &Path, links: Vec<(OsString, u64)>, extent: Extent) -> Self {
        Self { folder: folder.to_owned(), links, next: AtomicUsize::new(0), extent }
    }

    pub(super) fn count(&self) -> usize {
        self.links.len()
    }

    /// Reads one generation after the other until none is left that nobody else has taken. One whose link vanishes
    /// between being listed and being looked at is not there.
    pub(super) fn read(&self) -> impl Iterator<Item = Generation> {
        let folder = Folder::open(&self.folder);
        let mut reader = Reader::new(self.extent);
        let links = std::iter::from_fn(|| self.links.get(self.next.fetch_add(1, Ordering::Relaxed)));
        links.filter_map(move |(link, number)| reader.generation(folder.as_ref()?, Path::new(link), *number))
    }
}

/// The running system that no link of the profile leads to, of the date at which it was switched to.
pub(super) fn unlinked(path: &Path, link: &Path, extent: Extent) -> Generation {
    let mut reader = Reader::new(extent);
    let (toplevel, facts) = match path.parent() {
        Some(store) => reader.system(path, None, store),
        None => (path.to_path_buf(), Facts::default()),
    };
    Generation {
        number: 0,
        created: std::fs::symlink_metadata(link).map_or(0, |metadata| written(&metadata)),
        target: path.to_path_buf(),
        condition: Condition::Unlinked,
        toplevel: Some(toplevel),
        is_default: false,
        running: Some(Running { specialisation: None }),
        booted: None,
        facts,
    }
}

/// Reads systems, one after the other.
struct Reader {
    extent: Extent,
    /// What the systems keep that were read.
    seen: Seen,
    /// The store in which the last one lies: the next one probably does as well.
    store: Option<Folder>,
}

impl Reader {
    fn new(extent: Extent) -> Self {
        Self { extent, seen: Seen::default(), store: None }
    }

    fn generation(&mut self, folder: &Folder, name: &Path, number: u64) -> Option<Generation> {
        let (target, created) = folder.link(name)?;
        let Followed { end, hops, is_there, folder } = self.follow(&folder.path().join(name), &target);
        let condition = match (is_there, hops, end.parent()) {
            (false, ..) => Condition::Gone,
            (true, 1, Some(_)) if target.is_absolute() => Condition::Sound,
            (true, ..) => Condition::Odd(format!("its link leads to {}", target.display())),
        };
        let (toplevel, facts) = match (is_there, end.parent()) {
            (true, Some(store)) => {
                let (toplevel, facts) = self.system(&end, folder, store);
                (Some(toplevel), facts)
            }
            (true, None) => (Some(end.clone()), gone(&end)),
            (false, _) => (None, gone(&end)),
        };
        Some(Generation {
            number,
            created,
            target: end,
            condition,
            toplevel,
            is_default: false,
            running: None,
            booted: None,
            facts,
        })
    }

    /// The system at a path, perhaps wrapped, and what it says of itself.
    fn system(&mut self, path: &Path, folder: Option<Folder>, store: &Path) -> (PathBuf, Facts) {
        // What cannot be opened says nothing.
        let Some(folder) = folder.or_else(|| Folder::open(path)) else {
            return (path.to_path_buf(), Facts::default());
        };
        let version = folder.what(NIXOS_VERSION);
        let wrapped = version.filter(|what| *what == What::Link).and_then(|_| wrapped(&folder));
        let (path, folder) = match wrapped {
            Some(system) => {
                let folder = Folder::open(&system);
                (system, folder)
            }
            None => (path.to_path_buf(), Some(folder)),
        };
        let read = |folder: Folder| {
            let is_nixos = match version {
                Some(What::Text) => true,
                Some(What::Link) => folder.line(NIXOS_VERSION).is_some(),
                Some(What::Other) | None => false,
            };
            Facts::read(&folder, is_nixos, store, self.extent, &mut self.seen)
        };
        (path, folder.map(read).unwrap_or_default())
    }

    /// The folder at a path, when it is no link.
    fn open_itself(&mut self, path: &Path) -> Option<Folder> {
        let (store, name) = (path.parent()?, path.file_name()?);
        if self.store.as_ref().is_none_or(|last| last.path() != store) {
            self.store = Folder::open(store);
        }
        self.store.as_ref()?.folder(Path::new(name))
    }

    /// Follows links as long as they lead to links, and counts them. Says whether anything is there in the end.
    fn follow(&mut self, link: &Path, first: &Path) -> Followed {
        let beside =
            |from: &Path, to: &Path| from.parent().map_or_else(|| to.to_path_buf(), |folder| folder.join(to));
        let mut place = without_detours(beside(link, first));
        let mut hops = 1;
        // As Nix makes it, the link leads to a folder, which will be looked into anyway.
        let folder = self.open_itself(&place);
        let is_there = folder.is_some()
            || loop {
                match std::fs::symlink_metadata(&place) {
                    Err(_) => break false,
                    Ok(metadata) if !metadata.is_symlink() => break true,
                    Ok(_) if hops == MOST_HOPS => break place.exists(),
                    Ok(_) => {}
                }
                let Ok(next) = std::fs::read_link(&place) else { break false };
                place = beside(&place, &next);
                hops += 1;
            };
        Followed { end: without_detours(place), hops, is_there, folder }
    }
}

/// When it was last written, in seconds since 1970 UTC.
fn written(metadata: &std::fs::Metadata) -> i64 {
    metadata.modified().ok().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    })
}

/// Where links lead.
#[derive(Debug)]
struct Followed {
    end: PathBuf,
    hops: usize,
    is_there: bool,
    /// The end, opened, where that answered the question whether it is there.
    folder: Option<Folder>,
}

/// A relative link makes `profiles/../store/x`; as the store's own path it is that of the sources beside it.
fn without_detours(place: PathBuf) -> PathBuf {
    let is_detour = |part: Component<'_>| part == Component::ParentDir;
    if !place.components().any(is_detour) {
        return place;
    }
    let folder = place.parent().and_then(files::end);
    folder.zip(place.file_name()).map(|(folder, name)| folder.join(name)).unwrap_or(place)
}

/// deploy-rs puts a folder of links around the system; its files lead to the real one, a neighbour in the store. A
/// link to anywhere else is no wrapper's.
fn wrapped(folder: &Folder) -> Option<PathBuf> {
    let real = folder.end(NIXOS_VERSION)?;
    let system = real.parent().filter(|_| real.ends_with(NIXOS_VERSION))?;
    let is_neighbour = system.parent() == folder.path().parent().and_then(files::end).as_deref();
    is_neighbour.then(|| system.to_path_buf())
}

/// Of a system that is gone its name is left, and in it the label.
fn gone(path: &Path) -> Facts {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let label = super::Version::parse(name)
        .and_then(|version| name.find(&version.release).and_then(|at| name.get(at..)));
    Facts::from_name(label)
}

#[cfg(test)]
mod tests;
