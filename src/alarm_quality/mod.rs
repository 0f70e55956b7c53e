//! How good the alarms of a playbook are: accounts whose use does not change, and accounts whose use really falls, through the engine.
//!
//! Nothing is read and nothing is written. What comes of it depends on the playbook, the seed and the number of accounts alone: each account draws
//! from a stream of its own, and no account knows of another.
//!
//! | module | subject |
//! |---|---|
//! | `shape` | the kinds of use, and how they fall |
//! | `life` | what one account does, day by day |
//! | `team` | teams, what their people do, and what becomes of them |
//! | `trial` | accounts of one shape, or teams alike, through an engine |
//! | `table` | what is printed |

mod life;
mod shape;
mod table;
mod team;
mod trial;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::playbook::{Condition, Part, Playbook, RuleKind};

pub use shape::{FALLS, Fall, MEAN_OF_FALLS, MEANS, Shape, falling, steady};
pub use table::text;
pub use team::{CHANGES, Change, Team, changing_teams, steady_teams};

use trial::{Outcome, Setting, TeamTrial, Trial};

/// Accounts that share an engine, and are one piece of work.
const TOGETHER: usize = 20;

#[derive(Clone, Debug)]
pub struct Options {
    /// Of each shape and mean, and of each fall.
    pub accounts: usize,
    pub seed: u64,
    /// The product that the accounts use; `None`: the first.
    pub product: Option<String>,
    /// Rules that speak of a drop; empty: all alerts.
    pub rules: Vec<String>,
    /// Shapes whose name has this in it; empty: all.
    pub only: String,
    /// Each rule by itself, of teams with seats, levels and features besides.
    pub by_rule: bool,
    pub threads: usize,
}

/// What the alarms did.
#[derive(Debug, PartialEq)]
pub struct Report {
    pub digest: String,
    /// See [`Options::by_rule`].
    pub by_rule: bool,
    pub product: String,
    /// Ids, in the playbook's order.
    pub rules: Vec<String>,
    pub accounts: usize,
    pub seed: u64,
    pub steady: Vec<Steady>,
    pub falling: Vec<Falling>,
    pub teams: Vec<SteadyTeam>,
    pub changing: Vec<Changing>,
}

/// Accounts of one shape whose use does not change.
#[derive(Debug, PartialEq)]
pub struct Steady {
    pub shape: Shape,
    /// Openings within the year, by mean of [`MEANS`] and by rule.
    pub openings: Vec<Vec<usize>>,
}

/// Accounts of one shape whose use falls.
#[derive(Debug, PartialEq)]
pub struct Falling {
    pub shape: Shape,
    /// By fall of [`FALLS`], of each account the days from the fall to the first opening of any rule; `None`: never told.
    pub told_after: Vec<Vec<Option<i32>>>,
}

/// Teams of one kind that do not change.
#[derive(Debug, PartialEq)]
pub struct SteadyTeam {
    pub team: Team,
    /// Openings within the year, by rule.
    pub openings: Vec<usize>,
}

/// Teams of which one thing becomes.
#[derive(Debug, PartialEq)]
pub struct Changing {
    pub change: Change,
    /// By rule, of each account the days from the change to the rule's first opening.
    pub told_after: Vec<Vec<Option<i32>>>,
}

/// Runs all accounts on as many threads as there are.
///
/// # Errors
///
/// A product or a rule that the playbook lacks.
pub fn measure(mut playbook: Playbook, options: &Options) -> Result<Report, String> {
    let product = product(&playbook, options.product.as_deref())?;
    let rules = rules(&playbook, &options.rules)?;
    leave_alone(&mut playbook, &rules);
    let playbook = &Arc::new(playbook);
    let setting = Setting { playbook, product: &product, rules: &rules, seed: options.seed };
    let (steady, falling) = of_products(&setting, options);
    let (teams, changing) = if options.by_rule { of_teams(&setting, options) } else { (Vec::new(), Vec::new()) };
    if steady.is_empty() && falling.is_empty() && teams.is_empty() && changing.is_empty() {
        return Err(format!("no shape has {:?} in its name", options.only));
    }
    let (accounts, seed, digest) = (options.accounts, options.seed, playbook.digest.clone());
    Ok(Report { digest, by_rule: options.by_rule, steady, falling, teams, changing, product, rules, accounts, seed })
}

/// The use of a product; what falls, which is told by any of the rules, only where they are not measured by themselves.
fn of_products(setting: &Setting<'_>, options: &Options) -> (Vec<Steady>, Vec<Falling>) {
    let wanted = |shape: &Shape| shape.to_string().contains(&options.only);
    let (steady, falling): (Vec<Shape>, Vec<Shape>) =
        (steady().into_iter().filter(wanted).collect(), falling().into_iter().filter(|shape| !options.by_rule && wanted(shape)).collect());
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(steady.iter().flat_map(|&shape| MEANS.map(|mean| Trial { shape, mean, fall: None })));
    trials.extend(falling.iter().flat_map(|&shape| FALLS.map(|fall| Trial { shape, mean: MEAN_OF_FALLS, fall: Some(fall) })));
    let outcomes = run(&trials, options, |trial, accounts| trial.run(setting, accounts));
    let (of_steady, of_falling) = outcomes.split_at(steady.len() * MEANS.len());
    let steady = steady.into_iter().zip(of_steady.chunks(MEANS.len())).map(|(shape, of_shape)| {
        let openings = of_shape.iter().map(|accounts| trial::openings_by_rule(accounts, setting.rules.len())).collect();
        Steady { shape, openings }
    });
    let falling = falling.into_iter().zip(of_falling.chunks(FALLS.len())).map(|(shape, of_shape)| {
        let told_after = of_shape.iter().map(|accounts| accounts.iter().map(Outcome::told_after).collect()).collect();
        Falling { shape, told_after }
    });
    (steady.collect(), falling.collect())
}

