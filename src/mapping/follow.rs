//! From the bytes of a record to what becomes of it.

use super::convert::{self, quote};
use super::plan::{Entry, Event, Form, Is, Lookup, Otherwise, Place, Plan, Pointer, Scale, Shape, Source, Taken, Test, Then, Wrapping};
use super::{Native, Outcome, Rejected, RejectedReason};
use crate::input::pointers::{Pointers, Texts};
use crate::input::{Kind, Limits, Raw, Reason, Reject, decode, shortened, unframed};
use crate::playbook::nearest;

/// Values that were found: of the record, and of the element.
struct Values<'v, 'a> {
    record: &'v [Option<Raw<'a>>],
    element: &'v [Option<Raw<'a>>],
    /// What stands before a pointer into the element: `/data/items/3`, or nothing.
    around: &'v Around<'v>,
}

/// Where an element is.
enum Around<'v> {
    Record,
    Element { list: &'v str, index: usize },
    Row(&'static str),
}

impl Around<'_> {
    /// A pointer as it is from the record's beginning.
    fn full(&self, pointer: &Pointer) -> String {
        match (pointer.place, self) {
            (Place::Record(_), _) | (_, Around::Record) => pointer.text.clone(),
            (Place::Element(_), Around::Element { list, index }) => format!("{list}/{index}{}", pointer.text),
            (Place::Element(_), Around::Row(row)) => format!("/{row}{}", pointer.text),
        }
    }
}

/// Why a field has no value.
enum Stop {
    Drop,
    Reject(RejectedReason, String, String),
}

impl Stop {
    fn wrong_type(pointer: String, message: String) -> Self {
        Self::Reject(RejectedReason::Input(Reason::WrongType), pointer, message)
    }
}

/// Whether something was written.
type Written = Result<bool, Stop>;

pub(super) fn follow(plan: &Plan, value: &[u8], outcomes: &mut Vec<Outcome>) {
    let value = unframed(value);
    let blank = value.trim_ascii();
    if blank.is_empty() || blank == b"null" {
        outcomes.push(Outcome::Unmapped);
        return;
    }
    if let Err(reject) = record(plan, value, outcomes) {
        outcomes.push(whole(*reject));
    }
}

/// A record that is bad as a whole.
fn whole(reject: Reject) -> Outcome {
    let Reject { reason, pointer, message } = reject;
    Outcome::Rejected(Box::new(Rejected { reason: RejectedReason::Input(reason), pointer, message, is_known: false }))
}

fn record(plan: &Plan, value: &[u8], outcomes: &mut Vec<Outcome>) -> Result<(), Box<Reject>> {
    let of = match &plan.wrapping {
        None => Of::Record(value),
        Some(wrapping) => match unwrapped(wrapping, value)? {
            Some(inner) => Of::Value(inner),
            None => {
                outcomes.push(Outcome::Unmapped);
                return Ok(());
            }
        },
    };
    match &plan.shape {
        Shape::Record => {
            // Without anything around it no pointer is one of what is around.
            let judged = |element: &[Option<Raw<'_>>]| judge(plan, &Values { record: &[], element, around: &Around::Record }, false);
            outcomes.push(walked(&plan.element, of, judged)?);
        }
        Shape::Elements { .. } | Shape::Row { .. } => walked(&plan.record, of, |found| divide(plan, found, outcomes))?,
    }
    Ok(())
}

/// The record that may stand in `schema` and `payload`; `None`: `null` does.
fn unwrapped<'a>(wrapping: &Wrapping, value: &'a [u8]) -> Result<Option<Raw<'a>>, Box<Reject>> {
    let mut found = wrapping.tree.nothing();
    let whole = wrapping.tree.record(value, &mut found, &mut Texts::new())?;
    let inner = match (found[wrapping.schema], found[wrapping.payload]) {
        (Some(_), Some(payload)) => payload,
        _ => whole,
    };
    match inner.kind() {
        Kind::Object => Ok(Some(inner)),
        Kind::Null => Ok(None),
        _ => Err(Box::new(Reject::new(Reason::NotObject, format!("expected a JSON object, found {}", shortened(inner.shown()))))),
    }
}

