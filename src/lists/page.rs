//! Pages: the best rows after a token, and how those of several parts become one.
//!
//! A page holds as many rows as it may, the first in the list's order, and counts: all that the filter lets through, and those of them that come
//! after the token. So pages of parts that have no row in common join to the page of the whole, however the rows are divided.

use std::cmp::Ordering;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Query;
use super::filter::{FALSE, Filter, TOGETHER, TRUE};
use super::table::{Column, Table};

/// Whether accounts of an owner may be seen; `None`: of nobody.
pub type MaySee<'a> = dyn Fn(Option<&str>) -> bool + 'a;

/// A part of a list.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Page {
    pub rows: Vec<Listed>,
    /// All rows of the list, on whichever page.
    pub total: u64,
    /// Rows from this page on, those of the page included.
    pub left: u64,
}

/// A row of a page, and where it stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    place: Place,
    /// The row, as far as its fields were wanted.
    pub row: Box<RawValue>,
}

/// Where a row stands in a list: what it is in order by, and its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    keys: Vec<Key>,
    ids: Vec<String>,
}

/// What a row is in order by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Key {
    Missing,
    /// As [`ordered`].
    Number(u64),
    Text(String),
}

#[derive(Clone, Copy)]
enum KeyRef<'a> {
    Missing,
    Number(u64),
    Text(&'a str),
}

impl Key {
    fn as_ref(&self) -> KeyRef<'_> {
        match self {
            Self::Missing => KeyRef::Missing,
            Self::Number(number) => KeyRef::Number(*number),
            Self::Text(text) => KeyRef::Text(text),
        }
    }
}

impl KeyRef<'_> {
    fn to_key(self) -> Key {
        match self {
            Self::Missing => Key::Missing,
            Self::Number(number) => Key::Number(number),
            Self::Text(text) => Key::Text(text.to_owned()),
        }
    }

    /// What is missing comes last, either way.
    fn compare(self, other: KeyRef<'_>, descending: bool) -> Ordering {
        let order = match (self, other) {
            (KeyRef::Number(left), KeyRef::Number(right)) => left.cmp(&right),
            (KeyRef::Text(left), KeyRef::Text(right)) => left.cmp(right),
            (KeyRef::Missing, KeyRef::Missing) => return Ordering::Equal,
            (left, _) => return if matches!(left, KeyRef::Missing) { Ordering::Greater } else { Ordering::Less },
        };
        if descending { order.reverse() } else { order }
    }
}

/// A number as an integer that is in the same order.
fn ordered(value: f64) -> u64 {
    // Which makes 0 of −0.
    let bits = (value + 0.0).to_bits();
    // All bits of what is negative are turned, of all else the sign alone.
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

/// The first half of a number that is in order: enough to tell of most rows that they are not on the page, and of integers below two million all
/// there is. Signed, as processors compare many at a time.
fn coarse(ordered: u64) -> i32 {
    (ordered >> 32) as i32 ^ i32::MIN
}

/// What comes last is missing, either way.
fn directed(key: i32, descending: bool) -> i32 {
    if descending && key != i32::MAX { !key } else { key }
}

impl Place {
    /// The order of two rows of a list.
    fn compare(&self, other: &Self, query: &Query) -> Ordering {
        let keys = self.keys.iter().zip(&other.keys).zip(&query.order);
        let of_keys = keys.map(|((left, right), (_, descending))| left.as_ref().compare(right.as_ref(), *descending));
        of_keys.fold(Ordering::Equal, Ordering::then).then_with(|| self.ids.cmp(&other.ids))
    }

    /// Where the next page begins, as a text that belongs to a list.
    fn token(&self, binding: u64) -> String {
        let bytes = postcard::to_allocvec(&(binding, self)).expect("a place can be written");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token back; a text that says what is wrong with it.
    pub fn from_token(token: &str, binding: u64, keys: usize, ids: usize) -> Result<Self, &'static str> {
        const BROKEN: &str = "the page token is not one that a list gave: begin without a token";
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BROKEN)?;
        let (bound, place): (u64, Self) = postcard::from_bytes(&bytes).map_err(|_| BROKEN)?;
        if bound != binding {
            return Err("the page token belongs to a list with another filter, `q` or order: begin without a token");
        }
        if place.keys.len() == keys && place.ids.len() == ids { Ok(place) } else { Err(BROKEN) }
    }
}

impl Page {
    /// The page of all rows, by those of parts that have no row in common.
    pub fn merged(pages: impl IntoIterator<Item = Self>, query: &Query) -> Self {
        let mut merged = Self::default();
        for page in pages {
            merged.total += page.total;
            merged.left += page.left;
            merged.rows.extend(page.rows);
        }
        merged.rows.sort_by(|left, right| left.place.compare(&right.place, query));
        merged.rows.truncate(query.page_size);
        merged
    }

