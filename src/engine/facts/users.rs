//! The users of an account, numbered in the order they were first seen.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashTable;

use super::UserProfile;
use super::told::{Answer, Told, UserTold};
use crate::engine::day::{Day, NEVER};
use crate::engine::hash;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;

/// A user's number within an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserIndex(pub u32);

/// Whom users have turned out to be who are erased.
const NOBODY: u32 = u32::MAX;

/// Beyond so many users a hash table finds one; up to it, a scan of their tags does, without the table's memory.
const SCANNED_USERS_MAX: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Users {
    /// A tag of two bytes for each user there is room for, then where each one's id begins, four bytes each, then the day when each was first
    /// seen, its low 16 bits: none lies after the account's, and less than 179 years before; then the ids in the order they came, each behind
    /// its length in two bytes, and room for more.
    block: Box<[u8]>,
    len: u32,
    /// Users for whom there is room.
    room: u32,
    /// Bytes of the ids so far.
    ids: u32,
    /// Of some users it is not known when they were first seen: records of version 1 do not tell.
    unseen: bool,
    /// Apart, as most accounts have none of it.
    rare: Option<Box<Rare>>,
}

#[derive(Clone, Debug, Default)]
struct Rare {
    /// Only beyond [`SCANNED_USERS_MAX`].
    index: Option<HashTable<u32>>,
    /// Only of users that a `user` record described.
    profiles: BTreeMap<u32, Box<UserProfile>>,
    /// Users who are told to leave, by the day from which on they are gone; those whose day has come are not among them.
    leaving: BTreeSet<(Day, u32)>,
    told: Told,
}

/// How a user's usage counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    #[default]
    Present,
    /// In no count of users, whatever was done before.
    Gone,
    /// The vendor's own: as one who is gone, and what is done from now on is in no metric.
    Internal,
}

const TAG: usize = size_of::<u16>();
const START: usize = size_of::<u32>();
const SEEN: usize = size_of::<u16>();
const LENGTH: usize = size_of::<u16>();

/// Of a user in all: but for the id.
const USER: usize = TAG + START + SEEN;

impl Users {
    /// Longer ids have no place.
    pub const ID_BYTES_MAX: usize = u16::MAX as usize;

    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many there are, but for those who are erased.
    pub fn count(&self) -> usize {
        self.len() - self.profiles().filter(|(_, profile)| profile.merged_into == Some(NOBODY)).count()
    }

