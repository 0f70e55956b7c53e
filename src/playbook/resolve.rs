//! Finds the metric that a name, a selection or a call stands for, and checks its arguments against the table and the catalogue.

use super::ProductIndex;
use super::check::{CatalogueProduct, Checker, ConditionOf, Environment};
use super::condition::{MeasureIndex, MeasureRef, Metric, MetricRef, Operand, Over};
use super::declared::Place;
use super::depends::Dependency;
use super::functions::FUNCTIONS;
use super::problem::{listed, quoted, unknown};
use super::vocabulary::{COMPLETE, Kind, Naming, Needed, Number, Of, Reads, Rows, Signature, TIERS, Through, Verdict};
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

/// Bytes of an id or a name, as in the input.
const NAME_BYTES_MAX: usize = 256;

/// Before the dot of what is the account's, in an expression of something else.
pub(super) const ACCOUNT: &str = "account";
/// Before the dot of what is of the account's primary product.
pub(super) const PRIMARY: &str = "primary";

/// What stands before a dot and is no product, each with an example.
pub(super) const OWNERS: [(&str, &str); 4] = [
    (ACCOUNT, "account.employees"),
    (PRIMARY, "primary.seats"),
    (Over::Users.name(), "users.count(…)"),
    (Over::Products.name(), "products.count(…)"),
];

/// How a user's or a product's expression reads what is the account's to compute.
pub(super) const BY_A_MEASURE: &str = "put it into a measure with `of: account`, and read `account.` and its name";

/// How a verdict must stand to who reads it.
const LATER: &str = ": stages are judged first, then segments, milestones, alerts and plays, each list from top to bottom, and a verdict is read by what \
                     comes after it";

/// `crm.events("x", 7)`, taken apart.
struct Written<'a> {
    /// The product before the last dot, empty where there is none.
    qualifier: String,
    /// [`COMPLETE`] stands between the two.
    complete: bool,
    qualifier_at: usize,
    name: String,
    name_at: usize,
    /// `None`: without parentheses.
    arguments: Option<&'a [IdedExpr]>,
}

/// What N may be, and how messages say so.
struct Limit {
    max: u16,
    /// Before the metric's name.
    prefix: &'static str,
    /// Why `max` is less than it might be.
    settling: String,
}

/// What a name means.
#[derive(Clone, Copy)]
enum Named {
    Metric(&'static Signature),
    Measure(MeasureIndex, Of),
}

impl Named {
    fn of(self) -> Of {
        match self {
            Self::Metric(signature) => signature.of,
            Self::Measure(_, of) => of,
        }
    }
}

/// Whose it is, as it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Subject,
    Product(ProductIndex),
    /// The account's primary product.
    Primary,
}

impl Owner {
    fn product(self) -> Option<ProductIndex> {
        match self {
            Self::Product(product) => Some(product),
            Self::Subject | Self::Primary => None,
        }
    }
}

