//! Calendars: the days on which less is to be expected, by name.

use super::load::Loader;
use super::problem::quoted;
use super::reader::Entry;
use super::yaml::{Data, Node};
use jiff::civil::Date;

/// Most calendars, and most periods of each.
const CALENDARS_MAX: usize = 1000;
const PERIODS_MAX: usize = 1000;

#[derive(Debug)]
pub struct Calendar {
    pub name: String,
    /// First and last day of each period, ascending; periods that touch or overlap are one.
    pub periods: Vec<(Date, Date)>,
}

impl<'n> Loader<'n> {
    pub(super) fn calendars(&mut self, node: &'n Node) -> Vec<Calendar> {
        let entries = self.reader.mapping(node, "`calendars`").unwrap_or_default();
        let entries = self.reader.at_most(entries, CALENDARS_MAX, "calendars");
        entries.into_iter().map(|entry| self.calendar(entry)).collect()
    }

    fn calendar(&mut self, entry: Entry<'n>) -> Calendar {
        let what = format!("calendar {}", quoted(entry.key));
        self.name_bytes(entry, "a calendar's name");
        let items: &[Node] = match &entry.value.data {
            Data::Sequence(items) => items,
            Data::Refused => &[],
            _ => {
                let message = format!("{what} must be a list of periods, found {}", entry.value.described());
                self.reader.refuse::<()>(entry.value.position, message);
                &[]
            }
        };
        if let Some(item) = items.get(PERIODS_MAX) {
            self.reader.refuse::<()>(item.position, format!("more than {PERIODS_MAX} periods of {what}"));
        }
        let periods = items.iter().take(PERIODS_MAX).filter_map(|item| self.period(item, &what)).collect();
        Calendar { name: entry.key.to_owned(), periods: joined(periods) }
    }

    fn period(&mut self, item: &'n Node, calendar: &str) -> Option<(Date, Date)> {
        let what = format!("a period of {calendar}");
        let fields = self.reader.fields(item, &what, item.position, &["from", "to"])?;
        let [from, to] = ["from", "to"].map(|key| {
            let node = self.reader.required(&fields, key)?;
            Some((self.reader.date(node, &format!("`{key}` of {what}"))?, node.position))
        });
        let ((from, _), (to, position)) = (from?, to?);
        if to < from {
            return self.reader.refuse(position, format!("{what} ends before it begins: `to` is {to}, `from` is {from}"));
        }
        Some((from, to))
    }
}

fn joined(mut periods: Vec<(Date, Date)>) -> Vec<(Date, Date)> {
    periods.sort();
    let mut joined: Vec<(Date, Date)> = Vec::new();
    for (from, to) in periods {
        match joined.last_mut() {
            Some((_, end)) if end.tomorrow().is_ok_and(|next| from <= next) || from <= *end => *end = to.max(*end),
            _ => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_that_touch_are_one() {
        let day = |day| date(2026, 12, day);
        let periods = vec![(day(20), day(24)), (day(1), day(2)), (day(3), day(5)), (day(7), day(9)), (day(22), day(23)), (day(9), day(10))];
        assert_eq!(joined(periods), [(day(1), day(5)), (day(7), day(10)), (day(20), day(24))]);
        let last = date(9999, 12, 31);
        assert_eq!(joined(vec![(last, last), (day(1), last)]), [(day(1), last)]);
    }
}
