//! The days of a calendar of the playbook.

use crate::engine::day::{Day, day_of_date};

#[derive(Debug)]
pub struct Calendar {
    /// First and last day of each period, ascending; between two of them lies a day at least.
    periods: Vec<(Day, Day)>,
}

impl Calendar {
    pub fn new(calendar: &crate::playbook::Calendar) -> Self {
        Self { periods: calendar.periods.iter().map(|&(from, to)| (day_of_date(from), day_of_date(to))).collect() }
    }

    pub fn has_day_within(&self, from: Day, to: Day) -> bool {
        self.periods[self.first_until(from)..].first().is_some_and(|period| period.0 <= to)
    }

    /// The first day after D on which the window of so many days that ends with it may hold a day of the calendar where it held none, or
    /// none where it held one.
    pub fn next_change(&self, today: Day, days: u16) -> Option<Day> {
        let from = today - Day::from(days) + 1;
        let (first, last) = *self.periods[self.first_until(from)..].first()?;
        Some(if first > today { first } else { last.min(today) + Day::from(days) })
    }

    /// The place of the first period that does not lie before a day.
    fn first_until(&self, day: Day) -> usize {
        self.periods.partition_point(|(_, last)| *last < day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_in_the_window_from_its_first_day_until_the_window_has_passed_it() {
        let calendar = Calendar { periods: vec![(10, 12), (14, 14), (40, 41)] };
        for days in 1..30 {
            let holds = |today: Day| (today - Day::from(days) + 1..=today).any(|day| matches!(day, 10..=12 | 14 | 40 | 41));
            for today in 0..100 {
                assert_eq!(calendar.has_day_within(today - Day::from(days) + 1, today), holds(today), "{days} {today}");
                let changes = (today + 1..200).find(|&day| holds(day) != holds(today));
                match (changes, calendar.next_change(today, days)) {
                    (None, due) => assert_eq!(due, None, "{days} {today}"),
                    (Some(change), due) => assert!(due.is_some_and(|due| today < due && due <= change), "{days} {today} {due:?} {change}"),
                }
            }
        }
    }
}
