//! The keys of a mapping, and the words that they take: what docs/reference/sources.md lists.

use super::Input;
use super::plan::Format;

/// The keys of a mapping, and what each means: the reference is made of this.
pub const MAPPING_KEYS: [(&str, &str); 8] = [
    ("version", "1, the only version there is"),
    ("name", "what it is called"),
    ("input", "what a record is: one of the inputs below"),
    (
        "each",
        "a pointer to a list of the record: there is an event for each of its elements. Pointers then begin at the element: `/.` is the element itself, `/../x` is `/x` of the record. A record without the list is `unmapped`",
    ),
    ("texts", "pointers to texts that hold JSON, each with `json` or `base64_json`: other pointers go on within them"),
    (
        "formats",
        "what fields say that name no form of their own: `time` and `date`, each with `format`, `zone`, `unit`; `decimal` with `scale`",
    ),
    ("events", "the events that records become, see below: the first whose `when` holds is taken"),
    ("tables", "tables by name: `columns`, the first of which is looked up, and `rows`"),
];

/// The keys of an event beside the fields of its type.
pub const EVENT_KEYS: [(&str, &str); 5] = [
    (
        "when",
        "pointers, each with what it must lead to: a constant, a list of constants, `{not: …}` (there, and none of these), `{prefix: text}`, `{present: true}` or `{present: false}` (there: neither `null` nor an empty text). Texts, numbers and booleans are compared as they are written",
    ),
    ("type", "the type of the native record, or a pointer to it"),
    (
        "same",
        "a pointer to an object, `/.` for the record or element itself: fields of the type that the entry does not name are its members of the same names",
    ),
    ("drop", "in place of all but `when`: such records are left out, for this reason"),
    ("reject", "in place of all but `when`: such records are refused, for this reason"),
];

/// The keys of a value that is more than a pointer or a constant.
pub const SOURCE_KEYS: [(&str, &str); 14] = [
    ("from", "a pointer, or a list of pointers of which the first that is there counts"),
    ("default", "the constant where nothing is there"),
    ("format", "of times and dates: one of the formats below"),
    ("zone", "of times and dates: the IANA zone of a time without offset, and of the day that an instant is in"),
    ("unit", "`s`, `ms` or `us`: what numbers are with `format: loose`"),
    (
        "scale",
        "of numbers: digits behind the point, or a pointer to how many, where a text is the number's bytes in Base64, as Kafka Connect writes decimals",
    ),
    ("before", "only what stands before this text, where it occurs"),
    ("map", "constants by what is found"),
    ("table", "the table that is looked up, by its first column"),
    ("column", "the column of `table` whose value is taken"),
    (
        "else",
        "with `map` or `table`, for what is not listed: `drop` (there is no event; in a list, no item), `keep` (it stays as it is), or a constant. Without it, the record is refused",
    ),
    ("split", "of lists: what is between the items of a text"),
    ("join", "in place of `from`: a list of pointers and constants, which become one text where all of them are there"),
    ("with", "what stands between the parts of `join`; without it, nothing"),
];

/// The formats of times and dates.
pub const FORMATS: [(&str, &str, &str); 6] = [
    ("rfc3339", "an instant with offset, as native records have it", "an instant with offset"),
    ("unix_s", "seconds since 1970, with or without a fraction", "likewise"),
    ("unix_ms", "milliseconds since 1970", "likewise"),
    ("unix_us", "microseconds since 1970", "likewise"),
    ("days", "–", "days since 1970, as Kafka Connect and Debezium write dates"),
    (
        "loose",
        "as databases write it: a blank for `T` and before the offset, `+00` or ` UTC` as offset, none (then `zone` is required), numbers (then `unit` is required)",
        "likewise, or a date; of a time without offset the day that is written",
    ),
];

pub(super) const FORMAT_NAMES: [(&str, Format); 6] = [
    ("rfc3339", Format::Rfc3339),
    ("unix_s", Format::Seconds),
    ("unix_ms", Format::Millis),
    ("unix_us", Format::Micros),
    ("days", Format::Days),
    ("loose", Format::Loose),
];
pub(super) const UNITS: [(&str, Format); 3] = [("s", Format::Seconds), ("ms", Format::Millis), ("us", Format::Micros)];
pub(super) const INPUTS: [(&str, Input); 4] =
    [("json", Input::Json), ("csv", Input::Csv), ("connect", Input::Connect), ("debezium", Input::Debezium)];
