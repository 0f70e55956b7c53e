//! What an account may use: the terms of a product, those that wait, and what was seen of them from one look to the next.
//!
//! They are looked at whenever what is in force may have become another: when a term is told, on the days on which one begins, ends or is out of
//! grace, when the account is closed or opened again, and by an edited playbook. What is then seen (whether the product is entitled, since when,
//! the seats) stays true until the next look, so that nothing else need ask for the days of grace or whether the account is closed.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::day::Day;
use crate::input::EntitlementStatus;
use crate::playbook::GRACE_DAYS_MAX;
use crate::tagged::tagged;

/// One product's entitlement. Apart, as a product may be used by accounts of which no term is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlements(Option<Box<Terms>>);

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Terms {
        /// One of each id: the last told of those that have begun.
        1 begun: Vec<Term>,
        /// One of each id at most: replaces the one that has begun on its `starts`.
        2 waiting: Vec<Term>,
        /// Any was told that did not only wait.
        3 is_told: bool,
        /// E: what the entitled days count from. It outlasts the entitlement, as the next one may go on from it.
        4 entitled_since: Option<Day>,
        /// The last day on which a term was in force; none while one is, or where an `ended` left none.
        5 entitled_until: Option<Day>,
        /// The sum as last seen.
        6 seats: Option<u64>,
        /// The day on which it was seen to change.
        7 seats_since: Option<Day>,
    }
}

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Term {
        1 id: Option<String>,
        /// The place of its event among those of the account's terms.
        2 told: u64,
        /// Nothing else of such a one matters but that it is later than others of its id.
        3 ended: bool,
        4 trialing: bool,
        /// The first day: the event's, where it gave none.
        5 starts: Day,
        /// Included; absent = open.
        6 ends: Option<Day>,
        7 seats: Option<u32>,
        8 plan: Option<String>,
        9 addons: Vec<String>,
        10 features: Vec<String>,
        11 arr: Option<f64>,
    }
}

/// What decides, beside its terms, whether a product is entitled.
#[derive(Clone, Copy, Debug)]
pub struct TermContext {
    /// D.
    pub today: Day,
    /// The playbook's `stages.grace_days`.
    pub grace_days: Day,
    /// The account is closed: nothing is in force.
    pub closed: bool,
}

/// How a product's entitlement stood at the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermState {
    /// No term was told, or only such as wait.
    NeverTold,
    InForce,
    /// Terms were told, and none is in force.
    Ended,
}

impl Entitlements {
    /// Takes in an entitlement event of the day `event_day`, the `told`th of the account, and looks at the terms. False: it is one more than
    /// may be held, and is not.
    pub fn tell(&mut self, event: &crate::input::Entitlement<'_>, event_day: Day, told: u64, on: TermContext, terms_max: usize) -> bool {
        let terms = self.0.get_or_insert_default();
        terms.forget_long_past(on.today);
        let ended = event.status == EntitlementStatus::Ended;
        let kept = if ended {
            terms.end(event.term.as_deref(), event_day, told, on, terms_max);
            true
        } else {
            let term = Term::new(event, event_day, told);
            let waits = term.starts > on.today;
            terms.is_told |= !waits;
            terms.put(term, waits, on, terms_max)
        };
        if ended && !terms.any_in_force(on) {
            // What comes next begins anew.
            (terms.entitled_since, terms.entitled_until) = (None, None);
        }
        terms.look(on, on.today);
        kept
    }

    /// A day has begun: the waiting terms whose day it is begin, and the terms are looked at. Returns whether anything changed.
    pub fn live(&mut self, on: TermContext) -> bool {
        let Some(terms) = &mut self.0 else { return false };
        let mut changed = false;
        while let Some(place) = terms.waiting.iter().position(|term| term.starts <= on.today) {
            let term = terms.waiting.remove(place);
            terms.begun.retain(|other| other.id != term.id);
            terms.begun.push(term);
            terms.is_told = true;
            changed = true;
        }
        terms.look(on, on.today - 1) || changed
    }