    /// By which the next page is asked for; `None`: there is none.
    pub fn next_page_token(&self, query: &Query) -> Option<String> {
        let last = self.rows.last().filter(|_| self.left > self.rows.len() as u64)?;
        Some(last.place.token(query.binding))
    }
}

/// A row that may be on the page, and its key, which is in the order of the list as far as it goes.
#[derive(Clone, Copy)]
struct Candidate {
    key: i32,
    row: u32,
}

/// What the keys of rows are made of: whatever rows are first in order by.
enum Keys<'a> {
    /// Rows whose numbers are nearly the same have the same.
    Numbers(&'a [f64], bool),
    /// The keys by code.
    Codes(&'a [u32], Vec<i32>),
    /// By row: places in the order of ids.
    Ids(&'a [u32]),
    /// Of texts that each row has its own of, and of ids after one that need not be there: all keys are alike.
    None,
}

impl Keys<'_> {
    /// Adds the keys of some rows.
    fn of(&self, rows: Range<usize>, keys: &mut Vec<i32>) {
        match self {
            Self::Numbers(values, true) => keys.extend(values[rows].iter().map(|value| of_number(*value, true))),
            Self::Numbers(values, false) => keys.extend(values[rows].iter().map(|value| of_number(*value, false))),
            Self::Codes(codes, by_code) => keys.extend(codes[rows].iter().map(|code| by_code[*code as usize])),
            Self::Ids(ranks) => keys.extend(ranks[rows].iter().map(|rank| *rank as i32)),
            Self::None => keys.resize(rows.len(), 0),
        }
    }
}

fn of_number(value: f64, descending: bool) -> i32 {
    let key = coarse(ordered(value)) ^ if descending { -1 } else { 0 };
    if value.is_nan() { i32::MAX } else { key }
}

/// Of a list and a table: by the code of an owner, whether the rows may be seen.
type Seen<'a> = Option<(&'a [u32], Vec<bool>)>;

/// A table, and what is asked of it.
struct Listing<'a> {
    table: &'a Table,
    query: &'a Query,
    ranks: &'a [u32],
    keys: Keys<'a>,
    filter: Option<Filter>,
    /// What the rows of the page come after: its key, where rows have one.
    after: i32,
}

impl Table {
    /// The best rows after the query's token. `may_see`: only accounts of such owners are there at all; of rows without an owner nothing is asked.
    pub fn page(&self, query: &Query, may_see: Option<&MaySee<'_>>) -> Page {
        let ranks = self.ranks();
        let last = query.after.as_ref().and_then(|after| after.keys.first());
        let (keys, after) = match query.order.first() {
            None if query.after.is_none() => (Keys::Ids(ranks), i32::MIN),
            None => (Keys::None, 0),
            Some((field, descending)) => match &self.columns[*field] {
                Column::Number(values) => {
                    let after = match last {
                        Some(Key::Number(number)) => directed(coarse(*number), *descending),
                        Some(_) => i32::MAX,
                        None => i32::MIN,
                    };
                    (Keys::Numbers(values, *descending), after)
                }
                Column::Coded(coded) => {
                    let text = last.and_then(|key| if let Key::Text(text) = key { Some(&**text) } else { None });
                    let (mut places, place) = coded.in_order(text);
                    places.iter_mut().for_each(|place| *place = directed(*place, *descending));
                    let after = if last.is_some() { directed(place, *descending) } else { i32::MIN };
                    (Keys::Codes(&coded.codes, places), after)
                }
                Column::Plain(_) => (Keys::None, 0),
            },
        };
        let filter = query.filter.as_ref().map(|filter| filter.of_table(self));
        Listing { table: self, query, ranks, keys, filter, after }.page(&self.seen(may_see))
    }

