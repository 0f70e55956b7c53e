//! Teams: who of them comes on which day, what each does with which feature, and what may become of a team.
//!
//! For rules that ask about people, seats, levels or single features, of which the use of a product as a whole says nothing.

use std::fmt;

use super::life::{Feed, import_of, is_holiday};
use super::shape::{Rhythm, Trouble};
use crate::engine::Day;
use crate::random::Random;

/// Actions of one who comes: 1 to so many.
const ACTIONS_MAX: usize = 5;
/// One in so many people leads, and one in so many of the others manages.
const PEOPLE_OF_EXECUTIVE: usize = 10;
const PEOPLE_OF_MANAGER: usize = 5;
/// Days within which those who stop one by one have stopped.
const ONE_BY_ONE_DAYS: i32 = 28;
/// Where as much is done on fewer days, one day in so many is left.
const FEWER_DAYS: i32 = 3;

/// A kind of team.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Team {
    pub people: usize,
    /// Of ten weekdays, those on which each comes, more or less.
    pub of_ten_days: u32,
    pub trouble: Trouble,
}

/// What becomes of a team on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Every second one comes no more.
    HalfStop,
    /// Of five, four come no more.
    MostStop,
    MostStopOneByOne,
    AllStop,
    /// The one who comes most.
    KeyUserStops,
    ExecutivesStop,
    /// What was done with the product's first feature is done with the second.
    FeatureLeft,
    /// All that is done is done on one day in three.
    FewerDays,
}

pub const CHANGES: [Change; 8] = [
    Change::HalfStop,
    Change::MostStop,
    Change::MostStopOneByOne,
    Change::AllStop,
    Change::KeyUserStops,
    Change::ExecutivesStop,
    Change::FeatureLeft,
    Change::FewerDays,
];

/// Teams that do not change.
pub fn steady_teams() -> Vec<Team> {
    let calm = [6, 20, 40].into_iter().flat_map(|people| [8, 4, 2].map(|of_ten_days| Team { people, of_ten_days, trouble: Trouble::None }));
    let troubled = [Trouble::Holidays, Trouble::Imports, Trouble::LateFeed].map(|trouble| Team { people: 20, of_ten_days: 4, trouble });
    calm.chain(troubled).collect()
}

/// Teams of which something becomes.
pub fn changing_teams() -> Vec<Team> {
    [(6, 4), (20, 8), (20, 4)].map(|(people, of_ten_days)| Team { people, of_ten_days, trouble: Trouble::None }).to_vec()
}

/// A team on its way.
#[derive(Debug)]
pub struct TeamLife {
    team: Team,
    people: Vec<Person>,
    features: usize,
    change: Option<(Change, Day)>,
    holidays_after: i32,
    feed: Feed,
    random: Random,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    Ic,
    Manager,
    Executive,
}

#[derive(Debug)]
struct Person {
    /// The share of weekdays with use.
    presence: f64,
    /// The first day on which this one comes no more.
    stops_on: Option<Day>,
}

/// What one did on a day with one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    pub person: usize,
    pub feature: usize,
    pub quantity: u32,
}

impl Team {
    pub fn rank(self, person: usize) -> Rank {
        let executives = (self.people / PEOPLE_OF_EXECUTIVE).max(1);
        if person + executives >= self.people {
            Rank::Executive
        } else if person % PEOPLE_OF_MANAGER == PEOPLE_OF_MANAGER - 1 {
            Rank::Manager
        } else {
            Rank::Ic
        }
    }
}

impl TeamLife {
    pub fn new(team: Team, features: usize, change: Option<Change>, changes_from: Day, mut random: Random) -> Self {
        let change = change.map(|change| (change, changes_from + random.below(28) as Day));
        let mut people: Vec<Person> = Vec::new();
        for place in 0..team.people {
            let own = if place == 0 { 1.3 } else { 0.7 + 0.5 * random.share() };
            let presence = (f64::from(team.of_ten_days) / 10.0 * own).min(0.95);
            let stops_on = change.and_then(|(change, day)| stops_after(team, change, place).map(|days| day + days));
            people.push(Person { presence, stops_on });
        }
        let holidays_after = super::life::holidays_after(&mut random);
        Self { team, people, features: features.max(1), change, holidays_after, feed: Feed::default(), random }
    }

    pub fn changes_on(&self) -> Option<Day> {
        self.change.map(|(_, day)| day)
    }

    /// Whether the feed delivers on the morning of the next day.
    pub fn is_delivered(&mut self) -> bool {
        self.feed.is_delivered(&mut self.random)
    }

