//! The inputs that an input brings along, as its own flake.lock pins them.
//!
//! Left out are those that the sample's flake.nix always points elsewhere with `follows`.

/// An input that comes with another.
#[derive(Debug)]
pub(super) enum Brings {
    /// A flake.
    Input { name: &'static str, url: &'static str, day: &'static str, inputs: &'static [Self] },
    /// A source that is not read as a flake.
    Files { name: &'static str, url: &'static str, day: &'static str },
    /// Another input, at a path from the root of the sample's own flake.
    Follows { name: &'static str, path: &'static [&'static str] },
}

use Brings::{Files, Follows, Input};

impl Brings {
    /// The name of the input in the flake that brings it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Input { name, .. } | Files { name, .. } | Follows { name, .. } => name,
        }
    }
}

/// What comes with the revision that `url` had on that day.
pub(super) fn of(url: &str, day: &str) -> &'static [Brings] {
    let found = BROUGHT.iter().find(|(from, on, _)| *from == url && *on == day);
    found.map_or(&[], |(_, _, inputs)| inputs)
}

const BROUGHT: &[(&str, &str, &[Brings])] = &[
    (
        "github:ryantm/agenix",
        "2025-01-15",
        &[
            Input {
                name: "darwin",
                url: "github:lnl7/nix-darwin/master",
                day: "2023-11-24",
                inputs: &[Follows { name: "nixpkgs", path: &["agenix", "nixpkgs"] }],
            },
            SYSTEMS,
        ],
    ),
    (
        "github:ryantm/agenix",
        "2025-04-26",
        &[
            Input {
                name: "darwin",
                url: "github:lnl7/nix-darwin/master",
                day: "2025-04-12",
                inputs: &[Follows { name: "nixpkgs", path: &["agenix", "nixpkgs"] }],
            },
            SYSTEMS,
        ],
    ),
    ("github:numtide/flake-utils", "2024-11-13", &[SYSTEMS]),
    (
        "github:Mic92/sops-nix",
        "2025-06-17",
        &[Input {
            name: "nixpkgs",
            url: "github:NixOS/nixpkgs/nixpkgs-unstable",
            day: "2025-04-17",
            inputs: &[],
        }],
    ),
    (
        "github:nix-community/lanzaboote/v1.0.0",
        "2025-12-10",
        &[
            Input { name: "crane", url: "github:ipetkov/crane", day: "2025-12-07", inputs: &[] },
            Input {
                name: "pre-commit",
                url: "github:cachix/pre-commit-hooks.nix",
                day: "2025-12-06",
                inputs: &[
                    Files { name: "flake-compat", url: "github:edolstra/flake-compat", day: "2025-10-27" },
                    GITIGNORE,
                    FOLLOWS_LANZABOOTE,
                ],
            },
            Input {
                name: "rust-overlay",
                url: "github:oxalica/rust-overlay",
                day: "2025-12-07",
                inputs: &[FOLLOWS_LANZABOOTE],
            },
        ],
    ),
    (
        "github:nix-community/lanzaboote/v1.1.0",
        "2026-06-22",
        &[
            Input { name: "crane", url: "github:ipetkov/crane", day: "2026-06-18", inputs: &[] },
            Input {
                name: "pre-commit",
                url: "github:cachix/pre-commit-hooks.nix",
                day: "2026-06-17",
                inputs: &[
                    Files { name: "flake-compat", url: "github:NixOS/flake-compat", day: "2025-12-29" },
                    GITIGNORE,
                    FOLLOWS_LANZABOOTE,
                ],
            },
            Input {
                name: "rust-overlay",
                url: "github:oxalica/rust-overlay",
                day: "2026-06-21",
                inputs: &[FOLLOWS_LANZABOOTE],
            },
        ],
    ),
    // The first revision here with an input of its own: it surprises the story.
    (
        "github:NixOS/nixos-hardware",
        "2026-06-09",
        &[Input {
            name: "nixpkgs",
            url: "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
            day: "2026-01-08",
            inputs: &[],
        }],
    ),
];

const SYSTEMS: Brings =
    Input { name: "systems", url: "github:nix-systems/default", day: "2023-04-09", inputs: &[] };

const FOLLOWS_LANZABOOTE: Brings = Follows { name: "nixpkgs", path: &["lanzaboote", "nixpkgs"] };

const GITIGNORE: Brings = Input {
    name: "gitignore",
    url: "github:hercules-ci/gitignore.nix",
    day: "2024-02-28",
    inputs: &[Follows { name: "nixpkgs", path: &["lanzaboote", "pre-commit", "nixpkgs"] }],
};
