//! Where the fields of an object stand: in one table those that hot records have ([`Fields`]), by name those of any other object ([`Named`]).

use std::cell::{Cell, RefCell};

use smallvec::{SmallVec, smallvec};

use super::convert;
use super::json::{self, Key, Kind, Literal, Marks, Members, Raw, Span};
use super::record::define::Read;
use super::reject::{Checked, Reason, Reject};

macro_rules! fields {
    ($($variant:ident $name:literal)+) => {
        /// A field of every record, of `usage` or `gauge`, or of a CloudEvents envelope. The table of them is filled for each record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field {
            $($variant,)+
            /// Any other member, which nobody reads.
            Other,
        }

        const NAMES: [&[u8]; Field::Other as usize] = [$($name),+];
        /// Of [`Field::Other`] too, which no key is expected to be.
        const LITERALS: [Literal; FIELDS] = [$(Literal::of_key($name),)+ Literal::NONE];

        impl Field {
            /// Matched as bytes: the compiler makes a decision tree of it, where strings would be compared one by one.
            #[inline]
            fn of_key(key: &[u8]) -> Field {
                match key {
                    $($name => Field::$variant,)+
                    _ => Field::Other,
                }
            }
        }
    };
}

fields! {
    Type b"type"
    Id b"id"
    Time b"time"
    Account b"account"
    Product b"product"
    User b"user"
    Feature b"feature"
    Quantity b"quantity"
    Name b"name"
    Value b"value"
    // Of a CloudEvents envelope.
    Specversion b"specversion"
    Data b"data"
}

const FIELDS: usize = Field::Other as usize + 1;

thread_local! {
    /// By field, that which followed it in the last object read: most records of a stream name the same fields in the same order, and
    /// then a key is compared rather than looked for.
    static FOLLOWERS: [Cell<Field>; FIELDS] = const { [const { Cell::new(Field::Type) }; FIELDS] };

    /// Of the text that is read, so that not every one takes new memory.
    static MARKS: RefCell<Marks> = RefCell::default();
}

impl Field {
    pub fn name(self) -> &'static str {
        std::str::from_utf8(NAMES[self as usize]).expect("the names are ASCII")
    }
}

/// Where the known fields of one object stand. Of a repeated key the last counts.
pub(super) struct Fields<'a> {
    text: &'a str,
    spans: [Span; FIELDS],
    /// JSON Pointer of the object in its record: empty, or `/data` in a CloudEvents envelope.
    place: &'static str,
}

impl<'a> Fields<'a> {
    #[inline]
    pub fn new(place: &'static str) -> Fields<'a> {
        Fields { text: "", spans: [Span::ABSENT; FIELDS], place }
    }

    /// Reads a text, all of which must be one object. Apart from `new`, so that the table is filled where it lies.
    #[inline]
    pub fn read(&mut self, text: &'a [u8]) -> Checked<()> {
        MARKS.with_borrow_mut(|marks| {
            self.text = if marks.note(text) {
                // SAFETY: ASCII alone.
                unsafe { std::str::from_utf8_unchecked(text) }
            } else {
                std::str::from_utf8(text).map_err(invalid_utf8)?
            };
            FOLLOWERS.with(|followers| {
                let mut table = Table { spans: &mut self.spans, followers, before: Field::Data };
                match json::scan_object(self.text, marks, &mut table) {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(not_object(self.text)),
                    Err(error) => Err(bad_json(self.text, error)),
                }
            })
        })
    }

    /// The fields of an object that stands in a record that was read.
    pub fn of_object(raw: Raw<'a>, place: &'static str) -> Checked<Fields<'a>> {
        let mut fields = Fields::new(place);
        fields.read(raw.bytes())?;
        Ok(fields)
    }

