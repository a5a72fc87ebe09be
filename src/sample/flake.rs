//! The declared inputs as flake.nix.

use std::collections::BTreeMap;

use super::story::Input;

/// The content of flake.nix with these inputs; `outputs` is the text that comes after them.
pub(super) fn text(declared: &BTreeMap<&'static str, Input>, outputs: &str) -> String {
    let inputs: String = declared.values().map(input).collect();
    format!("{{\n  description = \"anvil and wren\";\n\n  inputs = {{\n{inputs}  }};\n\n{outputs}}}\n")
}

fn input(Input { name, url, follows }: &Input) -> String {
    if follows.is_empty() {
        return format!("    {name}.url = \"{url}\";\n");
    }
    let follows: String =
        follows.iter().map(|target| format!("      inputs.{target}.follows = \"{target}\";\n")).collect();
    format!("    {name} = {{\n      url = \"{url}\";\n{follows}    }};\n")
}
