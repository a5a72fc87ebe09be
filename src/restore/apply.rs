//! Takes the steps of a plan. The only writer of flake.lock.
//!
//! Before the first byte is written, what would be lost is kept in git. Whatever fails after that leads to the same
//! end: everything is put back as it was, unless the user wants it kept, and the journal says how it ended. Killed at
//! any moment, the lock is wholly the old or wholly the new one, and the journal holds both.

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::{CommitId, Repository, blob_id};
use crate::lock::Decoder;

use super::check::{self, Fit};
use super::command::CommandLine;
use super::exclusive::{Exclusive, is_at_work};
use super::git::Git;
use super::journal::{self, Ending, Open};
use super::machine::{Verdict, judge};
use super::obstacles::explained;
use super::owner::as_owner;
use super::plan::{Plan, Step};
use super::ready::no_nix_to_relock;
use super::rebuild::Action;
use super::report::{Event, Report, Surroundings, cannot_put_back, does_not_fit, ended};
use super::run::{self, Interrupt};
use super::write;

mod entry;

use entry::{contents, entry};

/// Why a step failed.
struct Failure {
    error: Error,
    /// Whether the machine has moved.
    moved: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, moved: false }
    }
}

/// Takes the steps.
///
/// # Errors
/// When nothing was changed: another flakehist is at work, the file changed meanwhile, or nothing can be kept or
/// written. A failure after that is part of the report.
pub fn apply(
    plan: &Plan,
    repository: &Repository,
    surroundings: Surroundings<'_>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Report> {
    let owner = plan.situation.owner.as_ref();
    let standing = surroundings.machine.look();
    let mut report = Report {
        entry: 0,
        ending: Ending::Done,
        failure: None,
        code: None,
        before: standing.clone(),
        after: standing,
        changed_by_rebuild: None,
        relocked: false,
        commit_stays: None,
    };
    if plan.steps.is_empty() {
        return Ok(report);
    }
    let interrupt = Interrupt::listen()?;
    let _exclusive = as_owner(owner, || {
        let taken = Exclusive::take(repository.common_dir());
        taken.map_err(|e| if is_at_work(repository) { e } else { explained(e, repository) })
    })?;
    let file = &plan.situation.file;
    as_owner(owner, || {
        repository.clear_broken_off(journal::FOLDER)?;
        write::clear_leftovers(file);
        if plan.steps.contains(&Step::Write) { write::try_folder(file) } else { Ok(()) }
    })?;
    if read(file)? != plan.situation.bytes || !plan.situation.is_so_in(repository)? {
        return Err(Error::new(format!("{} has just changed", file.display()))
            .because("somebody else wrote or staged it after the plan was made, or has begun a merge")
            .hint("look at it, then try again"));
    }
    let open = as_owner(owner, || {
        let contents = contents(plan, repository)?;
        let begun = journal::begin(repository, entry(plan, surroundings.now), contents);
        begun.map_err(|e| explained(e, repository))
    })
    .map_err(|e| e.hint("nothing was changed"))?;
    report.entry = open.entry.number;
    tell(Event::Kept(report.entry));
    let mut work =
        Work { plan, repository, surroundings, interrupt, open, is_tracked: false, base: None, report };
    let result = work.steps(tell);
    Ok(work.end(result, tell))
}

/// The bytes of a file, `None` when it is not there.
fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::new(format!("cannot read {}", file.display())).because(e)),
    }
}

/// A restore at work.
struct Work<'w> {
    plan: &'w Plan,
    repository: &'w Repository,
    surroundings: Surroundings<'w>,
    interrupt: Interrupt,
    open: Open,
    /// Whether git was told of the file.
    is_tracked: bool,
    /// Where HEAD stood right before the commit was made, which may be further on than when the plan was.
    base: Option<CommitId>,
    report: Report,
}

