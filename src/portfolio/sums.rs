//! Counts that need no list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Entry;

macro_rules! sums {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        /// Of accounts that are live, where nothing else is said.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct Sums {
            $($(#[$doc])* pub $field: i64,)*
        }

        impl Sums {
            /// `by`: so many times.
            pub fn add(&mut self, other: &Self, by: i64) {
                $(self.$field += by * other.$field;)*
            }
        }
    };
}

sums! {
    /// Accounts that have not churned and are entitled to a product.
    accounts,
    /// Accounts with two adopted products or more.
    multi_product,
    /// Accounts with a connection.
    integrated,
    /// Adopted products.
    products_adopted,
    /// Entitled products.
    products_entitled,
    /// Those of them with an active day.
    products_active,
    /// Products with seats.
    with_seats,
    /// Active users of them.
    users,
    /// Their seats.
    seats,
    /// Accounts whose users of all products with seats are less than six tenths of the seats.
    below_60,
    /// Accounts whose utilization of a product rose by a tenth.
    utilization_up,
    /// Users of D.
    daily,
    /// Users of the 30 days that end with D.
    monthly,
    /// Users of each of those days, added up.
    user_days,
    /// Accounts that began before D − 90.
    established,
    /// Those of them that adopted a product since.
    expanded,
}

impl Sums {
    pub fn of(entry: &Entry) -> Self {
        let Some(live) = entry.live.as_deref() else { return Self::default() };
        let is_below_60 = live.with_seats > 0 && 10 * u128::from(live.users) < 6 * u128::from(live.seats);
        Self {
            accounts: 1,
            multi_product: (live.products_adopted >= 2).into(),
            integrated: live.is_integrated.into(),
            products_adopted: live.products_adopted.into(),
            products_entitled: live.products_entitled.into(),
            products_active: live.products_active.into(),
            with_seats: live.with_seats.into(),
            users: live.users as i64,
            seats: live.seats as i64,
            below_60: is_below_60.into(),
            utilization_up: live.is_gaining.into(),
            daily: live.daily as i64,
            monthly: live.monthly as i64,
            user_days: live.user_days as i64,
            established: live.expanded.is_some().into(),
            expanded: (live.expanded == Some(true)).into(),
        }
    }
}