/// Teams.
fn of_teams(setting: &Setting<'_>, options: &Options) -> (Vec<SteadyTeam>, Vec<Changing>) {
    let wanted = |team: &Team| team.to_string().contains(&options.only);
    let (steady, changing): (Vec<Team>, Vec<Team>) =
        (steady_teams().into_iter().filter(wanted).collect(), changing_teams().into_iter().filter(wanted).collect());
    let mut trials: Vec<TeamTrial> = steady.iter().map(|&team| TeamTrial { team, change: None }).collect();
    trials.extend(CHANGES.iter().flat_map(|&change| changing.iter().map(move |&team| TeamTrial { team, change: Some(change) })));
    let outcomes = run(&trials, options, |trial, accounts| trial.run(setting, accounts));
    let (of_steady, of_changing) = outcomes.split_at(steady.len());
    let rules = setting.rules.len();
    let steady = steady.into_iter().zip(of_steady);
    let steady = steady.map(|(team, accounts)| SteadyTeam { team, openings: trial::openings_by_rule(accounts, rules) });
    let changing = CHANGES.iter().zip(of_changing.chunks(changing.len().max(1))).map(|(&change, of_change)| {
        let told = |rule: usize| of_change.iter().flatten().map(|outcome| outcome.told_after_by(|by| by == rule)).collect();
        Changing { change, told_after: (0..rules).map(told).collect() }
    });
    (steady.collect(), changing.collect())
}

/// Of what is judged beside stages these rules and what they read: a playbook of a hundred rules takes ten times as long.
fn leave_alone(playbook: &mut Playbook, rules: &[String]) {
    let mut needed: BTreeSet<String> = rules.iter().cloned().collect();
    loop {
        let mut named = BTreeSet::new();
        let mut reads_all = false;
        let mut read = |condition: &Condition| {
            condition.visit(&mut |part| {
                let Part::Metric(reference) = part else { return };
                match (reference.metric.signature.verdict(), &reference.metric.name) {
                    (Some(_), Some(id)) => drop(named.insert(id.clone())),
                    _ => reads_all |= reference.metric.signature.reads_verdicts(),
                }
            });
        };
        playbook.rules.iter().filter(|rule| needed.contains(&rule.head.id)).for_each(|rule| {
            read(&rule.open);
            rule.clear.iter().for_each(&mut read);
        });
        playbook.segments.iter().filter(|segment| needed.contains(&segment.id)).for_each(|segment| read(&segment.when));
        playbook.milestones.iter().filter(|milestone| needed.contains(&milestone.id)).for_each(|milestone| read(&milestone.when));
        if reads_all {
            return;
        }
        if named.is_subset(&needed) {
            break;
        }
        needed.extend(named);
    }
    playbook.rules.retain(|rule| needed.contains(&rule.head.id));
    playbook.segments.retain(|segment| needed.contains(&segment.id));
    playbook.milestones.retain(|milestone| needed.contains(&milestone.id));
    playbook.campaigns.clear();
    playbook.measures.iter_mut().for_each(|measure| measure.bands.clear());
}

fn product(playbook: &Playbook, wanted: Option<&str>) -> Result<String, String> {
    let known: Vec<&str> = playbook.products.iter().map(|product| product.id.as_str()).collect();
    match wanted {
        None => Ok(known[0].to_owned()),
        Some(id) if known.contains(&id) => Ok(id.to_owned()),
        Some(id) => Err(format!("the playbook has no product {id:?}; it has {}", known.join(", "))),
    }
}

fn rules(playbook: &Playbook, wanted: &[String]) -> Result<Vec<String>, String> {
    let known: Vec<&str> = playbook.rules.iter().map(|rule| rule.head.id.as_str()).collect();
    if let Some(id) = wanted.iter().find(|id| !known.contains(&id.as_str())) {
        return Err(format!("the playbook has no rule {id:?}; it has {}", known.join(", ")));
    }
    let of_all = playbook.rules.iter().filter(|rule| match wanted {
        [] => rule.head.kind == RuleKind::Alert,
        wanted => wanted.contains(&rule.head.id),
    });
    let rules: Vec<String> = of_all.map(|rule| rule.head.id.clone()).collect();
    if rules.is_empty() { Err("the playbook has no alerts".to_owned()) } else { Ok(rules) }
}

/// The outcomes of each trial's accounts, in their order, whichever thread lived which.
fn run<T: Sync>(trials: &[T], options: &Options, live: impl Fn(&T, Range<usize>) -> Vec<Outcome> + Sync) -> Vec<Vec<Outcome>> {
    let accounts = options.accounts;
    let pieces: Vec<(usize, Range<usize>)> = (0..trials.len())
        .flat_map(|trial| (0..accounts).step_by(TOGETHER).map(move |from| (trial, from..(from + TOGETHER).min(accounts))))
        .collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Outcome>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some((trial, accounts)) = pieces.get(place) else { break };
                    let outcomes = live(&trials[*trial], accounts.clone());
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((place, outcomes));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    let mut by_trial: Vec<Vec<Outcome>> = trials.iter().map(|_| Vec::new()).collect();
    for (place, outcomes) in done {
        by_trial[pieces[place].0].extend(outcomes);
    }
    by_trial
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