impl<'w> Work<'w> {
    fn steps(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> std::result::Result<(), Failure> {
        let situation = &self.plan.situation;
        for step in &self.plan.steps {
            self.interrupt.check()?;
            match step {
                // Done before the first step that changes anything.
                Step::Keep => {}
                Step::Write => {
                    let bytes = self.plan.goal.bytes.as_deref();
                    self.put(bytes)?;
                    tell(if bytes.is_some() { Event::Written } else { Event::Removed });
                }
                Step::Track { force } => {
                    let git = self.git()?;
                    git.announce(&situation.path, *force)?;
                    self.is_tracked = true;
                    tell(Event::Tracked);
                }
                Step::Check => self.check(tell)?,
                Step::Relock => self.relock(tell)?,
                // Nix may have made of it what is committed already.
                Step::Commit(_) if self.is_committed() => {}
                Step::Commit(message) => {
                    let git = self.git()?;
                    let base = git.head();
                    let made = git.commit(&situation.path, message)?;
                    self.base = base;
                    self.open.entry.made = Some(made);
                    self.report.commit_stays = Some(made);
                    self.update_journal()?;
                    tell(Event::Committed(made));
                    // A hook may have changed what it was given.
                    self.see_that_lock_is_as_written()?;
                }
                Step::Rebuild(action, line) => self.rebuild(*action, std::slice::from_ref(line), tell)?,
                Step::Reactivate(action, lines) => self.rebuild(*action, lines, tell)?,
            }
        }
        Ok(())
    }

    fn git(&self) -> Result<Git<'w>> {
        Git::find(self.surroundings.programs, &self.plan.situation)
    }

    fn update_journal(&mut self) -> Result<()> {
        let (open, repository) = (&mut self.open, self.repository);
        as_owner(self.plan.situation.owner.as_ref(), || open.update(repository))
    }

    /// Writes these bytes, or removes the file.
    fn put(&self, bytes: Option<&[u8]>) -> Result<()> {
        let file = &self.plan.situation.file;
        as_owner(self.plan.situation.owner.as_ref(), || match bytes {
            Some(bytes) => write::replace(file, bytes),
            None => write::remove(file),
        })
    }

    fn is_committed(&self) -> bool {
        let after = self.open.contents.after.as_deref().and_then(blob_id);
        after.is_some() && after == self.plan.situation.in_head
    }

    fn see_that_lock_is_as_written(&self) -> Result<()> {
        if read(&self.plan.situation.file)? == self.open.contents.after {
            return Ok(());
        }
        Err(Error::new(format!("{} is no longer what was restored", self.plan.situation.path))
            .because("something wrote it: a hook of git, most likely"))
    }

    fn check(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        let Some(nix) = self.surroundings.programs.find("nix") else { return Ok(()) };
        let Some(lock) = &self.plan.goal.lock else { return Ok(()) };
        tell(Event::Checking);
        let situation = &self.plan.situation;
        let fit = check::check(&nix, &situation.folder, situation.owner.as_ref(), lock);
        // Where Ctrl-C has ended Nix, that is no answer.
        self.interrupt.check()?;
        // A Nix that cannot be started may be what is broken on this machine.
        match fit.unwrap_or_else(|e| Fit::Unknown(e.to_string())) {
            Fit::Fits => tell(Event::Fits),
            Fit::Unknown(why) => tell(Event::Unchecked(&why)),
            Fit::Differs(misfits) => return Err(does_not_fit(&misfits, self.plan)),
        }
        Ok(())
    }

    fn relock(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        let nix = self.surroundings.programs.find("nix").ok_or_else(no_nix_to_relock)?;
        let situation = &self.plan.situation;
        if let Err(said) = check::relock(&nix, &situation.folder, situation.owner.as_ref())? {
            return Err(Error::new("Nix could not add what the lock lacks").because(said));
        }
        let now = read(&situation.file)?;
        if now == self.open.contents.after {
            return Ok(());
        }
        if now.as_deref().is_none_or(|bytes| Decoder::new().decode(bytes).is_err()) {
            return Err(Error::new("Nix left a lock that cannot be read"));
        }
        self.open.contents.after = now;
        self.report.relocked = true;
        self.update_journal()?;
        tell(Event::Relocked);
        Ok(())
    }

