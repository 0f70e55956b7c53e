//! A mapping as it is followed: pointers have numbers, constants are JSON.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::input::pointers::Pointers;

#[derive(Debug)]
pub(super) struct Plan {
    pub shape: Shape,
    /// Where the record may stand in Kafka Connect's `schema` and `payload`.
    pub wrapping: Option<Wrapping>,
    pub record: Pointers,
    /// Of each element, where there are some.
    pub element: Pointers,
    pub entries: Vec<Entry>,
}

/// The members that wrap a record, by the numbers of their pointers.
#[derive(Debug)]
pub(super) struct Wrapping {
    pub tree: Pointers,
    pub schema: usize,
    pub payload: usize,
}

/// What an event is made of.
#[derive(Debug)]
pub(super) enum Shape {
    Record,
    /// Each element of a list of the record, by the number and the text of its pointer.
    Elements {
        list: usize,
        pointer: String,
    },
    /// The row that a change is of. The numbers of the change's members.
    Row {
        after: usize,
        before: usize,
        op: usize,
    },
}

/// An entry of `events`.
#[derive(Debug)]
pub(super) struct Entry {
    pub when: Vec<Test>,
    pub then: Then,
    /// Whether `when` says of which changes it is.
    pub names_op: bool,
}

#[derive(Debug)]
pub(super) enum Then {
    Event(Event),
    /// The type by what a pointer leads to.
    ByType {
        pointer: Pointer,
        types: Vec<(String, Event)>,
    },
    Drop,
    Reject(String),
}

#[derive(Debug)]
pub(super) struct Event {
    pub word: String,
    /// Up to the first field: `{"type":"usage"`.
    pub begin: String,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    /// `,"name":`
    pub key: String,
    pub source: Source,
}

/// Where a value is found.
#[derive(Clone, Debug)]
pub(super) struct Pointer {
    pub place: Place,
    /// In the record, or behind the element.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Record(usize),
    /// Of an element, or of a record that is its own.
    Element(usize),
}

/// What one pointer leads to must be so.
#[derive(Debug)]
pub(super) struct Test {
    pub pointer: Pointer,
    pub is: Is,
}

#[derive(Debug)]
pub(super) enum Is {
    OneOf(Vec<String>),
    /// There, and none of these.
    NoneOf(Vec<String>),
    Beginning(String),
    Present(bool),
}

#[derive(Debug)]
pub(super) enum Source {
    /// As JSON.
    Constant(String),
    Taken(Box<Taken>),
    /// Texts one behind the other, where all are there.
    Joined {
        parts: Vec<Source>,
        with: String,
    },
    /// Members: `"key":`, and the value.
    Object(Vec<(String, Source)>),
    List(Vec<Source>),
}

#[derive(Debug)]
pub(super) struct Taken {
    /// The first that is there.
    pub from: Vec<Pointer>,
    pub form: Form,
    /// Only what stands before this.
    pub before: Option<String>,
    pub lookup: Option<Lookup>,
    /// As JSON.
    pub default: Option<String>,
}

/// How what is found becomes what is written.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Text,
    Number,
    Boolean,
    Time(TimeForm),
    Date(TimeForm),
    /// Base64 of a whole number, with so many digits behind the point.
    Base64(Scale),
    List {
        item: Box<Form>,
        split: Option<String>,
    },
    /// Whatever it is.
    AsItIs,
}

#[derive(Clone, Debug)]
pub(super) enum Scale {
    Digits(u32),
    At(Pointer),
}

/// How a time, or a date, is written.
#[derive(Clone, Debug)]
pub(super) struct TimeForm {
    pub format: Format,
    /// Of numbers in `loose`.
    pub unit: Option<Format>,
    pub zone: Option<TimeZone>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// As a native record writes it.
    Native,
    Rfc3339,
    Seconds,
    Millis,
    Micros,
    Days,
    Loose,
}

#[derive(Debug)]
pub(super) struct Lookup {
    /// As in a message: `` `map` ``, `` table `events` ``.
    pub name: String,
    /// Values as JSON.
    pub values: HashMap<String, String, foldhash::fast::FixedState>,
    pub otherwise: Otherwise,
}

#[derive(Debug)]
pub(super) enum Otherwise {
    Refuse,
    /// The event is left out; of a list, the item.
    Drop,
    Keep,
    /// As JSON.
    Constant(String),
}
