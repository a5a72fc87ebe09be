//! Every lock the repository knows, so that a system can be asked which of them it was built from.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use crate::error::{Error, Result};
use crate::git::{
    CommitId, FileAt, Introduced, ObjectId, OnDisk, Reader, Repository, Steps, Survey, Told, blob_id,
};
use crate::lock::{Change, Lock, compare};
use crate::spread::SpreadMap;

use super::collect::Decoded;
use super::texts::Texts;

/// A lock, and where it is known from.
#[derive(Clone, Debug)]
pub struct LockVersion {
    /// The blob git keeps it in, or would.
    pub lock_id: ObjectId,
    /// The lock.
    pub lock: Arc<Lock>,
    /// The commit that introduced it; `None` for one that was never committed.
    pub introduced: Option<Introduced>,
    /// Its bytes, when it was found outside the repository.
    pub found: Option<Arc<[u8]>>,
}

/// Every readable lock of a repository.
#[derive(Clone, Debug, Default)]
pub struct Universe {
    /// The locks: the committed ones in the order in which git came by them, later commits mostly first, then the others.
    /// The same repository gives the same order.
    pub versions: Vec<LockVersion>,
    places: SpreadMap<ObjectId, usize>,
    /// Everything that was decoded, readable or not, so that nothing is decoded twice.
    pub(super) decoded: Arc<AllDecoded>,
    /// As of [`Ready`], until that goes its way.
    compared: SpreadMap<(ObjectId, ObjectId), Vec<Change>>,
}

/// What each blob is as a lock.
pub(super) type AllDecoded = SpreadMap<ObjectId, Decoded>;

/// So many changes are found before anybody asks for them, some 40 MB at most: few histories have more.
const MOST_CHANGES: usize = 1 << 18;

/// So many bytes or blobs go in one batch, and so many batches wait.
const BATCH_BYTES: usize = 256 << 10;
const BATCH_BLOBS: usize = 64;
const WAITING: usize = 4;

/// What comes through the channel.
enum Message {
    Blobs(Vec<(ObjectId, Steps)>),
    /// The last message: who introduced each, or why that could not be found out.
    Done(Result<SpreadMap<ObjectId, Introduced>>),
}

/// Every version of a lock, as another thread reads them.
pub struct EveryLock {
    receiver: Receiver<Message>,
    /// The way back for what becomes of them; none where nobody waits for that.
    back: Option<SyncSender<Ready>>,
    /// So many changes are found beforehand.
    most_changes: usize,
}

/// What becomes of the locks, for the walk after them.
#[derive(Default)]
pub(super) struct Ready {
    /// What each blob is as a lock.
    pub(super) decoded: Arc<AllDecoded>,
    /// What is different between two locks, the one before and the one after it. Most of those that the walk will ask
    /// for: git comes by a lock mostly just before the one it was made of, and then both have been looked at a moment ago.
    pub(super) compared: SpreadMap<(ObjectId, ObjectId), Vec<Change>>,
}

impl EveryLock {
    /// Begins to read every version of the lock at `path`: in all refs, reflogs and the stash.
    ///
    /// # Errors
    /// When the repository cannot be opened again, or the thread not be started.
    pub fn read(repository: &Repository, path: &str) -> Result<Self> {
        let own = repository.reopen()?;
        let path = path.to_owned();
        let (every, sender) = Self::channel(false);
        let every = Self { back: None, ..every };
        std::thread::Builder::new()
            .name("every lock".to_owned())
            .spawn(move || drop(sender.send_all(&own, &path, |_, _| {})))
            .map_err(|e| Error::new("cannot start a thread").because(e))?;
        Ok(every)
    }

