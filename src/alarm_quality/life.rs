//! What one account does, day by day.

use super::shape::{Fall, Shape, Thinning, Trouble};
use crate::engine::{Day, date_of, day_of_date};
use crate::random::Random;

/// Actions for each of the users, at most [`USERS_MAX`] of them.
const ACTIONS_OF_A_USER: u32 = 5;
const USERS_MAX: u32 = 4;

/// One day in so many has an import, of so many days' worth.
const IMPORT_EVERY_DAYS: usize = 120;
const IMPORT_OF_DAYS: u32 = 100;

/// One night in so many is the first of an outage of the feed, which lasts for up to so many.
const OUTAGE_EVERY_NIGHTS: usize = 30;
const OUTAGE_NIGHTS_MAX: usize = 4;

/// The length of the holidays, and the earliest day in December that is their first; it is up to so many days later.
const HOLIDAYS: i32 = 14;
const HOLIDAYS_FROM: i8 = 20;
const HOLIDAYS_VARY: usize = 5;

#[derive(Debug)]
pub struct Life {
    shape: Shape,
    mean: u32,
    phase: i32,
    /// How use falls, and since when.
    fall: Option<(Fall, Day)>,
    /// Days into the holidays' range on which they begin.
    holidays_after: i32,
    feed: Feed,
    random: Random,
}

/// A feed that delivers each morning, but for outages.
#[derive(Debug, Default)]
pub struct Feed {
    /// Nights of the outage that are left.
    outage: usize,
}

/// Use of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    pub actions: u32,
    /// Among whom the actions are dealt.
    pub users: u32,
}

impl Life {
    pub fn new(shape: Shape, mean: u32, fall: Option<Fall>, falls_from: Day, mut random: Random) -> Self {
        let phase = random.below(2_730) as i32;
        let falls_on = falls_from + random.below(28) as Day;
        let holidays_after = holidays_after(&mut random);
        Self { shape, mean, phase, fall: fall.map(|fall| (fall, falls_on)), holidays_after, feed: Feed::default(), random }
    }

    /// The first day on which use is less; `None`: it does not fall.
    pub fn falls_on(&self) -> Option<Day> {
        self.fall.map(|(_, day)| day)
    }

    /// What is done on a day; days come in order.
    pub fn on(&mut self, day: Day) -> Use {
        let import = if self.shape.trouble == Trouble::Imports { import_of(&mut self.random) } else { None };
        let imported = import.unwrap_or_default() * self.mean;
        let level = self.fall.map_or(1.0, |(fall, from)| fall.level(day - from));
        let (level, left_out) = match self.shape.thinning {
            Thinning::Actions => (level, false),
            Thinning::Days => (1.0, self.random.share() >= level),
        };
        let is_used = self.shape.rhythm.has_use(day, self.phase) && !left_out && !self.on_holiday(day);
        let actions = if is_used { (self.drawn() * level).round() as u32 } else { 0 };
        let users = f64::from((self.mean / ACTIONS_OF_A_USER).clamp(1, USERS_MAX)) * level;
        Use { actions: actions + imported, users: (users.round() as u32).max(1) }
    }

    /// Whether the feed delivers on the morning of the next day.
    pub fn is_delivered(&mut self) -> bool {
        self.feed.is_delivered(&mut self.random)
    }

    fn on_holiday(&self, day: Day) -> bool {
        self.shape.trouble == Trouble::Holidays && is_holiday(day, self.holidays_after)
    }

    /// The actions of a day with use.
    fn drawn(&mut self) -> f64 {
        let mean = f64::from(self.mean);
        let variation = self.shape.variation;
        if variation == 0.0 {
            return mean;
        }
        // A gamma distribution of the shape 1/v² has the coefficient of variation v.
        let shape = 1.0 / (variation * variation);
        mean / shape * gamma(shape, &mut self.random)
    }
}

impl Feed {
    /// Whether it delivers on the morning of the next day.
    pub fn is_delivered(&mut self, random: &mut Random) -> bool {
        if self.outage > 0 {
            self.outage -= 1;
        } else if random.below(OUTAGE_EVERY_NIGHTS) == 0 {
            self.outage = 1 + random.below(OUTAGE_NIGHTS_MAX);
        }
        self.outage == 0
    }
}

/// How many days' worth is imported on a day, where anything is.
pub fn import_of(random: &mut Random) -> Option<u32> {
    (random.below(IMPORT_EVERY_DAYS) == 0).then_some(IMPORT_OF_DAYS)
}

/// Days into the holidays' range on which an account's begin.
pub fn holidays_after(random: &mut Random) -> i32 {
    random.below(HOLIDAYS_VARY) as i32
}

pub fn is_holiday(day: Day, holidays_after: i32) -> bool {
    let date = date_of(day);
    let year = if date.month() == 12 { date.year() } else { date.year() - 1 };
    let from = day_of_date(jiff::civil::date(year, 12, HOLIDAYS_FROM)) + holidays_after;
    (from..from + HOLIDAYS).contains(&day)
}

/// A draw from the gamma distribution of this shape, 1 at least, and the scale 1: Marsaglia and Tsang, "A simple method for generating gamma
/// variables", ACM Transactions on Mathematical Software 26 (2000).
fn gamma(shape: f64, random: &mut Random) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = (1.0 + c * x).powi(3);
        // 1 − share lies above 0.
        if v > 0.0 && (1.0 - random.share()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// A draw from the standard normal distribution: Box and Muller, "A note on the generation of random normal deviates", Annals of Mathematical
/// Statistics 29 (1958).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.share()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.share()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_counts_have_their_mean_and_variation() {
        for shape in super::super::steady() {
            let mut life = Life::new(shape, 100, None, 0, Random::of(1, 2));
            let drawn: Vec<f64> = (0..20_000).map(|_| life.drawn()).collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let variance = drawn.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / drawn.len() as f64;
            assert!((mean / 100.0 - 1.0).abs() < 0.03, "{shape}: {mean}");
            assert!((variance.sqrt() / mean - shape.variation).abs() < 0.03, "{shape}: {}", variance.sqrt() / mean);
        }
    }

    #[test]
    fn use_falls_by_its_share() {
        let days = |percent, over_days, days| Fall { percent, over_days }.level(days);
        assert_eq!([days(50, 1, -1), days(50, 1, 0), days(50, 1, 90)], [1.0, 0.5, 0.5]);
        assert_eq!([days(80, 28, -1), days(80, 28, 13), days(80, 28, 27), days(80, 28, 90)], [1.0, 0.6, 1.0 - 0.8, 1.0 - 0.8]);
    }
}
