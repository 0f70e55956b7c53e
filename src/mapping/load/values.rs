//! Where a field's value comes from, and what is made of it.

use super::{COLUMNS_MAX, Loader, Values, boolean, is_pointer, member_key, says_from, unmarked};
use crate::mapping::convert::quote;
use crate::mapping::keys::SOURCE_KEYS;
use crate::mapping::plan::{Form, Format, Lookup, Otherwise, Pointer, Source, Taken, TimeForm};
use crate::mapping::vocabulary::NativeKind;
use crate::mapping::{Named, NamedKind};
use crate::playbook::problem::{Position, quoted, unknown};
use crate::playbook::reader::{Fields, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use crate::playbook::yaml::{Data, Node, Resolved};

impl<'n> Loader<'n> {
    pub(super) fn source(&mut self, node: &'n Node, kind: &NativeKind) -> Option<Source> {
        let what = quoted(&self.field);
        match &node.data {
            Data::Scalar(scalar) if is_pointer(scalar) => {
                let pointer = self.pointer(node, &what)?;
                Some(self.taken(vec![pointer], kind))
            }
            Data::Scalar(_) => self.constant(node, kind).map(Source::Constant),
            Data::Sequence(items) => match kind {
                NativeKind::List(item) => {
                    let read: Vec<Option<Source>> = items.iter().map(|node| self.source(node, item)).collect();
                    read.into_iter().collect::<Option<Vec<_>>>().map(Source::List)
                }
                _ => {
                    let pointers = self.pointers(node, &what)?;
                    Some(self.taken(pointers, kind))
                }
            },
            Data::Mapping(entries) => match kind {
                NativeKind::Object(members) if !says_from(entries) => self.object(node, members),
                NativeKind::Names(of) => self.names(node, of),
                _ => self.described(node, kind),
            },
            Data::Refused => None,
        }
    }

    pub(super) fn pointers(&mut self, node: &'n Node, what: &str) -> Option<Vec<Pointer>> {
        match &node.data {
            Data::Sequence(_) => {
                let items = self.reader.list(node, what, "pointers, of which the first that is there counts", 1..=COLUMNS_MAX);
                let pointers: Vec<Option<Pointer>> = items.iter().map(|node| self.pointer(node, what)).collect();
                pointers.into_iter().collect()
            }
            _ => self.pointer(node, what).map(|pointer| vec![pointer]),
        }
    }

    fn object(&mut self, node: &'n Node, members: &[(String, NativeKind)]) -> Option<Source> {
        let known: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
        let what = quoted(&self.field);
        let fields = self.reader.fields(node, &what, node.position, &known)?;
        let mut read = Vec::new();
        for (name, kind) in members {
            if let Some(node) = fields.get(name) {
                read.push((member_key(name), self.source(node, kind)?));
            }
        }
        Some(Source::Object(read))
    }

    fn names(&mut self, node: &'n Node, of: &NativeKind) -> Option<Source> {
        let what = quoted(&self.field);
        let members = self.reader.mapping(node, &what)?;
        let mut read = Vec::new();
        for member in members {
            read.push((member_key(member.key), self.source(member.value, of)?));
        }
        Some(Source::Object(read))
    }

    /// A value that is taken as it stands there, in the form that its kind has.
    pub(super) fn taken(&mut self, from: Vec<Pointer>, kind: &NativeKind) -> Source {
        let form = self.form(kind);
        Source::Taken(Box::new(Taken { from, form, before: None, lookup: None, default: None }))
    }

    fn form(&self, kind: &NativeKind) -> Form {
        let native = TimeForm { format: Format::Native, unit: None, zone: None };
        match kind {
            NativeKind::Time => Form::Time(self.forms.time.clone().unwrap_or(native)),
            NativeKind::Date => Form::Date(self.forms.date.clone().unwrap_or(native)),
            NativeKind::Decimal => self.forms.scale.clone().map_or(Form::Number, Form::Base64),
            NativeKind::Integer => Form::Number,
            NativeKind::Boolean => Form::Boolean,
            NativeKind::Text | NativeKind::Choice(_) => Form::Text,
            NativeKind::List(item) => Form::List { item: Box::new(self.form(item)), split: None },
            NativeKind::Object(_) | NativeKind::Names(_) => Form::AsItIs,
        }
    }

    /// `{from: …}`.
    fn described(&mut self, node: &'n Node, kind: &NativeKind) -> Option<Source> {
        let what = quoted(&self.field);
        let fields = self.reader.fields(node, &what, node.position, &SOURCE_KEYS.map(|(key, _)| key))?;
        if let Some(join) = fields.get("join") {
            return self.joined(&fields, join, kind);
        }
        self.misplaced(&fields, kind);
        let from = self.reader.required(&fields, "from")?;
        let from = self.pointers(from, "`from`");
        let form = self.described_form(&fields, kind)?;
        let item = match kind {
            NativeKind::List(item) => &**item,
            kind => kind,
        };
        let before = fields.get("before").and_then(|node| self.reader.text(node, "`before`", TEXT_BYTES_MAX));
        let default = match fields.get("default") {
            Some(node) => Some(self.constant(node, kind)?),
            None => None,
        };
        let lookup = self.lookup(&fields, item);
        Some(Source::Taken(Box::new(Taken { from: from?, form, before, lookup: lookup?, default })))
    }

    fn described_form(&mut self, fields: &Fields<'n>, kind: &NativeKind) -> Option<Form> {
        let mut form = match kind {
            NativeKind::Time => Form::Time(self.time_form(fields, kind)?),
            NativeKind::Date => Form::Date(self.time_form(fields, kind)?),
            kind => self.form(kind),
        };
        if let Some(node) = fields.get("scale") {
            form = Form::Base64(self.scale(node)?);
        }
        if let (Form::List { split, .. }, Some(node)) = (&mut form, fields.get("split")) {
            *split = self.reader.text(node, "`split`", TEXT_BYTES_MAX);
        }
        Some(form)
    }

    /// Keys that say nothing of this kind of field.
    fn misplaced(&mut self, fields: &Fields<'n>, kind: &NativeKind) {
        let is_time = matches!(kind, NativeKind::Time | NativeKind::Date);
        let is_list = matches!(kind, NativeKind::List(_));
        for (key, fits, of) in [
            ("format", is_time, "times and dates"),
            ("zone", is_time, "times and dates"),
            ("unit", is_time, "times and dates"),
            ("scale", *kind == NativeKind::Decimal, "numbers with a point"),
            ("split", is_list, "lists"),
        ] {
            if let Some(node) = fields.get(key).filter(|_| !fits) {
                let message = format!("`{key}` is of {of}, and {} is {}", quoted(&self.field), kind.described());
                self.reader.refuse::<()>(node.position, message);
            }
        }
        if let Some(node) = fields.get("with") {
            self.reader.refuse::<()>(node.position, "`with` stands with `join`");
        }
        if let (Some(node), Some(form)) = (fields.get("before"), ["format", "scale"].into_iter().find(|key| fields.get(key).is_some())) {
            let message = format!("`before` does not stand with `{form}`: what is cut off a text has no form of its own");
            self.reader.refuse::<()>(node.position, message);
        }
    }

    fn joined(&mut self, fields: &Fields<'n>, join: &'n Node, kind: &NativeKind) -> Option<Source> {
        for (key, _) in SOURCE_KEYS.iter().filter(|(key, _)| !["join", "with"].contains(key)) {
            if let Some(node) = fields.get(key) {
                self.reader.refuse::<()>(node.position, format!("`{key}` does not stand with `join`"));
            }
        }
        if *kind != NativeKind::Text {
            let message = format!("`join` makes a text, and {} is {}", quoted(&self.field), kind.described());
            self.reader.refuse::<()>(join.position, message);
        }
        let parts = self.reader.list(join, "`join`", "pointers and constants", 1..=COLUMNS_MAX);
        let parts: Vec<Option<Source>> = parts.iter().map(|node| self.source(node, &NativeKind::Text)).collect();
        let with = match fields.get("with") {
            Some(node) => self.word(node, "`with`")?,
            None => String::new(),
        };
        Some(Source::Joined { parts: parts.into_iter().collect::<Option<Vec<_>>>()?, with })
    }

    /// `None`: it is wrong; there may be none at all.
    fn lookup(&mut self, fields: &Fields<'n>, kind: &NativeKind) -> Option<Option<Lookup>> {
        let (name, values) = match (fields.get("map"), fields.get("table")) {
            (Some(_), Some(node)) => {
                return self.reader.refuse(node.position, "`table` does not stand with `map`: one of them is looked up");
            }
            (Some(node), None) => ("`map`".to_owned(), self.map(node, kind)?),
            (None, Some(node)) => self.looked_up(node, fields, kind)?,
            (None, None) => {
                for key in ["column", "else"] {
                    if let Some(node) = fields.get(key) {
                        self.reader.refuse::<()>(node.position, format!("`{key}` stands with `map` or `table`"));
                    }
                }
                return Some(None);
            }
        };
        let otherwise = match fields.get("else") {
            None => Otherwise::Refuse,
            Some(node) => match &node.data {
                Data::Scalar(scalar) if scalar.text == "drop" => Otherwise::Drop,
                Data::Scalar(scalar) if scalar.text == "keep" => Otherwise::Keep,
                Data::Scalar(scalar) if ["reject", "refuse"].contains(&&*scalar.text) => {
                    let message = format!("`else: {}` would be a constant: without `else`, what is not listed is refused", scalar.text);
                    return self.reader.refuse(node.position, message);
                }
                _ => Otherwise::Constant(self.constant(node, kind)?),
            },
        };
        Some(Some(Lookup { name, values, otherwise }))
    }

    fn map(&mut self, node: &'n Node, kind: &NativeKind) -> Option<Values> {
        let Data::Mapping(entries) = &node.data else {
            return self.reader.mistyped(node, "`map`", "a mapping of what is found to constants");
        };
        let mut values = Values::default();
        for (key, value) in entries {
            let (Some(found), Some(constant)) = (self.word(key, "a key of `map`"), self.constant(value, kind)) else { continue };
            if values.insert(found, constant).is_some() {
                self.reader.refuse::<()>(key.position, format!("{} is given twice in `map`", key.described()));
            }
        }
        Some(values)
    }

    fn looked_up(&mut self, node: &'n Node, fields: &Fields<'n>, kind: &NativeKind) -> Option<(String, Values)> {
        let name = self.reader.text(node, "`table`", NAME_BYTES_MAX)?;
        let Some(index) = self.tables.iter().position(|table| table.name == name) else {
            let known: Vec<&str> = self.tables.iter().map(|table| table.name).collect();
            return self.reader.refuse(node.position, unknown("table", &name, "", known));
        };
        let Some(column) = fields.get("column") else {
            return self.reader.refuse(node.position, "`table` needs a `column` beside it: which value is taken");
        };
        let wanted = self.reader.text(column, "`column`", NAME_BYTES_MAX)?;
        let place = self.tables[index].columns.iter().position(|column| *column == wanted);
        let Some(place) = place else {
            let message = unknown("column", &wanted, &format!(" of table `{name}`"), self.tables[index].columns.iter().map(String::as_str));
            return self.reader.refuse(column.position, message);
        };
        let mut values = Values::default();
        for row in self.tables[index].rows.clone() {
            if row[place].is_null() {
                continue;
            }
            if let (Some(found), Some(constant)) = (self.word(&row[0], "a value of the first column"), self.constant(&row[place], kind)) {
                values.insert(found, constant);
            }
        }
        Some((format!("table `{name}`"), values))
    }

    /// What the mapping says itself, as JSON.
    pub(super) fn constant(&mut self, node: &'n Node, kind: &NativeKind) -> Option<String> {
        let what = quoted(&self.field);
        let scalar = match (&node.data, kind) {
            (Data::Sequence(items), NativeKind::List(item)) => {
                let items: Vec<Option<String>> = items.iter().map(|node| self.constant(node, item)).collect();
                return Some(format!("[{}]", items.into_iter().collect::<Option<Vec<_>>>()?.join(",")));
            }
            (Data::Scalar(scalar), _) if scalar.resolved() != Resolved::Null => scalar,
            (_, kind) => return self.reader.mistyped(node, &what, &kind.described()),
        };
        let text = unmarked(scalar);
        let mut written = String::new();
        match kind {
            NativeKind::Boolean => match boolean(node) {
                Some(value) => written = value.to_string(),
                None => return self.reader.mistyped(node, &what, "true or false"),
            },
            NativeKind::Integer | NativeKind::Decimal => match scalar.resolved() {
                Resolved::Integer(_) | Resolved::Float if serde_json::from_str::<serde_json::Number>(text).is_ok() => {
                    written.push_str(text)
                }
                _ => return self.reader.mistyped(node, &what, &kind.described()),
            },
            NativeKind::Choice(words) if !words.iter().any(|word| word == text) => {
                return self.reader.refuse(node.position, unknown("value", text, &format!(" of {what}"), words.iter().map(String::as_str)));
            }
            NativeKind::Date => {
                self.reader.date(node, &what)?;
                quote(text, &mut written);
            }
            NativeKind::Text | NativeKind::Choice(_) | NativeKind::Time => quote(text, &mut written),
            NativeKind::List(_) | NativeKind::Object(_) | NativeKind::Names(_) => {
                return self.reader.mistyped(node, &what, &kind.described());
            }
        }
        self.remember(node.position, text);
        Some(written)
    }

    /// Notes the name of a product or a feature, which the playbook may know or not.
    fn remember(&mut self, position: Position, text: &str) {
        let kind = match self.field.as_str() {
            "product" | "products" | "from" | "to" => NamedKind::Product,
            "feature" => NamedKind::Feature,
            _ => return,
        };
        if self.seen.insert((kind, position.line, position.column)) {
            self.named.push(Named { kind, name: text.to_owned(), line: position.line, column: position.column });
        }
    }
}
