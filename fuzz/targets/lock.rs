//! Any bytes as a lock: it is read or refused, keeps its promises, and is read back from what is written of it.
#![no_main]

use flakehist::lock::{Decoder, Edge, Followed, Lock, Pin, StoreDir, compare, compare_as_nix, fold};
use flakehist::pieces::Piece;
use flakehist::view::{changes, is_unsafe};
use flakehist_fuzz::{MOST_INPUTS, given, read_again};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new();
    let first = decoder.decode(bytes);
    // Now it is remembered, and goes the quick way.
    assert_eq!(format!("{first:?}"), format!("{:?}", decoder.decode(bytes)));
    is_the_same_told_by_another(&mut decoder, bytes);
    match &first {
        Ok(lock) => {
            keeps_its_promises(lock);
            is_read_back(lock);
        }
        Err(unreadable) => {
            assert!(!unreadable.reason().is_empty());
            unreadable.readable().inspect(|lock| keeps_its_promises(lock));
        }
    }
});

/// Told by itself with some of it missing, in pieces, it is what it is when it is read.
fn is_the_same_told_by_another(decoder: &mut Decoder, bytes: &[u8]) {
    let expected = format!("{:?}", decoder.decode(bytes));
    let lines: Vec<usize> = (1..bytes.len()).filter(|&at| bytes[at - 1] == b'\n').collect();
    let thirds = (bytes.len() / 3, 2 * bytes.len() / 3);
    let nearest = |at: usize| lines.iter().copied().find(|&line| line >= at).unwrap_or(bytes.len());
    for (from, to) in [thirds, (nearest(thirds.0), nearest(thirds.1))] {
        let base = [&bytes[..from], &bytes[to..]].concat();
        let pieces = [Piece::Same(0..from), Piece::New(&bytes[from..to]), Piece::Same(from..base.len())];
        let base = decoder.text(&base);
        let text = decoder.edited(&base, &pieces).expect("the pieces lie within the base");
        assert_eq!((text.size(), format!("{:?}", decoder.lock(&text))), (bytes.len(), expected.clone()));
        // And the way back, from one that was told to one that is shorter.
        let back = decoder.edited(&text, &[Piece::Same(0..from), Piece::Same(to..bytes.len())]);
        let back = back.expect("the pieces lie within the base");
        assert_eq!(format!("{:?}", decoder.lock(&back)), format!("{:?}", decoder.lock(&base)));
    }
}

fn keeps_its_promises(lock: &Lock) {
    let inputs = lock.inputs();
    let store = StoreDir::new("/nix/store");
    for (path, edge) in inputs.iter().take(MOST_INPUTS) {
        match (edge, lock.pin(path)) {
            (Edge::Node(key), Some(Pin::Own(node))) => {
                let is_end = matches!(lock.resolve(path), Followed::Node(end) if std::ptr::eq(end, node));
                assert!(is_end && lock.node(key).is_some_and(|same| std::ptr::eq(same, node)));
                for source in [node.locked(), node.original()].into_iter().flatten() {
                    let _ = (source.url(), source.full_url(), source.web_link(), source.repository());
                    let _ =
                        (source.compare_link(source), store.path_of(source), source.date(), source.version());
                    assert!(source.means(source));
                }
            }
            (Edge::Follows(target), Some(Pin::Follows(same))) => {
                let _ = lock.resolve(path);
                assert_eq!(target, same);
            }
            given => panic!("{path}: {edge:?}, {given:?}"),
        }
    }
    assert!(compare(Some(lock), Some(lock)).is_empty(), "a lock differs from itself");
    let new = compare(None, Some(lock));
    assert_eq!(
        new.len(),
        compare(Some(lock), None).len(),
        "the way back has other changes than the way there"
    );
    assert_eq!(fold(&new).iter().map(|folded| 1 + folded.inside.len()).sum::<usize>(), new.len());
    let told = changes::on_one_line(&new)
        + &compare_as_nix(None, Some(lock)).iter().flat_map(changes::unusual).collect::<String>();
    assert!(!told.contains(is_unsafe), "{told:?}");
}

fn is_read_back(lock: &Lock) {
    // A tree of before Nix 2.4 has nothing to declare, which no later Nix reads.
    if lock.version() < 5 || lock.inputs().len() > MOST_INPUTS {
        return;
    }
    let bytes = lock.to_bytes();
    let again = read_again(&bytes);
    assert_eq!(given(&again), given(lock));
    assert!(again.is_as_nix_writes(&bytes) && again.version() == 7);
    assert!(compare(Some(lock), Some(&again)).is_empty());
}
