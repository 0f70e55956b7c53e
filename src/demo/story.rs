//! What happens to a customer, told in days since it signed: seven stories, each with an end that the tracker has to find out.
//!
//! | story | what it shows within [`STORY_DAYS`] |
//! |---|---|
//! | steady | entitled → activated → adopted (→ proficient); 60 days later the second-product play opens |
//! | expander | the same, then buys a second product: multi-product, the play closes |
//! | comeback | a usage drop, two silent weeks: the alert opens, the stage falls; then all comes back and the alert clears |
//! | lapser | a usage drop and no way back: the contract ends, the stage falls to none, the alerts no longer apply |
//! | seat waster | far more seats than users: licence under-use from day 30; every other one hands seats back, which clears it |
//! | idle trial | a trial in which only the vendor's own people click: entitled, then nothing |
//! | integrator | all five products one after the other, advanced features, integrations, workflows; some are cut again |

use crate::random::Random;

/// Days from the first customer to the end of the last story.
pub const STORY_DAYS: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Archetype {
    Steady,
    Expander,
    Comeback,
    Lapser,
    SeatWaster,
    IdleTrial,
    Integrator,
}

impl Archetype {
    pub const ALL: [Self; 7] =
        [Self::Steady, Self::Expander, Self::Comeback, Self::Lapser, Self::SeatWaster, Self::IdleTrial, Self::Integrator];

    /// Accounts take turns, so that few of them already tell all stories.
    pub fn of(number: usize) -> Self {
        Self::ALL[number % Self::ALL.len()]
    }

    /// The product that it begins with.
    fn primary(self, turn: usize) -> usize {
        match self {
            // Analytics is for the fortnight: two weeks of silence are none.
            Self::Comeback | Self::Lapser if turn % PRODUCTS.len() == ANALYTICS => PORTAL,
            _ => turn % PRODUCTS.len(),
        }
    }

    /// Stories start between day 0 and this day: as late as [`STORY_DAYS`] leaves time for their end.
    fn last_start(self) -> usize {
        match self {
            Self::Expander => 3,
            Self::Comeback => 12,
            Self::Steady | Self::Integrator => 14,
            Self::Lapser | Self::SeatWaster => 20,
            Self::IdleTrial => 40,
        }
    }
}

/// What the stories are about, of all that the shipped playbook concludes: it is shown, and the rest is counted.
pub const CENTRAL: [&str; 24] = [
    // Alerts: of products, of accounts, of users.
    "usage_drop",
    "low_license_utilization",
    "entitled_not_adopted",
    "lost_product",
    "breadth_loss",
    "few_log_in",
    "super_adopter",
    // Plays.
    "recover_usage",
    "raise_utilization",
    "activate_product",
    "second_product",
    "cross_sell",
    "connect_products",
    // Segments.
    "smb",
    "usage_dropped",
    "low_utilization",
    "weekly_user",
    "three_and_more",
    // Milestones.
    "first_value",
    "second_product_adopted",
    "first_connection",
    "whole_platform",
    // Measures.
    "account_score",
    "four_elements",
];

/// What a product is used for. Names as in the shipped playbook.
pub struct Product {
    pub id: &'static str,
    /// With the share of the usage that names a feature, in percent.
    pub core: &'static [(&'static str, usize)],
    pub advanced: &'static [&'static str],
    /// Levels reported twice a week, as they are when everybody uses it.
    pub gauges: &'static [(&'static str, f64)],
}

pub const CRM: usize = 0;
pub const MARKETING: usize = 1;
pub const SALES: usize = 2;
pub const ANALYTICS: usize = 3;
pub const PORTAL: usize = 4;

pub const PRODUCTS: [Product; 5] = [
    Product {
        id: "crm",
        core: &[("contact.created", 35), ("activity.logged", 40), ("deal.updated", 25)],
        advanced: &["workflow.automated", "forecast.viewed"],
        gauges: &[],
    },
    Product {
        id: "marketing",
        core: &[("campaign.sent", 40), ("list.updated", 60)],
        advanced: &["journey.published"],
        gauges: &[("campaigns.active", 4.0), ("contacts.listed", 2_400.0)],
    },
    Product {
        id: "sales_engagement",
        core: &[("sequence.created", 20), ("email.sent", 50), ("call.logged", 30)],
        advanced: &["sequence.branched"],
        gauges: &[],
    },
    Product { id: "analytics", core: &[("report.generated", 30), ("report.viewed", 70)], advanced: &["query.custom"], gauges: &[] },
    Product { id: "portal", core: &[("ticket.created", 55), ("article.viewed", 45)], advanced: &["automation.triggered"], gauges: &[] },
];

