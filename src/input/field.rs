//! The fields that any input record has, and where they stand in one object.

use std::cell::Cell;

use super::json::{self, Key, Kind, Literal, Members, Raw, Span};
use super::reject::{Checked, Reason, Reject};

macro_rules! fields {
    ($($variant:ident $name:literal)+) => {
        /// A field of some input record, or of a CloudEvents envelope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field { $($variant),+ }

        const NAMES: &[&[u8]] = &[$($name),+];
        const LITERALS: &[Literal] = &[$(Literal::of_key($name)),+];

        impl Field {
            /// Matched as bytes: the compiler makes a decision tree of it, where strings would be compared one by one.
            #[inline]
            fn of_key(key: &[u8]) -> Option<Field> {
                match key {
                    $($name => Some(Field::$variant),)+
                    _ => None,
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
    Status b"status"
    Seats b"seats"
    Plan b"plan"
    Addons b"addons"
    Features b"features"
    Arr b"arr"
    Starts b"starts"
    Ends b"ends"
    Employees b"employees"
    Industry b"industry"
    Region b"region"
    UseCases b"use_cases"
    TimeZone b"time_zone"
    Owner b"owner"
    AccountExecutive b"account_executive"
    SuccessRole b"success_role"
    Parent b"parent"
    OnboardingCompleted b"onboarding_completed"
    Contract b"contract"
    Renewal b"renewal"
    Health b"health"
    Relationship b"relationship"
    Service b"service"
    Financial b"financial"
    Email b"email"
    Role b"role"
    Level b"level"
    Department b"department"
    Key b"key"
    Internal b"internal"
    Created b"created"
    Left b"left"
    From b"from"
    To b"to"
    Products b"products"
    Kind b"kind"
    Score b"score"
    Comment b"comment"
    Incident b"incident"
    Task b"task"
    Reason b"reason"
    Amount b"amount"
    // Of a CloudEvents envelope.
    Specversion b"specversion"
    Data b"data"
}

thread_local! {
    /// By field, that which followed it in the last object read: most records of a stream name the same fields in the same order, and
    /// then a key is compared rather than looked for.
    static FOLLOWERS: [Cell<Field>; NAMES.len()] = const { [const { Cell::new(Field::Type) }; NAMES.len()] };
}

impl Field {
    pub fn name(self) -> &'static str {
        std::str::from_utf8(NAMES[self as usize]).expect("the names are ASCII")
    }
}

/// A field of an `account` or `user` record, which changes only what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Absent: what is known stays.
    #[default]
    Keep,
    /// `null`: what is known is forgotten.
    Clear,
    Set(T),
}

/// Where the known fields of one object stand. Of a repeated key the last counts.
pub(super) struct Fields<'a> {
    text: &'a str,
    spans: [Span; NAMES.len()],
    /// JSON Pointer of the object in its record: empty, or `/data` in a CloudEvents envelope.
    place: &'static str,
}

impl<'a> Fields<'a> {
    #[inline]
    pub fn new(text: &'a str, place: &'static str) -> Fields<'a> {
        Fields { text, spans: [Span::ABSENT; NAMES.len()], place }
    }

    /// Reads all of the text, which must be one object. Apart from `new`, so that the table is filled where it lies.
    #[inline]
    pub fn scan(&mut self) -> Checked<()> {
        let scanned = FOLLOWERS.with(|followers| {
            let mut table = Table { spans: &mut self.spans, followers, before: Field::Data };
            json::scan_object(self.text, &mut table)
        });
        match scanned {
            Ok(true) => Ok(()),
            Ok(false) => Err(not_object(self.text)),
            Err(error) => Err(bad_json(self.text, error)),
        }
    }

    /// The fields of an object that stands in a record that was scanned.
    pub fn of_object(raw: Raw<'a>, place: &'static str) -> Checked<Fields<'a>> {
        let mut fields = Fields::new(raw.text(), place);
        fields.scan()?;
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

    /// A field that must be there. `null` goes to `convert`, which refuses it like any other wrong type.
    #[inline(always)]
    pub fn required<T>(&self, field: Field, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<T> {
        match self.get(field) {
            Some(raw) => convert(raw).map_err(|reject| self.at(field, reject)),
            None => Err(self.missing(field)),
        }
    }

    /// A field that may be absent, for which `null` is the same.
    #[inline(always)]
    pub fn optional<T>(&self, field: Field, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<Option<T>> {
        match self.present(field) {
            Some(raw) => convert(raw).map(Some).map_err(|reject| self.at(field, reject)),
            None => Ok(None),
        }
    }

    /// A field of a partial record.
    pub fn patch<T>(&self, field: Field, convert: impl FnOnce(Raw<'a>) -> Checked<T>) -> Checked<Patch<T>> {
        match self.get(field) {
            None => Ok(Patch::Keep),
            Some(raw) if raw.kind() == Kind::Null => Ok(Patch::Clear),
            Some(raw) => convert(raw).map(Patch::Set).map_err(|reject| self.at(field, reject)),
        }
    }

    #[cold]
    pub fn missing(&self, field: Field) -> Box<Reject> {
        self.at(field, Reject::boxed(Reason::MissingField, "required, but absent"))
    }

    /// A rejection of this field's value.
    #[cold]
    pub fn at(&self, field: Field, reject: Box<Reject>) -> Box<Reject> {
        reject.within(&format!("{}/{}", self.place, field.name()))
    }
}

/// Where the members of an object are noted.
struct Table<'t> {
    spans: &'t mut [Span; NAMES.len()],
    followers: &'t [Cell<Field>; NAMES.len()],
    /// The known field before. At the beginning one that no plain record has.
    before: Field,
}

impl Members for Table<'_> {
    /// `None`: no field.
    type Name = Option<Field>;

    #[inline(always)]
    fn expected(&self) -> (Literal, Option<Field>) {
        let field = self.followers[self.before as usize].get();
        (LITERALS[field as usize], Some(field))
    }

    #[inline(always)]
    fn name_of(&mut self, key: Key<'_>) -> Option<Field> {
        let field = if key.escaped { field_of_escaped(key.bytes) } else { Field::of_key(key.bytes) };
        if let Some(field) = field {
            self.followers[self.before as usize].set(field);
        }
        field
    }

    #[inline(always)]
    fn member(&mut self, name: Option<Field>, value: Span) {
        if let Some(field) = name {
            self.spans[field as usize] = value;
            self.before = field;
        }
    }
}

/// Keys are compared after unescaping (RFC 8259, section 8.3). A lone surrogate makes a key that no field has.
#[cold]
fn field_of_escaped(key: &[u8]) -> Option<Field> {
    let key = std::str::from_utf8(key).ok()?;
    json::unescape(key).and_then(|key| Field::of_key(key.as_bytes()))
}

#[cold]
fn not_object(text: &str) -> Box<Reject> {
    Reject::expected(Reason::NotObject, "a JSON object", text.trim_ascii())
}

#[cold]
fn bad_json(text: &str, error: json::SyntaxError) -> Box<Reject> {
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
            let field = Field::of_key(name).expect("a name of the table");
            assert_eq!(field as usize, index);
            assert_eq!(field.name().as_bytes(), *name);
        }
        assert_eq!(Field::of_key(b"Type"), None);
        assert_eq!(Field::of_key(b""), None);
    }

    #[test]
    fn the_last_of_a_repeated_key_counts_and_keys_are_unescaped() {
        let text = r#"{"id":1,"\u0069d":2,"\ud800":3,"time":4,"time":null}"#;
        let mut fields = Fields::new(text, "");
        fields.scan().expect("an object");
        assert_eq!(fields.get(Field::Id).expect("there").text(), "2");
        assert!(fields.present(Field::Time).is_none());
    }
}
