//! What conditions depend on through measures and through each other: what may not be read, what runs in a circle, and who is judged daily.

use super::condition::MeasureIndex;
use super::load::Loader;
use super::problem::{Position, quoted};
use super::{Playbook, ProductIndex};
use std::collections::HashMap;

/// Where conditions and numbers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Site {
    /// A stage condition; `None`: one that products share.
    Stage(Option<ProductIndex>, &'static str),
    Measure(MeasureIndex),
    Fit(ProductIndex),
    Persona(usize),
    Synergy(usize),
    Segment(usize),
    Milestone(usize),
    Rule(usize),
    /// Where nothing follows from what is read.
    Elsewhere,
}

/// What an expression reads that others must know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dependency {
    Measure(MeasureIndex),
    /// What the product asks for at `adopted`.
    Criteria(ProductIndex),
    Fit(ProductIndex),
    Synergies,
    Persona(usize),
    /// What follows from a stage.
    Stage,
    Aggregate,
    /// One of the metrics that are computed from much.
    Daily,
}

/// What follows for who reads it.
#[derive(Clone, Copy, Default)]
struct Traits {
    stage: bool,
    aggregate: bool,
    /// Of what is judged: on boundaries, unless it says otherwise.
    daily: bool,
}

impl Traits {
    fn and(self, other: Self) -> Self {
        Self { stage: self.stage || other.stage, aggregate: self.aggregate || other.aggregate, daily: self.daily || other.daily }
    }
}

/// By site what is read there, and where.
pub(super) type Reads = HashMap<Site, Vec<(Position, Dependency)>>;

struct Analysis<'a> {
    reads: &'a Reads,
    synergies: usize,
    /// `None`: under way.
    known: HashMap<Site, Option<Traits>>,
    circles: Vec<Site>,
}

impl Analysis<'_> {
    fn traits_of(&mut self, site: Site) -> Traits {
        match self.known.get(&site) {
            Some(Some(traits)) => return *traits,
            Some(None) => {
                self.circles.push(site);
                return Traits::default();
            }
            None => {}
        }
        self.known.insert(site, None);
        let reads = self.reads.get(&site).cloned().unwrap_or_default();
        let traits = reads.iter().fold(Traits::default(), |traits, (_, dependency)| traits.and(self.traits_through(*dependency)));
        self.known.insert(site, Some(traits));
        traits
    }

    fn traits_through(&mut self, dependency: Dependency) -> Traits {
        let daily = Traits { daily: true, ..Traits::default() };
        match dependency {
            Dependency::Stage => Traits { stage: true, ..Traits::default() },
            Dependency::Aggregate => Traits { aggregate: true, ..daily },
            Dependency::Daily => daily,
            Dependency::Measure(measure) => self.traits_of(Site::Measure(measure)).and(daily),
            Dependency::Criteria(product) => self.traits_of(self.criteria(product)),
            Dependency::Fit(product) => self.traits_of(Site::Fit(product)),
            Dependency::Persona(persona) => self.traits_of(Site::Persona(persona)),
            Dependency::Synergies => {
                (0..self.synergies).fold(Traits::default(), |traits, synergy| traits.and(self.traits_of(Site::Synergy(synergy))))
            }
        }
    }

    /// Where the criteria of a product stand: its own `adopted`, else its own `regular_use`, else the shared one.
    fn criteria(&self, product: ProductIndex) -> Site {
        let own = ["adopted", "regular_use"].map(|key| Site::Stage(Some(product), key));
        own.into_iter().find(|site| self.reads.contains_key(site)).unwrap_or(Site::Stage(None, "regular_use"))
    }
}

impl Loader<'_> {
    /// Refuses what depends on what it may not, and circles; says who is judged daily.
    pub(super) fn settle_dependencies(&mut self, playbook: Option<&mut Playbook>) {
        let reads = std::mem::take(&mut self.reads);
        let synergies = reads.keys().filter(|site| matches!(site, Site::Synergy(_))).count();
        let mut analysis = Analysis { reads: &reads, synergies, known: HashMap::new(), circles: Vec::new() };
        let mut sites: Vec<Site> = reads.keys().copied().collect();
        sites.sort();
        for site in &sites {
            analysis.traits_of(*site);
        }
        for site in std::mem::take(&mut analysis.circles) {
            let position = reads[&site].first().map_or(Position { line: 1, column: 1 }, |(position, _)| *position);
            let message = format!("{} depends on itself: it cannot be computed", self.site_named(site));
            self.reader.refuse::<()>(position, message);
        }
        for site in sites {
            for (position, dependency) in &reads[&site] {
                let through = analysis.traits_through(*dependency);
                let what = self.dependency_named(*dependency);
                let refused = match site {
                    Site::Stage(..) if through.stage => {
                        Some(format!("a stage condition cannot read {what}, which depends on a stage itself"))
                    }
                    Site::Stage(..) if through.aggregate => Some(format!(
                        "a stage condition cannot read {what}, which reads many users or products: stages are judged with each event"
                    )),
                    Site::Fit(_) | Site::Synergy(_) | Site::Persona(_) if through.stage => {
                        Some(format!("{} cannot read {what}, which depends on a stage", self.site_named(site)))
                    }
                    _ => None,
                };
                // Direct reads of stages in stage conditions are told where they are resolved.
                if let Some(message) = refused.filter(|_| !matches!((site, dependency), (Site::Stage(..), Dependency::Stage))) {
                    self.reader.refuse::<()>(*position, message);
                }
            }
        }
        let Some(playbook) = playbook else { return };
        let mut is_daily = |site: Site| analysis.traits_of(site).daily;
        for (index, milestone) in playbook.milestones.iter_mut().enumerate().filter(|(_, milestone)| milestone.judge.is_none()) {
            milestone.is_daily = is_daily(Site::Milestone(index));
        }
        for (index, rule) in playbook.rules.iter_mut().enumerate() {
            rule.is_daily = match rule.judge {
                Some(pace) => pace == super::Pace::Daily,
                None => is_daily(Site::Rule(index)),
            };
        }
    }

    fn measure_named(&self, measure: MeasureIndex) -> String {
        format!("the measure {}", quoted(&self.declared.measures[usize::from(measure.0)].0))
    }

    fn product_named(&self, product: ProductIndex) -> &str {
        &self.catalogue[usize::from(product.0)].id
    }

    fn dependency_named(&self, dependency: Dependency) -> String {
        match dependency {
            Dependency::Measure(measure) => self.measure_named(measure),
            Dependency::Criteria(product) => format!("`criteria_progress` of product {}", quoted(self.product_named(product))),
            Dependency::Fit(product) => format!("`fit` of product {}", quoted(self.product_named(product))),
            Dependency::Synergies => "the synergies".to_owned(),
            Dependency::Persona(persona) => format!("the persona {}", quoted(&self.declared.personas[persona])),
            Dependency::Stage | Dependency::Aggregate | Dependency::Daily => "this".to_owned(),
        }
    }

    fn site_named(&self, site: Site) -> String {
        match site {
            Site::Stage(Some(product), key) => format!("`{key}` of product {}", quoted(self.product_named(product))),
            Site::Stage(None, key) => format!("`{key}` of `stages`"),
            Site::Measure(measure) => self.measure_named(measure),
            Site::Fit(product) => format!("`fit` of product {}", quoted(self.product_named(product))),
            Site::Persona(persona) => format!("the persona {}", quoted(&self.declared.personas[persona])),
            Site::Synergy(_) => "a synergy".to_owned(),
            Site::Segment(_) | Site::Milestone(_) | Site::Rule(_) | Site::Elsewhere => "a rule".to_owned(),
        }
    }
}
