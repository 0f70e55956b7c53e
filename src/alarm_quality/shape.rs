//! The kinds of use, and how they fall.

use std::fmt;

use crate::engine::{Day, date_of};

/// Actions on a day with use.
pub const MEANS: [u32; 4] = [2, 5, 20, 100];

/// That of accounts whose use falls: what a rule finds hardly depends on it, once it is above `min_volume`.
pub const MEAN_OF_FALLS: u32 = 20;

/// All falls of a shape.
pub const FALLS: [Fall; 6] = [
    Fall { percent: 30, over_days: 1 },
    Fall { percent: 50, over_days: 1 },
    Fall { percent: 80, over_days: 1 },
    Fall { percent: 30, over_days: 28 },
    Fall { percent: 50, over_days: 28 },
    Fall { percent: 80, over_days: 28 },
];

/// The days on which there is use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    Every(i32),
    Weekdays,
    TwiceAWeek,
    OnceAWeek,
    /// On its first three days.
    EachMonth,
}

/// What makes steady use look as if it were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// Two weeks without use around the end of the year.
    Holidays,
    /// Now and then a day on which a hundred days' worth is done besides.
    Imports,
    /// A day's use is delivered with the next morning; some nights nothing is.
    LateFeed,
}

/// How use becomes less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinning {
    /// Fewer actions on each day with use.
    Actions,
    /// Fewer days with use.
    Days,
}

/// One kind of use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub rhythm: Rhythm,
    /// Coefficient of variation of the actions of a day with use; 0: the same number each time.
    pub variation: f64,
    pub trouble: Trouble,
    pub thinning: Thinning,
}

/// Use that becomes less by so many of a hundred, at once or day by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fall {
    pub percent: u32,
    pub over_days: i32,
}

/// Kinds of use that do not change.
pub fn steady() -> Vec<Shape> {
    let exactly = (1..=13).map(Rhythm::Every).chain([Rhythm::EachMonth]).map(|rhythm| Shape::new(rhythm, 0.0));
    let by_chance = [Rhythm::Every(1), Rhythm::Weekdays, Rhythm::TwiceAWeek, Rhythm::OnceAWeek, Rhythm::EachMonth]
        .into_iter()
        .flat_map(|rhythm| [0.3, 0.5, 0.7, 1.0].map(|variation| Shape::new(rhythm, variation)));
    let troubled = [
        (Rhythm::Weekdays, Trouble::Holidays),
        (Rhythm::Every(1), Trouble::Imports),
        (Rhythm::Weekdays, Trouble::Imports),
        (Rhythm::Every(1), Trouble::LateFeed),
        (Rhythm::Weekdays, Trouble::LateFeed),
    ]
    .into_iter()
    .flat_map(|(rhythm, trouble)| [0.3, 1.0].map(|variation| Shape { trouble, ..Shape::new(rhythm, variation) }));
    exactly.chain(by_chance).chain(troubled).collect()
}

/// Kinds of use that fall.
pub fn falling() -> Vec<Shape> {
    let often = [Rhythm::Every(1), Rhythm::Weekdays]
        .into_iter()
        .flat_map(|rhythm| [0.3, 0.5, 0.7, 1.0].map(|variation| Shape::new(rhythm, variation)));
    let seldom = [Rhythm::Every(2), Rhythm::Every(3), Rhythm::Every(5)].map(|rhythm| Shape::new(rhythm, 0.0));
    let by_week = [Rhythm::TwiceAWeek, Rhythm::OnceAWeek].into_iter().flat_map(|rhythm| {
        let less_often = Shape { thinning: Thinning::Days, ..Shape::new(rhythm, 0.3) };
        [Shape::new(rhythm, 0.3), Shape::new(rhythm, 1.0), less_often]
    });
    often.chain(seldom).chain(by_week).collect()
}

impl Shape {
    fn new(rhythm: Rhythm, variation: f64) -> Self {
        Self { rhythm, variation, trouble: Trouble::None, thinning: Thinning::Actions }
    }
}

impl Rhythm {
    /// Whether there is use on a day. The phase, from 0 on, is the account's own.
    pub fn has_use(self, day: Day, phase: i32) -> bool {
        // 1970-01-01 was a Thursday; 0 is Monday.
        let weekday = (day + 3).rem_euclid(7);
        match self {
            Self::Every(days) => (day + phase).rem_euclid(days) == 0,
            Self::Weekdays => weekday < 5,
            Self::TwiceAWeek => [0, 2].contains(&((weekday + phase) % 7)),
            Self::OnceAWeek => (weekday + phase) % 7 == 0,
            Self::EachMonth => date_of(day).day() <= 3,
        }
    }
}

impl Fall {
    /// What is left of the use, so many days after the fall began; negative before.
    pub fn level(self, days: i32) -> f64 {
        let done = f64::from((days + 1).clamp(0, self.over_days)) / f64::from(self.over_days);
        1.0 - f64::from(self.percent) / 100.0 * done
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(1) => f.write_str("daily"),
            Self::Every(days) => write!(f, "every {days} days"),
            Self::Weekdays => f.write_str("weekdays"),
            Self::TwiceAWeek => f.write_str("twice a week"),
            Self::OnceAWeek => f.write_str("once a week"),
            Self::EachMonth => f.write_str("monthly"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rhythm)?;
        if self.variation == 0.0 {
            f.write_str(", exactly")?;
        } else {
            write!(f, ", variation {:.1}", self.variation)?;
        }
        f.write_str(match (self.trouble, self.thinning) {
            (Trouble::None, Thinning::Actions) => "",
            (Trouble::None, Thinning::Days) => ", days left out",
            (Trouble::Holidays, _) => ", holidays",
            (Trouble::Imports, _) => ", bulk imports",
            (Trouble::LateFeed, _) => ", late feed",
        })
    }
}

impl fmt::Display for Fall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.over_days == 1 { "at once".to_owned() } else { format!("over {} days", self.over_days) };
        write!(f, "−{} % {how}", self.percent)
    }
}
