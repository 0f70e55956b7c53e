//! How a type of record is defined: its fields once, for the event, for the schema, for reading and for writing.

use crate::input::field::Named;
use crate::input::reject::Checked;

/// A closed set of words.
pub(in crate::input) trait Choice: Copy + 'static {
    const ALL: &'static [Self];

    fn as_str(self) -> &'static str;

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.as_str() == word)
    }

    /// The words for a message: `a, b, c`.
    fn words() -> String {
        Self::ALL.iter().map(|choice| choice.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Defines enums that are a [`Choice`]: `Name { Variant "word", … }`.
macro_rules! choices {
    ($($(#[doc = $doc:literal])* $name:ident { $($variant:ident $word:literal),+ $(,)? })+) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(inline)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The words of the input.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of the input.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl $crate::input::record::define::Choice for $name {
            const ALL: &'static [$name] = $name::ALL;

            fn as_str(self) -> &'static str {
                self.as_str()
            }
        }

        $crate::input::value::detached_as_they_are! { $name }
    )+ };
}

/// What is read from the members of one object.
pub(in crate::input) trait Read<'a>: Sized {
    /// The members that are read.
    const NAMES: &'static [&'static str];

    /// Reads the fields in the order in which faults are reported.
    fn read(named: &Named<'a>) -> Checked<Self>;
}

impl<'a, T: Read<'a>> Read<'a> for Box<T> {
    const NAMES: &'static [&'static str] = T::NAMES;

    fn read(named: &Named<'a>) -> Checked<Box<T>> {
        T::read(named).map(Box::new)
    }
}

