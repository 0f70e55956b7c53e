//! Targets: what a figure of the whole fleet is to reach, or not to exceed.

use super::Playbook;
use super::canonical::literal;
use super::check::{Checker, ConditionOf, checked};
use super::condition::{Decimal, MeasureIndex};
use super::load::Loader;
use super::measures::Measure;
use super::problem::{quoted, unknown};
use super::reader::Entry;
use super::syntax::Is;
use super::yaml::Node;
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue};

/// Most targets.
pub(super) const TARGETS_MAX: usize = 1000;

#[derive(Debug)]
pub struct Target {
    pub id: String,
    pub figure: FleetFigure,
    pub bound: Bound,
}

/// What a figure is held against; the bound itself meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    AtLeast(Decimal),
    AtMost(Decimal),
}

/// A figure of the fleet that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FleetFigure {
    Accounts,
    MultiProductRate,
    IntegrationRate,
    Penetration,
    ActivationRate,
    Utilization,
    UtilizationMean,
    Below60,
    UtilizationUp,
    Weekly,
    Dau,
    Mau,
    DauMau,
    Expansion90,
    Nrr,
    SecondProduct180,
    /// Accounts in a segment, by its index in [`Playbook::segments`].
    Segment(usize),
    /// Accounts, or products of accounts, whose measure lies in a band, by that one's index.
    Band(MeasureIndex, usize),
}

/// As a playbook writes those that have a name of their own.
pub const FLEET_FIGURES: [(&str, FleetFigure); 16] = [
    ("accounts", FleetFigure::Accounts),
    ("multi_product_rate", FleetFigure::MultiProductRate),
    ("integration_rate", FleetFigure::IntegrationRate),
    ("penetration", FleetFigure::Penetration),
    ("activation_rate", FleetFigure::ActivationRate),
    ("utilization", FleetFigure::Utilization),
    ("utilization_mean", FleetFigure::UtilizationMean),
    ("below_60", FleetFigure::Below60),
    ("utilization_up", FleetFigure::UtilizationUp),
    ("weekly", FleetFigure::Weekly),
    ("dau", FleetFigure::Dau),
    ("mau", FleetFigure::Mau),
    ("dau_mau", FleetFigure::DauMau),
    ("expansion_90", FleetFigure::Expansion90),
    ("nrr", FleetFigure::Nrr),
    ("second_product_180", FleetFigure::SecondProduct180),
];

const SEGMENT: &str = "segment";
const BAND: &str = "band";

impl FleetFigure {
    /// As written in a playbook.
    pub fn written(self, playbook: &Playbook) -> String {
        match self {
            Self::Segment(index) => format!("{SEGMENT}({})", literal(&playbook.segments[index].id)),
            Self::Band(measure, band) => {
                let measure = &playbook.measures[usize::from(measure.0)];
                format!("{BAND}({}, {})", literal(&measure.id), literal(&measure.bands[band].name))
            }
            named => {
                let name = FLEET_FIGURES.iter().find(|(_, figure)| *figure == named).map(|(name, _)| *name);
                name.expect("each other figure has a name").to_owned()
            }
        }
    }
}

