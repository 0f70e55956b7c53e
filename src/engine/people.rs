//! The users of an account, and on which days they were active in all of its products.

use super::account::Account;
use super::day::Day;
use super::facts::{Answer, Block, RecentDays, Standing, UserIndex};

/// A user who is nobody else, as of the account's day.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub user: UserIndex,
    pub standing: Standing,
    /// With all products that the playbook names.
    pub days: RecentDays,
}

impl Member {
    pub fn is_present(&self) -> bool {
        self.standing == Standing::Present
    }
}

impl Account {
    /// Whether a user is one of the account's: nobody else, not the vendor's own, and not gone.
    pub fn is_present(&self, user: UserIndex) -> bool {
        self.users.merged(user) == user && self.users.standing(user, self.day) == Standing::Present
    }

    /// The days on which a user was active in the products that the playbook names, whether or not the user is present.
    pub fn days_of(&self, user: UserIndex) -> RecentDays {
        let mut days = RecentDays::NONE;
        for product in self.products.iter().filter(|product| product.index.is_some()) {
            product.facts.days_of(user).into_iter().for_each(|of_product| days.add(of_product, self.day));
        }
        days
    }

    /// Adds all users who are nobody else, in the order in which they were first seen.
    pub fn add_members(&self, members: &mut Vec<Member>) {
        let mut described = self.users.described().peekable();
        for block in 0..self.users.len().div_ceil(Block::USERS) {
            // Product by product, as their rows lie.
            let mut days = [RecentDays::NONE; Block::USERS];
            for product in self.products.iter().filter(|product| product.index.is_some()) {
                for (place, of_product) in product.facts.users.days_in_block(block, product.facts.last_use) {
                    days[place].add(of_product, self.day);
                }
            }
            let from = block * Block::USERS;
            for (user, days) in (from..self.users.len()).zip(days) {
                let user = UserIndex(user as u32);
                let standing = match described.next_if_eq(&user) {
                    Some(user) if self.users.merged(user) != user => continue,
                    Some(user) => self.users.standing(user, self.day),
                    None => Standing::Present,
                };
                members.push(Member { user, standing, days });
            }
        }
    }

    /// Takes in what earlier builds kept of users in one list for the account. `users_max`: so many users there may be.
    pub fn take_over_signals(&mut self, users_max: usize) {
        let Some(signals) = &mut self.signals else { return };
        signals.outcomes.restored();
        let (touchpoints, answers) = (std::mem::take(&mut signals.touchpoints), std::mem::take(&mut signals.nps));
        self.unsaved.core |= !touchpoints.is_empty() || !answers.is_empty();
        for touchpoint in touchpoints {
            self.signals.get_or_insert_default().touch(&touchpoint.kind, touchpoint.day);
            if let Some(user) = touchpoint.user.and_then(|user| self.user_of_signal(&user, touchpoint.day, users_max)) {
                self.users.told_mut().touch(user, touchpoint.day);
            }
        }
        for nps in answers {
            if let Some(user) = self.user_of_signal(&nps.user, nps.day, users_max) {
                let answer = Answer { id: nps.id, score: nps.score, comment: nps.comment, day: nps.day, ..Answer::default() };
                self.users.told_mut().answer(user, answer);
            }
        }
    }

