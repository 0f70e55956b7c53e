//! Which producers' hash put an account where it is.
//!
//! An account must stand in one partition, and it is the producers that choose it: by a hash of the record's key, and clients disagree about
//! which. Where two of them write to one topic, an account's events stand in two partitions and are counted apart, which no single record
//! shows. So of each account that begins, its partition is compared with what each known partitioner would have said. What one of them
//! explains for all accounts is what the producers use; where none does, they disagree, or the topic has grown.
//!
//! Measured, each with its default settings, by `findings/key-partitioners.sh`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How a client chooses a partition for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partitioner {
    Murmur2,
    Murmur2Unsigned,
    Crc32,
    Fnv1a,
}

impl Partitioner {
    pub const ALL: [Self; 4] = [Self::Murmur2, Self::Murmur2Unsigned, Self::Crc32, Self::Fnv1a];

    /// The label of the metric, and the name in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Murmur2 => "murmur2",
            Self::Murmur2Unsigned => "murmur2_unsigned",
            Self::Crc32 => "crc32",
            Self::Fnv1a => "fnv1a",
        }
    }

    /// Whose default it is.
    pub const fn used_by(self) -> &'static str {
        match self {
            Self::Murmur2 => "Java clients with Connect, Streams and Debezium, kafka-python, aiokafka, kafkajs, franz-go, and this service",
            Self::Murmur2Unsigned => "@platformatic/kafka",
            Self::Crc32 => "librdkafka: confluent-kafka, kcat, node-rdkafka, rdkafka",
            Self::Fnv1a => "sarama",
        }
    }

    pub fn partition_of(self, key: &[u8], partitions: i32) -> i32 {
        let unsigned = |hash: u32| (i64::from(hash) % i64::from(partitions)) as i32;
        match self {
            Self::Murmur2 => unsigned(murmur2(key) & 0x7fff_ffff),
            Self::Murmur2Unsigned => unsigned(murmur2(key)),
            Self::Crc32 => unsigned(crc32fast::hash(key)),
            Self::Fnv1a => (fnv1a(key) as i32 % partitions).abs(),
        }
    }
}

/// MurmurHash2 as Apache Kafka seeds it (org.apache.kafka.common.utils.Utils.murmur2).
fn murmur2(key: &[u8]) -> u32 {
    const MULTIPLIER: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let word = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ (word ^ word >> 24).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u32::from(*byte));
        hash = (hash ^ last).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 15
}

/// FNV-1a of 32 bits (RFC 9923).
fn fnv1a(key: &[u8]) -> u32 {
    key.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The partitioners that would have put a key where it is, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fitting(u8);

impl Fitting {
    fn of(key: &[u8], partition: i32, partitions: i32) -> Self {
        let fits = |partitioner: &Partitioner| partitioner.partition_of(key, partitions) == partition;
        Self(Partitioner::ALL.into_iter().filter(fits).fold(0, |set, partitioner| set | 1 << partitioner as u8))
    }

    pub fn contains(self, partitioner: Partitioner) -> bool {
        self.0 & 1 << partitioner as u8 != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The accounts of a partition by the partitioners that fit. Part of the partition's state: accounts begin once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally(BTreeMap<Fitting, Group>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    accounts: u64,
    /// Keys of the first of them.
    examples: Vec<Box<[u8]>>,
}

/// Examples kept of each group: enough to tell a topic that has grown, over a few partitions.
const EXAMPLES: usize = 4;

impl Tally {
    /// An account began with a record of this key.
    pub fn count(&mut self, key: &[u8], partition: i32, partitions: i32) {
        let group = self.0.entry(Fitting::of(key, partition, partitions)).or_default();
        group.accounts += 1;
        if group.examples.len() < EXAMPLES {
            group.examples.push(key.into());
        }
    }

    /// An account is erased: it is no example any more. True: it was one. How many began stays, of which it was one.
    pub fn forget(&mut self, account: &str) -> bool {
        let mut forgotten = false;
        for group in self.0.values_mut() {
            let examples = group.examples.len();
            group.examples.retain(|key| account_of(key) != account);
            forgotten |= group.examples.len() < examples;
        }
        forgotten
    }

    pub fn accounts(&self) -> u64 {
        self.0.values().map(|group| group.accounts).sum()
    }

    /// Accounts that the partitioner would have put where they are.
    pub fn fitting(&self, partitioner: Partitioner) -> u64 {
        self.0.iter().filter(|(fitting, _)| fitting.contains(partitioner)).map(|(_, group)| group.accounts).sum()
    }

    /// Accounts that none of the partitioners would have put where they are.
    pub fn unexplained(&self) -> u64 {
        self.0.get(&Fitting::default()).map_or(0, |group| group.accounts)
    }

    /// The accounts that are kept as examples.
    pub fn examples(&self) -> impl Iterator<Item = String> + '_ {
        self.0.values().flat_map(|group| group.examples.iter().map(|key| account_of(key)))
    }
}

/// The account of a key: the key, or what stands behind the frame of a schema registry.
fn account_of(key: &[u8]) -> String {
    let account = if key.first() == Some(&0) { key.get(5..).unwrap_or(key) } else { key };
    String::from_utf8_lossy(account).into_owned()
}

/// An account and the partitioner that explains where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    account: String,
    partition: i32,
    partitioner: Option<Partitioner>,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {:?} is in partition {}, ", self.account, self.partition)?;
        match self.partitioner {
            Some(partitioner) => write!(f, "where {} puts it ({})", partitioner.name(), partitioner.used_by()),
            None => f.write_str("where no known partitioner puts it (its producer chooses partitions by itself)"),
        }
    }
}