    #[inline(always)]
    pub fn get(&self, field: Field) -> Option<Raw<'a>> {
        self.spans[field as usize].of(self.text)
    }

    /// The value, where there is one other than `null`.
    #[inline(always)]
    pub fn present(&self, field: Field) -> Option<Raw<'a>> {
        if self.is_present(field) { self.get(field) } else { None }
    }

    #[inline(always)]
    pub fn is_present(&self, field: Field) -> bool {
        self.spans[field as usize].is_present(self.text)
    }

    /// A field that must be there. `convert` refuses `null`, which is then told to be absent.
    #[inline(always)]
    pub fn required<T>(&self, field: Field, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<T> {
        match self.get(field) {
            Some(raw) => convert(raw).map_err(|reject| self.refused(field, raw, reject)),
            None => Err(self.missing(field)),
        }
    }

    /// A field that may be absent, for which `null` is the same, and an empty text, which `convert` refuses.
    #[inline(always)]
    pub fn optional<T>(&self, field: Field, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<Option<T>> {
        match self.present(field) {
            Some(raw) => match convert(raw) {
                Ok(value) => Ok(Some(value)),
                Err(reject) => self.empty_or_refused(field, raw, reject),
            },
            None => Ok(None),
        }
    }

    #[cold]
    fn refused(&self, field: Field, raw: Raw<'a>, reject: Box<Reject>) -> Box<Reject> {
        if raw.kind() == Kind::Null { self.missing(field) } else { self.at(field, reject) }
    }

    #[cold]
    fn empty_or_refused<T>(&self, field: Field, raw: Raw<'a>, reject: Box<Reject>) -> Checked<Option<T>> {
        if raw.is_empty_text() { Ok(None) } else { Err(self.at(field, reject)) }
    }

    /// Where members stand that the table does not know.
    pub fn named(&self, names: &'static [&'static str]) -> Named<'a> {
        Named::of(self.text, self.place, names)
    }

    /// The fields of a type that is not read by hand.
    #[inline(never)]
    pub fn read_named<T: Read<'a>>(&self) -> Checked<T> {
        T::read(&self.named(T::NAMES))
    }

    /// A field that must be there, and is not or is `null`.
    #[cold]
    pub fn missing(&self, field: Field) -> Box<Reject> {
        let is_null = self.get(field).is_some_and(|raw| raw.kind() == Kind::Null);
        self.at(field, if is_null { null() } else { missing() })
    }

    /// A rejection of this field's value.
    #[cold]
    pub fn at(&self, field: Field, reject: Box<Reject>) -> Box<Reject> {
        reject.within(&format!("{}/{}", self.place, field.name()))
    }
}

/// Where the members of an object stand that go by one of some names. Of a repeated key the last counts.
///
/// For objects that come seldom. Their fields would make the table longer that every record fills; so the object, which was read before, is
/// scanned once more.
pub(super) struct Named<'a> {
    text: &'a str,
    names: &'static [&'static str],
    /// By name.
    spans: SmallVec<[Span; 20]>,
    place: &'static str,
}

impl<'a> Named<'a> {
    /// Of an object that stands in a record that was read.
    pub fn of(text: &'a str, place: &'static str, names: &'static [&'static str]) -> Named<'a> {
        let mut named = Named { text, names, spans: smallvec![Span::ABSENT; names.len()], place };
        MARKS.with_borrow_mut(|marks| {
            marks.note(text.as_bytes());
            json::scan_object(text, marks, &mut named).expect("the object was scanned before");
        });
        named
    }

    fn get(&self, name: &str) -> Option<Raw<'a>> {
        let place = self.names.iter().position(|known| *known == name)?;
        self.spans[place].of(self.text)
    }

    /// The value, where there is one other than `null` and the empty text.
    pub fn given(&self, name: &str) -> Option<Raw<'a>> {
        self.get(name).filter(|raw| raw.kind() != Kind::Null && !raw.is_empty_text())
    }

    /// Whether a field is told, and empty.
    pub fn is_empty_text(&self, name: &str) -> bool {
        self.get(name).is_some_and(|raw| raw.is_empty_text())
    }

    /// A field that must be there, and not be `null`.
    pub fn required<T>(&self, name: &str, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<T> {
        match self.get(name) {
            Some(raw) if raw.kind() == Kind::Null => Err(self.at(name, null())),
            Some(raw) => convert(raw).map_err(|reject| self.at(name, reject)),
            None => Err(self.at(name, missing())),
        }
    }

    /// A field that may be absent, for which `null` and the empty text are the same.
    pub fn optional<T>(&self, name: &str, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<Option<T>> {
        self.given(name).map(|raw| convert(raw).map_err(|reject| self.at(name, reject))).transpose()
    }

    /// What the member `clear` names of these fields, of which it is the last itself.
    pub fn cleared(&self, fields: &'static [&'static str]) -> Checked<Vec<&'static str>> {
        let [known @ .., clear] = fields else { return Ok(Vec::new()) };
        Ok(self.optional(clear, |raw| convert::words(raw, known))?.unwrap_or_default())
    }

    /// Refuses a field's value for contradicting another one.
    #[cold]
    pub fn contradiction(&self, name: &str, expected: &str) -> Box<Reject> {
        let found = self.get(name).map_or("nothing", Raw::shown);
        self.at(name, Reject::expected(Reason::OutOfRange, expected, found))
    }

    #[cold]
    pub fn at(&self, name: &str, reject: Box<Reject>) -> Box<Reject> {
        reject.within(&format!("{}/{name}", self.place))
    }
}

