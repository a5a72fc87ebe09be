//! A file told by another one is the same file: whatever the two are, and however the second is cut into pieces.

use crate::pieces::Piece;

use super::quick::{Numbers, as_nix_writes, mutilated, told};
use super::*;

/// Pieces of `base`, and new ones, that make `wanted`: lines that both have in the same order, cut up by chance.
fn pieces<'t>(base: &'t [u8], wanted: &'t [u8], numbers: &mut Numbers) -> Vec<Piece<'t>> {
    let lines = |text: &'t [u8]| text.split_inclusive(|&byte| byte == b'\n').collect::<Vec<_>>();
    let (old, new) = (lines(base), lines(wanted));
    let mut pieces = Vec::new();
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        let length = |lines: &[&[u8]]| lines.iter().map(|line| line.len()).sum::<usize>();
        let (begin, end) = (length(&old[..op.old_range().start]), length(&old[..op.old_range().end]));
        let (from, to) = (length(&new[..op.new_range().start]), length(&new[..op.new_range().end]));
        if op.tag() == similar::DiffTag::Equal {
            cut(begin, end, base, numbers, &mut pieces);
        } else {
            pieces.push(Piece::New(&wanted[from..to]));
        }
    }
    pieces
}

/// These bytes of the base in one piece, or in several, of which some are told as if they were new.
fn cut<'t>(begin: usize, end: usize, base: &'t [u8], numbers: &mut Numbers, pieces: &mut Vec<Piece<'t>>) {
    if end - begin < 2 || numbers.below(2) == 0 {
        pieces.push(Piece::Same(begin..end));
        return;
    }
    let middle = begin + numbers.below(end - begin);
    if numbers.below(3) == 0 {
        pieces.push(Piece::New(&base[begin..middle]));
    } else {
        cut(begin, middle, base, numbers, pieces);
    }
    cut(middle, end, base, numbers, pieces);
}

#[test]
fn a_text_told_by_another_is_that_text() {
    let mut numbers = Numbers(20_260_517);
    let mut decoder = Decoder::new();
    let (mut laid, mut other, mut shared) = (0, 0, 0);
    for round in 0..3_000 {
        let mut wanted = as_nix_writes(1 + numbers.below(12), numbers.below(4)).into_bytes();
        let mut base = as_nix_writes(1 + numbers.below(12), numbers.below(4)).into_bytes();
        if round % 3 == 0 {
            wanted = mutilated(std::str::from_utf8(&wanted).unwrap(), &mut numbers);
        }
        if round % 5 == 0 {
            base = mutilated(std::str::from_utf8(&base).unwrap(), &mut numbers);
        }
        let mut text = decoder.text(&base);
        // There and back, so that a text told by another is also one that others are told by.
        for (from, to) in [(&base, &wanted), (&wanted, &base), (&base, &wanted)] {
            let pieces = pieces(from, to, &mut numbers);
            text = decoder.edited(&text, &pieces).unwrap();
            assert_eq!(text.size(), to.len());
            assert_eq!(bytes(&text), *to, "{}", String::from_utf8_lossy(to));
            let plain = readable_text(to).and_then(plainly);
            assert_eq!(told(&decoder.lock(&text)), told(&plain), "{}", String::from_utf8_lossy(to));
            shared +=
                usize::from(matches!(pieces.as_slice(), [.., Piece::Same(range)] if range.end == from.len()));
        }
        match (&text.0, decoder.split(&wanted)) {
            (Form::Laid(_), Some(_)) => laid += 1,
            (Form::Other(_), None) => other += 1,
            (Form::Laid(_), None) => {
                panic!("taken for what Nix writes: {}", String::from_utf8_lossy(&wanted))
            }
            (Form::Other(_), Some(_)) => panic!("not recognised: {}", String::from_utf8_lossy(&wanted)),
        }
    }
    assert!(laid > 1_000 && other > 300 && shared > 1_000, "{laid} {other} {shared}");
}

fn bytes(text: &Text) -> Vec<u8> {
    match &text.0 {
        Form::Laid(file) => file.bytes(),
        Form::Other(bytes) => bytes.to_vec(),
    }
}

#[test]
fn members_are_taken_without_reading_them() {
    let (old, new) = (as_nix_writes(12, 0), as_nix_writes(12, 1));
    let mut decoder = Decoder::new();
    let base = decoder.text(old.as_bytes());
    let pieces = pieces(old.as_bytes(), new.as_bytes(), &mut Numbers(7));
    let edited = decoder.edited(&base, &pieces).unwrap();
    let (Form::Laid(before), Form::Laid(after)) = (&base.0, &edited.0) else { panic!("laid out by Nix") };
    let same = before.members().iter().zip(after.members()).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
    // Every fourth of twelve nodes is in another state.
    assert_eq!((before.members().len(), same), (13, 10));
    assert!(edited.weight() < new.len() / 10, "{}", edited.weight());
}

#[test]
fn pieces_beyond_the_end_make_nothing() {
    let text = as_nix_writes(3, 0);
    let mut decoder = Decoder::new();
    for base in [decoder.text(text.as_bytes()), decoder.text(b"no lock")] {
        let size = base.size();
        assert!(decoder.edited(&base, &[Piece::Same(0..size + 1)]).is_none());
        assert!(decoder.edited(&base, &[Piece::Same(0..size), Piece::Same(size + 5..size + 9)]).is_none());
        let none = decoder.edited(&base, &[Piece::Same(size..size)]).unwrap();
        assert_eq!(decoder.lock(&none).unwrap_err().reason(), "the file is empty");
    }
}

#[test]
fn a_text_that_grows_too_big_is_refused() {
    let text = as_nix_writes(3, 1);
    let mut decoder = Decoder::new();
    let base = decoder.text(text.as_bytes());
    let all = Piece::Same(0..text.len());
    let pieces = vec![all; MOST_BYTES / text.len() + 1];
    let big = decoder.edited(&base, &pieces).unwrap();
    assert_eq!(decoder.lock(&big).unwrap_err().reason(), "bigger than 16 MiB");
}
