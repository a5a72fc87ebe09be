//! flakehist: the history of a flake.lock, from git, in words.
//!
//! Data flows upwards; a module names only modules on lower floors (`tests/layers.rs` sees to it):
//!
//! | floor | module | holds |
//! |---|---|---|
//! | 5 | [`cli`] | the commands: arguments in, text and an exit code out |
//! | 4 | [`view`] | words: any value below as text or JSON |
//! | 3 | [`restore`] | the way back: an earlier lock put back, the system rebuilt from it, nothing lost |
//! | 3 | [`timeline`] | history beside generations: which commit, which lock, how sure |
//! | 2 | [`history`] | the locks of a repository: every state a lock file ever had |
//! | 1 | [`lock`] | what a lock says: pure, bytes in, values out |
//! | 1 | [`git`] | what git holds; the only place that names git2 |
//! | 1 | [`generation`] | what NixOS kept: a profile's links, and what each system says of itself |
//! | 1 | [`closure`] | what belongs to a system: store paths as packages with versions, and what changed |
//! | 1 | [`sample`] | a made-up configuration's history, for `flakehist demo` |
//! | 0 | [`error`], [`near`], [`pieces`], [`scan`], [`shell`], [`spread`] | failures with hints; near matches of names; a text told by another one; simple JSON in place; words as one types them; hashing in great numbers |
//!
//! `flakehist log` is `git::Walk → history::Entries → view::log`: the walk finds the commits that changed the lock,
//! the entries decode each lock once and compare it with the one before, the view writes a row for each. All three
//! are lazy, so the first page stands on the screen while the rest is still being read. Of a lock git mostly holds what
//! is different from another one, and hands that over as it is (`git::Steps`): the decoder makes a lock of it and of
//! the other one's nodes, and the text is never made. Where there is a profile,
//! `timeline::gather` first holds what each generation says of its inputs against every lock the repository knows,
//! and the view puts the generations beside the locks they were built from.
//!
//! `flakehist diff` is `history::Selected`, twice, → `lock::compare → lock::fold → view::diff`: the changes are the same
//! values that `log` shows, folded where a subtree moved with its parent. `flakehist diff --packages` asks Nix for the
//! store paths of two systems; `closure::compare → view::packages` is the rest.
//!
//! `flakehist restore` is `history::Selected` (with `lock::graft` where only some inputs are wanted) `→ restore::plan →
//! view::restore → (ask) → restore::apply`: a plan is a value, which the dry run prints and the real run takes step by
//! step. Only `restore::apply` writes a lock, after `git::keep` has made the bytes of before safe; `undo` goes the same
//! way with what the journal kept.

pub mod cli;
pub mod closure;
pub mod error;
pub mod generation;
pub mod git;
pub mod history;
pub mod lock;
pub mod near;
pub mod pieces;
pub mod restore;
pub mod sample;
pub mod scan;
pub mod shell;
pub mod spread;
pub mod timeline;
pub mod view;
