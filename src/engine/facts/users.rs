//! The users of an account, numbered in the order they were first seen.

use std::collections::BTreeMap;

use compact_str::CompactString;
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::UserProfile;
use crate::engine::prefetch::{ask_for, ask_for_bytes};

/// A user's number within an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserIndex(pub u32);

/// Beyond so many users a hash table finds one; up to it, a scan of their tags does, without the table's memory.
const SCANNED_USERS_MAX: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Users {
    /// Low bits of each id's hash.
    tags: Vec<u32>,
    ids: Vec<CompactString>,
    index: HashTable<u32>,
    /// Only of users that a `user` record described.
    profiles: BTreeMap<u32, Box<UserProfile>>,
}

impl Users {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn find(&self, id: &str) -> Option<UserIndex> {
        let tag = tag(id);
        if self.tags.len() <= SCANNED_USERS_MAX {
            let same = |(index, &other): (usize, &u32)| (other == tag && *self.ids[index] == *id).then_some(UserIndex(index as u32));
            return self.tags.iter().enumerate().find_map(same);
        }
        self.index.find(spread(tag), |&index| *self.ids[index as usize] == *id).map(|&index| UserIndex(index))
    }

    /// Asks memory for what [`Users::likely`] looks at.
    pub fn prefetch(&self) {
        if self.tags.len() <= SCANNED_USERS_MAX {
            ask_for_bytes(self.tags.as_ptr().cast(), self.tags.len() * size_of::<u32>());
        }
    }

    /// The user who most likely has the id, without a look at it.
    pub fn likely(&self, id: &str) -> Option<UserIndex> {
        let tag = tag(id);
        let found = if self.tags.len() <= SCANNED_USERS_MAX {
            place_of(&self.tags, tag).map(|index| index as u32)
        } else {
            self.index.find(spread(tag), |&index| self.tags[index as usize] == tag).copied()
        };
        found.map(UserIndex)
    }

    /// The same as [`Users::find`], where the user is most likely this one.
    pub fn find_hinted(&self, hint: Option<UserIndex>, id: &str) -> Option<UserIndex> {
        match hint {
            Some(user) if self.ids.get(user.0 as usize).is_some_and(|known| *known == *id) => Some(user),
            _ => self.find(id),
        }
    }

    pub fn prefetch_id(&self, user: UserIndex) {
        ask_for(&raw const self.ids[user.0 as usize]);
    }

    pub fn find_or_add(&mut self, id: &str) -> UserIndex {
        if let Some(found) = self.find(id) {
            return found;
        }
        let index = self.ids.len() as u32;
        if self.ids.len() == self.ids.capacity() {
            // Less ahead than a vector would by itself: most accounts have few users, and there are many accounts.
            let more = (self.ids.len() / 4).max(2);
            self.tags.reserve_exact(more);
            self.ids.reserve_exact(more);
        }
        self.tags.push(tag(id));
        self.ids.push(id.into());
        match self.tags.len() {
            len if len == SCANNED_USERS_MAX + 1 => self.reindex(),
            len if len > SCANNED_USERS_MAX => self.index_user(index),
            _ => {}
        }
        UserIndex(index)
    }

    /// Puts a user at a number, in any order; [`Users::reindex`] must follow before any is looked for.
    pub fn restore(&mut self, user: UserIndex, id: &str, profile: Option<UserProfile>) {
        let index = user.0 as usize;
        if index >= self.ids.len() {
            self.ids.resize(index + 1, CompactString::default());
            self.tags.resize(index + 1, tag(""));
        }
        self.ids[index] = id.into();
        self.tags[index] = tag(id);
        match profile {
            Some(profile) => {
                self.profiles.insert(user.0, Box::new(profile));
            }
            None => {
                self.profiles.remove(&user.0);
            }
        }
    }

    /// Makes users findable again after [`Users::restore`].
    pub fn reindex(&mut self) {
        self.index.clear();
        if self.tags.len() > SCANNED_USERS_MAX {
            for index in 0..self.tags.len() as u32 {
                self.index_user(index);
            }
        }
    }

    fn index_user(&mut self, index: u32) {
        let tags = &self.tags;
        self.index.insert_unique(spread(tags[index as usize]), index, |&other| spread(tags[other as usize]));
    }

    pub fn id(&self, user: UserIndex) -> &str {
        &self.ids[user.0 as usize]
    }

    pub fn is_internal(&self, user: UserIndex) -> bool {
        self.profiles.get(&user.0).is_some_and(|profile| profile.internal == Some(true))
    }

    pub fn profile(&self, user: UserIndex) -> Option<&UserProfile> {
        self.profiles.get(&user.0).map(|profile| &**profile)
    }

    pub fn profile_mut(&mut self, user: UserIndex) -> &mut UserProfile {
        self.profiles.entry(user.0).or_default()
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        self.tags.capacity() * 4
            + self.ids.capacity() * size_of::<CompactString>()
            + self.ids.iter().filter(|id| id.is_heap_allocated()).map(|id| id.len()).sum::<usize>()
            + self.index.capacity() * 5
            + self.profiles.len() * (size_of::<UserProfile>() + 32)
    }
}

fn tag(id: &str) -> u32 {
    xxh3_64(id.as_bytes()) as u32
}

/// The first place of a tag: eight are compared at once.
fn place_of(tags: &[u32], tag: u32) -> Option<usize> {
    const STEP: usize = 8;
    let steps = tags.chunks(STEP).enumerate();
    let mut hits = steps.filter(|(_, step)| step.iter().fold(false, |hit, &other| hit | (other == tag)));
    hits.next().and_then(|(index, step)| step.iter().position(|&other| other == tag).map(|place| index * STEP + place))
}

/// The table wants entropy in the high bits too.
fn spread(tag: u32) -> u64 {
    u64::from(tag).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_keep_their_number_whether_scanned_or_indexed() {
        let mut users = Users::default();
        for n in 0..500u32 {
            assert_eq!(users.find(&format!("u{n}")), None);
            assert_eq!(users.find_or_add(&format!("u{n}")), UserIndex(n));
            for earlier in (0..=n).step_by(7) {
                assert_eq!(users.find(&format!("u{earlier}")), Some(UserIndex(earlier)));
            }
        }
        assert_eq!(users.len(), 500);
    }
}