    /// What is done on a day; days come in order.
    pub fn on(&mut self, day: Day) -> Vec<Done> {
        let mut done = Vec::new();
        if self.team.trouble == Trouble::Imports
            && let Some(days) = import_of(&mut self.random)
        {
            done.push(Done { person: 0, feature: 0, quantity: days * self.team.people as u32 });
        }
        let now = self.change.filter(|(_, from)| day >= *from).map(|(change, _)| change);
        let is_off = !Rhythm::Weekdays.has_use(day, 0)
            || self.team.trouble == Trouble::Holidays && is_holiday(day, self.holidays_after)
            || now == Some(Change::FewerDays) && day.rem_euclid(FEWER_DAYS) != 0;
        if is_off {
            return done;
        }
        let times = if now == Some(Change::FewerDays) { FEWER_DAYS as u32 } else { 1 };
        for person in 0..self.people.len() {
            let Person { presence, stops_on } = self.people[person];
            // Drawn whether or not it matters, so that the others' days are those of a team without a change.
            let comes = self.random.share() < presence;
            let actions = 1 + self.random.below(ACTIONS_MAX);
            let mut by_feature = vec![0; self.features];
            for _ in 0..actions {
                // The lesser of two: the first features are used most.
                let feature = self.random.below(self.features).min(self.random.below(self.features));
                let instead = if now == Some(Change::FeatureLeft) && feature == 0 { 1.min(self.features - 1) } else { feature };
                by_feature[instead] += times;
            }
            if comes && stops_on.is_none_or(|from| day < from) {
                let used = by_feature.into_iter().enumerate().filter(|(_, quantity)| *quantity > 0);
                done.extend(used.map(|(feature, quantity)| Done { person, feature, quantity }));
            }
        }
        done
    }
}

/// Days after the change from which the person at this place comes no more; `None`: goes on.
fn stops_after(team: Team, change: Change, place: usize) -> Option<i32> {
    let stops = match change {
        Change::HalfStop => place % 2 == 1,
        Change::MostStop | Change::MostStopOneByOne => !place.is_multiple_of(5),
        Change::AllStop => true,
        Change::KeyUserStops => place == 0,
        Change::ExecutivesStop => team.rank(place) == Rank::Executive,
        Change::FeatureLeft | Change::FewerDays => false,
    };
    let after = if change == Change::MostStopOneByOne { ONE_BY_ONE_DAYS * place as i32 / team.people as i32 } else { 0 };
    stops.then_some(after)
}

impl fmt::Display for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} people, on {} days of ten", self.people, self.of_ten_days)?;
        f.write_str(match self.trouble {
            Trouble::None => "",
            Trouble::Holidays => ", holidays",
            Trouble::Imports => ", bulk imports",
            Trouble::LateFeed => ", late feed",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HalfStop => "half stop",
            Self::MostStop => "four in five stop",
            Self::MostStopOneByOne => "four in five stop, over 28 days",
            Self::AllStop => "all stop",
            Self::KeyUserStops => "the key user stops",
            Self::ExecutivesStop => "those who lead stop",
            Self::FeatureLeft => "the first feature is left",
            Self::FewerDays => "as much, on a third of the days",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(team: Team, change: Option<Change>, from: Day) -> Vec<Vec<Done>> {
        let mut life = TeamLife::new(team, 7, change, from, Random::of(1, 2));
        (20_000..20_400).map(|day| life.on(day)).collect()
    }

    #[test]
    fn each_comes_as_often_as_the_team_does() {
        for team in steady_teams() {
            let came: usize = days(team, None, 0)
                .iter()
                .map(|done| done.iter().filter(|one| one.quantity < 50).map(|one| one.person))
                .map(|people| people.collect::<std::collections::BTreeSet<_>>().len())
                .sum();
            // 400 days hold 286 weekdays, less two weeks where there are holidays.
            let share = came as f64 / team.people as f64 / 286.0;
            let wanted = f64::from(team.of_ten_days) / 10.0;
            assert!((share / wanted - 1.0).abs() < 0.15, "{team}: {share}");
        }
    }

    #[test]
    fn a_change_takes_those_whom_it_names_and_nobody_else() {
        let team = Team { people: 20, of_ten_days: 8, trouble: Trouble::None };
        let before = days(team, None, 20_100);
        for change in CHANGES {
            let after = days(team, Some(change), 20_100);
            // The day is drawn before all else, so that only those that are drawn alike can be compared: who comes at all.
            let of = |days: &[Vec<Done>], person: usize| days[200..].iter().flatten().filter(|done| done.person == person).count();
            for person in 0..team.people {
                let stopped = stops_after(team, change, person).is_some();
                assert_eq!(of(&after, person) == 0, stopped, "{change}: {person}");
                assert!(of(&before, person) > 0);
            }
            let first: usize = after[200..].iter().flatten().filter(|done| done.feature == 0).count();
            assert_eq!(first == 0, matches!(change, Change::FeatureLeft | Change::AllStop), "{change}");
        }
        let ranks = |rank| (0..team.people).filter(|person| team.rank(*person) == rank).count();
        assert_eq!([Rank::Ic, Rank::Manager, Rank::Executive].map(ranks), [15, 3, 2]);
    }
}
