//! Links a person can click: a source's page on its forge, and the page that compares two revisions.
//!
//! Only hosts whose software is known get links; a wrong link is worse than none. The URL schemes are those the forges
//! document (GitHub, GitLab, Gitea and Forgejo, sourcehut, cgit, Bitbucket).

use super::source::{Source, decode, split_query};

/// The software a host runs, which decides how its links look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Software {
    GitHub,
    GitLab,
    Gitea,
    Sourcehut,
    Cgit,
    Bitbucket,
}

/// A repository's page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    software: Option<Software>,
    /// `https://host/owner/repo`, without a slash at the end.
    base: String,
}

const GITEA_HOSTS: [&str; 8] = [
    "codeberg.org",
    "gitea.com",
    "code.forgejo.org",
    "git.lix.systems",
    "git.clan.lol",
    "git.outfoxxed.me",
    "git.m-labs.hk",
    "git.thalheim.io",
];
const CGIT_HOSTS: [&str; 4] =
    ["git.kernel.org", "git.savannah.gnu.org", "git.zx2c4.com", "cgit.git.savannah.gnu.org"];

impl Source {
    /// The page that shows this revision's files (or its repository, without a revision).
    #[must_use]
    pub fn web_link(&self) -> Option<String> {
        let Page { software, base } = page(self)?;
        let software = software?;
        let Some(rev) = self.rev() else { return Some(base) };
        let dir = self.text("dir").map(|dir| format!("/{dir}")).unwrap_or_default();
        Some(match software {
            Software::GitHub => format!("{base}/tree/{rev}{dir}"),
            Software::GitLab => format!("{base}/-/tree/{rev}{dir}"),
            Software::Gitea => format!("{base}/src/commit/{rev}{dir}"),
            Software::Sourcehut if dir.is_empty() => format!("{base}/tree/{rev}"),
            Software::Sourcehut => format!("{base}/tree/{rev}/item{dir}"),
            Software::Cgit => format!("{base}/tree{dir}?id={rev}"),
            Software::Bitbucket => format!("{base}/src/{rev}{dir}"),
        })
    }

    /// The page that lists what came between this state and `newer`, when both are revisions of one repository.
    /// sourcehut has no such page; there it is the log that ends at `newer`.
    #[must_use]
    pub fn compare_link(&self, newer: &Self) -> Option<String> {
        let (old_page, Page { software, base }) = (page(self)?, page(newer)?);
        let (old, new) = (self.rev()?, newer.rev()?);
        if old == new || !old_page.base.eq_ignore_ascii_case(&base) {
            return None;
        }
        Some(match software? {
            Software::GitHub | Software::Gitea => format!("{base}/compare/{old}...{new}"),
            Software::GitLab => format!("{base}/-/compare/{old}...{new}"),
            Software::Sourcehut => format!("{base}/log/{new}"),
            Software::Cgit => format!("{base}/log/?qt=range&q={old}..{new}"),
            Software::Bitbucket => format!("{base}/branches/compare/{new}..{old}"),
        })
    }

    /// What makes two sources the same repository: its page in lower case, else its normalised URL or path. Needs no
    /// known software.
    #[must_use]
    pub fn repository(&self) -> Option<String> {
        if let Some(page) = page(self) {
            return Some(page.base.to_ascii_lowercase());
        }
        let place = self.text("url").or_else(|| self.text("path")).or_else(|| self.text("id"))?;
        Some(split_query(place).0.trim_end_matches('/').trim_end_matches(".git").to_owned())
    }
}

fn page(source: &Source) -> Option<Page> {
    let on_forge = |software, host: &str| {
        let host = source.text("host").unwrap_or(host);
        let (owner, repo) = (decode(source.text("owner")?), source.text("repo")?);
        Some(Page { software: Some(software), base: format!("https://{host}/{owner}/{repo}") })
    };
    match source.kind() {
        "github" => on_forge(Software::GitHub, "github.com"),
        "gitlab" => on_forge(Software::GitLab, "gitlab.com"),
        "sourcehut" => on_forge(Software::Sourcehut, "git.sr.ht"),
        "git" => git_page(source.text("url")?),
        "tarball" => tarball_page(source),
        "file" => {
            let (host, path) = host_and_path(source.text("url")?)?;
            let (owner, repo) = owner_and_repo(path)?;
            (host == "github.com").then(|| github(owner, repo))
        }
        _ => None,
    }
}

fn github(owner: &str, repo: &str) -> Page {
    Page { software: Some(Software::GitHub), base: format!("https://github.com/{owner}/{repo}") }
}

fn git_page(url: &str) -> Option<Page> {
    let (host, path) = host_and_path(url)?;
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let software = match host.as_str() {
        "github.com" => Some(Software::GitHub),
        "git.sr.ht" => Some(Software::Sourcehut),
        "bitbucket.org" => Some(Software::Bitbucket),
        host if GITEA_HOSTS.contains(&host) || host.starts_with("gitea.") || host.starts_with("forgejo.") => {
            Some(Software::Gitea)
        }
        host if host.starts_with("gitlab.") => Some(Software::GitLab),
        host if CGIT_HOSTS.contains(&host) || host.starts_with("cgit.") => Some(Software::Cgit),
        _ => None,
    };
    Some(Page { software, base: format!("https://{host}/{path}") })
}

