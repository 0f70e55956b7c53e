//! State to records.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Serialize;

use super::key::Key;
use super::record::{
    AsOfRecord, AwaitedOutcome, ConclusionsRecord, CoreRecord, DaysRecord, FeatureCounts, GaugeLevel, Incident, Offsets, Open, PageProduct,
    PageUser, PartitionRecord, PlayOf, ProductRecord, ProductVerdict, SmallProduct, SmallRecord, SourceRecord, StateDue, Text,
    UserPageRecord, VERSION, VerdictRecord,
};
use crate::engine::facts::Led;
use crate::engine::{
    Account, AccountProduct, Awaited, BandState, CampaignKey, Day, Engine, HeldBack, IncidentKey, IncidentState, Leftover, MilestoneState,
    NEVER, OpenIncident, Plays, SegmentState, UnderWay, Unsaved, Worked, spread,
};
use crate::playbook::{ProductIndex, RuleKind};

/// A small account's facts take no more: they are written whole whenever any of them is, and brokers refuse what is too long.
const SMALL_BYTES: usize = 16 << 10;

/// Encodes records one by one into buffers of its own and hands them to a sink: key, then value.
#[derive(Debug)]
pub struct Writer {
    key: Vec<u8>,
    /// As long as the longest value so far needed: into room that is there a value is written with fewer questions than into a vector.
    value: Vec<u8>,
}

impl Writer {
    pub fn partition(&mut self, record: &PartitionRecord, sink: &mut impl FnMut(&[u8], &[u8])) {
        self.record(Key::Partition, record, sink);
    }

    pub fn source(&mut self, record: &SourceRecord, sink: &mut impl FnMut(&[u8], &[u8])) {
        self.record(Key::Source, record, sink);
    }

    /// Writes the days of a block's accounts.
    pub fn days(&mut self, engine: &Engine, block: u32, sink: &mut impl FnMut(&[u8], &[u8])) {
        let (first, later) = spread(engine.days().accounts(block).map(|index| Some(engine.accounts()[index? as usize].day)));
        self.record(Key::Days { block }, &DaysRecord { first, later }, sink);
    }

    /// An account is erased: tells the keys of all records that there may be of it, that of the verdicts first.
    pub fn erase(&mut self, engine: &Engine, account: &Account, sink: &mut impl FnMut(&[u8])) {
        let id = account.id.as_bytes();
        // What it has under an old name of a product stands there, empty.
        let name = |product: &AccountProduct| engine.names().text(product.facts.name).as_bytes();
        let products = account.products.iter().map(|product| Key::Product { account: id, product: name(product) });
        let pages = (0..account.users.len().div_ceil(Unsaved::PAGE_USERS as usize) as u32).map(|page| Key::UserPage { account: id, page });
        let one_each = [Key::Verdict { account: id }, Key::Small { account: id }, Key::AsOf { account: id }, Key::Core { account: id }];
        for key in one_each.into_iter().chain(products).chain(pages) {
            key.encode(&mut self.key);
            sink(&self.key);
        }
    }

    /// The facts of an account stand in parts from now on: tells the key of the record that had them whole.
    pub fn outgrown(&mut self, account: &Account, sink: &mut impl FnMut(&[u8])) {
        Key::Small { account: account.id.as_bytes() }.encode(&mut self.key);
        sink(&self.key);
    }

    pub fn verdicts(&mut self, engine: &Engine, account: &Account, state_due: Option<StateDue>, sink: &mut impl FnMut(&[u8], &[u8])) {
        let playbook = engine.playbook();
        let named = account.products.iter().filter_map(|product| Some((product, product.index?)));
        let products = named
            .map(|(product, index)| ProductVerdict {
                product: Text(playbook.products[usize::from(index.0)].id.as_bytes()),
                stage: product.stage as u8,
                stage_changed: product.stage_changed,
                below_since: product.below_since,
                adopted_day: product.adopted_day,
            })
            .collect();
        let (mut incidents, mut of_users) = (Vec::new(), Vec::new());
        for (key, state) in &account.incidents {
            let incident = incident_record(engine, *key, state);
            match key.subject.user() {
                Some(user) => of_users.push((user.0, incident)),
                None => incidents.push(incident),
            }
        }
        // Not yet settled: the account has not been judged by the present playbook.
        for leftover in account.leftovers.iter().flat_map(|leftovers| leftovers.iter()) {
            let incident = leftover_record(leftover);
            match leftover.user {
                Some(user) => of_users.push((user.0, incident)),
                None => incidents.push(incident),
            }
        }
        let record = VerdictRecord {
            playbook: if account.playbook_changed { 0 } else { engine.playbook_hash() },
            number: account.number,
            day: account.day,
            began: account.began,
            stage: Text(playbook.account_stages[usize::from(account.stage)].name.as_bytes()),
            stage_changed: account.stage_changed,
            products,
            incidents,
            state_due,
            conclusions: conclusions_record(engine, account, of_users),
        };
        self.record(Key::Verdict { account: account.id.as_bytes() }, &record, sink);
    }

