//! Commits and trees as they lie in the object database, seen through git's detours.
//!
//! Only the few bytes that a walk needs are parsed: a commit's tree, parents and date, and one entry of each tree.

use std::cell::{OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use git2::{ErrorCode, Oid};

use super::CommitId;
use super::commit_graph::CommitGraph;
use super::detours::Detours;
use super::pack::{Packs, Steps, Told, Unpacked};
use crate::error::{Error, Result};

/// The number of bytes of a SHA-1 object id, the only kind libgit2 reads.
const ID_BYTES: usize = 20;

/// So many octal digits fit into 32 bits.
const LONGEST_MODE: usize = 10;

/// More tags around a commit than anybody nests.
const MOST_TAGS: usize = 100;

/// A file as one commit has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileAt {
    /// There is no such file in this commit.
    Absent,
    /// The file's blob (or whatever else lies at its path) and the mode git gives it.
    Present {
        /// The mode as git normalises it: `0o100644`, `0o100755`, `0o120000`, `0o160000` or `0o40000`.
        mode: u32,
        /// The object at the path.
        id: ObjectId,
    },
    /// A tree on the way to the file is not in the object database, as in a clone made with `--filter=tree:0`.
    Unknown {
        /// The tree that is missing.
        tree: ObjectId,
    },
}

impl FileAt {
    /// The object at the path, whatever it is.
    #[must_use]
    pub fn id(self) -> Option<ObjectId> {
        match self {
            Self::Present { id, .. } => Some(id),
            Self::Absent | Self::Unknown { .. } => None,
        }
    }
}

/// The id of a blob or tree.
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(super) Oid);

/// As the bytes are equal; libgit2's own comparison is a call that cannot be inlined, and ids are looked up a lot.
impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes() == other.0.as_bytes()
    }
}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a walk needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skeleton {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    /// The committer's date in seconds since 1970 UTC, read as git reads it for sorting: unsigned, 0 when unreadable.
    pub(super) date: u64,
}

/// The object database of one repository, with its detours.
pub(super) struct Objects<'r> {
    repository: &'r git2::Repository,
    odb: git2::Odb<'r>,
    held: &'r Held,
    detours: &'r Detours,
}

/// What is read of a repository's files once and held from then on.
pub(super) struct Held {
    packs: RefCell<Packs>,
    commit_graph: OnceCell<Option<CommitGraph>>,
}

impl Held {
    pub(super) fn new(packs: Packs) -> Self {
        Self { packs: RefCell::new(packs), commit_graph: OnceCell::new() }
    }
}

/// An object.
pub(super) enum Object<'o> {
    /// From a pack, read by ourselves.
    Unpacked(Unpacked),
    /// From anywhere, by libgit2.
    Other(git2::OdbObject<'o>),
}

impl Object<'_> {
    pub(super) fn data(&self) -> &[u8] {
        match self {
            Self::Unpacked(object) => &object.data,
            Self::Other(object) => object.data(),
        }
    }

    /// The same, to be kept.
    pub(super) fn into_data(self) -> Arc<Vec<u8>> {
        match self {
            Self::Unpacked(object) => object.data,
            Self::Other(object) => Arc::new(object.data().to_vec()),
        }
    }

    pub(super) fn kind(&self) -> git2::ObjectType {
        match self {
            Self::Unpacked(object) => object.kind,
            Self::Other(object) => object.kind(),
        }
    }
}

impl<'r> Objects<'r> {
    pub(super) fn of(repository: &'r git2::Repository, held: &'r Held, detours: &'r Detours) -> Result<Self> {
        let odb = repository
            .odb()
            .map_err(|e| Error::new("cannot open the object database").because(e.message()))?;
        Ok(Self { repository, odb, held, detours })
    }

