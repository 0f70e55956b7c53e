//! Values of fields for which Rust has no type of its own. Each is read from JSON and written to it in one form.

use std::borrow::Cow;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::instant;

/// A field of an `account` or `user` record, which changes only what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Absent: what is known stays.
    #[default]
    Keep,
    /// Named by `clear`: what is known is forgotten.
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    /// Of a field's value, if the record gives one, and of what its `clear` names.
    pub(super) fn of(value: Option<T>, name: &str, cleared: &[impl AsRef<str>]) -> Patch<T> {
        match value {
            Some(value) => Patch::Set(value),
            None if cleared.iter().any(|field| field.as_ref() == name) => Patch::Clear,
            None => Patch::Keep,
        }
    }

    pub(super) fn is_clear(&self) -> bool {
        matches!(self, Patch::Clear)
    }

    pub(super) fn set(self) -> Option<T> {
        match self {
            Patch::Keep | Patch::Clear => None,
            Patch::Set(value) => Some(value),
        }
    }
}

/// What may borrow from a record, as a value of its own: for events whose record was made while it was decoded.
pub(super) trait Detach {
    type Detached: 'static;

    fn detached(self) -> Self::Detached;
}

impl Detach for Cow<'_, str> {
    type Detached = Cow<'static, str>;

    fn detached(self) -> Cow<'static, str> {
        Cow::Owned(self.into_owned())
    }
}

impl<T: Detach> Detach for Option<T> {
    type Detached = Option<T::Detached>;

    fn detached(self) -> Self::Detached {
        self.map(T::detached)
    }
}

impl<T: Detach> Detach for Patch<T> {
    type Detached = Patch<T::Detached>;

    fn detached(self) -> Self::Detached {
        match self {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(value) => Patch::Set(value.detached()),
        }
    }
}

impl<T: Detach> Detach for Vec<T> {
    type Detached = Vec<T::Detached>;

    fn detached(self) -> Self::Detached {
        self.into_iter().map(T::detached).collect()
    }
}

impl<K: Detach<Detached: Ord>, V: Detach> Detach for BTreeMap<K, V> {
    type Detached = BTreeMap<K::Detached, V::Detached>;

    fn detached(self) -> Self::Detached {
        self.into_iter().map(|(key, value)| (key.detached(), value.detached())).collect()
    }
}

impl<T: Detach> Detach for Box<T> {
    type Detached = Box<T::Detached>;

    fn detached(self) -> Self::Detached {
        Box::new((*self).detached())
    }
}

/// Types that borrow nothing.
macro_rules! detached_as_they_are {
    ($($kind:ty)+) => { $(
        impl $crate::input::value::Detach for $kind {
            type Detached = $kind;

            fn detached(self) -> $kind {
                self
            }
        }
    )+ };
}
pub(super) use detached_as_they_are;

detached_as_they_are! { bool u8 u32 f64 Date }

/// A calendar date, in days since 1970-01-01; written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i32);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&instant::format_date(self.0))
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let unexpected = |_| de::Error::invalid_value(de::Unexpected::Str(&text), &"a date YYYY-MM-DD, 1970..=9999");
        instant::parse_date(&text).map(Date).map_err(unexpected)
    }
}

/// What a date is written as.
pub const DATE_PATTERN: &str = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": DATE_PATTERN})
    }
}