/// Why no single partitioner explains where the accounts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Producers do not agree.
    Producers { one: Witness, other: Witness },
    /// One partitioner, before and after partitions were added.
    Grown { one: Witness, other: Witness, from: i32, to: i32 },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Producers { one, other } => write!(
                f,
                "producers disagree about which partition an account belongs in, so that events of one account may stand in two and be counted \
                 apart: {one}; {other}. Give all producers the same partitioner (of librdkafka's clients: partitioner=murmur2_random)"
            ),
            Self::Grown { one, other, from, to } => write!(
                f,
                "the input topic has been given more partitions, so that events of one account stand in two and are counted apart: {one}; \
                 account {:?} is in partition {}, where the same partitioner puts it among {from} partitions, but not among {to}. Copy the \
                 input to a new topic of {to} partitions and start anew",
                other.account, other.partition
            ),
        }
    }
}

/// Fewer accounts are no evidence, and to tell a topic that has grown takes more than that not all agree.
const MISFITS_MIN: u64 = 3;
const MISFITS_TO_EXPLAIN: u64 = 10;

/// Whether so many accounts of a total speak for a partitioner, or would be where they are by chance: one that has nothing to do with it fits
/// once in as many cases as there are partitions.
fn is_evident(fitting: u64, unexplained: u64, total: u64, partitions: i32) -> bool {
    let chance = 1.0 / f64::from(partitions);
    let expected = total as f64 * chance;
    // Beyond five standard deviations; or that none of three independent ones would have put an account elsewhere.
    let all_explained = unexplained == 0 && (1.0 - (1.0 - chance).powi(3)).powf(total as f64) < 1e-6;
    all_explained || fitting as f64 > expected + 5.0 * expected.sqrt() + 3.0
}

/// Compares the accounts of several partitions, of so many that there are in all. `None`: one partitioner explains them, or too few have been
/// seen, or producers use one that is not known here, which may be one and the same.
pub fn compare(tallies: &BTreeMap<i32, Tally>, partitions: i32) -> Option<Finding> {
    let total: u64 = tallies.values().map(Tally::accounts).sum();
    let fitting = |partitioner: &Partitioner| tallies.values().map(|tally| tally.fitting(*partitioner)).sum::<u64>();
    // Of those that explain the same the first, hence in reverse.
    let usual = Partitioner::ALL.into_iter().rev().max_by_key(fitting).expect("there are some");
    let misfits = total - fitting(&usual);
    let groups = || tallies.iter().flat_map(|(partition, tally)| tally.0.iter().map(move |(fitting, group)| (*partition, *fitting, group)));
    let unexplained: u64 = tallies.values().map(Tally::unexplained).sum();
    if misfits < MISFITS_MIN || !is_evident(fitting(&usual), unexplained, total, partitions) {
        return None;
    }
    let witness = |is_one: &dyn Fn(Fitting) -> bool, partitioner| {
        let (partition, _, group) = groups().filter(|(_, fitting, _)| is_one(*fitting)).max_by_key(|(_, _, group)| group.accounts)?;
        Some(Witness { account: account_of(group.examples.first()?), partition, partitioner })
    };
    let counted = |partitioner: &Partitioner| -> u64 {
        let of_it = |(_, fitting, _): &(i32, Fitting, &Group)| fitting.contains(*partitioner) && !fitting.contains(usual);
        groups().filter(of_it).map(|(_, _, group)| group.accounts).sum()
    };
    let other = Partitioner::ALL.into_iter().filter(|other| *other != usual).rev().max_by_key(counted).expect("there are others");
    if counted(&other) < misfits && misfits < MISFITS_TO_EXPLAIN {
        return None;
    }
    if counted(&other) < misfits
        && let Some(from) = grown_from(groups().filter(|(_, fitting, _)| !fitting.contains(usual)), usual, partitions)
    {
        let one = witness(&|fitting| fitting.contains(usual), Some(usual))?;
        return Some(Finding::Grown { one, other: witness(&|fitting| !fitting.contains(usual), Some(usual))?, from, to: partitions });
    }
    // By chance some of them fit another one, too: what explains most of them is named.
    let explains = (counted(&other) * 2 > misfits).then_some(other);
    let is_other = |fitting: Fitting| !fitting.contains(usual) && explains.map_or(fitting.is_empty(), |other| fitting.contains(other));
    let is_one = |fitting: Fitting| fitting.contains(usual) && explains.is_none_or(|other| !fitting.contains(other));
    let one = witness(&is_one, Some(usual)).or_else(|| witness(&|fitting| fitting.contains(usual), Some(usual)))?;
    let other = witness(&is_other, explains).or_else(|| witness(&|fitting| !fitting.contains(usual), explains))?;
    Some(Finding::Producers { one, other })
}