    /// Looks at the terms within a day, for something else than they may have changed what is in force. Returns whether anything did.
    pub fn look(&mut self, on: TermContext) -> bool {
        self.0.as_mut().is_some_and(|terms| terms.look(on, on.today))
    }

    pub fn state(&self) -> TermState {
        match &self.0 {
            Some(terms) if terms.is_entitled() => TermState::InForce,
            Some(terms) if terms.is_told => TermState::Ended,
            _ => TermState::NeverTold,
        }
    }

    pub fn is_entitled(&self) -> bool {
        self.state() == TermState::InForce
    }

    /// E, while a term is in force.
    pub fn entitled_since(&self) -> Option<Day> {
        self.entitled()?.entitled_since
    }

    /// The sum over the terms in force that have any, and the day on which it was seen to change.
    pub fn seats(&self) -> Option<(u64, Day)> {
        let terms = self.0.as_ref()?;
        terms.seats.zip(terms.seats_since)
    }

    /// Those in force.
    pub fn in_force(&self, today: Day, grace_days: Day) -> impl Iterator<Item = &Term> {
        self.entitled().into_iter().flat_map(move |terms| terms.in_force(today, grace_days))
    }

    /// Of those in force the one that ends last; of several the later told.
    pub fn last_to_end(&self, today: Day, grace_days: Day) -> Option<&Term> {
        self.in_force(today, grace_days).max_by_key(|term| (term.ends.unwrap_or(Day::MAX), term.told))
    }

    /// The first day after `today` on which the terms in force may be others by the day alone.
    pub fn next_change(&self, today: Day, grace_days: Day) -> Option<Day> {
        let terms = self.0.as_ref()?;
        let ends = terms.begun.iter().filter(|term| !term.ended).filter_map(|term| term.ends);
        let passes = ends.flat_map(|ends| [ends + 1, ends + 1 + grace_days]).filter(|&day| day > today);
        passes.chain(terms.waiting.iter().map(|term| term.starts.max(today + 1))).min()
    }

    /// The place of the event told last.
    pub fn last_told(&self) -> u64 {
        self.all().map(|term| term.told).max().unwrap_or_default()
    }

    /// Every day that is held, for whoever restores them.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        let seen = self.0.iter().flat_map(|terms| [terms.entitled_since, terms.entitled_until, terms.seats_since]);
        self.all().flat_map(|term| [Some(term.starts), term.ends]).chain(seen).flatten()
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let terms =
            self.0.as_ref().map_or(0, |terms| size_of::<Terms>() + (terms.begun.capacity() + terms.waiting.capacity()) * size_of::<Term>());
        terms + self.all().map(Term::text_bytes).sum::<usize>()
    }

    fn all(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().flat_map(|terms| terms.begun.iter().chain(&terms.waiting))
    }

    fn entitled(&self) -> Option<&Terms> {
        self.0.as_deref().filter(|terms| terms.is_entitled())
    }
}

impl Terms {
    fn is_entitled(&self) -> bool {
        self.entitled_since.is_some() && self.entitled_until.is_none()
    }

    /// Those that are not ended and whose dates hold the day; where there are none, those that ended no longer ago than the days of grace. All
    /// have begun.
    fn in_force(&self, today: Day, grace_days: Day) -> impl Iterator<Item = &Term> {
        let lasts = |term: &&Term, to: Day| !term.ended && term.ends.is_none_or(|ends| to <= ends);
        let grace_days = if self.begun.iter().any(|term| lasts(&term, today)) { 0 } else { grace_days };
        self.begun.iter().filter(move |term| lasts(term, today - grace_days))
    }

    fn any_in_force(&self, on: TermContext) -> bool {
        !on.closed && self.in_force(on.today, on.grace_days).next().is_some()
    }

