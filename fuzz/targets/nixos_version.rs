//! Any text as the script `nixos-version` of a system: what it would print is read, and no file outside of the store.
#![no_main]

use std::sync::LazyLock;

use flakehist::generation::fuzzed::nixos_version;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A store with a file in it, and beside it one that is nobody's to tell. In the script `@@` stands for this folder.
static ROOT: LazyLock<TempDir> = LazyLock::new(|| {
    let root = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).expect("a file");
    std::fs::create_dir(root.path().join("store")).expect("a folder");
    write("store/v.json", r#"{"nixosVersion":"26.05","nixpkgsRevision":"0123456"}"#);
    write("secret.json", r#"{"nixosVersion":"s3cret","nixpkgsRevision":"s3cret"}"#);
    root
});

fuzz_target!(|bytes: &[u8]| {
    let script = String::from_utf8_lossy(bytes);
    let root = ROOT.path().canonicalize().expect("it is there").display().to_string();
    let printed = nixos_version(&script.replace("@@", &root), &ROOT.path().join("store"));
    for text in printed.into_iter().flatten() {
        assert!(!text.contains("s3cret") || script.contains("s3cret"), "{text:?}");
    }
});
