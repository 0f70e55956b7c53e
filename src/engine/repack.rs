//! Moving blocks out of pages of memory that are underfilled.
//!
//! Accounts that grow together leave blocks of each size behind them; of the hundreds of blocks in an allocator's page a few stay in use, and
//! keep the page. A block of an underfilled page is moved to another one; once the last has left, the page is free. With another global allocator
//! than mimalloc nothing is moved.

use std::ffi::c_void;
use std::{mem, ptr};

// For what it links.
use mimalloc as _;

/// A page with at most so many of its blocks in use is given up.
const FILLED_PERCENT: usize = 75;

unsafe extern "C" {
    /// False for a block that is none of mimalloc's, and for the page that new blocks come from.
    fn mi_unsafe_heap_page_is_under_utilized(heap: *mut c_void, block: *mut c_void, percent: usize) -> bool;
}

fn is_underfilled<T>(block: *const T) -> bool {
    // SAFETY: the block is live, and its page with it. What is read of the page are counters, which another thread may be changing, if it is
    // the one that allocated the block: the answer may be an old one then, and costs a move or leaves one out.
    unsafe { mi_unsafe_heap_page_is_under_utilized(ptr::null_mut(), block.cast_mut().cast(), FILLED_PERCENT) }
}

pub fn vec<T>(block: &mut Vec<T>) {
    if block.capacity() > 0 && is_underfilled(block.as_ptr()) {
        let mut moved = Vec::with_capacity(block.len());
        moved.append(block);
        *block = moved;
    }
}

pub fn slice<T: Copy>(block: &mut Box<[T]>) {
    if !block.is_empty() && is_underfilled(block.as_ptr()) {
        *block = Box::from(&**block);
    }
}

pub fn boxed<T>(block: &mut Option<Box<T>>) {
    if block.as_deref().is_some_and(|block| is_underfilled(ptr::from_ref(block))) {
        *block = mem::take(block).map(|block| Box::new(*block));
    }
}