impl<'n> Loader<'n> {
    pub(super) fn target(&mut self, entry: Entry<'n>, measures: &[Measure]) -> Option<Target> {
        let what = format!("target {}", quoted(entry.key));
        self.subject_id(entry, "a target's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["figure", "at_least", "at_most"])?;
        let figure = self.reader.required(&fields, "figure").and_then(|node| self.fleet_figure(node, measures));
        let [at_least, at_most] = ["at_least", "at_most"].map(|key| {
            let node = fields.get(key)?;
            Some(self.reader.decimal(node, &format!("`{key}` of {what}")))
        });
        let bound = match (at_least, at_most) {
            (Some(bound), None) => bound.map(Bound::AtLeast),
            (None, Some(bound)) => bound.map(Bound::AtMost),
            _ => {
                let message = format!("{what} has either `at_least` or `at_most`: expected one of them");
                self.reader.refuse(entry.key_position, message)
            }
        };
        Some(Target { id: entry.key.to_owned(), figure: figure?, bound: bound? })
    }

    fn fleet_figure(&mut self, node: &'n Node, measures: &[Measure]) -> Option<FleetFigure> {
        let scalar = self.reader.written(node, "`figure`", "a figure of the fleet")?;
        let figure = checked(&scalar.text, Is::Figure, &self.environment(ConditionOf::Account), |checker, node| {
            checker.fleet_figure(node, measures)
        });
        self.accept(scalar, figure)
    }
}

impl Checker<'_> {
    fn fleet_figure(&mut self, node: &IdedExpr, measures: &[Measure]) -> Option<FleetFigure> {
        match &node.expr {
            Expr::Ident(name) => match FLEET_FIGURES.into_iter().find(|(known, _)| known == name) {
                Some((_, figure)) => Some(figure),
                None => {
                    let known = FLEET_FIGURES.iter().map(|(name, _)| *name).chain([SEGMENT, BAND]);
                    self.refuse(self.text.start(node), unknown("figure", name, " of the fleet", known))
                }
            },
            Expr::Call(CallExpr { target: None, func_name, args }) => match (func_name.as_str(), args.as_slice()) {
                (SEGMENT, [segment]) => self.in_segment(segment),
                (BAND, [measure, band]) => self.in_band(measure, band, measures),
                _ => self.no_figure(node),
            },
            _ => self.no_figure(node),
        }
    }

    fn no_figure<T>(&mut self, node: &IdedExpr) -> Option<T> {
        let message = format!("expected the name of a figure of the fleet, `{SEGMENT}(\"id\")` or `{BAND}(\"measure\", \"name\")`");
        self.refuse(self.text.start(node), message)
    }

    fn in_segment(&mut self, segment: &IdedExpr) -> Option<FleetFigure> {
        let Some(id) = quoted_text(segment) else { return self.no_figure(segment) };
        let segments = &self.environment.declared.segments;
        match segments.iter().position(|segment| segment == id) {
            Some(index) => Some(FleetFigure::Segment(index)),
            None => self.refuse(self.text.start(segment), unknown("segment", id, "", segments.iter().map(String::as_str))),
        }
    }

    fn in_band(&mut self, measure: &IdedExpr, band: &IdedExpr, measures: &[Measure]) -> Option<FleetFigure> {
        let Some(id) = quoted_text(measure) else { return self.no_figure(measure) };
        let Some(name) = quoted_text(band) else { return self.no_figure(band) };
        let declared = &self.environment.declared.measures;
        let Some(index) = declared.iter().position(|(measure, _)| measure == id) else {
            return self.refuse(self.text.start(measure), unknown("measure", id, "", declared.iter().map(|(id, _)| id.as_str())));
        };
        let index = MeasureIndex(index as u16);
        // What is wrong with the measure is told where it stands.
        let Some(Measure { bands, .. }) = measures.iter().find(|measure| measure.id == id) else {
            return Some(FleetFigure::Band(index, 0));
        };
        match bands.iter().position(|band| band.name == name) {
            Some(band) => Some(FleetFigure::Band(index, band)),
            None => {
                let message = unknown("band", name, &format!(" of measure {}", quoted(id)), bands.iter().map(|band| band.name.as_str()));
                self.refuse(self.text.start(band), message)
            }
        }
    }
}

fn quoted_text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(value)) => Some(value.inner()),
        _ => None,
    }
}

/// Adds a target's line of the canonical form.
pub(super) fn target_line(lines: &mut Vec<String>, target: &Target, playbook: &Playbook) {
    let (bound, number) = match target.bound {
        Bound::AtLeast(number) => ("at_least", number),
        Bound::AtMost(number) => ("at_most", number),
    };
    lines.push(format!("target {} figure {} {bound} {number}", literal(&target.id), target.figure.written(playbook)));
}