    /// The commit-graph. `None` when there is none, or when git would not use it, because it knows of no detours.
    pub(super) fn commit_graph(&self) -> Option<&'r CommitGraph> {
        let graph = || if self.detours.are_none() { CommitGraph::of(self.repository) } else { None };
        self.held.commit_graph.get_or_init(graph).as_ref()
    }

    /// The bytes of an object, or `None` when it is not there (a partial clone, or damage).
    pub(super) fn read(&self, id: Oid) -> Result<Option<Object<'_>>> {
        let id = self.detours.replacement(id);
        if let Some(object) = self.held.packs.borrow_mut().read(id) {
            return Ok(Some(Object::Unpacked(object)));
        }
        match self.odb.read(id) {
            Ok(object) => Ok(Some(Object::Other(object))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(Error::new(format!("cannot read object {id}"))
                .because(e.message())
                .hint("the repository may be damaged: `git fsck` tells")),
        }
    }

    /// How a blob is made for who was told of others before. `None` when it is not there.
    pub(super) fn steps(&self, id: Oid, told: &mut Told) -> Result<Option<Steps>> {
        let stored = self.held.packs.borrow_mut().steps(self.detours.replacement(id), told);
        if stored.is_some() {
            return Ok(stored);
        }
        Ok(self.read(id)?.map(|object| told.whole(object.data().to_vec())))
    }

    /// How many bytes an object has, without unpacking it. `None` when it is not there.
    pub(super) fn size(&self, id: Oid) -> Result<Option<usize>> {
        let id = self.detours.replacement(id);
        // For every missing object, of which a partial clone has many, libgit2 would look for new packs.
        if !self.odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH) {
            return Ok(None);
        }
        match self.odb.read_header(id) {
            Ok((size, _)) => Ok(Some(size)),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(Error::new(format!("cannot read object {id}"))
                .because(e.message())
                .hint("the repository may be damaged: `git fsck` tells")),
        }
    }

    /// The commit that an id stands for, through tags; `None` when there is none. Nothing in the commit is looked at.
    pub(super) fn peel(&self, id: Oid) -> Option<Oid> {
        let mut id = id;
        for _ in 0..MOST_TAGS {
            let object = self.read(id).ok()??;
            match object.kind() {
                git2::ObjectType::Commit => return Some(id),
                git2::ObjectType::Tag => id = object_line(&mut object.data(), b"object ")?,
                _ => return None,
            }
        }
        None
    }

    /// A commit's tree, parents and date. `None` when there is no such commit.
    pub(super) fn commit(&self, id: Oid) -> Result<Option<Skeleton>> {
        let graph = self.commit_graph();
        let recorded = graph.and_then(|graph| graph.commit(graph.find(CommitId(id))?));
        if let Some(recorded) = recorded {
            let parents = recorded.parents.iter().map(|(_, parent)| parent.0).collect();
            return Ok(Some(Skeleton { tree: recorded.tree, parents, date: recorded.date }));
        }
        self.commit_object(id)
    }

    /// The same, whatever the commit-graph says.
    pub(super) fn commit_object(&self, id: Oid) -> Result<Option<Skeleton>> {
        let Some(object) = self.read(id)? else { return Ok(None) };
        if object.kind() != git2::ObjectType::Commit {
            return Err(Error::new(format!("object {id} is a {}, not a commit", object.kind().str())));
        }
        let mut skeleton = skeleton(object.data()).ok_or_else(|| {
            Error::new(format!("commit {id} is malformed"))
                .hint("the repository may be damaged: `git fsck` tells")
        })?;
        if let Some(parents) = self.detours.parents(id) {
            skeleton.parents = parents.to_vec();
        }
        Ok(Some(skeleton))
    }

    /// What lies at `path` (parts separated by `/`) below a tree.
    pub(super) fn file_at(&self, tree: Oid, path: &str) -> Result<FileAt> {
        let mut tree = tree;
        let mut rest = path;
        loop {
            let (name, deeper) = match rest.split_once('/') {
                Some((name, deeper)) => (name, Some(deeper)),
                None => (rest, None),
            };
            let Some(object) = self.read(tree)? else { return Ok(FileAt::Unknown { tree: ObjectId(tree) }) };
            let Some((mode, id)) = tree_entry(object.data(), name.as_bytes()) else {
                return Ok(FileAt::Absent);
            };
            match deeper {
                None => return Ok(FileAt::Present { mode, id: ObjectId(id) }),
                Some(_) if mode != 0o40000 => return Ok(FileAt::Absent),
                Some(deeper) => (tree, rest) = (id, deeper),
            }
        }
    }
}

/// The entries of a tree object: `<mode> <name>\0<id>`, repeated. A malformed rest ends the list.
pub(super) fn tree_entries(data: &[u8]) -> impl Iterator<Item = (u32, &[u8], Oid)> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let space = rest.iter().position(|&byte| byte == b' ')?;
        let (mode, after) = rest.split_at_checked(space)?;
        let after = after.get(1..)?;
        let nul = after.iter().position(|&byte| byte == 0)?;
        let (name, after) = after.split_at_checked(nul)?;
        let (id, after) = after.get(1..)?.split_at_checked(ID_BYTES)?;
        rest = after;
        let mode = mode.iter().try_fold(0u32, |sum, &digit| match digit {
            b'0'..=b'7' => Some(sum.checked_mul(8)? + u32::from(digit - b'0')),
            _ => None,
        })?;
        Some((normal_mode(mode), name, Oid::from_bytes(id).ok()?))
    })
}

