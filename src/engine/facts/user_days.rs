//! On which days a user was active.

use crate::engine::day::{Day, NEVER};
use crate::playbook::HELD_DAYS;

/// A user's days with a product, of which there are some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserDays {
    /// The first one ever.
    pub first: Day,
    pub last: Day,
    /// Bit n: used on `last` − n, as far as days are held.
    pub bits: u128,
    /// The user is in no count: one of the vendor's own, or gone.
    pub away: bool,
}

/// A user's days with one product or several, seen from a day D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecentDays {
    /// [`NEVER`] where there are none.
    pub first: Day,
    pub last: Day,
    /// Bit n: active on D − n, as far as days are held.
    pub bits: u128,
}

impl UserDays {
    /// The bits of these days, that of the last one lowest.
    #[inline]
    pub fn within(self, from: Day, to: Day) -> u128 {
        let to = to.min(self.last);
        let bits = self.bits.checked_shr(self.last.saturating_sub(to).unsigned_abs()).unwrap_or(0);
        lowest(bits, to.saturating_sub(from).saturating_add(1))
    }

    /// What two did who are one; in the counts as the first.
    pub fn join(self, other: Self) -> Self {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        Self { first, last, bits: passed(self.bits, last - self.last) | passed(other.bits, last - other.last), away: self.away }
    }
}

impl RecentDays {
    pub const NONE: Self = Self { first: NEVER, last: NEVER, bits: 0 };

    /// Takes in days with another product; `today`: D, after which none of them lies.
    #[inline]
    pub fn add(&mut self, days: UserDays, today: Day) {
        self.first = if self.first == NEVER { days.first } else { self.first.min(days.first) };
        self.last = self.last.max(days.last);
        self.bits |= passed(days.bits, today.saturating_sub(days.last));
    }

    /// Active days among the `days` that end `before` days before D, from 0 on.
    #[inline]
    pub fn count(self, days: Day, before: Day) -> u32 {
        lowest(self.bits.checked_shr(before.unsigned_abs()).unwrap_or(0), days).count_ones()
    }
}

fn lowest(bits: u128, days: Day) -> u128 {
    match days {
        days if days <= 0 => 0,
        days if days >= 128 => bits,
        days => bits & ((1 << days) - 1),
    }
}

/// The bits seen from so many days later.
fn passed(bits: u128, days: Day) -> u128 {
    if days < HELD_DAYS { (bits << days) & ((1 << HELD_DAYS) - 1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_several_products() {
        let days = |first: Day, last: Day, bits: u128| UserDays { first, last, bits, away: false };
        let mut of_user = RecentDays::NONE;
        assert_eq!((of_user.count(HELD_DAYS, 0), of_user.first, of_user.last), (0, NEVER, NEVER));
        // On 90, 98 and 100, on 60 and 98, and long before.
        of_user.add(days(40, 100, 1 << 10 | 0b101), 103);
        of_user.add(days(60, 98, 1 << 38 | 1), 103);
        of_user.add(days(5, 9, 0b11), 103);
        assert_eq!((of_user.first, of_user.last), (5, 100));
        assert_eq!(of_user.bits, 1 << 43 | 1 << 13 | 1 << 5 | 1 << 3);
        assert_eq!([(3, 0), (4, 0), (6, 0), (14, 0), (92, 0)].map(|(days, before)| of_user.count(days, before)), [0, 1, 2, 3, 4]);
        assert_eq!([(10, 4), (10, 3), (1, 43), (92, 44), (92, 200)].map(|(days, before)| of_user.count(days, before)), [2, 2, 1, 0, 0]);
    }

    #[test]
    fn days_further_back_than_are_held_fall_off() {
        let all = UserDays { first: 0, last: 100, bits: (1 << HELD_DAYS) - 1, away: true };
        let later = UserDays { first: 120, last: 120, bits: 1, away: false };
        assert_eq!(later.join(all), UserDays { first: 0, last: 120, bits: ((1 << 72) - 1) << 20 | 1, away: false });
        assert_eq!((all.within(90, 95).count_ones(), all.within(0, 8), all.within(101, 200)), (6, 0, 0));
    }
}