    /// Writes all facts of an account and the offsets they are as of at once. False, and nothing is written: they are too long.
    pub fn small_facts(&mut self, engine: &Engine, account: &Account, as_of: &[i64], sink: &mut impl FnMut(&[u8], &[u8])) -> bool {
        let product = |position: usize| SmallProduct {
            product: Text(engine.names().text(account.products[position].facts.name).as_bytes()),
            facts: product_record(engine, account, position),
        };
        let products = (0..account.products.len()).map(product).collect();
        let record = SmallRecord { as_of: as_of_record(account, as_of), products, users: user_page(engine, account, 0) };
        let written = self.encode(Key::Small { account: account.id.as_bytes() }, &record);
        if written > SMALL_BYTES {
            return false;
        }
        sink(&self.key, &self.value[..written]);
        self.core(engine, account, sink);
        true
    }

    fn core(&mut self, engine: &Engine, account: &Account, sink: &mut impl FnMut(&[u8], &[u8])) {
        if account.unsaved.core {
            let text = |name| engine.names().text(name);
            let record = CoreRecord {
                profile: account.profile.as_ref().map(Cow::Borrowed),
                signals: account.signals.as_ref().map(Cow::Borrowed),
                connections: account.connections.iter().map(|&(from, to)| (text(from), text(to))).collect(),
                unknown: account.unknown.clone(),
            };
            self.record(Key::Core { account: account.id.as_bytes() }, &record, sink);
        }
    }

    /// Writes the unsaved facts of an account, part by part, and the offsets they are as of.
    pub fn facts(&mut self, engine: &Engine, account: &Account, as_of: &[i64], sink: &mut impl FnMut(&[u8], &[u8])) {
        let id = account.id.as_bytes();
        self.core(engine, account, sink);
        for position in 0..account.products.len() {
            if account.products[position].unsaved {
                let product = engine.names().text(account.products[position].facts.name).as_bytes();
                self.record(Key::Product { account: id, product }, &product_record(engine, account, position), sink);
            }
        }
        for (word, bits) in account.unsaved.user_pages.iter().enumerate() {
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                let page = word as u32 * 64 + bit;
                self.record(Key::UserPage { account: id, page }, &user_page(engine, account, page), sink);
            }
        }
        self.record(Key::AsOf { account: id }, &as_of_record(account, as_of), sink);
    }

    fn record(&mut self, key: Key<'_>, record: &impl Serialize, sink: &mut impl FnMut(&[u8], &[u8])) {
        let written = self.encode(key, record);
        sink(&self.key, &self.value[..written]);
    }

    /// Into the buffers; so many bytes of the value's.
    fn encode(&mut self, key: Key<'_>, record: &impl Serialize) -> usize {
        key.encode(&mut self.key);
        loop {
            self.value[0] = VERSION;
            match postcard::to_slice(record, &mut self.value[1..]) {
                Ok(body) => return 1 + body.len(),
                Err(postcard::Error::SerializeBufferFull) => self.value.resize(self.value.len() * 2, 0),
                Err(error) => panic!("records serialize into memory: {error}"),
            }
        }
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self { key: Vec::new(), value: vec![0; 4096] }
    }
}

fn incident_record<'a>(engine: &'a Engine, key: IncidentKey, state: &IncidentState) -> Incident<'a> {
    let rule = engine.rule_of(key);
    Incident {
        is_play: rule.head.kind == RuleKind::Play,
        rule: &rule.head.id,
        product: key.subject.product().map(|index| &*engine.playbook().products[usize::from(index.0)].id),
        since: state.since,
        last_clear: state.last_clear,
        open: state.open.as_ref().map(|open| open_record(open, &rule.head.severity)),
    }
}

