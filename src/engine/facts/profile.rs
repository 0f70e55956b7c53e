//! What was told about an account and its people, kept as told.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::engine::day::{Day, NEVER};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Option<String>,
    pub employees: Option<u32>,
    pub industry: Option<String>,
    pub region: Option<String>,
    pub use_cases: Option<Vec<String>>,
    pub time_zone: Option<String>,
    pub owner: Option<String>,
    pub account_executive: Option<String>,
    pub success_role: Option<String>,
    pub parent: Option<String>,
    pub onboarding_completed: Option<Day>,
    pub contract: Option<Contract>,
    pub health: Option<Health>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    pub starts: Option<Day>,
    pub renewal: Option<Day>,
    pub arr: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    pub relationship: Option<f64>,
    pub service: Option<f64>,
    pub financial: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserProfile {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<String>,
    pub level: Option<String>,
    pub department: Option<String>,
    pub key: Option<bool>,
    pub internal: Option<bool>,
    pub created: Option<Day>,
    pub left: Option<Day>,
}

/// Contacts, answers, task feedback and outcomes. Each list is bounded by [`Signals::LIST_MAX`], the oldest leaving first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// The latest day of any touchpoint.
    pub last_touchpoint: Day,
    /// The latest of each kind and user.
    pub touchpoints: VecDeque<Touchpoint>,
    pub nps: VecDeque<Nps>,
    pub tasks: VecDeque<Task>,
    pub outcomes: VecDeque<Outcome>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Touchpoint {
    pub kind: String,
    pub user: Option<String>,
    pub day: Day,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nps {
    pub id: Option<String>,
    pub user: String,
    pub score: u8,
    pub comment: Option<String>,
    pub day: Day,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub incident: String,
    pub task: String,
    pub status: String,
    pub reason: Option<String>,
    pub day: Day,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub kind: String,
    pub amount: Option<f64>,
    pub reason: Option<String>,
    pub day: Day,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            last_touchpoint: NEVER,
            touchpoints: VecDeque::new(),
            nps: VecDeque::new(),
            tasks: VecDeque::new(),
            outcomes: VecDeque::new(),
        }
    }
}

impl Signals {
    /// Entries kept per list and account.
    pub const LIST_MAX: usize = 1000;

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
