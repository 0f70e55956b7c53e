//! Blocks leave underfilled pages, and keep what they hold.

#[path = "../src/engine/repack.rs"]
mod repack;

use std::collections::BTreeSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BLOCKS: usize = 50_000;
/// One of so many stays in use.
const KEPT: usize = 100;
/// What the allocator gives to blocks of one size.
const PAGE: usize = 64 << 10;

fn pages<T>(places: impl Iterator<Item = *const T>) -> usize {
    places.map(|place| place.addr() / PAGE).collect::<BTreeSet<_>>().len()
}

/// Makes many blocks, drops most of them, has the rest repacked; tells how many pages the rest was in before and is in after.
fn repacked<T>(make: impl Fn(usize) -> T, place: impl Fn(&T) -> *const u8, mut repack: impl FnMut(&mut T)) -> (usize, usize) {
    let blocks: Vec<T> = (0..BLOCKS).map(make).collect();
    let mut rest: Vec<T> = blocks.into_iter().step_by(KEPT).collect();
    let before = pages(rest.iter().map(&place));
    for _ in 0..2 {
        rest.iter_mut().for_each(&mut repack);
    }
    (before, pages(rest.iter().map(&place)))
}

#[test]
fn few_blocks_of_many_move_together() {
    let content = |index: usize| (0..112).map(|at| (index + at) as u8).collect::<Vec<u8>>();
    let (before, after) = repacked(|index| content(index).into_boxed_slice(), |block| block.as_ptr(), repack::slice);
    assert!(before > 50 && after * 4 < before, "slices: {before} pages before, {after} after");
    let (before, after) = repacked(content, |block| block.as_ptr(), repack::vec);
    assert!(before > 50 && after * 4 < before, "vectors: {before} pages before, {after} after");
    let (before, after) = repacked(
        |index| Some(Box::new([index; 6])),
        |block| block.as_deref().map_or(std::ptr::null(), |block| block.as_ptr()).cast(),
        repack::boxed,
    );
    assert!(before > 20 && after * 4 < before, "boxes: {before} pages before, {after} after");
}

#[test]
fn what_moves_stays_the_same() {
    let content = |index: usize| (0..112).map(|at| (index + at) as u8).collect::<Vec<u8>>();
    let mut moved = 0;
    let blocks: Vec<_> = (0..BLOCKS).map(|index| (content(index), content(index).into_boxed_slice(), Some(Box::new(index)))).collect();
    let mut rest: Vec<_> = blocks.into_iter().step_by(KEPT).collect();
    for (nth, (vec, slice, boxed)) in rest.iter_mut().enumerate() {
        let index = nth * KEPT;
        let place = vec.as_ptr();
        repack::vec(vec);
        repack::slice(slice);
        repack::boxed(boxed);
        moved += usize::from(place != vec.as_ptr());
        assert_eq!((&vec[..], &slice[..], boxed.as_deref()), (&content(index)[..], &content(index)[..], Some(&index)));
    }
    assert!(moved * 2 > rest.len(), "{moved} of {} moved", rest.len());
    // Nothing to move.
    let (mut none, mut nothing, mut absent) = (Vec::<u8>::new(), Box::<[u8]>::default(), None::<Box<u8>>);
    repack::vec(&mut none);
    repack::slice(&mut nothing);
    repack::boxed(&mut absent);
    assert!(none.is_empty() && nothing.is_empty() && absent.is_none());
}
