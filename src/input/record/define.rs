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
/// schema needs besides, in one of three groups:
///
/// | group | type in the struct | an absent field, `null` |
/// |---|---|---|
/// | `required` | `T` | both are refused |
/// | `optional` | `Option<T>` | both are `None` |
/// | `partial` | `Patch<T>` | `Keep`, `Clear` |
///
/// `check` names a function that is given the struct and the members once all fields are read, for what one field says of another.
macro_rules! record {
    (
        $(#[$about:meta])*
        $name:ident $(<$life:lifetime>)?
        $(required { $($(#[$required_about:meta])* $required:ident: $required_type:ty = $read_required:expr,)+ })?
        $(optional { $($(#[$optional_about:meta])* $optional:ident: $optional_type:ty = $read_optional:expr,)+ })?
        $(partial { $($(#[$partial_about:meta])* $partial:ident: $partial_type:ty = $read_partial:expr,)+ })?
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
            $($(
                $(#[$partial_about])*
                #[serde(default, skip_serializing_if = "crate::input::Patch::is_keep")]
                pub $partial: $crate::input::Patch<$partial_type>,
            )+)?
        }

        impl<'a> $crate::input::record::define::Read<'a> for $name $(<$life>)? {
            const NAMES: &'static [&'static str] = &[
                $($(stringify!($required),)+)?
                $($(stringify!($optional),)+)?
                $($(stringify!($partial),)+)?
            ];

            fn read(named: &$crate::input::field::Named<'a>) -> $crate::input::reject::Checked<Self> {
                let read = Self {
                    $($($required: named.required(stringify!($required), $read_required)?,)+)?
                    $($($optional: named.optional(stringify!($optional), $read_optional)?,)+)?
                    $($($partial: named.patch(stringify!($partial), $read_partial)?,)+)?
                };
                $($check(&read, named)?;)?
                Ok(read)
            }
        }
    };
}