/// Defines the struct of an object that is not read by hand. A field is `name: type = how its value is read`, with the attributes that its
/// schema needs besides, in one of two groups:
///
/// | group | type in the struct | an absent field |
/// |---|---|---|
/// | `required` | `T` | is refused |
/// | `optional` | `Option<T>` | is `None` |
///
/// `check` names a function that is given the struct and the members once all fields are read, for what one field says of another.
macro_rules! record {
    (@detach $name:ident $life:lifetime { $($field:ident)* }) => {
        impl<$life> $crate::input::value::Detach for $name<$life> {
            type Detached = $name<'static>;

            fn detached(self) -> $name<'static> {
                $name { $($field: self.$field.detached(),)* }
            }
        }
    };
    (@detach $name:ident { $($field:ident)* }) => {
        $crate::input::value::detached_as_they_are! { $name }
    };
    (
        $(#[$about:meta])*
        $name:ident $(<$life:lifetime>)?
        $(required { $($(#[$required_about:meta])* $required:ident: $required_type:ty = $read_required:expr,)+ })?
        $(optional { $($(#[$optional_about:meta])* $optional:ident: $optional_type:ty = $read_optional:expr,)+ })?
        $(check $check:ident)?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub struct $name $(<$life>)? {
            $($(
                $(#[$required_about])*
                pub $required: $required_type,
            )+)?
            $($(
                $(#[$optional_about])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )+)?
        }

        impl<'a> $crate::input::record::define::Read<'a> for $name $(<$life>)? {
            const NAMES: &'static [&'static str] = &[
                $($(stringify!($required),)+)?
                $($(stringify!($optional),)+)?
            ];

            fn read(named: &$crate::input::field::Named<'a>) -> $crate::input::reject::Checked<Self> {
                let read = Self {
                    $($($required: named.required(stringify!($required), $read_required)?,)+)?
                    $($($optional: named.optional(stringify!($optional), $read_optional)?,)+)?
                };
                $($check(&read, named)?;)?
                Ok(read)
            }
        }

        record!(@detach $name $($life)? { $($($required)+)? $($($optional)+)? });
    };
}

/// Defines the struct of a record that changes only what it names, `Name as` the struct that it is written as. Its fields are as in `record!`,
/// in three groups:
///
/// | group | type in the struct | an absent field |
/// |---|---|---|
/// | `required` | `T` | is refused |
/// | `instead` | `Option<T>` | is `None`. Where the field is there, nothing of the third group is read. It has a `check` of its own |
/// | `partial` | `Patch<T>` | is `Keep`, or `Clear` where the member `clear` names it |
macro_rules! patch {
    (
        $(#[$about:meta])*
        $name:ident<$life:lifetime> as $wire:ident
        $(required { $($(#[$required_about:meta])* $required:ident: $required_type:ty = $read_required:expr,)+ })?
        $(instead {
            $(#[$instead_about:meta])* $instead:ident: $instead_type:ty = $read_instead:expr, check $check:ident
        })?
        partial { $($(#[$partial_about:meta])* $partial:ident: $partial_type:ty = $read_partial:expr,)+ }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name<$life> {
            $($(pub $required: $required_type,)+)?
            $(pub $instead: Option<$instead_type>,)?
            $(pub $partial: $crate::input::Patch<$partial_type>,)+
        }

        $(#[$about])*
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        struct $wire<$life> {
            $($(
                $(#[$required_about])*
                $required: $required_type,
            )+)?
            $(
                $(#[$instead_about])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                $instead: Option<$instead_type>,
            )?
            $(
                $(#[$partial_about])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                $partial: Option<$partial_type>,
            )+
            /// Fields to be cleared, by name. One that the record gives is not.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(extend("items" = {"type": "string", "enum": [
                $($(stringify!($required),)+)? $(stringify!($instead),)? $(stringify!($partial),)+
            ]}))]
            clear: Option<Vec<Cow<$life, str>>>,
        }

        impl<$life> From<$name<$life>> for $wire<$life> {
            fn from(patch: $name<$life>) -> Self {
                let fields = [$((stringify!($partial), patch.$partial.is_clear()),)+];
                let clear: Vec<_> = fields.into_iter().filter(|(_, is_clear)| *is_clear).map(|(field, _)| Cow::Borrowed(field)).collect();
                $wire {
                    $($($required: patch.$required,)+)?
                    $($instead: patch.$instead,)?
                    $($partial: patch.$partial.set(),)+
                    clear: (!clear.is_empty()).then_some(clear),
                }
            }
        }

        impl<$life> From<$wire<$life>> for $name<$life> {
            fn from(written: $wire<$life>) -> Self {
                let cleared = written.clear.unwrap_or_default();
                $name {
                    $($($required: written.$required,)+)?
                    $($instead: written.$instead,)?
                    $($partial: $crate::input::Patch::of(written.$partial, stringify!($partial), &cleared),)+
                }
            }
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $wire::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name<'_> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $wire::deserialize(deserializer).map($name::from)
            }
        }

        impl schemars::JsonSchema for $name<'_> {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $wire::json_schema(generator)
            }
        }

        impl<$life> $crate::input::record::define::Read<$life> for $name<$life> {
            const NAMES: &'static [&'static str] = &[
                $($(stringify!($required),)+)?
                $(stringify!($instead),)?
                $(stringify!($partial),)+
                "clear",
            ];

            fn read(named: &$crate::input::field::Named<$life>) -> $crate::input::reject::Checked<Self> {
                let mut patch = Self {
                    $($($required: named.required(stringify!($required), $read_required)?,)+)?
                    $($instead: named.optional(stringify!($instead), $read_instead)?,)?
                    ..Self::default()
                };
                $(
                    if patch.$instead.is_some() {
                        $check(&patch, named)?;
                        return Ok(patch);
                    }
                )?
                let values = ($(named.optional(stringify!($partial), $read_partial)?,)+);
                let cleared = named.cleared(Self::NAMES)?;
                let ($($partial,)+) = values;
                $(patch.$partial = $crate::input::Patch::of($partial, stringify!($partial), &cleared);)+
                Ok(patch)
            }
        }

        record!(@detach $name $life { $($($required)+)? $($instead)? $($partial)+ });
    };
}
