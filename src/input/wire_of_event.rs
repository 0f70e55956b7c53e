//! From an event back to its record: what was understood, in the plainest form.

use std::borrow::Cow;

use super::event::{AccountPatch, Body, Event, IntegrationStatus, Patch, UserPatch};
use super::instant::format_date;
use super::wire::{self, Common, Date, Record, Time};

impl From<&Event<'_>> for Record {
    /// Decoding the record gives the event again. The time is written as Unix milliseconds.
    fn from(event: &Event<'_>) -> Record {
        let id = event.id.as_deref().map(text);
        let common = Common { id, time: Time::Ms(event.time_ms), account: text(&event.account) };
        match &event.body {
            Body::Usage { product, user, feature, quantity } => Record::Usage(wire::Usage {
                common,
                product: text(product),
                user: user.as_deref().map(text),
                feature: feature.as_deref().map(text),
                quantity: Some(*quantity),
            }),
            Body::Gauge { product, name, value } => {
                Record::Gauge(wire::Gauge { common, product: text(product), name: text(name), value: *value })
            }
            Body::Entitlement(entitlement) => Record::Entitlement(wire::Entitlement {
                common,
                product: text(&entitlement.product),
                status: entitlement.status,
                seats: entitlement.seats,
                plan: entitlement.plan.as_deref().map(text),
                addons: entitlement.addons.as_deref().map(texts),
                features: entitlement.features.as_deref().map(texts),
                arr: entitlement.arr,
                starts: entitlement.starts.map(date),
                ends: entitlement.ends.map(date),
            }),
            Body::Account(patch) => Record::Account(account(common, patch)),
            Body::User(patch) => Record::User(user(common, patch)),
            Body::Integration { from, to, connected } => Record::Integration(wire::Integration {
                common,
                from: text(from),
                to: text(to),
                status: if *connected { IntegrationStatus::Connected } else { IntegrationStatus::Disconnected },
            }),
            Body::Workflow { name, products, user, quantity } => Record::Workflow(wire::Workflow {
                common,
                name: text(name),
                products: texts(products),
                user: user.as_deref().map(text),
                quantity: Some(*quantity),
            }),
            Body::Touchpoint { kind, user } => {
                Record::Touchpoint(wire::Touchpoint { common, kind: *kind, user: user.as_deref().map(text) })
            }
            Body::Nps { user, score, comment } => {
                Record::Nps(wire::Nps { common, user: text(user), score: *score, comment: comment.as_deref().map(text) })
            }
            Body::Task { incident, task, status, reason } => Record::Task(wire::Task {
                common,
                incident: text(incident),
                task: text(task),
                status: *status,
                reason: reason.as_deref().map(text),
            }),
            Body::Outcome { kind, amount, reason } => {
                Record::Outcome(wire::Outcome { common, kind: *kind, amount: *amount, reason: reason.as_deref().map(text) })
            }
        }
    }
}

fn account(common: Common, patch: &AccountPatch<'_>) -> wire::Account {
    wire::Account {
        common,
        name: nullable_text(&patch.name),
        employees: nullable(&patch.employees, u32::clone),
        industry: nullable_text(&patch.industry),
        region: nullable_text(&patch.region),
        use_cases: nullable(&patch.use_cases, |cases| texts(cases)),
        time_zone: nullable_text(&patch.time_zone),
        owner: nullable_text(&patch.owner),
        account_executive: nullable_text(&patch.account_executive),
        success_role: nullable_text(&patch.success_role),
        parent: nullable_text(&patch.parent),
        onboarding_completed: nullable(&patch.onboarding_completed, |days| date(*days)),
        contract: nullable(&patch.contract, |contract| wire::Contract {
            starts: contract.starts.map(date),
            renewal: contract.renewal.map(date),
            arr: contract.arr,
        }),
        health: nullable(&patch.health, |health| wire::Health {
            relationship: health.relationship,
            service: health.service,
            financial: health.financial,
        }),
    }
}

fn user(common: Common, patch: &UserPatch<'_>) -> wire::User {
    wire::User {
        common,
        user: text(&patch.user),
        name: nullable_text(&patch.name),
        email: nullable_text(&patch.email),
        role: nullable_text(&patch.role),
        level: nullable(&patch.level, |level| *level),
        department: nullable_text(&patch.department),
        key: nullable(&patch.key, bool::clone),
        internal: nullable(&patch.internal, bool::clone),
        created: nullable(&patch.created, |days| date(*days)),
        left: nullable(&patch.left, |days| date(*days)),
    }
}

fn nullable<T, U>(patch: &Patch<T>, convert: impl FnOnce(&T) -> U) -> Option<Option<U>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(value) => Some(Some(convert(value))),
    }
}

fn nullable_text(patch: &Patch<Cow<'_, str>>) -> Option<Option<String>> {
    nullable(patch, |string| text(string))
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn texts(texts: &[Cow<'_, str>]) -> Vec<String> {
    texts.iter().map(|string| text(string)).collect()
}

fn date(days: i32) -> Date {
    Date(format_date(days))
}