fn leftover_record(leftover: &Leftover) -> Incident<'_> {
    Incident {
        is_play: leftover.rule.kind == RuleKind::Play,
        rule: &leftover.rule.id,
        product: leftover.product.as_deref(),
        since: NEVER,
        last_clear: NEVER,
        open: Some(open_record(&leftover.incident, &leftover.rule.severity)),
    }
}

fn open_record<'a>(open: &OpenIncident, severity: &'a str) -> Open<'a> {
    Open { id: open.id, opened_ms: open.opened_ms, opened_day: open.opened_day, due: open.due(), severity }
}

fn conclusions_record<'a>(engine: &'a Engine, account: &'a Account, incidents: Vec<(u32, Incident<'a>)>) -> ConclusionsRecord<'a> {
    let playbook = engine.playbook();
    let product = |index: Option<ProductIndex>| index.map(|index| &*playbook.products[usize::from(index.0)].id);
    let segment = |state: &SegmentState| (&*playbook.segments[usize::from(state.segment)].id, state.is_in, state.since);
    let milestone = |state: &MilestoneState| (&*playbook.milestones[usize::from(state.milestone)].id, product(state.product), state.day);
    let band =
        |state: &BandState| (&*playbook.measures[usize::from(state.measure)].id, product(state.product), engine.names().text(state.band));
    let fall = |of: &AccountProduct| {
        let id = product(of.index)?;
        (of.lost_day != NEVER).then_some((Text(id.as_bytes()), of.lost_day))
    };
    let opening = |(play, day): &(u16, Day)| (&*playbook.rules[usize::from(*play)].head.id, *day);
    let campaign = |key: CampaignKey| &*playbook.campaigns[usize::from(key.campaign)].id;
    let triggered = |of: &[(CampaignKey, Day)]| (campaign(of[0].0), of.iter().map(|(key, day)| (key.user.0, *day)).collect());
    let under_way = |of: &'a UnderWay| (campaign(of.key), of.key.user.0, of.triggered_ms, of.triggered_day, of.tokens.as_deref());
    static NONE: LazyLock<Plays> = LazyLock::new(Plays::default);
    let plays = account.plays.as_deref().unwrap_or(&NONE);
    // Once for ever: also those that the present playbook does not name.
    let gone = account.gone_milestones.iter().flat_map(|gone| gone.iter());
    let gone = gone.map(|(milestone, product, day)| (milestone.as_str(), product.as_deref(), *day));
    ConclusionsRecord {
        segments: account.segments.iter().map(segment).collect(),
        milestones: account.milestones.iter().map(milestone).chain(gone).collect(),
        bands: account.bands.iter().map(band).collect(),
        incidents,
        falls: account.products.iter().filter_map(fall).collect(),
        openings: plays.openings.iter().map(opening).collect(),
        held_back: plays.held_back.iter().map(|held_back| held_back_record(engine, held_back)).collect(),
        worked_off: plays.worked_off.iter().map(|key| play_of(engine, *key)).collect(),
        held_out: plays.held_out.clone(),
        worked: plays.worked.iter().filter_map(|worked| worked_record(engine, account, worked)).collect(),
        awaited: plays.awaited.iter().map(|awaited| awaited_record(engine, awaited)).collect(),
        triggered: plays.triggered.chunk_by(|(one, _), (next, _)| one.campaign == next.campaign).map(triggered).collect(),
        under_way: plays.under_way.iter().map(under_way).collect(),
        unknown: account.unknown_conclusions.clone(),
    }
}

fn play_of(engine: &Engine, key: IncidentKey) -> PlayOf<'_> {
    let product = key.subject.product().map(|index| &*engine.playbook().products[usize::from(index.0)].id);
    (&engine.rule_of(key).head.id, product, key.subject.user().map(|user| user.0))
}

fn held_back_record<'a>(engine: &'a Engine, held_back: &HeldBack) -> (PlayOf<'a>, Vec<&'a str>, Day, bool) {
    let guards = &engine.rule_of(held_back.key).play.guards;
    let id = |place: &u8| &*engine.playbook().guardrails[usize::from(guards[usize::from(*place)].0)].id;
    (play_of(engine, held_back.key), held_back.told.iter().map(id).collect(), held_back.told_on, held_back.is_held)
}

