//! Reads a mapping, and tells everything that is wrong with it, in the order of the file.

mod values;

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::convert::quote;
use super::keys::{EVENT_KEYS, FORMAT_NAMES, INPUTS, MAPPING_KEYS, UNITS};
use super::plan::{Entry, Event, Field, Format, Is, Place, Plan, Pointer, Scale, Shape, Source, Test, Then, TimeForm, Wrapping};
use super::vocabulary::{NativeField, NativeKind, NativeType, native_types};
use super::{Input, Named, NamedKind};
use crate::input::pointers::{Embedded, Pointers, keys};
use crate::playbook::Problem;
use crate::playbook::problem::{Position, quoted, unknown};
use crate::playbook::reader::{Entry as Member, Fields, NAME_BYTES_MAX, Reader, TEXT_BYTES_MAX};
use crate::playbook::yaml::{self, Data, Node, Resolved, Scalar};

const EVENTS_MAX: usize = 1000;
const ROWS_MAX: usize = 100_000;
const COLUMNS_MAX: usize = 100;
const SCALE_MAX: u32 = 38;

const ABOUT: yaml::About = yaml::About { what: "mapping", least: "`version`, `name`, `input` and `events`" };

/// What was read.
pub(super) struct Loaded {
    pub name: String,
    pub input: Input,
    pub plan: Plan,
    pub named: Vec<Named>,
}

pub(super) fn load(file: &str, text: &str) -> Result<Loaded, Vec<Problem>> {
    load_document(text).map_err(|mut problems| {
        problems.sort();
        // What is wrong with an entry that is for every type is told once.
        problems.dedup();
        let problem = |(Position { line, column }, message)| Problem { file: file.to_owned(), line, column, message };
        problems.into_iter().map(problem).collect()
    })
}

fn load_document(text: &str) -> Result<Loaded, yaml::Problems> {
    let mut problems = Vec::new();
    let Some(document) = yaml::parse(text, ABOUT, &mut problems) else {
        return Err(problems);
    };
    let mut loader = Loader {
        reader: Reader { document: &document, problems },
        record: Pointers::new(),
        element: Pointers::new(),
        around: Around::Nothing,
        forms: Forms::default(),
        tables: Vec::new(),
        named: Vec::new(),
        seen: HashSet::new(),
        field: String::new(),
    };
    let loaded = loader.mapping(&document.root);
    match loaded {
        Some((name, input, shape, entries)) if loader.reader.problems.is_empty() => {
            let Loader { record, element, named, .. } = loader;
            let wrapping = matches!(input, Input::Connect | Input::Debezium).then(wrapping);
            Ok(Loaded { name, input, plan: Plan { shape, wrapping, record, element, entries }, named })
        }
        _ => {
            assert!(!loader.reader.problems.is_empty(), "a mapping that is refused has a problem");
            Err(loader.reader.problems)
        }
    }
}

fn wrapping() -> Wrapping {
    let mut tree = Pointers::new();
    let [schema, payload] = ["schema", "payload"].map(|key| tree.add(&[key.to_owned()]));
    Wrapping { tree, schema, payload }
}

/// What is around that which pointers begin at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Record,
}

/// Forms of fields that say nothing else.
#[derive(Clone, Default)]
struct Forms {
    time: Option<TimeForm>,
    date: Option<TimeForm>,
    scale: Option<Scale>,
}

struct Table<'n> {
    name: &'n str,
    columns: Vec<String>,
    rows: Vec<&'n [Node]>,
}

struct Loader<'n> {
    reader: Reader<'n>,
    record: Pointers,
    element: Pointers,
    around: Around,
    forms: Forms,
    tables: Vec<Table<'n>>,
    named: Vec<Named>,
    /// Where those stand.
    seen: HashSet<(NamedKind, u32, u32)>,
    /// The native field that is read at present.
    field: String,
}

type Read = (String, Input, Shape, Vec<Entry>);

