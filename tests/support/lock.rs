//! Texts of locks, as Nix lays them out.

use std::fmt::Write as _;

/// A lock of version 7 with these root inputs. The number is the state an input is in: it stands for a revision and,
/// as days since 2020-09-13, for a date.
pub(crate) fn lock(inputs: &[(&str, u64)]) -> String {
    let inputs: Vec<_> =
        inputs.iter().map(|&(name, number)| (name, rev(number), 1_600_000_000 + number * 86_400)).collect();
    let inputs: Vec<_> = inputs.iter().map(|(name, rev, date)| (*name, rev.as_str(), *date)).collect();
    lock_with(&inputs)
}

/// The same with revisions and dates (in seconds since 1970) written out. What JSON needs escaped is escaped.
pub(crate) fn lock_with(inputs: &[(&str, &str, u64)]) -> String {
    let mut inputs = inputs.to_vec();
    inputs.sort_unstable();
    let mut text = String::from("{\n  \"nodes\": {\n");
    for (name, rev, date) in &inputs {
        let (name, rev) = (quoted(name), quoted(rev));
        let repo = &name;
        write!(
            text,
            r#"    {name}: {{
      "locked": {{
        "lastModified": {date},
        "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "owner": "example",
        "repo": {repo},
        "rev": {rev},
        "type": "github"
      }},
      "original": {{
        "owner": "example",
        "repo": {repo},
        "type": "github"
      }}
    }},
"#
        )
        .unwrap();
    }
    let edges: Vec<String> =
        inputs.iter().map(|(name, ..)| format!("        {}: {}", quoted(name), quoted(name))).collect();
    if edges.is_empty() {
        text.push_str("    \"root\": {}\n");
    } else {
        write!(text, "    \"root\": {{\n      \"inputs\": {{\n{}\n      }}\n    }}\n", edges.join(",\n"))
            .unwrap();
    }
    text.push_str("  },\n  \"root\": \"root\",\n  \"version\": 7\n}\n");
    text
}

/// A revision that shows the number in its first seven digits.
pub(crate) fn rev(number: u64) -> String {
    format!("{number:07x}").chars().cycle().take(40).collect()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
