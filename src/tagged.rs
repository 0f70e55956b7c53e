//! Records of the changelog that are written as tagged fields, so that builds of different ages can share one.
//!
//! A record is a sequence of fields, each its tag and its value's bytes in postcard's wire format, with their length before them. What has its
//! default is left out. A build keeps the fields that it does not know, and writes them again with the record: where a newer build is taken back
//! for an older one, nothing that it learned is lost. A tag is never used again for something else.
//!
//! That costs a byte or two a field, which suits what is told seldom. Counts and rows of users, which are written all the time, are fixed in
//! form.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// Fields that this build does not know, with their tags.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::box_collection, reason = "eight bytes in each account and profile that has none, which are nearly all")]
pub struct Unknown(Option<Box<Vec<Field>>>);

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Field {
    tag: u32,
    #[serde(with = "serde_bytes")]
    value: Box<[u8]>,
}

impl Unknown {
    pub fn push(&mut self, tag: u32, value: &[u8]) {
        self.0.get_or_insert_default().push(Field { tag, value: value.into() });
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |fields| fields.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the fields after those that are known.
    pub fn serialize_into<S: SerializeSeq>(&self, fields: &mut S) -> Result<(), S::Error> {
        self.0.iter().flat_map(|fields| fields.iter()).try_for_each(|field| fields.serialize_element(field))
    }
}

/// A field as it is written.
pub struct Written<'a, T>(pub u32, pub &'a T);

/// Most values are shorter.
const VALUE_BYTES: usize = 128;

impl<T: Serialize> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut short = [0; VALUE_BYTES];
        match postcard::to_slice(self.1, &mut short) {
            Ok(value) => (self.0, serde_bytes::Bytes::new(value)).serialize(serializer),
            Err(postcard::Error::SerializeBufferFull) => {
                let value = postcard::to_stdvec(self.1).map_err(serde::ser::Error::custom)?;
                (self.0, serde_bytes::Bytes::new(&value)).serialize(serializer)
            }
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

/// A field of a record: its tag and its name.
pub type TaggedField = (u32, &'static str);

/// Declares a struct that is written as tagged fields, each with its tag before it. It has `unknown` beside them, and must have a default.
macro_rules! tagged {
    ($(#[$about:meta])* pub struct $name:ident $(<$life:lifetime>)? { $($(#[$doc:meta])* $tag:literal $field:ident: $kind:ty,)+ }) => {
        $(#[$about])*
        pub struct $name $(<$life>)? {
            $($(#[$doc])* pub $field: $kind,)+
            /// Of a later build.
            pub unknown: $crate::tagged::Unknown,
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// In the order in which they are written.
            pub const FIELDS: &'static [$crate::tagged::TaggedField] = &[$(($tag, stringify!($field)),)+];
        }

        impl $(<$life>)? serde::Serialize for $name $(<$life>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeSeq;
                let default = Self::default();
                let known = [$(self.$field != default.$field),+].iter().filter(|told| **told).count();
                let mut fields = serializer.serialize_seq(Some(known + self.unknown.len()))?;
                $(if self.$field != default.$field {
                    fields.serialize_element(&$crate::tagged::Written($tag, &self.$field))?;
                })+
                self.unknown.serialize_into(&mut fields)?;
                fields.end()
            }
        }

        impl<'de $(: $life, $life)?> serde::Deserialize<'de> for $name $(<$life>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields<T>(std::marker::PhantomData<T>);
                impl<'de $(: $life, $life)?> serde::de::Visitor<'de> for Fields<$name $(<$life>)?> {
                    type Value = $name $(<$life>)?;
                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("tagged fields")
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                        let mut record = Self::Value::default();
                        while let Some((tag, value)) = fields.next_element::<(u32, &'de serde_bytes::Bytes)>()? {
                            match tag {
                                $($tag => record.$field = postcard::from_bytes(value).map_err(serde::de::Error::custom)?,)+
                                _ => record.unknown.push(tag, value),
                            }
                        }
                        Ok(record)
                    }
                }
                deserializer.deserialize_seq(Fields::<Self>(std::marker::PhantomData))
            }
        }
    };
}

pub(crate) use tagged;

#[cfg(test)]
mod tests {
    tagged! {
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Old {
            1 name: String,
            2 seats: Option<u32>,
        }
    }

    tagged! {
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct New<'a> {
            1 name: &'a str,
            2 seats: Option<u32>,
            5 plan: Option<&'a str>,
            300 addons: Vec<u32>,
        }
    }

    #[test]
    fn an_older_build_keeps_what_a_newer_one_wrote() {
        let long = "p".repeat(500);
        let new = New { name: "Acme", seats: None, plan: Some(&long), addons: vec![7, 300], ..New::default() };
        let bytes = postcard::to_stdvec(&new).expect("serializes");
        let mut old: Old = postcard::from_bytes(&bytes).expect("reads what it does not know");
        assert_eq!((&*old.name, old.seats, old.unknown.len()), ("Acme", None, 2));
        old.seats = Some(5);
        let bytes = postcard::to_stdvec(&old).expect("serializes");
        let back: New<'_> = postcard::from_bytes(&bytes).expect("reads its own");
        assert_eq!(back, New { seats: Some(5), ..new });
    }

    #[test]
    fn a_default_takes_no_bytes_and_a_damaged_field_is_refused() {
        assert_eq!(postcard::to_stdvec(&Old::default()).expect("serializes"), [0]);
        // One field, of tag 2, whose value of one byte is no option.
        assert!(postcard::from_bytes::<Old>(&[1, 2, 1, 9]).is_err());
        assert_eq!(postcard::from_bytes::<Old>(&[1, 2, 2, 1, 9]), Ok(Old { seats: Some(9), ..Old::default() }));
    }

    #[test]
    fn the_fields_are_described() {
        assert_eq!(Old::FIELDS, [(1, "name"), (2, "seats")]);
        assert_eq!(New::FIELDS[2..], [(5, "plan"), (300, "addons")]);
    }
}
