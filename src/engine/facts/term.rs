//! What an account may use: the terms of a product, those that wait, and what was seen of them from one look to the next.
//!
//! They are looked at whenever what is in force may have become another: when a term is told, on the days on which one begins, ends or is out of
//! grace, when the account is closed or opened again, and by an edited playbook. What is then seen (whether the product is entitled, since when,
//! the seats) stays true until the next look, so that nothing else need ask for the days of grace or whether the account is closed.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::day::Day;
use crate::input::EntitlementStatus;
use crate::playbook::{GRACE_DAYS_MAX, HELD_DAYS};
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
        /// The place of the last event that ended all of them.
        8 all_ended: u64,
        /// The sums before that one, each with the day at whose end it was first in force; as far back as days are held.
        9 seats_before: Vec<(Day, Option<u64>)>,
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
        /// D when it was told.
        12 told_on: Day,
        /// The event had addons, be it none.
        13 tells_addons: bool,
        /// Likewise.
        14 tells_features: bool,
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
            let term = Term { told_on: on.today, ..Term::new(event, event_day, told) };
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

    /// As they stood on an earlier day: what began later waits, and what is in force is seen anew. Whether any was told is as it is today, since
    /// those that ended may be forgotten.
    pub fn until(&mut self, on: TermContext) {
        let Some(terms) = &mut self.0 else { return };
        let (begun, later): (Vec<Term>, Vec<Term>) = std::mem::take(&mut terms.begun).into_iter().partition(|term| term.starts <= on.today);
        terms.begun = begun;
        terms.waiting.extend(later);
        (terms.entitled_since, terms.entitled_until) = (None, None);
        terms.look(on, on.today);
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

    /// The sum over the terms in force at the end of a day of those held, as lived.
    pub fn seats_on(&self, day: Day) -> Option<u64> {
        let terms = self.0.as_ref()?;
        let last = terms.all_seats().rev().find(|(since, _)| *since <= day);
        last.and_then(|(_, seats)| seats)
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
        let all_ended = self.0.as_ref().map_or(0, |terms| terms.all_ended);
        self.all().map(|term| term.told).max().unwrap_or_default().max(all_ended)
    }

    /// Whether any was told, be it one that only waits.
    pub fn any_told(&self) -> bool {
        self.0.is_some()
    }

    /// Takes in what was told of the product under another name.
    pub fn join(&mut self, old: Self, on: TermContext) {
        match (&mut self.0, old.0) {
            (Some(terms), Some(old)) => terms.join(*old, on),
            (None, old) => self.0 = old,
            (Some(_), None) => {}
        }
    }

    /// Every day that is held, for whoever restores them.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        let seen = self.0.iter().flat_map(|terms| [terms.entitled_since, terms.entitled_until, terms.seats_since]);
        let before = self.0.iter().flat_map(|terms| &terms.seats_before).map(|(day, _)| Some(*day));
        self.all().flat_map(|term| [Some(term.starts), term.ends]).chain(seen).chain(before).flatten()
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let terms = self.0.as_ref().map_or(0, |terms| {
            let seats = terms.seats_before.capacity() * size_of::<(Day, Option<u64>)>();
            size_of::<Terms>() + (terms.begun.capacity() + terms.waiting.capacity()) * size_of::<Term>() + seats
        });
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
            self.note_seats(on.today);
            (self.seats, self.seats_since) = (seats, Some(on.today));
        }
        seen(self) != before
    }

    /// The sum is another from a day on: it is remembered until when it was the one that it was.
    fn note_seats(&mut self, today: Day) {
        if let Some(since) = self.seats_since.filter(|since| *since < today) {
            self.seats_before.push((since, self.seats));
        }
        let from = today - HELD_DAYS;
        let gone = self.seats_before.windows(2).take_while(|pair| pair[1].0 <= from).count();
        self.seats_before.drain(..gone);
    }

    /// Each sum, with the day at whose end it was first in force.
    fn all_seats(&self) -> impl DoubleEndedIterator<Item = (Day, Option<u64>)> {
        let last = self.seats_since.map(|since| (since, self.seats));
        self.seats_before.iter().copied().chain(last)
    }

    /// Takes in the terms told under another name: of each id the later holds, and an event that ended all ended the other's, too.
    fn join(&mut self, mut old: Self, on: TermContext) {
        self.join_seats(&old);
        let all_ended = self.all_ended.max(old.all_ended);
        for terms in [&mut *self, &mut old] {
            let held = terms.begun.len() + terms.waiting.len();
            terms.begun.retain(|term| term.told >= all_ended);
            terms.waiting.retain(|term| term.told >= all_ended);
            if terms.begun.len() + terms.waiting.len() < held {
                // What comes next begins anew.
                (terms.entitled_since, terms.entitled_until) = (None, None);
            }
        }
        for (own, of_old) in [(&mut self.begun, old.begun), (&mut self.waiting, old.waiting)] {
            for term in of_old {
                match own.iter_mut().find(|known| known.id == term.id) {
                    Some(known) if term.holds_over(known) => *known = term,
                    Some(_) => {}
                    None => own.push(term),
                }
            }
        }
        let begun = &self.begun;
        let has_ended = |waiting: &Term| begun.iter().any(|term| term.ended && term.id == waiting.id && term.told > waiting.told);
        self.waiting.retain(|waiting| !has_ended(waiting));
        (self.is_told, self.all_ended) = (self.is_told || old.is_told, all_ended);
        self.join_span((old.entitled_since, old.entitled_until));
        // The sum is another than either was, and changed when one of them did.
        self.seats_since = self.seats_since.max(old.seats_since);
        let in_force = self.in_force(on.today, on.grace_days).filter(|_| !on.closed);
        self.seats = in_force.filter_map(|term| term.seats).map(u64::from).reduce(|sum, seats| sum + seats);
        self.look(on, on.today);
    }

    /// Seats in force under either name, on the days before the last change of both.
    fn join_seats(&mut self, old: &Self) {
        let on = |terms: &Self, day: Day| terms.all_seats().rev().find(|(since, _)| *since <= day).and_then(|(_, seats)| seats);
        let mut days: Vec<Day> = self.all_seats().chain(old.all_seats()).map(|(since, _)| since).collect();
        days.sort_unstable();
        days.dedup();
        days.pop();
        let sum = |day: Day| [on(self, day), on(old, day)].into_iter().flatten().reduce(|sum, seats| sum + seats);
        self.seats_before = days.into_iter().map(|day| (day, sum(day))).collect();
    }

    /// Days entitled under either name: from the first of both, where one begins before the other has been over for a day, else those that
    /// begin later.
    fn join_span(&mut self, (since, until): (Option<Day>, Option<Day>)) {
        let span = |since: Option<Day>, until: Option<Day>| Some((since?, until.unwrap_or(Day::MAX)));
        let mut spans: Vec<_> = [span(self.entitled_since, self.entitled_until), span(since, until)].into_iter().flatten().collect();
        spans.sort_unstable();
        let joined = spans.into_iter().reduce(|first, later| match later {
            (begins, ends) if begins <= first.1.saturating_add(1) => (first.0, first.1.max(ends)),
            later => later,
        });
        self.entitled_since = joined.map(|(since, _)| since);
        self.entitled_until = joined.and_then(|(_, until)| (until != Day::MAX).then_some(until));
    }

    /// `status: ended`, of one term or, without an id, of all.
    fn end(&mut self, id: Option<&str>, day: Day, told: u64, on: TermContext, terms_max: usize) {
        if id.is_none() {
            self.all_ended = told;
        }
        let ends = |term: &Term| id.is_none() || term.id.as_deref() == id;
        self.is_told = true;
        self.waiting.retain(|term| !ends(term));
        for term in self.begun.iter_mut().filter(|term| ends(term)) {
            *term = Term { told_on: on.today, ..Term::ended(term.id.take(), day, told) };
        }
        // It is remembered where there is room; nothing in force follows from it.
        self.put(Term { told_on: on.today, ..Term::ended(id.map(str::to_owned), day, told) }, false, on, terms_max);
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
            tells_addons: event.addons.is_some(),
            tells_features: event.features.is_some(),
            arr: event.arr,
            ..Self::default()
        }
    }

    /// Its addons; `None`: they were not told. Earlier builds did not tell none from an empty list.
    pub fn addons(&self) -> Option<&[String]> {
        (self.tells_addons || !self.addons.is_empty()).then_some(&*self.addons)
    }

    /// Its features, likewise.
    pub fn features(&self) -> Option<&[String]> {
        (self.tells_features || !self.features.is_empty()).then_some(&*self.features)
    }

    fn ended(id: Option<String>, day: Day, told: u64) -> Self {
        Self { id, told, ended: true, starts: day, ends: Some(day), ..Self::default() }
    }

    /// Of two of one id: whether this one became the present one later. One that was told while the other still waited replaced it, if it waited
    /// itself.
    fn holds_over(&self, other: &Self) -> bool {
        let waited = |term: &Self| term.starts > term.told_on;
        // One that waited became the present one before all that was told on that day.
        let place = |term: &Self| (term.starts.max(term.told_on), term.told);
        let (earlier, later) = if self.told < other.told { (self, other) } else { (other, self) };
        let replaced = waited(earlier) && waited(later) && later.told_on < earlier.starts;
        if replaced { self.told == later.told } else { place(self) > place(other) }
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
            self.take(&Self::event(id, status, starts, ends))
        }

        /// Of the term without an id, from today on.
        fn tell_seats(&mut self, seats: u32, status: EntitlementStatus) -> bool {
            self.take(&Entitlement { seats: Some(seats), ..Self::event("", status, self.today, None) })
        }

        fn take(&mut self, event: &Entitlement<'_>) -> bool {
            self.told += 1;
            self.entitlements.tell(event, self.today, self.told, self.on(), 2)
        }

        fn event(id: &str, status: EntitlementStatus, starts: Day, ends: Option<Day>) -> Entitlement<'static> {
            Entitlement {
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
            }
        }

        fn ids(&self) -> Vec<&str> {
            self.entitlements.all().map(|term| term.id.as_deref().unwrap_or_default()).collect()
        }

        fn seats(&self) -> Option<u64> {
            self.entitlements.seats().map(|(seats, _)| seats)
        }
    }

    #[test]
    fn terms_told_under_two_names_are_of_one_product() {
        use EntitlementStatus::{Active, Ended};
        let joined = |day: Day, mut crm: Told, mut old: Told| {
            [&mut crm, &mut old].into_iter().for_each(|told| told.live(day));
            crm.entitlements.join(old.entitlements, crm.on());
            crm.entitlements
        };
        let from = |today: Day, told: u64, id: &str, ends: Option<Day>| {
            let mut terms = Told { today, told, ..Told::default() };
            assert!(terms.tell(id, Active, today, ends));
            terms
        };
        let seen = |terms: Entitlements| (terms.entitled_since(), terms.seats());
        let ends = |day: Day, terms: Entitlements| terms.last_to_end(day, 0).and_then(|term| term.ends);
        // No day between the two, whichever has the present name; then one.
        let (first, next) = (|| from(0, 0, "a", Some(9)), |day| from(day, 1, "b", None));
        assert_eq!(seen(joined(10, next(10), first())), (Some(0), Some((1, 10))));
        assert_eq!(seen(joined(10, first(), next(10))), (Some(0), Some((1, 10))));
        assert_eq!(seen(joined(11, next(11), first())), (Some(11), Some((1, 11))));
        // Both at once, and one of both without an id.
        assert_eq!(seen(joined(3, first(), next(3))), (Some(0), Some((2, 3))));
        assert_eq!(ends(3, joined(3, from(0, 0, "", None), from(3, 1, "", Some(9)))), Some(9));
        // An event that ended all ended the other's, too, but for those told after it.
        let ended = |told: u64| {
            let mut terms = from(5, told, "a", None);
            assert!(terms.tell("", Ended, 5, None));
            terms
        };
        assert_eq!(joined(5, from(0, 0, "b", None), ended(1)).state(), TermState::Ended);
        assert_eq!(seen(joined(6, from(6, 2, "b", None), ended(0))), (Some(6), Some((1, 6))));
        // One that waited, and began after another was told, holds; one that was told, and waited, while it did took its place.
        let waited = |told: u64, starts: Day| {
            let mut terms = Told { told, ..Told::default() };
            assert!(terms.tell("a", Active, starts, Some(30 + starts)));
            terms
        };
        assert_eq!(ends(10, joined(10, from(5, 1, "a", Some(20)), waited(0, 9))), Some(39));
        assert_eq!(ends(10, joined(10, waited(1, 7), waited(0, 9))), Some(37));
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

    /// Terms of so many seats, told one after the other, on days with their seats.
    fn seats_of(told: &[(Day, u32)]) -> Told {
        let mut terms = Told::default();
        for &(day, seats) in told {
            terms.live(day);
            let status = if seats == 0 { EntitlementStatus::Ended } else { EntitlementStatus::Active };
            assert!(terms.tell_seats(seats, status));
        }
        terms
    }

    #[test]
    fn seats_at_the_end_of_each_day_are_those_lived() {
        let mut told = seats_of(&[(10, 5), (20, 6), (20, 7), (30, 0), (40, 7), (40, 7)]);
        let seats = |told: &Told, days: &[Day]| days.iter().map(|&day| told.entitlements.seats_on(day)).collect::<Vec<_>>();
        let expected = [None, Some(5), Some(5), Some(7), Some(7), None, None, Some(7), Some(7)];
        assert_eq!(seats(&told, &[9, 10, 19, 20, 29, 30, 39, 40, 99]), expected);
        // They end with a term, on the day behind its last one.
        assert!(told.tell("", EntitlementStatus::Active, 41, Some(50)));
        told.live(60);
        assert_eq!(seats(&told, &[40, 41, 50, 51, 60]), [Some(7), Some(1), Some(1), None, None]);
        let bytes = postcard::to_stdvec(&told.entitlements).expect("serializes");
        assert_eq!(postcard::from_bytes(&bytes), Ok(told.entitlements));
    }

    #[test]
    fn sums_that_were_in_force_on_no_held_day_are_forgotten() {
        let changes: Vec<_> = (0..300).map(|day| (day, 1 + day as u32)).collect();
        let terms = seats_of(&changes).entitlements;
        for day in 299 - HELD_DAYS..300 {
            assert_eq!(terms.seats_on(day), Some(1 + day as u64));
        }
        let held = terms.0.as_ref().map(|terms| terms.seats_before.len());
        assert_eq!(held, Some(HELD_DAYS as usize));
        // One that lasted is known for as long as it did.
        assert_eq!(seats_of(&[(0, 3), (290, 4), (291, 5)]).entitlements.seats_on(199), Some(3));
    }

    #[test]
    fn seats_under_two_names_are_added_up() {
        let mut crm = seats_of(&[(10, 5), (30, 6)]);
        let mut old = Told { told: 50, ..Told::default() };
        old.live(20);
        assert!(old.tell("order", EntitlementStatus::Active, 20, Some(24)));
        [&mut crm, &mut old].into_iter().for_each(|told| told.live(40));
        crm.entitlements.join(old.entitlements, crm.on());
        let expected = [None, Some(5), Some(5), Some(6), Some(6), Some(5), Some(5), Some(6), Some(6)];
        assert_eq!([9, 10, 19, 20, 24, 25, 29, 30, 40].map(|day| crm.entitlements.seats_on(day)), expected);
    }

    #[test]
    fn an_empty_list_is_told() {
        let term = |addons: Option<Vec<Cow<'static, str>>>| {
            let event = Entitlement { addons: addons.clone(), features: addons, ..Told::event("", EntitlementStatus::Active, 0, None) };
            Term::new(&event, 0, 0)
        };
        for (told, expected) in [(None, None), (Some(vec![]), Some(0)), (Some(vec!["x".into()]), Some(1))] {
            let term = term(told);
            assert_eq!([term.addons(), term.features()].map(|list| list.map(<[String]>::len)), [expected; 2]);
        }
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
