//! February to November 2025: stable releases.

use super::super::texts;
use super::Step::{Declare, Drop, Lock, Swap, Write};
use super::{ANVIL, Body, HOME, Input, Told, WREN, update};

/// The commits on the stable releases, oldest first.
pub(super) const COMMITS: &[Told] = &[
    Told {
        branch: "main",
        when: "2025-02-17T21:12:40+01:00",
        subject: "A flake for anvil",
        body: Body::None,
        merges: None,
        steps: &[
            Write("README.md", texts::README),
            Write("flake.nix", texts::OUTPUTS_ANVIL),
            Write(ANVIL, texts::ANVIL),
            Write(HOME, texts::HOME),
            Declare(Input { name: "flake-utils", url: "github:numtide/flake-utils", follows: &[] }),
            Declare(Input {
                name: "home-manager",
                url: "github:nix-community/home-manager/release-24.11",
                follows: &["nixpkgs"],
            }),
            Declare(Input { name: "nixpkgs", url: "github:NixOS/nixpkgs/nixos-24.11", follows: &[] }),
            Lock(&[("flake-utils", "2024-11-13"), ("home-manager", "2025-01-08"), ("nixpkgs", "2025-02-15")]),
        ],
    },
    Told {
        branch: "main",
        when: "2025-02-22T15:40:02+01:00",
        subject: "anvil: NVIDIA driver and Steam",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            ANVIL,
            "linuxPackages_latest;\n",
            "linuxPackages_latest;\n  \
               services.xserver.videoDrivers = [ \"nvidia\" ];\n  \
               hardware.nvidia.open = true;\n  \
               programs.steam.enable = true;\n",
        )],
    },
    Told {
        branch: "main",
        when: "2025-03-02T11:05:23+01:00",
        subject: "agenix for the backup password",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input {
                name: "agenix",
                url: "github:ryantm/agenix",
                follows: &["home-manager", "nixpkgs"],
            }),
            Lock(&[("agenix", "2025-01-15")]),
            Swap(ANVIL, "imports = [\n", "imports = [\n    inputs.agenix.nixosModules.default\n"),
            Swap(
                ANVIL,
                "\n  home-manager",
                "  age.identityPaths = [ \"/etc/ssh/ssh_host_ed25519_key\" ];\n\n  home-manager",
            ),
        ],
    },
    update(
        "2025-03-25T20:31:07+01:00",
        &[Lock(&[("home-manager", "2025-03-22"), ("nixpkgs", "2025-03-23")])],
    ),
    Told {
        branch: "main",
        when: "2025-04-06T13:55:31+02:00",
        subject: "wren: a laptop joins",
        body: Body::Text("A Framework 13; nixos-hardware knows its quirks."),
        merges: None,
        steps: &[
            Declare(Input { name: "nixos-hardware", url: "github:NixOS/nixos-hardware", follows: &[] }),
            Lock(&[("nixos-hardware", "2025-03-31")]),
            Write("flake.nix", texts::OUTPUTS_BOTH),
            Write(WREN, texts::WREN),
            Swap("README.md", "the desktop\n", "the desktop\n- wren: the laptop\n"),
        ],
    },
    Told {
        branch: "main",
        when: "2025-04-12T10:18:44+02:00",
        subject: "wren: fingerprint reader and power profiles",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            WREN,
            "\"suspend\";\n",
            "\"suspend\";\n  services.fprintd.enable = true;\n  services.power-profiles-daemon.enable = true;\n",
        )],
    },
    update(
        "2025-05-01T18:02:16+02:00",
        &[Lock(&[("agenix", "2025-04-26"), ("nixos-hardware", "2025-04-29"), ("nixpkgs", "2025-04-29")])],
    ),
    Told {
        branch: "main",
        when: "2025-05-30T21:47:58+02:00",
        subject: "NixOS 25.05",
        body: Body::Text("home-manager moves to its branch for the release as well."),
        merges: None,
        steps: &[
            Declare(Input {
                name: "home-manager",
                url: "github:nix-community/home-manager/release-25.05",
                follows: &["nixpkgs"],
            }),
            Declare(Input { name: "nixpkgs", url: "github:NixOS/nixpkgs/nixos-25.05", follows: &[] }),
            Lock(&[("home-manager", "2025-05-29"), ("nixpkgs", "2025-05-26")]),
        ],
    },
    Told {
        branch: "main",
        when: "2025-06-20T19:20:33+02:00",
        subject: "Secrets move from agenix to sops-nix",
        body: Body::None,
        merges: None,
        steps: &[
            Drop("agenix"),
            Declare(Input { name: "sops-nix", url: "github:Mic92/sops-nix", follows: &[] }),
            Lock(&[("sops-nix", "2025-06-17")]),
            Swap(ANVIL, "agenix.nixosModules.default", "sops-nix.nixosModules.sops"),
            Swap(ANVIL, "age.identityPaths", "sops.age.sshKeyPaths"),
        ],
    },
    Told {
        branch: "main",
        when: "2025-06-21T09:41:05+02:00",
        subject: "sops-nix: use our nixpkgs",
        body: Body::Text("It had brought a second one."),
        merges: None,
        steps: &[Declare(Input { name: "sops-nix", url: "github:Mic92/sops-nix", follows: &["nixpkgs"] })],
    },
    Told {
        branch: "main",
        when: "2025-08-27T22:03:12+02:00",
        subject: "anvil: a new disk, partitioned by disko",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input { name: "disko", url: "github:nix-community/disko", follows: &["nixpkgs"] }),
            Lock(&[("disko", "2025-08-25")]),
            Write("hosts/anvil/disk.nix", texts::DISK),
            Swap(
                ANVIL,
                "imports = [\n",
                "imports = [\n    ./disk.nix\n    inputs.disko.nixosModules.disko\n",
            ),
        ],
    },
    update(
        "2025-09-06T10:33:49+02:00",
        &[Lock(&[
            ("disko", "2025-09-01"),
            ("home-manager", "2025-08-21"),
            ("nixos-hardware", "2025-09-05"),
            ("nixpkgs", "2025-09-04"),
            ("sops-nix", "2025-08-12"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2025-10-11T16:44:20+02:00",
        subject: "home: Helix instead of Vim",
        body: Body::None,
        merges: None,
        steps: &[Swap(HOME, "programs.vim.enable", "programs.helix.enable")],
    },
    Told {
        branch: "main",
        when: "2025-11-06T20:15:37+01:00",
        subject: "Update before trying unstable",
        body: Body::None,
        merges: None,
        steps: &[Lock(&[
            ("disko", "2025-11-04"),
            ("nixos-hardware", "2025-11-05"),
            ("nixpkgs", "2025-11-04"),
            ("sops-nix", "2025-10-20"),
        ])],
    },
];
