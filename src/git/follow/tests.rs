use super::*;

fn similarity(old: &str, new: &str) -> u64 {
    Spans::of(new.as_bytes()).similarity(old.as_bytes())
}

#[test]
fn similarity_is_the_common_part_of_the_bigger_file() {
    let three = "one\ntwo\nsix\n";
    assert_eq!(similarity(three, three), EQUAL);
    assert_eq!(similarity(three, "one\ntwo\n"), EQUAL * 2 / 3);
    assert_eq!(similarity("one\ntwo\n", three), EQUAL * 2 / 3);
    assert_eq!(similarity(three, "ten\nelf\nfox\n"), 0);
    assert_eq!(similarity(three, ""), 0);
    assert_eq!(similarity("", ""), 0);
}

#[test]
fn the_order_of_lines_does_not_matter_but_their_number_does() {
    assert_eq!(similarity("a\nb\nc\n", "c\nb\na\n"), EQUAL);
    assert_eq!(similarity("a\na\na\nb\n", "a\nb\nb\nb\n"), EQUAL / 2);
}

#[test]
fn a_last_line_without_a_line_feed_counts() {
    assert_eq!(similarity("a\nb", "a\nb\n"), EQUAL / 2);
    assert_eq!(similarity("a\nbc", "a\nbc"), EQUAL);
}

#[test]
fn line_ends_make_no_difference_in_texts() {
    let lengths = |text: &str| spans(text.as_bytes()).map(|(_, length)| length).collect::<Vec<_>>();
    assert_eq!(lengths("ab\r\nc\r\r\n\rd\r"), [3, 3, 3]);
    assert_eq!(lengths("\0ab\r\nc\r\n"), [5, 3]);
    assert_eq!(similarity("ab\r\n", "ab\n"), EQUAL * 3 / 4);
    assert_eq!(similarity("\0\nab\r\n", "\0\nab\n"), EQUAL / 3);
}

#[test]
fn long_lines_fall_into_spans() {
    let text = "x".repeat(130) + "\n";
    let found: Vec<_> = spans(text.as_bytes()).collect();
    assert_eq!(found.iter().map(|(_, length)| *length).collect::<Vec<_>>(), [64, 64, 3]);
    assert_eq!(found[0], found[1]);
    // A line feed as the 64th byte ends a span once.
    assert_eq!(spans(("x".repeat(63) + "\n").as_bytes()).count(), 1);
    assert_eq!(spans(("x".repeat(64) + "\n").as_bytes()).count(), 2);
    assert_eq!(spans(b"").count(), 0);
}

#[test]
fn the_hash_turns_by_seven_bits() {
    assert_eq!(spans(b"a\n").collect::<Vec<_>>(), [(0x61 * 128 + 0x0a, 2)]);
    // The fifth byte brings the first into the upper half, and many more bring it around.
    assert_eq!(spans(b"aaaaa").collect::<Vec<_>>(), [(93_721, 5)]);
    assert_eq!(spans(b"\"rev\": \"0123456789abcdef\"\n").collect::<Vec<_>>(), [(97_580, 26)]);
}

#[test]
fn only_sizes_from_half_to_double_are_compared() {
    for (size, sizes) in [(0, 0..=0), (1, 1..=2), (9, 5..=18), (10, 5..=20)] {
        assert_eq!(Spans::of(&vec![b'x'; size]).comparable_sizes(), sizes);
    }
}

fn winner(candidates: &[(u64, bool, bool)]) -> Option<String> {
    let mut shortlist = Shortlist::default();
    for (n, &(score, same_name, gone)) in candidates.iter().enumerate() {
        shortlist.offer(Candidate {
            rank: (score, same_name),
            gone,
            path: vec![b'a' + u8::try_from(n).unwrap()],
        });
    }
    shortlist.winner().map(|winner| String::from_utf8(winner.path).unwrap())
}

#[test]
fn of_the_shortlist_what_is_gone_wins() {
    let kept = |score| (score, false, false);
    assert_eq!(winner(&[]), None);
    assert_eq!(winner(&[kept(SIMILAR - 1)]), None);
    assert_eq!(winner(&[kept(40_000), kept(50_000), kept(50_000)]).as_deref(), Some("b"));
    assert_eq!(winner(&[kept(50_000), (50_000, true, false)]).as_deref(), Some("b"));
    assert_eq!(winner(&[kept(50_000), (SIMILAR, false, true)]).as_deref(), Some("b"));
    assert_eq!(winner(&[kept(50_000), (SIMILAR - 1, false, true)]).as_deref(), Some("a"));
    // The fifth best is forgotten, gone or not.
    let four = [kept(50_000); 4];
    assert_eq!(winner(&[&four[..], &[(40_000, false, true)]].concat()).as_deref(), Some("a"));
    // A late one takes the place of a bad one, and so comes before its equals.
    assert_eq!(winner(&[kept(0), kept(9), kept(50_000), kept(9), kept(50_000)]).as_deref(), Some("e"));
}

#[test]
fn in_a_huge_tree_only_touched_files_are_compared() {
    let file = |now| Place { path: Vec::new(), mode: 0o100_644, id: Oid::zero(), now };
    let mut others = Others::default();
    others.add(file(Now::Gone));
    for _ in 1..MOST_FILES {
        others.add(file(Now::Same));
    }
    assert_eq!(others.files.len(), MOST_FILES);
    others.add(file(Now::Other(Oid::zero())));
    others.add(file(Now::Same));
    assert_eq!(others.files.len(), 2);
    assert!(!others.are_too_many());
    for _ in 0..MOST_FILES {
        others.add(file(Now::Gone));
    }
    assert!(others.are_too_many());
}

#[test]
fn what_became_of_a_file() {
    let (file, folder) = (0o100_644, FOLDER);
    let id = |digit: u8| Oid::from_bytes(&[digit; 20]).unwrap();
    assert!(matches!(Now::of((file, id(1)), Some((file, id(1)))), Now::Same));
    assert!(matches!(Now::of((file, id(1)), Some((0o100_755, id(1)))), Now::Other(_)));
    assert!(matches!(Now::of((file, id(1)), Some((0o120_000, id(2)))), Now::Other(_)));
    assert!(matches!(Now::of((file, id(1)), Some((folder, id(2)))), Now::Gone));
    assert!(matches!(Now::of((folder, id(1)), Some((file, id(2)))), Now::Gone));
    assert!(matches!(Now::of((folder, id(1)), Some((folder, id(2)))), Now::Other(_)));
    assert!(matches!(Now::of((file, id(1)), None), Now::Gone));
}

#[test]
fn base_names() {
    assert_eq!(base_name(b"a/b/flake.lock"), b"flake.lock");
    assert_eq!(base_name(b"flake.lock"), b"flake.lock");
}
