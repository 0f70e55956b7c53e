//! What was told about an account and its people, kept as told.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::outcomes::Outcomes;
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

impl UserProfile {
    pub fn is_key(&self) -> bool {
        self.key == Some(true)
    }

    pub fn is_internal(&self) -> bool {
        self.internal == Some(true)
    }
}

tagged! {
    /// Contacts and outcomes. What was told of single users is theirs. Tag 4, the tasks as they were told, is of earlier builds.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Signals {
        /// The latest day of any touchpoint.
        1 last_touchpoint: Day,
        /// Of earlier builds: of each kind and user the latest. Taken over when it is restored.
        2 touchpoints: VecDeque<Touchpoint>,
        /// Of earlier builds, in the order in which they were read. Likewise.
        3 nps: VecDeque<Nps>,
        5 outcomes: Outcomes,
        /// The latest day of each kind of touchpoint.
        6 last_by_kind: Vec<(String, Day)>,
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

impl Default for Signals {
    fn default() -> Self {
        Self {
            last_touchpoint: NEVER,
            touchpoints: VecDeque::new(),
            nps: VecDeque::new(),
            outcomes: Outcomes::default(),
            last_by_kind: Vec::new(),
            unknown: Unknown::default(),
        }
    }
}

impl Signals {
    /// The vendor talked with the account on a day.
    pub fn touch(&mut self, kind: &str, day: Day) {
        self.last_touchpoint = self.last_touchpoint.max(day);
        match self.last_by_kind.iter_mut().find(|(known, _)| known == kind) {
            Some((_, last)) => *last = (*last).max(day),
            None => self.last_by_kind.push((kind.to_owned(), day)),
        }
    }

    /// The last day on which the vendor talked with the account, of one kind or of any.
    pub fn touched(&self, kind: Option<&str>) -> Option<Day> {
        match kind {
            Some(kind) => self.last_by_kind.iter().find(|(known, _)| known == kind).map(|(_, day)| *day),
            None => (self.last_touchpoint != NEVER).then_some(self.last_touchpoint),
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.last_by_kind.capacity() * size_of::<(String, Day)>() + self.outcomes.bytes()
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