/// Something that happens once, on a day of the story.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    Entitled {
        product: usize,
        seats: u32,
    },
    /// A trial of so many days.
    Trial {
        product: usize,
        seats: u32,
        days: i32,
    },
    Ended {
        product: usize,
    },
    Integration {
        from: usize,
        to: usize,
        connected: bool,
    },
    Touchpoint(crate::input::TouchpointKind),
    Nps {
        score: u8,
    },
    Churned {
        amount: f64,
    },
    /// One of the vendor's own gets a login there.
    VendorUser,
    /// That one shows the product: an internal user's usage is in no metric.
    ShownByVendor {
        product: usize,
    },
    /// Runs of a workflow across products.
    Workflow {
        products: &'static [usize],
        quantity: u32,
    },
}

/// How a product is used over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    pub product: usize,
    /// Usage events on a full working day at level 1.
    pub volume: f64,
    /// Days with levels, linear between them; before the first there is no usage, after the last it stays.
    pub levels: Vec<(i32, f64)>,
    pub advanced_from: Option<i32>,
}

impl Usage {
    pub fn level(&self, day: i32) -> f64 {
        let Some(next) = self.levels.iter().position(|(at, _)| *at > day) else {
            return self.levels.last().map_or(0.0, |(_, level)| *level);
        };
        let Some(before) = next.checked_sub(1) else { return 0.0 };
        let ((from, low), (to, high)) = (self.levels[before], self.levels[next]);
        low + (high - low) * f64::from(day - from) / f64::from(to - from)
    }
}

/// One customer's.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub archetype: Archetype,
    /// The day of the stream on which the customer signs; all other days count from it.
    pub start: i32,
    pub users: usize,
    pub facts: Vec<(i32, Fact)>,
    pub usage: Vec<Usage>,
}

impl Story {
    pub fn new(number: usize, random: &mut Random) -> Self {
        use crate::input::TouchpointKind::{Call, Email, Meeting, Qbr, Training};
        let archetype = Archetype::of(number);
        // How many of its kind came before: kinds vary within.
        let turn = number / Archetype::ALL.len();
        let start = random.below(archetype.last_start() + 1) as i32;
        let users = match archetype {
            Archetype::SeatWaster => 5 + random.below(4),
            Archetype::Integrator => 10 + random.below(11),
            _ => 5 + random.below(16),
        };
        let mut story = Self { archetype, start, users, facts: Vec::new(), usage: Vec::new() };
        let seats = users as u32;
        let primary = archetype.primary(turn);
        let settled = (10, 1.0);
        story.fact(0, Fact::Touchpoint(Meeting));
        match archetype {
            Archetype::Steady => {
                story.buy(0, primary, seats, &[(1, 0.5), settled]);
                story.fact(14, Fact::Touchpoint(Training));
                story.fact(45, Fact::Nps { score: 9 });
                story.usage[0].advanced_from = turn.is_multiple_of(2).then_some(28);
            }
            Archetype::Expander => {
                let second = (primary + 1 + turn % 4) % PRODUCTS.len();
                story.buy(0, primary, seats, &[(1, 0.8), (6, 1.0)]);
                story.fact(76, Fact::Touchpoint(Qbr));
                story.buy(77, second, seats, &[(78, 0.9), (80, 1.0)]);
            }
            Archetype::Comeback => {
                // Silent for longer than regular use allows for plus the hold: the stage falls before usage comes back.
                story.buy(
                    0,
                    primary,
                    seats,
                    &[(1, 0.5), settled, (34, 1.0), (35, 0.35), (45, 0.3), (46, 0.0), (62, 0.0), (63, 0.8), (66, 1.0)],
                );
                story.fact(58, Fact::Touchpoint(Call));
                story.fact(61, Fact::Touchpoint(Training));
            }
            Archetype::Lapser => {
                story.buy(0, primary, seats, &[(1, 0.5), settled, (34, 1.0), (35, 0.4), (47, 0.25), (48, 0.0)]);
                story.fact(45, Fact::Nps { score: 3 });
                story.fact(50, Fact::Touchpoint(Email));
                story.fact(66, Fact::Ended { product: primary });
                story.fact(66, Fact::Churned { amount: f64::from(seats) * 540.0 });
            }
            Archetype::SeatWaster => {
                story.buy(0, primary, seats * 4, &[(1, 0.5), settled]);
                if turn.is_multiple_of(2) {
                    story.fact(58, Fact::Touchpoint(Call));
                    story.fact(60, Fact::Entitled { product: primary, seats });
                }
            }
            Archetype::IdleTrial => {
                story.fact(0, Fact::Trial { product: primary, seats: 5, days: 30 });
                story.fact(0, Fact::VendorUser);
                for day in [1, 3, 9] {
                    story.fact(day, Fact::ShownByVendor { product: primary });
                }
                story.fact(20, Fact::Touchpoint(Email));
            }
            Archetype::Integrator => story.integrate(seats, turn),
        }
        story.facts.sort_by_key(|(day, _)| *day);
        story
    }

