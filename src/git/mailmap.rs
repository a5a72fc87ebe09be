//! `.mailmap`: the names and addresses people go by (gitmailmap(5)).
//!
//! Read here and not by libgit2, which tells upper from lower case and knows no author without a name.

use std::collections::HashMap;

use super::Repository;
use super::objects::FileAt;
use super::text::lossy;

/// The name and the address to show; `None` for what stays as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    name: Option<String>,
    email: Option<String>,
}

/// What is written for an address.
#[derive(Debug, Default)]
struct Entry {
    any_name: Shown,
    /// By the name in the commit, in lower case; decides before `any_name` does.
    by_name: HashMap<String, Shown>,
}

/// Who goes by which name.
#[derive(Debug, Default)]
pub(super) struct Mailmap {
    /// By the address in the commit, in lower case.
    by_email: HashMap<String, Entry>,
}

impl Mailmap {
    /// All the maps git would read, later ones deciding: `.mailmap` in the working tree, `mailmap.blob` (of a bare
    /// repository HEAD's `.mailmap`), `mailmap.file`.
    pub(super) fn of(repository: &Repository) -> Self {
        let mut map = Self::default();
        let blob = repository.setting("mailmap.blob");
        let blob = match repository.workdir() {
            Some(workdir) => {
                let path = workdir.join(".mailmap");
                // As in git, a link there is not followed; nor is a pipe waited for.
                if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                    map.read(&std::fs::read(path).unwrap_or_default());
                }
                blob
            }
            None => blob.or_else(|| Some("HEAD:.mailmap".to_owned())),
        };
        if let Some(bytes) = blob.and_then(|name| named_blob(repository, &name)) {
            map.read(&bytes);
        }
        let config = repository.inner.config().ok();
        let file = config.and_then(|config| config.get_path("mailmap.file").ok());
        // A relative path starts from the top of the working tree, where git goes before it reads.
        let file = file.map(|file| repository.workdir().map_or(file.clone(), |workdir| workdir.join(&file)));
        if let Some(bytes) = file.and_then(|file| std::fs::read(file).ok()) {
            map.read(&bytes);
        }
        map
    }

    fn read(&mut self, bytes: &[u8]) {
        for line in lossy(bytes).lines().filter(|line| !line.starts_with('#')) {
            let Some((name, email, rest)) = person(line).filter(|(_, email, _)| !email.is_empty()) else {
                continue;
            };
            match person(rest) {
                Some((old_name, old_email, _)) => self.add(name, Some(email), old_name, old_email),
                None => self.add(name, None, None, email),
            }
        }
    }

    fn add(&mut self, name: Option<&str>, email: Option<&str>, old_name: Option<&str>, old_email: &str) {
        let entry = self.by_email.entry(old_email.to_ascii_lowercase()).or_default();
        let (name, email) = (name.map(str::to_owned), email.map(str::to_owned));
        match old_name {
            Some(old_name) => {
                entry.by_name.insert(old_name.to_ascii_lowercase(), Shown { name, email });
            }
            None => {
                let Shown { name: old_name, email: old_email } = std::mem::take(&mut entry.any_name);
                entry.any_name = Shown { name: name.or(old_name), email: email.or(old_email) };
            }
        }
    }

    /// The name and address to show for those in a commit.
    pub(super) fn resolve<'p>(&'p self, name: &'p str, email: &'p str) -> (&'p str, &'p str) {
        let Some(entry) = self.by_email.get(&email.to_ascii_lowercase()) else { return (name, email) };
        let shown = entry.by_name.get(&name.to_ascii_lowercase()).unwrap_or(&entry.any_name);
        (shown.name.as_deref().unwrap_or(name), shown.email.as_deref().unwrap_or(email))
    }
}

/// `Name <email> rest`.
fn person(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let (name, rest) = text.split_once('<')?;
    let (email, rest) = rest.split_once('>')?;
    Some((Some(name.trim()).filter(|name| !name.is_empty()), email, rest))
}

/// The file that `REVISION:PATH` or an id names.
fn named_blob(repository: &Repository, name: &str) -> Option<Vec<u8>> {
    let reader = repository.reader().ok()?;
    let Some((revision, path)) = name.split_once(':') else {
        let object = repository.inner.revparse_single(name).ok()?;
        return object.as_blob().map(|blob| blob.content().to_vec());
    };
    match reader.file_at(repository.resolve(revision).ok()?, path).ok()? {
        FileAt::Present { id, .. } => reader.blob(id).ok()?,
        FileAt::Absent | FileAt::Unknown { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_as_git_finds_them() {
        let mut map = Mailmap::default();
        map.read(
            b"# Comment <c@x>\nAda King <ada@x> <LOVELACE@x>\nNemo <nameless@x>\n<new@x> <old@x>\n\
              Bot <bot@x> build <root@x>\nCi <CI@x> test <root@x>\nRoot <root@x>\nno address\n<>\n\
              First <a@x>\nSecond <a@x>\nOdd <o@x> <>\n\
              Umlaut <\xc3\xa4@x>\n",
        );
        for ((name, email), shown) in [
            (("ada", "lovelace@X"), ("Ada King", "ada@x")),
            (("", "nameless@x"), ("Nemo", "nameless@x")),
            (("Kept", "OLD@x"), ("Kept", "new@x")),
            (("BUILD", "root@x"), ("Bot", "bot@x")),
            (("test", "root@x"), ("Ci", "CI@x")),
            (("other", "root@x"), ("Root", "root@x")),
            (("x", "a@x"), ("Second", "a@x")),
            (("x", ""), ("Odd", "o@x")),
            (("x", "c@x"), ("x", "c@x")),
            // Only letters of ASCII have two cases to git.
            (("x", "Ä@x"), ("x", "Ä@x")),
            (("x", "ä@X"), ("Umlaut", "ä@X")),
        ] {
            assert_eq!(map.resolve(name, email), shown, "{name} <{email}>");
        }
    }
}
