use super::*;

#[test]
fn dates_are_read_as_git_reads_them() {
    let cases = [
        ("committer A <a@b> 1700000000 +0100", 1_700_000_000),
        ("committer A <a@b>   17 +0100", 17),
        ("committer A> <a@b> 5 +0000", 5),
        ("committer A <a@b> ", 0),
        ("committer A <a@b> x", 0),
        ("committer no mail 5 +0000", 0),
        ("committer A <a@b> -1 +0000", u64::MAX),
        ("committer A <a@b> 99999999999999999999999 +0000", u64::MAX),
    ];
    for (line, date) in cases {
        assert_eq!(committer_date(format!("author x\n{line}\n\nm").as_bytes()), date, "{line}");
    }
    assert_eq!(committer_date(b"committer A <a@b> 5 +0000\n"), 0, "the author line comes first");
}

#[test]
fn a_malformed_tree_ends_instead_of_failing() {
    assert_eq!(tree_entries(b"100644 a\0short").count(), 0);
    assert_eq!(tree_entries(b"").count(), 0);
    let mut good = b"100664 a\0".to_vec();
    good.extend([7; 20]);
    good.extend(b"999 b\0");
    let entries: Vec<_> = tree_entries(&good).map(|(mode, name, _)| (mode, name)).collect();
    assert_eq!(entries, [(0o100_644, b"a".as_slice())]);
}

#[test]
fn an_entry_is_found_as_if_all_were_listed() {
    let entry =
        |mode: &str, name: &str| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[b'1'; 20]].concat();
    let modes = ["100644", "40000", "", "9", "37777777777", "7777777777", "00000000000100644", "100644 x"];
    for mode in modes {
        for name in ["a", "ab", "b", "", "b\0"] {
            let whole = [entry("100644", "a b"), entry(mode, name), entry("100755", "b")].concat();
            for cut in [0, 1, 20, 21, 22, 25, 40] {
                let data = &whole[..whole.len() - cut];
                for wanted in ["a", "b", "a b", "ab", "", "c"] {
                    let found = tree_entry(data, wanted.as_bytes());
                    let listed = tree_entries(data).find(|(_, name, _)| *name == wanted.as_bytes());
                    assert_eq!(found, listed.map(|(mode, _, id)| (mode, id)), "{mode} {name} {wanted} {cut}");
                }
            }
        }
    }
}

#[test]
fn a_commit_without_a_tree_is_malformed() {
    assert_eq!(skeleton(b"tree 12\n"), None);
    assert_eq!(skeleton(b"parent 1234\n"), None);
}