    /// Everything: five products in six weeks, then what connects them.
    fn integrate(&mut self, seats: u32, turn: usize) {
        for (day, product) in [(0, CRM), (6, MARKETING), (14, SALES), (22, ANALYTICS), (30, PORTAL)] {
            self.buy(day, product, seats, &[(day + 1, 0.6), (day + 8, 1.0)]);
            self.usage.last_mut().expect("just bought").advanced_from = Some(day + 16);
        }
        for (day, from, to) in [(48, CRM, MARKETING), (52, SALES, CRM), (56, PORTAL, ANALYTICS)] {
            self.fact(day, Fact::Integration { from, to, connected: true });
        }
        for week in 0..52 {
            self.fact(59 + week * 7, Fact::Workflow { products: &[CRM, MARKETING, SALES], quantity: 2 });
        }
        if turn.is_multiple_of(2) {
            self.fact(70, Fact::Integration { from: PORTAL, to: ANALYTICS, connected: false });
        }
        self.fact(60, Fact::Touchpoint(crate::input::TouchpointKind::Qbr));
        self.fact(62, Fact::Nps { score: 10 });
    }

    fn fact(&mut self, day: i32, fact: Fact) {
        self.facts.push((day, fact));
    }

    fn buy(&mut self, day: i32, product: usize, seats: u32, levels: &[(i32, f64)]) {
        self.fact(day, Fact::Entitled { product, seats });
        // Small teams work as much as it takes to adopt within two weeks.
        let volume = (self.users as f64).max(12.0);
        self.usage.push(Usage { product, volume, levels: levels.to_vec(), advanced_from: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_linear_between_their_days() {
        let usage = Usage { product: CRM, volume: 1.0, levels: vec![(1, 0.5), (11, 1.0), (12, 0.0)], advanced_from: None };
        let levels: Vec<f64> = [0, 1, 6, 11, 12, 400].map(|day| usage.level(day)).to_vec();
        assert_eq!(levels, [0.0, 0.5, 0.75, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn what_is_central_is_in_the_shipped_playbook() {
        let playbook = crate::playbook::Playbook::shipped();
        for name in CENTRAL {
            let is_known = playbook.rule(name).is_some()
                || playbook.segments.iter().any(|segment| segment.id == name)
                || playbook.milestones.iter().any(|milestone| milestone.id == name)
                || playbook.measures.iter().any(|measure| measure.id == name && !measure.bands.is_empty());
            assert!(is_known, "{name}");
        }
    }

    #[test]
    fn products_and_features_are_those_of_the_shipped_playbook() {
        let playbook = crate::playbook::Playbook::shipped();
        for product in &PRODUCTS {
            let index = playbook.product(product.id).expect(product.id);
            let known = &playbook.products[usize::from(index.0)].features;
            for feature in product.core.iter().map(|(feature, _)| feature).chain(product.advanced) {
                assert!(known.iter().any(|known| known.id == *feature), "{} {feature}", product.id);
            }
            assert_eq!(product.core.iter().map(|(_, share)| share).sum::<usize>(), 100, "{}", product.id);
        }
    }
}
