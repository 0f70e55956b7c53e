//! The fields of a rule, a row each. From the rows come the keys that a rule may have, how they are read, their place in the canonical form, and
//! their table in docs/reference/playbook.md.
//!
//! A plain field, which is a text or a number of days, is its row and no more: the row makes it a member of [`Rule`]. The others are few, and what
//! is read of them depends on the rest: conditions on the scope, the default severity on the kind of rule.

use super::canonical::{About, canonical_condition, literal, product_names};
use super::check::ConditionOf;
use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::plays::{PLAY_FIELDS, PlayFields, play_lines};
use super::problem::{listed, quoted};
use super::reader::{Entry, Fields, NAME_BYTES_MAX, Reader, WAIT_DAYS_MAX};
use super::vocabulary::Of;
use super::yaml::Node;
use super::{PACES, Pace, Playbook, ProductIndex, RuleHead, RuleKind, Scope};
use std::fmt::Write;
use std::sync::{Arc, LazyLock};

/// Most alerts and plays.
const RULES_MAX: usize = 1000;
const SCOPES: [Scope; 3] = [Scope::Account, Scope::Product, Scope::User];

/// Every field of a rule, in the order in which messages and the reference list them.
pub static RULE_FIELDS: LazyLock<Vec<RuleField>> =
    LazyLock::new(|| special_fields().into_iter().chain(plain_fields()).chain(play_fields()).collect());

/// A field of a rule.
#[derive(Debug)]
pub struct RuleField {
    pub key: &'static str,
    /// What may be written, as the reference says it.
    pub holds: String,
    /// What it is where it is not written, as the reference says it.
    pub default: String,
    pub row: Row,
}

/// What is said of a field beside its key, its kind of value and its default.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The one kind of rule that has it; `None`: both have.
    pub only: Option<RuleKind>,
    /// The one scope that has it; `None`: all have.
    pub scope: Option<Scope>,
    canonical: Canonical,
    /// What it does, where its key and its value do not tell.
    pub doc: &'static str,
}

/// How a field stands in the canonical form. It is never changed: by another digest every account would be judged anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Canonical {
    /// Left out at its default: playbooks from before there was such a field keep their digest. Every new field is of this kind.
    UnlessDefault,
    /// The fields of the first playbooks.
    Always,
    /// Conditions of the first playbooks: each on a line of its own, after the others.
    AlwaysOnItsLine,
}

const ROW: Row = Row { only: None, scope: None, canonical: Canonical::UnlessDefault, doc: "" };

/// The fields that are read each in its own way, in the order of [`Loader::rule`].
fn special_fields() -> [RuleField; 5] {
    let field = |key, holds: &str, default: &str, canonical| RuleField {
        key,
        holds: holds.to_owned(),
        default: default.to_owned(),
        row: Row { canonical, ..ROW },
    };
    let severities = [RuleKind::Alert, RuleKind::Play].map(|kind| format!("`{}` for {}s", default_severity(kind), kind.name()));
    [
        field("scope", &listed(&SCOPES.map(Scope::name)), "required", Canonical::Always),
        field("open", "[condition](conditions.md)", "required", Canonical::AlwaysOnItsLine),
        field("clear", "[condition](conditions.md)", "`!(open)`", Canonical::AlwaysOnItsLine),
        field("severity", &String::holds(), &severities.join(", "), Canonical::Always),
        RuleField {
            row: Row { scope: Some(Scope::Product), doc: "only these", ..ROW },
            ..field("products", "list of products", "every product", Canonical::UnlessDefault)
        },
    ]
}

const ROUTE: &str =
    "to whom it goes: `owner`, `account_executive` or `success_role`, whoever that is of the account, or any other text as it is";

/// The fields that plays alone have, and that are read with [`PlayFields`].
fn play_fields() -> impl Iterator<Item = RuleField> {
    PLAY_FIELDS.into_iter().map(|(key, holds, default, doc)| RuleField {
        key,
        holds: holds.to_owned(),
        default: default.to_owned(),
        row: Row { only: Some(RuleKind::Play), doc, ..ROW },
    })
}