/// The largest number of partitions, fewer than there are now, among which the partitioner puts all of these accounts where they are.
fn grown_from<'g>(groups: impl Iterator<Item = (i32, Fitting, &'g Group)>, partitioner: Partitioner, partitions: i32) -> Option<i32> {
    let examples: Vec<(i32, &[u8])> =
        groups.flat_map(|(partition, _, group)| group.examples.iter().map(move |key| (partition, &**key))).collect();
    if (examples.len() as u64) < MISFITS_MIN {
        return None;
    }
    let explains = |from: &i32| examples.iter().all(|(partition, key)| partitioner.partition_of(key, *from) == *partition);
    (1..partitions).rev().find(explains)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::ptr;

    use rdkafka_sys as sys;

    #[test]
    fn hashes_are_those_of_the_clients() {
        type Chooser = unsafe extern "C" fn(
            *const sys::rd_kafka_topic_t,
            *const std::ffi::c_void,
            usize,
            i32,
            *mut std::ffi::c_void,
            *mut std::ffi::c_void,
        ) -> i32;
        let librdkafkas: [(Partitioner, Chooser); 3] = [
            (Partitioner::Murmur2, sys::rd_kafka_msg_partitioner_murmur2),
            (Partitioner::Crc32, sys::rd_kafka_msg_partitioner_consistent),
            (Partitioner::Fnv1a, sys::rd_kafka_msg_partitioner_fnv1a),
        ];
        for number in 0..2_000 {
            let key = format!("account-{number}-{}", "x".repeat(number % 7));
            for partitions in [1, 7, 12, 16] {
                for (partitioner, chooser) in librdkafkas {
                    // SAFETY: it reads the key and nothing else.
                    let expected =
                        unsafe { chooser(ptr::null(), key.as_ptr().cast(), key.len(), partitions, ptr::null_mut(), ptr::null_mut()) };
                    assert_eq!(partitioner.partition_of(key.as_bytes(), partitions), expected, "{partitioner:?} of {key}");
                }
                // Where a power of two divides, the sign bit makes no difference.
                let same = Partitioner::Murmur2Unsigned.partition_of(key.as_bytes(), 16);
                assert_eq!(same, Partitioner::Murmur2.partition_of(key.as_bytes(), 16));
            }
        }
        let differing = (0..2_000).map(|number| format!("account-{number}")).filter(|key| {
            Partitioner::Murmur2Unsigned.partition_of(key.as_bytes(), 12) != Partitioner::Murmur2.partition_of(key.as_bytes(), 12)
        });
        assert!((900..1_100).contains(&differing.count()), "half of the keys");
    }

    const PARTITIONS: i32 = 12;

    /// Accounts of several producers: of each the accounts, and where it puts a key.
    type Producer<'a> = (std::ops::Range<usize>, &'a dyn Fn(&[u8]) -> i32);

    fn found(producers: &[Producer<'_>]) -> Option<Finding> {
        let mut tallies: BTreeMap<i32, Tally> = BTreeMap::new();
        for (accounts, partition_of) in producers {
            for number in accounts.clone() {
                let key = format!("account-{number}");
                let partition = partition_of(key.as_bytes());
                tallies.entry(partition).or_default().count(key.as_bytes(), partition, PARTITIONS);
            }
        }
        compare(&tallies, PARTITIONS)
    }

    fn producers_of(found: Option<Finding>) -> (Option<Partitioner>, Option<Partitioner>) {
        match found {
            Some(Finding::Producers { one, other }) => (one.partitioner, other.partitioner),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_one_partitioner_explains_is_no_finding() {
        for partitioner in Partitioner::ALL {
            assert_eq!(found(&[(0..500, &|key| partitioner.partition_of(key, PARTITIONS))]), None, "{partitioner:?}");
        }
        assert_eq!(found(&[]), None);
    }

    /// One that is not known here may be one and the same for all, however many partitions there are, and however few accounts.
    #[test]
    fn an_unknown_partitioner_is_no_finding() {
        let scattered = |seed: u64, number: u64| {
            let mixed = (seed << 32 | number).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed ^ mixed >> 31).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
        };
        for partitions in [2, 3, 4, 6, 8, 12, 16, 24, 48] {
            for seed in 0..100 {
                let mut tallies: BTreeMap<i32, Tally> = BTreeMap::new();
                for number in 0..200 {
                    let partition = (scattered(seed, number) % partitions as u64) as i32;
                    tallies.entry(partition).or_default().count(format!("{seed}-{number}").as_bytes(), partition, partitions);
                    if number % 4 == 3 {
                        assert_eq!(compare(&tallies, partitions), None, "{number} accounts in {partitions} partitions, seed {seed}");
                    }
                }
            }
        }
    }

    #[test]
    fn producers_that_disagree_are_told_by_their_partitioners() {
        for one in Partitioner::ALL {
            for other in Partitioner::ALL.into_iter().filter(|other| *other != one) {
                let (mut pair, mut expected) = (Vec::new(), vec![Some(one), Some(other)]);
                let (puts_one, puts_other) =
                    (|key: &[u8]| one.partition_of(key, PARTITIONS), |key: &[u8]| other.partition_of(key, PARTITIONS));
                for found in [found(&[(0..20, &puts_one), (0..20, &puts_other)]), found(&[(0..900, &puts_one), (900..930, &puts_other)])] {
                    let (first, second) = producers_of(found);
                    pair = vec![first, second];
                    pair.sort();
                    expected.sort();
                    assert_eq!(pair, expected, "{one:?} and {other:?}");
                }
                assert_eq!(pair.len(), 2);
            }
        }
        // One that chooses partitions in turn, beside Java.
        let puts = |key: &[u8]| Partitioner::Murmur2.partition_of(key, PARTITIONS);
        let in_turn = |key: &[u8]| i32::from(key[key.len() - 1]) % PARTITIONS;
        assert_eq!(producers_of(found(&[(0..100, &puts), (100..140, &in_turn)])), (Some(Partitioner::Murmur2), None));
    }

    #[test]
    fn the_accounts_named_contradict_each_other() {
        let (java, librdkafka) = (
            |key: &[u8]| Partitioner::Murmur2.partition_of(key, PARTITIONS),
            |key: &[u8]| Partitioner::Crc32.partition_of(key, PARTITIONS),
        );
        let Some(Finding::Producers { one, other }) = found(&[(0..20, &java), (0..20, &librdkafka)]) else { panic!("they disagree") };
        for witness in [&one, &other] {
            let at = |partitioner: Partitioner| partitioner.partition_of(witness.account.as_bytes(), PARTITIONS) == witness.partition;
            assert!(at(witness.partitioner.expect("both are known")), "{witness}");
            let another = if witness == &one { other.partitioner } else { one.partitioner };
            assert!(!at(another.expect("both are known")), "{witness}");
        }
    }

    #[test]
    fn a_topic_that_has_grown_is_no_disagreement() {
        for partitioner in [Partitioner::Murmur2, Partitioner::Crc32] {
            for from in [2, 4, 5, 8] {
                let (before, after) =
                    (move |key: &[u8]| partitioner.partition_of(key, from), |key: &[u8]| partitioner.partition_of(key, PARTITIONS));
                match found(&[(0..200, &before), (0..300, &after)]) {
                    Some(Finding::Grown { one, from: told, to, .. }) => {
                        assert_eq!((one.partitioner, told, to), (Some(partitioner), from, PARTITIONS));
                    }
                    other => panic!("{partitioner:?} from {from}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_framed_key_is_hashed_whole_and_shown_without_its_frame() {
        let mut tally = Tally::default();
        let key = b"\0\0\0\0\x07acme";
        tally.count(key, Partitioner::Crc32.partition_of(key, 12), 12);
        assert_eq!((tally.fitting(Partitioner::Crc32), tally.accounts()), (1, 1));
        assert_eq!(tally.examples().collect::<Vec<_>>(), ["acme"]);
    }
}
