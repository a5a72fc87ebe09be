//! What the commit of a restored lock says.

use crate::error::Result;
use crate::lock::{Decoder, Lock, compare};
use crate::restore::journal::Kind;
use crate::restore::{Goal, Situation};
use crate::view::{self, Style};

use super::Job;

/// git's subject, and the changes that the commit makes, as Nix lists them. What the file says anew is something else
/// where what lay there was in no commit: `now` stands in only where HEAD has no lock.
///
/// # Errors
/// When git cannot read the lock of HEAD.
pub(super) fn message(
    job: &Job<'_>,
    situation: &Situation,
    goal: &Goal,
    now: Option<&Lock>,
) -> Result<String> {
    if let Some(message) = &job.how.message {
        return Ok(message.clone());
    }
    let verb = match (&goal.part, goal.kind) {
        (Some(part), _) => format!("restore {part} to"),
        (None, Kind::Undo) => "go back to".to_owned(),
        (None, Kind::Restore) => "restore to".to_owned(),
    };
    let mut message = format!("{}: {verb} {}\n", situation.path, goal.name).into_bytes();
    if job.how.relock {
        message.extend_from_slice(b"\nWith what Nix has added for flake.nix as it is now.\n");
    }
    let in_head = situation.in_head.map(|id| job.flake.repository.reader()?.blob(id)).transpose()?.flatten();
    let in_head = in_head.and_then(|bytes| Decoder::new().decode(&bytes).ok());
    let changes = compare(in_head.as_ref().or(now), goal.lock.as_deref());
    if !changes.is_empty() {
        message.extend_from_slice(b"\nFlake lock file updates:\n\n");
        let style = Style { color: false, links: false, width: None, ..job.settings.style };
        // Writing to memory cannot fail.
        drop(view::changes::as_nix(&changes, "", &style, &mut message));
    }
    Ok(view::plain_lines(&String::from_utf8_lossy(&message)))
}