    pub fn find(&self, id: &str) -> Option<UserIndex> {
        let id = id.as_bytes();
        let hash = hash(id);
        let found = match self.index() {
            Some(index) => index.find(hash, |&user| self.has_id(user, id)).copied(),
            None => places_of(self.tags(), tag(hash)).map(|user| user as u32).find(|&user| self.has_id(user, id)),
        };
        found.map(UserIndex)
    }

    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        repack::slice(&mut self.block);
    }

    /// Asks memory for what [`Users::likely`] looks at.
    pub fn prefetch(&self) {
        if self.len() <= SCANNED_USERS_MAX {
            ask_for_bytes(self.block.as_ptr(), size_of_val(self.tags()));
        }
    }

    /// The user who most likely has the id, without a look at it.
    pub fn likely(&self, id: &str) -> Option<UserIndex> {
        let hash = hash(id.as_bytes());
        let found = match self.index() {
            Some(index) => index.find(hash, |&user| self.tags()[user as usize] == tag(hash)).copied(),
            None => places_of(self.tags(), tag(hash)).next().map(|user| user as u32),
        };
        found.map(UserIndex)
    }

    /// [`Users::find`], where the user is most likely this one.
    pub fn find_hinted(&self, hint: Option<UserIndex>, id: &str) -> Option<UserIndex> {
        match hint {
            Some(user) if user.0 < self.len && self.has_id(user.0, id.as_bytes()) => Some(user),
            _ => self.find(id),
        }
    }

    /// Asks memory for where a user's id begins.
    pub fn prefetch_start(&self, user: UserIndex) {
        ask_for_bytes(self.block.as_ptr().wrapping_add(self.start_at(user.0)), 1);
    }

    /// Asks memory for the beginning of an id, which most ids do not go beyond.
    pub fn prefetch_id(&self, user: UserIndex) {
        ask_for_bytes(self.block.as_ptr().wrapping_add(self.ids_at() + self.start(user.0)), 1);
    }

    /// The user of an id; one who is new is first seen today.
    pub fn find_or_add(&mut self, id: &str, today: Day) -> UserIndex {
        if let Some(found) = self.find(id) {
            return found;
        }
        let user = self.len;
        self.push(id.as_bytes());
        self.set_seen(user, today);
        match self.len() {
            len if len == SCANNED_USERS_MAX + 1 => self.reindex(),
            len if len > SCANNED_USERS_MAX => self.index_user(user),
            _ => {}
        }
        UserIndex(user)
    }

    /// Makes room for exactly so many users more, with so many bytes of ids.
    pub fn make_room(&mut self, users: usize, bytes: usize) {
        let (room, ids) = (self.len() + users, self.ids as usize + users * LENGTH + bytes);
        if !self.has_room(room, ids) {
            self.rebuild(room, ids);
        }
    }

    /// Puts a user at a number, in any order; [`Users::restored`] must follow before any is looked for. The id is one of at most
    /// [`Users::ID_BYTES_MAX`], and text.
    pub fn restore(&mut self, user: UserIndex, id: &[u8], seen: Day, profile: Option<Box<UserProfile>>, told: Option<UserTold>) {
        // Those before it may come later.
        while self.len < user.0 {
            self.push(b"");
        }
        if user.0 == self.len {
            self.push(id);
        } else if !self.has_id(user.0, id) {
            self.reserve(0, id.len());
            self.put(user.0, id);
        }
        match profile {
            Some(profile) => _ = self.rare.get_or_insert_default().profiles.insert(user.0, profile),
            None => self.forget_profile(user),
        }
        if told.is_some() || self.rare.is_some() {
            self.rare.get_or_insert_default().told.restore(user, told);
        }
        self.unseen |= seen == NEVER;
        self.set_seen(user.0, seen);
    }

    /// Makes users findable again after [`Users::restore`], on the account's day. `began`: when the account did, before which nobody was seen.
    /// False: some have turned out to be one who is not there, or each other.
    pub fn restored(&mut self, today: Day, began: Day) -> bool {
        self.reindex();
        if std::mem::take(&mut self.unseen) {
            let unseen = (0..self.len).filter(|&user| self.seen_bits(user) == NEVER as u16);
            unseen.collect::<Vec<_>>().into_iter().for_each(|user| self.set_seen(user, began));
        }
        let described: Vec<UserIndex> = self.described().collect();
        for &user in &described {
            let mut last = user;
            for _ in 0..=described.len() {
                match self.profile(last).and_then(|profile| profile.merged_into) {
                    Some(NOBODY) if last == user => break,
                    Some(into) if into < self.len => last = UserIndex(into),
                    Some(_) => return false,
                    None => break,
                }
            }
            if self.profile(last).and_then(|profile| profile.merged_into).is_some_and(|into| into != NOBODY) {
                return false;
            }
            self.note_leaving(user, None, today);
        }
        true
    }

    fn reindex(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.index = None;
        }
        if self.len() > SCANNED_USERS_MAX {
            (0..self.len).for_each(|user| self.index_user(user));
        }
    }

    fn index(&self) -> Option<&HashTable<u32>> {
        self.rare.as_ref()?.index.as_ref()
    }

    fn index_user(&mut self, user: u32) {
        // Out of the way of the ids, which are hashed again when it grows.
        let mut index = self.rare.get_or_insert_default().index.take().unwrap_or_default();
        let hash = |&user: &u32| hash(self.id_bytes(UserIndex(user)));
        index.insert_unique(hash(&user), user, hash);
        self.rare.get_or_insert_default().index = Some(index);
    }

    fn push(&mut self, id: &[u8]) {
        self.reserve(1, id.len());
        self.len += 1;
        self.put(self.len - 1, id);
    }

    /// Writes an id behind the others, for a user who is counted and for whom there is room.
    fn put(&mut self, user: u32, id: &[u8]) {
        let length = u16::try_from(id.len()).expect("an id of at most 65,535 bytes");
        let (tag_at, start_at, id_at) = (user as usize * TAG, self.start_at(user), self.ids_at() + self.ids as usize);
        self.block[tag_at..tag_at + TAG].copy_from_slice(&tag(hash(id)));
        self.block[start_at..start_at + START].copy_from_slice(&self.ids.to_le_bytes());
        let (head, text) = self.block[id_at..].split_at_mut(LENGTH);
        head.copy_from_slice(&length.to_le_bytes());
        text[..id.len()].copy_from_slice(id);
        self.ids += LENGTH as u32 + u32::from(length);
    }

    /// Room for so many users, and for an id of so many bytes.
    fn reserve(&mut self, users: usize, bytes: usize) {
        let (room, ids) = (self.len() + users, self.ids as usize + LENGTH + bytes);
        if !self.has_room(room, ids) {
            // Less ahead than a vector would by itself: most accounts have few users, and there are many accounts.
            let (more_users, more_ids) = if self.len() < 8 { (0, 0) } else { (self.len() / 8, self.ids as usize / 8) };
            self.rebuild((room + more_users).max(self.room as usize), ids + more_ids);
        }
    }

    /// Whether there is room for so many users, with so many bytes of ids behind their lengths.
    fn has_room(&self, users: usize, ids: usize) -> bool {
        users <= self.room as usize && ids <= self.block.len() - self.ids_at()
    }

    #[cold]
    fn rebuild(&mut self, room: usize, ids: usize) {
        assert!(u32::try_from(ids).is_ok(), "an account's ids take less than 4 GiB");
        let mut block = vec![0; room * USER + ids];
        for (from, to, bytes) in [
            (0, 0, self.len() * TAG),
            (self.start_at(0), room * TAG, self.len() * START),
            (self.seen_at(0), room * (TAG + START), self.len() * SEEN),
            (self.ids_at(), room * USER, self.ids as usize),
        ] {
            block[to..to + bytes].copy_from_slice(&self.block[from..from + bytes]);
        }
        (self.block, self.room) = (block.into(), room as u32);
    }

    fn tags(&self) -> &[[u8; TAG]] {
        self.block[..self.len() * TAG].as_chunks().0
    }

    fn start_at(&self, user: u32) -> usize {
        self.room as usize * TAG + user as usize * START
    }

    fn seen_at(&self, user: u32) -> usize {
        self.room as usize * (TAG + START) + user as usize * SEEN
    }

    fn ids_at(&self) -> usize {
        self.room as usize * USER
    }

    fn seen_bits(&self, user: u32) -> u16 {
        let at = self.seen_at(user);
        u16::from_le_bytes([self.block[at], self.block[at + 1]])
    }

    fn set_seen(&mut self, user: u32, day: Day) {
        let at = self.seen_at(user);
        self.block[at..at + SEEN].copy_from_slice(&(day as u16).to_le_bytes());
    }

    /// Where a user's id begins among the ids.
    fn start(&self, user: u32) -> usize {
        let at = self.start_at(user);
        u32::from_le_bytes(self.block[at..at + START].try_into().expect("four bytes")) as usize
    }

    fn has_id(&self, user: u32, id: &[u8]) -> bool {
        self.id_bytes(UserIndex(user)) == id
    }

    pub fn id_bytes(&self, user: UserIndex) -> &[u8] {
        let (length, text) = self.block[self.ids_at() + self.start(user.0)..].split_at(LENGTH);
        &text[..usize::from(u16::from_le_bytes([length[0], length[1]]))]
    }

    pub fn id(&self, user: UserIndex) -> &str {
        std::str::from_utf8(self.id_bytes(user)).expect("an id is text")
    }

    /// The account's day when a user was first seen; `today`: what it is now.
    pub fn seen(&self, user: UserIndex, today: Day) -> Day {
        today.saturating_sub(Day::from((today as u16).wrapping_sub(self.seen_bits(user.0))))
    }

    /// The last day on which the vendor talked with a user.
    pub fn touched(&self, user: UserIndex) -> Option<Day> {
        self.told(user)?.touched
    }

    /// A user's latest answer.
    pub fn answer(&self, user: UserIndex) -> Option<&Answer> {
        self.told(user)?.answer.as_deref()
    }

    /// The latest answer of each user who gave one, whether or not the user counts.
    pub fn answers(&self) -> impl Iterator<Item = (UserIndex, &Answer)> {
        self.rare.iter().flat_map(|rare| rare.told.answers())
    }

    /// What was told of a user beside the profile.
    pub fn told(&self, user: UserIndex) -> Option<&UserTold> {
        self.rare.as_ref()?.told.get(user)
    }

    pub fn told_mut(&mut self) -> &mut Told {
        &mut self.rare.get_or_insert_default().told
    }

    /// Whom a user has turned out to be: most often the user.
    pub fn merged(&self, user: UserIndex) -> UserIndex {
        let mut user = user;
        while let Some(into) = self.profile(user).and_then(|profile| profile.merged_into) {
            user = UserIndex(into);
        }
        user
    }

    /// Of one who is nobody else.
    pub fn standing(&self, user: UserIndex, today: Day) -> Standing {
        match self.profile(user) {
            Some(profile) if profile.internal == Some(true) => Standing::Internal,
            Some(profile) if profile.left.is_some_and(|left| left <= today) => Standing::Gone,
            _ => Standing::Present,
        }
    }

    /// Users with a profile.
    pub fn described(&self) -> impl Iterator<Item = UserIndex> {
        self.rare.iter().flat_map(|rare| rare.profiles.keys().map(|&user| UserIndex(user)))
    }

    /// Their profiles, in the order of the users; of those who have turned out to be others, too.
    pub fn profiles(&self) -> impl Iterator<Item = (UserIndex, &UserProfile)> {
        self.rare.iter().flat_map(|rare| rare.profiles.iter().map(|(user, profile)| (UserIndex(*user), &**profile)))
    }

    /// The day of the next user who leaves.
    pub fn next_leaves(&self) -> Option<Day> {
        self.rare.as_ref()?.leaving.first().map(|&(day, _)| day)
    }

    /// The next user of those who have left by a day, each once.
    pub fn take_leaver(&mut self, today: Day) -> Option<UserIndex> {
        let leaving = &mut self.rare.as_mut()?.leaving;
        leaving.first().filter(|(day, _)| *day <= today)?;
        leaving.pop_first().map(|(_, user)| UserIndex(user))
    }

    /// Notes when a user will be gone, in place of the day told before.
    pub fn note_leaving(&mut self, user: UserIndex, before: Option<Day>, today: Day) {
        let left = self.profile(user).and_then(|profile| profile.left);
        if before == left && left.is_none() {
            return;
        }
        let leaving = &mut self.rare.get_or_insert_default().leaving;
        if let Some(before) = before {
            leaving.remove(&(before, user.0));
        }
        if let Some(left) = left.filter(|left| *left > today) {
            leaving.insert((left, user.0));
        }
    }

    /// One user is another from now on, whose profile alone counts; `today`: the account's day.
    pub fn merge(&mut self, user: UserIndex, into: UserIndex, today: Day) {
        let seen = self.seen(user, today).min(self.seen(into, today));
        self.set_seen(into.0, seen);
        self.told_mut().merge(user, into);
        let before = self.profile(user).and_then(|profile| profile.left);
        *self.profile_mut(user) = UserProfile { merged_into: Some(into.0), ..UserProfile::default() };
        self.note_leaving(user, before, Day::MAX);
    }

    /// Users are erased: their ids, their profiles and what was told of them are gone, also from memory. Their numbers stay, and are those of
    /// users who have turned out to be nobody.
    pub fn erase(&mut self, users: &[UserIndex]) {
        for &user in users {
            let left = self.profile(user).and_then(|profile| profile.left);
            *self.profile_mut(user) = UserProfile { merged_into: Some(NOBODY), ..UserProfile::default() };
            self.note_leaving(user, left, Day::MAX);
            self.told_mut().restore(user, None);
        }
        let known = std::mem::take(&mut self.block);
        let of = Self { block: known, rare: None, ..*self };
        let id = |user: u32| if users.contains(&UserIndex(user)) { &[][..] } else { of.id_bytes(UserIndex(user)) };
        let bytes: usize = (0..self.len).map(|user| LENGTH + id(user).len()).sum();
        self.block = vec![0; self.room as usize * USER + bytes].into();
        self.ids = 0;
        for user in 0..self.len {
            self.put(user, id(user));
            self.set_seen(user, Day::from(of.seen_bits(user)));
        }
        self.reindex();
    }

    pub fn profile(&self, user: UserIndex) -> Option<&UserProfile> {
        self.rare.as_ref()?.profiles.get(&user.0).map(|profile| &**profile)
    }

    /// A profile as it is kept.
    pub fn kept_profile(&self, user: UserIndex) -> Option<Cow<'_, Box<UserProfile>>> {
        self.rare.as_ref()?.profiles.get(&user.0).map(Cow::Borrowed)
    }

    pub fn profile_mut(&mut self, user: UserIndex) -> &mut UserProfile {
        self.rare.get_or_insert_default().profiles.entry(user.0).or_default()
    }

    fn forget_profile(&mut self, user: UserIndex) {
        if let Some(rare) = &mut self.rare {
            rare.profiles.remove(&user.0);
        }
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        let of_rare = |rare: &Rare| {
            let index = rare.index.as_ref().map_or(0, |index| index.capacity() * 5);
            size_of::<Rare>()
                + index
                + rare.profiles.len() * (size_of::<UserProfile>() + 32)
                + rare.leaving.len() * 16
                + rare.told.heap_bytes()
        };
        self.block.len() + self.rare.as_deref().map_or(0, of_rare)
    }
}