/// The first entry of that name. A walk goes through the tree of every commit for one entry, so nothing is made of the
/// others; a malformed one ends the search as it ends [`tree_entries`].
fn tree_entry(data: &[u8], wanted: &[u8]) -> Option<(u32, Oid)> {
    let mut rest = data;
    loop {
        let end_of_mode = rest.iter().position(|byte| !matches!(byte, b'0'..=b'7'))?;
        if end_of_mode > LONGEST_MODE {
            return tree_entries(rest).find(|(_, name, _)| *name == wanted).map(|(mode, _, id)| (mode, id));
        }
        let (_, after) = rest.split_at_checked(end_of_mode)?;
        let name = after.strip_prefix(b" ")?;
        if name.strip_prefix(wanted).is_some_and(|after| after.first() == Some(&0)) {
            return tree_entries(rest).next().map(|(mode, _, id)| (mode, id));
        }
        let end_of_name = name.iter().position(|&byte| byte == 0)?;
        rest = name.get(end_of_name + 1 + ID_BYTES..)?;
    }
}

/// git compares modes after this normalisation (`canon_mode`), so that `100664` of old trees is no change.
fn normal_mode(mode: u32) -> u32 {
    match mode & 0o170_000 {
        0o100_000 if mode & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        0o120_000 => 0o120_000,
        0o040_000 => 0o040_000,
        _ => 0o160_000,
    }
}

/// Reads the head of a commit object: `tree`, `parent`s, `author`, `committer`.
fn skeleton(data: &[u8]) -> Option<Skeleton> {
    let mut rest = data;
    let tree = object_line(&mut rest, b"tree ")?;
    let mut parents = Vec::new();
    while let Some(parent) = object_line(&mut rest, b"parent ") {
        parents.push(parent);
    }
    Some(Skeleton { tree, parents, date: committer_date(rest) })
}

fn object_line(rest: &mut &[u8], key: &[u8]) -> Option<Oid> {
    let (hex, after) = rest.strip_prefix(key)?.split_at_checked(2 * ID_BYTES)?;
    let id = Oid::from_str(std::str::from_utf8(hex).ok()?).ok()?;
    *rest = after.strip_prefix(b"\n")?;
    Some(id)
}

/// The date git sorts by. As in git's `parse_commit_date`: the number behind the last `>` of the committer line that
/// directly follows the author line; wraps when negative, saturates when huge, 0 when there is none.
fn committer_date(head: &[u8]) -> u64 {
    let mut lines = head.split(|&byte| byte == b'\n');
    let (Some(author), Some(committer)) = (lines.next(), lines.next()) else { return 0 };
    if !author.starts_with(b"author") || !committer.starts_with(b"committer") {
        return 0;
    }
    let Some(email_end) = committer.iter().rposition(|&byte| byte == b'>') else { return 0 };
    let text = committer.get(email_end + 1..).unwrap_or_default().trim_ascii_start();
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let number = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0u64, |sum, &digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    if negative { number.wrapping_neg() } else { number }
}

/// How many hex digits tell objects apart in a repository of this size, by git's own rule (`core.abbrev=auto`):
/// half the bits of the number of packed objects, and at least seven.
pub(super) fn abbreviation(repository: &git2::Repository) -> usize {
    let set = repository.config().and_then(|mut c| c.snapshot()).ok().and_then(|config| {
        let text = config.get_string("core.abbrev").ok()?;
        if text == "no" || text == "off" { Some(2 * ID_BYTES) } else { text.parse().ok() }
    });
    if let Some(digits) = set {
        return usize::clamp(digits, 4, 2 * ID_BYTES);
    }
    let bits = u64::BITS - packed_objects(&repository.commondir().join("objects/pack")).leading_zeros();
    usize::max(7, bits.div_ceil(2) as usize)
}

/// The last word of a pack index' fan-out table is the number of its objects (gitformat-pack, "pack-*.idx files").
fn packed_objects(folder: &Path) -> u64 {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let indexes =
        entries.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "idx"));
    let count = |path: &Path| {
        let mut file = std::fs::File::open(path).ok()?;
        let mut word = [0; 4];
        file.seek(SeekFrom::Start(8 + 255 * 4)).ok()?;
        file.read_exact(&mut word).ok()?;
        Some(u64::from(u32::from_be_bytes(word)))
    };
    indexes.filter_map(|path| count(&path)).sum()
}

#[cfg(test)]
mod tests;
