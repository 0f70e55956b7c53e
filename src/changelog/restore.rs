//! Records to state.

use super::key::Key;
use super::record::{
    AsOfRecord, CoreRecord, DecodeError, Incident, PartitionRecord, ProductRecord, ProductVerdict, UserPageRecord, VerdictRecord, decode,
};
use crate::engine::facts::{FeatureDays, Gauge, UserRows, Users, Workflow};
use crate::engine::{AccountIndex, Day, Engine, IncidentState, Leftover, NEVER, OpenIncident, Stage, Unsaved};
use crate::playbook::RuleKind;

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
    /// By account index; empty where none was read.
    pub as_of: Vec<Vec<i64>>,
    pub records: u64,
    /// The account of the record before.
    last: Option<AccountIndex>,
}

impl Restore {
    /// Takes in a record; of a key the last one counts. No version writes tombstones yet: one says nothing.
    pub fn record(&mut self, engine: &mut Engine, key: &[u8], value: Option<&[u8]>) -> Result<(), RestoreError> {
        self.records += 1;
        let Some(decoded) = Key::decode(key) else { return Err(RestoreError::Key(key.to_vec())) };
        let Some(value) = value else { return Ok(()) };
        let kind = match decoded {
            Key::Partition => "partition",
            Key::Verdict { .. } => "verdict",
            Key::AsOf { .. } => "as-of",
            Key::Core { .. } => "core",
            Key::Product { .. } => "product",
            Key::UserPage { .. } => "user page",
        };
        let (Key::Verdict { account }
        | Key::AsOf { account }
        | Key::Core { account }
        | Key::Product { account, .. }
        | Key::UserPage { account, .. }) = decoded
        else {
            self.partition = Some(decode(value).map_err(|error| RestoreError::Value { kind, account: String::new(), error })?);
            return Ok(());
        };
        let failed = |error| RestoreError::Value { kind, account: account.to_owned(), error };
        let bounds = |what| RestoreError::Bounds { kind, account: account.to_owned(), what };
        let index = engine.restore_account(account, self.last);
        self.last = Some(index);
        match decoded {
            Key::Verdict { .. } => restore_verdicts(engine, index, &decode(value).map_err(failed)?).map_err(bounds)?,
            Key::AsOf { .. } => {
                let record: AsOfRecord = decode(value).map_err(failed)?;
                if self.as_of.len() <= index as usize {
                    self.as_of.resize(index as usize + 1, Vec::new());
                }
                self.as_of[index as usize] = record.offsets;
                engine.account_mut(index).recent_ids = record.recent_ids.map(Box::new);
            }
            Key::Core { .. } => restore_core(engine, index, decode(value).map_err(failed)?),
            Key::Product { product, .. } => {
                restore_product(engine, index, product, decode(value).map_err(failed)?).map_err(bounds)?;
            }
            Key::UserPage { page, .. } => restore_page(engine, index, page, &decode(value).map_err(failed)?).map_err(bounds)?,
            Key::Partition => {}
        }
        Ok(())
    }
}

/// A day of the calendar, or never.
fn is_day(day: Day) -> bool {
    day == NEVER || (-1_000_000..=4_000_000).contains(&day)
}

fn restore_verdicts(engine: &mut Engine, index: AccountIndex, record: &VerdictRecord<'_>) -> Result<(), &'static str> {
    let of_product = |verdict: &ProductVerdict<'_>| [verdict.stage_changed, verdict.below_since, verdict.adopted_day];
    let of_incident = |incident: &Incident<'_>| {
        let open = incident.open.as_ref();
        let due = open.and_then(|open| open.due);
        [incident.since, incident.last_clear, open.map_or(NEVER, |open| open.opened_day), due.unwrap_or(NEVER)]
    };
    let mut days = [record.day, record.began, record.stage_changed]
        .into_iter()
        .chain(record.products.iter().flat_map(of_product))
        .chain(record.incidents.iter().flat_map(of_incident));
    if !days.all(is_day) {
        return Err("a day that is in no calendar");
    }
    let same_playbook = record.playbook == engine.playbook_hash();
    let mut incidents = Vec::new();
    let mut leftovers = Vec::new();
    for incident in &record.incidents {
        let kind = if incident.is_play { RuleKind::Play } else { RuleKind::Alert };
        let open = incident.open.as_ref().map(|open| OpenIncident {
            id: open.id,
            opened_ms: open.opened_ms,
            opened_day: open.opened_day,
            due: open.due,
        });
        match (engine.instance_of(kind, &incident.rule, incident.product.as_deref()), open) {
            (Some(number), open) => {
                incidents
                    .push((number, IncidentState { since: incident.since, last_clear: incident.last_clear, open: open.map(Box::new) }));
            }
            (None, Some(open)) => leftovers.push(Leftover {
                is_play: incident.is_play,
                rule: incident.rule.to_string(),
                product: incident.product.as_deref().map(str::to_owned),
                severity: incident.open.as_ref().map(|open| open.severity.to_string()).unwrap_or_default(),
                rule_exists: engine.playbook().rule(&incident.rule).is_some_and(|rule| rule.kind == kind),
                incident: open,
            }),
            (None, None) => {}
        }
    }
    incidents.sort_by_key(|(number, _)| *number);
    let stage = engine.playbook().account_stages.iter().position(|stage| *stage.name == *record.stage);
    for verdict in &record.products {
        // The stage of a product that is gone is dropped.
        if engine.playbook().product(&verdict.product).is_none() {
            continue;
        }
        let position = engine.restore_position(index, &verdict.product);
        let product = &mut engine.account_mut(index).products[position];
        product.stage = Stage::ALL.get(usize::from(verdict.stage)).copied().unwrap_or_default();
        product.stage_changed = verdict.stage_changed;
        product.below_since = verdict.below_since;
        product.adopted_day = verdict.adopted_day;
    }
    let adopted = engine.account_mut(index).products_adopted();
    let stage = stage.unwrap_or_else(|| engine.playbook().account_stage(adopted));
    let account = engine.account_mut(index);
    account.day = record.day;
    account.began = record.began;
    account.stage = stage as u8;
    account.stage_changed = record.stage_changed;
    account.incidents = incidents;
    account.leftovers = (!leftovers.is_empty()).then(|| Box::new(leftovers));
    account.playbook_changed = !same_playbook;
    Ok(())
}