fn default_severity(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Alert => "warning",
        RuleKind::Play => "info",
    }
}

/// Makes of each row `key: type = default, row;` a member of [`Rule`] that is read, written and documented.
macro_rules! plain_fields {
    ($($key:ident: $type:ty = $default:expr, $row:expr;)*) => {
        #[derive(Debug)]
        pub struct Rule {
            /// Shared with every effect of the rule.
            pub head: Arc<RuleHead>,
            pub scope: Scope,
            /// Only these; `None`: every product.
            pub products: Option<Vec<ProductIndex>>,
            /// Unless `judge` says so, as what it reads has it.
            pub is_daily: bool,
            pub open: Condition,
            /// Absent: `!(open)`.
            pub clear: Option<Condition>,
            /// Those of an alert say nothing.
            pub play: PlayFields,
            $(pub $key: $type,)*
        }

        fn plain_fields() -> Vec<RuleField> {
            vec![$(RuleField { key: stringify!($key), holds: <$type>::holds(), default: <$type>::shown(&$default), row: $row }),*]
        }

        /// Reads the plain fields, also where something else is missing.
        fn with_plain_fields(special: Option<Special>, reader: &mut RuleReader<'_, '_>) -> Option<Rule> {
            $(let $key: Option<$type> = reader.plain(stringify!($key), &$row);)*
            let Special { head, scope, products, open, clear, play } = special?;
            Some(Rule { head, scope, products, is_daily: false, open, clear, play, $($key: $key.unwrap_or($default),)* })
        }

        /// The plain fields' values as the canonical form writes them; `None`: left out.
        fn plain_values(rule: &Rule) -> Vec<Option<String>> {
            vec![$(written(&rule.$key, &$default, &$row)),*]
        }
    };
}

plain_fields! {
    for_days: u16 = 0, Row { canonical: Canonical::Always, doc: "how long `open` must hold", ..ROW };
    cooldown_days: u16 = 0, Row { canonical: Canonical::Always, doc: "after a clear", ..ROW };
    clear_days: u16 = 0, Row { doc: "how long `clear` must hold", ..ROW };
    judge: Option<Pace> = None, Row { doc: "when it is [looked at](#live-and-daily); without it as what it reads has it", ..ROW };
    absent: bool = false, Row { scope: Some(Scope::Product), doc: "judged only while the stage is `none`", ..ROW };
    gone: bool = false, Row { scope: Some(Scope::User), doc: "judged only of users who are gone", ..ROW };
    due_days: Option<u16> = None, Row { only: Some(RuleKind::Play), doc: "after the opening", ..ROW };
    route: Arc<str> = "owner".into(), Row { only: Some(RuleKind::Alert), doc: ROUTE, ..ROW };
    group: Option<Arc<str>> = None, Row { only: Some(RuleKind::Play), doc: "what it is one of", ..ROW };
}

/// What a plain field may hold.
trait Plain: PartialEq + Sized {
    /// As the reference says it.
    fn holds() -> String;

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, what: &str) -> Option<Self>;

    /// `None`: there is none.
    fn canonical(&self) -> Option<String>;

    /// A default, as the reference says it.
    fn shown(&self) -> String {
        self.canonical().unwrap_or_else(|| "none".to_owned())
    }
}

/// Days to wait.
impl Plain for u16 {
    fn holds() -> String {
        format!("0 to {WAIT_DAYS_MAX}")
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, what: &str) -> Option<Self> {
        reader.whole_number(node, what, 0..=WAIT_DAYS_MAX).map(|days| days as u16)
    }

