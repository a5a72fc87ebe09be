//! The half of a history's work that is git's: finding versions and inflating blobs, done ahead on a second thread
//! while the first one decodes, compares and writes.
//!
//! libgit2's handles stay on one thread, so the second thread opens the repository for itself.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::error::{Error, Result};
use crate::git::{
    Commit, CommitId, CommitObject, FileAt, Filter, ObjectId, Reader, Repository, Steps, Tip, Told, Version,
};
use crate::lock::{Change, compare};
use crate::spread::{SpreadMap, SpreadSet};

use super::State;
use super::universe::{EveryLockSender, Ready};

/// How many blobs both sides keep in mind: a version and the one before it are usually neighbours, and where branches
/// run side by side not far apart.
pub(super) const KEPT: usize = 64;
/// A batch is handed over at the latest when it holds so many bytes …
const BATCH_BYTES: usize = 256 << 10;
/// … or so many versions. The first batches are smaller, because somebody waits for the first page.
const BATCH_VERSIONS: usize = 32;
/// So many batches may wait, which bounds the memory.
const WAITING: usize = 4;
/// Without blobs a batch is small, and all are wanted at once as soon as the locks are there.
const WAITING_WITHOUT_BLOBS: usize = 4096;

/// A version with what it takes to make an entry of it.
pub(super) struct Loaded {
    pub(super) version: Version,
    pub(super) commit: Commit,
    /// Blobs of this version and the one before it that were not handed over lately, as far as they are there.
    pub(super) blobs: Vec<(ObjectId, Steps)>,
    /// What the lock is, and what is different from the first parent's, where both were decoded beforehand.
    pub(super) compared: Option<(State, Vec<Change>)>,
}

/// What comes through the channel.
enum Message {
    Batch(Vec<Loaded>),
    Failed(Error),
    /// The last message: the commits at which a shallow clone was found to end.
    Done(Vec<CommitId>),
}

/// The versions of a file, loaded ahead.
pub(super) struct Ahead {
    receiver: Receiver<Message>,
    /// What was received and not yet given.
    received: VecDeque<Loaded>,
    /// Whether nothing is to be received any more, and why, if it broke off.
    ended: bool,
    failure: Option<Error>,
    pub(super) shallow_ends: Vec<CommitId>,
}

/// What to load.
pub(super) struct Order {
    pub(super) path: String,
    pub(super) tips: Vec<Tip>,
    pub(super) filter: Filter,
    pub(super) reverse: bool,
}

impl Ahead {
    /// Starts loading; with `every`, after every lock of the repository has been sent there, and without the blobs,
    /// which its receiver has.
    ///
    /// # Errors
    /// When the thread cannot be started, or the repository not be opened again.
    pub(super) fn start(
        repository: &Repository,
        order: Order,
        every: Option<EveryLockSender>,
    ) -> Result<Self> {
        let own = repository.reopen()?;
        let waiting = if every.is_none() { WAITING } else { WAITING_WITHOUT_BLOBS };
        let (sender, receiver) = sync_channel(waiting);
        std::thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || {
                let last = match load(&own, order, every, &sender) {
                    Ok(shallow_ends) => Message::Done(shallow_ends),
                    Err(error) => Message::Failed(error),
                };
                // Nobody listens any more when only the first entries were wanted.
                drop(sender.send(last));
            })
            .map_err(|e| Error::new("cannot start a thread").because(e))?;
        let (received, shallow_ends) = (VecDeque::new(), Vec::new());
        Ok(Self { receiver, received, ended: false, failure: None, shallow_ends })
    }

    /// Every version that is still to be given. Receives them all, which is for those who have the memory: where blobs
    /// come with them, it is much.
    pub(super) fn coming(&mut self) -> impl Iterator<Item = &Version> {
        while self.receive() {}
        self.received.iter().map(|loaded| &loaded.version)
    }

    /// Receives one more message; false when there is none.
    fn receive(&mut self) -> bool {
        if self.ended {
            return false;
        }
        match self.receiver.recv() {
            Ok(Message::Batch(batch)) => {
                self.received.extend(batch);
                return true;
            }
            Ok(Message::Failed(error)) => self.failure = Some(error),
            Ok(Message::Done(shallow_ends)) => self.shallow_ends = shallow_ends,
            // The other side is gone, and has said why before.
            Err(_) => {}
        }
        self.ended = true;
        false
    }
}

impl Iterator for Ahead {
    type Item = Result<Loaded>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(loaded) = self.received.pop_front() {
                return Some(Ok(loaded));
            }
            if !self.receive() {
                return self.failure.take().map(Err);
            }
        }
    }
}