impl Checker<'_> {
    /// A metric or a measure.
    pub(super) fn metric(&mut self, node: &IdedExpr) -> Option<(Operand, Kind)> {
        let written = self.take_apart(node)?;
        if let ConditionOf::Row(rows) = self.environment.subject {
            return self.field(&written, rows);
        }
        let (named, owner) = self.named(&written)?;
        let (operand, kind) = match named {
            Named::Measure(measure, _) => {
                self.bare_measure(&written)?;
                self.dependencies.push((written.name_at, Dependency::Measure(measure)));
                (Operand::Measure(MeasureRef { product: owner.product(), measure }), Kind::Number)
            }
            Named::Metric(signature) => {
                self.complete(&written, signature);
                let metric = self.arguments(&written, signature, owner.product())?;
                if signature.reads_stage && self.environment.subject.is_stage() {
                    let message = format!("a stage condition cannot read `{}`, which depends on a stage itself", signature.name);
                    return self.refuse(written.name_at, message);
                }
                if matches!(signature.naming, Some((Naming::Group, _))) && self.environment.place != Place::After {
                    return self.refuse(written.name_at, format!("`{}` is read by guardrails and campaigns", signature.name));
                }
                self.note_dependencies(&written, &metric, owner);
                (Operand::Metric(MetricRef { product: owner.product(), metric }), signature.kind)
            }
        };
        if owner == Owner::Primary {
            self.dependencies.push((written.qualifier_at, Dependency::Stage(PRIMARY)));
            return Some((Operand::Primary(Box::new(operand)), kind));
        }
        Some((operand, kind))
    }

    /// A field of a row.
    fn field(&mut self, written: &Written<'_>, rows: Rows) -> Option<(Operand, Kind)> {
        let name = &written.name;
        if !written.qualifier.is_empty() || written.complete {
            let message = format!("nothing stands before a field of a row: expected its name, such as {}", quoted(name));
            return self.refuse(written.qualifier_at, message);
        }
        let known = self.environment.vocabulary.row(rows);
        let Some(signature) = known.iter().find(|field| field.name == name) else {
            let context = format!(" of a row of {}", rows.name());
            return self.refuse(written.name_at, unknown("field", name, &context, known.iter().map(|field| field.name)));
        };
        let metric = self.arguments(written, signature, None)?;
        Some((Operand::Metric(MetricRef { product: None, metric }), signature.kind))
    }

    /// What the reader of a metric depends on beside its facts.
    fn note_dependencies(&mut self, written: &Written<'_>, metric: &Metric, owner: Owner) {
        let declared = self.environment.declared;
        let meant = || self.meant(owner.product()).into_iter();
        let mut found = Vec::new();
        match metric.signature.through {
            Some(Through::Criteria) => found.extend(meant().map(Dependency::Criteria)),
            Some(Through::Fit) => found.extend(meant().map(Dependency::Fit)),
            Some(Through::Synergies) => found.push(Dependency::Synergies),
            Some(Through::Persona) => {
                found.extend(declared.personas.iter().position(|id| Some(id) == metric.name.as_ref()).map(Dependency::Persona));
            }
            None => {}
        }
        found.extend(metric.signature.reads_stage.then_some(Dependency::Stage(metric.signature.name)));
        found.extend(metric.signature.daily.then_some(Dependency::Daily));
        self.dependencies.extend(found.into_iter().map(|dependency| (written.name_at, dependency)));
    }

    /// Whose names stand by themselves here.
    fn subject(&self) -> Of {
        match self.among {
            Some(Over::Users) => Of::User,
            Some(Over::Products) => Of::Product,
            None => self.environment.subject.of(),
        }
    }

    fn is_verdict(&self, written: &Written<'_>) -> bool {
        let signature = self.environment.vocabulary.signature(&written.name, Of::Account);
        signature.is_some_and(|signature| signature.verdict().is_some())
    }

    /// What is called so of a subject.
    fn lookup(&self, written: &Written<'_>, of: Of) -> Option<Named> {
        let Environment { vocabulary, declared, .. } = *self.environment;
        let measure = || declared.measures.iter().position(|(id, subject)| *id == written.name && *subject == of);
        // A verdict is of whom it is judged of.
        let is_judged_of = |signature: &&Signature| match (signature.verdict(), verdict_named(written)) {
            (Some(verdict @ (Verdict::Segment | Verdict::Milestone)), Some(id)) => {
                declared.judged(verdict).iter().all(|(known, subject)| *known != id || *subject == of)
            }
            _ => true,
        };
        let metric = vocabulary.signature(&written.name, of).filter(is_judged_of).map(Named::Metric);
        metric.or_else(|| measure().map(|index| Named::Measure(MeasureIndex(index as u16), of)))
    }

    fn named(&mut self, written: &Written<'_>) -> Option<(Named, Owner)> {
        let subject = self.subject();
        let (subjects, owner): (&[Of], Owner) = match written.qualifier.as_str() {
            "" => match (subject, self.among) {
                (Of::Account, _) => (&[Of::Account], Owner::Subject),
                (Of::Product, None) => (&[Of::Product, Of::Account], Owner::Subject),
                (Of::Product, Some(_)) => (&[Of::Product], Owner::Subject),
                // A verdict of the account is the user's as well.
                (Of::User, None) if self.is_verdict(written) => (&[Of::User, Of::Account], Owner::Subject),
                (Of::User, _) => (&[Of::User], Owner::Subject),
            },
            ACCOUNT => (&[Of::Account], Owner::Subject),
            PRIMARY => (&[Of::Product], Owner::Primary),
            qualifier => match self.environment.products.iter().position(|product| product.is_called(qualifier)) {
                Some(index) => {
                    let of: &[Of] = if subject == Of::User { &[Of::User] } else { &[Of::Product] };
                    (of, Owner::Product(ProductIndex(index as u16)))
                }
                None => return self.unknown_owner(written),
            },
        };
        let Some(named) = subjects.iter().find_map(|of| self.lookup(written, *of)) else {
            return self.not_of(written, subject);
        };
        if let Some(over) = self.among.filter(|_| named.of() == Of::Account || owner == Owner::Primary) {
            return self.not_within(written, over);
        }
        if let (Named::Measure(_, Of::User), Owner::Product(_)) = (named, owner) {
            let message = format!(
                "the measure `{}` is of the account's user, whatever the product: write it without {}",
                written.name,
                quoted(&written.qualifier)
            );
            return self.refuse(written.qualifier_at, message);
        }
        if owner == Owner::Primary && (self.environment.subject != ConditionOf::Account) {
            let message = match self.environment.subject.is_stage() {
                true => format!("a stage condition cannot read `{PRIMARY}.…`, which depends on a stage itself"),
                false => format!("`{PRIMARY}.` is read of the account: {BY_A_MEASURE}"),
            };
            return self.refuse(written.qualifier_at, message);
        }
        Some((named, owner))
    }

    fn not_within<T>(&mut self, written: &Written<'_>, over: Over) -> Option<T> {
        let subject = if over == Over::Users { Of::User } else { Of::Product };
        let message = format!("within `{}.…` only what is a {}'s is read, and `{}` is not", over.name(), subject.name(), written.name);
        self.refuse(written.qualifier_at, message)
    }

    fn unknown_owner<T>(&mut self, written: &Written<'_>) -> Option<T> {
        if let Some(over) = [Over::Users, Over::Products].into_iter().find(|over| over.name() == written.qualifier) {
            let name = over.name();
            let message = match over.figures().find(|figure| figure.name == written.name) {
                Some(figure) => format!("a figure of `{name}` is called: expected `{name}.{}`", figure.usage),
                None => unknown(format!("figure of `{name}`"), &written.name, "", over.figures().map(|figure| figure.name)),
            };
            return self.refuse(written.name_at, message);
        }
        let (products, name) = (self.environment.products, &written.name);
        // What is no metric is told as that, wherever it stands.
        if self.environment.vocabulary.subjects_of(name).next().is_none()
            && !self.environment.declared.measures.iter().any(|(id, _)| id == name)
        {
            return self.unknown_name(written);
        }
        let mut message = unknown("product", &written.qualifier, "", products.iter().map(|product| product.id.as_str()));
        if let Some(rest) = written.qualifier.strip_prefix(COMPLETE).and_then(|rest| rest.strip_prefix('.')) {
            message = format!("`{COMPLETE}` stands after the product: `{rest}.{COMPLETE}.{name}`");
        }
        self.refuse(written.qualifier_at, message)
    }

    /// Tells of whom a name is that was looked for in vain.
    fn not_of<T>(&mut self, written: &Written<'_>, subject: Of) -> Option<T> {
        let is_verdict = self.is_verdict(written);
        // What is read of a verdict depends on which it is.
        let named = verdict_named(written).filter(|_| is_verdict).map(|id| format!("{}(\"{id}\")", written.name));
        let name = &named.unwrap_or_else(|| written.name.clone());
        let others: Vec<Of> = [Of::Account, Of::Product, Of::User].into_iter().filter(|of| self.lookup(written, *of).is_some()).collect();
        let Some(&other) = others.first() else { return self.unknown_name(written) };
        if let Some(over) = self.among {
            return self.not_within(written, over);
        }
        let example = self.environment.products.first().map_or("crm", |product| product.id.as_str());
        let (complete, qualifier) = (if written.complete { "complete." } else { "" }, quoted(&written.qualifier));
        let message = match (other, subject) {
            _ if !written.qualifier.is_empty() && others.contains(&subject) => {
                let owner = if written.qualifier == ACCOUNT { Of::Account } else { Of::Product };
                format!("`{name}` is {}'s, not {}'s: write it without {qualifier}", article(subject), article(owner))
            }
            (Of::Product, Of::Account) => {
                format!("`{name}` is a product's, and this is about the account: name the product, as in `{example}.{complete}{name}`")
            }
            (Of::Product, _) if is_verdict => format!("`{name}` is a product's, and this is about a user"),
            (Of::Product, _) => format!("`{name}` is a product's, and this is about a user: {BY_A_MEASURE}"),
            (Of::Account, Of::User) => format!("`{name}` is the account's: write `{ACCOUNT}.{name}`"),
            (Of::Account, _) => format!("`{name}` is the account's, not a product's: write it without {qualifier}"),
            (Of::User, _) => format!("`{name}` is a user's: expected a figure of the users, such as `users.count(…)`"),
        };
        let at = if written.qualifier.is_empty() { written.name_at } else { written.qualifier_at };
        self.refuse(at, message)
    }

    fn unknown_name<T>(&mut self, written: &Written<'_>) -> Option<T> {
        let name = &written.name;
        let spelled = if written.qualifier.is_empty() { name.clone() } else { format!("{}.{name}", written.qualifier) };
        let products = self.environment.products;
        if products.iter().any(|product| product.is_called(&spelled)) {
            let message = format!("{} is a product: expected one of its metrics, as in `{spelled}.active_users`", quoted(&spelled));
            return self.refuse(written.qualifier_at, message);
        }
        if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
            return self.refuse(written.name_at, format!("`{name}` is a function: expected `{}`", function.usage));
        }
        if let Some((_, example)) = OWNERS.into_iter().find(|(owner, _)| owner == name) {
            return self.refuse(written.name_at, format!("`{name}` stands before what is read, as in `{example}`"));
        }
        let mut known: Vec<&str> = self.environment.vocabulary.metrics.iter().map(|signature| signature.name).collect();
        known.extend(self.environment.declared.measures.iter().map(|(id, _)| id.as_str()));
        known.extend(FUNCTIONS.iter().map(|function| function.name));
        let mut seen = std::collections::HashSet::new();
        known.retain(|name| seen.insert(*name));
        let mut message = unknown("metric", name, "", known);
        let starts_dashed = |product: &CatalogueProduct| product.id.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        if products.iter().any(starts_dashed) {
            message.push_str("; a product whose id has a `-` cannot be named in a condition");
        }
        self.refuse(written.name_at, message)
    }

    fn bare_measure(&mut self, written: &Written<'_>) -> Option<()> {
        if written.complete {
            return self.refuse(
                written.name_at,
                format!("`{}` is a measure: `{COMPLETE}.` is for metrics of a product over a window", written.name),
            );
        }
        if written.arguments.is_some_and(|arguments| !arguments.is_empty()) {
            return self.refuse(written.name_at, format!("`{}` is a measure, which takes no arguments", written.name));
        }
        Some(())
    }

    fn take_apart<'n>(&mut self, node: &'n IdedExpr) -> Option<Written<'n>> {
        let own = self.text.offset(node);
        let (target, name, name_at, arguments) = match &node.expr {
            Expr::Ident(name) => (None, name, own, None),
            Expr::Select(select) if !select.test => (Some(select.operand.as_ref()), &select.field, self.text.name_after(own), None),
            Expr::Select(_) => {
                return self
                    .refuse(self.text.name_before(own), "the macro `has` is not supported: a missing metric is unknown, not an error");
            }
            Expr::Call(call) => (call.target.as_deref(), &call.func_name, self.text.name_before(own), Some(call.args.as_slice())),
            _ => return self.refuse(own, "this is not a metric"),
        };
        let mut qualifier = Vec::new();
        let mut next = target;
        while let Some(node) = next {
            match &node.expr {
                Expr::Ident(name) => {
                    qualifier.push(name.as_str());
                    next = None;
                }
                Expr::Select(select) if !select.test => {
                    qualifier.push(select.field.as_str());
                    next = Some(&select.operand);
                }
                _ => {
                    let message = format!("{} of a value is not supported: before the dot of a metric stands a product's id", quoted(name));
                    return self.refuse(name_at, message);
                }
            }
        }
        let complete = qualifier.first() == Some(&COMPLETE);
        qualifier.drain(..usize::from(complete));
        qualifier.reverse();
        let qualifier_at = self.text.start(node);
        Some(Written { qualifier: qualifier.join("."), complete, qualifier_at, name: name.clone(), name_at, arguments })
    }

    /// Refuses [`COMPLETE`] before a metric that has no window of days to choose.
    fn complete(&mut self, written: &Written<'_>, signature: &Signature) {
        if !written.complete || signature.may_be_complete() {
            return;
        }
        let name = signature.name;
        let why = match signature.number {
            Some(number) if number.reads == Reads::Complete => format!("`{name}` reads complete days only by itself"),
            _ if signature.of != Of::Product => {
                format!("`{name}` is {}'s: `{COMPLETE}.` is for metrics of a product over a window", article(signature.of))
            }
            _ => format!("`{name}` adds up no days: `{COMPLETE}.` is for metrics of a product over a window"),
        };
        self.refuse::<()>(written.name_at, why);
    }

    fn arguments(&mut self, written: &Written<'_>, signature: &'static Signature, product: Option<ProductIndex>) -> Option<Metric> {
        let usage = signature.usage;
        let given = written.arguments.unwrap_or_default();
        let takes = usize::from(signature.naming.is_some()) + usize::from(signature.number.is_some());
        if given.len() > takes {
            let takes = if takes == 0 { "no arguments".to_owned() } else { format!("at most {takes}") };
            let message = format!("wrong number of arguments: `{usage}` takes {takes}, found {}", given.len());
            return self.refuse(written.name_at, message);
        }
        let mut rest = given.iter().peekable();
        let mut name = None;
        if let Some((naming, needed)) = signature.naming {
            // A number in place of a name that may be left out is N.
            let instead = needed == Needed::Optional && given.len() == 1 && signature.number.is_some();
            match rest.next_if(|argument| !(instead && is_whole(argument))) {
                Some(argument) => name = Some((self.name(argument, naming, instead, signature, product)?, self.text.start(argument))),
                None if needed == Needed::Required => {
                    return self.refuse(written.name_at, format!("`{}` needs a name: expected `{usage}`", signature.name));
                }
                None => {}
            }
        }
        let number = match (signature.number, rest.next()) {
            (Some(number), Some(argument)) => self.number(argument, number, self.limit(written, number, signature, product), signature)?,
            (Some(Number { needed: Needed::Required, label, .. }), None) => {
                return self.refuse(written.name_at, format!("`{}` needs {label}: expected `{usage}`", signature.name));
            }
            (Some(number), None) => {
                let (days, limit) = (self.environment.window_days, self.limit(written, number, signature, product));
                if days > limit.max {
                    let Limit { max, settling, .. } = limit;
                    let message = format!(
                        "`window_days` is {days}, and complete days are held up to 91 before D{settling}: expected an N of 1 to {max}"
                    );
                    return self.refuse(written.name_at, message);
                }
                days
            }
            (None, _) => self.environment.window_days,
        };
        let name = name.map(|(name, _)| name);
        let (name, tier) = match signature.naming {
            Some((Naming::Tier, _)) => (None, TIERS.iter().find(|(spelled, _)| name.as_deref() == Some(*spelled)).map(|(_, tier)| *tier)),
            _ => (name, None),
        };
        let Environment { min_volume, min_active_days, .. } = *self.environment;
        Some(Metric { signature, name, tier, number, complete: written.complete, min_volume, min_active_days })
    }

    /// The bound on N: all that is read must be held, of each product that is meant.
    fn limit(&self, written: &Written<'_>, number: Number, signature: &Signature, product: Option<ProductIndex>) -> Limit {
        let complete = written.complete && signature.may_be_complete();
        let settle_days = match signature.of {
            Of::Account => self.environment.settle_days,
            _ => self.meant(product).iter().map(|product| self.environment.products[usize::from(product.0)].settle_days).max().unwrap_or(0),
        };
        let settles = settle_days > 0 && (complete || number.reads == Reads::Complete);
        Limit {
            max: number.max(complete, settle_days),
            prefix: if complete { "complete." } else { "" },
            settling: if settles { format!(", less `settle_days`, {settle_days}") } else { String::new() },
        }
    }

    /// The one product that an unqualified metric can be of, or that is named.
    fn only(&self, product: Option<ProductIndex>) -> Option<ProductIndex> {
        product.or(match self.environment.subject {
            ConditionOf::Stage(own) => Some(own),
            _ => None,
        })
    }

    /// The products that a metric can be of: the one that is named, those that the rule is about, or all.
    fn meant(&self, product: Option<ProductIndex>) -> Vec<ProductIndex> {
        let only_products = self.environment.only_products.filter(|_| self.among != Some(Over::Products));
        match (self.only(product), only_products) {
            (Some(only), _) => vec![only],
            (None, Some(only)) => only.to_vec(),
            (None, None) => (0..self.environment.products.len() as u16).map(ProductIndex).collect(),
        }
    }

    fn number(&mut self, argument: &IdedExpr, number: Number, limit: Limit, signature: &Signature) -> Option<u16> {
        let at = self.text.start(argument);
        let (Number { label, min, .. }, Limit { max, prefix, settling }) = (number, limit);
        let value = match &argument.expr {
            Expr::Literal(LiteralValue::Int(value)) => Some(i128::from(*value.inner())),
            Expr::Literal(LiteralValue::UInt(value)) => Some(i128::from(*value.inner())),
            _ => None,
        };
        let Some(value) = value else {
            return self.refuse(at, format!("{label} of `{prefix}{}` must be a whole number, {min} to {max}", signature.usage));
        };
        match u16::try_from(value).ok().filter(|value| (min..=max).contains(value)) {
            Some(value) => Some(value),
            None => self.refuse(at, format!("{label} of `{prefix}{}` must be {min} to {max}{settling}, found {value}", signature.usage)),
        }
    }

    fn name(
        &mut self,
        argument: &IdedExpr,
        naming: Naming,
        instead: bool,
        signature: &Signature,
        product: Option<ProductIndex>,
    ) -> Option<String> {
        let at = self.text.start(argument);
        let what = match naming {
            Naming::Feature => "a feature's name",
            Naming::Tier => "a tier",
            Naming::Gauge => "a gauge's name",
            Naming::Workflow => "a workflow's name",
            Naming::Calendar => "a calendar's name",
            Naming::Word(words) => &listed(words),
            Naming::Verdict(verdict) => described(verdict),
            Naming::Group => "a group of plays",
            Naming::Benchmark => "a benchmark's name",
            Naming::Persona => "a persona's id",
        };
        let Expr::Literal(LiteralValue::String(value)) = &argument.expr else {
            let or = if instead { " or a whole number" } else { "" };
            let message = format!("wrong argument: `{}` needs {what} in quotes{or} here", signature.usage);
            return self.refuse(at, message);
        };
        let name = value.inner();
        let declared = self.environment.declared;
        match naming {
            Naming::Feature => return self.feature(at, name, signature, product),
            Naming::Word(words) if words.contains(&name) => {}
            Naming::Word(words) => {
                return self.refuse(at, unknown("kind", name, &format!(" of `{}`", signature.name), words.iter().copied()));
            }
            Naming::Group => return self.one_of(at, name, "group of plays", declared.groups.iter().map(String::as_str)),
            Naming::Benchmark => {
                let known = self.one_of(at, name, "benchmark", declared.benchmarks.iter().map(String::as_str))?;
                if !declared.knows_benchmark(&known, self.environment.place) {
                    return self
                        .refuse(at, format!("the benchmark {} is known once the segments that name it are judged{LATER}", quoted(&known)));
                }
                return Some(known);
            }
            Naming::Persona => return self.one_of(at, name, "persona", declared.personas.iter().map(String::as_str)),
            Naming::Verdict(verdict) => return self.verdict(at, name, verdict, signature),
            Naming::Tier if !TIERS.iter().any(|(tier, _)| *tier == name) => {
                return self.refuse(at, unknown("tier", name, "", TIERS.map(|(tier, _)| tier)));
            }
            Naming::Calendar if !self.environment.calendars.iter().any(|calendar| calendar.name == name) => {
                let known = self.environment.calendars.iter().map(|calendar| calendar.name.as_str());
                return self.refuse(at, unknown("calendar", name, "", known));
            }
            _ if name.is_empty() || name.len() > NAME_BYTES_MAX => {
                return self.refuse(at, format!("{what} has 1 to {NAME_BYTES_MAX} bytes, found {}", name.len()));
            }
            _ => {}
        }
        Some(name.to_owned())
    }

    fn one_of<'k>(&mut self, at: usize, name: &str, what: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<String> {
        if known.clone().any(|known| known == name) {
            return Some(name.to_owned());
        }
        self.refuse(at, unknown(what, name, "", known))
    }

    /// What is concluded of this subject or of its account; in an expression of the account, of anyone.
    fn verdict(&mut self, at: usize, name: &str, verdict: Verdict, signature: &Signature) -> Option<String> {
        let judged = self.environment.declared.judged(verdict);
        let Some((index, (_, of))) = judged.iter().enumerate().find(|(_, (id, _))| *id == name) else {
            let what = described(verdict).split('\'').next().unwrap_or_default();
            let what = what.trim_start_matches("an ").trim_start_matches("a ");
            return self.refuse(at, unknown(what, name, "", judged.iter().map(|(id, _)| *id)));
        };
        if signature.of != Of::Account && *of != signature.of && *of != Of::Account {
            let message = format!("{} is judged of {}, and this is about {}", quoted(name), article(*of), article(signature.of));
            return self.refuse(at, message);
        }
        let place = match verdict {
            Verdict::Segment => Place::Segment(index),
            Verdict::Milestone => Place::Milestone(index),
            Verdict::Alert => Place::Alert(index),
            Verdict::Play => Place::Play(index),
        };
        if place >= self.environment.place {
            return self.refuse(at, format!("{} is judged later than what reads it here{LATER}", quoted(name)));
        }
        Some(name.to_owned())
    }

    /// The feature is in the catalogue: of the product that is named or whose stage this is, by its present name then; otherwise of any, as
    /// written, since it may be an alias for one product and a feature of another.
    fn feature(&mut self, at: usize, name: &str, signature: &Signature, product: Option<ProductIndex>) -> Option<String> {
        let products = self.environment.products;
        let only = self.only(product);
        if only.is_none() && signature.of == Of::User && self.environment.subject.of() != Of::Product {
            let example =
                products.iter().find(|product| product.feature(name).is_some()).or(products.first()).map_or("crm", |product| &product.id);
            let message = format!("a feature is a product's: name the product, as in `{example}.{}(\"{name}\")`", signature.name);
            return self.refuse(at, message);
        }
        let searched: Vec<&CatalogueProduct> = self.meant(product).into_iter().map(|index| &products[usize::from(index.0)]).collect();
        if let Some(present) = searched.iter().find_map(|product| product.feature(name)) {
            return Some(if only.is_some() { present } else { name }.to_owned());
        }
        let features = || searched.iter().flat_map(|product| &product.features).map(|feature| feature.id.as_str());
        let context = match searched.as_slice() {
            [product] => format!(" of product `{}`", product.id),
            _ => String::new(),
        };
        let mut message = unknown("feature", name, &context, features());
        let elsewhere = |product: &&CatalogueProduct| product.feature(name).is_some();
        let elsewhere: Vec<&str> = products.iter().filter(elsewhere).map(|product| product.id.as_str()).collect();
        if !elsewhere.is_empty() {
            message.push_str(&format!("; it is a feature of {}", listed(&elsewhere)));
        }
        self.refuse(at, message)
    }
}

fn is_whole(argument: &IdedExpr) -> bool {
    matches!(argument.expr, Expr::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_)))
}

/// What stands in the quotes of a verdict.
fn verdict_named<'w>(written: &'w Written<'_>) -> Option<&'w str> {
    match &written.arguments?.first()?.expr {
        Expr::Literal(LiteralValue::String(value)) => Some(value.inner()),
        _ => None,
    }
}

fn described(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Segment => "a segment's id",
        Verdict::Milestone => "a milestone's id",
        Verdict::Alert => "an alert's id",
        Verdict::Play => "a play's id",
    }
}

/// A subject with its article.
pub(super) fn article(of: Of) -> &'static str {
    match of {
        Of::Account => "the account",
        Of::Product => "a product",
        Of::User => "a user",
    }
}
