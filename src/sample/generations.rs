//! The generations of anvil, one of the sample's two machines: what was built when, and what each system records.

/// What a system records of the configuration it was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// Only where its nixpkgs lies, as every NixOS since 24.05 does by itself.
    NixpkgsPath,
    /// Also its commit and all its inputs, as careful configurations do.
    Everything,
    /// The same, but the tree was dirty: the commit before, and the lock that was committed only later.
    DirtySince(&'static str),
}

/// A nixpkgs that was tried and never committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its revision.
    pub rev: &'static str,
    /// Its narHash.
    pub nar_hash: &'static str,
    /// Its date in seconds since 1970 UTC.
    pub last_modified: u64,
}

/// One generation of the sample's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// When it was made, in seconds since 1970 UTC.
    pub seconds: i64,
    /// The date of the commit whose lock it was built from, as in the story.
    pub commit: &'static str,
    /// What it records.
    pub records: Records,
    /// A nixpkgs in place of the lock's.
    pub tried: Option<Tried>,
    /// The NixOS release.
    pub release: &'static str,
    /// The kernel.
    pub kernel: &'static str,
    /// Its specialisations.
    pub specialisations: &'static [&'static str],
}

/// The generation the sample's machine was booted from; the last one is default and runs.
pub const BOOTED: u64 = 40;

/// The generations, the lowest number first.
pub const GENERATIONS: [Generation; 12] = [
    plain(31, 1_756_325_400, "2025-08-27T22:03", "25.05", "6.12.43").only_nixpkgs(),
    plain(32, 1_757_148_600, "2025-09-06T10:33", "25.05", "6.12.43").only_nixpkgs(),
    plain(33, 1_763_585_400, "2025-11-19", "26.05", "6.17.8"),
    plain(34, 1_769_115_000, "2026-01-22", "26.05", "6.18.6"),
    plain(35, 1_774_293_600, "2026-03-23", "26.05", "6.19.8"),
    plain(36, 1_777_104_900, "2026-04-25", "26.05", "6.19.14").dirty_since("2026-04-20"),
    plain(37, 1_778_616_900, "2026-05-12", "26.05", "7.0.5"),
    plain(38, 1_778_651_100, "2026-05-13", "26.05", "6.19.14"),
    plain(39, 1_779_630_000, "2026-05-24", "26.05", "6.18.32").with(&["gaming"]),
    plain(40, 1_785_058_800, "2026-07-26", "26.11", "6.18.39").with(&["gaming"]),
    plain(41, 1_785_616_200, "2026-07-26", "26.11", "6.18.40").with(&["gaming"]).trying(
        "2026-07-26",
        Tried {
            rev: "1559d3daa3ecc813a650b79375ea61b6741b8746",
            nar_hash: "sha256-LQy14TZp77TwbQf40gg1V3jo8FwJG0jGDkAH+zRHqg8=",
            last_modified: 1_785_454_630,
        },
    ),
    plain(42, 1_787_334_600, "2026-08-21", "26.11", "6.18.44").with(&["gaming"]),
];

const fn plain(
    number: u64,
    seconds: i64,
    commit: &'static str,
    release: &'static str,
    kernel: &'static str,
) -> Generation {
    let records = Records::Everything;
    Generation { number, seconds, commit, records, tried: None, release, kernel, specialisations: &[] }
}

impl Generation {
    const fn only_nixpkgs(self) -> Self {
        Self { records: Records::NixpkgsPath, ..self }
    }

    const fn dirty_since(self, commit: &'static str) -> Self {
        Self { records: Records::DirtySince(commit), ..self }
    }

    const fn with(self, specialisations: &'static [&'static str]) -> Self {
        Self { specialisations, ..self }
    }

    const fn trying(self, commit: &'static str, tried: Tried) -> Self {
        Self { records: Records::DirtySince(commit), tried: Some(tried), ..self }
    }
}
