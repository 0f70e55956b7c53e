//! Values of the changelog, as they are written. Names are written out: numbers given to them live only as long as a process.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::v1;
use crate::engine::facts::{DayLevel, Entitlements, PageRows, Profile, RecentIds, Signals, UserProfile, UserTold, WrittenCells};
use crate::engine::{AccountNumber, Cause, Day, Number};
use crate::partition::{Tally, TopicId};
use crate::tagged::tagged;

/// The version that is written.
pub const VERSION: u8 = 2;

/// Text as bytes. Most of it is known from elsewhere, and known to be text: the rest is checked by whoever keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text<'a>(#[serde(with = "serde_bytes", borrow)] pub &'a [u8]);

tagged! {
    /// Where a partition stands.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionRecord {
        /// Input topics, in the order of every offset list of this changelog.
        1 topics: Vec<String>,
        /// The next offset to read of each.
        2 next_offsets: Vec<i64>,
        /// Facts of some account may lack events from here on.
        3 redo_offsets: Vec<i64>,
        4 clock_ms: Option<i64>,
        /// Commits so far.
        5 commit: u64,
        /// The last of them that left no account's state to be published.
        6 clear_commit: u64,
        /// Of partition 0, as what follows it: the day of the fleet on which its targets were judged last.
        7 targets_day: Option<Day>,
        /// Targets, and whether each was met when that was last known.
        8 targets_met: Vec<(String, bool)>,
        /// Accounts that were erased, whose numbers are nobody's.
        9 erased: u32,
    }
}

tagged! {
    /// Which topics the partition's state was made from, and who put accounts into it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SourceRecord {
        /// Input topics, and the ids that they had, where the brokers gave them one.
        1 topics: Vec<(String, Option<TopicId>)>,
        /// The changelog's own.
        2 changelog: Option<TopicId>,
        /// Of each input topic, and of the changelog.
        3 partitions: i32,
        /// Accounts of the partition by the partitioners that would have put them there.
        4 tally: Tally,
    }
}

/// The days that accounts have lived up to, by their numbers: `256 × block` and on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaysRecord {
    /// The earliest of them.
    pub first: Day,
    /// By how many days each account's own is later.
    pub later: Vec<u32>,
}

/// What was concluded about an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictRecord<'a> {
    /// Hash of the digest of the playbook that the account was last judged by.
    pub playbook: u64,
    /// The account's own within the partition, from 0 on, in the order in which they began.
    pub number: AccountNumber,
    /// The day lived up to when this was written; the block may know a later one.
    pub day: Day,
    pub began: Day,
    /// Name of the account stage.
    #[serde(borrow)]
    pub stage: Text<'a>,
    pub stage_changed: Day,
    pub products: Vec<ProductVerdict<'a>>,
    pub incidents: Vec<Incident<'a>>,
    /// Its state was not yet published when this was written.
    pub state_due: Option<StateDue>,
    #[serde(borrow)]
    pub conclusions: ConclusionsRecord<'a>,
}

