//! What the sample locks: real revisions of public repositories, as Nix locked them.
//!
//! One group for each repository, oldest first; one line for each revision, named by its day.

/// One revision of a repository, with the facts that Nix writes beside it.
#[derive(Debug)]
pub(super) struct Pin {
    /// The day of the revision (UTC), by which the story names it: one of each day in a group.
    pub(super) day: &'static str,
    /// The moment of the revision, in Unix seconds.
    pub(super) last_modified: i64,
    /// The commit id.
    pub(super) rev: &'static str,
    /// The hash of the unpacked source.
    pub(super) nar_hash: &'static str,
    /// Where the locked file lies, when that does not follow from the declared source.
    pub(super) url: Option<&'static str>,
}

/// The revision of `source` (`github:OWNER/REPO`, or a web address) of that day.
pub(super) fn find(source: &str, day: &str) -> Option<&'static Pin> {
    let (_, pins) = PINS.iter().find(|(name, _)| *name == source)?;
    pins.iter().find(|pin| pin.day == day)
}

const fn at(day: &'static str, last_modified: i64, rev: &'static str, nar_hash: &'static str) -> Pin {
    Pin { day, last_modified, rev, nar_hash, url: None }
}

/// The revisions by source, each group oldest first.
// Not formatted, because the columns are what makes the table readable.
#[rustfmt::skip]
pub(super) const PINS: &[(&str, &[Pin])] = &[
    ("github:NixOS/nixpkgs", &[
        at("2025-02-15", 1739624908, "a60651b217d2e529729cbc7d989c19f3941b9250", "sha256-f84lBmLl4tkDp1ZU5LBTSFzlxXP4926DVW3KnXrke10="),
        at("2025-03-23", 1742751704, "f0946fa5f1fb876a9dc2e1850d9d3a4e3f914092", "sha256-rBfc+H1dDBUQ2mgVITMGBPI1PGuCznf9rcWX/XIULyE="),
        at("2025-04-17", 1744868846, "ebe4301cbd8f81c4f8d3244b3632338bbeb6d49c", "sha256-5RJTdUHDmj12Qsv7XOhuospjAjATNiTMElplWnJE9Hs="),
        at("2025-04-29", 1745921652, "b000159bba69b0106a42f65e52dbf27f77aca9d3", "sha256-hEAvEN+y/OQ7wA7+u3bFJwXSe8yoSf2QaOMH3hyTJTQ="),
        at("2025-05-26", 1748302896, "7848cd8c982f7740edf76ddb3b43d234cb80fc4d", "sha256-ixMT0a8mM091vSswlTORZj93WQAJsRNmEvqLL+qwTFM="),
        at("2025-09-04", 1757020766, "fe83bbdde2ccdc2cb9573aa846abe8363f79a97a", "sha256-PLoSjHRa2bUbi1x9HoXgTx2AiuzNXs54c8omhadyvp0="),
        at("2025-11-04", 1762233356, "ca534a76c4afb2bdc07b681dbc11b453bab21af8", "sha256-cGS3lLTYusbEP/IJIWGgnkzIl+FA5xDvtiHyjalGr4k="),
        at("2025-11-11", 1762844143, "9da7f1cf7f8a6e2a7cb3001b048546c92a8258b4", "sha256-SlybxLZ1/e4T2lb1czEtWVzDCVSTvk9WLwGhmxFmBxI="),
        at("2025-12-05", 1764950072, "f61125a668a320878494449750330ca58b78c557", "sha256-BmPWzogsG2GsXZtlT+MTcAWeDK5hkbGRZTeZNW42fwA="),
        at("2025-12-29", 1766996594, "0744ef1b047f07d31d9962d757ffe38ec14a4d41", "sha256-SosfgQSqVmOkqVgNYJnxW5FvoIQX4grOcpIKNrIwz4o="),
        at("2026-01-20", 1768886240, "80e4adbcf8992d3fd27ad4964fbb84907f9478b0", "sha256-C2TjvwYZ2VDxYWeqvvJ5XPPp6U7H66zeJlRaErJKoEM="),
        at("2026-02-17", 1771369470, "0182a361324364ae3f436a63005877674cf45efb", "sha256-0NBlEBKkN3lufyvFegY4TYv5mCNHbi5OmBDrzihbBMQ="),
        at("2026-03-18", 1773821835, "b40629efe5d6ec48dd1efba650c797ddbd39ace0", "sha256-TJ3lSQtW0E2JrznGVm8hOQGVpXjJyXY2guAxku2O9A4="),
        at("2026-03-21", 1774106199, "6c9a78c09ff4d6c21d0319114873508a6ec01655", "sha256-US5Tda2sKmjrg2lNHQL3jRQ6p96cgfWh3J1QBliQ8Ws="),
        at("2026-03-24", 1774386573, "46db2e09e1d3f113a13c0d7b81e2f221c63b8ce9", "sha256-4hAV26quOxdC6iyG7kYaZcM3VOskcPUrdCQd/nx8obc="),
        at("2026-04-22", 1776877367, "0726a0ecb6d4e08f6adced58726b95db924cef57", "sha256-EHq1/OX139R1RvBzOJ0aMRT3xnWyqtHBRUBuO1gFzjI="),
        at("2026-05-10", 1778443072, "da5ad661ba4e5ef59ba743f0d112cbc30e474f32", "sha256-zi7/fsqM/kFdNuED//4WOCUtezGtKKqRNORjMvfwjnA="),
        at("2026-05-21", 1779357205, "f83fc3c307e74bc5fd5adb7eb6b8b13ffd2a36e1", "sha256-cCO8aTqss5x9Ky8GWkpY0Hy5fyTZEbtifSUV8QjSzic="),
        at("2026-06-06", 1780749050, "a799d3e3886da994fa307f817a6bc705ae538eeb", "sha256-3av0pIjlOWQ6rDbNOmpUSvbNnJkGORQKKjb4LtCZsIY="),
        at("2026-07-05", 1783224372, "d407951447dcd00442e97087bf374aad70c04cea", "sha256-8i/87eeoqiGE4yOTjwSA3Eh/ziJRQEmd/unYU+K27sk="),
        at("2026-07-23", 1784796856, "e2587caef70cea85dd97d7daab492899902dbf5d", "sha256-wWFrV5/Qbm+lyt5x20E/bSbfJiGKMo4RCxZV8cl/WZI="),
        at("2026-08-10", 1786384358, "2fcb964de67fcf60b43471c55d5d99e61a9ccb5a", "sha256-RzPPiWeUtuvymnpuEWsdtzli5w4kjZs49FqEs3/1u+I="),
        at("2026-08-19", 1787135253, "ffb3c9b700e759be2ef13237c9d8f953b32a1e46", "sha256-RD2kNWCG+Bjo6h+JVjWVNntZs2GtRoeY2xHjts/FNkA="),
    ]),
    ("github:nix-community/home-manager", &[
        at("2025-01-08", 1736373539, "bd65bc3cde04c16755955630b344bc9e35272c56", "sha256-dinzAqCjenWDxuy+MqUQq0I4zUSfaCvN9rzuCmgMZJY="),
        at("2025-03-22", 1742655702, "0948aeedc296f964140d9429223c7e4a0702a1ff", "sha256-jbqlw4sPArFtNtA1s3kLg7/A4fzP4GLk9bGbtUJg0JQ="),
        at("2025-05-29", 1748487945, "0d13ea58d565d3c1c1468ddae1f623316dc395d9", "sha256-e9zc/rHdoH9i+sFFhhQiKoF6IuD+T2rB/nUyPaO7CCg="),
        at("2025-08-21", 1755776884, "4fb695d10890e9fc6a19deadf85ff79ffb78da86", "sha256-CPM7zm6csUx7vSfKvzMDIjepEJv1u/usmaT7zydzbuI="),
        at("2025-11-12", 1762964643, "827f2a23373a774a8805f84ca5344654c31f354b", "sha256-RYHN8O/Aja59XDji6WSJZPkJpYVUfpSkyH+PEupBJqM="),
        at("2025-12-06", 1764998300, "27a6182347ccae90a88231ae0dc5dfa7d15815bb", "sha256-fZatn/KLfHLDXnF0wy7JxXqGaZmGDTVufT4o/AOlj44="),
        at("2025-12-30", 1767104570, "e4e78a2cbeaddd07ab7238971b16468cc1d14daf", "sha256-GKgwu5//R+cLdKysZjGqvUEEOGXXLdt93sNXeb2M/Lk="),
        at("2026-01-21", 1769015285, "ec0247a7a19f641595c24ac1ea4df6461d1cdb36", "sha256-MlqzCJbckJsgwfkRs64H2xaX2Uxl4o6Z9XYfkYS1N/E="),
        at("2026-02-21", 1771683283, "c6ed3eab64d23520bcbb858aa53fe2b533725d4a", "sha256-WxAEkAbo8dP7qiyPM6VN4ZGAxfuBVlNBNPkrqkrXVEc="),
        at("2026-03-19", 1773962693, "9d3c1d636e7b8ab10f357cd9bee653cd400437de", "sha256-nf9pgktDE4E2TCavUT1vh3Nd/tfKixL1BK6P32Zp3hI="),
        at("2026-03-22", 1774210133, "c6fe2944ad9f2444b2d767c4a5edee7c166e8a95", "sha256-yeiWCY9aAUUJ3ebMVjs0UZXRnT5x90MCtpbpOWiXrvM="),
        at("2026-03-27", 1774647770, "02371c05a04a2876cf92e2d67a259e8f87399068", "sha256-UNNi14XiqRWWjO8ykbFwA5wRwx7EscsC+GItOVpuGjc="),
        at("2026-04-23", 1776964438, "e09259dd2e147d35ef889784b51e89b0a10ffe15", "sha256-AF0cby9Xuijr5qaFpYKbm1mExV956Hk233bel6QxpFw="),
        at("2026-04-30", 1777518431, "2e54a938cdd4c8e414b2518edc3d82308027c670", "sha256-SwgiG2T5pbyo33Vz7/vUCAhEMgwCK8Pa2nDSx5a6/WE="),
        at("2026-05-18", 1779075347, "08c9d01457badce151aa4a983c475042d9dec018", "sha256-ZqttlFPw0meQMdABi8/vgle14OWQ3FkIqUkb4/Mrc+0="),
        at("2026-06-08", 1780935377, "301871cd96c005a410e8317e90b80d59ac312c4a", "sha256-geCmxeKxlozqmj62ooNR7RWTs/UtD4dZ1IQRH51cqAo="),
        at("2026-06-28", 1782657028, "4ad9aaae70c9aaab504127f926c0fa9cfbc2b365", "sha256-PHTCpYZCMzJYS3phhywqRAZphKVr2zjvlGYa+H20ZZ4="),
        at("2026-07-24", 1784913159, "079a3b5d1aa6a719920a51316253b7d6dd22738d", "sha256-JWq0BfjO4ktpH5USfQNQzdvHpIDT8fSKD5K7LvdMRFs="),
        at("2026-08-12", 1786501082, "99e84ee7387ff24cd112ff51f71c3465eb9cb770", "sha256-ROC70hdloiAY74yodpAgT0sP1dmYk+vchjYsrfmhfiM="),
        at("2026-08-19", 1787176219, "c53d643b3737e2fcd04e6cb3b3580ef50b2087a0", "sha256-djoRr6jBpe35q/0JwAvXpFXg1Ktf+X54NU2RLR7wnHw="),
    ]),
    ("github:nix-community/disko", &[
        at("2025-08-25", 1756115622, "bafad29f89e83b2d861b493aa23034ea16595560", "sha256-iv8xVtmLMNLWFcDM/HcAPLRGONyTRpzL9NS09RnryRM="),
        at("2025-09-01", 1756733629, "a5c4f2ab72e3d1ab43e3e65aa421c6f2bd2e12a1", "sha256-dwWGlDhcO5SMIvMSTB4mjQ5Pvo2vtxvpIknhVnSz2I8="),
        at("2025-11-04", 1762276996, "af087d076d3860760b3323f6b583f4d828c1ac17", "sha256-TtcPgPmp2f0FAnc+DMEw4ardEgv1SGNR3/WFGH0N19M="),
        at("2025-12-01", 1764627417, "5a88a6eceb8fd732b983e72b732f6f4b8269bef3", "sha256-D6xc3Rl8Ab6wucJWdvjNsGYGSxNjQHzRc2EZ6eeQ6l4="),
        at("2025-12-19", 1766150702, "916506443ecd0d0b4a0f4cf9d40a3c22ce39b378", "sha256-P0kM+5o+DKnB6raXgFEk3azw8Wqg5FL6wyl9jD+G5a4="),
        at("2026-01-20", 1768923567, "00395d188e3594a1507f214a2f15d4ce5c07cb28", "sha256-GVJ0jKsyXLuBzRMXCDY6D5J8wVdwP1DuQmmvYL/Vw/Q="),
        at("2026-02-19", 1771469470, "4707eec8d1d2db5182ea06ed48c820a86a42dc13", "sha256-GnqdqhrguKNN3HtVfl6z+zbV9R9jhHFm3Z8nu7R6ml0="),
        at("2026-03-19", 1773889306, "5ad85c82cc52264f4beddc934ba57f3789f28347", "sha256-PAqwnsBSI9SVC2QugvQ3xeYCB0otOwCacB1ueQj2tgw="),
        at("2026-04-19", 1776613567, "32f4236bfc141ae930b5ba2fb604f561fed5219d", "sha256-gC9Cp5ibBmGD5awCA9z7xy6MW6iJufhazTYJOiGlCUI="),
        at("2026-05-02", 1777713215, "63b4e7e6cf75307c1d26ac3762b886b5b0247267", "sha256-8GzXDOXckDWwST8TY5DbwYFjdvQLlP7K9CLSVx6iTTo="),
        at("2026-05-18", 1779135526, "d405a179887d52b24c0ddd31e09a150bd1f66779", "sha256-glCununz6lmaK5fs2X946HA3EkNxB2JagdAAvInuRYU="),
        at("2026-06-08", 1780894562, "24fed06cac83bcc44ac8efbb57cab1a82fa0bedc", "sha256-c3430xwxwhHipl3jigUGMMBfpaMylDqytW/kdmB3ZGs="),
        at("2026-06-11", 1781152676, "ff8702b4de27f72b4c78573dfb89ec74e36abdf1", "sha256-RxWs5ND31KzTG7wvMM+PMfUjyNpmIEr999lqNARaM5o="),
    ]),
    ("github:NixOS/nixos-hardware", &[
        at("2025-03-31", 1743420942, "de6fc5551121c59c01e2a3d45b277a6d05077bc4", "sha256-b/exDDQSLmENZZgbAEI3qi9yHkuXAXCPbormD8CSJXo="),
        at("2025-04-29", 1745955289, "72081c9fbbef63765ae82bff9727ea79cc86bd5b", "sha256-mmV2oPhQN+YF2wmnJzXX8tqgYmUYXUj3uUUBSTmYN5o="),
        at("2025-09-05", 1757103352, "11b2a10c7be726321bb854403fdeec391e798bf0", "sha256-PtT7ix43ss8PONJ1VJw3f6t2yAoGH+q462Sn8lrmWmk="),
        at("2025-11-05", 1762371679, "e4c6ee69e710805a15a3da905214a25618271609", "sha256-VjZLHnj9tqFRigpD6SJtTKmQsys77jCX5YcnmMnUqH8="),
        at("2025-11-29", 1764440730, "9154f4569b6cdfd3c595851a6ba51bfaa472d9f3", "sha256-ZlJTNLUKQRANlLDomuRWLBCH5792x+6XUJ4YdFRjtO4="),
        at("2025-12-31", 1767185284, "40b1a28dce561bea34858287fbb23052c3ee63fe", "sha256-ljDBUDpD1Cg5n3mJI81Hz5qeZAwCGxon4kQW3Ho3+6Q="),
        at("2026-01-22", 1769086393, "9f7ba891ea5fc3ededd7804f1a23fafadbcb26ca", "sha256-3ymIZ8s3+hu7sDl/Y48o6bwMxorfKrmn97KuWiw1vjY="),
        at("2026-02-18", 1771423359, "740a22363033e9f1bb6270fbfb5a9574067af15b", "sha256-yRKJ7gpVmXbX2ZcA8nFi6CMPkJXZGjie2unsiMzj3Ig="),
        at("2026-03-20", 1774018263, "2d4b4717b2534fad5c715968c1cece04a172b365", "sha256-HHYEwK1A22aSaxv2ibhMMkKvrDGKGlA/qObG4smrSqc="),
        at("2026-03-26", 1774567711, "3f6f874dfc34d386d10e434c48ad966c4832243e", "sha256-uVlOHBvt6Vc/iYNJXLPa4c3cLXwMllOCVfAaLAcphIo="),
        at("2026-04-22", 1776830795, "72674a6b5599e844c045ae7449ba91f803d44ebc", "sha256-PAfvLwuHc1VOvsLcpk6+HDKgMEibvZjCNvbM1BJOA7o="),
        at("2026-05-04", 1777917524, "df7783100babf59001340a7a874ba3824e441ecb", "sha256-k+LVe9YaO2BEPB9AaCtTtOMCeGi4dxDo6gt4Un3qoPY="),
        at("2026-05-18", 1779099457, "8792fab9d4a6454a9201675f01326f827ce35ead", "sha256-u73aVD/lUmmT3JV+kPDztl7zPwQKd0eobD1AbJltaGs="),
        at("2026-06-09", 1781020964, "32c2cd9e46286c4eced3dc6b613c659126bf3cca", "sha256-fS7xTi2j2iso5Hj7RNZLv/acDlCT+fgMVkVk40A7Uco="),
        at("2026-06-27", 1782562157, "a9cf7546a938c737b079e738de73934a13de9784", "sha256-a7+T6QSeowynwZ1ZJJbP8T8ntAytvrui8kFGJmIZt2c="),
        at("2026-07-22", 1784723954, "a017f5b72210026af5b3ac5949f08d94380a6fbd", "sha256-1CfD8ZUjCkTgjsneLZ/lxCHhgDfqxxE7/GX0MmsgiqA="),
        at("2026-07-28", 1785232496, "2e790b0a6be8ec2b76174ac0931b8ff11919ec98", "sha256-65EQYIRRpTdpH8lUiB6Mvo5uBkG60aBIzAJuALfx+O0="),
        at("2026-08-19", 1787144466, "0471accf8d0a8210b31d947497d179ecc99e0021", "sha256-HHfv2/HkNSKbbSyU9iD/g8lbP6r4tl33sSw1W4rXCk0="),
    ]),
    ("github:Mic92/sops-nix", &[
        at("2025-06-17", 1750119275, "77c423a03b9b2b79709ea2cb63336312e78b72e2", "sha256-Rr7Pooz9zQbhdVxux16h7URa6mA80Pb/G07T4lHvh0M="),
        at("2025-08-12", 1754988908, "3223c7a92724b5d804e9988c6b447a0d09017d48", "sha256-t+voe2961vCgrzPFtZxha0/kmFSHFobzF00sT8p9h0U="),
        at("2025-10-20", 1760998189, "5a7d18b5c55642df5c432aadb757140edfeb70b3", "sha256-ee2e1/AeGL5X8oy/HXsZQvZnae6XfEVdstGopKucYLY="),
        at("2025-11-30", 1764483358, "5aca6ff67264321d47856a2ed183729271107c9c", "sha256-EyyvCzXoHrbL467YSsQBTWWg4sR96MH1sPpKoSOelB4="),
        at("2025-12-28", 1766894905, "61b39c7b657081c2adc91b75dd3ad8a91d6f07a7", "sha256-pn8AxxfajqyR/Dmr1wnZYdUXHgM3u6z9x0Z1Ijmz2UQ="),
        at("2026-01-19", 1768863606, "c7067be8db2c09ab1884de67ef6c4f693973f4a2", "sha256-1IHAeS8WtBiEo5XiyJBHOXMzECD6aaIOJmpQKzRRl64="),
        at("2026-02-19", 1771524872, "e85540ffe97322dc1fea14dd11cdc2f59d540ac7", "sha256-eksVUcUsfS9mQx4D9DrYu88u9w70bAf+n6KmTDuIGEE="),
        at("2026-03-22", 1774154798, "3e0d543e6ba6c0c48117a81614e90c6d8c425170", "sha256-zsTuloDSdKf+PrI1MsWx5z/cyGEJ8P3eERtAfdP8Bmg="),
        at("2026-03-23", 1774303811, "614e256310e0a4f8a9ccae3fa80c11844fba7042", "sha256-fhG4JAcLgjKwt+XHbjs8brpWnyKUfU4LikLm3s0Q/ic="),
        at("2026-04-21", 1776771786, "bef289e2248991f7afeb95965c82fbcd8ff72598", "sha256-DRFGPfFV6hbrfO9a1PH1FkCi7qR5FgjSqsQGGvk1rdI="),
        at("2026-05-05", 1777944972, "c591bf665727040c6cc5cb409079acb22dcce33c", "sha256-VfGRo1qTBKOe3s2gOv8LSoA6Fk19PvBlwQ1ECN0Evn8="),
        at("2026-06-04", 1780547341, "9ed65852b6257fbeae4355bc24ecfea307ca759a", "sha256-Gq8KNx5A7hBB3uGJaj6eQfLDIz5YdLu92gqBcvHvoUo="),
        at("2026-07-04", 1783174389, "f1406619a3884cd5c47992a70b8b35c9c0fcb4c9", "sha256-aCWC8ngycU7OdJrU2+Je3qf+1a2ykuBvpPhZT/9tXMc="),
        at("2026-08-13", 1786629091, "a8627b21b9107c5711c96b84f32a9a4b3d45295f", "sha256-gkig4nPi1CWc4Z50GBsjE4ygSE7hMpl/TwID2an2Cck="),
    ]),
    ("github:nix-community/nix-index-database", &[
        at("2026-04-19", 1776575850, "3b9653a107c736222b5ae0d4036dd3b885219065", "sha256-28Gqz0GDpGsBv8GtAn2dywEQRr+CtTDsD5J7VD6icBE="),
        at("2026-04-22", 1776829403, "c43246d4e9e506178b69baed075d797ec2d873e2", "sha256-oHVcvP2Ahhj1KUsEzp+2BQF55/r5VSa3QxdPdwE1p00="),
        at("2026-04-26", 1777181277, "b8eb7acee0f7604fe1bf6a5b3dcf5254369180fa", "sha256-yVJbd07ortDRAttDFmDV5p220aOLTHgVAx//0nW/xW8="),
        at("2026-05-17", 1778999127, "f680e0d3c1dbefe298c423691662e238496890f2", "sha256-V5GquqJvAqwFTcpN6hxKSQAtwuJFRUEHmyNKbeaTQDg="),
        at("2026-06-07", 1780816331, "1a2ea89c917781e88508d9fd2b507f2d2a0e173c", "sha256-0BYqs8yKWkOz2Q7+SP18N5E5gmDKSo6LSxIVIa0wWes="),
        at("2026-06-21", 1782030356, "3017088b49efd404f78e3b104f553b97e4af786b", "sha256-h4WpMr455AfRub0FXBaon6Vcpe0waUyJ4GivIW6oyd4="),
        at("2026-07-26", 1785046085, "11665045df8b9938ef811a3bfdc65cffb02b4b70", "sha256-UiK+mmZJuLWQVhJ5b2wDzogIYWAesyRm6LA3h3Ulh3Y="),
        at("2026-08-09", 1786249295, "14d55b8069119e3b88da7aa2f6c97f86a2cd3cd6", "sha256-Y2mSr+HLKYoOsjiackgilxkHXe8gkJ3z4hFFekjQX3I="),
        at("2026-08-16", 1786852476, "c7962dc97b45129df8d751bedaf37beb5a17706e", "sha256-IM5CYtf86W4w8eUPpKcY/LpdHElmVBtJhaKnoTKxZEA="),
    ]),
    ("github:ryantm/agenix", &[
        at("2025-01-15", 1736955230, "e600439ec4c273cf11e06fe4d9d906fb98fa097c", "sha256-uenf8fv2eG5bKM8C/UvFaiJMZ4IpUFaQxk9OH5t/1gA="),
        at("2025-04-26", 1745630506, "96e078c646b711aee04b82ba01aefbff87004ded", "sha256-bHCFgGeu8XjWlVuaWzi3QONjDW3coZDqSHvnd4l7xus="),
    ]),
    ("github:lnl7/nix-darwin", &[
        at("2023-11-24", 1700795494, "4b9b83d5a92e8c1fbfd8eb27eda375908c11ec4d", "sha256-gzGLZSiOhf155FW7262kdHo2YDeugp3VuIFb4/GGng0="),
        at("2025-04-12", 1744478979, "43975d782b418ebf4969e9ccba82466728c2851b", "sha256-dyN+teG9G82G+m+PX/aSAagkC+vUv0SgUw3XkPhQodQ="),
    ]),
    ("github:numtide/flake-utils", &[
        at("2024-11-13", 1731533236, "11707dc2f618dd54ca8739b309ec4fc024de578b", "sha256-l0KFg5HjrsfsO/JpG+r7fRrqm12kzFHyUHqHCVpMMbI="),
    ]),
    ("github:nix-systems/default", &[
        at("2023-04-09", 1681028828, "da67096a3b9bf56a91d16901293e51ba5b49a27e", "sha256-Vy1rq5AaRuLzOxct8nz4T6wlgyUR7zLU309k9mBC768="),
    ]),
    ("github:nix-community/lanzaboote", &[
        at("2025-12-10", 1765382359, "e8c096ade12ec9130ff931b0f0e25d2f1bc63607", "sha256-RJmgVDzjRI18BWVogG6wpsl1UCuV6ui8qr4DJ1LfWZ8="),
        at("2026-06-22", 1782141370, "7c9a54a7f87b4539ddbd8bda09a8a5f5f9361aa9", "sha256-hqijVSEETttmo8Okql9/LG0Ua34hdciKW1a5zzlj8mU="),
    ]),
    ("github:ipetkov/crane", &[
        at("2025-12-07", 1765145449, "69f538cdce5955fcd47abfed4395dc6d5194c1c5", "sha256-aBVHGWWRzSpfL++LubA0CwOOQ64WNLegrYHwsVuVN7A="),
        at("2026-06-18", 1781825982, "469fd08d0bcf6926321fa973c6777fbc87785dd7", "sha256-SlXKwIRIhrOSAcTjCB3ftPLzJWZStQIPS7J1FlZPnKk="),
    ]),
    ("github:cachix/pre-commit-hooks.nix", &[
        at("2025-12-06", 1765016596, "548fc44fca28a5e81c5d6b846e555e6b9c2a5a3c", "sha256-rhSqPNxDVow7OQKi4qS5H8Au0P4S3AYbawBSmJNUtBQ="),
        at("2026-06-17", 1781733627, "3bbec39bc90eadfa031e6f3b77272f3f60803e39", "sha256-U3yTuGBnmXvXoQI3qkpfEDsn9RovQPAjN7ndRco+3u0="),
    ]),
    ("github:hercules-ci/gitignore.nix", &[
        at("2024-02-28", 1709087332, "637db329424fd7e46cf4185293b9cc8c88c95394", "sha256-HG2cCnktfHsKV0s4XW83gU3F57gaTljL9KNSuG6bnQs="),
    ]),
    ("github:oxalica/rust-overlay", &[
        at("2025-12-07", 1765075567, "769156779b41e8787a46ca3d7d76443aaf68be6f", "sha256-KFDCdQcHJ0hE3Nt5Gm5enRIhmtEifAjpxgUQ3mzSJpA="),
        at("2026-06-21", 1782012058, "8534567325bd8a8d2928e6afd81e0a87d19efd3c", "sha256-9mWUnReOUXfKjZuJAL/bAFH3LUyECTRtXgSNVjRw3UY="),
    ]),
    ("github:edolstra/flake-compat", &[
        at("2025-10-27", 1761588595, "f387cd2afec9419c8ee37694406ca490c3f34ee5", "sha256-XKUZz9zewJNUj46b4AJdiRZJAvSZ0Dqj2BNfXvFlJC4="),
    ]),
    ("github:NixOS/flake-compat", &[
        at("2025-12-29", 1767039857, "5edf11c44bc78a0d334f6334cdaf7d60d732daab", "sha256-vNpUSpF5Nuw8xvDLj2KCwwksIbjua2LZCqhV1LNRDns="),
    ]),
    ("https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz", &[
        Pin {
            url: Some("https://releases.nixos.org/nixos/unstable/nixos-26.05pre924538.3497aa5c9457/nixexprs.tar.xz"),
            ..at("2026-01-08", 1767892417, "3497aa5c9457a9d88d71fa93a4a8368816fbeeba", "sha256-8bW3q88CEg2u4hSP66Vf4lpbLonHz7hqDNBMcCY7E9U=")
        },
    ]),
];