/// What is walked: a record's bytes, or a value of one that was read.
enum Of<'a> {
    Record(&'a [u8]),
    Value(Raw<'a>),
}

/// Finds what a tree of pointers asks for, also within texts that hold JSON.
fn walked<R>(tree: &Pointers, of: Of<'_>, then: impl FnOnce(&[Option<Raw<'_>>]) -> R) -> Result<R, Box<Reject>> {
    // Before what borrows from it.
    let mut unpacked = Vec::new();
    let (mut found, mut texts) = (tree.nothing(), Texts::new());
    match of {
        Of::Record(value) => _ = tree.record(value, &mut found, &mut texts)?,
        Of::Value(value) => tree.value(value, &mut found, &mut texts),
    }
    for (node, text) in &texts {
        unpacked.push(tree.unpacked(*node, *text)?);
    }
    for ((node, _), text) in texts.iter().zip(&unpacked) {
        tree.embedded(*node, text, &mut found)?;
    }
    Ok(then(&found))
}

/// The elements of a record, or the row that a change is of.
fn divide(plan: &Plan, found: &[Option<Raw<'_>>], outcomes: &mut Vec<Outcome>) {
    match &plan.shape {
        Shape::Record => unreachable!("a record that is one event is not divided"),
        Shape::Row { after, before, op } => {
            let is_row = |slot: usize| found[slot].filter(|row| row.kind() == Kind::Object);
            let row = is_row(*after).map(|row| (row, "after")).or_else(|| is_row(*before).map(|row| (row, "before")));
            let Some((row, name)) = row else {
                outcomes.push(match found[*op] {
                    Some(_) => Outcome::Unmapped,
                    None => whole(Reject::new(
                        Reason::MissingField,
                        "expected a change with `op`, `before` and `after`; `input: connect` takes rows without them",
                    )),
                });
                return;
            };
            // What a deletion, or another change that is none of state, means, `when` must say.
            let is_of_state = found[*op].and_then(Raw::plain).is_some_and(|op| matches!(op, "c" | "u" | "r"));
            outcomes.push(element(plan, found, row, &Around::Row(name), !is_of_state));
        }
        Shape::Elements { list, pointer } => match found[*list] {
            None => outcomes.push(Outcome::Unmapped),
            Some(raw) if raw.kind() == Kind::Null => outcomes.push(Outcome::Unmapped),
            Some(raw) if raw.kind() == Kind::Array => {
                let items = raw.items();
                if items.is_empty() {
                    outcomes.push(Outcome::Unmapped);
                }
                for (index, item) in items.into_iter().enumerate() {
                    outcomes.push(element(plan, found, item, &Around::Element { list: pointer, index }, false));
                }
            }
            Some(raw) => {
                let message = format!("`each` expected an array, found {}", shortened(raw.shown()));
                outcomes.push(whole(Reject { reason: Reason::WrongType, pointer: pointer.clone(), message }));
            }
        },
    }
}

fn element<'a>(plan: &Plan, record: &[Option<Raw<'a>>], raw: Raw<'a>, around: &Around<'_>, must_name_op: bool) -> Outcome {
    let judged = |element: &[Option<Raw<'_>>]| judge(plan, &Values { record, element, around }, must_name_op);
    walked(&plan.element, Of::Value(raw), judged).unwrap_or_else(|reject| whole(*reject))
}

/// The first event whose `when` holds.
fn judge(plan: &Plan, values: &Values<'_, '_>, must_name_op: bool) -> Outcome {
    let holds = |entry: &&Entry| (!must_name_op || entry.names_op) && entry.when.iter().all(|test| values.holds(test));
    let Some(entry) = plan.entries.iter().find(holds) else { return Outcome::Unmapped };
    let is_known = !entry.when.is_empty();
    let made = match &entry.then {
        Then::Event(event) => values.event(event),
        Then::ByType { pointer, types } => values.event_by_type(pointer, types),
        Then::Drop => Err(Stop::Drop),
        Then::Reject(reason) => Err(Stop::Reject(RejectedReason::Told, String::new(), reason.clone())),
    };
    match made {
        Ok(native) => Outcome::Native(native),
        Err(Stop::Drop) => Outcome::Dropped,
        Err(Stop::Reject(reason, pointer, message)) => Outcome::Rejected(Box::new(Rejected { reason, pointer, message, is_known })),
    }
}

impl<'a> Values<'_, 'a> {
    fn at(&self, pointer: &Pointer) -> Option<Raw<'a>> {
        match pointer.place {
            Place::Record(slot) => self.record[slot],
            Place::Element(slot) => self.element[slot],
        }
    }

    /// Where there is something: neither `null` nor an empty text.
    fn there(&self, pointer: &Pointer) -> Option<Raw<'a>> {
        self.at(pointer).filter(|raw| raw.kind() != Kind::Null && !raw.is_empty_text())
    }

    fn holds(&self, test: &Test) -> bool {
        let Some(raw) = self.there(&test.pointer) else { return matches!(test.is, Is::Present(false)) };
        if let Is::Present(is_present) = test.is {
            return is_present;
        }
        let Ok(text) = convert::text(raw) else { return false };
        match &test.is {
            Is::OneOf(words) => words.iter().any(|word| *word == text),
            Is::NoneOf(words) => words.iter().all(|word| *word != text),
            Is::Beginning(begin) => text.starts_with(begin.as_str()),
            Is::Present(_) => true,
        }
    }

    fn event_by_type(&self, pointer: &Pointer, types: &[(String, Event)]) -> Result<Native, Stop> {
        let full = || self.around.full(pointer);
        let Some(raw) = self.there(pointer) else {
            return Err(Stop::Reject(
                RejectedReason::Input(Reason::MissingField),
                full(),
                "the `type` is taken from here, but it is absent".to_owned(),
            ));
        };
        let word = convert::text(raw).map_err(|message| Stop::wrong_type(full(), message))?;
        match types.iter().find(|(known, _)| *known == word) {
            Some((_, event)) => self.event(event),
            None => {
                let meant = nearest(&word, types.iter().map(|(known, _)| known.as_str()));
                let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
                let message = format!("no type of the input: {}{meant}", shortened(raw.shown()));
                Err(Stop::Reject(RejectedReason::Input(Reason::UnknownType), full(), message))
            }
        }
    }

    fn event(&self, event: &Event) -> Result<Native, Stop> {
        let mut json = String::with_capacity(256);
        json.push_str(&event.begin);
        for field in &event.fields {
            let before = json.len();
            json.push_str(&field.key);
            match self.write(&field.source, &mut json) {
                Ok(true) => {}
                Ok(false) => json.truncate(before),
                Err(Stop::Drop) => return Err(Stop::Drop),
                Err(Stop::Reject(reason, pointer, message)) => {
                    return Err(Stop::Reject(reason, pointer, format!("`{}`: {message}", field.name)));
                }
            }
        }
        json.push('}');
        let limits = Limits { check_key: false, ..Limits::default() };
        let decoded = decode(None, json.as_bytes(), Vec::new, &limits);
        match decoded.map(|decoded| (decoded.account.into_owned(), decoded.time_ms, decoded.body.input_type())) {
            Ok((account, time_ms, input_type)) => Ok(Native { account, time_ms, input_type, json }),
            Err(reject) => Err(self.refused(event, *reject)),
        }
    }

    /// What the decoder says of a native record, told of the record that it came from.
    fn refused(&self, event: &Event, reject: Reject) -> Stop {
        let Reject { reason, pointer, mut message } = reject;
        let name = pointer.split('/').nth(1).unwrap_or_default();
        if reason == Reason::MissingField {
            // What the decoder hints at is of native records.
            message.truncate(message.find(';').unwrap_or(message.len()));
        }
        let field = event.fields.iter().find(|field| field.name == name);
        let source = field.map(|field| match &field.source {
            Source::Object(members) => {
                let key = pointer.split('/').nth(2).unwrap_or_default();
                members.iter().find(|(member, _)| member.trim_matches(['"', ':']) == key).map_or(&field.source, |(_, source)| source)
            }
            source => source,
        });
        let (place, hint) = match source {
            Some(Source::Taken(taken)) => {
                let found = taken.from.iter().find(|pointer| self.there(pointer).is_some());
                let places: Vec<String> = taken.from.iter().map(|pointer| self.around.full(pointer)).collect();
                match found {
                    Some(pointer) => (self.around.full(pointer), String::new()),
                    None if taken.from.len() > 1 => (places[0].clone(), format!("; none of {} is there", places.join(", "))),
                    None => (places[0].clone(), "; `default` says what stands in for it".to_owned()),
                }
            }
            Some(Source::Constant(json)) => (String::new(), format!("; the mapping says {json} itself")),
            Some(_) => (String::new(), String::new()),
            None => (String::new(), format!("; the mapping's event of type `{}` does not say it", event.word)),
        };
        let named = if pointer.is_empty() { String::new() } else { format!("`{}`: ", &pointer[1..]) };
        Stop::Reject(RejectedReason::Input(reason), place, format!("{named}{message}{hint}"))
    }

    /// Writes a value, if there is one.
    fn write(&self, source: &Source, out: &mut String) -> Written {
        match source {
            Source::Constant(json) => {
                out.push_str(json);
                Ok(true)
            }
            Source::Taken(taken) => self.taken(taken, out),
            Source::Joined { parts, with } => self.joined(parts, with, out),
            Source::Object(members) => self.object(members, out),
            Source::List(items) => self.list(items, out),
        }
    }

    fn taken(&self, taken: &Taken, out: &mut String) -> Written {
        let found = taken.from.iter().find_map(|pointer| Some((pointer, self.there(pointer)?)));
        let Some((pointer, raw)) = found else {
            return Ok(taken.default.as_ref().is_some_and(|json| {
                out.push_str(json);
                true
            }));
        };
        if let Form::List { item, split } = &taken.form {
            return self.items(taken, item, split.as_deref(), pointer, raw, out);
        }
        self.one(taken, &taken.form, pointer, raw, out)
    }

    /// A value, looked up or by its form.
    fn one(&self, taken: &Taken, form: &Form, pointer: &Pointer, raw: Raw<'a>, out: &mut String) -> Written {
        let wrong = |message| Stop::wrong_type(self.around.full(pointer), message);
        if taken.before.is_none() && taken.lookup.is_none() {
            if let Form::Base64(scale) = form {
                let scale = self.scale(scale, pointer)?;
                return convert::base64_decimal(raw, scale, out).map(|()| true).map_err(wrong);
            }
            return convert::write(form, raw, out).map(|()| true).map_err(wrong);
        }
        self.part(taken, &convert::text(raw).map_err(wrong)?, form, pointer, out)
    }

    /// What a text, or a part of one, is made into: cut off, looked up, or by its form.
    fn part(&self, taken: &Taken, text: &str, form: &Form, pointer: &Pointer, out: &mut String) -> Written {
        let end = taken.before.as_deref().and_then(|before| text.find(before)).unwrap_or(text.len());
        let text = &text[..end];
        match &taken.lookup {
            Some(lookup) => self.looked_up(lookup, text, form, pointer, out),
            None => {
                written_text(text, form, out);
                Ok(!text.is_empty())
            }
        }
    }

    fn looked_up(&self, lookup: &Lookup, text: &str, form: &Form, pointer: &Pointer, out: &mut String) -> Written {
        if let Some(json) = lookup.values.get(text) {
            out.push_str(json);
            return Ok(true);
        }
        match &lookup.otherwise {
            Otherwise::Drop => Err(Stop::Drop),
            Otherwise::Keep => {
                written_text(text, form, out);
                Ok(true)
            }
            Otherwise::Constant(json) => {
                out.push_str(json);
                Ok(true)
            }
            Otherwise::Refuse => {
                let meant = nearest(text, lookup.values.keys().map(String::as_str));
                let meant = meant.map_or_else(String::new, |meant| format!(" (there is `{meant}`)"));
                let message = format!("\"{}\" is not listed in {}{meant}: list it, or say `else`", shortened(text), lookup.name);
                Err(Stop::Reject(RejectedReason::NotListed, self.around.full(pointer), message))
            }
        }
    }

    fn scale(&self, scale: &Scale, of: &Pointer) -> Result<u32, Stop> {
        match scale {
            Scale::Digits(digits) => Ok(*digits),
            Scale::At(pointer) => {
                let digits = self.there(pointer).and_then(|raw| raw.text().trim_matches('"').parse().ok()).filter(|digits| *digits <= 64);
                digits.ok_or_else(|| {
                    let message = format!("its `scale` is expected at {}, a whole number of at most 64", self.around.full(pointer));
                    Stop::wrong_type(self.around.full(of), message)
                })
            }
        }
    }

    /// A list as it stands there, or a text that is divided.
    fn items(&self, taken: &Taken, item: &Form, split: Option<&str>, pointer: &Pointer, raw: Raw<'a>, out: &mut String) -> Written {
        out.push('[');
        let begin = out.len();
        match (raw.kind(), split) {
            (Kind::Array, _) => {
                for raw in raw.items().into_iter().filter(|raw| raw.kind() != Kind::Null) {
                    self.item(begin, out, |out| self.one(taken, item, pointer, raw, out))?;
                }
            }
            (Kind::String, Some(split)) => {
                let text = convert::text(raw).map_err(|message| Stop::wrong_type(self.around.full(pointer), message))?;
                for part in text.split(split).map(str::trim).filter(|part| !part.is_empty()) {
                    self.item(begin, out, |out| self.part(taken, part, item, pointer, out))?;
                }
            }
            (kind, _) => {
                let hint = if kind == Kind::String { "; `split` says what is between its items" } else { "" };
                let message = format!("expected an array, found {}{hint}", shortened(raw.shown()));
                return Err(Stop::wrong_type(self.around.full(pointer), message));
            }
        }
        // Where nothing of it is listed there is nothing to tell.
        let is_there = out.len() > begin || taken.lookup.is_none();
        out.push(']');
        Ok(is_there)
    }

    /// Writes an item behind the others; one that is dropped, or not there, is none.
    fn item(&self, begin: usize, out: &mut String, write: impl FnOnce(&mut String) -> Written) -> Result<(), Stop> {
        let before = out.len();
        if before > begin {
            out.push(',');
        }
        match write(out) {
            Ok(true) => Ok(()),
            Ok(false) | Err(Stop::Drop) => {
                out.truncate(before);
                Ok(())
            }
            Err(stop) => Err(stop),
        }
    }

    fn list(&self, items: &[Source], out: &mut String) -> Written {
        out.push('[');
        let begin = out.len();
        for source in items {
            self.item(begin, out, |out| self.write(source, out))?;
        }
        let is_there = out.len() > begin;
        out.push(']');
        Ok(is_there)
    }

    fn object(&self, members: &[(String, Source)], out: &mut String) -> Written {
        out.push('{');
        let begin = out.len();
        for (key, source) in members {
            let before = out.len();
            if before > begin {
                out.push(',');
            }
            out.push_str(key);
            if !self.write(source, out)? {
                out.truncate(before);
            }
        }
        let is_there = out.len() > begin;
        out.push('}');
        Ok(is_there)
    }

    fn joined(&self, parts: &[Source], with: &str, out: &mut String) -> Written {
        let mut joined = String::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                joined.push_str(with);
            }
            match part {
                Source::Constant(json) => joined.push_str(&serde_json::from_str::<String>(json).expect("a constant of a text is one")),
                Source::Taken(taken) if taken.lookup.is_none() && taken.before.is_none() => {
                    let found = taken.from.iter().find_map(|pointer| Some((pointer, self.there(pointer)?)));
                    let Some((pointer, raw)) = found else {
                        let Some(json) = &taken.default else { return Ok(false) };
                        joined.push_str(&serde_json::from_str::<String>(json).expect("a constant of a text is one"));
                        continue;
                    };
                    joined.push_str(&convert::text(raw).map_err(|message| Stop::wrong_type(self.around.full(pointer), message))?);
                }
                other => {
                    let mut json = String::new();
                    if !self.write(other, &mut json)? {
                        return Ok(false);
                    }
                    joined.push_str(&serde_json::from_str::<String>(&json).unwrap_or(json));
                }
            }
        }
        quote(&joined, out);
        Ok(true)
    }
}

/// A text by its form, where it is a part of what was found.
fn written_text(text: &str, form: &Form, out: &mut String) {
    match form {
        Form::Number if convert::is_number(text) => out.push_str(text),
        Form::Boolean if matches!(text, "true" | "false") => out.push_str(text),
        _ => quote(text, out),
    }
}