    /// `None`: all may be seen.
    fn seen(&self, may_see: Option<&MaySee<'_>>) -> Seen<'_> {
        let Column::Coded(owners) = &self.columns[self.place_of("owner")?] else { return None };
        let seen = (0..owners.count() as u32).map(|code| may_see.is_none_or(|may_see| may_see(owners.text(code))));
        may_see.is_some().then(|| (&*owners.codes, seen.collect()))
    }
}

impl Listing<'_> {
    fn page(&self, seen: &Seen<'_>) -> Page {
        let (table, query) = (self.table, self.query);
        let (mut page, mut best, mut worst) = (Page::default(), Vec::<Candidate>::new(), None::<Candidate>);
        let (mut keys, mut near) = (Vec::with_capacity(TOGETHER), Vec::with_capacity(TOGETHER));
        for from in (0..table.len()).step_by(TOGETHER) {
            let rows = from..(from + TOGETHER).min(table.len());
            let mut truths = self.filter.as_ref().map_or_else(|| vec![TRUE; rows.len()], |filter| filter.truths(table, &rows));
            self.hide(&mut truths, from, seen);
            keys.clear();
            self.keys.of(rows, &mut keys);
            page.total += memchr::memchr_iter(TRUE, &truths).count() as u64;
            // Most rows are known by their keys not to be on the page.
            let (after, bound) = (self.after, worst.map_or(i32::MAX, |worst| worst.key));
            if query.after.is_some() {
                near.clear();
                near.extend(truths.iter().zip(&keys).map(|(truth, key)| u8::from((*truth == TRUE) & (*key > after))));
                page.left += memchr::memchr_iter(1, &near).count() as u64;
            }
            near.clear();
            near.extend(truths.iter().zip(&keys).map(|(truth, key)| u8::from((*truth == TRUE) & (*key >= after) & (*key <= bound))));
            for place in memchr::memchr_iter(1, &near) {
                let candidate = Candidate { key: keys[place], row: (from + place) as u32 };
                if let Some(after) = query.after.as_ref().filter(|_| candidate.key == self.after) {
                    if !self.is_after(candidate, after) {
                        continue;
                    }
                    page.left += 1;
                }
                if query.page_size > 0 && worst.is_none_or(|worst| self.compare(&candidate, &worst).is_lt()) {
                    best.push(candidate);
                }
            }
            if !best.is_empty() && best.len() >= 2 * query.page_size {
                worst = Some(self.cut(&mut best));
            }
        }
        if query.after.is_none() {
            page.left = page.total;
        }
        if best.len() > query.page_size {
            self.cut(&mut best);
        }
        best.sort_unstable_by(|left, right| self.compare(left, right));
        page.rows = best.iter().map(|candidate| self.listed(candidate.row as usize)).collect();
        page
    }

    /// Takes out of some rows what is not known, what may not be seen, and what `q` does not find.
    fn hide(&self, truths: &mut [u8], from: usize, seen: &Seen<'_>) {
        let known = &self.table.known[from..];
        truths.iter_mut().zip(known).for_each(|(truth, known)| *truth = if *known { *truth } else { FALSE });
        if let Some((owners, seen)) = seen {
            truths.iter_mut().zip(&owners[from..]).for_each(|(truth, owner)| *truth *= u8::from(seen[*owner as usize]));
        }
        if let Some(wanted) = &self.query.q {
            self.table.search(wanted, from, truths);
        }
    }

    fn compare(&self, left: &Candidate, right: &Candidate) -> Ordering {
        left.key.cmp(&right.key).then_with(|| {
            let is_in_keys = matches!(self.keys, Keys::Codes(..));
            let rest = &self.query.order[usize::from(is_in_keys)..];
            let by = |(field, descending): &(usize, bool)| {
                self.key(*field, left.row as usize).compare(self.key(*field, right.row as usize), *descending)
            };
            let of_rest = rest.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
            of_rest.then_with(|| self.ranks[left.row as usize].cmp(&self.ranks[right.row as usize]))
        })
    }

    fn key(&self, field: usize, row: usize) -> KeyRef<'_> {
        match &self.table.columns[field] {
            Column::Number(values) if values[row].is_nan() => KeyRef::Missing,
            Column::Number(values) => KeyRef::Number(ordered(values[row])),
            _ => self.table.text(field, row).map_or(KeyRef::Missing, KeyRef::Text),
        }
    }

    fn is_after(&self, candidate: Candidate, after: &Place) -> bool {
        let row = candidate.row as usize;
        let by = |((field, descending), key): (&(usize, bool), &Key)| self.key(*field, row).compare(key.as_ref(), *descending);
        let of_keys = self.query.order.iter().zip(&after.keys).map(by).find(|order| order.is_ne());
        of_keys.unwrap_or_else(|| self.table.id(row).cmp(after.ids.iter().map(String::as_str))).is_gt()
    }

    /// Leaves the best, as many as a page has, and returns the worst of them.
    fn cut(&self, best: &mut Vec<Candidate>) -> Candidate {
        let last = self.query.page_size - 1;
        let (_, worst, _) = best.select_nth_unstable_by(last, |left, right| self.compare(left, right));
        let worst = *worst;
        best.truncate(self.query.page_size);
        worst
    }

    fn listed(&self, row: usize) -> Listed {
        let (table, query) = (self.table, self.query);
        let written = table.row(row, |field| query.shown.as_ref().is_none_or(|shown| shown.iter().any(|name| name == field)));
        let place = Place {
            keys: query.order.iter().map(|(field, _)| self.key(*field, row).to_key()).collect(),
            ids: table.id(row).map(str::to_owned).collect(),
        };
        Listed { place, row: serde_json::value::to_raw_value(&written).expect("a row can be written") }
    }
}