impl<'n> Loader<'n> {
    fn mapping(&mut self, root: &'n Node) -> Option<Read> {
        let start = Position { line: 1, column: 1 };
        let fields = self.reader.fields(root, "the mapping", start, &MAPPING_KEYS.map(|(key, _)| key))?;
        if let Some(version) = self.reader.required(&fields, "version") {
            self.reader.version(version);
        }
        let name = self.reader.required(&fields, "name").and_then(|node| self.reader.text(node, "`name`", NAME_BYTES_MAX));
        let input = self.reader.required(&fields, "input").and_then(|node| self.reader.choice(node, "input", &INPUTS));
        let shape = self.shape(input.unwrap_or(Input::Json), fields.get("each"));
        if let Some(node) = fields.get("texts") {
            self.texts(node);
        }
        if let Some(node) = fields.get("formats") {
            self.forms = self.formats(node);
        }
        if let Some(node) = fields.get("tables") {
            self.tables = self.tables(node);
        }
        let entries = self.reader.required(&fields, "events").map(|node| self.entries(node)).unwrap_or_default();
        Some((name?, input?, shape, entries))
    }

    fn shape(&mut self, input: Input, each: Option<&'n Node>) -> Shape {
        match (input, each) {
            (Input::Debezium, each) => {
                if let Some(node) = each {
                    let message = "`each` is not there with input `debezium`, where pointers begin at the row that changed";
                    self.reader.refuse::<()>(node.position, message);
                }
                self.around = Around::Record;
                let mut slot = |key: &str| self.record.add(&[key.to_owned()]);
                Shape::Row { after: slot("after"), before: slot("before"), op: slot("op") }
            }
            (_, None) => Shape::Record,
            (_, Some(node)) => {
                let shape = self.pointer(node, "`each`").map(|pointer| match pointer.place {
                    Place::Record(list) | Place::Element(list) => Shape::Elements { list, pointer: pointer.text },
                });
                // The pointer was one of the record alone.
                self.record = std::mem::replace(&mut self.element, Pointers::new());
                self.around = Around::Record;
                shape.unwrap_or(Shape::Record)
            }
        }
    }

    /// A text that is a pointer.
    fn pointer(&mut self, node: &'n Node, what: &str) -> Option<Pointer> {
        match &node.data {
            Data::Scalar(scalar) if scalar.resolved() == Resolved::Text => self.pointer_of(node.position, &scalar.text, what),
            _ => self.reader.mistyped(node, what, "a JSON pointer such as /properties/plan"),
        }
    }

    fn pointer_of(&mut self, position: Position, text: &str, what: &str) -> Option<Pointer> {
        let (of_record, within) = self.located(position, text, what)?;
        let place = if of_record { Place::Record(self.record.add(&within)) } else { Place::Element(self.element.add(&within)) };
        // As it is told: from the record, or from the element.
        let text = match text {
            _ if of_record => &text["/..".len()..],
            text if text == "/." || text.starts_with("/./") => &text["/.".len()..],
            text => text,
        };
        Some(Pointer { place, text: text.to_owned() })
    }

    /// Whether a pointer is of what is around, and its keys there.
    fn located(&mut self, position: Position, text: &str, what: &str) -> Option<(bool, Vec<String>)> {
        let Some(keys) = keys(text) else {
            let hint = if text.starts_with('/') { ": `~` stands for itself as `~0`, and `/` in a key as `~1`" } else { "" };
            let message = format!("{what} must be a JSON pointer such as /properties/plan, found {}{hint}", quoted(text));
            return self.reader.refuse(position, message);
        };
        match keys.first().map(String::as_str) {
            Some("..") if self.around == Around::Nothing => {
                let message =
                    format!("{}: there is nothing around the record; `/..` stands with `each` or with input `debezium`", quoted(text));
                self.reader.refuse(position, message)
            }
            Some("..") if keys.get(1).is_some_and(|key| key == "..") => {
                self.reader.refuse(position, format!("{}: around the record there is nothing", quoted(text)))
            }
            Some("..") => Some((true, keys[1..].to_vec())),
            Some(".") => Some((false, keys[1..].to_vec())),
            _ => Some((false, keys)),
        }
    }

    fn texts(&mut self, node: &'n Node) {
        for Member { key, key_position, value } in self.reader.mapping(node, "`texts`").unwrap_or_default() {
            let embedded = self.reader.choice(value, "text", &[("json", Embedded::Plain), ("base64_json", Embedded::Base64)]);
            if let (Some((of_record, keys)), Some(embedded)) = (self.located(key_position, key, "a key of `texts`"), embedded) {
                if of_record { self.record.add_text(&keys, embedded) } else { self.element.add_text(&keys, embedded) }
            }
        }
    }