/// Archives are made by forges under addresses that tell the repository.
fn tarball_page(source: &Source) -> Option<Page> {
    let (host, path) = host_and_path(source.text("url")?)?;
    let on_host =
        |software, path: &str| Page { software: Some(software), base: format!("https://{host}/{path}") };
    if let Some(rest) = path.strip_prefix("api/v1/repos/") {
        let (owner, repo) = owner_and_repo(rest)?;
        return Some(on_host(Software::Gitea, &format!("{owner}/{repo}")));
    }
    match host.as_str() {
        "github.com" => {
            let (owner, repo) = owner_and_repo(path)?;
            return Some(github(owner, repo));
        }
        // FlakeHub publishes GitHub repositories under their own names, all but one.
        "api.flakehub.com" => {
            let (owner, repo) = owner_and_repo(path.strip_prefix("f/pinned/")?)?;
            let is_weekly = owner == "DeterminateSystems" && repo == "nixpkgs-weekly";
            let (owner, repo) = if is_weekly { ("NixOS", "nixpkgs") } else { (owner, repo) };
            return source.rev().map(|_| github(owner, repo));
        }
        "releases.nixos.org" | "channels.nixos.org" => {
            return source.rev().map(|_| github("NixOS", "nixpkgs"));
        }
        _ => {}
    }
    if let Some((repository, _)) = path.split_once("/-/archive/") {
        return Some(on_host(Software::GitLab, repository));
    }
    let (repository, _) = path.split_once("/archive/")?;
    let (owner, repo) = repository.split_once('/').filter(|(_, repo)| !repo.contains('/'))?;
    Some(on_host(Software::Gitea, &format!("{owner}/{repo}")))
}

fn owner_and_repo(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    Some((parts.next()?, parts.next()?))
}

/// Host (lower case, without user and port) and path of `https://`, `ssh://`, `git://` and `user@host:path`.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let (url, _) = url.split_once('?').unwrap_or((url, ""));
    let with_scheme =
        ["https://", "http://", "ssh://", "git://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let (authority, path) = match with_scheme {
        Some(rest) => rest.split_once('/')?,
        None => url.split_once(':').filter(|(user, path)| user.contains('@') && !path.starts_with('/'))?,
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty() && !host.contains('/'))
        .then(|| (host.to_ascii_lowercase(), path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::source;

    #[test]
    fn links_follow_the_forge() {
        let cases: &[(&[&str], &str, &str)] = &[
            (
                &["type=github", "owner=NixOS", "repo=nixpkgs"],
                "https://github.com/NixOS/nixpkgs/tree/A",
                "https://github.com/NixOS/nixpkgs/compare/A...B",
            ),
            (
                &["type=gitlab", "owner=g%2Fsub", "repo=r", "host=git.x.org"],
                "https://git.x.org/g/sub/r/-/tree/A",
                "https://git.x.org/g/sub/r/-/compare/A...B",
            ),
            (
                &["type=sourcehut", "owner=~u", "repo=r"],
                "https://git.sr.ht/~u/r/tree/A",
                "https://git.sr.ht/~u/r/log/B",
            ),
            (
                &["type=git", "url=https://codeberg.org/o/r.git", "dir=d"],
                "https://codeberg.org/o/r/src/commit/A/d",
                "https://codeberg.org/o/r/compare/A...B",
            ),
            (
                &["type=git", "url=ssh://git@GitHub.com:22/o/r.git"],
                "https://github.com/o/r/tree/A",
                "https://github.com/o/r/compare/A...B",
            ),
            (
                &["type=git", "url=git@gitlab.gnome.org:o/r"],
                "https://gitlab.gnome.org/o/r/-/tree/A",
                "https://gitlab.gnome.org/o/r/-/compare/A...B",
            ),
            (
                &["type=tarball", "url=https://api.flakehub.com/f/pinned/NixOS/nixpkgs/0.1/u/source.tar.gz"],
                "https://github.com/NixOS/nixpkgs/tree/A",
                "https://github.com/NixOS/nixpkgs/compare/A...B",
            ),
            (
                &[
                    "type=tarball",
                    "url=https://git.lix.systems/api/v1/repos/lix-project/lix/archive/x.tar.gz",
                ],
                "https://git.lix.systems/lix-project/lix/src/commit/A",
                "https://git.lix.systems/lix-project/lix/compare/A...B",
            ),
        ];
        for (words, tree, compare) in cases {
            let at = |rev| source(&[words, [format!("rev={rev}").as_str()].as_slice()].concat());
            assert_eq!(at("A").web_link().as_deref(), Some(*tree), "{words:?}");
            assert_eq!(at("A").compare_link(&at("B")).as_deref(), Some(*compare), "{words:?}");
            assert_eq!(at("A").compare_link(&at("A")), None, "nothing lies between a revision and itself");
        }
    }

    #[test]
    fn unknown_hosts_and_other_repositories_get_no_link() {
        let own_host = source(&["type=git", "url=https://git.my.home/r", "rev=A"]);
        assert_eq!(own_host.web_link(), None);
        assert_eq!(own_host.repository().as_deref(), Some("https://git.my.home/r"));
        let one = source(&["type=github", "owner=a", "repo=b", "rev=A"]);
        let other = source(&["type=github", "owner=c", "repo=b", "rev=B"]);
        assert_eq!(one.compare_link(&other), None);
        let same = source(&["type=git", "url=https://github.com/A/b.git", "rev=B"]);
        assert!(one.compare_link(&same).is_some(), "one repository, named in two ways");
        assert_eq!(source(&["type=path", "path=./x"]).web_link(), None);
    }
}
