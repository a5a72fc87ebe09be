//! Which generations stand by themselves in the list, because nothing in it is their lock.

use std::collections::VecDeque;

use crate::error::Result;
use crate::git::{FileAt, Filter, ObjectId, OnDisk, blob_id};
use crate::history::{Entries, Entry, Flake, Query};
use crate::timeline::{Apart, Beside, Unlisted};

/// Clocks that were wrong may put a commit before the one it follows.
const SLACK: i64 = 24 * 60 * 60;

/// The generations that may stand by themselves, while the list goes by: those whose lock is nowhere in the history
/// that the query starts from, however much of that is listed.
///
/// Whether a lock comes later in the list has to be known when the row of its generation is due. Mostly it came
/// already, or is that of the very entry before which the row would stand: the lock of that day. Only where it is
/// not, the entries that are still to come are asked for theirs. Where not all are listed, the versions are gone through
/// once beforehand, without reading any.
pub(super) struct Waiting<'p, 't> {
    flake: &'p Flake,
    query: &'p Query,
    unlisted: Unlisted<'p, 't>,
    /// Those whose turn has not come, in the order of the list.
    queue: VecDeque<Apart<'t>>,
    /// The locks of entries that were taken from the history and are still to be listed.
    taken: Vec<ObjectId>,
    /// Whether what is unlisted is so for good.
    is_known: bool,
}

impl<'p, 't> Waiting<'p, 't> {
    /// Nobody waits when other commits are listed than those of a whole history, or only some inputs.
    pub(super) fn new(beside: &'p Beside<'t>, flake: &'p Flake, query: &'p Query) -> Self {
        let mut queue = VecDeque::new();
        if query.uncommitted && query.inputs.is_empty() {
            let seconds = |time: Option<u64>| time.and_then(|time| i64::try_from(time).ok());
            let since = seconds(query.filter.since).unwrap_or(i64::MIN);
            let until = seconds(query.filter.until).unwrap_or(i64::MAX);
            let all = beside.all_apart();
            queue.extend(all.into_iter().filter(|one| (since..=until).contains(&one.row.generation.created)));
            if query.reverse {
                queue.make_contiguous().reverse();
            }
        }
        Self { flake, query, unlisted: beside.unlisted(), queue, taken: Vec::new(), is_known: false }
    }

    /// These entries are listed next.
    pub(super) fn expect(&mut self, entries: &[Entry]) {
        self.taken.extend(entries.iter().filter_map(|entry| entry.lock_id));
    }

    /// An entry is listed, so the generations of its lock wait no longer.
    pub(super) fn list(&mut self, entry: &Entry) {
        if let Some(lock_id) = entry.lock_id {
            self.unlisted.list(lock_id);
        }
    }

    /// Those that belong before an entry, which is listed next; later come those that are expected, and the rest.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(super) fn before(&mut self, entry: &Entry, rest: &mut Entries<'_>) -> Result<Vec<Apart<'t>>> {
        self.list(entry);
        let Some(commit) = entry.commit() else { return Ok(Vec::new()) };
        let (date, reverse) = (commit.committed.seconds, self.query.reverse);
        self.take(|made| if reverse { made < date } else { made > date }, Some(rest))
    }

    /// Those that are left when the list has ended.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(super) fn rest(&mut self) -> Result<Vec<Apart<'t>>> {
        // Then everything was listed.
        self.is_known |= self.lists_all();
        self.take(|_| true, None)
    }

    /// Whether the list leaves nothing out of the history it starts from.
    fn lists_all(&self) -> bool {
        let filter = &self.query.filter;
        filter.since.is_none() && filter.until.is_none() && filter.count.is_none()
    }

    /// Whether no generation will get a row, though nothing is listed.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(super) fn is_nobody(&mut self) -> Result<bool> {
        if !self.queue.is_empty() {
            self.look_ahead(None)?;
        }
        Ok(!self.queue.iter().any(|one| self.unlisted.has(one)))
    }

    fn take(
        &mut self,
        is_due: impl Fn(i64) -> bool,
        mut rest: Option<&mut Entries<'_>>,
    ) -> Result<Vec<Apart<'t>>> {
        let mut taken = Vec::new();
        while let Some(&one) = self.queue.front() {
            if !is_due(one.row.generation.created) {
                break;
            }
            self.queue.pop_front();
            if self.unlisted.has(&one) {
                self.look_ahead(rest.as_deref_mut())?;
            }
            if self.unlisted.has(&one) {
                taken.push(one);
            }
        }
        Ok(taken)
    }

    /// Goes through the whole history of the query: back to the last lock that is looked for, at most to the time when
    /// the first one came into the repository.
    fn look_ahead(&mut self, rest: Option<&mut Entries<'_>>) -> Result<()> {
        if std::mem::replace(&mut self.is_known, true) {
            return Ok(());
        }
        let lists_all = self.lists_all();
        let (flake, unlisted) = (self.flake, &mut self.unlisted);
        if let Ok(Some(status)) = flake.repository.file_status(&flake.lock) {
            if let FileAt::Present { id, .. } = status.index {
                unlisted.list(id);
            }
            if let OnDisk::File { bytes, .. } = &status.disk
                && let Some(id) = blob_id(bytes)
            {
                unlisted.list(id);
            }
        }
        if let Some(rest) = rest.filter(|_| lists_all) {
            for lock_id in self.taken.iter().copied().chain(rest.locks_to_come()) {
                unlisted.list(lock_id);
            }
            return Ok(());
        }
        let Some(earliest) = unlisted.earliest() else { return Ok(()) };
        let since = u64::try_from(earliest.saturating_sub(SLACK)).ok();
        let filter = Filter { since, until: None, count: None, ..self.query.filter.clone() };
        for version in flake.repository.walk(&flake.lock, &self.query.tips, filter)? {
            if let FileAt::Present { id, .. } = version?.file
                && unlisted.list(id)
                && unlisted.earliest().is_none()
            {
                break;
            }
        }
        Ok(())
    }
}
