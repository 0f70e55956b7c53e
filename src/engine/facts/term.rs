//! What an account may use: the term in force of a product and the one that waits.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::day::Day;
use crate::input::EntitlementStatus;
use crate::tagged::tagged;

/// One product's entitlement, as last told. Apart, as a product may be used by accounts of which no term is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlements(Option<Box<Terms>>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Terms {
    present: Option<Term>,
    /// Replaces the present term on its `starts`; one at most.
    waiting: Option<Box<Term>>,
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Term {
        1 trialing: bool,
        2 ended: bool,
        3 starts: Day,
        /// Included; absent = open.
        4 ends: Option<Day>,
        /// First day of the unbroken entitlement that this term belongs to.
        5 entitled_since: Day,
        6 seats: Option<u32>,
        7 plan: Option<String>,
        8 addons: Vec<String>,
        9 features: Vec<String>,
        10 arr: Option<f64>,
    }
}

/// How a product's entitlement stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermState {
    /// No term was told, or only one that waits.
    NeverTold,
    InForce,
    /// `status: ended`, or the day lies after `ends`.
    Ended,
}

impl Entitlements {
    /// Takes in an entitlement event read on day `today`, whose own day is `event_day`.
    pub fn tell(&mut self, event: &crate::input::Entitlement<'_>, event_day: Day, today: Day) {
        let ended = event.status == EntitlementStatus::Ended;
        let starts = if ended { event_day } else { event.starts.map_or(event_day, |date| date.0) };
        let owned = |texts: &Option<Vec<Cow<'_, str>>>| texts.iter().flatten().map(|text| text.to_string()).collect();
        let term = Term {
            trialing: event.status == EntitlementStatus::Trialing,
            ended,
            starts,
            ends: event.ends.map(|date| date.0),
            entitled_since: starts,
            seats: event.seats,
            plan: event.plan.as_ref().map(|plan| plan.to_string()),
            addons: owned(&event.addons),
            features: owned(&event.features),
            arr: event.arr,
            ..Term::default()
        };
        let terms = self.0.get_or_insert_default();
        if ended {
            terms.waiting = None;
            terms.replace(term);
        } else if starts > today {
            terms.waiting = Some(Box::new(term));
        } else {
            terms.replace(term);
        }
    }

    /// Whether the waiting term takes over on this day; if so, it does. Returns whether anything changed.
    pub fn live(&mut self, today: Day) -> bool {
        let Some(terms) = &mut self.0 else { return false };
        match terms.waiting.take_if(|term| term.starts <= today) {
            Some(term) => {
                terms.replace(*term);
                true
            }
            None => false,
        }
    }

    /// The present term and the one that waits.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().flat_map(|terms| terms.present.iter().chain(terms.waiting.as_deref()))
    }

    pub fn state(&self, today: Day) -> TermState {
        match self.present() {
            None => TermState::NeverTold,
            Some(term) if term.ended || term.ends.is_some_and(|ends| today > ends) => TermState::Ended,
            Some(_) => TermState::InForce,
        }
    }

    pub fn in_force(&self, today: Day) -> Option<&Term> {
        self.present().filter(|_| self.state(today) == TermState::InForce)
    }

    /// The first day after `today` on which the term in force ends or the waiting one begins.
    pub fn next_change(&self, today: Day) -> Option<Day> {
        let ends = self.in_force(today).and_then(|term| term.ends).map(|ends| ends + 1);
        let waiting = self.0.as_ref().and_then(|terms| terms.waiting.as_ref());
        let starts = waiting.map(|term| term.starts.max(today + 1));
        [ends, starts].into_iter().flatten().min()
    }

    fn present(&self) -> Option<&Term> {
        self.0.as_ref()?.present.as_ref()
    }
}

impl Terms {
    fn replace(&mut self, mut term: Term) {
        if let Some(before) = &self.present
            && !term.ended
            && !before.ended
            && before.ends.is_none_or(|ends| ends >= term.starts - 1)
        {
            term.entitled_since = term.starts.min(before.entitled_since);
        }
        self.present = Some(term);
    }
}

impl Serialize for Entitlements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(terms) => terms.serialize(serializer),
            None => Terms::default().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Entitlements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let terms = Terms::deserialize(deserializer)?;
        Ok(Self((terms != Terms::default()).then(|| Box::new(terms))))
    }
}
