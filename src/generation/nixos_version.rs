//! The script `sw/bin/nixos-version` of a system, read and never run.
//!
//! Its template (nixpkgs, `nixos/modules/installer/tools/nixos-version.sh`) by age: up to 19.09 a plain `echo` of the
//! revision; since 20.03 a JSON object in a here document (values that are not set stay `@name@`); since 20.09 written
//! by `builtins.toJSON`; since 22.05 also `--configuration-revision`; lately the terminator is quoted. Some have the
//! JSON in a file of its own.

use std::collections::BTreeMap;
use std::path::Path;

use super::files;

/// What the script would print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) version: Option<String>,
    pub(super) nixpkgs_revision: Option<String>,
    pub(super) configuration_revision: Option<String>,
}

/// Reads what the script would print. `store` is the only folder a file it names may lie in.
pub(super) fn read(script: &str, store: &Path) -> Printed {
    let json = json(script, store).unwrap_or_default();
    let get = |key: &str| json.get(key).filter(|value| !value.contains('@') && !value.is_empty()).cloned();
    Printed {
        version: get("nixosVersion").or_else(|| last_echo(script)),
        nixpkgs_revision: get("nixpkgsRevision").or_else(|| echoed_revision(script)),
        configuration_revision: get("configurationRevision"),
    }
}

/// The JSON object of the `--json` branch, its text members.
fn json(script: &str, store: &Path) -> Option<BTreeMap<String, String>> {
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let Some((_, after)) = line.split_once("cat ") else { continue };
        let after = after.trim();
        let text = if let Some(terminator) = after.strip_prefix("<<") {
            let terminator = terminator.trim_start_matches('-').trim().trim_matches(['\'', '"']);
            let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != terminator).collect();
            body.join("\n")
        } else if after.starts_with('/') {
            let path = Path::new(after.split_whitespace().next()?);
            let end = files::end(path).filter(|end| end.starts_with(store))?;
            files::text(&end)?
        } else {
            continue;
        };
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(&text) {
            let text = |(key, value): (String, serde_json::Value)| Some((key, value.as_str()?.to_owned()));
            return Some(members.into_iter().filter_map(text).collect());
        }
    }
    None
}

/// The text of an `echo "…"`.
fn echoed(line: &str) -> Option<&str> {
    line.trim().strip_prefix("echo \"")?.strip_suffix('"')
}

/// The version of the last `echo "19.09.1234.abcdef (Loris)"`.
fn last_echo(script: &str) -> Option<String> {
    let version = |text: &str| text.split_once(" (").map(|(version, _)| version.to_owned());
    script.lines().filter_map(echoed).filter_map(version).next_back()
}

/// The revision that the `--hash|--revision` branch prints.
fn echoed_revision(script: &str) -> Option<String> {
    let branch = script.lines().skip_while(|line| !line.contains("--hash"));
    let is_rev = |text: &&str| {
        (7..=40).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    branch.take_while(|line| !line.contains(";;")).filter_map(echoed).find(is_rev).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(script: &str) -> (Option<String>, Option<String>, Option<String>) {
        let printed = read(script, Path::new("/nix/store"));
        (printed.version, printed.nixpkgs_revision, printed.configuration_revision)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn every_template_since_19_09_is_read() {
        let rev = "d96b37bbeb9840f1c0ebfe90585ef5067b69bbb3";
        let of_19_09 = format!(
            "case \"$1\" in\n  --hash|--revision)\n    echo \"{rev}\"\n    ;;\n  *)\n    echo \"19.09.1.abc (Loris)\"\n    ;;\nesac\n"
        );
        assert_eq!(printed(&of_19_09), (some("19.09.1.abc"), some(rev), None));
        let of_20_03 = format!(
            "  --json)\n    cat <<EOF\n{{\"nixosVersion\": \"20.03\", \"nixpkgsRevision\": \"{rev}\", \"configurationRevision\": \"@configurationRevision@\"}}\nEOF\n"
        );
        assert_eq!(printed(&of_20_03), (some("20.03"), some(rev), None));
        let of_2026 = format!(
            "  --json)\n    cat <<'EOF'\n{{\"configurationRevision\":\"{rev}-dirty\",\"nixosVersion\":\"26.11\"}}\nEOF\n    ;;\n  *)\n    echo \"x (Y)\"\n"
        );
        assert_eq!(printed(&of_2026), (some("26.11"), None, Some(format!("{rev}-dirty"))));
        let unset = "  --hash|--revision)\n    if ! [[ @revision@ =~ ^[0-9a-f]+$ ]]; then\n      echo \"$0: Nixpkgs commit hash is unknown\" >&2\n    fi\n    echo \"@revision@\"\n    ;;\n";
        assert_eq!(printed(unset), (None, None, None));
    }

    #[test]
    fn files_outside_the_store_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.json");
        std::fs::write(&path, "{\"nixosVersion\":\"1\"}").unwrap();
        let script = format!("cat {}\n", path.display());
        assert_eq!(read(&script, Path::new("/nix/store")), Printed::default());
        let real = folder.path().canonicalize().unwrap();
        assert_eq!(read(&script, &real).version, some("1"));
    }
}