impl Members for Named<'_> {
    /// The place of the name, if it is one of those.
    type Name = Option<usize>;

    fn expected(&self) -> (Literal, Option<usize>) {
        (Literal::NONE, None)
    }

    fn name_of(&mut self, key: Key<'_>) -> Option<usize> {
        let place_of = |key: &[u8]| self.names.iter().position(|name| name.as_bytes() == key);
        if key.escaped { unescaped(key.bytes).and_then(|key| place_of(key.as_bytes())) } else { place_of(key.bytes) }
    }

    fn member(&mut self, name: Option<usize>, value: Span) {
        if let Some(place) = name {
            self.spans[place] = value;
        }
    }
}

/// Where the members of an object are noted.
struct Table<'t> {
    spans: &'t mut [Span; FIELDS],
    followers: &'t [Cell<Field>; FIELDS],
    /// The field before. At the beginning one that no plain record has.
    before: Field,
}

impl Members for Table<'_> {
    type Name = Field;

    #[inline(always)]
    fn expected(&self) -> (Literal, Field) {
        let field = self.followers[self.before as usize].get();
        (LITERALS[field as usize], field)
    }

    #[inline(always)]
    fn name_of(&mut self, key: Key<'_>) -> Field {
        let field = if key.escaped { field_of_escaped(key.bytes) } else { Field::of_key(key.bytes) };
        self.followers[self.before as usize].set(field);
        field
    }

    #[inline(always)]
    fn member(&mut self, field: Field, value: Span) {
        self.spans[field as usize] = value;
        self.before = field;
    }
}

#[cold]
fn field_of_escaped(key: &[u8]) -> Field {
    unescaped(key).map_or(Field::Other, |key| Field::of_key(key.as_bytes()))
}

/// Keys are compared after unescaping (RFC 8259, section 8.3). A lone surrogate makes a key that no field has.
#[cold]
fn unescaped(key: &[u8]) -> Option<String> {
    std::str::from_utf8(key).ok().and_then(json::unescape)
}

#[cold]
fn missing() -> Box<Reject> {
    Reject::boxed(Reason::MissingField, "required, but absent")
}

#[cold]
fn null() -> Box<Reject> {
    Reject::boxed(Reason::MissingField, "required, but null, which is as if it were absent")
}

#[cold]
pub(super) fn invalid_utf8(error: std::str::Utf8Error) -> Box<Reject> {
    Reject::boxed(Reason::InvalidUtf8, format!("not UTF-8 at byte {}", error.valid_up_to()))
}

#[cold]
pub(super) fn not_object(text: &str) -> Box<Reject> {
    Reject::expected(Reason::NotObject, "a JSON object", text.trim_ascii())
}

#[cold]
pub(super) fn bad_json(text: &str, error: json::SyntaxError) -> Box<Reject> {
    let found = match text.get(error.at..).and_then(|rest| rest.chars().next()) {
        Some(character) => format!("`{}`", character.escape_debug()),
        None => String::from("the end"),
    };
    Reject::boxed(Reason::BadJson, format!("not JSON at byte {}: expected {}, found {found}", error.at, error.expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_field() {
        for (index, name) in NAMES.iter().enumerate() {
            let field = Field::of_key(name);
            assert_eq!(field as usize, index);
            assert_eq!(field.name().as_bytes(), *name);
        }
        assert_eq!(Field::of_key(b"Type"), Field::Other);
        assert_eq!(Field::of_key(b""), Field::Other);
    }

    #[test]
    fn the_last_of_a_repeated_key_counts_and_keys_are_unescaped() {
        let text = r#"{"id":1,"\u0069d":2,"\ud800":3,"time":4,"time":null}"#;
        let mut fields = Fields::new("");
        fields.read(text.as_bytes()).expect("an object");
        assert_eq!(fields.get(Field::Id).expect("there").text(), "2");
        assert!(fields.present(Field::Time).is_none());

        let named = Named::of(text, "/data", &["x", "time", "id"]);
        assert_eq!(named.get("id").expect("there").text(), "2");
        assert_eq!(named.get("time").expect("there").text(), "null");
        assert!(named.get("x").is_none());
        let reject = named.required("x", |_| Ok(())).expect_err("absent");
        assert_eq!(reject.to_string(), "/data/x: required, but absent");
    }
}
