//! The rows of the list: entries, and between them the generations that stand by themselves.

use std::io::{self, Write};

use crate::cli::pager::Output;
use crate::error::{Error, Result};
use crate::history::{Entries, Entry};
use crate::timeline::{Apart, Mark};

use super::Plan;
use super::apart::Waiting;

/// Writes entries one after the other, and between them the generations that stand by themselves.
pub(super) struct Rows<'p, 't> {
    plan: &'p Plan<'p, 't>,
    waiting: Waiting<'p, 't>,
    /// How many entries were written.
    pub(super) count: usize,
}

impl<'p, 't> Rows<'p, 't> {
    pub(super) fn new(plan: &'p Plan<'p, 't>, waiting: Waiting<'p, 't>) -> Self {
        Self { plan, waiting, count: 0 }
    }

    /// These entries are written next.
    pub(super) fn expect(&mut self, entries: &[Entry]) {
        self.waiting.expect(entries);
    }

    /// Writes an entry, and before it the generations that belong there.
    pub(super) fn entry(
        &mut self,
        entry: &Entry,
        rest: &mut Entries<'_>,
        output: &mut Output,
        write_entry: impl Fn(&Entry, &[Mark<'_>], &mut dyn Write) -> io::Result<()>,
        write_apart: impl Fn(Apart<'_>, &mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        let apart = self.waiting.before(entry, rest)?;
        let out = output.writer()?;
        let written = apart
            .into_iter()
            .try_for_each(|apart| write_apart(apart, out))
            .and_then(|()| write_entry(entry, self.plan.beside.of(entry.lock_id), out));
        written.map_err(|e| Error::output(&e))?;
        self.count += 1;
        if self.count == self.plan.first_page {
            output.flush()?;
        }
        Ok(())
    }

    /// What is left when the history ends: generations that are older than it. Where it was cut off, none.
    pub(super) fn finish(
        &mut self,
        output: &mut Output,
        write: impl Fn(Apart<'_>, &mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        if self.plan.args.max_count.is_some() {
            return Ok(());
        }
        let apart = self.waiting.rest()?;
        let out = output.writer()?;
        apart.into_iter().try_for_each(|apart| write(apart, out)).map_err(|e| Error::output(&e))
    }
}
