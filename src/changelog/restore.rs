//! Records to state.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::key::Key;
use super::record::{
    AsOfRecord, AwaitedOutcome, ConclusionsRecord, CoreRecord, DaysRecord, DecodeError, GaugeLevel, Incident, Offsets, Open,
    PartitionRecord, PlayOf, ProductRecord, ProductVerdict, SmallProduct, SmallRecord, SourceRecord, StateDue, Text, UserPageRecord,
    VerdictRecord, decode,
};
use crate::engine::facts::{FeatureDays, Gauge, Led, UserIndex, Users, Workflow, WrittenCells};
use crate::engine::{
    AccountIndex, AccountNumber, AccountProduct, Awaited, BLOCK, BandState, CampaignKey, Day, Engine, GoneMilestone, HeldBack, IncidentKey,
    IncidentState, Leftover, MilestoneState, NEVER, Number, OpenIncident, Plays, SegmentState, Stage, TOGETHER, UnderWay, Unsaved, Worked,
    is_in_calendar,
};
use crate::input::MS_MAX;
use crate::playbook::{Of, ProductIndex, RuleHead, RuleKind};

/// A record that cannot be restored from. The changelog is the only copy of the state: nothing is skipped.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("a key that is none of this changelog's: {0:?}")]
    Key(Vec<u8>),
    #[error("the {kind} record of account {account:?}: {error}")]
    Value { kind: &'static str, account: String, error: DecodeError },
    #[error("the {kind} record of account {account:?} is out of bounds: {what}")]
    Bounds { kind: &'static str, account: String, what: &'static str },
}

/// What restoring learned beside the engine's state.
#[derive(Debug, Default)]
pub struct Restore {
    pub partition: Option<PartitionRecord>,
    pub source: Option<SourceRecord>,
    /// By account index, whose states were to be published when their verdicts were written.
    pub states_due: HashMap<AccountIndex, StateDue>,
    /// By block.
    days: HashMap<u32, DaysRecord>,
    /// By account index; empty where none was read.
    pub as_of: Vec<Offsets>,
    /// The account of the record before: the guess for one that was new when the records were looked ahead at.
    last: Option<AccountIndex>,
}

impl Restore {
    /// Asks memory for what taking in records with these keys will touch, at most [`TOGETHER`] of them; tells of each the account that it
    /// most likely is about.
    pub fn prefetch<'k>(engine: &Engine, keys: impl Iterator<Item = &'k [u8]>) -> [Option<AccountIndex>; TOGETHER] {
        engine.prefetch_restore(keys.map(|key| Key::decode(key)?.account()))
    }

    /// Takes in a record; of a key the last one counts. Verdicts without a value say that the account is erased: what follows is of one that has
    /// begun anew. The other keys' tombstones are for the brokers, which are to remove what stands before them.
    pub fn record(
        &mut self,
        engine: &mut Engine,
        key: &[u8],
        value: Option<&[u8]>,
        likely: Option<AccountIndex>,
    ) -> Result<(), RestoreError> {
        let Some(decoded) = Key::decode(key) else { return Err(RestoreError::Key(key.to_vec())) };
        let Some(value) = value else {
            self.erased(engine, decoded);
            return Ok(());
        };
        let kind = decoded.kind();
        let Some(account) = decoded.account() else {
            let failed = |error| RestoreError::Value { kind, account: String::new(), error };
            match decoded {
                Key::Source => self.source = Some(decode(value).map_err(failed)?),
                Key::Days { block } => {
                    let record = decode(value).map_err(failed)?;
                    check_days(&record).map_err(|what| RestoreError::Bounds { kind, account: String::new(), what })?;
                    self.days.insert(block, record);
                }
                _ => self.partition = Some(decode(value).map_err(failed)?),
            }
            return Ok(());
        };
        let failed = |error| RestoreError::Value { kind, account: String::from_utf8_lossy(account).into(), error };
        let bounds = |what| RestoreError::Bounds { kind, account: String::from_utf8_lossy(account).into(), what };
        let index = engine.restore_account(account, likely.or(self.last)).ok_or_else(|| RestoreError::Key(key.to_vec()))?;
        self.last = Some(index);
        match decoded {
            Key::Verdict { .. } => {
                let record: VerdictRecord<'_> = decode(value).map_err(failed)?;
                restore_verdicts(engine, index, &record).map_err(bounds)?;
                match record.state_due {
                    Some(due) => _ = self.states_due.insert(index, due),
                    None => _ = self.states_due.remove(&index),
                }
            }
            Key::Small { .. } => {
                let record: SmallRecord<'_> = decode(value).map_err(failed)?;
                self.as_of(engine, index, record.as_of).map_err(bounds)?;
                for SmallProduct { product, facts } in record.products {
                    restore_product(engine, index, product.0, facts).map_err(bounds)?;
                }
                restore_page(engine, index, 0, record.users).map_err(bounds)?;
            }
            Key::AsOf { .. } => self.as_of(engine, index, decode(value).map_err(failed)?).map_err(bounds)?,
            Key::Core { .. } => restore_core(engine, index, decode(value).map_err(failed)?),
            Key::Product { product, .. } => {
                engine.account_mut(index).unsaved.large = true;
                restore_product(engine, index, product, decode(value).map_err(failed)?).map_err(bounds)?;
            }
            Key::UserPage { page, .. } => {
                engine.account_mut(index).unsaved.large = true;
                restore_page(engine, index, page, decode(value).map_err(failed)?).map_err(bounds)?;
            }
            Key::Partition | Key::Source | Key::Days { .. } => {}
        }
        Ok(())
    }
}

