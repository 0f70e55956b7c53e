//! Rows, column by column: so they take little memory, and a list looks at those columns alone that it asks about.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::OnceLock;

use compact_str::CompactString;
use hashbrown::HashTable;
use memchr::memmem::Finder;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::filter::{FALSE, TOGETHER};
use crate::playbook::vocabulary::{Kind, Signature};
use crate::view::rows::{Cell, Figure, Row};

/// Rows in the order of their numbers. Some may not be known yet.
#[derive(Debug)]
pub struct Table {
    pub(super) fields: &'static [Signature],
    /// How many of the fields, from the first on, are a row's id.
    pub(super) ids: usize,
    pub(super) columns: Vec<Column>,
    /// What is shown beside the fields, by day; and its name. Rows have equally many days.
    days: Option<Days>,
    /// Whether a row is known.
    pub(super) known: Vec<bool>,
    /// By row: its place in the order of ids, found when it is first asked for.
    ranks: OnceLock<Box<[u32]>>,
    /// By block of [`TOGETHER`] rows, likewise.
    searched: Vec<OnceLock<Searched>>,
}

/// The texts of some rows that name one nearly by itself, one after the other in lower case: so many rows are searched at once.
#[derive(Debug)]
struct Searched {
    bytes: Vec<u8>,
    /// By row.
    ends: Vec<u32>,
}

#[derive(Debug)]
struct Days {
    name: &'static str,
    width: usize,
    counts: Vec<u32>,
}

#[derive(Debug)]
pub(super) enum Column {
    /// NaN where it is missing; of a boolean 1 or 0.
    Number(Vec<f64>),
    /// Of texts that differ from row to row.
    Plain(Vec<Option<CompactString>>),
    /// Of texts that repeat; of lists, whose texts are joined.
    Coded(Coded),
}

/// Texts that repeat, each once.
#[derive(Debug)]
pub(super) struct Coded {
    /// By row.
    pub codes: Vec<u32>,
    /// By code: the text and how many rows have it. The first stands for what is missing.
    texts: Vec<(Box<str>, u32)>,
    free: Vec<u32>,
    by_text: HashTable<u32>,
}

/// Of what is missing.
pub(super) const MISSING: u32 = 0;
/// Between the ids of a list: no product's id has one.
pub(super) const BETWEEN: char = '/';
/// Behind each of the texts that are searched: no text has such a byte.
const NO_TEXT: u8 = 0xff;

impl Coded {
    fn new() -> Self {
        Self { codes: Vec::new(), texts: vec![("".into(), 0)], free: Vec::new(), by_text: HashTable::new() }
    }

    pub fn find(&self, text: &str) -> Option<u32> {
        self.by_text.find(hash(text), |code| &*self.texts[*code as usize].0 == text).copied()
    }

    /// By code: where its text is among all in their order, doubled so that there is room between two for a text that none is. Of what is missing
    /// the last of all; and where another text would be.
    pub fn in_order(&self, other: Option<&str>) -> (Vec<i32>, i32) {
        let mut order: Vec<u32> = (1..self.count() as u32).collect();
        order.sort_unstable_by(|left, right| self.texts[*left as usize].0.cmp(&self.texts[*right as usize].0));
        let mut places = vec![i32::MAX; self.count()];
        order.iter().zip(0..).for_each(|(code, place)| places[*code as usize] = 2 * place + 1);
        let of_other = other.map(|other| match order.binary_search_by(|code| (*self.texts[*code as usize].0).cmp(other)) {
            Ok(found) => 2 * found as i32 + 1,
            Err(before) => 2 * before as i32,
        });
        (places, of_other.unwrap_or(i32::MAX))
    }

    pub fn text(&self, code: u32) -> Option<&str> {
        (code != MISSING).then(|| &*self.texts[code as usize].0)
    }

    /// How many codes there are, those included that are not in use.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    fn set(&mut self, row: usize, text: Option<&str>) {
        let before = self.codes[row];
        if self.text(before) == text {
            return;
        }
        let code = text.map_or(MISSING, |text| self.take(text));
        self.codes[row] = code;
        self.release(before);
    }

    fn take(&mut self, text: &str) -> u32 {
        let code = self.find(text).unwrap_or_else(|| self.add(text));
        self.texts[code as usize].1 += 1;
        code
    }

    fn add(&mut self, text: &str) -> u32 {
        let code = self.free.pop().unwrap_or(self.texts.len() as u32);
        match self.texts.get_mut(code as usize) {
            Some(place) => *place = (text.into(), 0),
            None => self.texts.push((text.into(), 0)),
        }
        self.by_text.insert_unique(hash(text), code, |other| hash(&self.texts[*other as usize].0));
        code
    }

    /// A row has it no more; a text that none has is forgotten.
    fn release(&mut self, code: u32) {
        if code == MISSING {
            return;
        }
        let (text, rows) = &mut self.texts[code as usize];
        *rows -= 1;
        if *rows == 0 {
            let hash = hash(text);
            *text = "".into();
            if let Ok(entry) = self.by_text.find_entry(hash, |other| *other == code) {
                entry.remove();
            }
            self.free.push(code);
        }
    }

    fn bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|(text, _)| text.len()).sum();
        self.codes.capacity() * size_of::<u32>()
            + self.texts.capacity() * size_of::<(Box<str>, u32)>()
            + texts
            + self.by_text.allocation_size()
    }
}