    fn formats(&mut self, node: &'n Node) -> Forms {
        let mut forms = Forms::default();
        let Some(fields) = self.reader.fields(node, "`formats`", node.position, &["time", "date", "decimal"]) else { return forms };
        for (key, kind) in [("time", NativeKind::Time), ("date", NativeKind::Date)] {
            let Some(node) = fields.get(key) else { continue };
            let Some(own) = self.reader.fields(node, &format!("`{key}` of `formats`"), node.position, &["format", "zone", "unit"]) else {
                continue;
            };
            let form = self.time_form(&own, &kind);
            if key == "time" { forms.time = form } else { forms.date = form }
        }
        if let Some(node) = fields.get("decimal")
            && let Some(own) = self.reader.fields(node, "`decimal` of `formats`", node.position, &["scale"])
        {
            forms.scale = self.reader.required(&own, "scale").and_then(|node| self.scale(node));
        }
        forms
    }

    fn time_form(&mut self, fields: &Fields<'n>, kind: &NativeKind) -> Option<TimeForm> {
        let default = match kind {
            NativeKind::Time => self.forms.time.clone(),
            _ => self.forms.date.clone(),
        };
        let mut form = default.unwrap_or(TimeForm { format: Format::Native, unit: None, zone: None });
        if let Some(node) = fields.get("format") {
            form.format = self.reader.choice(node, "format", &FORMAT_NAMES)?;
            if form.format == Format::Days && *kind == NativeKind::Time {
                self.reader.refuse::<()>(node.position, "`days` is a format of dates, not of times");
            }
        }
        if let Some(node) = fields.get("zone") {
            form.zone = self.reader.time_zone(node, "`zone`");
            let takes = match kind {
                NativeKind::Time => form.format == Format::Loose,
                _ => !matches!(form.format, Format::Days | Format::Native),
            };
            if !takes {
                let expected = if *kind == NativeKind::Time { "`format: loose`" } else { "a `format` of instants" };
                self.reader.refuse::<()>(node.position, format!("`zone` stands with {expected}"));
            }
        }
        if let Some(node) = fields.get("unit") {
            form.unit = self.reader.choice(node, "unit", &UNITS);
            if form.format != Format::Loose {
                self.reader.refuse::<()>(node.position, "`unit` stands with `format: loose`; the other formats name theirs");
            }
        }
        Some(form)
    }

    fn scale(&mut self, node: &'n Node) -> Option<Scale> {
        match &node.data {
            Data::Scalar(scalar) if scalar.text.starts_with('/') => self.pointer(node, "`scale`").map(Scale::At),
            _ => self.reader.whole_number(node, "`scale`", 0..=SCALE_MAX).map(Scale::Digits),
        }
    }