impl Restore {
    fn erased(&mut self, engine: &mut Engine, key: Key<'_>) {
        let Key::Verdict { account } = key else { return };
        let account = std::str::from_utf8(account).ok();
        let Some(index) = account.and_then(|account| engine.account_index(account)) else { return };
        engine.restore_erased(index);
        self.states_due.remove(&index);
        if let Some(as_of) = self.as_of.get_mut(index as usize) {
            as_of.clear();
        }
    }

    fn as_of(&mut self, engine: &mut Engine, index: AccountIndex, record: AsOfRecord<'_>) -> Result<(), &'static str> {
        if !(0..=MS_MAX).contains(&record.latest_ms) {
            return Err("an instant that is in no calendar");
        }
        if self.as_of.len() <= index as usize {
            self.as_of.resize(index as usize + 1, Offsets::new());
        }
        self.as_of[index as usize] = record.offsets;
        let account = engine.account_mut(index);
        account.latest_ms = record.latest_ms;
        account.recent_ids = record.recent_ids.map(Cow::into_owned);
        Ok(())
    }

    /// What the blocks say of an account.
    pub fn day_of(&self, number: AccountNumber) -> Option<Day> {
        let record = self.days.get(&(number / BLOCK as u32))?;
        record.later.get(number as usize % BLOCK).map(|later| record.first + *later as Day)
    }
}

fn check_days(record: &DaysRecord) -> Result<(), &'static str> {
    let is_day = |later: &u32| record.first.checked_add_unsigned(*later).is_some_and(is_in_calendar);
    if record.later.len() > BLOCK {
        return Err("days of more accounts than a block has");
    }
    if record.later.iter().all(is_day) { Ok(()) } else { Err(NO_DAY) }
}

/// Whether all are days of the calendar, or never.
fn are_days<const N: usize>(days: [Day; N]) -> bool {
    days.into_iter().all(|day| day == NEVER || is_in_calendar(day))
}

const NO_DAY: &str = "a day that is in no calendar";
const NO_TEXT: &str = "a name that is no text";

