//! Asking memory for what events are about to touch.
//!
//! An account's state is spread over several allocations, and with many accounts none of it is cached: each of these places is waited for
//! in turn, a tenth of a microsecond each. Asked for in advance, for several events at once, the waits overlap. Nothing here decides
//! anything; a wrong guess costs a little time.

use super::facts::UserIndex;
use super::names::NameId;
use super::{Account, AccountIndex, Engine};
use crate::input::{Body, Event};

/// Bytes that memory hands over at once.
const LINE: usize = 64;

/// What is known so far of what an event will touch.
#[derive(Clone, Copy, Default)]
struct Target {
    account: Option<AccountIndex>,
    product: Option<NameId>,
    position: Option<usize>,
    user: Option<UserIndex>,
}

impl Engine {
    /// Asks memory for what applying these events will touch. Each step finds what the step before had asked for.
    pub fn prefetch<'e, 'a: 'e>(&self, events: impl Iterator<Item = &'e Event<'a>> + Clone) {
        const TOGETHER: usize = 16;
        let mut targets = [Target::default(); TOGETHER];
        for (target, event) in targets.iter_mut().zip(events.clone()) {
            target.account = self.likely(&event.account);
            if let Some(index) = target.account {
                ask_for(&raw const self.accounts[index as usize]);
            }
        }
        for (target, event) in targets.iter_mut().zip(events.clone()) {
            let (Some(account), Body::Usage { product, .. }) = (self.account_of(target), &event.body) else { continue };
            target.product = self.names.get(product);
            account.users.prefetch();
            target.position = target.product.and_then(|name| account.position_of(name));
            if let Some(position) = target.position {
                ask_for(&raw const account.products[position]);
            }
        }
        for (target, event) in targets.iter_mut().zip(events.clone()) {
            let (Some(account), Body::Usage { user, .. }) = (self.account_of(target), &event.body) else { continue };
            target.user = user.as_deref().and_then(|user| account.users.likely(user));
            if let Some(user) = target.user {
                account.users.prefetch_id(user);
            }
            let Some(position) = target.position else { continue };
            account.products[position].prefetch(target.user);
        }
        for (target, event) in targets.iter_mut().zip(events) {
            let (Some(account), Body::Usage { feature: Some(feature), .. }) = (self.account_of(target), &event.body) else { continue };
            let (Some(position), Some(name)) = (target.position, self.names.get(feature)) else { continue };
            if let Some((_, feature)) = account.products[position].facts.feature(name) {
                feature.counts.prefetch();
            }
        }
    }

    fn account_of(&self, target: &Target) -> Option<&Account> {
        target.account.map(|index| &self.accounts[index as usize])
    }
}

/// Asks for the lines of a value.
pub fn ask_for<T>(value: *const T) {
    ask_for_bytes(value.cast(), size_of::<T>());
}

/// Asks for the lines of so many bytes.
pub fn ask_for_bytes(start: *const u8, bytes: usize) {
    for offset in (0..bytes).step_by(LINE) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint, which faults on no address.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(start.wrapping_add(offset).cast());
        }
        // Elsewhere there is no stable way to ask.
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (start, offset);
    }
}
