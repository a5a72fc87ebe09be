//! What may have been meant by a word that names no commit.

use crate::error::Error;
use crate::near;
use crate::shell;

/// The error with what the word may have been meant for.
pub(super) fn meant(error: Error, word: &str) -> Error {
    if !word.is_empty() && word.len() < 7 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return error.hint(format!("generation {word} is written `gen:{word}`"));
    }
    if let Some(near) = near::matches(word, ["worktree", "index"].into_iter()).first() {
        return error.hint(format!("did you mean `{near}`?"));
    }
    if let Some((kind, rest)) = word.split_once(':')
        && let Some(near) = near::matches(kind, ["gen", "date", "file"].into_iter()).first()
    {
        return error.hint(format!("did you mean `{}`?", shell::word(&format!("{near}:{rest}"))));
    }
    // As git names what is in a commit; here a commit means its lock.
    if let Some((commit, path)) = word.split_once(':')
        && path.ends_with(".lock")
    {
        let target = if commit.is_empty() { "index" } else { commit };
        return error.hint(format!("its lock is written `{}`", shell::word(target)));
    }
    // No branch and no tag may be called so.
    if word.ends_with(".lock") && !word.contains('/') {
        return error.hint(format!("a file is written `{}`", shell::word(&format!("./{word}"))));
    }
    if is_path(word) {
        return Error::new(format!("there is no file `{word}`"));
    }
    if word.contains('/') {
        return error.because(format!("and there is no file `{word}`"));
    }
    error
}

/// Whether a word can only be a file: git has no name that begins so.
pub(super) fn is_path(word: &str) -> bool {
    ["./", "../", "/"].iter().any(|begin| word.starts_with(begin))
}