fn restore_verdicts(engine: &mut Engine, index: AccountIndex, record: &VerdictRecord<'_>) -> Result<(), &'static str> {
    let conclusions = &record.conclusions;
    let of_product = |verdict: &ProductVerdict<'_>| are_days([verdict.stage_changed, verdict.below_since, verdict.adopted_day]);
    let of_open = |open: &Open<'_>| are_days([open.opened_day, open.due.unwrap_or(NEVER)]);
    let of_incident =
        |incident: &Incident<'_>| are_days([incident.since, incident.last_clear]) && incident.open.as_ref().is_none_or(of_open);
    if !are_days([record.day, record.began, record.stage_changed])
        || !record.products.iter().all(of_product)
        || !record.incidents.iter().all(of_incident)
        || !conclusions.incidents.iter().all(|(_, incident)| of_incident(incident))
        || !conclusions.segments.iter().all(|(_, _, since)| are_days([*since]))
        || !conclusions.milestones.iter().all(|(_, _, day)| are_days([*day]))
        || !conclusions.falls.iter().all(|(_, day)| are_days([*day]))
        || !conclusions.openings.iter().all(|(_, day)| are_days([*day]))
        || !conclusions.held_back.iter().all(|(_, _, day, _)| are_days([*day]))
        || !conclusions.awaited.iter().all(|awaited| are_days([awaited.opened_day]))
        || !conclusions.triggered.iter().flat_map(|(_, of_users)| of_users).all(|(_, day)| are_days([*day]))
        || !conclusions.under_way.iter().all(|(_, _, _, day, _)| are_days([*day]))
    {
        return Err(NO_DAY);
    }
    let is_number = |awaited: &AwaitedOutcome<'_>| !matches!(awaited.baseline, Some(Number::Fraction { denominator: ..=0, .. }));
    if !conclusions.awaited.iter().all(is_number) {
        return Err("a fraction that is no number");
    }
    let same_playbook = record.playbook == engine.playbook_hash();
    let of_users = conclusions.incidents.iter().map(|(user, incident)| (Some(UserIndex(*user)), incident));
    let (incidents, mut leftovers) = restore_incidents(engine, record.incidents.iter().map(|incident| (None, incident)).chain(of_users));
    // Of whom nothing was told that it opened, nothing is told that it closes.
    leftovers.retain(|leftover| !conclusions.held_out.contains(&leftover.incident.id));
    let plays = restore_plays(engine, &incidents, conclusions);
    let stage = engine.playbook().account_stages.iter().position(|stage| stage.name.as_bytes() == record.stage.0);
    restore_stages(engine, index, &record.products);
    let adopted = engine.account_mut(index).products_adopted();
    let stage = stage.unwrap_or_else(|| engine.playbook().account_stage(adopted));
    let account = engine.account_mut(index);
    account.number = record.number;
    account.day = record.day;
    account.began = record.began;
    account.stage = stage as u8;
    account.stage_changed = record.stage_changed;
    account.incidents = incidents;
    account.plays = plays;
    account.leftovers = (!leftovers.is_empty()).then(|| Box::new(leftovers));
    account.playbook_changed = !same_playbook;
    restore_falls(engine, index, &conclusions.falls);
    restore_conclusions(engine, index, conclusions);
    Ok(())
}

/// What the playbook has no place for ends in silence; milestones stay.
fn restore_conclusions(engine: &mut Engine, index: AccountIndex, record: &ConclusionsRecord<'_>) {
    let playbook = engine.playbook().clone();
    let product_of = |engine: &Engine, product: &str| engine.product_named(product.as_bytes()).map(|(name, _)| ProductIndex(name.0 as u16));
    let mut segments = Vec::with_capacity(record.segments.len());
    for (id, is_in, since) in &record.segments {
        let segment = playbook.segments.iter().position(|segment| segment.id == *id);
        segments.extend(segment.map(|segment| SegmentState { segment: segment as u16, is_in: *is_in, since: *since }));
    }
    segments.sort_by_key(|state| state.segment);
    segments.dedup_by_key(|state| state.segment);
    let (mut milestones, mut gone): (Vec<MilestoneState>, Vec<GoneMilestone>) = (Vec::new(), Vec::new());
    for (id, product, day) in &record.milestones {
        let milestone = playbook.milestones.iter().position(|milestone| milestone.id == *id);
        let of = product.map(|product| product_of(engine, product));
        match milestone.zip(of.map_or(Some(None), |index| index.map(Some))) {
            Some((milestone, product)) if product.is_some() == (playbook.milestones[milestone].of == Of::Product) => {
                let state = MilestoneState { milestone: milestone as u16, product, day: *day };
                // A product and what it was called before may both have reached it.
                match milestones.iter_mut().find(|known| (known.milestone, known.product) == (state.milestone, state.product)) {
                    Some(known) => known.day = known.day.min(state.day),
                    None => milestones.push(state),
                }
            }
            _ => gone.push(((*id).to_owned(), product.map(str::to_owned), *day)),
        }
    }
    let mut bands: Vec<BandState> = Vec::with_capacity(record.bands.len());
    for (id, product, band) in &record.bands {
        let measure = playbook.measures.iter().position(|measure| measure.id == *id && !measure.bands.is_empty());
        let of = product.map_or(Some(None), |product| product_of(engine, product).map(Some));
        let Some((measure, product)) = measure.zip(of) else { continue };
        let is_new = !bands.iter().any(|known| (known.measure, known.product) == (measure as u16, product));
        if is_new && product.is_some() == (playbook.measures[measure].of == Of::Product) {
            bands.push(BandState { measure: measure as u16, product, band: engine.intern(band) });
        }
    }
    let account = engine.account_mut(index);
    (account.segments, account.milestones, account.bands) = (segments, milestones, bands);
    account.gone_milestones = (!gone.is_empty()).then(|| Box::new(gone));
    account.unknown_conclusions = record.unknown.clone();
    // Who was to be judged is not written: all are.
    account.is_to_be_looked_at = true;
}

/// What is remembered of plays and campaigns. What the playbook has no place for ends in silence.
fn restore_plays(engine: &Engine, incidents: &[(IncidentKey, IncidentState)], record: &ConclusionsRecord<'_>) -> Option<Box<Plays>> {
    let playbook = engine.playbook();
    let mut likely = 0;
    let mut key_of = |(id, product, user): PlayOf<'_>| engine.incident_key(RuleKind::Play, id, product, user.map(UserIndex), &mut likely);
    let mut plays = Plays::default();
    for (play, guards, day, is_held) in &record.held_back {
        let Some(key) = key_of(*play) else { continue };
        let of_play = &engine.rule_of(key).play.guards;
        let place = |id: &str| of_play.iter().position(|guard| playbook.guardrails[usize::from(guard.0)].id == id).map(|place| place as u8);
        let told = guards.iter().filter_map(|id| place(id)).collect();
        plays.held_back.push(HeldBack { key, told, told_on: *day, is_held: *is_held });
    }
    // A product and what it was called before may both have been written.
    plays.held_back.sort_by_key(|held_back| held_back.key);
    plays.held_back.dedup_by_key(|held_back| held_back.key);
    plays.worked_off = record.worked_off.iter().filter_map(|play| key_of(*play)).collect();
    plays.worked_off.sort_unstable();
    plays.worked_off.dedup();
    let open = || incidents.iter().filter_map(|(key, state)| Some((*key, state.open.as_deref()?)));
    let by_id: HashMap<u128, IncidentKey> = open().map(|(key, open)| (open.id, key)).collect();
    plays.held_out = record.held_out.iter().copied().filter(|id| by_id.contains_key(id)).collect();
    plays.held_out.sort_unstable();
    for (incident, task, is_done, reason) in &record.worked {
        let Some(key) = by_id.get(incident) else { continue };
        let Some(place) = engine.rule_of(*key).play.tasks.iter().position(|known| known.id == *task) else { continue };
        plays.work(Worked { incident: *incident, task: place as u8, is_done: *is_done, reason: reason.map(Box::from) });
    }
    for AwaitedOutcome { play, incident, opened_ms, opened_day, baseline, is_held_out } in record.awaited.iter().cloned() {
        if let Some(key) = key_of(play).filter(|key| engine.rule_of(*key).play.outcome.is_some()) {
            plays.await_outcome(Awaited { key, incident, opened_ms, opened_day, baseline, is_held_out });
        }
    }
    let campaign = |id: &str| playbook.campaigns.iter().position(|campaign| campaign.id == id).map(|campaign| campaign as u16);
    for (id, of_users) in &record.triggered {
        let Some(campaign) = campaign(id) else { continue };
        of_users.iter().for_each(|(user, day)| plays.triggered.push((CampaignKey { campaign, user: UserIndex(*user) }, *day)));
    }
    plays.triggered.sort_unstable();
    for (id, user, triggered_ms, triggered_day, tokens) in &record.under_way {
        let Some(campaign) = campaign(id).filter(|campaign| playbook.campaigns[usize::from(*campaign)].goal.is_some()) else { continue };
        let key = CampaignKey { campaign, user: UserIndex(*user) };
        plays.under_way.push(UnderWay { key, triggered_ms: *triggered_ms, triggered_day: *triggered_day, tokens: tokens.map(Box::from) });
    }
    plays.under_way.sort_by_key(|under_way| under_way.key);
    for (id, day) in &record.openings {
        if let Some(play) = playbook.rules.iter().position(|rule| rule.head.kind == RuleKind::Play && rule.head.id == *id) {
            plays.note_opening(play as u16, *day);
        }
    }
    // Records of earlier builds know of those that are open alone.
    for (key, open) in open().filter(|(key, open)| engine.rule_of(*key).head.kind == RuleKind::Play && !record.held_out.contains(&open.id))
    {
        plays.note_opening(key.rule, open.opened_day);
    }
    (plays != Plays::default()).then(|| Box::new(plays))
}

/// What rules remember, in the order of their keys, and open incidents that the playbook lacks.
///
/// One of a product whose name is an alias now is the present product's, under the same id, unless that one has its own: of two the open one
/// stays, and the product's own of two that are alike.
fn restore_incidents<'r>(
    engine: &Engine,
    records: impl Iterator<Item = (Option<UserIndex>, &'r Incident<'r>)>,
) -> (Vec<(IncidentKey, IncidentState)>, Vec<Leftover>) {
    let mut incidents = Vec::with_capacity(records.size_hint().0);
    let mut likely = 0;
    let mut leftovers = Vec::new();
    for (user, incident) in records {
        let kind = if incident.is_play { RuleKind::Play } else { RuleKind::Alert };
        let open = incident.open.as_ref().map(|open| OpenIncident {
            id: open.id,
            opened_ms: open.opened_ms,
            opened_day: open.opened_day,
            due: open.due.unwrap_or(NEVER),
        });
        match (engine.incident_key(kind, incident.rule, incident.product, user, &mut likely), open) {
            (Some(key), open) => {
                let state = IncidentState { since: incident.since, last_clear: incident.last_clear, open: open.map(Box::new) };
                let product = incident.product.and_then(|product| engine.product_named(product.as_bytes()));
                incidents.push((key, product.is_some_and(|(_, is_alias)| is_alias), incident, state));
            }
            (None, Some(open)) => leftovers.push(leftover(engine, user, incident, open)),
            (None, None) => {}
        }
    }
    incidents.sort_by_key(|(key, is_alias, _, state)| (*key, state.open.is_none(), *is_alias));
    let mut kept: Vec<(IncidentKey, IncidentState)> = Vec::with_capacity(incidents.len());
    for (key, _, incident, state) in incidents {
        match kept.last_mut() {
            Some((other, of_product)) if *other == key => {
                of_product.last_clear = of_product.last_clear.max(state.last_clear);
                leftovers.extend(state.open.map(|open| leftover(engine, key.subject.user(), incident, *open)));
            }
            _ => kept.push((key, state)),
        }
    }
    (kept, leftovers)
}