fn restore_core(engine: &mut Engine, index: AccountIndex, record: CoreRecord) {
    let connections = record.connections.iter().map(|(from, to)| (engine.intern(from), engine.intern(to))).collect();
    let zone = engine.zone_of(record.profile.as_deref().and_then(|profile| profile.time_zone.as_deref()));
    let account = engine.account_mut(index);
    account.connections = connections;
    account.profile = record.profile;
    account.signals = record.signals;
    account.zone = zone;
    account.recount_integrations();
}

fn restore_product(engine: &mut Engine, index: AccountIndex, product: &str, record: ProductRecord<'_>) -> Result<(), &'static str> {
    let terms = record.entitlements.present.iter().chain(&record.entitlements.waiting);
    let of_terms = terms.flat_map(|term| [term.starts, term.entitled_since, term.ends.unwrap_or(NEVER)]);
    let of_features = record.features.iter().map(|feature| feature.last_use);
    let of_gauges = record.gauges.iter().map(|gauge| gauge.day);
    if !of_terms.chain(of_features).chain(of_gauges).chain([record.first_use, record.last_use]).all(is_day) {
        return Err("a day that is in no calendar");
    }
    if record.features.len() > FeatureDays::FEATURES_MAX {
        return Err("more features than a product may have");
    }
    let position = engine.restore_position(index, product);
    let features: Vec<_> = record.features.into_iter().map(|feature| (engine.intern(&feature.feature), feature.counts)).collect();
    let gauges = record.gauges.into_iter().map(|level| Gauge {
        name: engine.intern(&level.gauge),
        time_ms: level.time_ms,
        day: level.day,
        value: level.value,
    });
    let gauges = gauges.collect();
    let workflows = record.workflows.into_iter().map(|(name, runs)| Workflow { name: engine.intern(&name), runs: runs.into_owned() });
    let workflows = workflows.collect();
    let account = engine.account_mut(index);
    let facts = &mut account.products[position].facts;
    facts.first_use = record.first_use;
    facts.last_use = record.last_use;
    facts.events = record.events.into_owned();
    facts.features = FeatureDays::restored(&features);
    facts.restore_rare(gauges, workflows);
    facts.entitlements = record.entitlements.into_owned();
    account.recount_integrations();
    Ok(())
}

fn restore_page(engine: &mut Engine, index: AccountIndex, page: u32, record: &UserPageRecord<'_>) -> Result<(), &'static str> {
    let from = page.checked_mul(Unsaved::PAGE_USERS).ok_or("a page beyond every user")? as usize;
    let page_users = Unsaved::PAGE_USERS as usize;
    let features = engine.features_max();
    let malformed = |product: &super::record::PageProduct<'_>| {
        !UserRows::is_stride(product.stride, features) || !product.rows.len().is_multiple_of(usize::from(product.stride))
    };
    if record.products.iter().any(malformed) {
        return Err("rows of a length that none has");
    }
    let beyond = |product: &super::record::PageProduct<'_>| product.rows.len() / usize::from(product.stride) > page_users;
    if record.users.len() > page_users || record.products.iter().any(beyond) {
        return Err("more users than a page holds");
    }
    if record.users.iter().any(|user| user.id.len() > Users::ID_BYTES_MAX) {
        return Err("an id longer than any");
    }
    if from > engine.users_max() {
        return Err("a page beyond the users that an account may have");
    }
    if from >= engine.accounts()[index as usize].users.len() {
        engine.restore_users(index, record.users.len(), record.users.iter().map(|user| user.id.len()).sum());
    }
    for (offset, user) in record.users.iter().enumerate() {
        let number = crate::engine::facts::UserIndex((from + offset) as u32);
        engine.restore_user(index, number, &user.id, user.profile.as_deref());
    }
    for product in &record.products {
        let position = engine.restore_position(index, &product.product);
        engine.account_mut(index).products[position].facts.users.restore(from, product.stride, product.rows);
    }
    Ok(())
}