    fn canonical(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Plain for bool {
    fn holds() -> String {
        "`true` or `false`".to_owned()
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, _what: &str) -> Option<Self> {
        reader.choice(node, "boolean", &[("true", true), ("false", false)])
    }

    fn canonical(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Plain for Pace {
    fn holds() -> String {
        listed(&PACES.map(|(name, _)| name))
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, _what: &str) -> Option<Self> {
        reader.choice(node, "pace", &PACES)
    }

    fn canonical(&self) -> Option<String> {
        Some(self.name().to_owned())
    }
}

impl Plain for String {
    fn holds() -> String {
        "text".to_owned()
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, what: &str) -> Option<Self> {
        reader.text(node, what, NAME_BYTES_MAX)
    }

    fn canonical(&self) -> Option<String> {
        Some(literal(self))
    }
}

impl Plain for Arc<str> {
    fn holds() -> String {
        String::holds()
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, what: &str) -> Option<Self> {
        String::read(reader, node, what).map(Self::from)
    }

    fn canonical(&self) -> Option<String> {
        Some(literal(self))
    }

    fn shown(&self) -> String {
        format!("`{self}`")
    }
}

/// A value that a rule may lack.
impl<T: Plain> Plain for Option<T> {
    fn holds() -> String {
        T::holds()
    }

    fn read<'n>(reader: &mut Reader<'n>, node: &'n Node, what: &str) -> Option<Self> {
        T::read(reader, node, what).map(Some)
    }

    fn canonical(&self) -> Option<String> {
        self.as_ref().and_then(T::canonical)
    }
}

fn written<T: Plain>(value: &T, default: &T, row: &Row) -> Option<String> {
    let is_left_out = row.canonical == Canonical::UnlessDefault && value == default;
    if is_left_out { None } else { value.canonical() }
}

/// Adds a rule's lines of the canonical form.
pub(super) fn canonical_rule(lines: &mut Vec<String>, rule: &Rule, playbook: &Playbook) {
    let about = About { of: rule.scope.of(), product: None };
    let condition = |condition: &Condition| canonical_condition(condition, about, playbook);
    let clear = rule.clear.clone().unwrap_or_else(|| rule.open.clone().negated());
    let products = rule.products.as_ref().map(|products| product_names(products, playbook).trim_start().to_owned());
    // In the order of their rows, which end with those of plays.
    let always = [rule.scope.name().to_owned(), condition(&rule.open), condition(&clear), literal(&rule.head.severity)];
    let values = always.into_iter().map(Some).chain([products]).chain(plain_values(rule));
    let mut line = format!("{} {}", rule.head.kind.name(), literal(&rule.head.id));
    let mut lines_after = Vec::new();
    for (field, value) in RULE_FIELDS.iter().zip(values) {
        let Some(value) = value else { continue };
        match field.row.canonical {
            Canonical::AlwaysOnItsLine => lines_after.push(format!("  {} {value}", field.key)),
            _ => write!(line, " {} {value}", field.key).expect("writing to a string does not fail"),
        }
    }
    lines.push(line);
    lines.extend(lines_after);
    play_lines(lines, &rule.play, rule.scope.of(), playbook);
}

impl Rule {
    /// When an incident opens, and when it clears, in the canonical form.
    pub fn conditions(&self, playbook: &Playbook) -> (String, String) {
        let about = About { of: self.scope.of(), product: None };
        let clear = self.clear.clone().unwrap_or_else(|| self.open.clone().negated());
        (canonical_condition(&self.open, about, playbook), canonical_condition(&clear, about, playbook))
    }

    /// Its lines of the canonical form.
    pub fn definition(&self, playbook: &Playbook) -> Vec<String> {
        let mut lines = Vec::new();
        canonical_rule(&mut lines, self, playbook);
        lines
    }
}

/// What a rule is made of beside its plain fields.
struct Special {
    head: Arc<RuleHead>,
    scope: Scope,
    products: Option<Vec<ProductIndex>>,
    open: Condition,
    clear: Option<Condition>,
    play: PlayFields,
}

/// A rule as it is written.
struct RuleReader<'r, 'n> {
    reader: &'r mut Reader<'n>,
    fields: &'r Fields<'n>,
    kind: RuleKind,
    scope: Option<Scope>,
    /// As messages name it.
    what: &'r str,
}

impl RuleReader<'_, '_> {
    /// `None`: it is not written, or wrong, which is reported.
    fn plain<T: Plain>(&mut self, key: &str, row: &Row) -> Option<T> {
        let node = self.fields.get(key)?;
        if let Some(only) = row.only.filter(|only| *only != self.kind) {
            let message = format!("`{key}` is for {}s: {} cannot have it", only.name(), self.what);
            return self.reader.refuse(node.position, message);
        }
        if let (Some(only), Some(scope)) = (row.scope, self.scope)
            && only != scope
        {
            let message = format!("`{key}` is for rules of {}s: {} has `scope: {}`", only.name(), self.what, scope.name());
            return self.reader.refuse(node.position, message);
        }
        T::read(self.reader, node, &format!("`{key}` of {}", self.what))
    }
}

impl<'n> Loader<'n> {
    /// Alerts, then plays.
    pub(super) fn rules(&mut self, fields: &Fields<'n>) -> Vec<Rule> {
        let [alerts, plays] = ["alerts", "plays"].map(|key| self.entries(fields, key));
        let of_kind = |entries: &[Entry<'n>], kind, place: fn(usize) -> Place| {
            entries.iter().enumerate().map(|(index, entry)| (*entry, kind, place(index))).collect::<Vec<_>>()
        };
        let entries = [of_kind(&alerts, RuleKind::Alert, Place::Alert), of_kind(&plays, RuleKind::Play, Place::Play)].concat();
        if let Some((entry, ..)) = entries.get(RULES_MAX) {
            self.reader.refuse::<()>(entry.key_position, format!("more than {RULES_MAX} alerts and plays"));
        }
        let read = |(index, (entry, kind, place))| self.rule(entry, kind, place, Site::Rule(index));
        entries.into_iter().take(RULES_MAX).enumerate().filter_map(read).collect()
    }

    /// Alerts, plays and campaigns share one name space: ids of outputs are made of theirs. `before`: those that are read before.
    pub(super) fn refuse_namesake(&mut self, entry: Entry<'n>, before: &[RuleKind]) {
        let declared = |kind: RuleKind| match kind {
            RuleKind::Alert => &self.declared.alerts,
            RuleKind::Play => &self.declared.plays,
        };
        let namesake = before.iter().find(|kind| declared(**kind).iter().any(|(id, _)| id == entry.key));
        if let Some(kind) = namesake {
            let article = if *kind == RuleKind::Alert { "an" } else { "a" };
            let message =
                format!("{} is {article} {} already: alerts, plays and campaigns share one name space", quoted(entry.key), kind.name());
            self.reader.refuse::<()>(entry.key_position, message);
        }
    }

    fn rule(&mut self, entry: Entry<'n>, kind: RuleKind, place: Place, site: Site) -> Option<Rule> {
        let what = format!("{} {}", kind.name(), quoted(entry.key));
        self.subject_id(entry, "a rule's id");
        if kind == RuleKind::Play {
            self.refuse_namesake(entry, &[RuleKind::Alert]);
        }
        let keys: Vec<&str> = RULE_FIELDS.iter().map(|field| field.key).collect();
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &keys)?;
        let scope = self
            .reader
            .required(&fields, "scope")
            .and_then(|node| self.reader.choice(node, "scope", &SCOPES.map(|scope| (scope.name(), scope))));
        // Without a scope the conditions are read as a product's, which accepts all that an account's does.
        let of = scope.map_or(Of::Product, Scope::of);
        let subject = ConditionOf::from(of);
        let products = fields.get("products").and_then(|node| self.only_products(node, of, &what));
        self.read_at(place, site, products.as_deref());
        let open = self.reader.required(&fields, "open").and_then(|node| self.condition(node, "open", subject));
        let clear = fields.get("clear").and_then(|node| self.condition(node, "clear", subject));
        let play = self.play_fields(&fields, kind, of, products.as_deref(), &what);
        let mut reader = RuleReader { reader: &mut self.reader, fields: &fields, kind, scope, what: &what };
        let severity = reader.plain("severity", &ROW).unwrap_or_else(|| default_severity(kind).to_owned());
        let head = Arc::new(RuleHead { kind, id: entry.key.to_owned(), severity });
        let special = scope.zip(open).map(|(scope, open)| Special { head, scope, products, open, clear, play });
        with_plain_fields(special, &mut reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule with some fields more.
    fn load(kind: RuleKind, scope: Scope, fields: &str) -> Playbook {
        let open = if scope == Scope::User { "account.employees > 1" } else { "seats > 1" };
        let rule = format!("{{p: {{scope: {}, open: {open}, {fields}}}}}", scope.name());
        let head = "version: 1\nproducts: {crm: }\nguardrails: {g: {holds_back: \"false\"}}\n";
        let text = format!("{head}{}s: {rule}\n", kind.name());
        Playbook::load("p.yaml", &text).unwrap_or_else(|problems| panic!("{problems:?} of {text}"))
    }

    fn lines(fields: &str) -> Vec<String> {
        let playbook = load(RuleKind::Play, Scope::Product, fields);
        let mut lines = Vec::new();
        canonical_rule(&mut lines, &playbook.rules[0], &playbook);
        lines
    }

    #[test]
    fn the_canonical_form_of_a_rule() {
        for (fields, expected) in [
            ("", ["play \"p\" scope product severity \"info\" for_days 0 cooldown_days 0", "  open seats > 1", "  clear !(seats > 1)"]),
            (
                "due_days: 0, clear_days: 3, cooldown_days: 2, for_days: 1, severity: \"a\\nb\", clear: seats < 1",
                [
                    "play \"p\" scope product severity \"a\\nb\" for_days 1 cooldown_days 2 clear_days 3 due_days 0",
                    "  open seats > 1",
                    "  clear seats < 1",
                ],
            ),
        ] {
            assert_eq!(lines(fields), expected, "{fields}");
        }
        let all = "tasks: [{id: b, title: B, assignee: me}, {id: a, title: A, doc: x, due_days: 0}], with: champions, holdout: 0.10, guards: [g], \
                   tokens: {b: {text: seats}, a: seats}, outcome: {metric: events, days: [7, 14], better: down, by: 0.50}";
        let expected = [
            "  task \"b\" title \"B\" assignee \"me\"",
            "  task \"a\" title \"A\" assignee \"owner\" doc \"x\" due_days 0",
            "  token \"a\" is seats",
            "  token \"b\" text \"seats\"",
            "  with champions",
            "  outcome days 7 14 better down by 0.5",
            "    metric events(30)",
            "  guard \"g\"",
            "  holdout 0.1",
        ];
        assert_eq!(lines(all)[3..], expected);
    }

    #[test]
    fn every_field_is_in_the_digest() {
        let more = RULE_FIELDS.iter().filter(|field| !["scope", "open"].contains(&field.key));
        for field in more {
            let value = match (field.key, &*field.holds) {
                ("clear" | "absent" | "gone", _) => "true",
                ("products", _) => "[crm]",
                ("judge", _) => "daily",
                ("tasks", _) => "[{id: a, title: b}]",
                ("tokens", _) => "{a: {text: b}}",
                ("with", _) => "champions",
                ("outcome", _) => "{metric: seats, days: [7], better: up, by: 1}",
                ("guards", _) => "[g]",
                ("holdout", _) => "0.5",
                (_, "text") => "x",
                _ => "3650",
            };
            let (kind, scope) = (field.row.only.unwrap_or(RuleKind::Alert), field.row.scope.unwrap_or(Scope::Product));
            let with = load(kind, scope, &format!("{}: {value}", field.key));
            assert_ne!(with.digest, load(kind, scope, "").digest, "{}", field.key);
        }
    }
}
