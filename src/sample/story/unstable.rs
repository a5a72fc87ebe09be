//! November 2025 to August 2026: nixos-unstable, and what comes with it.

use super::super::texts;
use super::Step::{Declare, Drop, Lock, LockBeforeParent, Swap, Write};
use super::{ANVIL, Body, HOME, Input, Told, WREN, update};

/// The commits from the first try of nixos-unstable on, oldest first.
pub(super) const COMMITS: &[Told] = &[
    Told {
        branch: "unstable",
        when: "2025-11-13T19:30:11+01:00",
        subject: "Try nixos-unstable",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input {
                name: "home-manager",
                url: "github:nix-community/home-manager",
                follows: &["nixpkgs"],
            }),
            Declare(Input { name: "nixpkgs", url: "github:NixOS/nixpkgs/nixos-unstable", follows: &[] }),
            Lock(&[("home-manager", "2025-11-12"), ("nixpkgs", "2025-11-11")]),
        ],
    },
    Told {
        branch: "main",
        when: "2025-11-15T11:12:26+01:00",
        subject: "anvil: back up every night",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            ANVIL,
            "  sops.age",
            "  services.restic.backups.home.timerConfig.OnCalendar = \"02:30\";\n  sops.age",
        )],
    },
    Told {
        branch: "unstable",
        when: "2025-11-17T20:50:03+01:00",
        subject: "wren: the lid option has a new name",
        body: Body::None,
        merges: None,
        steps: &[Swap(WREN, "logind.lidSwitch", "logind.settings.Login.HandleLidSwitch")],
    },
    Told {
        branch: "main",
        when: "2025-11-19T18:25:55+01:00",
        subject: "Merge branch 'unstable'",
        body: Body::Text("No trouble on either machine so far."),
        merges: Some("unstable"),
        steps: &[],
    },
    update(
        "2025-12-07T14:08:19+01:00",
        &[Lock(&[
            ("disko", "2025-12-01"),
            ("home-manager", "2025-12-06"),
            ("nixos-hardware", "2025-11-29"),
            ("nixpkgs", "2025-12-05"),
            ("sops-nix", "2025-11-30"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2025-12-28T17:52:30+01:00",
        subject: "Drop flake-utils",
        body: Body::Text("Both machines are x86_64-linux."),
        merges: None,
        steps: &[Drop("flake-utils"), Write("flake.nix", texts::OUTPUTS_PLAIN)],
    },
    update(
        "2026-01-01T13:20:47+01:00",
        &[Lock(&[
            ("disko", "2025-12-19"),
            ("home-manager", "2025-12-30"),
            ("nixos-hardware", "2025-12-31"),
            ("nixpkgs", "2025-12-29"),
            ("sops-nix", "2025-12-28"),
        ])],
    ),
    Told {
        branch: "wren-power",
        when: "2026-01-18T15:33:08+01:00",
        subject: "wren: powertop at boot",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            WREN,
            "  services.fprintd",
            "  powerManagement.powertop.enable = true;\n  services.fprintd",
        )],
    },
    update(
        "2026-01-22T21:06:14+01:00",
        &[Lock(&[
            ("disko", "2026-01-20"),
            ("home-manager", "2026-01-21"),
            ("nixos-hardware", "2026-01-22"),
            ("nixpkgs", "2026-01-20"),
            ("sops-nix", "2026-01-19"),
        ])],
    ),
    Told {
        branch: "wren-power",
        when: "2026-01-24T10:47:52+01:00",
        subject: "wren: charge to 80 % only",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            WREN,
            "services.power-profiles-daemon.enable = true;",
            "services.power-profiles-daemon.enable = false;\n  \
               services.tlp.enable = true;\n  \
               services.tlp.settings.STOP_CHARGE_THRESH_BAT1 = 80;",
        )],
    },
    Told {
        branch: "main",
        when: "2026-01-25T19:58:41+01:00",
        subject: "Merge branch 'wren-power'",
        body: Body::None,
        merges: Some("wren-power"),
        steps: &[],
    },
    Told {
        branch: "main",
        when: "2026-02-08T16:21:36+01:00",
        subject: "wren: secure boot with lanzaboote",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input {
                name: "lanzaboote",
                url: "github:nix-community/lanzaboote/v1.0.0",
                follows: &["nixpkgs"],
            }),
            Lock(&[("lanzaboote", "2025-12-10")]),
            Swap(WREN, "imports = [\n", "imports = [\n    inputs.lanzaboote.nixosModules.lanzaboote\n"),
            Swap(
                WREN,
                "boot.loader.systemd-boot.enable = true;",
                "boot.lanzaboote.enable = true;\n  boot.lanzaboote.pkiBundle = \"/var/lib/sbctl\";",
            ),
        ],
    },
    update(
        "2026-02-21T20:40:09+01:00",
        &[Lock(&[
            ("disko", "2026-02-19"),
            ("home-manager", "2026-02-21"),
            ("nixos-hardware", "2026-02-18"),
            ("nixpkgs", "2026-02-17"),
            ("sops-nix", "2026-02-19"),
        ])],
    ),
    Told {
        branch: "niri",
        when: "2026-03-15T14:02:27+01:00",
        subject: "anvil: niri beside Plasma",
        body: Body::None,
        merges: None,
        steps: &[Swap(
            ANVIL,
            "  services.desktopManager",
            "  programs.niri.enable = true;\n  services.desktopManager",
        )],
    },
    Told {
        branch: "niri",
        when: "2026-03-20T22:37:40+01:00",
        subject: "nixpkgs, home-manager: Update for a newer niri",
        body: Body::None,
        merges: None,
        steps: &[Lock(&[("home-manager", "2026-03-19"), ("nixpkgs", "2026-03-18")])],
    },
    update(
        "2026-03-23T20:11:18+01:00",
        &[Lock(&[
            ("disko", "2026-03-19"),
            ("home-manager", "2026-03-22"),
            ("nixos-hardware", "2026-03-20"),
            ("nixpkgs", "2026-03-21"),
            ("sops-nix", "2026-03-22"),
        ])],
    ),
    // Both sides moved nixpkgs and home-manager: the lock of this merge holds conflict markers.
    Told {
        branch: "main",
        when: "2026-03-27T23:48:51+01:00",
        subject: "Merge branch 'niri'",
        body: Body::None,
        merges: Some("niri"),
        steps: &[],
    },
    Told {
        branch: "main",
        when: "2026-03-28T09:15:04+01:00",
        subject: "flake.lock: Lock again",
        body: Body::Text("Last night's merge went in with its conflict markers."),
        merges: None,
        steps: &[Lock(&[
            ("home-manager", "2026-03-27"),
            ("nixos-hardware", "2026-03-26"),
            ("nixpkgs", "2026-03-24"),
            ("sops-nix", "2026-03-23"),
        ])],
    },
    Told {
        branch: "main",
        when: "2026-04-20T20:44:33+02:00",
        subject: "home: comma, with nix-index-database",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input {
                name: "nix-index-database",
                url: "github:nix-community/nix-index-database",
                follows: &["nixpkgs"],
            }),
            Lock(&[("nix-index-database", "2026-04-19")]),
            Swap(
                ANVIL,
                "    inputs.sops-nix",
                "    inputs.nix-index-database.nixosModules.nix-index\n    inputs.sops-nix",
            ),
            Swap(
                ANVIL,
                "  programs.niri",
                "  programs.nix-index-database.comma.enable = true;\n  programs.niri",
            ),
        ],
    },
    update(
        "2026-04-25T10:29:59+02:00",
        &[Lock(&[
            ("disko", "2026-04-19"),
            ("home-manager", "2026-04-23"),
            ("nix-index-database", "2026-04-22"),
            ("nixos-hardware", "2026-04-22"),
            ("nixpkgs", "2026-04-22"),
            ("sops-nix", "2026-04-21"),
        ])],
    ),
    update(
        "2026-05-12T21:55:22+02:00",
        &[Lock(&[
            ("disko", "2026-05-02"),
            ("home-manager", "2026-04-30"),
            ("nix-index-database", "2026-04-26"),
            ("nixos-hardware", "2026-05-04"),
            ("nixpkgs", "2026-05-10"),
            ("sops-nix", "2026-05-05"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2026-05-13T07:34:45+02:00",
        subject: "Revert \"flake.lock: Update\"",
        body: Body::Text(
            "anvil starts to a black screen: the NVIDIA module does not load on the\n\
             new kernel. wren is fine, but one lock for both.",
        ),
        merges: None,
        steps: &[LockBeforeParent],
    },
    Told {
        branch: "main",
        when: "2026-05-16T12:10:13+02:00",
        subject: "anvil: the default kernel instead of the latest",
        body: Body::None,
        merges: None,
        steps: &[Swap(ANVIL, "linuxPackages_latest", "linuxPackages")],
    },
    Told {
        branch: "main",
        when: "2026-05-24T15:17:28+02:00",
        subject: "Update, second try",
        body: Body::Text("anvil starts, with the default kernel."),
        merges: None,
        steps: &[Lock(&[
            ("disko", "2026-05-18"),
            ("home-manager", "2026-05-18"),
            ("nix-index-database", "2026-05-17"),
            ("nixos-hardware", "2026-05-18"),
            ("nixpkgs", "2026-05-21"),
            ("sops-nix", "2026-05-05"),
        ])],
    },
    update(
        "2026-06-10T22:24:39+02:00",
        &[Lock(&[
            ("disko", "2026-06-08"),
            ("home-manager", "2026-06-08"),
            ("nix-index-database", "2026-06-07"),
            ("nixos-hardware", "2026-06-09"),
            ("nixpkgs", "2026-06-06"),
            ("sops-nix", "2026-06-04"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2026-06-11T07:50:16+02:00",
        subject: "nixos-hardware: use our nixpkgs",
        body: Body::Text("Since the last update it brings one of its own."),
        merges: None,
        steps: &[Declare(Input {
            name: "nixos-hardware",
            url: "github:NixOS/nixos-hardware",
            follows: &["nixpkgs"],
        })],
    },
    update(
        "2026-07-08T19:36:50+02:00",
        &[Lock(&[
            ("disko", "2026-06-11"),
            ("home-manager", "2026-06-28"),
            ("nix-index-database", "2026-06-21"),
            ("nixos-hardware", "2026-06-27"),
            ("nixpkgs", "2026-07-05"),
            ("sops-nix", "2026-07-04"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2026-07-12T17:05:34+02:00",
        subject: "lanzaboote 1.1.0",
        body: Body::None,
        merges: None,
        steps: &[
            Declare(Input {
                name: "lanzaboote",
                url: "github:nix-community/lanzaboote/v1.1.0",
                follows: &["nixpkgs"],
            }),
            Lock(&[("lanzaboote", "2026-06-22")]),
        ],
    },
    update(
        "2026-07-26T11:22:07+02:00",
        &[Lock(&[
            ("home-manager", "2026-07-24"),
            ("nix-index-database", "2026-07-26"),
            ("nixos-hardware", "2026-07-22"),
            ("nixpkgs", "2026-07-23"),
        ])],
    ),
    Told {
        branch: "main",
        when: "2026-08-09T18:40:42+02:00",
        subject: "home: Ghostty",
        body: Body::None,
        merges: None,
        steps: &[Swap(HOME, "  home.packages", "  programs.ghostty.enable = true;\n  home.packages")],
    },
    Told {
        branch: "main",
        when: "2026-08-12T20:02:18+02:00",
        subject: "Update everything",
        body: Body::None,
        merges: None,
        steps: &[Lock(&[
            ("home-manager", "2026-08-12"),
            ("nix-index-database", "2026-08-09"),
            ("nixos-hardware", "2026-07-28"),
            ("nixpkgs", "2026-08-10"),
        ])],
    },
    update(
        "2026-08-21T19:27:56+02:00",
        &[Lock(&[
            ("home-manager", "2026-08-19"),
            ("nix-index-database", "2026-08-16"),
            ("nixos-hardware", "2026-08-19"),
            ("nixpkgs", "2026-08-19"),
            ("sops-nix", "2026-08-13"),
        ])],
    ),
];