    fn tables(&mut self, node: &'n Node) -> Vec<Table<'n>> {
        let members = self.reader.mapping(node, "`tables`").unwrap_or_default();
        members.into_iter().filter_map(|member| self.table(member)).collect()
    }

    fn table(&mut self, Member { key: name, key_position, value }: Member<'n>) -> Option<Table<'n>> {
        let what = format!("table {}", quoted(name));
        let fields = self.reader.fields(value, &what, key_position, &["columns", "rows"])?;
        let columns = self.reader.required(&fields, "columns")?;
        let columns = self.reader.list(columns, "`columns`", "names, as [event, product, feature]", 1..=COLUMNS_MAX);
        let columns: Vec<String> = columns.iter().filter_map(|node| self.reader.text(node, "a column", NAME_BYTES_MAX)).collect();
        let rows = self.reader.required(&fields, "rows")?;
        let mut read = Vec::new();
        let mut lines: HashMap<&str, u32> = HashMap::new();
        for row in self.reader.list(rows, "`rows`", "rows, as [Contact Created, crm, contact.created]", 0..=ROWS_MAX) {
            let cells = self.reader.list(row, "a row", "values, one for each column", 1..=COLUMNS_MAX);
            if cells.len() != columns.len() {
                self.reader.refuse::<()>(row.position, format!("a row of {what} has {} values for {} columns", cells.len(), columns.len()));
                continue;
            }
            if let Some(Data::Scalar(key)) = cells.first().map(|cell| &cell.data)
                && let Some(line) = lines.insert(&key.text, row.position.line)
            {
                let message = format!("{} stands twice in the first column of {what}: first in line {line}", quoted(&key.text));
                self.reader.refuse::<()>(row.position, message);
            }
            read.push(cells);
        }
        Some(Table { name, columns, rows: read })
    }

    fn entries(&mut self, node: &'n Node) -> Vec<Entry> {
        let items = self.reader.list(node, "`events`", "events, each with `type`", 1..=EVENTS_MAX);
        items.iter().filter_map(|node| self.entry(node)).collect()
    }

    fn entry(&mut self, node: &'n Node) -> Option<Entry> {
        let what = "an event";
        let members = self.reader.mapping(node, what)?;
        let get = |key: &str| members.iter().find(|member| member.key == key).copied();
        let when = get("when").map(|member| self.tests(member.value)).unwrap_or_default();
        let names_op = get("when").is_some_and(|member| is_of_op(member.value));
        if let Some(instead) = get("drop").or(get("reject")) {
            let key = instead.key;
            for other in members.iter().filter(|member| !["when", key].contains(&member.key)) {
                let message = format!("{} does not stand beside `{key}`, by which there is no event", quoted(other.key));
                self.reader.refuse::<()>(other.key_position, message);
            }
            let reason = self.reader.text(instead.value, &quoted(key), TEXT_BYTES_MAX)?;
            return Some(Entry { when, names_op, then: if key == "drop" { Then::Drop } else { Then::Reject(reason) } });
        }
        let Some(of_type) = get("type") else {
            return self.reader.refuse(node.position, format!("missing key `type` in {what}"));
        };
        let then = match &of_type.value.data {
            Data::Scalar(scalar) if scalar.text.starts_with('/') => {
                let pointer = self.pointer(of_type.value, "`type`")?;
                self.known_keys(&members, native_types().iter().flat_map(|native| &native.fields), "");
                let types = native_types().iter().filter_map(|native| Some((native.word.clone(), self.event(native, node, &members)?)));
                let types: Vec<_> = types.collect();
                Then::ByType { pointer, types }
            }
            _ => {
                let words: Vec<(&str, usize)> = native_types().iter().zip(0..).map(|(native, index)| (&*native.word, index)).collect();
                let native = &native_types()[self.reader.choice(of_type.value, "type", &words)?];
                self.known_keys(&members, native.fields.iter(), &format!(" of type `{}`", native.word));
                Then::Event(self.event(native, node, &members)?)
            }
        };
        Some(Entry { when, names_op, then })
    }

    fn known_keys<'f>(&mut self, members: &[Member<'n>], fields: impl Iterator<Item = &'f NativeField>, of: &str) {
        let mut known: Vec<&str> = EVENT_KEYS.iter().map(|(key, _)| *key).collect();
        known.extend(fields.map(|field| &*field.name));
        known.dedup();
        for member in members.iter().filter(|member| !known.contains(&member.key)) {
            let mut known = known.clone();
            known.sort_unstable();
            known.dedup();
            self.reader.refuse::<()>(member.key_position, unknown("key", member.key, &format!(" in an event{of}"), known));
        }
    }