fn hash(text: &str) -> u64 {
    foldhash::fast::FixedState::default().hash_one(text)
}

/// A text that names a row nearly by itself: an id, or what people are called.
fn is_plain(field: &Signature, is_id: bool) -> bool {
    is_id || field.name == "name"
}

impl Table {
    pub fn new<R: Row>() -> Self {
        let column = |(place, field): (usize, &Signature)| match field.kind {
            Kind::Number | Kind::Boolean => Column::Number(Vec::new()),
            Kind::Text if is_plain(field, place < R::IDS) => Column::Plain(Vec::new()),
            Kind::Text | Kind::List => Column::Coded(Coded::new()),
        };
        Self {
            fields: R::FIELDS,
            ids: R::IDS,
            columns: R::FIELDS.iter().enumerate().map(column).collect(),
            days: R::DAYS.map(|(name, width)| Days { name, width, counts: Vec::new() }),
            known: Vec::new(),
            ranks: OnceLock::new(),
            searched: Vec::new(),
        }
    }

    /// Rows, numbered as they come.
    pub fn of<R: Row>(rows: &[R]) -> Self {
        let mut table = Self::new::<R>();
        rows.iter().enumerate().for_each(|(place, row)| table.set(place, row));
        table
    }

    /// Rows for which there is a place, known or not.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Makes places for so many rows at once.
    pub fn grow(&mut self, rows: usize) {
        if rows <= self.len() {
            return;
        }
        for column in &mut self.columns {
            match column {
                Column::Number(values) => resize(values, rows, f64::NAN),
                Column::Plain(texts) => resize(texts, rows, None),
                Column::Coded(coded) => resize(&mut coded.codes, rows, MISSING),
            }
        }
        if let Some(days) = &mut self.days {
            resize(&mut days.counts, rows * days.width, 0);
        }
        resize(&mut self.known, rows, false);
        self.searched.resize_with(rows.div_ceil(TOGETHER), OnceLock::new);
    }

    /// Puts a row at its number, in the place of what was there. The rows are those that the table was made for.
    pub fn set<R: Row>(&mut self, number: usize, row: &R) {
        self.grow(number + 1);
        for (place, (column, cell)) in self.columns.iter_mut().zip(row.cells()).enumerate() {
            match (column, cell) {
                (Column::Number(values), Cell::Number(value)) => values[number] = value,
                (Column::Number(values), Cell::Boolean(value)) => values[number] = f64::from(u8::from(value)),
                (Column::Number(values), _) => values[number] = f64::NAN,
                (Column::Plain(texts), cell) => {
                    let text = if let Cell::Text(text) = cell { Some(text) } else { None };
                    if texts[number].as_deref() != text {
                        texts[number] = text.map(Into::into);
                        self.searched[number / TOGETHER] = OnceLock::new();
                        if place < self.ids {
                            self.ranks = OnceLock::new();
                        }
                    }
                }
                (Column::Coded(coded), Cell::Text(text)) => coded.set(number, Some(text)),
                (Column::Coded(coded), Cell::Texts(texts)) => coded.set(number, Some(&joined(texts))),
                (Column::Coded(coded), _) => coded.set(number, None),
            }
        }
        if let (Some(days), Some(counts)) = (&mut self.days, row.days()) {
            days.counts[number * days.width..][..days.width].copy_from_slice(counts);
        }
        self.known[number] = true;
    }

    /// Takes a row out, with its texts.
    pub fn remove(&mut self, number: usize) {
        if !self.known.get(number).is_some_and(|known| *known) {
            return;
        }
        for column in &mut self.columns {
            match column {
                Column::Number(values) => values[number] = f64::NAN,
                Column::Plain(texts) => texts[number] = None,
                Column::Coded(coded) => coded.set(number, None),
            }
        }
        self.searched[number / TOGETHER] = OnceLock::new();
        self.ranks = OnceLock::new();
        self.known[number] = false;
    }

    /// The numbers of a field, by row; NaN where they are missing. `None`: it is no number, or rows do not have it.
    pub fn numbers(&self, field: &str) -> Option<&[f64]> {
        match &self.columns[self.place_of(field)?] {
            Column::Number(values) => Some(values),
            _ => None,
        }
    }

