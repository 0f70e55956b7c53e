//! State to records.

use std::borrow::Cow;

use serde::Serialize;

use super::key::Key;
use super::record::{
    AsOfRecord, CoreRecord, FeatureCounts, GaugeLevel, Incident, Open, PageProduct, PageUser, PartitionRecord, ProductRecord,
    ProductVerdict, UserPageRecord, VERSION, VerdictRecord,
};
use crate::engine::{Account, Engine, NEVER, Unsaved};
use crate::playbook::RuleKind;

/// Encodes records one by one into buffers of its own and hands them to a sink: key, then value.
#[derive(Debug, Default)]
pub struct Writer {
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Writer {
    pub fn partition<E>(&mut self, record: &PartitionRecord, sink: &mut impl FnMut(&[u8], &[u8]) -> Result<(), E>) -> Result<(), E> {
        self.record(Key::Partition, record, sink)
    }

    pub fn verdicts<E>(
        &mut self,
        engine: &Engine,
        account: &Account,
        sink: &mut impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let playbook = engine.playbook();
        let named = account.products.iter().filter_map(|product| Some((product, product.index?)));
        let products = named
            .map(|(product, index)| ProductVerdict {
                product: Cow::Borrowed(&playbook.products[usize::from(index.0)].id),
                stage: product.stage as u8,
                stage_changed: product.stage_changed,
                below_since: product.below_since,
                adopted_day: product.adopted_day,
            })
            .collect();
        let mut incidents: Vec<Incident<'_>> = account
            .incidents
            .iter()
            .map(|(number, state)| {
                let (rule, product) = engine.subject_of(*number);
                Incident {
                    is_play: rule.kind == RuleKind::Play,
                    rule: Cow::Borrowed(&rule.id),
                    product: product.map(|index| Cow::Borrowed(&*playbook.products[usize::from(index.0)].id)),
                    since: state.since,
                    last_clear: state.last_clear,
                    open: state.open.as_ref().map(|open| Open {
                        id: open.id,
                        opened_ms: open.opened_ms,
                        opened_day: open.opened_day,
                        due: open.due,
                        severity: Cow::Borrowed(&rule.severity),
                    }),
                }
            })
            .collect();
        // Not yet settled: the account has not been judged by the present playbook.
        incidents.extend(account.leftovers.iter().flat_map(|leftovers| leftovers.iter()).map(|leftover| Incident {
            is_play: leftover.is_play,
            rule: Cow::Borrowed(&leftover.rule),
            product: leftover.product.as_deref().map(Cow::Borrowed),
            since: NEVER,
            last_clear: NEVER,
            open: Some(Open {
                id: leftover.incident.id,
                opened_ms: leftover.incident.opened_ms,
                opened_day: leftover.incident.opened_day,
                due: leftover.incident.due,
                severity: Cow::Borrowed(&leftover.severity),
            }),
        }));
        let record = VerdictRecord {
            playbook: if account.playbook_changed { 0 } else { engine.playbook_hash() },
            day: account.day,
            began: account.began,
            stage: Cow::Borrowed(&playbook.account_stages[usize::from(account.stage)].name),
            stage_changed: account.stage_changed,
            products,
            incidents,
        };
        self.record(Key::Verdict { account: &account.id }, &record, sink)
    }

    /// Writes the unsaved facts of an account and the offsets they are as of. Returns the number of records.
    pub fn facts<E>(
        &mut self,
        engine: &Engine,
        account: &Account,
        as_of: &[i64],
        sink: &mut impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let id = &*account.id;
        if account.unsaved.core {
            let text = |name| engine.names().text(name).to_owned();
            let record = CoreRecord {
                profile: account.profile.clone(),
                signals: account.signals.clone(),
                connections: account.connections.iter().map(|&(from, to)| (text(from), text(to))).collect(),
            };
            self.record(Key::Core { account: id }, &record, sink)?;
        }
        for position in 0..account.products.len() {
            if account.products[position].unsaved {
                let product = engine.names().text(account.products[position].facts.name);
                self.record(Key::Product { account: id, product }, &product_record(engine, account, position), sink)?;
            }
        }
        for (word, bits) in account.unsaved.user_pages.iter().enumerate() {
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                let page = word as u32 * 64 + bit;
                self.record(Key::UserPage { account: id, page }, &user_page(engine, account, page), sink)?;
            }
        }
        let recent_ids = account.recent_ids.as_deref().cloned();
        self.record(Key::AsOf { account: id }, &AsOfRecord { offsets: as_of.to_vec(), recent_ids }, sink)
    }

    fn record<E>(&mut self, key: Key<'_>, record: &impl Serialize, sink: &mut impl FnMut(&[u8], &[u8]) -> Result<(), E>) -> Result<(), E> {
        key.encode(&mut self.key);
        self.value.clear();
        self.value.push(VERSION);
        self.value = postcard::to_extend(record, std::mem::take(&mut self.value)).expect("records serialize into memory");
        sink(&self.key, &self.value)
    }
}

fn product_record<'a>(engine: &'a Engine, account: &'a Account, position: usize) -> ProductRecord<'a> {
    let facts = &account.products[position].facts;
    let text = |name| Cow::Borrowed(engine.names().text(name));
    ProductRecord {
        first_use: facts.first_use,
        last_use: facts.last_use,
        events: Cow::Borrowed(&facts.events),
        features: facts
            .features
            .iter()
            .map(|(name, row)| FeatureCounts {
                feature: text(name),
                last_use: row.last_counted().unwrap_or(NEVER),
                counts: Cow::Owned(row.into()),
            })
            .collect(),
        gauges: facts
            .gauges()
            .iter()
            .map(|gauge| GaugeLevel { gauge: text(gauge.name), time_ms: gauge.time_ms, day: gauge.day, value: gauge.value })
            .collect(),
        workflows: facts.workflows().iter().map(|workflow| (text(workflow.name), Cow::Borrowed(&workflow.runs))).collect(),
        entitlements: Cow::Borrowed(&facts.entitlements),
    }
}

fn user_page<'a>(engine: &'a Engine, account: &'a Account, page: u32) -> UserPageRecord<'a> {
    let from = (page * Unsaved::PAGE_USERS) as usize;
    let end = (from + Unsaved::PAGE_USERS as usize).min(account.users.len());
    let users = (from..end)
        .map(|index| {
            let user = crate::engine::facts::UserIndex(index as u32);
            PageUser { id: Cow::Borrowed(account.users.id(user)), profile: account.users.profile(user).map(Cow::Borrowed) }
        })
        .collect();
    let products = account
        .products
        .iter()
        .map(|product| {
            let (stride, rows) = product.facts.users.written(from, end);
            PageProduct { product: Cow::Borrowed(engine.names().text(product.facts.name)), stride, rows }
        })
        .filter(|product| !product.rows.is_empty())
        .collect();
    UserPageRecord { users, products }
}
