use super::*;

fn entry(kind: Kind, ending: Ending, undoes: Option<u64>) -> Entry {
    Entry {
        number: 0,
        time: 1_700_000_000,
        kind,
        target: "HEAD~1\u{1b}[31m".to_owned(),
        commit: CommitId::parse("0123456789012345678901234567890123456789"),
        lock: "flake.lock".to_owned(),
        before: None,
        after: None,
        command: Some(vec!["nixos-rebuild".to_owned(), "a b".to_owned()]),
        ending,
        made: None,
        taken_back: ending == Ending::PutBack,
        undoes,
        worktree: None,
    }
}

#[test]
fn entries_come_back_as_they_were_written() {
    for (ending, _) in Ending::ALL {
        let mut entry = entry(Kind::Restore, ending, Some(3));
        entry.before = blob_id(b"x");
        assert_eq!(from_json(&to_json(&entry)).as_ref(), Some(&entry));
    }
    assert_eq!(from_json(&json!({ "number": 1 })), None);
}

#[test]
fn the_journal_counts_on_and_tells_what_became_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::create(folder.path()).unwrap();
    let bytes = |text: &str| Contents { before: Some(text.into()), ..Contents::default() };
    let first = begin(&repository, entry(Kind::Restore, Ending::Begun, None), bytes("a")).unwrap();
    let mut second = begin(&repository, entry(Kind::Restore, Ending::Begun, None), bytes("b")).unwrap();
    assert_eq!((first.entry.number, second.entry.number), (1, 2));
    second.entry.ending = Ending::Done;
    second.contents.left = Some(b"c".to_vec());
    second.update(&repository).unwrap();
    let journal = journal(&repository).unwrap();
    assert!(journal.unreadable.is_empty());
    let told: Vec<_> = journal.entries.iter().map(|entry| (entry.number, entry.ending)).collect();
    assert_eq!(told, [(2, Ending::Done), (1, Ending::Begun)]);
    let contents = contents(&repository, 2).unwrap();
    assert_eq!(
        (contents.before, contents.after, contents.left),
        (Some(b"b".to_vec()), None, Some(b"c".to_vec()))
    );
    assert!(super::contents(&repository, 3).is_err());
}

#[test]
fn undoing_goes_back_step_by_step() {
    let with = |number, kind, ending, undoes| Entry {
        number,
        before: blob_id(b"old"),
        ..entry(kind, ending, undoes)
    };
    let list = vec![
        with(5, Kind::Restore, Ending::PutBack, None),
        with(4, Kind::Undo, Ending::Done, Some(3)),
        with(3, Kind::Restore, Ending::Done, None),
        with(2, Kind::Restore, Ending::Complaints, None),
        with(1, Kind::Restore, Ending::Done, None),
    ];
    assert_eq!(to_undo(&list, "flake.lock", None, None).map(|entry| entry.number), Some(2));
    assert_eq!(to_undo(&list, "other/flake.lock", None, None), None);
    assert_eq!(to_undo(&list, "flake.lock", Some("other"), None), None);
    let again: Vec<Entry> = [with(6, Kind::Undo, Ending::Done, Some(4))].into_iter().chain(list).collect();
    assert_eq!(to_undo(&again, "flake.lock", None, None).map(|entry| entry.number), Some(3));
    let failed =
        vec![with(2, Kind::Undo, Ending::PutBack, Some(1)), with(1, Kind::Restore, Ending::Done, None)];
    assert_eq!(to_undo(&failed, "flake.lock", None, None).map(|entry| entry.number), Some(1));
}