/// `None`: it is of an incident that is to be closed, as the present playbook does not have the play.
fn worked_record<'a>(engine: &'a Engine, account: &Account, worked: &'a Worked) -> Option<(u128, &'a str, bool, Option<&'a str>)> {
    let is_meant = |state: &IncidentState| state.open.as_ref().is_some_and(|open| open.id == worked.incident);
    let (key, _) = account.incidents.iter().find(|(_, state)| is_meant(state))?;
    let task = engine.rule_of(*key).play.tasks.get(usize::from(worked.task))?;
    Some((worked.incident, &task.id, worked.is_done, worked.reason.as_deref()))
}

fn awaited_record<'a>(engine: &'a Engine, awaited: &Awaited) -> AwaitedOutcome<'a> {
    let Awaited { key, incident, opened_ms, opened_day, baseline, is_held_out } = *awaited;
    AwaitedOutcome { play: play_of(engine, key), incident, opened_ms, opened_day, baseline, is_held_out }
}

fn as_of_record<'a>(account: &'a Account, as_of: &[i64]) -> AsOfRecord<'a> {
    AsOfRecord {
        offsets: Offsets::from_slice(as_of),
        latest_ms: account.latest_ms,
        recent_ids: account.recent_ids.as_ref().map(Cow::Borrowed),
    }
}

fn product_record<'a>(engine: &'a Engine, account: &'a Account, position: usize) -> ProductRecord<'a> {
    let facts = &account.products[position].facts;
    let text = |name| engine.names().text(name);
    let led = |led: &'a Led| {
        let others = led.others.iter().map(|name| text(*name)).collect();
        (text(led.name), others, led.runs.cells().written())
    };
    ProductRecord {
        first_use: facts.first_use,
        last_use: facts.last_use,
        became_internal: facts.became_internal,
        events: facts.events.cells().written(),
        features: facts
            .features
            .iter()
            .enumerate()
            .map(|(place, (name, row))| FeatureCounts {
                feature: Text(text(name).as_bytes()),
                first_use: facts.features.first_use(place, facts.last_use),
                counts: row.written(),
            })
            .collect(),
        gauges: facts
            .gauges()
            .iter()
            .map(|gauge| GaugeLevel {
                gauge: text(gauge.name),
                time_ms: gauge.time_ms,
                day: gauge.day,
                value: gauge.value,
                days: Cow::Borrowed(gauge.days()),
            })
            .collect(),
        workflows: facts.workflows().iter().map(|workflow| (text(workflow.name), workflow.runs.cells().written())).collect(),
        led: facts.led().iter().map(led).collect(),
        entitlements: Cow::Borrowed(&facts.entitlements),
    }
}

fn user_page<'a>(engine: &'a Engine, account: &'a Account, page: u32) -> UserPageRecord<'a> {
    let from = (page * Unsaved::PAGE_USERS) as usize;
    let end = (from + Unsaved::PAGE_USERS as usize).min(account.users.len());
    let users = (from..end)
        .map(|index| {
            let user = crate::engine::facts::UserIndex(index as u32);
            PageUser {
                id: Text(account.users.id_bytes(user)),
                seen: account.users.seen(user, account.day),
                profile: account.users.kept_profile(user),
                told: account.users.told(user).map(Cow::Borrowed),
            }
        })
        .collect();
    let products = account.products.iter().filter_map(|product| {
        let rows = product.facts.users.page(page)?;
        Some(PageProduct { product: Text(engine.names().text(product.facts.name).as_bytes()), rows })
    });
    UserPageRecord { users, products: products.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::decode;

    #[test]
    fn a_value_longer_than_any_before_is_written_whole() {
        let mut writer = Writer::default();
        for bytes in [10, 4_090, 4_096, 100_000, 10] {
            let record = PartitionRecord { topics: vec!["t".repeat(bytes)], ..PartitionRecord::default() };
            let mut written = Vec::new();
            writer.partition(&record, &mut |_, value| written = value.to_vec());
            assert_eq!(decode::<PartitionRecord>(&written).expect("decodes"), record);
        }
    }
}
