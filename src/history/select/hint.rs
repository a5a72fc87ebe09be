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
    // No branch and no tag may be called so.
    if word.ends_with(".lock") && !word.contains('/') {
        return error.hint(format!("a file is written `{}`", shell::word(&format!("./{word}"))));
    }
    if ["./", "../", "/"].iter().any(|begin| word.starts_with(begin)) {
        return Error::new(format!("there is no file `{word}`"));
    }
    if word.contains('/') {
        return error.because(format!("and there is no file `{word}`"));
    }
    error
}