    /// Lets the walk begin that waits for what becomes of the locks: what is needed before its first entry can be used
    /// is done now, or is as quickly done beside it. A walk whose locks are dropped instead begins without them.
    pub fn go_on(&self, universe: &mut Universe) {
        let compared = std::mem::take(&mut universe.compared);
        let ready = Ready { decoded: Arc::clone(&universe.decoded), compared };
        if let Some(back) = &self.back {
            // It may have failed, and says so itself.
            drop(back.send(ready));
        }
    }

    /// Both ends, for a thread that has more to do; says whether that will ask for what changed in most locks.
    pub(super) fn channel(compares_most: bool) -> (Self, EveryLockSender) {
        let (sender, receiver) = sync_channel(WAITING);
        let (back, ready) = sync_channel(1);
        let most_changes = if compares_most { MOST_CHANGES } else { 0 };
        (Self { receiver, back: Some(back), most_changes }, EveryLockSender { sender, ready })
    }
}

/// Where the other thread puts them.
pub(super) struct EveryLockSender {
    sender: SyncSender<Message>,
    ready: Receiver<Ready>,
}

impl EveryLockSender {
    /// Reads and sends every version, and tells `come_by` of the commits that brought one, which are quickly read just
    /// then. Gives back what was read of all commits, unless that failed, which is sent.
    pub(super) fn send_all<'r>(
        &self,
        repository: &'r Repository,
        path: &str,
        come_by: impl FnMut(&Reader<'_>, CommitId),
    ) -> Option<Survey<'r>> {
        let mut survey = repository.survey(path);
        let introduced = match &mut survey {
            Ok(survey) => self.send_versions(repository, survey, come_by),
            Err(_) => Ok(SpreadMap::default()),
        };
        let (survey, result) = match (survey, introduced) {
            (Ok(survey), Ok(introduced)) => (Some(survey), Ok(introduced)),
            (_, Err(error)) | (Err(error), _) => (None, Err(error)),
        };
        // Nobody listens any more when the whole is given up.
        drop(self.sender.send(Message::Done(result)));
        survey
    }

    /// Waits until all have been decoded; `None` when the other side has given up.
    pub(super) fn ready(self) -> Option<Ready> {
        self.ready.recv().ok()
    }

    fn send_versions(
        &self,
        repository: &Repository,
        survey: &mut Survey<'_>,
        mut come_by: impl FnMut(&Reader<'_>, CommitId),
    ) -> Result<SpreadMap<ObjectId, Introduced>> {
        let reader = repository.reader()?;
        let mut told = Told::default();
        let mut batch = Vec::new();
        let mut size = 0;
        let introduced = survey.every_version(&repository.every_tip(), |id, commit| {
            come_by(&reader, commit);
            // What is missing or cannot be read is no candidate.
            if let Ok(Some(steps)) = reader.steps(id, &mut told) {
                size += steps.size();
                batch.push((id, steps));
            }
            if size < BATCH_BYTES && batch.len() < BATCH_BLOBS {
                return true;
            }
            size = 0;
            self.sender.send(Message::Blobs(std::mem::take(&mut batch))).is_ok()
        })?;
        drop(self.sender.send(Message::Blobs(batch)));
        Ok(introduced)
    }
}

