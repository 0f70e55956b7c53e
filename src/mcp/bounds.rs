//! How much an answer may have: bytes, items of a list, characters of a text. Lists are cut between items, all at the same length, and the answer
//! says how many of which were left out and which arguments go on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::refusal::{Refusal, Result};
use super::source::AsOf;

/// Bytes of an answer where nothing is said, and the bounds of what may be.
pub const BYTES: u32 = 16 * 1024;
pub const BYTES_MAX: u32 = 64 * 1024;
pub const BYTES_MIN: u32 = 4 * 1024;
/// Items of a list.
pub const ITEMS_MAX: u32 = 25;
/// Characters of a text that somebody wrote.
pub const TEXT_CHARS_MAX: usize = 300;

/// What all tools that answer may be told.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct Extent {
    /// Bytes of the answer as JSON; 16384 unless it says otherwise. Lists are cut until it fits.
    #[schemars(range(min = BYTES_MIN, max = BYTES_MAX))]
    pub max_bytes: Option<u32>,
    /// Items of each list; 25 unless it says otherwise.
    #[schemars(range(min = 1, max = ITEMS_MAX))]
    pub limit: Option<u32>,
}

impl Extent {
    pub fn bytes(&self) -> usize {
        self.max_bytes.unwrap_or(BYTES) as usize
    }

    pub fn items(&self) -> usize {
        self.limit.unwrap_or(ITEMS_MAX) as usize
    }
}

/// An answer before it is cut.
pub struct Draft<'a> {
    pub data: Value,
    pub as_of: AsOf,
    pub paging: Paging<'a>,
}

/// How an answer is gone on with.
pub enum Paging<'a> {
    /// It is not: what is left out is asked for with higher bounds.
    Whole,
    /// `data` has lists, which begin behind `skip` items. `asked` asks for the same again.
    Lists { asked: Arguments, skip: u32, by_section: bool },
    /// `data` is a list, behind which there are `more`. The arguments that go on behind so many of its rows.
    Rows { more: u64, next: Box<dyn Fn(usize) -> Option<Arguments> + Send + 'a> },
}

/// What a tool answers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Answer<T> {
    pub data: T,
    /// Of when it is.
    pub as_of: AsOf,
    /// How many items were left out at the end of which lists; of lists within items, of all of them together.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// The arguments with which this tool goes on; absent where nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Map<String, Value>>,
}

/// An answer cut to its bounds.
///
/// # Errors
///
/// `too-large`: what is no list does not fit.
pub fn fit(draft: &Draft<'_>, extent: &Extent) -> Result<Answer<Value>> {
    let made = |items: usize, nested: usize| {
        let answer = cut(draft, items, nested);
        (serde_json::to_vec(&answer).expect("JSON").len() <= extent.bytes()).then_some(answer)
    };
    let most = extent.items();
    if let Some(all) = made(most, most) {
        return Ok(all);
    }
    // The longest lists that fit: what is shorter fits as well.
    let (mut fits, mut too_long) = (0, most);
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        if made(middle, middle).is_some() { fits = middle } else { too_long = middle }
    }
    let shorter = if fits > 0 { made(fits, fits) } else { made(1, 0).or_else(|| made(0, 0)) };
    shorter.ok_or_else(|| {
        Refusal::bad_request(
            "max_bytes",
            format!("max_bytes: what is no list has more than {} bytes; expected more of them", extent.bytes()),
        )
    })
}

/// `items` of each list, `nested` of each list within an item.
fn cut(draft: &Draft<'_>, items: usize, nested: usize) -> Answer<Value> {
    let mut cutting = Cutting { items, nested, left_out: BTreeMap::new() };
    let mut data = draft.data.clone();
    cutting.value(&mut data, "", 0);
    let mut left_out = cutting.left_out;
    let next = match &draft.paging {
        Paging::Whole => None,
        Paging::Lists { asked, skip, by_section } => next_of_lists(&data, &left_out, asked, *skip, *by_section),
        Paging::Rows { more, next } => {
            let shown = data.as_array().map_or(0, Vec::len);
            let left = *more + left_out.get(ROWS).copied().unwrap_or(0);
            if left > 0 {
                left_out.insert(ROWS.to_owned(), left);
            }
            if left > 0 { next(shown) } else { None }
        }
    };
    Answer { data, as_of: draft.as_of.clone(), left_out, next }
}