    pub(super) fn place_of(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|known| known.name == field)
    }

    /// A field's text in a row.
    pub(super) fn text(&self, field: usize, row: usize) -> Option<&str> {
        match &self.columns[field] {
            Column::Plain(texts) => texts[row].as_deref(),
            Column::Coded(coded) => coded.text(coded.codes[row]),
            Column::Number(_) => None,
        }
    }

    /// Whether a row that is known has another text in a field than this one.
    pub fn differs(&self, row: usize, field: &str, text: Option<&str>) -> bool {
        let is_known = self.known.get(row).is_some_and(|known| *known);
        is_known && self.place_of(field).is_some_and(|field| self.text(field, row) != text)
    }

    /// The texts that are a row's id.
    pub(super) fn id(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.ids).map(move |field| self.text(field, row).unwrap_or_default())
    }

    pub(super) fn ranks(&self) -> &[u32] {
        self.ranks.get_or_init(|| {
            let mut by_id: Vec<u32> = (0..self.len() as u32).collect();
            by_id.sort_by(|left, right| self.id(*left as usize).cmp(self.id(*right as usize)));
            let mut ranks = vec![0; by_id.len()];
            by_id.iter().zip(0..).for_each(|(row, rank)| ranks[*row as usize] = rank);
            ranks.into()
        })
    }

    /// Takes out of a block of rows, which begins with this one, those that have what is looked for in no text that names them.
    pub(super) fn search(&self, wanted: &Finder<'_>, from: usize, truths: &mut [u8]) {
        let searched = self.searched[from / TOGETHER].get_or_init(|| self.searched(from..from + truths.len()));
        let (mut row, mut at) = (0, 0);
        while let Some(found) = wanted.find(&searched.bytes[at..]) {
            let before = row;
            row += searched.ends[row..].partition_point(|end| *end as usize <= at + found);
            truths[before..row].fill(FALSE);
            at = searched.ends[row] as usize;
            row += 1;
        }
        truths[row..].fill(FALSE);
    }

    fn searched(&self, rows: Range<usize>) -> Searched {
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in rows {
            for column in &self.columns {
                if let Column::Plain(texts) = column {
                    bytes.extend(texts[row].as_deref().unwrap_or_default().to_lowercase().as_bytes());
                    bytes.push(NO_TEXT);
                }
            }
            ends.push(bytes.len() as u32);
        }
        Searched { bytes, ends }
    }

    /// A row as it is written: with the fields that are wanted; what is missing is absent.
    pub fn row<F: Fn(&str) -> bool>(&self, row: usize, wanted: F) -> impl Serialize + use<'_, F> {
        WrittenRow { table: self, row, wanted }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let of_column = |column: &Column| match column {
            Column::Number(values) => values.capacity() * size_of::<f64>(),
            Column::Plain(texts) => {
                let apart = |text: &CompactString| if text.is_heap_allocated() { text.capacity() } else { 0 };
                texts.capacity() * size_of::<Option<CompactString>>() + texts.iter().flatten().map(apart).sum::<usize>()
            }
            Column::Coded(coded) => coded.bytes(),
        };
        let days = self.days.as_ref().map_or(0, |days| days.counts.capacity() * size_of::<u32>());
        let ranks = self.ranks.get().map_or(0, |ranks| size_of_val(&**ranks));
        let of_block = |searched: &Searched| searched.bytes.capacity() + searched.ends.capacity() * size_of::<u32>();
        let searched = self.searched.iter().filter_map(OnceLock::get).map(of_block).sum::<usize>();
        self.columns.iter().map(of_column).sum::<usize>() + days + ranks + searched + self.known.capacity()
    }
}

struct WrittenRow<'t, F> {
    table: &'t Table,
    row: usize,
    wanted: F,
}

impl<F: Fn(&str) -> bool> Serialize for WrittenRow<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { table, row, wanted } = self;
        let mut written = serializer.serialize_map(None)?;
        for (place, field) in table.fields.iter().enumerate().filter(|(place, field)| *place < table.ids || wanted(field.name)) {
            match &table.columns[place] {
                Column::Number(values) if values[*row].is_nan() => {}
                Column::Number(values) if field.kind == Kind::Boolean => written.serialize_entry(field.name, &(values[*row] != 0.0))?,
                Column::Number(values) => written.serialize_entry(field.name, &Figure(values[*row]))?,
                Column::Plain(_) | Column::Coded(_) => match table.text(place, *row) {
                    None => {}
                    Some(texts) if field.kind == Kind::List => {
                        let texts: Vec<&str> = texts.split(BETWEEN).filter(|text| !text.is_empty()).collect();
                        written.serialize_entry(field.name, &texts)?;
                    }
                    Some(text) => written.serialize_entry(field.name, text)?,
                },
            }
        }
        if let Some(days) = table.days.as_ref().filter(|days| wanted(days.name)) {
            written.serialize_entry(days.name, &days.counts[row * days.width..][..days.width])?;
        }
        written.end()
    }
}

fn joined(texts: &[String]) -> String {
    let mut joined = String::new();
    for text in texts {
        joined.push_str(text);
        joined.push(BETWEEN);
    }
    joined
}

/// Grows by an eighth at least, not to twice the length: there are many columns.
fn resize<T: Clone>(values: &mut Vec<T>, len: usize, value: T) {
    if len > values.capacity() {
        values.reserve_exact((len + len / 8) - values.len());
    }
    values.resize(len, value);
}
