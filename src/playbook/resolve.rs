//! Finds the metric that a name, a selection or a call stands for, and checks its arguments against the table and the catalogue.

use super::ProductIndex;
use super::check::{CatalogueProduct, Checker, ConditionOf, Environment};
use super::condition::{Metric, MetricRef, Operand};
use super::problem::{listed, quoted, unknown};
use super::vocabulary::{COMPLETE, Kind, Naming, Needed, Number, Of, Reads, Signature, TIERS};
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

/// Bytes of an id or a name, as in the input.
const NAME_BYTES_MAX: usize = 256;

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

impl Checker<'_> {
    pub(super) fn metric(&mut self, node: &IdedExpr) -> Option<(Operand, Kind)> {
        let written = self.take_apart(node)?;
        let signature = self.signature(&written)?;
        let product = self.owner(&written, signature);
        self.complete(&written, signature);
        let arguments = self.arguments(&written, signature, product.flatten());
        let (product, metric) = (product?, arguments?);
        if signature.reads_stage && self.environment.subject.is_stage() {
            let message = format!("a stage condition cannot read `{}`, which depends on a stage itself", signature.name);
            return self.refuse(written.name_at, message);
        }
        Some((Operand::Metric(MetricRef { product, metric }), signature.kind))
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

    fn signature(&mut self, written: &Written<'_>) -> Option<&'static Signature> {
        if let Some(signature) = self.environment.vocabulary.signature(&written.name) {
            return Some(signature);
        }
        let name = &written.name;
        let spelled = if written.qualifier.is_empty() { name.clone() } else { format!("{}.{name}", written.qualifier) };
        let products = self.environment.products;
        if products.iter().any(|product| product.is_called(&spelled)) {
            let message = format!("{} is a product: expected one of its metrics, as in `{spelled}.active_users`", quoted(&spelled));
            return self.refuse(written.qualifier_at, message);
        }
        let mut message = unknown("metric", name, "", self.environment.vocabulary.metrics.iter().map(|signature| signature.name));
        let starts_dashed = |product: &CatalogueProduct| product.id.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        if products.iter().any(starts_dashed) {
            message.push_str("; a product whose id has a `-` cannot be named in a condition");
        }
        self.refuse(written.name_at, message)
    }

    /// Refuses [`COMPLETE`] before a metric that has no window of days to choose.
    fn complete(&mut self, written: &Written<'_>, signature: &Signature) {
        if !written.complete || signature.may_be_complete() {
            return;
        }
        let name = signature.name;
        let why = match signature.number {
            Some(number) if number.reads == Reads::Complete => format!("`{name}` reads complete days only by itself"),
            _ if signature.of == Of::Account => {
                format!("`{name}` is the account's: `{COMPLETE}.` is for metrics of a product over a window")
            }
            _ => format!("`{name}` adds up no days: `{COMPLETE}.` is for metrics of a product over a window"),
        };
        self.refuse::<()>(written.name_at, why);
    }

    /// The product the metric is of, `Some(None)` where that is the subject's.
    fn owner(&mut self, written: &Written<'_>, signature: &Signature) -> Option<Option<ProductIndex>> {
        let name = signature.name;
        if written.qualifier.is_empty() {
            if signature.of == Of::Product && self.environment.subject == ConditionOf::Account {
                let example = self.environment.products.first().map_or("crm", |product| &product.id);
                let prefix = if written.complete { "complete." } else { "" };
                let message = format!(
                    "`{name}` is a product's, and this rule is about the account: name the product, as in `{example}.{prefix}{name}`"
                );
                return self.refuse(written.name_at, message);
            }
            return Some(None);
        }
        if signature.of == Of::Account {
            let message = format!("`{name}` is the account's, not a product's: write it without {}", quoted(&written.qualifier));
            return self.refuse(written.qualifier_at, message);
        }
        let products = self.environment.products;
        match products.iter().position(|product| product.is_called(&written.qualifier)) {
            Some(index) => Some(Some(ProductIndex(index as u16))),
            None => {
                let mut message = unknown("product", &written.qualifier, "", products.iter().map(|product| product.id.as_str()));
                if let Some(rest) = written.qualifier.strip_prefix(COMPLETE).and_then(|rest| rest.strip_prefix('.')) {
                    message = format!("`{COMPLETE}` stands after the product: `{rest}.{COMPLETE}.{name}`");
                }
                self.refuse(written.qualifier_at, message)
            }
        }
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
            let instead = needed == Needed::Optional && given.len() == 1;
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
        let products = match self.only(product) {
            Some(ProductIndex(index)) => &self.environment.products[usize::from(index)..=usize::from(index)],
            None => self.environment.products,
        };
        let settle_days = products.iter().map(|product| product.settle_days).max().unwrap_or(0);
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
        };
        let Expr::Literal(LiteralValue::String(value)) = &argument.expr else {
            let or = if instead { " or a whole number" } else { "" };
            let message = format!("wrong argument: `{}` needs {what} in quotes{or} here", signature.usage);
            return self.refuse(at, message);
        };
        let name = value.inner();
        match naming {
            Naming::Feature => return self.feature(at, name, product),
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

    /// The feature is in the catalogue: of the product that is named or whose stage this is, by its present name then; otherwise of any, as
    /// written, since it may be an alias for one product and a feature of another.
    fn feature(&mut self, at: usize, name: &str, product: Option<ProductIndex>) -> Option<String> {
        let products = self.environment.products;
        let only = self.only(product);
        let searched = match only {
            Some(ProductIndex(index)) => &products[usize::from(index)..=usize::from(index)],
            None => products,
        };
        if let Some(present) = searched.iter().find_map(|product| product.feature(name)) {
            return Some(if only.is_some() { present } else { name }.to_owned());
        }
        let features = || searched.iter().flat_map(|product| &product.features).map(|feature| feature.id.as_str());
        let context = match searched {
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
