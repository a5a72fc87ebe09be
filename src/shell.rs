//! Words as one would type them, for hints that are read, and maybe pasted, by a person.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// A word, quoted where a shell would take it for more. For eyes only: what we run ourselves never goes through one.
#[must_use]
pub fn word(text: &str) -> String {
    // A word with a NUL cannot be typed; it is shown as it is.
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// A file, quoted, from the folder that the user stands in; both absolute and without links. One that lies elsewhere
/// altogether is named by its whole path.
#[must_use]
pub fn path(file: &Path, here: &Path) -> String {
    let short = from(file, here).unwrap_or_else(|| file.to_owned());
    let text = short.to_string_lossy();
    // No command takes it for an option then.
    if text.starts_with('-') { word(&format!("./{text}")) } else { word(&text) }
}

/// The way from one place to another, unless they have nothing but the root in common.
fn from(file: &Path, here: &Path) -> Option<PathBuf> {
    let shared = file.components().zip(here.components()).take_while(|(one, other)| one == other).count();
    let is_apart = file.components().take(shared).all(|part| part == Component::RootDir);
    if is_apart && here.parent().is_some() {
        return None;
    }
    let up = here.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(file.components().skip(shared)).collect();
    Some(way).filter(|way| !way.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_for_more() {
        for (text, typed) in [
            ("flake.lock", "flake.lock"),
            ("a b", "'a b'"),
            ("$(x)", "'$(x)'"),
            ("it's", "\"it's\""),
            ("", "''"),
            ("a\0b", "a\0b"),
        ] {
            assert_eq!(word(text), typed);
        }
    }

    #[test]
    fn files_are_named_from_where_the_user_is() {
        for (file, here, typed) in [
            ("/r/flake.lock", "/r", "flake.lock"),
            ("/r/a b/flake.lock", "/r", "'a b/flake.lock'"),
            ("/r/flake.lock", "/r/hosts/x", "../../flake.lock"),
            ("/r/one/flake.lock", "/r/two", "../one/flake.lock"),
            ("/r/-x/flake.lock", "/r", "./-x/flake.lock"),
            ("/r/flake.lock", "/home/ada", "/r/flake.lock"),
            ("/r/flake.lock", "/", "r/flake.lock"),
            ("/r", "/r", "/r"),
        ] {
            assert_eq!(path(Path::new(file), Path::new(here)), typed, "{file} from {here}");
        }
    }
}