/// Walks and loads until the end, or until nobody wants more.
fn load(
    repository: &Repository,
    order: Order,
    every: Option<EveryLockSender>,
    sender: &SyncSender<Message>,
) -> Result<Vec<CommitId>> {
    let with_blobs = every.is_none();
    let reader = repository.reader()?;
    // When a commit is come by, it has just been unpacked, with all that it is stored as a difference to. Later that
    // would have to be done again. One that cannot be read fails when it is listed, if it is.
    let mut commits = SpreadMap::default();
    let read =
        |reader: &Reader<'_>, id| commits.extend(reader.commit_object(id).ok().map(|commit| (id, commit)));
    let survey = every.as_ref().and_then(|every| every.send_all(repository, &order.path, read));
    let ready = every.and_then(EveryLockSender::ready);
    let mut walk = match survey {
        Some(survey) => survey.walk(&order.tips, order.filter),
        None => repository.walk(&order.path, &order.tips, order.filter),
    }?;
    let mut sink = Sink {
        sender,
        batch: Vec::new(),
        bytes: 0,
        limit: 4,
        lately: Lately::default(),
        told: Told::default(),
        with_blobs,
        commits,
        ready,
    };
    let mut failure = None;
    if order.reverse {
        let mut versions = Vec::new();
        for version in walk.by_ref() {
            match version {
                Ok(version) => versions.push(version),
                Err(error) => failure = Some(error),
            }
        }
        for version in versions.into_iter().rev() {
            if !sink.put(&reader, version)? {
                return Ok(Vec::new());
            }
        }
    } else {
        for version in walk.by_ref() {
            match version {
                Ok(version) => {
                    if !sink.put(&reader, version)? {
                        return Ok(Vec::new());
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
    }
    sink.hand_over();
    failure.map_or_else(|| Ok(walk.shallow_ends().to_vec()), Err)
}

/// Collects batches and hands them over.
struct Sink<'s> {
    sender: &'s SyncSender<Message>,
    batch: Vec<Loaded>,
    bytes: usize,
    limit: usize,
    lately: Lately,
    told: Told,
    with_blobs: bool,
    /// Commits that were read beforehand.
    commits: SpreadMap<CommitId, CommitObject>,
    /// Locks that were decoded beforehand.
    ready: Option<Ready>,
}

impl Sink<'_> {
    /// Loads a version; false when nobody wants it any more.
    fn put(&mut self, reader: &Reader<'_>, version: Version) -> Result<bool> {
        let mut blobs = Vec::new();
        for file in [version.file, version.before] {
            // Anything but a regular file is no lock, and is told without its bytes.
            let FileAt::Present { mode: 0o100_644 | 0o100_755, id } = file else { continue };
            if self.with_blobs && self.lately.is_new(id) {
                // What cannot be read is left to whoever decodes, who makes a reason of it.
                if let Ok(Some(steps)) = reader.steps(id, &mut self.told) {
                    self.bytes += steps.size();
                    blobs.push((id, steps));
                }
            }
        }
        let read = self.commits.remove(&version.commit);
        let commit = read.map_or_else(|| reader.commit_object(version.commit), Ok)?.decode();
        let compared = self.compared(&version);
        self.batch.push(Loaded { version, commit, blobs, compared });
        if self.batch.len() >= self.limit || self.bytes >= BATCH_BYTES {
            self.limit = usize::min(self.limit * 2, BATCH_VERSIONS);
            return Ok(self.hand_over());
        }
        Ok(true)
    }

    /// What is different, where that is known or can be found here: the other side is busy with the generations meanwhile.
    fn compared(&mut self, version: &Version) -> Option<(State, Vec<Change>)> {
        let Ready { decoded, compared } = self.ready.as_mut()?;
        let lock = |file| match file {
            FileAt::Absent => Some(None),
            FileAt::Present { mode: 0o100_644 | 0o100_755, id } => decoded.get(&id)?.as_ref().ok().map(Some),
            FileAt::Present { .. } | FileAt::Unknown { .. } => None,
        };
        let (before, now) = (lock(version.before)?, lock(version.file)?);
        let pair = version.before.id().zip(version.file.id());
        let changes = pair.and_then(|pair| compared.remove(&pair));
        let changes = changes.unwrap_or_else(|| compare(before.map(Arc::as_ref), now.map(Arc::as_ref)));
        Some((now.map_or(State::Absent, |lock| State::Readable(Arc::clone(lock))), changes))
    }

    fn hand_over(&mut self) -> bool {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        batch.is_empty() || self.sender.send(Message::Batch(batch)).is_ok()
    }
}

/// The blobs handed over lately: first in, first out, as the other side keeps them.
#[derive(Default)]
struct Lately {
    order: VecDeque<ObjectId>,
    known: SpreadSet<ObjectId>,
}

impl Lately {
    /// Whether it was not handed over lately; from now on it was.
    fn is_new(&mut self, id: ObjectId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(id);
        true
    }
}