tagged! {
    /// What was concluded beside stages, and alerts and plays of accounts and products.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ConclusionsRecord<'a> {
        /// Id, whether the account is in it, since when the condition says otherwise.
        1 segments: Vec<(&'a str, bool, Day)>,
        /// Id, product, the day it was reached.
        2 milestones: Vec<(&'a str, Option<&'a str>, Day)>,
        /// Measure, product, the name of the band that was published.
        3 bands: Vec<(&'a str, Option<&'a str>, &'a str)>,
        /// Of rules of users, each with the number of its user.
        4 incidents: Vec<(u32, Incident<'a>)>,
        /// Products whose stage has fallen below `adopted`, each with the day of the last fall.
        5 falls: Vec<(Text<'a>, Day)>,
        /// Plays that ever opened, each with the day on which it last did.
        6 openings: Vec<(&'a str, Day)>,
        /// Plays that their guards hold back, each with the guards that were published last, and when; whether they do still.
        7 held_back: Vec<(PlayOf<'a>, Vec<&'a str>, Day, bool)>,
        /// Plays that were closed as all their tasks were worked, while `open` has been true ever since.
        8 worked_off: Vec<PlayOf<'a>>,
        /// Open incidents of which nothing is published, by their ids.
        9 held_out: Vec<u128>,
        /// Of open incidents the tasks that are done (true) or dismissed, with the reason that was told.
        10 worked: Vec<(u128, &'a str, bool, Option<&'a str>)>,
        /// Openings whose outcome is looked at on days to come.
        11 awaited: Vec<AwaitedOutcome<'a>>,
        /// Of each campaign its users, and the day on which it was last triggered for each.
        12 triggered: Vec<(&'a str, Vec<(u32, Day)>)>,
        /// Campaigns whose goal is waited for: user, instant and day of the triggering, and the tokens as JSON text.
        13 under_way: Vec<(&'a str, u32, i64, Day, Option<&'a str>)>,
    }
}

/// A play's id, and of whom it is: a product, or the number of a user.
pub type PlayOf<'a> = (&'a str, Option<&'a str>, Option<u32>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwaitedOutcome<'a> {
    #[serde(borrow)]
    pub play: PlayOf<'a>,
    pub incident: u128,
    pub opened_ms: i64,
    pub opened_day: Day,
    pub baseline: Option<Number>,
    pub is_held_out: bool,
}

/// An account whose state is to be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateDue {
    /// By which it was last published about. Where a later one left nothing to be published, it has been published.
    pub commit: u64,
    pub cause: Cause,
    pub time_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductVerdict<'a> {
    #[serde(borrow)]
    pub product: Text<'a>,
    /// Place on the ladder, `none` = 0.
    pub stage: u8,
    pub stage_changed: Day,
    pub below_since: Day,
    pub adopted_day: Day,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident<'a> {
    pub is_play: bool,
    pub rule: &'a str,
    #[serde(borrow)]
    pub product: Option<&'a str>,
    pub since: Day,
    pub last_clear: Day,
    pub open: Option<Open<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open<'a> {
    pub id: u128,
    pub opened_ms: i64,
    pub opened_day: Day,
    pub due: Option<Day>,
    pub severity: &'a str,
}

/// One per input topic.
pub type Offsets = SmallVec<[i64; 2]>;

/// The next input offsets when the account's facts were written, in the order of [`PartitionRecord::topics`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AsOfRecord<'a> {
    pub offsets: Offsets,
    /// The latest time of a record of the account's own.
    pub latest_ms: i64,
    pub recent_ids: Option<Cow<'a, Box<RecentIds>>>,
}

/// All facts of a small account but for its core: a record costs the brokers more than the bytes in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmallRecord<'a> {
    #[serde(borrow)]
    pub as_of: AsOfRecord<'a>,
    #[serde(borrow)]
    pub products: Vec<SmallProduct<'a>>,
    /// Page 0, the only one.
    #[serde(borrow)]
    pub users: UserPageRecord<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmallProduct<'a> {
    #[serde(borrow)]
    pub product: Text<'a>,
    #[serde(borrow)]
    pub facts: ProductRecord<'a>,
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CoreRecord<'a> {
        1 profile: Option<Cow<'a, Box<Profile>>>,
        2 signals: Option<Cow<'a, Box<Signals>>>,
        3 connections: Vec<(&'a str, &'a str)>,
    }
}

/// A product's facts but for its users' days, which are in the user pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRecord<'a> {
    pub first_use: Day,
    pub last_use: Day,
    pub became_internal: Day,
    #[serde(borrow)]
    pub events: WrittenCells<'a>,
    /// In the product's order, which never changes: rows of users have a column for each.
    #[serde(borrow)]
    pub features: Vec<FeatureCounts<'a>>,
    #[serde(borrow)]
    pub gauges: Vec<GaugeLevel<'a>>,
    #[serde(borrow)]
    pub workflows: Vec<(&'a str, WrittenCells<'a>)>,
    /// Workflows, each with the products beside the one that leads their runs.
    #[serde(borrow)]
    pub led: Vec<(&'a str, Vec<&'a str>, WrittenCells<'a>)>,
    pub entitlements: Cow<'a, Entitlements>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureCounts<'a> {
    #[serde(borrow)]
    pub feature: Text<'a>,
    /// The first day of use ever; [`NEVER`]: the first of those counted.
    ///
    /// [`NEVER`]: crate::engine::NEVER
    pub first_use: Day,
    #[serde(borrow)]
    pub counts: WrittenCells<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeLevel<'a> {
    pub gauge: &'a str,
    pub time_ms: i64,
    pub day: Day,
    pub value: f64,
    /// The last level of each held day.
    pub days: Cow<'a, [DayLevel]>,
}

/// Users `32 × page` and on, as many as there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPageRecord<'a> {
    #[serde(borrow)]
    pub users: Vec<PageUser<'a>>,
    #[serde(borrow)]
    pub products: Vec<PageProduct<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageUser<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The account's day when the user was first seen; [`NEVER`](crate::engine::NEVER) where it is not known.
    pub seen: Day,
    pub profile: Option<Cow<'a, Box<UserProfile>>>,
    /// What was told of the user beside it.
    pub told: Option<Cow<'a, UserTold>>,
}

/// What the page's users did with a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageProduct<'a> {
    #[serde(borrow)]
    pub product: Text<'a>,
    #[serde(borrow)]
    pub rows: PageRows<'a>,
}

/// Why a value does not decode.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the value is empty")]
    Empty,
    #[error("version {0} is newer than this program, which reads up to {VERSION}: run the version that wrote it, or a later one")]
    Version(u8),
    #[error("damaged: {0}")]
    Postcard(#[from] postcard::Error),
}

/// A value, and what it was in earlier versions.
pub trait Versioned<'a>: Deserialize<'a> {
    type V1: Deserialize<'a> + Into<Self>;
}

/// Values that are as they have been since version 1.
macro_rules! unchanged {
    ($($record:ident $(<$life:lifetime>)?),+) => {
        $(impl<'a> Versioned<'a> for $record $(<$life>)? {
            type V1 = Self;
        })+
    };
}

unchanged!(PartitionRecord, SourceRecord, DaysRecord, AsOfRecord<'a>, CoreRecord<'a>);

impl<'a> Versioned<'a> for VerdictRecord<'a> {
    type V1 = v1::VerdictRecord<'a>;
}

impl<'a> Versioned<'a> for SmallRecord<'a> {
    type V1 = v1::SmallRecord<'a>;
}

impl<'a> Versioned<'a> for ProductRecord<'a> {
    type V1 = v1::ProductRecord<'a>;
}

impl<'a> Versioned<'a> for UserPageRecord<'a> {
    type V1 = v1::UserPageRecord<'a>;
}

/// Decodes a value of any version ever released.
pub fn decode<'a, T: Versioned<'a>>(value: &'a [u8]) -> Result<T, DecodeError> {
    match value.split_first() {
        None => Err(DecodeError::Empty),
        Some((1, body)) => Ok(postcard::from_bytes::<T::V1>(body)?.into()),
        Some((&VERSION, body)) => Ok(postcard::from_bytes(body)?),
        Some((&version, _)) => Err(DecodeError::Version(version)),
    }
}