    fn rebuild(
        &mut self,
        action: Action,
        lines: &[CommandLine],
        tell: &mut dyn FnMut(Event<'_>),
    ) -> std::result::Result<(), Failure> {
        let machine = self.surroundings.machine;
        self.report.before = machine.look();
        let mut code = Some(0);
        let mut failed = None;
        for line in lines {
            tell(Event::Running(line));
            code = match run::run(line, &self.plan.situation.folder, None, &self.interrupt) {
                Ok(code) => code,
                Err(e) => {
                    failed = Some(e);
                    Some(127)
                }
            };
            if code != Some(0) {
                failed.get_or_insert_with(|| ended(line, code));
                break;
            }
        }
        self.report.after = machine.look();
        self.report.code = code;
        let switches = lines.iter().any(CommandLine::ends_as_switch_to_configuration);
        let verdict = judge(action, code, switches, &self.report.before, &self.report.after);
        let now = read(&self.plan.situation.file)?;
        if now != self.open.contents.after {
            self.report.changed_by_rebuild = now.as_deref().and_then(blob_id);
        }
        let error = failed.unwrap_or_else(|| Error::new("the rebuild failed"));
        match verdict {
            Verdict::Success => Ok(()),
            Verdict::Complaints => {
                self.report.ending = Ending::Complaints;
                self.report.failure = Some(error);
                Ok(())
            }
            Verdict::Failed => Err(Failure { error, moved: false }),
            Verdict::Moved => Err(Failure { error, moved: true }),
        }
    }

    /// Puts everything back where something failed, and closes the journal's entry.
    fn end(mut self, result: std::result::Result<(), Failure>, tell: &mut dyn FnMut(Event<'_>)) -> Report {
        if let Err(Failure { error, moved }) = result {
            self.report.ending = Ending::Kept;
            self.report.failure = Some(error);
            let situation = &self.plan.situation;
            // Where writing itself failed, there is nothing to keep.
            let has_new_lock =
                self.plan.is_there_already() || read(&situation.file).is_ok_and(|now| now != situation.bytes);
            if !(self.surroundings.keep_on_failure && has_new_lock) {
                tell(Event::PuttingBack);
                match self.try_to_put_back() {
                    Ok(()) => {
                        self.report.ending = if moved { Ending::SystemMoved } else { Ending::PutBack };
                    }
                    Err(e) => {
                        let first = self.report.failure.take();
                        let is_back = self.is_back();
                        self.report.failure = first.map(|first| {
                            let number = self.report.entry;
                            if is_back {
                                first.because(&e)
                            } else {
                                cannot_put_back(situation, number, &e, &first)
                            }
                        });
                        if is_back {
                            self.report.ending = if moved { Ending::SystemMoved } else { Ending::PutBack };
                        }
                    }
                }
            }
        }
        self.open.entry.ending = self.report.ending;
        if self.report.ending.left_new_lock() {
            self.see_what_was_made_of_it();
        }
        if let Err(e) = self.update_journal() {
            // The deed is done, and what matters is safe; only its end is not written down.
            let told =
                Error::new(format!("the end of entry {} could not be written down", self.report.entry));
            let cause = self.report.failure.take();
            self.report.failure = Some(cause.unwrap_or(told).because(&e));
        }
        self.report
    }

    /// Where a rebuild or a hook has changed the lock that is left, the journal has what lies there, and what was
    /// written, too.
    fn see_what_was_made_of_it(&mut self) {
        let contents = &mut self.open.contents;
        // What cannot be read now is as it was written, as far as anybody knows.
        let now = read(&self.plan.situation.file).ok().filter(|now| *now != contents.after);
        if let Some(now) = now {
            contents.restored = std::mem::replace(&mut contents.after, now);
        }
    }

    /// Whether the lock lies there as before, although something on the way back failed: it may be written and only
    /// not known to have reached the disk, or git may have failed after that.
    fn is_back(&self) -> bool {
        let before = &self.plan.situation;
        read(&before.file).is_ok_and(|now| now == before.bytes)
    }

    fn try_to_put_back(&mut self) -> Result<()> {
        let situation = &self.plan.situation;
        let now = read(&situation.file)?;
        if now != situation.bytes {
            if now != self.open.contents.after {
                // Neither the old nor the new one: a rebuild or a hook wrote it, and it is nowhere else.
                self.open.contents.left = now;
                self.update_journal()?;
            }
            self.put(situation.bytes.as_deref())?;
        }
        if let Some(made) = self.open.entry.made {
            let git = self.git()?;
            // Whoever has committed beneath or on top of it meanwhile is not to lose that.
            if git.head() != Some(made) || git.parent(made) != self.base {
                return Err(Error::new(format!("commit {made} stays, for others were made besides")));
            }
            git.take_back(made, self.base)?;
            self.open.entry.taken_back = true;
            self.report.commit_stays = None;
            self.reset_index(&git)?;
        } else if self.is_tracked {
            self.reset_index(&self.git()?)?;
        }
        Ok(())
    }

    /// The index holds of the lock what it held before.
    fn reset_index(&self, git: &Git<'_>) -> Result<()> {
        let situation = &self.plan.situation;
        git.reset_index(&situation.path, situation.index)?;
        if situation.is_announced { git.announce(&situation.path, true) } else { Ok(()) }
    }
}