/// Bits of an id's hash that no table uses.
fn tag(hash: u64) -> [u8; TAG] {
    ((hash >> 32) as u16).to_le_bytes()
}

/// The places of a tag: sixteen are compared at once.
fn places_of(tags: &[[u8; TAG]], tag: [u8; TAG]) -> impl Iterator<Item = usize> {
    const STEP: usize = 16;
    let steps = tags.chunks(STEP).enumerate();
    let hits = steps.filter(move |(_, step)| step.iter().fold(false, |hit, other| hit | (*other == tag)));
    hits.flat_map(move |(index, step)| {
        let places = step.iter().enumerate().filter(move |(_, other)| **other == tag);
        places.map(move |(place, _)| index * STEP + place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_keep_their_number_whether_scanned_or_indexed() {
        let mut users = Users::default();
        for n in 0..500u32 {
            assert_eq!(users.find(&format!("u{n}")), None);
            assert_eq!(users.find_or_add(&format!("u{n}"), 20_000 + n as Day), UserIndex(n));
            for earlier in (0..=n).step_by(7) {
                assert_eq!(users.find(&format!("u{earlier}")), Some(UserIndex(earlier)));
                assert_eq!(users.seen(UserIndex(earlier), 20_000 + n as Day), 20_000 + earlier as Day);
            }
        }
        assert_eq!(users.len(), 500);
        assert_eq!(users.seen(UserIndex(499), 20_499 + Day::from(u16::MAX)), 20_499);
    }

    #[test]
    fn users_are_restored_in_any_order_and_again() {
        for count in [20, 200] {
            let id = |user: u32| format!("{user}-{}", "x".repeat(user as usize % 300));
            let mut users = Users::default();
            for user in (0..count).rev().step_by(2).chain((0..count).rev()).chain(0..count) {
                let told = (user % 5 == 0).then(|| UserTold { touched: Some(user as Day), ..UserTold::default() });
                // Of some it is not known when they were seen.
                let seen = if user % 7 == 0 { NEVER } else { 19_000 + user as Day };
                users.restore(UserIndex(user), id(user).as_bytes(), seen, (user % 3 == 0).then(Box::default), told);
            }
            let bytes: usize = (0..count).map(|user| id(user).len() + 2).sum();
            assert!(users.ids as usize <= bytes + 2 * count as usize, "an id that is restored again takes no more place");
            assert!(users.restored(20_000, 18_000));
            for user in 0..count {
                let seen = if user % 7 == 0 { 18_000 } else { 19_000 + user as Day };
                assert_eq!(users.seen(UserIndex(user), 20_000), seen);
                assert_eq!(users.touched(UserIndex(user)), (user % 5 == 0).then_some(user as Day));
                assert_eq!((users.id(UserIndex(user)), users.find(&id(user))), (&*id(user), Some(UserIndex(user))));
                assert_eq!(users.likely(&id(user)), Some(UserIndex(user)));
                assert_eq!(users.profile(UserIndex(user)).is_some(), user % 3 == 0);
            }
            assert_eq!(users.find("nobody"), None);
            assert_eq!(users.find_or_add("one more", 20_000), UserIndex(count));
        }
    }
}
