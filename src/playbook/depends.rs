//! What conditions depend on through measures and through each other: what may not be read, what runs in a circle, and who is judged daily.

use super::condition::MeasureIndex;
use super::load::Loader;
use super::problem::{Position, quoted};
use super::{Pace, Playbook, ProductIndex};
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
    Campaign(usize),
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
    /// A metric that follows from a stage.
    Stage(&'static str),
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
    known: HashMap<Site, Traits>,
    /// Whose traits are being found, each read by the one before.
    under_way: Vec<Site>,
    /// Each from a site by those that it reads back to it, with where that begins.
    circles: Vec<(Position, Vec<Site>)>,
}

impl Analysis<'_> {
    fn traits_of(&mut self, site: Site) -> Traits {
        if let Some(traits) = self.known.get(&site) {
            return *traits;
        }
        if let Some(first) = self.under_way.iter().position(|other| *other == site) {
            let circle = self.under_way[first..].to_vec();
            let next = circle.get(1).copied().unwrap_or(site);
            let begins = self.reads[&site].iter().find(|(_, dependency)| self.sites_through(*dependency).contains(&next));
            let (position, _) = begins.expect("the next one was found by what is read here");
            self.circles.push((*position, circle));
            return Traits::default();
        }
        self.under_way.push(site);
        let reads = self.reads.get(&site).map_or(&[] as &[_], Vec::as_slice);
        let traits = reads.iter().fold(Traits::default(), |traits, (_, dependency)| traits.and(self.traits_through(*dependency)));
        self.under_way.pop();
        self.known.insert(site, traits);
        traits
    }

    fn traits_through(&mut self, dependency: Dependency) -> Traits {
        let none = Traits::default();
        let direct = match dependency {
            Dependency::Stage(_) => Traits { stage: true, ..none },
            Dependency::Aggregate => Traits { aggregate: true, daily: true, ..none },
            Dependency::Daily | Dependency::Measure(_) => Traits { daily: true, ..none },
            Dependency::Criteria(_) | Dependency::Fit(_) | Dependency::Persona(_) | Dependency::Synergies => none,
        };
        self.sites_through(dependency).into_iter().fold(direct, |traits, site| traits.and(self.traits_of(site)))
    }

    /// Where that stands which is read.
    fn sites_through(&self, dependency: Dependency) -> Vec<Site> {
        match dependency {
            Dependency::Stage(_) | Dependency::Aggregate | Dependency::Daily => Vec::new(),
            Dependency::Measure(measure) => vec![Site::Measure(measure)],
            Dependency::Criteria(product) => vec![self.criteria(product)],
            Dependency::Fit(product) => vec![Site::Fit(product)],
            Dependency::Persona(persona) => vec![Site::Persona(persona)],
            Dependency::Synergies => (0..self.synergies).map(Site::Synergy).collect(),
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
    pub(super) fn settle_dependencies(&mut self, playbook: &mut Playbook) {
        let reads = std::mem::take(&mut self.reads);
        let synergies = reads.keys().filter(|site| matches!(site, Site::Synergy(_))).count();
        let (known, under_way, circles) = (HashMap::new(), Vec::new(), Vec::new());
        let mut analysis = Analysis { reads: &reads, synergies, known, under_way, circles };
        let mut sites: Vec<Site> = reads.keys().copied().collect();
        sites.sort();
        for site in &sites {
            analysis.traits_of(*site);
        }
        for (position, circle) in std::mem::take(&mut analysis.circles) {
            let names: Vec<String> = circle.iter().map(|site| self.site_named(*site)).collect();
            let through = if names.len() > 1 { format!(", through {}", names[1..].join(", then ")) } else { String::new() };
            self.reader.refuse::<()>(position, format!("{} depends on itself{through}: it cannot be computed", names[0]));
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
                if let Some(message) = refused.filter(|_| !matches!((site, dependency), (Site::Stage(..), Dependency::Stage(_)))) {
                    self.reader.refuse::<()>(*position, message);
                }
            }
        }
        let mut is_daily = |judge: Option<Pace>, site: Site| match judge {
            Some(pace) => pace == Pace::Daily,
            None => analysis.traits_of(site).daily,
        };
        for (index, milestone) in playbook.milestones.iter_mut().enumerate() {
            milestone.is_daily = is_daily(milestone.judge, Site::Milestone(index));
        }
        for (index, rule) in playbook.rules.iter_mut().enumerate() {
            rule.is_daily = is_daily(rule.judge, Site::Rule(index));
        }
        for (index, campaign) in playbook.campaigns.iter_mut().enumerate() {
            campaign.is_daily = is_daily(campaign.judge, Site::Campaign(index));
        }
    }

    fn measure_named(&self, measure: MeasureIndex) -> String {
        format!("the measure {}", quoted(&self.declared.measures[usize::from(measure.0)].0))
    }

    pub(super) fn product_named(&self, product: ProductIndex) -> &str {
        &self.catalogue[usize::from(product.0)].id
    }

    fn dependency_named(&self, dependency: Dependency) -> String {
        match dependency {
            Dependency::Measure(measure) => self.measure_named(measure),
            Dependency::Criteria(product) => format!("`criteria_progress` of product {}", quoted(self.product_named(product))),
            Dependency::Fit(product) => format!("`fit` of product {}", quoted(self.product_named(product))),
            Dependency::Synergies => "the synergies".to_owned(),
            Dependency::Persona(persona) => format!("the persona {}", quoted(&self.declared.personas[persona])),
            Dependency::Stage(name) => quoted(name),
            // Nothing is refused for it alone.
            Dependency::Aggregate | Dependency::Daily => "this".to_owned(),
        }
    }

    fn site_named(&self, site: Site) -> String {
        match site {
            Site::Stage(Some(product), key) => format!("`{key}` of product {}", quoted(self.product_named(product))),
            Site::Stage(None, key) => format!("`{key}` of `stages`"),
            Site::Measure(measure) => self.measure_named(measure),
            Site::Fit(product) => format!("`fit` of product {}", quoted(self.product_named(product))),
            Site::Persona(persona) => format!("the persona {}", quoted(&self.declared.personas[persona])),
            Site::Synergy(synergy) => format!("the synergy {}", quoted(&self.declared.synergies[synergy])),
            Site::Segment(_) | Site::Milestone(_) | Site::Rule(_) | Site::Campaign(_) | Site::Elsewhere => "a rule".to_owned(),
        }
    }
}
