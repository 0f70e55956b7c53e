//! Asking memory for what events, or records of the changelog, are about to touch.
//!
//! An account's state is spread over several allocations, and with many accounts none of it is cached: each of these places is waited for
//! in turn, some two tenths of a microsecond each. Asked for in advance, for several events at once, the waits overlap. Nothing here decides
//! anything; a wrong guess costs a little time.

use std::ops::Range;
use std::ptr;

use super::day::{Day, utc_day_of};
use super::facts::UserIndex;
use super::names::NameId;
use super::{Account, AccountIndex, AccountProduct, Engine};
use crate::input::{Body, Event};

/// Events, or records of the changelog, looked ahead at: enough for the waits to overlap, few enough to stay cached.
pub const TOGETHER: usize = 16;

/// Bytes that memory hands over at once.
const LINE: usize = 64;

/// What an event will most likely touch. Whoever uses it compares it with the event: a wrong or an old one costs time and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint {
    pub(super) account: Option<AccountIndex>,
    pub(super) product: Option<NameId>,
    pub(super) feature: Option<NameId>,
    pub(super) user: Option<UserIndex>,
}

/// What is known so far of the state that an event will touch.
#[derive(Clone, Copy, Default)]
struct Found<'e> {
    account: Option<&'e Account>,
    product: Option<&'e AccountProduct>,
    /// The account will be judged on a new day first, which touches all of its products.
    new_day: bool,
}

impl Engine {
    /// Asks memory for what applying these events will touch, at most [`TOGETHER`] of them, and tells for each what it found by the way.
    /// Each step finds what the step before had asked for.
    pub fn prefetch<'e, 'a: 'e>(&self, events: impl Iterator<Item = Option<&'e Event<'a>>> + Clone) -> [Hint; TOGETHER] {
        let mut hints = [Hint::default(); TOGETHER];
        let mut found = [Found::default(); TOGETHER];
        for ((hint, found), event) in hints.iter_mut().zip(&mut found).zip(events.clone()) {
            hint.account = event.and_then(|event| self.likely(event.account.as_bytes()));
            let Some(index) = hint.account else { continue };
            let account = &self.accounts[index as usize];
            ask_for_bytes(ptr::from_ref(account).cast(), Account::HOT_BYTES);
            found.account = Some(account);
        }
        for ((hint, found), event) in hints.iter_mut().zip(&mut found).zip(events.clone()) {
            let (Some(account), Some(event)) = (found.account, event) else { continue };
            let Body::Usage { product, feature, .. } = &event.body else { continue };
            hint.product = self.names.get(product);
            hint.feature = feature.as_deref().and_then(|feature| self.names.get(feature));
            found.new_day = account.is_judged_by(utc_day_of(event.time_ms));
            if found.new_day {
                account.prefetch_products();
            }
            account.users.prefetch();
            let present = hint.product.map(|name| self.plan.aliases.product(name));
            found.product = present.and_then(|name| account.position_of(name)).map(|position| &account.products[position]);
            if let Some(product) = found.product {
                ask_for(product);
            }
        }
        for ((hint, found), event) in hints.iter_mut().zip(&found).zip(events) {
            let (Some(account), Some(Body::Usage { user, .. })) = (found.account, event.map(|event| &event.body)) else { continue };
            if found.new_day {
                account.prefetch_days();
            }
            hint.user = user.as_deref().and_then(|user| account.users.likely(user));
            if let Some(user) = hint.user {
                account.users.prefetch_start(user);
            }
            if let Some(product) = found.product {
                product.prefetch(hint.user);
            }
        }
        for (hint, found) in hints.iter().zip(&found) {
            if let (Some(account), Some(user)) = (found.account, hint.user) {
                account.users.prefetch_id(user);
            }
            if let (Some(product), Some(name)) = (found.product, hint.feature)
                && let Some(place) = product.facts.features.place_of(self.plan.aliases.feature(product.index, name))
            {
                product.facts.features.row(place).prefetch_last();
            }
        }
        hints
    }

    /// Asks memory for what restoring records of these accounts will touch, at most [`TOGETHER`] of them, and tells which ones they most
    /// likely are. Records of one account mostly follow each other.
    pub fn prefetch_restore<'k>(&self, ids: impl Iterator<Item = Option<&'k [u8]>>) -> [Option<AccountIndex>; TOGETHER] {
        let mut likely = [None; TOGETHER];
        let mut before = (None, None);
        for (likely, id) in likely.iter_mut().zip(ids) {
            if before.0 != id {
                before = (id, id.and_then(|id| self.likely(id)));
                if let Some(index) = before.1 {
                    ask_for(&self.accounts[index as usize]);
                }
            }
            *likely = before.1;
        }
        let accounts = || likely.chunk_by(|one, other| one == other).filter_map(|same| Some(&self.accounts[same[0]? as usize]));
        accounts().for_each(Account::prefetch_blocks);
        accounts().flat_map(|account| &account.products).for_each(AccountProduct::prefetch_blocks);
        likely
    }

    /// Asks memory for what living these accounts through a boundary will touch, at most [`TOGETHER`] of them.
    pub(super) fn prefetch_boundary(&self, accounts: Range<usize>, today: Day) {
        accounts.clone().for_each(|index| ask_for(&self.accounts[index]));
        let judged = || accounts.clone().map(|index| &self.accounts[index]).filter(|account| account.is_judged_by(today));
        judged().for_each(Account::prefetch_products);
        judged().for_each(Account::prefetch_days);
    }
}

/// Asks for the lines of a value.
fn ask_for<T>(value: &T) {
    ask_for_bytes(ptr::from_ref(value).cast(), size_of::<T>());
}

/// Asks for the lines of so many bytes.
pub fn ask_for_bytes(start: *const u8, bytes: usize) {
    let end = start.wrapping_add(bytes);
    // From the beginning of the first line, so that the last one is among them.
    let mut line = start.wrapping_sub(start.addr() % LINE);
    while line < end {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint, which faults on no address.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.cast());
        }
        // Elsewhere there is no stable way to ask.
        line = line.wrapping_add(LINE);
    }
}
