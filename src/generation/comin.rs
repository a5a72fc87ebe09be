//! What comin, which deploys from git by itself, remembers: the commit each system was built from.
//!
//! Its `store.json` holds objects with `out_path` and `selected_commit_id` (comin's `internal/store`); how they are
//! nested has changed, so they are looked for wherever they stand.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::facts::Told;
use super::revision::ConfigurationRevision;
use super::{Generation, files};

/// Tells generations of the commits they were deployed from. comin knows better than `configurationRevision`, where what
/// it remembers is a commit at all.
pub(super) fn tell(store: &Path, generations: &mut [Generation]) {
    let Some(commits) =
        files::text(store).and_then(|text| serde_json::from_str(&text).ok()).map(|v| commits(&v))
    else {
        return;
    };
    for generation in generations {
        let paths = [Some(generation.target.as_path()), generation.toplevel.as_deref()];
        let commit = paths.into_iter().flatten().find_map(|path| commits.get(path.to_str()?));
        let revision = commit.map(|commit| ConfigurationRevision::parse(commit));
        if let Some(value) = revision.filter(|revision| revision.digits().is_some()) {
            generation.facts.configuration = Some(Told { value, origin: store.display().to_string() });
        }
    }
}

/// Store paths with the commits they were built from.
fn commits(top: &Value) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut pending = vec![top];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => {
                let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
                if let (Some(path), Some(commit)) = (text("out_path"), text("selected_commit_id")) {
                    found.insert(path, commit);
                }
                pending.extend(members.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_found_wherever_they_stand() {
        let text = r#"{"generations":[{"out_path":"/s/a","selected_commit_id":"1"},{"out_path":"/s/c"}],
            "deployments":[{"generation":{"out_path":"/s/b","selected_commit_id":"2"}}]}"#;
        let found = commits(&serde_json::from_str(text).unwrap());
        assert_eq!(found.len(), 2);
        assert_eq!(found.get("/s/b").map(String::as_str), Some("2"));
    }
}