impl Universe {
    /// Decodes every version of the lock at `path` as it comes, then what is staged and in the working tree, and tells
    /// `come_by` of each lock as it gets its place in [`versions`](Self::versions). While none is there yet, it calls
    /// `meanwhile` for something short to be done, until that says that nothing is left.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn collect(
        every: &EveryLock,
        repository: &Repository,
        path: &str,
        mut come_by: impl FnMut(&Arc<Lock>),
        mut meanwhile: impl FnMut() -> bool,
    ) -> Result<Self> {
        let mut universe = Self::default();
        let mut decoded = SpreadMap::default();
        let mut changes = 0;
        let mut texts = Texts::default();
        let reader = repository.reader()?;
        let introduced = loop {
            let message = match every.receiver.try_recv() {
                Err(TryRecvError::Empty) if meanwhile() => continue,
                Err(_) => every.receiver.recv().ok(),
                Ok(message) => Some(message),
            };
            match message {
                Some(Message::Blobs(blobs)) => {
                    for (id, steps) in blobs {
                        let lock = texts.take(&steps);
                        let plainly = || reader.blob(id).ok().flatten().map(|bytes| texts.decode(&bytes));
                        let Some(lock) = lock.or_else(plainly) else { continue };
                        if let Ok(lock) = &lock {
                            if changes < every.most_changes {
                                changes += universe.compare_with_last(id, lock);
                            }
                            universe.add(id, lock, None, &mut come_by);
                        }
                        decoded.insert(id, lock);
                    }
                }
                Some(Message::Done(introduced)) => break introduced?,
                None => return Err(Error::new("reading the history broke off")),
            }
        };
        for version in &mut universe.versions {
            version.introduced = introduced.get(&version.lock_id).copied();
        }
        universe.decoded = Arc::new(decoded);
        universe.add_uncommitted(repository, path, &mut texts, &mut come_by)?;
        Ok(universe)
    }

    /// The version kept in this blob.
    #[must_use]
    pub fn version(&self, lock_id: ObjectId) -> Option<usize> {
        self.places.get(&lock_id).copied()
    }

    /// Adds a lock found elsewhere than by going through the repository, unless it is known or cannot be read.
    pub fn add_found(&mut self, bytes: &[u8], introduced: Option<Introduced>) {
        let Some(id) = blob_id(bytes).filter(|id| !self.places.contains_key(id)) else { return };
        if let Ok(lock) = Texts::default().decode(bytes) {
            self.add(id, &lock, introduced, |_| {});
            if introduced.is_none()
                && let Some(version) = self.versions.last_mut().filter(|version| version.lock_id == id)
            {
                version.found = Some(bytes.into());
            }
        }
    }

    /// Compares the lock that was come by last with this one, as probably the one before it; says how many changes there
    /// are.
    fn compare_with_last(&mut self, lock_id: ObjectId, lock: &Lock) -> usize {
        let Some(last) = self.versions.last() else { return 0 };
        let changes = compare(Some(lock), Some(&last.lock));
        let count = changes.len();
        self.compared.insert((lock_id, last.lock_id), changes);
        count
    }

    fn add(
        &mut self,
        lock_id: ObjectId,
        lock: &Arc<Lock>,
        introduced: Option<Introduced>,
        mut come_by: impl FnMut(&Arc<Lock>),
    ) {
        if let std::collections::hash_map::Entry::Vacant(place) = self.places.entry(lock_id) {
            place.insert(self.versions.len());
            self.versions.push(LockVersion { lock_id, lock: Arc::clone(lock), introduced, found: None });
            come_by(lock);
        }
    }

    fn add_uncommitted(
        &mut self,
        repository: &Repository,
        path: &str,
        texts: &mut Texts,
        mut come_by: impl FnMut(&Arc<Lock>),
    ) -> Result<()> {
        let Some(status) = repository.file_status(path)? else { return Ok(()) };
        let mut found: Vec<(ObjectId, Vec<u8>)> = Vec::new();
        if let FileAt::Present { id, .. } = status.index {
            found.extend(repository.reader()?.blob(id)?.map(|bytes| (id, bytes)));
        }
        if let OnDisk::File { bytes, .. } = status.disk {
            found.extend(blob_id(&bytes).map(|id| (id, bytes)));
        }
        // What a restore replaced may never have been committed.
        for id in repository.kept_blobs() {
            if !self.places.contains_key(&id) && !self.decoded.contains_key(&id) {
                found.extend(repository.reader()?.blob(id)?.map(|bytes| (id, bytes)));
            }
        }
        for (id, bytes) in found {
            if !self.places.contains_key(&id)
                && let Ok(lock) = texts.decode(&bytes)
            {
                self.add(id, &lock, None, &mut come_by);
            }
        }
        Ok(())
    }
}