    /// Sees what is in force now. `last`: the last day on which it was as seen before. Returns whether it is another.
    fn look(&mut self, on: TermContext, last: Day) -> bool {
        let seen = |terms: &Self| (terms.entitled_since, terms.entitled_until, terms.seats, terms.seats_since);
        let before = seen(self);
        let (mut begins, mut seats) = (None, None);
        if !on.closed {
            for term in self.in_force(on.today, on.grace_days) {
                begins = Some(begins.map_or(term.starts, |begins: Day| begins.min(term.starts)));
                seats = term.seats.map(u64::from).map(|of_term| seats.unwrap_or(0) + of_term).or(seats);
            }
        }
        match begins {
            Some(begins) => {
                let goes_on = self.entitled_until.is_none_or(|until| until >= begins - 1);
                self.entitled_since = Some(self.entitled_since.filter(|_| goes_on).map_or(begins, |since| since.min(begins)));
                self.entitled_until = None;
            }
            None if self.is_entitled() => self.entitled_until = Some(last),
            None => {}
        }
        if seats != self.seats {
            (self.seats, self.seats_since) = (seats, Some(on.today));
        }
        seen(self) != before
    }

    /// `status: ended`, of one term or, without an id, of all.
    fn end(&mut self, id: Option<&str>, day: Day, told: u64, on: TermContext, terms_max: usize) {
        let ends = |term: &Term| id.is_none() || term.id.as_deref() == id;
        self.is_told = true;
        self.waiting.retain(|term| !ends(term));
        for term in self.begun.iter_mut().filter(|term| ends(term)) {
            *term = Term::ended(term.id.take(), day, told);
        }
        // It is remembered where there is room; nothing in force follows from it.
        self.put(Term::ended(id.map(str::to_owned), day, told), false, on, terms_max);
    }

    /// Replaces the term of the same id. False: there is none, and no room for one more.
    fn put(&mut self, term: Term, waits: bool, on: TermContext, terms_max: usize) -> bool {
        let list = if waits { &mut self.waiting } else { &mut self.begun };
        if let Some(old) = list.iter_mut().find(|old| old.id == term.id) {
            *old = term;
            return true;
        }
        if self.begun.len() + self.waiting.len() >= terms_max && !self.make_room(on) {
            return false;
        }
        let list = if waits { &mut self.waiting } else { &mut self.begun };
        list.push(term);
        true
    }

    /// Drops the term that has been over for the longest.
    fn make_room(&mut self, on: TermContext) -> bool {
        let over = |term: &Term| term.ends.filter(|&ends| term.ended || ends + on.grace_days < on.today);
        let places = self.begun.iter().enumerate().filter_map(|(place, term)| Some((over(term)?, place)));
        places.min().map(|(_, place)| self.begun.remove(place)).is_some()
    }

    /// Drops what no playbook's days of grace can bring back in force.
    fn forget_long_past(&mut self, today: Day) {
        self.begun.retain(|term| term.ends.is_none_or(|ends| ends + Day::from(GRACE_DAYS_MAX) >= today));
    }
}

impl Term {
    fn new(event: &crate::input::Entitlement<'_>, event_day: Day, told: u64) -> Self {
        let owned = |texts: &Option<Vec<Cow<'_, str>>>| texts.iter().flatten().map(|text| text.to_string()).collect();
        Self {
            id: event.term.as_ref().map(|id| id.to_string()),
            told,
            trialing: event.status == EntitlementStatus::Trialing,
            starts: event.starts.map_or(event_day, |date| date.0),
            ends: event.ends.map(|date| date.0),
            seats: event.seats,
            plan: event.plan.as_ref().map(|plan| plan.to_string()),
            addons: owned(&event.addons),
            features: owned(&event.features),
            arr: event.arr,
            ..Self::default()
        }
    }

    fn ended(id: Option<String>, day: Day, told: u64) -> Self {
        Self { id, told, ended: true, starts: day, ends: Some(day), ..Self::default() }
    }

    fn text_bytes(&self) -> usize {
        let lists = self.addons.iter().chain(&self.features);
        lists.map(|text| size_of::<String>() + text.len()).sum::<usize>()
            + [&self.id, &self.plan].into_iter().flatten().map(|text| text.len()).sum::<usize>()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Date, Entitlement};