    fn event(&mut self, native: &'static NativeType, node: &'n Node, members: &[Member<'n>]) -> Option<Event> {
        let get = |key: &str| members.iter().find(|member| member.key == key).copied();
        let same = match get("same") {
            Some(member) => Some(self.same(member.value)?),
            None => None,
        };
        let is_named = |name: &str| members.iter().any(|member| member.key == name);
        let mut fields = Vec::new();
        // Those that the entry names in its order, then those that stand in the object.
        for member in members {
            let Some(field) = native.fields.iter().find(|field| field.name == member.key) else { continue };
            self.field.clone_from(&field.name);
            if let Some(source) = self.source(member.value, &field.kind) {
                fields.push(native_field(&field.name, source));
            }
        }
        for field in native.fields.iter().filter(|field| !is_named(&field.name)) {
            match &same {
                Some(same) => {
                    self.field.clone_from(&field.name);
                    let position = get("same").map_or(node.position, |member| member.value.position);
                    let key = field.name.replace('~', "~0").replace('/', "~1");
                    let pointer = self.pointer_of(position, &format!("{same}/{key}"), "`same`")?;
                    fields.push(native_field(&field.name, self.taken(vec![pointer], &field.kind)));
                }
                None if field.is_required => {
                    let message = format!("missing key `{}` in an event of type `{}`", field.name, native.word);
                    self.reader.refuse::<()>(node.position, message);
                }
                None => {}
            }
        }
        Some(Event { word: native.word.clone(), begin: format!("{{\"type\":\"{}\"", native.word), fields })
    }

    /// The pointer that the names of fields are put behind.
    fn same(&mut self, node: &'n Node) -> Option<String> {
        let Data::Scalar(scalar) = &node.data else { return self.reader.mistyped(node, "`same`", "a JSON pointer, as `/.`") };
        if scalar.text == "/" {
            return self.reader.refuse(node.position, "`same` must be a pointer to an object: `/.` is the record or element itself");
        }
        self.located(node.position, &scalar.text, "`same`")?;
        Some(if scalar.text == "/." { String::new() } else { scalar.text.clone() })
    }

    fn tests(&mut self, node: &'n Node) -> Vec<Test> {
        let members = self.reader.mapping(node, "`when`").unwrap_or_default();
        let tests = members.into_iter().filter_map(|Member { key, key_position, value }| {
            let pointer = self.pointer_of(key_position, key, "a key of `when`");
            let is = self.is(value);
            Some(Test { pointer: pointer?, is: is? })
        });
        tests.collect()
    }

    fn is(&mut self, node: &'n Node) -> Option<Is> {
        if !matches!(node.data, Data::Mapping(_)) {
            return self.constants(node).map(Is::OneOf);
        }
        let members = self.reader.mapping(node, "a test of `when`")?;
        let [Member { key, key_position, value }] = members[..] else {
            return self.reader.refuse(node.position, "a test of `when` must have one key: `not`, `prefix` or `present`");
        };
        match key {
            "not" => self.constants(value).map(Is::NoneOf),
            "prefix" => self.reader.text(value, "`prefix`", TEXT_BYTES_MAX).map(Is::Beginning),
            "present" => match boolean(value) {
                Some(is_present) => Some(Is::Present(is_present)),
                None => self.reader.mistyped(value, "`present`", "true or false"),
            },
            other => self.reader.refuse(key_position, unknown("key", other, " in a test of `when`", ["not", "prefix", "present"])),
        }
    }

    /// One constant or several, as they are compared.
    fn constants(&mut self, node: &'n Node) -> Option<Vec<String>> {
        match &node.data {
            Data::Sequence(_) => {
                let items = self.reader.list(node, "a test of `when`", "constants", 1..=ROWS_MAX);
                let constants = items.iter().map(|item| self.word(item, "a constant of `when`"));
                constants.collect()
            }
            _ => Some(vec![self.word(node, "a constant of `when`")?]),
        }
    }

    /// A text, a number or a boolean as it is written.
    fn word(&mut self, node: &'n Node, what: &str) -> Option<String> {
        match &node.data {
            Data::Scalar(scalar) if scalar.resolved() != Resolved::Null => Some(unmarked(scalar).to_owned()),
            _ => self.reader.mistyped(node, what, "a text, a number or a boolean"),
        }
    }
}

type Values = HashMap<String, String, FixedState>;

fn native_field(name: &str, source: Source) -> Field {
    Field { name: name.to_owned(), key: format!(",{}", member_key(name)), source }
}

fn member_key(name: &str) -> String {
    let mut key = String::new();
    quote(name, &mut key);
    key.push(':');
    key
}

fn is_pointer(scalar: &Scalar) -> bool {
    scalar.resolved() == Resolved::Text && scalar.text.starts_with('/')
}

/// A text without the sign before it that tells it from a pointer.
fn unmarked(scalar: &Scalar) -> &str {
    scalar.text.strip_prefix('=').unwrap_or(&scalar.text)
}

fn boolean(node: &Node) -> Option<bool> {
    match &node.data {
        Data::Scalar(scalar) if scalar.resolved() == Resolved::Boolean => Some(scalar.text.eq_ignore_ascii_case("true")),
        _ => None,
    }
}

fn says_from(entries: &[(Node, Node)]) -> bool {
    entries.iter().any(|(key, _)| matches!(&key.data, Data::Scalar(scalar) if scalar.text == "from"))
}

/// Whether `when` says of which changes an event is.
fn is_of_op(when: &Node) -> bool {
    match &when.data {
        Data::Mapping(entries) => entries.iter().any(|(key, _)| matches!(&key.data, Data::Scalar(scalar) if scalar.text == "/../op")),
        _ => false,
    }
}
