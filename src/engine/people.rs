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