    /// Whom a list names, who need not have been known as a user.
    fn user_of_signal(&mut self, id: &str, day: Day, users_max: usize) -> Option<UserIndex> {
        let found = self.users.find(id).or_else(|| (self.users.len() < users_max).then(|| self.users.find_or_add(id, day.min(self.day))));
        let user = self.users.merged(found?);
        self.unsaved.mark_user(user);
        Some(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::facts::{CountedUser, Nps, Room, Touchpoint};
    use crate::engine::names::NameId;

    const ROOM: Room = Room { features: 8, uses: 1_000 };

    /// An account of so many users, on day 100, with two products that the playbook names and one that it does not.
    fn account(users: u32) -> Account {
        let mut account = Account::new("acme", 0, 100);
        (0..users).for_each(|user| _ = account.users.find_or_add(&format!("u{user}"), 50));
        (0..3).for_each(|product| _ = account.position_or_add(NameId(product), 2));
        account
    }

    fn use_it(account: &mut Account, product: usize, user: u32, day: Day) {
        let user = Some(CountedUser { index: UserIndex(user), away: false });
        account.products[product].facts.count_usage(day, 1, user, None, ROOM, 1);
    }

    #[test]
    fn days_in_all_products_are_a_users() {
        let mut account = account(200);
        for (product, user, day) in [(0, 3, 90), (1, 3, 90), (1, 3, 97), (2, 3, 100), (0, 150, 100), (1, 150, 2), (2, 9, 99), (1, 4, 99)] {
            use_it(&mut account, product, user, day);
        }
        // One who is gone, one of the vendor's own, one who is the fourth, and one who will be gone.
        account.users.profile_mut(UserIndex(5)).left = Some(100);
        account.users.profile_mut(UserIndex(6)).internal = Some(true);
        account.users.merge(UserIndex(4), UserIndex(3), 100);
        account.users.profile_mut(UserIndex(7)).left = Some(101);
        let (mut members, mut seen) = (Vec::new(), Vec::new());
        account.add_members(&mut members);
        for Member { user, standing, days } in members {
            assert_eq!(days, account.days_of(user), "{user:?}");
            assert_eq!(account.is_present(user), standing == Standing::Present, "{user:?}");
            seen.push((user.0, standing, days));
        }
        assert!(!account.is_present(UserIndex(4)));
        assert_eq!(seen.iter().map(|(user, ..)| *user).collect::<Vec<_>>(), (0..200).filter(|user| *user != 4).collect::<Vec<_>>());
        let of = |wanted: u32| seen.iter().find(|(user, ..)| *user == wanted).map(|(_, standing, days)| (*standing, *days));
        let active = |first, last, bits| Some((Standing::Present, RecentDays { first, last, bits }));
        assert_eq!(of(3), active(90, 97, 1 << 10 | 1 << 3));
        assert_eq!(of(150), active(2, 100, 1));
        assert_eq!([9, 7].map(of), [Some((Standing::Present, RecentDays::NONE)); 2]);
        assert_eq!([5, 6].map(|user| of(user).map(|(standing, _)| standing)), [Some(Standing::Gone), Some(Standing::Internal)]);
    }

    #[test]
    fn what_earlier_builds_kept_in_one_list_is_of_its_users() {
        let mut account = account(2);
        let touchpoint = |kind: &str, user: Option<&str>, day| Touchpoint {
            kind: kind.to_owned(),
            user: user.map(str::to_owned),
            day,
            ..Touchpoint::default()
        };
        let nps = |user: &str, score, day| Nps { user: user.to_owned(), score, day, ..Nps::default() };
        let signals = account.signals.insert(Box::default());
        signals.last_touchpoint = 95;
        signals.touchpoints =
            [touchpoint("call", None, 95), touchpoint("email", Some("u1"), 90), touchpoint("call", Some("u1"), 80)].into();
        signals.nps = [nps("u0", 3, 70), nps("new", 9, 60), nps("u0", 8, 70), nps("nobody", 1, 60)].into();
        account.take_over_signals(3);
        let signals = account.signals.as_ref().expect("they are there");
        assert_eq!((signals.touchpoints.len(), signals.nps.len()), (0, 0));
        assert_eq!(
            [None, Some("call"), Some("email"), Some("qbr")].map(|kind| signals.touched(kind)),
            [Some(95), Some(95), Some(90), None]
        );
        let new = UserIndex(2);
        assert_eq!([UserIndex(0), UserIndex(1), new].map(|user| account.users.touched(user)), [None, Some(90), None]);
        let scores: Vec<_> = account.users.answers().map(|(user, answer)| (user.0, answer.score)).collect();
        assert_eq!(scores, [(0, 8), (2, 9)], "of one day the later read; nobody beyond the bound");
        assert_eq!((account.users.len(), account.users.find("new"), account.users.seen(new, 100)), (3, Some(new), 60));
        assert!(account.unsaved.core && account.unsaved.user_pages[..] == [1]);
    }
}