/// What `left_out` calls `data`, where that is a list.
const ROWS: &str = "data";

/// Goes on with the first list of which something is left; where that is only so within its items, with one item at a time.
fn next_of_lists(data: &Value, left_out: &BTreeMap<String, u64>, asked: &Arguments, skip: u32, by_section: bool) -> Option<Arguments> {
    let lists = || data.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_array()?.len())));
    let go_on = |name: &str, skip: usize| {
        let mut next = asked.clone();
        next.insert("skip".to_owned(), skip.into());
        if by_section {
            next.insert("sections".to_owned(), vec![Value::from(name)].into());
        }
        next
    };
    if let Some((name, shown)) = lists().find(|(name, _)| left_out.contains_key(*name)) {
        return Some(go_on(name, skip as usize + shown));
    }
    let within = |name: &str| left_out.keys().any(|path| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')));
    let (name, shown) = lists().find(|(name, _)| within(name))?;
    if shown > 1 {
        let mut next = go_on(name, skip as usize);
        next.insert("limit".to_owned(), 1.into());
        return Some(next);
    }
    None
}

struct Cutting {
    items: usize,
    nested: usize,
    left_out: BTreeMap<String, u64>,
}

impl Cutting {
    fn value(&mut self, value: &mut Value, path: &str, depth: usize) {
        match value {
            Value::String(text) => {
                if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
                    let kept = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
                    text.truncate(kept);
                    text.push('…');
                }
            }
            // Days, each at its place.
            Value::Array(items) if !items.is_empty() && items.iter().all(|item| item.is_number() || item.is_null()) => {}
            Value::Array(items) => {
                let most = if depth == 0 { self.items } else { self.nested };
                if items.len() > most {
                    let name = if path.is_empty() { ROWS } else { path };
                    *self.left_out.entry(name.to_owned()).or_default() += (items.len() - most) as u64;
                    items.truncate(most);
                }
                items.iter_mut().for_each(|item| self.value(item, path, depth + 1));
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    self.value(field, &path, depth);
                }
            }
            _ => {}
        }
    }
}

