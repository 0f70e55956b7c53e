//! The engine's state as records of a compacted topic.
//!
//! | key | value | written |
//! |---|---|---|
//! | `p` | [`PartitionRecord`]: next offsets, clock, redo point | with every commit |
//! | `t` | [`SourceRecord`]: the input topics by name and id, how many partitions they have, who put accounts there | when that changes |
//! | `d` block | [`DaysRecord`]: the days that 256 accounts have lived up to | when a day passes for any of them |
//! | `v` account | [`VerdictRecord`]: what was concluded, the day lived up to | with the outputs it explains, and when anything of it but the day changes |
//! | `s` account | [`SmallRecord`]: all facts of a small account but for the next | facts: lazily |
//! | `a` account | [`AsOfRecord`]: the input offsets the account's facts are as of | with any of the following |
//! | `c` account | [`CoreRecord`]: profile, signals, connections | facts: lazily |
//! | `f` account product | [`ProductRecord`]: counts, features, levels, terms | facts: lazily |
//! | `u` account page | [`UserPageRecord`]: up to 32 users and the days they were active | facts: lazily |
//!
//! A key is the kind's letter, the account's length in bytes (two bytes, big endian), the account and the rest. A value is a
//! version byte and the record in postcard's wire format. A version is never changed once released: a new one is added, and
//! `tests/changelog_versions.rs` decodes bytes of each.

mod encode;
mod key;
mod record;
mod restore;
mod v1;

pub use encode::Writer;
pub use key::Key;
pub use record::{
    AsOfRecord, ConclusionsRecord, CoreRecord, DaysRecord, Offsets, PartitionRecord, ProductRecord, SmallRecord, SourceRecord, StateDue,
    UserPageRecord, VERSION, VerdictRecord, decode,
};
pub use restore::{Restore, RestoreError};

pub use crate::tagged::TaggedField;

/// The records that are written as tagged fields, for the reference: what each is, the key that it is under, its fields.
pub fn tagged_records() -> Vec<(&'static str, char, &'static [TaggedField])> {
    use crate::engine::facts::{Answer, Contract, Health, Nps, Outcome, Profile, Signals, Term, Terms, Touchpoint, UserProfile, UserTold};
    vec![
        ("the partition", 'p', PartitionRecord::FIELDS),
        ("the source", 't', SourceRecord::FIELDS),
        ("what else was concluded", 'v', ConclusionsRecord::FIELDS),
        ("an account", 'c', CoreRecord::FIELDS),
        ("its profile", 'c', Profile::FIELDS),
        ("its contract", 'c', Contract::FIELDS),
        ("its health", 'c', Health::FIELDS),
        ("its signals", 'c', Signals::FIELDS),
        ("a touchpoint, of earlier builds", 'c', Touchpoint::FIELDS),
        ("an answer, of earlier builds", 'c', Nps::FIELDS),
        ("an outcome", 'c', Outcome::FIELDS),
        ("a product's terms", 'f', Terms::FIELDS),
        ("a term", 'f', Term::FIELDS),
        ("a user's profile", 'u', UserProfile::FIELDS),
        ("what was told of a user beside it", 'u', UserTold::FIELDS),
        ("the user's latest answer", 'u', Answer::FIELDS),
    ]
}
