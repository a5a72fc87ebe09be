//! `flakehist textconv`

use std::io::Write as _;

use crate::error::{Error, Result};
use crate::history;
use crate::lock::Decoder;
use crate::view;

use super::args::{Global, Textconv};
use super::settings::search;
use super::world::World;

/// Writes a lock as lines for git to compare. A file that is no lock to us is written as it is: git is to show a
/// difference in any case.
///
/// # Errors
/// When the file cannot be read, or the output cannot be written.
pub(super) fn run(args: &Textconv, global: &Global, world: &World) -> Result<()> {
    let bytes = history::bytes_of(&search(global, world).folder, &args.file)?;
    let mut text = Vec::new();
    match Decoder::new().decode(&bytes) {
        // Writing to memory cannot fail.
        Ok(lock) => drop(view::lines::lines(&lock, &mut text)),
        Err(_) => text = bytes,
    }
    let mut out = std::io::stdout().lock();
    out.write_all(&text).and_then(|()| out.flush()).map_err(|e| Error::output(&e))
}
