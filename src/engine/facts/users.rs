//! The users of an account, numbered in the order they were first seen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::UserProfile;
use crate::engine::prefetch::ask_for_bytes;

/// A user's number within an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserIndex(pub u32);

/// Beyond so many users a hash table finds one; up to it, a scan of their tags does, without the table's memory.
const SCANNED_USERS_MAX: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Users {
    entries: Vec<Entry>,
    /// The ids in the order they came, each behind its length in two bytes.
    ids: Vec<u8>,
    /// Only beyond [`SCANNED_USERS_MAX`].
    index: Option<Box<HashTable<u32>>>,
    /// Only of users that a `user` record described.
    #[expect(clippy::box_collection, reason = "a pointer where there are none, as in most accounts")]
    profiles: Option<Box<BTreeMap<u32, Box<UserProfile>>>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Low bits of the id's hash.
    tag: u32,
    /// Where the id begins among the ids.
    start: u32,
}

impl Users {
    /// Longer ids have no place.
    pub const ID_BYTES_MAX: usize = u16::MAX as usize;

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn find(&self, id: &str) -> Option<UserIndex> {
        let id = id.as_bytes();
        let tag = tag(id);
        let found = match &self.index {
            Some(index) => index.find(spread(tag), |&user| self.has_id(user as usize, id)).copied(),
            None => {
                let same = |(user, entry): (usize, &Entry)| (entry.tag == tag && self.has_id(user, id)).then_some(user as u32);
                self.entries.iter().enumerate().find_map(same)
            }
        };
        found.map(UserIndex)
    }

    /// Asks memory for what [`Users::likely`] looks at.
    pub fn prefetch(&self) {
        if self.index.is_none() {
            ask_for_bytes(self.entries.as_ptr().cast(), size_of_val(&*self.entries));
        }
    }

    /// The user who most likely has the id, without a look at it.
    pub fn likely(&self, id: &str) -> Option<UserIndex> {
        let tag = tag(id.as_bytes());
        let found = match &self.index {
            Some(index) => index.find(spread(tag), |&user| self.entries[user as usize].tag == tag).copied(),
            None => place_of(&self.entries, tag).map(|user| user as u32),
        };
        found.map(UserIndex)
    }

    /// The same as [`Users::find`], where the user is most likely this one.
    pub fn find_hinted(&self, hint: Option<UserIndex>, id: &str) -> Option<UserIndex> {
        match hint {
            Some(user) if (user.0 as usize) < self.len() && self.has_id(user.0 as usize, id.as_bytes()) => Some(user),
            _ => self.find(id),
        }
    }

    /// Asks memory for the beginning of an id, which most ids do not go beyond.
    pub fn prefetch_id(&self, user: UserIndex) {
        ask_for_bytes(self.ids[self.entries[user.0 as usize].start as usize..].as_ptr(), 1);
    }

    pub fn find_or_add(&mut self, id: &str) -> UserIndex {
        if let Some(found) = self.find(id) {
            return found;
        }
        let user = self.len() as u32;
        self.push(id.as_bytes());
        match self.len() {
            len if len == SCANNED_USERS_MAX + 1 => self.reindex(),
            len if len > SCANNED_USERS_MAX => self.index_user(user),
            _ => {}
        }
        UserIndex(user)
    }

    /// Makes room for exactly so many users more, with so many bytes of ids.
    pub fn make_room(&mut self, users: usize, bytes: usize) {
        self.entries.reserve_exact(users);
        self.ids.reserve_exact(users * size_of::<u16>() + bytes);
    }

    /// Puts a user at a number, in any order; [`Users::reindex`] must follow before any is looked for. The id is one of at most
    /// [`Users::ID_BYTES_MAX`], and text.
    pub fn restore(&mut self, user: UserIndex, id: &[u8], profile: Option<Box<UserProfile>>) {
        let index = user.0 as usize;
        // Those before it may come later.
        while self.len() < index {
            self.push(b"");
        }
        if index == self.len() {
            self.push(id);
        } else if !self.has_id(index, id) {
            self.entries[index] = self.keep(id);
        }
        match profile {
            Some(profile) => _ = self.profiles.get_or_insert_default().insert(user.0, profile),
            None => self.forget_profile(user),
        }
    }

    /// Makes users findable again after [`Users::restore`].
    pub fn reindex(&mut self) {
        self.index = None;
        if self.len() > SCANNED_USERS_MAX {
            for user in 0..self.len() as u32 {
                self.index_user(user);
            }
        }
    }

