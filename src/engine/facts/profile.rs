//! What was told about an account and its people, kept as told.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::engine::day::{Day, NEVER};
use crate::tagged::{Unknown, tagged};

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Profile {
        1 name: Option<String>,
        2 employees: Option<u32>,
        3 industry: Option<String>,
        4 region: Option<String>,
        5 use_cases: Option<Vec<String>>,
        6 time_zone: Option<String>,
        7 owner: Option<String>,
        8 account_executive: Option<String>,
        9 success_role: Option<String>,
        10 parent: Option<String>,
        11 onboarding_completed: Option<Day>,
        12 contract: Option<Contract>,
        13 health: Option<Health>,
        /// The account's id in other systems, by the system's name.
        14 ids: Option<BTreeMap<String, String>>,
        15 closed: Option<Day>,
    }
}

impl Profile {
    /// Bytes held, about. Of the texts the ids are counted, for an account may have many; the others are few and mostly short.
    pub fn bytes(&self) -> usize {
        let ids = self.ids.iter().flatten();
        size_of::<Self>() + ids.map(|(system, id)| 2 * size_of::<String>() + system.len() + id.len()).sum::<usize>()
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Contract {
        1 starts: Option<Day>,
        2 renewal: Option<Day>,
        3 arr: Option<f64>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Health {
        1 relationship: Option<f64>,
        2 service: Option<f64>,
        3 financial: Option<f64>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct UserProfile {
        1 name: Option<String>,
        2 email: Option<String>,
        3 role: Option<String>,
        4 level: Option<String>,
        5 department: Option<String>,
        6 key: Option<bool>,
        7 internal: Option<bool>,
        8 created: Option<Day>,
        9 left: Option<Day>,
        /// The number of the user whom this one has turned out to be.
        10 merged_into: Option<u32>,
    }
}

tagged! {
    /// Contacts, answers, task feedback and outcomes. Each list is bounded by [`Signals::LIST_MAX`], the oldest leaving first.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Signals {
        /// The latest day of any touchpoint.
        1 last_touchpoint: Day,
        /// The latest of each kind and user.
        2 touchpoints: VecDeque<Touchpoint>,
        3 nps: VecDeque<Nps>,
        4 tasks: VecDeque<Task>,
        5 outcomes: VecDeque<Outcome>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Touchpoint {
        1 kind: String,
        2 user: Option<String>,
        3 day: Day,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Nps {
        1 id: Option<String>,
        2 user: String,
        3 score: u8,
        4 comment: Option<String>,
        5 day: Day,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Task {
        /// Empty where the play was told instead.
        1 incident: String,
        2 task: String,
        3 status: String,
        4 reason: Option<String>,
        5 day: Day,
        6 play: Option<String>,
        7 product: Option<String>,
        8 user: Option<String>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Outcome {
        1 kind: String,
        2 amount: Option<f64>,
        3 reason: Option<String>,
        4 day: Day,
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            last_touchpoint: NEVER,
            touchpoints: VecDeque::new(),
            nps: VecDeque::new(),
            tasks: VecDeque::new(),
            outcomes: VecDeque::new(),
            unknown: Unknown::default(),
        }
    }
}

impl Signals {
    /// Entries kept per list and account.
    pub const LIST_MAX: usize = 1000;

    /// What was told of one user was told of another.
    pub fn rename_user(&mut self, user: &str, into: &str) {
        let touchpoints = self.touchpoints.iter_mut().filter_map(|touchpoint| touchpoint.user.as_mut());
        touchpoints
            .chain(self.nps.iter_mut().map(|nps| &mut nps.user))
            .filter(|named| *named == user)
            .for_each(|named| *named = into.to_owned());
        // Of each kind and user the latest is kept.
        let latest = |list: &VecDeque<Touchpoint>, of: &Touchpoint| {
            list.iter().filter(|other| other.kind == of.kind && other.user == of.user).map(|other| other.day).max()
        };
        let list = std::mem::take(&mut self.touchpoints);
        for touchpoint in &list {
            let is_held = self.touchpoints.iter().any(|held| held.kind == touchpoint.kind && held.user == touchpoint.user);
            if latest(&list, touchpoint) == Some(touchpoint.day) && !is_held {
                self.touchpoints.push_back(touchpoint.clone());
            }
        }
    }

    /// Bytes held, about: a comment alone may have thousands.
    pub fn bytes(&self) -> usize {
        let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let entries = self.touchpoints.capacity() * size_of::<Touchpoint>()
            + self.nps.capacity() * size_of::<Nps>()
            + self.tasks.capacity() * size_of::<Task>()
            + self.outcomes.capacity() * size_of::<Outcome>();
        let touchpoints = self.touchpoints.iter().map(|touchpoint| touchpoint.kind.len() + len(&touchpoint.user));
        let nps = self.nps.iter().map(|nps| len(&nps.id) + nps.user.len() + len(&nps.comment));
        let tasks = self.tasks.iter().map(|task| task.incident.len() + task.task.len() + task.status.len() + len(&task.reason));
        let outcomes = self.outcomes.iter().map(|outcome| outcome.kind.len() + len(&outcome.reason));
        size_of::<Self>() + entries + touchpoints.chain(nps).chain(tasks).chain(outcomes).sum::<usize>()
    }

    /// Puts an entry in the place of the one it supersedes, or at the end. Returns whether the bound pushed an old one out.
    pub fn upsert<T>(list: &mut VecDeque<T>, entry: T, supersedes: impl Fn(&T) -> bool) -> bool {
        if let Some(old) = list.iter_mut().find(|old| supersedes(old)) {
            *old = entry;
            return false;
        }
        list.push_back(entry);
        let full = list.len() > Self::LIST_MAX;
        if full {
            list.pop_front();
        }
        full
    }
}

/// Hashes of the ids applied last, for `engine.dedupe_ids`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecentIds {
    hashes: VecDeque<u64>,
}

impl RecentIds {
    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.hashes.capacity() * size_of::<u64>()
    }

    pub fn contains(&self, id: &str) -> bool {
        let hash = xxhash_rust::xxh3::xxh3_64(id.as_bytes());
        self.hashes.contains(&hash)
    }

    pub fn push(&mut self, id: &str, kept: usize) {
        self.hashes.push_back(xxhash_rust::xxh3::xxh3_64(id.as_bytes()));
        while self.hashes.len() > kept {
            self.hashes.pop_front();
        }
    }
}