    /// Terms of a product on days without grace, two at most.
    #[derive(Default)]
    struct Told {
        entitlements: Entitlements,
        today: Day,
        told: u64,
    }

    impl Told {
        fn on(&self) -> TermContext {
            TermContext { today: self.today, grace_days: 0, closed: false }
        }

        fn live(&mut self, today: Day) {
            while self.today < today {
                self.today += 1;
                self.entitlements.live(self.on());
            }
        }

        fn tell(&mut self, id: &str, status: EntitlementStatus, starts: Day, ends: Option<Day>) -> bool {
            self.told += 1;
            let event = Entitlement {
                product: "crm".into(),
                term: (!id.is_empty()).then(|| id.to_owned().into()),
                status,
                seats: Some(1),
                plan: None,
                addons: None,
                features: None,
                arr: None,
                starts: Some(Date(starts)),
                ends: ends.map(Date),
            };
            self.entitlements.tell(&event, self.today, self.told, self.on(), 2)
        }

        fn ids(&self) -> Vec<&str> {
            self.entitlements.all().map(|term| term.id.as_deref().unwrap_or_default()).collect()
        }

        fn seats(&self) -> Option<u64> {
            self.entitlements.seats().map(|(seats, _)| seats)
        }
    }

    #[test]
    fn one_term_too_many_takes_the_place_of_one_that_is_over() {
        use EntitlementStatus::{Active, Ended};
        let mut told = Told::default();
        assert!(told.tell("a", Active, 0, Some(3)) && told.tell("b", Active, 0, Some(5)));
        // All are in force, or wait: there is no place.
        assert!(!told.tell("c", Active, 0, None) && !told.tell("c", Active, 9, None));
        assert!(told.tell("b", Active, 0, Some(4)), "one of an id that is held needs none");
        told.live(4);
        assert!(told.tell("c", Active, 4, Some(8)), "a is over");
        assert_eq!((told.ids(), told.seats()), (vec!["b", "c"], Some(2)));
        assert!(told.tell("c", Ended, 0, None));
        assert!(told.tell("d", Active, 6, None), "c has ended");
        assert_eq!((told.ids(), told.seats()), (vec!["b", "d"], Some(1)));
        // One that is over takes no place from those that are not.
        assert!(told.tell("e", Ended, 0, None));
        assert_eq!((told.ids(), told.entitlements.state()), (vec!["b", "d"], TermState::InForce));
        assert!(told.tell("", Ended, 0, None));
        assert_eq!((told.seats(), told.entitlements.state()), (None, TermState::Ended));
    }

    #[test]
    fn what_no_days_of_grace_can_bring_back_is_forgotten() {
        let mut told = Told::default();
        told.tell("a", EntitlementStatus::Active, 0, Some(0));
        told.today = Day::from(GRACE_DAYS_MAX);
        told.tell("b", EntitlementStatus::Active, told.today, None);
        assert_eq!(told.ids(), ["a", "b"]);
        told.today += 1;
        told.tell("b", EntitlementStatus::Active, told.today, None);
        assert_eq!(told.ids(), ["b"]);
    }

    #[test]
    fn the_longest_grace_is_looked_at_when_it_ends() {
        let mut told = Told::default();
        told.tell("a", EntitlementStatus::Active, 0, Some(10));
        for (today, grace_days, due) in
            [(0, 0, Some(11)), (0, 5, Some(11)), (11, 5, Some(16)), (15, 5, Some(16)), (16, 5, None), (11, 0, None)]
        {
            assert_eq!(told.entitlements.next_change(today, grace_days), due, "{today} {grace_days}");
        }
        told.tell("a", EntitlementStatus::Active, 7, None);
        assert_eq!(told.entitlements.next_change(0, 5), Some(7));
    }

    #[test]
    fn no_term_takes_a_byte() {
        assert_eq!(postcard::to_stdvec(&Entitlements::default()).expect("serializes"), [0]);
    }
}