/// Keeps those lists of `data` that are wanted, each behind so many of its items.
///
/// # Errors
///
/// Something is to be skipped of more than one list.
pub fn select(data: &mut Value, sections: &[&str], wanted: &[&str], skip: u32) -> Result<()> {
    let Some(fields) = data.as_object_mut() else { return Ok(()) };
    if !wanted.is_empty() {
        fields.retain(|name, _| !sections.contains(&name.as_str()) || wanted.contains(&name.as_str()));
    }
    let lists: Vec<&mut Value> = fields.iter_mut().filter(|(name, _)| sections.contains(&name.as_str())).map(|(_, list)| list).collect();
    if skip > 0 && lists.len() > 1 {
        return Err(Refusal::bad_request("skip", "skip: expected one section beside it, whose items are skipped"));
    }
    for list in lists.into_iter().filter_map(Value::as_array_mut) {
        list.drain(..list.len().min(skip as usize));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::json;

    fn draft(data: Value) -> Draft<'static> {
        let asked = json!({"account": "acme"}).as_object().expect("an object").clone();
        Draft { data, as_of: AsOf::default(), paging: Paging::Lists { asked, skip: 0, by_section: true } }
    }

    fn extent(max_bytes: u32) -> Extent {
        Extent { max_bytes: Some(max_bytes), limit: None }
    }

    #[test]
    fn lists_have_25_items_and_the_rest_is_counted() {
        let items: Vec<Value> = (0..40).map(|number| json!({"number": number})).collect();
        let answer = fit(&draft(json!({"a": [1, 2], "b": items, "c": vec![0; 92]})), &Extent::default()).expect("it fits");
        assert_eq!(answer.data["b"].as_array().map(Vec::len), Some(25));
        assert_eq!(answer.data["c"].as_array().map(Vec::len), Some(92), "days have each its place");
        assert_eq!(serde_json::to_value(&answer.left_out).expect("JSON"), json!({"b": 15}));
        assert_eq!(answer.next.map(Value::Object), Some(json!({"account": "acme", "sections": ["b"], "skip": 25})));
    }

    #[test]
    fn what_is_too_large_is_cut_between_items_to_the_longest_that_fits() {
        let items: Vec<Value> = (0..25).map(|number| json!({"number": number, "text": "x".repeat(290)})).collect();
        let whole = draft(json!({"head": "h", "items": items}));
        for bytes in [4096, 5000, 6001, 7777] {
            let answer = fit(&whole, &extent(bytes)).expect("it fits");
            let (size, shown) = (serde_json::to_vec(&answer).expect("JSON").len(), answer.data["items"].as_array().expect("a list").len());
            assert!(size <= bytes as usize && size + 330 > bytes as usize, "{size} of {bytes}");
            assert_eq!(answer.left_out["items"], 25 - shown as u64);
            assert_eq!(answer.next.expect("something is left")["skip"], shown);
            assert_eq!(answer.data["items"][shown - 1], whole.data["items"][shown - 1], "an item is whole or not there");
        }
    }

    #[test]
    fn lists_within_items_are_gone_on_with_item_by_item() {
        let features: Vec<Value> = (0..30).map(|number| json!({"feature": number})).collect();
        let product = json!({"product": "crm", "features": features});
        let answer = fit(&draft(json!({"products": [product, product]})), &Extent::default()).expect("it fits");
        assert_eq!(serde_json::to_value(&answer.left_out).expect("JSON"), json!({"products/features": 10}));
        assert_eq!(answer.next.map(Value::Object), Some(json!({"account": "acme", "sections": ["products"], "skip": 0, "limit": 1})));
        let one = fit(&draft(json!({"products": [product]})), &Extent::default()).expect("it fits");
        assert_eq!(one.next, None, "more than these does no answer have");
    }

    #[test]
    fn texts_are_cut_to_300_characters_of_whatever_bytes() {
        let answer = fit(&draft(json!({"short": "ä".repeat(300), "long": "ä".repeat(301)})), &Extent::default()).expect("it fits");
        assert_eq!(answer.data["short"], "ä".repeat(300));
        assert_eq!(answer.data["long"], format!("{}…", "ä".repeat(299)));
    }

    #[test]
    fn what_is_no_list_is_not_cut() {
        let fields: Map<String, Value> = (0..40).map(|number| (format!("f{number}"), "x".repeat(200).into())).collect();
        let refused = fit(&draft(Value::Object(fields)), &extent(BYTES_MIN)).expect_err("it does not fit");
        assert_eq!((refused.problem.as_str(), refused.position.as_deref()), ("bad-request", Some("max_bytes")));
    }

    #[test]
    fn sections_are_chosen_and_one_of_them_is_gone_on_with() {
        let data = json!({"head": 1, "a": ["1", "2"], "b": ["3"]});
        let selected = |wanted: &[&str], skip| {
            let mut data = data.clone();
            select(&mut data, &["a", "b"], wanted, skip).map(|()| data)
        };
        assert_eq!(selected(&[], 0), Ok(data.clone()));
        assert_eq!(selected(&["a"], 1), Ok(json!({"head": 1, "a": ["2"]})));
        assert_eq!(selected(&["b"], 7), Ok(json!({"head": 1, "b": []})));
        assert_eq!(selected(&[], 1).expect_err("of which?").position.as_deref(), Some("skip"));
    }
}