    fn index_user(&mut self, user: u32) {
        let hash = |user: u32| spread(self.entries[user as usize].tag);
        self.index.get_or_insert_default().insert_unique(hash(user), user, |&other| hash(other));
    }

    fn push(&mut self, id: &[u8]) {
        let entry = self.keep(id);
        reserve(&mut self.entries, 1);
        self.entries.push(entry);
    }

    /// Writes an id behind the others.
    fn keep(&mut self, id: &[u8]) -> Entry {
        let length = u16::try_from(id.len()).expect("an id of at most 65,535 bytes");
        let start = u32::try_from(self.ids.len()).expect("an account's ids take less than 4 GiB");
        reserve(&mut self.ids, size_of::<u16>() + id.len());
        self.ids.extend_from_slice(&length.to_le_bytes());
        self.ids.extend_from_slice(id);
        Entry { tag: tag(id), start }
    }

    fn has_id(&self, user: usize, id: &[u8]) -> bool {
        self.id_bytes(UserIndex(user as u32)) == id
    }

    pub fn id_bytes(&self, user: UserIndex) -> &[u8] {
        let (length, text) = self.ids[self.entries[user.0 as usize].start as usize..].split_at(size_of::<u16>());
        &text[..usize::from(u16::from_le_bytes([length[0], length[1]]))]
    }

    pub fn id(&self, user: UserIndex) -> &str {
        std::str::from_utf8(self.id_bytes(user)).expect("an id is text")
    }

    pub fn is_internal(&self, user: UserIndex) -> bool {
        self.profile(user).is_some_and(|profile| profile.internal == Some(true))
    }

    pub fn profile(&self, user: UserIndex) -> Option<&UserProfile> {
        self.profiles.as_ref()?.get(&user.0).map(|profile| &**profile)
    }

    /// A profile as it is kept.
    pub fn kept_profile(&self, user: UserIndex) -> Option<Cow<'_, Box<UserProfile>>> {
        self.profiles.as_ref()?.get(&user.0).map(Cow::Borrowed)
    }

    pub fn profile_mut(&mut self, user: UserIndex) -> &mut UserProfile {
        self.profiles.get_or_insert_default().entry(user.0).or_default()
    }

    fn forget_profile(&mut self, user: UserIndex) {
        if let Some(profiles) = &mut self.profiles {
            profiles.remove(&user.0);
        }
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.ids.capacity()
            + self.index.as_ref().map_or(0, |index| size_of_val(&**index) + index.capacity() * 5)
            + self.profiles.as_ref().map_or(0, |profiles| profiles.len() * (size_of::<UserProfile>() + 32))
    }
}

/// Less ahead than a vector would by itself: most accounts have few users, and there are many accounts.
fn reserve<T>(vector: &mut Vec<T>, more: usize) {
    if vector.capacity() - vector.len() < more {
        vector.reserve_exact(more + vector.len() / 8);
    }
}

fn tag(id: &[u8]) -> u32 {
    xxh3_64(id) as u32
}

/// The first place of a tag: eight are compared at once.
fn place_of(entries: &[Entry], tag: u32) -> Option<usize> {
    const STEP: usize = 8;
    let steps = entries.chunks(STEP).enumerate();
    let mut hits = steps.filter(|(_, step)| step.iter().fold(false, |hit, entry| hit | (entry.tag == tag)));
    hits.next().and_then(|(index, step)| step.iter().position(|entry| entry.tag == tag).map(|place| index * STEP + place))
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

    #[test]
    fn users_are_restored_in_any_order_and_again() {
        for count in [20, 200] {
            let id = |user: u32| format!("{user}-{}", "x".repeat(user as usize % 300));
            let mut users = Users::default();
            for user in (0..count).rev().step_by(2).chain((0..count).rev()).chain(0..count) {
                users.restore(UserIndex(user), id(user).as_bytes(), (user % 3 == 0).then(Box::default));
            }
            let bytes: usize = (0..count).map(|user| id(user).len() + 2).sum();
            assert!(users.ids.len() <= bytes + 2 * count as usize, "an id that is restored again takes no more place");
            users.reindex();
            for user in 0..count {
                assert_eq!((users.id(UserIndex(user)), users.find(&id(user))), (&*id(user), Some(UserIndex(user))));
                assert_eq!(users.likely(&id(user)), Some(UserIndex(user)));
                assert_eq!(users.profile(UserIndex(user)).is_some(), user % 3 == 0);
            }
            assert_eq!(users.find("nobody"), None);
            assert_eq!(users.find_or_add("one more"), UserIndex(count));
        }
    }
}
