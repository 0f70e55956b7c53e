//! What was told of users beside their profiles: when the vendor last talked with them, and what they answered last.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use super::UserIndex;
use crate::engine::day::Day;
use crate::engine::hash;
use crate::tagged::tagged;

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct UserTold {
        /// The last day of a touchpoint.
        1 touched: Option<Day>,
        /// The latest by day; of one day the later read.
        2 answer: Option<Box<Answer>>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Answer {
        /// Of the event: a later one with it replaces this one.
        1 id: Option<String>,
        2 score: u8,
        3 comment: Option<String>,
        4 day: Day,
        /// Its place among the account's answers, in the order in which they were read.
        5 read: u64,
    }
}

/// Of the users of whom there is anything.
#[derive(Clone, Debug, Default)]
pub struct Told {
    users: BTreeMap<u32, UserTold>,
    /// Users whose answers have ids, by those.
    by_id: HashTable<u32>,
    /// Answers read so far, as far as is known of those that are kept.
    read: u64,
}

impl Told {
    pub fn get(&self, user: UserIndex) -> Option<&UserTold> {
        self.users.get(&user.0)
    }

    /// The vendor talked with a user on a day.
    pub fn touch(&mut self, user: UserIndex, day: Day) {
        let touched = &mut self.users.entry(user.0).or_default().touched;
        *touched = (*touched).max(Some(day));
    }

    /// Takes in an answer. One with the same id is replaced whole, whoever's it is: returns whose it was, if that is another user.
    pub fn answer(&mut self, user: UserIndex, answer: Answer) -> Option<UserIndex> {
        let before = answer.id.as_deref().and_then(|id| self.answered(id));
        if let Some(before) = before {
            self.take_answer(before);
        }
        self.read += 1;
        self.keep_later(user, Box::new(Answer { read: self.read, ..answer }));
        before.filter(|before| *before != user)
    }

    /// Each user's answer.
    pub fn answers(&self) -> impl Iterator<Item = (UserIndex, &Answer)> {
        self.users.iter().filter_map(|(user, told)| Some((UserIndex(*user), &**told.answer.as_ref()?)))
    }

    /// One user is another from now on.
    pub fn merge(&mut self, user: UserIndex, into: UserIndex) {
        if let Some(answer) = self.take_answer(user) {
            self.keep_later(into, answer);
        }
        if let Some(day) = self.users.remove(&user.0).and_then(|told| told.touched) {
            self.touch(into, day);
        }
    }

    /// Puts what was told of a user where it was.
    pub fn restore(&mut self, user: UserIndex, told: Option<UserTold>) {
        self.take_answer(user);
        let Some(told) = told else {
            self.users.remove(&user.0);
            return;
        };
        self.read = self.read.max(told.answer.as_ref().map_or(0, |answer| answer.read));
        self.users.insert(user.0, told);
        self.index(user);
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let answers = self.answers().map(|(_, answer)| size_of::<Answer>() + text(&answer.id) + text(&answer.comment));
        self.users.len() * (size_of::<(u32, UserTold)>() + 8) + self.by_id.capacity() * 5 + answers.sum::<usize>()
    }

    /// Gives a user an answer, unless the one that there is holds.
    fn keep_later(&mut self, user: UserIndex, answer: Box<Answer>) {
        let known = self.get(user).and_then(|told| told.answer.as_deref());
        if known.is_some_and(|known| (known.day, known.read) > (answer.day, answer.read)) {
            return;
        }
        self.take_answer(user);
        self.users.entry(user.0).or_default().answer = Some(answer);
        self.index(user);
    }

    fn take_answer(&mut self, user: UserIndex) -> Option<Box<Answer>> {
        let answer = self.users.get_mut(&user.0)?.answer.take()?;
        if let Some(id) = &answer.id
            && let Ok(entry) = self.by_id.find_entry(hash(id.as_bytes()), |other| *other == user.0)
        {
            entry.remove();
        }
        Some(answer)
    }