fn leftover(engine: &Engine, user: Option<UserIndex>, incident: &Incident<'_>, open: OpenIncident) -> Leftover {
    let kind = if incident.is_play { RuleKind::Play } else { RuleKind::Alert };
    Leftover {
        rule: Arc::new(RuleHead {
            kind,
            id: incident.rule.to_string(),
            severity: incident.open.as_ref().map(|open| open.severity.to_string()).unwrap_or_default(),
        }),
        product: incident.product.map(str::to_owned),
        user,
        rule_exists: engine.playbook().rule(incident.rule).is_some_and(|rule| rule.head.kind == kind),
        incident: open,
    }
}

/// The stages of the playbook's products. That of a product that is gone is dropped; that of one whose name is an alias now is the present
/// product's, unless that one ever had its own, so that nothing is published anew.
fn restore_stages(engine: &mut Engine, index: AccountIndex, verdicts: &[ProductVerdict<'_>]) {
    let named = verdicts.len().min(engine.playbook().products.len());
    let account = engine.account_mut(index);
    account.reserve_products(named);
    // Of a record written earlier, which may have had others.
    for product in &mut account.products {
        product.stage = Stage::None;
        (product.stage_changed, product.below_since, product.adopted_day, product.lost_day) = (NEVER, NEVER, NEVER, NEVER);
    }
    let mut of_old = Vec::new();
    for verdict in verdicts {
        let Some((name, is_alias)) = engine.product_named(verdict.product.0) else { continue };
        let position = engine.restore_position(index, name);
        if is_alias {
            of_old.push((position, verdict));
        } else {
            take_verdict(&mut engine.account_mut(index).products[position], verdict);
        }
    }
    // Of several the one that stands highest.
    of_old.sort_by_key(|(_, verdict)| Reverse(verdict.stage));
    for (position, verdict) in of_old {
        let product = &mut engine.account_mut(index).products[position];
        let adopted = [product.adopted_day, verdict.adopted_day].into_iter().filter(|&day| day != NEVER).min();
        if (product.stage, product.stage_changed) == (Stage::None, NEVER) {
            take_verdict(product, verdict);
        }
        product.adopted_day = adopted.unwrap_or(NEVER);
    }
}

/// When stages last fell below `adopted`: that of a name that is an alias now is the present product's, unless that one has its own.
fn restore_falls(engine: &mut Engine, index: AccountIndex, falls: &[(Text<'_>, Day)]) {
    let mut known: Vec<_> = falls.iter().filter_map(|(product, day)| Some((engine.product_named(product.0)?, *day))).collect();
    known.sort_by_key(|((_, is_alias), _)| Reverse(*is_alias));
    for ((name, _), day) in known {
        let position = engine.restore_position(index, name);
        engine.account_mut(index).products[position].lost_day = day;
    }
}

fn take_verdict(product: &mut AccountProduct, verdict: &ProductVerdict<'_>) {
    product.stage = Stage::ALL.get(usize::from(verdict.stage)).copied().unwrap_or_default();
    product.stage_changed = verdict.stage_changed;
    product.below_since = verdict.below_since;
    product.adopted_day = verdict.adopted_day;
}

fn restore_core(engine: &mut Engine, index: AccountIndex, record: CoreRecord<'_>) {
    let connections = record.connections.iter().map(|(from, to)| (engine.intern(from), engine.intern(to))).collect();
    let zone = engine.zone_of(record.profile.as_deref().and_then(|profile| profile.time_zone.as_deref()));
    let account = engine.account_mut(index);
    account.connections = connections;
    account.profile = record.profile.map(Cow::into_owned);
    account.note_closed();
    account.signals = record.signals.map(Cow::into_owned);
    account.zone = zone;
    account.unknown = record.unknown;
}

fn restore_product(engine: &mut Engine, index: AccountIndex, product: &[u8], record: ProductRecord<'_>) -> Result<(), &'static str> {
    if !are_days([record.first_use, record.last_use, record.became_internal])
        || !record.entitlements.days().all(|day| are_days([day]))
        || !record.features.iter().all(|feature| are_days([feature.first_use]))
        || !record.gauges.iter().all(|gauge| are_days([gauge.day]) && gauge.days.iter().all(|level| is_in_calendar(level.day)))
    {
        return Err(NO_DAY);
    }
    if record.gauges.iter().any(|gauge| !gauge.days.is_sorted_by(|level, next| level.day < next.day)) {
        return Err("levels of days out of their order");
    }
    if record.features.len() > FeatureDays::FEATURES_MAX {
        return Err("more features than a product may have");
    }
    record.features.iter().try_for_each(|feature| feature.counts.check(2))?;
    let led = record.led.iter().map(|(.., runs)| runs);
    record.workflows.iter().map(|(_, runs)| runs).chain(led).chain([&record.events]).try_for_each(|counts| counts.check(4))?;
    let mut features = FeatureDays::for_rows(record.features.iter().map(|feature| feature.counts));
    for feature in &record.features {
        let first_use = if feature.first_use == NEVER { feature.counts.first_counted().unwrap_or(NEVER) } else { feature.first_use };
        features.restore(engine.intern_bytes(feature.feature.0).ok_or(NO_TEXT)?, first_use, feature.counts);
    }
    let gauge =
        |level: &GaugeLevel<'_>| Gauge::restored(engine.intern(level.gauge), level.time_ms, level.day, level.value, level.days.to_vec());
    let gauges = record.gauges.iter().map(gauge).collect();
    let workflow = |&(name, runs): &(&str, WrittenCells<'_>)| Workflow { name: engine.intern(name), runs: runs.into() };
    let workflows = record.workflows.iter().map(workflow).collect();
    let led = |(name, others, runs): &(&str, Vec<&str>, WrittenCells<'_>)| Led {
        name: engine.intern(name),
        others: others.iter().map(|other| engine.intern(other)).collect(),
        runs: (*runs).into(),
    };
    let led = record.led.iter().map(led).collect();
    let name = engine.intern_bytes(product).ok_or(NO_TEXT)?;
    let position = engine.restore_position(index, name);
    let facts = &mut engine.account_mut(index).products[position].facts;
    facts.first_use = record.first_use;
    facts.last_use = record.last_use;
    facts.became_internal = record.became_internal;
    facts.events = record.events.into();
    facts.features = features;
    facts.restore_rare(gauges, workflows, led);
    facts.entitlements = record.entitlements.into_owned();
    Ok(())
}

fn restore_page(engine: &mut Engine, index: AccountIndex, page: u32, record: UserPageRecord<'_>) -> Result<(), &'static str> {
    let from = page.checked_mul(Unsaved::PAGE_USERS).ok_or("a page beyond every user")? as usize;
    let page_users = Unsaved::PAGE_USERS as usize;
    let features = engine.features_max();
    record.products.iter().try_for_each(|product| product.rows.check(features))?;
    let users = record.users.len();
    if users > page_users || record.products.iter().any(|product| product.rows.users.checked_shr(users as u32).unwrap_or(0) != 0) {
        return Err("more users than the page holds");
    }
    if !record.users.iter().all(|user| are_days([user.seen])) {
        return Err(NO_DAY);
    }
    if record.users.iter().any(|user| user.id.0.len() > Users::ID_BYTES_MAX) {
        return Err("an id longer than any");
    }
    if record.users.iter().any(|user| !user.id.0.is_ascii() && std::str::from_utf8(user.id.0).is_err()) {
        return Err("an id that is no text");
    }
    if from > engine.users_max() {
        return Err("a page beyond the users that an account may have");
    }
    let users = &mut engine.account_mut(index).users;
    if from >= users.len() {
        users.make_room(record.users.len(), record.users.iter().map(|user| user.id.0.len()).sum());
    }
    for (offset, user) in record.users.into_iter().enumerate() {
        let (profile, told) = (user.profile.map(Cow::into_owned), user.told.map(Cow::into_owned));
        users.restore(UserIndex((from + offset) as u32), user.id.0, user.seen, profile, told);
    }
    // Of a record written earlier, which may have had rows with a product that was joined to another since.
    engine.account_mut(index).products.iter_mut().for_each(|product| product.facts.users.clear(page));
    for product in &record.products {
        let name = engine.intern_bytes(product.product.0).ok_or(NO_TEXT)?;
        let position = engine.restore_position(index, name);
        engine.account_mut(index).products[position].facts.users.restore(page, &product.rows);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::VERSION;
    use crate::changelog::record::{FeatureCounts, PageUser, Text};
    use crate::engine::EngineSettings;
    use crate::engine::facts::Entitlements;
    use crate::playbook::Playbook;
    use serde::Serialize;

    /// What is said of a record with that value.
    fn restored(key: Key<'_>, record: &impl Serialize) -> String {
        let mut engine = Engine::new(std::sync::Arc::new(Playbook::shipped()), EngineSettings::default());
        let (mut bytes, mut value) = (Vec::new(), vec![VERSION]);
        key.encode(&mut bytes);
        value.extend(postcard::to_stdvec(record).expect("encodes"));
        Restore::default().record(&mut engine, &bytes, Some(&value), None).map_or_else(|error| error.to_string(), |()| "sound".to_owned())
    }

    const SOUND: WrittenCells<'_> = WrittenCells { first: 20_000, days: 3, bits: 4, bytes: &[0x11, 1] };

    fn product<'a>(events: WrittenCells<'a>, feature: &'a [u8], counts: WrittenCells<'a>) -> ProductRecord<'a> {
        ProductRecord {
            first_use: NEVER,
            last_use: NEVER,
            became_internal: NEVER,
            events,
            features: vec![FeatureCounts { feature: Text(feature), first_use: NEVER, counts }],
            gauges: Vec::new(),
            workflows: Vec::new(),
            led: Vec::new(),
            entitlements: Cow::Owned(Entitlements::default()),
        }
    }

    #[test]
    fn malformed_counts_are_named() {
        let key = Key::Product { account: b"acme", product: b"crm" };
        let narrow = WrittenCells { bits: 2, days: 5, ..SOUND };
        assert_eq!(restored(key, &product(SOUND, b"f", SOUND)), "sound");
        assert_eq!(restored(key, &product(SOUND, b"f", narrow)), "sound");
        for (wrong, what) in [
            (WrittenCells { bits: 3, ..SOUND }, "counts of a width that none have"),
            (WrittenCells { bits: 0, ..SOUND }, "counts of a width that none have"),
            (WrittenCells { days: 129, bytes: &[1; 65], ..SOUND }, "counts of more days than are kept"),
            (WrittenCells { first: NEVER, ..SOUND }, "counts of a day that is in no calendar"),
            (WrittenCells { first: Day::MAX, ..SOUND }, "counts of a day that is in no calendar"),
            (WrittenCells { days: 5, ..SOUND }, "counts of more days or fewer than they say"),
            (WrittenCells { bytes: &[], ..SOUND }, "counts of more days or fewer than they say"),
            (WrittenCells { bytes: &[0x11, 0x11], ..SOUND }, "a count behind the last day"),
        ] {
            let expected = format!("the product record of account \"acme\" is out of bounds: {what}");
            assert_eq!(restored(key, &product(wrong, b"f", SOUND)), expected);
            assert_eq!(restored(key, &product(SOUND, b"f", wrong)), expected);
        }
        assert!(restored(key, &product(narrow, b"f", SOUND)).ends_with("counts of a width that none have"), "no product has such");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let key = Key::Product { account: b"acme", product: b"crm" };
        assert!(restored(key, &product(SOUND, b"\xFF", SOUND)).ends_with("a name that is no text"));
        let key = Key::Product { account: b"acme", product: b"\xFF" };
        assert!(restored(key, &product(SOUND, b"f", SOUND)).ends_with("a name that is no text"));
        let key = Key::Product { account: b"\xFF", product: b"crm" };
        assert!(restored(key, &product(SOUND, b"f", SOUND)).starts_with("a key that is none"));
        let key = Key::UserPage { account: b"acme", page: 0 };
        let page =
            |id| UserPageRecord { users: vec![PageUser { id: Text(id), seen: NEVER, profile: None, told: None }], products: Vec::new() };
        assert_eq!(restored(key, &page("ü".as_bytes())), "sound");
        assert!(restored(key, &page(b"\xC3")).ends_with("an id that is no text"));
    }
}
