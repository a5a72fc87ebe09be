use git2::{ObjectType, Oid};

use super::super::Packs;
use super::super::tests::{every_id, packed};
use super::*;

/// What the steps make, for one who remembers as he is told to.
#[derive(Default)]
struct Listener {
    first: u64,
    made: VecDeque<Vec<u8>>,
    deltas: usize,
}

impl Listener {
    fn take(&mut self, steps: &Steps) -> Vec<u8> {
        assert_eq!(steps.first, self.first + self.made.len() as u64, "no number is left out");
        for step in &steps.steps {
            let made = match step {
                Step::Whole(bytes) => bytes.clone(),
                Step::Delta { base, delta } => {
                    self.deltas += 1;
                    let base = self.number(*base).clone();
                    let Difference { from, pieces } = delta.read().unwrap();
                    assert_eq!(from, base.len());
                    let mut made = Vec::new();
                    pieces.iter().for_each(|piece| piece.append(&base, &mut made).unwrap());
                    made
                }
            };
            self.made.push_back(made);
        }
        let wanted = self.number(steps.last).clone();
        while self.first < steps.oldest {
            self.made.pop_front();
            self.first += 1;
        }
        wanted
    }

    fn number(&self, number: u64) -> &Vec<u8> {
        &self.made[usize::try_from(number - self.first).unwrap()]
    }
}

#[test]
fn steps_lead_to_every_blob_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, folder) = packed(folder.path());
    let odb = repository.odb().unwrap();
    let mut blobs: Vec<Oid> = every_id(&repository);
    blobs.retain(|id| odb.read_header(*id).unwrap().1 == ObjectType::Blob);
    assert!(blobs.len() > 20, "{}", blobs.len());
    // With all remembered, with few, and with none but the one told last.
    for most in [MOST_BYTES, 60_000, 0] {
        let mut packs = Packs::of(&folder);
        let (mut told, mut listener) = (Told::remembering(most), Listener::default());
        for _ in 0..3 {
            blobs.reverse();
            for &id in &blobs {
                let steps = packs.steps(id, &mut told).unwrap();
                assert_eq!(listener.take(&steps), odb.read(id).unwrap().data(), "{id}");
            }
            // What lies in no pack has its number too.
            assert_eq!(listener.take(&told.whole(b"loose".to_vec())), b"loose");
        }
        let told_again = blobs.iter().filter(|id| packs.steps(**id, &mut told).unwrap().size() > 0).count();
        assert_eq!(told_again == 0, most == MOST_BYTES, "what is remembered is not told again");
        assert!(listener.deltas > 20, "{}", listener.deltas);
        assert!(listener.made.len() < 5 || most > 0);
    }
}

#[test]
fn what_is_no_blob_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, folder) = packed(folder.path());
    let odb = repository.odb().unwrap();
    let mut packs = Packs::of(&folder);
    for id in every_id(&repository) {
        let is_blob = odb.read_header(id).unwrap().1 == ObjectType::Blob;
        assert_eq!(packs.steps(id, &mut Told::default()).is_some(), is_blob, "{id}");
    }
    assert!(packs.steps(Oid::zero(), &mut Told::default()).is_none());
}

#[test]
fn sizes_that_nothing_has_do_no_harm() {
    // As big as a delta can say; all of a chain together are more than a number holds.
    let delta = || Stage::Delta(Delta::new(b"\x0a\xff\xff\xff\xff\xff\xff\xff\x7f\x90\x04".to_vec()));
    let chain = (1..300).rev().map(|at| ((0, at), delta()));
    let stages: Vec<_> = chain.chain([((0, 0), Stage::Whole(b"0123456789".to_vec()))]).collect();
    let mut told = Told::default();
    let steps = told.tell(stages, None).unwrap();
    assert_eq!((steps.first, steps.steps.len(), steps.last), (0, 300, 299));
    let is_refused = |step: &Step| matches!(step, Step::Delta { delta, .. } if delta.read().is_none());
    assert!(steps.steps.iter().skip(1).all(is_refused));
}

#[test]
fn a_difference_that_does_not_add_up_says_nothing() {
    for (delta, pieces) in [
        (&b"\x0a\x04\x90\x04"[..], Some(vec![Piece::Same(0..4)])),
        (b"\x0a\x05\x91\x06\x02\x03xyz", Some(vec![Piece::Same(6..8), Piece::New(b"xyz")])),
        (b"\x0a\x00", Some(vec![])),
        // Two pieces that lie side by side are one.
        (b"\x0a\x06\x91\x01\x04\x91\x05\x02", Some(vec![Piece::Same(1..7)])),
        // Beyond the end of the base; more, less than it says; the reserved code; cut off.
        (b"\x0a\x04\x91\x08\x04", None),
        (b"\x0a\x03\x90\x04", None),
        (b"\x0a\x05\x90\x04", None),
        (b"\x0a\x00\x00", None),
        (b"\x0a\x04\x04xy", None),
        (b"\x8a", None),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", None),
    ] {
        let delta = Delta::new(delta.to_vec());
        assert_eq!(delta.read().map(|read| read.pieces), pieces, "{:?}", delta.bytes);
    }
}