    fn index(&mut self, user: UserIndex) {
        let id_of = |user: u32| self.users.get(&user).and_then(|told| told.answer.as_ref()?.id.as_deref());
        if let Some(id) = id_of(user.0) {
            self.by_id.insert_unique(hash(id.as_bytes()), user.0, |other| hash(id_of(*other).unwrap_or_default().as_bytes()));
        }
    }

    /// Whose answer has an id.
    fn answered(&self, id: &str) -> Option<UserIndex> {
        let has_id = |user: &u32| self.users[user].answer.as_ref().is_some_and(|answer| answer.id.as_deref() == Some(id));
        self.by_id.find(hash(id.as_bytes()), has_id).copied().map(UserIndex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: UserIndex = UserIndex(1);
    const V: UserIndex = UserIndex(2);

    fn answer(id: &str, day: Day, score: u8) -> Answer {
        Answer { id: (!id.is_empty()).then(|| id.to_owned()), day, score, ..Answer::default() }
    }

    fn scores(told: &Told) -> Vec<(u32, u8)> {
        told.answers().map(|(user, answer)| (user.0, answer.score)).collect()
    }

    #[test]
    fn the_latest_answer_by_day_is_kept() {
        let mut told = Told::default();
        for (id, day, score, expected) in [
            ("a", 5, 1, 1),
            // Earlier, and of one day.
            ("b", 4, 2, 1),
            ("", 5, 3, 3),
            ("c", 6, 4, 4),
            // Which has the id of the one that is kept: replaced, though it was of a later day. An id that is not kept replaces none.
            ("c", 2, 5, 5),
            ("a", 1, 6, 5),
            ("d", 2, 7, 7),
        ] {
            assert_eq!(told.answer(U, answer(id, day, score)), None);
            assert_eq!(scores(&told), [(1, expected)], "{id} on {day}");
        }
    }

    #[test]
    fn an_answer_that_turns_out_to_be_anothers_is_replaced() {
        let mut told = Told::default();
        told.answer(U, answer("a", 5, 1));
        told.answer(V, answer("b", 7, 2));
        assert_eq!(told.answer(V, answer("a", 6, 3)), Some(U));
        assert_eq!(scores(&told), [(2, 2)], "which is of an earlier day than the other's own");
        assert_eq!(told.answer(U, answer("b", 1, 4)), Some(V));
        assert_eq!(scores(&told), [(1, 4)]);
    }

    #[test]
    fn two_who_are_one_have_the_later_of_both() {
        for (day_of_u, day_of_v, expected) in [(5, 4, 1), (4, 5, 2), (5, 5, 2)] {
            let mut told = Told::default();
            told.answer(U, answer("u", day_of_u, 1));
            told.answer(V, answer("v", day_of_v, 2));
            told.touch(U, 9);
            told.touch(U, 8);
            for (user, into) in [(U, V), (V, U)] {
                let mut told = told.clone();
                told.merge(user, into);
                assert_eq!(scores(&told), [(into.0, expected)]);
                assert_eq!((told.get(user), told.get(into).and_then(|told| told.touched)), (None, Some(9)));
                // Whose id it has is known still.
                told.answer(UserIndex(3), answer(if expected == 1 { "u" } else { "v" }, 1, 10));
                assert_eq!(scores(&told), [(3, 10)]);
            }
        }
    }

    #[test]
    fn what_is_restored_is_found_by_its_id_and_its_place() {
        let mut live = Told::default();
        (0..100).for_each(|user| _ = live.answer(UserIndex(user), answer(&format!("a{user}"), 5, 1)));
        let mut told = Told::default();
        for user in (0..100).chain(0..100) {
            told.restore(UserIndex(user), live.get(UserIndex(user)).cloned());
        }
        told.restore(V, None);
        told.answer(V, answer("b", 5, 2));
        told.merge(V, U);
        assert_eq!(told.get(U).and_then(|told| told.answer.as_ref()).map(|answer| answer.score), Some(2), "read after all others");
        assert_eq!(told.answer(UserIndex(1_000), answer("a99", 9, 3)), Some(UserIndex(99)));
        assert_eq!(told.answers().count(), 99);
    }
}
