//! Asking memory for what events are about to touch.
//!
//! An account's state is spread over several allocations, and with many accounts none of it is cached: each of these places is waited for
//! in turn, a tenth of a microsecond each. Asked for in advance, for several events at once, the waits overlap. Nothing here decides
//! anything; a wrong guess costs a little time.

use std::ops::Range;

use super::day::{Day, utc_day_of};
use super::facts::UserIndex;
use super::names::NameId;
use super::{Account, AccountIndex, Engine};
use crate::input::{Body, Event};

/// Events looked ahead at: enough for the waits to overlap, few enough to stay cached.
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
    /// The account will be judged on a new day first, which touches all of its products.
    new_day: bool,
}

impl Engine {
    /// Asks memory for what applying these events will touch, at most [`TOGETHER`] of them, and tells for each what it found by the way.
    /// Each step finds what the step before had asked for.
    pub fn prefetch<'e, 'a: 'e>(&self, events: impl Iterator<Item = Option<&'e Event<'a>>> + Clone) -> [Hint; TOGETHER] {
        let mut hints = [Hint::default(); TOGETHER];
        let mut accounts = [None; TOGETHER];
        for ((hint, account), event) in hints.iter_mut().zip(&mut accounts).zip(events.clone()) {
            hint.account = event.and_then(|event| self.likely(&event.account));
            *account = hint.account.map(|index| &self.accounts[index as usize]);
            account.iter().for_each(|account| ask_for_bytes((&raw const **account).cast(), Account::HOT_BYTES));
        }
        let mut products = [None; TOGETHER];
        for (((hint, account), product_of), event) in hints.iter_mut().zip(&accounts).zip(&mut products).zip(events.clone()) {
            let (Some(account), Some(event)) = (account, event) else { continue };
            let Body::Usage { product, feature, .. } = &event.body else { continue };
            hint.product = self.names.get(product);
            hint.feature = feature.as_deref().and_then(|feature| self.names.get(feature));
            hint.new_day = account.is_judged_by(utc_day_of(event.time_ms));
            if hint.new_day {
                account.prefetch_products();
            }
            account.users.prefetch();
            *product_of = hint.product.and_then(|name| account.position_of(name)).map(|position| &account.products[position]);
            product_of.iter().for_each(|product| ask_for(&raw const **product));
        }
        for (((hint, account), product), event) in hints.iter_mut().zip(&accounts).zip(&products).zip(events) {
            let (Some(account), Some(Body::Usage { user, .. })) = (account, event.map(|event| &event.body)) else { continue };
            if hint.new_day {
                account.prefetch_days();
            }
            hint.user = user.as_deref().and_then(|user| account.users.likely(user));
            hint.user.iter().for_each(|user| account.users.prefetch_start(*user));
            product.iter().for_each(|product| product.prefetch(hint.user));
        }
        for ((hint, account), product) in hints.iter().zip(&accounts).zip(&products) {
            if let (Some(account), Some(user)) = (account, hint.user) {
                account.users.prefetch_id(user);
            }
            if let (Some(product), Some(name)) = (product, hint.feature)
                && let Some(place) = product.facts.features.place_of(name)
            {
                product.facts.features.prefetch_row(place);
            }
        }
        hints
    }

    /// Asks memory for what living these accounts through a boundary will touch, at most [`TOGETHER`] of them.
    pub(super) fn prefetch_boundary(&self, accounts: Range<usize>, today: Day) {
        accounts.clone().for_each(|index| ask_for(&raw const self.accounts[index]));
        let judged = || accounts.clone().map(|index| &self.accounts[index]).filter(|account| account.is_judged_by(today));
        judged().for_each(Account::prefetch_products);
        judged().for_each(Account::prefetch_days);
    }
}

/// Asks for the lines of a value.
pub fn ask_for<T>(value: *const T) {
    ask_for_bytes(value.cast(), size_of::<T>());
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
