use crate::lock::Decoder;
use crate::view::made_up::lock;

use super::*;

fn written(lock: &Lock) -> String {
    let mut out = Vec::new();
    lines(lock, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_input_is_a_line() {
    let lock = lock("nixpkgs@a1+0#nixos-25.05 home@b1+2 home/nixpkgs>nixpkgs !quirks@16- b>");
    assert_eq!(
        written(&lock),
        "b  follows the flake itself\n\
         home  2026-01-03 b1b1b1b  github:nix-community/home  sha256-b1b1b1b1b1b1b1b1b1b1b1b1\n\
         home/nixpkgs  follows nixpkgs\n\
         nixpkgs  2026-01-01 a1a1a1a  github:nix-community/nixpkgs/nixos-25.05  sha256-a1a1a1a1a1a1a1a1a1a1a1a1\n\
         quirks  1616161  github:nix-community/quirks  flake = false  sha256-161616161616161616161616\n"
    );
}

/// One input, locked and asked for like this.
fn one(locked: &serde_json::Value, original: &serde_json::Value) -> String {
    let nodes = serde_json::json!({
        "root": {"inputs": {"i\u{1b}": "i"}}, "i": {"locked": locked, "original": original}
    });
    let text = serde_json::json!({"nodes": nodes, "root": "root", "version": 7}).to_string();
    written(&Decoder::new().decode(text.as_bytes()).unwrap())
}

#[test]
fn where_it_is_from_is_said_once_where_it_is_one_place() {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let rev = "1234567890123456789012345678901234567890";
    let locked = json(&format!(
        r#"{{"type": "github", "owner": "o", "repo": "r", "rev": "{rev}", "lastModified": 86400, "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#
    ));
    for (original, expected) in [
        (r#"{"type": "github", "owner": "o", "repo": "r"}"#, "github:o/r"),
        (r#"{"type": "github", "owner": "o", "repo": "r", "ref": "b"}"#, "github:o/r/b"),
        (r#"{"type": "indirect", "id": "r"}"#, "flake:r → github:o/r"),
        (r#"{"type": "github", "owner": "p", "repo": "r"}"#, "github:p/r → github:o/r"),
    ] {
        let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(one(&locked, &json(original)), format!("i␛  1970-01-02 1234567  {expected}  {hash}\n"));
    }
}
