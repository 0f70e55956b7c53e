//! Many accounts, for figures of all: some adopt early, and a year goes by.

use super::super::zone::DAY_MS;
use super::whole::whole_playbook;
use super::{NUMBER, Rng, SPAN, Source, assembled, first_day};

/// What `whole_playbook` of a seed has, without rules; with targets.
pub fn fleet_playbook(seed: u64) -> String {
    let whole = whole_playbook(seed);
    let mut out: String = whole.lines().take_while(|line| *line != "alerts:").map(|line| format!("{line}\n")).collect();
    out += "targets:\n";
    for (figure, bound) in [
        ("accounts", "at_least: 5"),
        ("multi_product_rate", "at_least: 0.3"),
        ("integration_rate", "at_most: 0.5"),
        ("penetration", "at_least: 0.2"),
        ("activation_rate", "at_least: 0.5"),
        ("utilization", "at_least: 0.6"),
        ("utilization_mean", "at_least: 0.333333333333"),
        ("below_60", "at_most: 2"),
        ("utilization_up", "at_least: 1"),
        ("weekly", "at_least: 0.25"),
        ("dau", "at_least: 1"),
        ("mau", "at_least: 10"),
        ("dau_mau", "at_least: 0.1"),
        ("expansion_90", "at_least: 0.1"),
        ("nrr", "at_least: 1"),
        ("second_product_180", "at_least: 0.5"),
    ] {
        out += &format!("  of_{figure}: {{figure: {figure}, {bound}}}\n");
    }
    out += "  of_segment: {figure: 'segment(\"segment_0\")', at_least: 1}\n";
    out
}

/// After how many days the accounts are told of again, if they are.
fn again(seed: u64) -> Option<i64> {
    let mut rng = Rng::new(seed ^ 0xA6A1);
    if rng.percent(60) { Some(rng.range(SPAN + 50, 400)) } else { None }
}

/// Records of `fleet_playbook` of the same seed.
pub fn fleet_lines(seed: u64, n: usize) -> Vec<String> {
    let of = |later: i64| {
        let mut source = Source::new(seed, 0xF1EE7 + later as u64);
        source.whole = true;
        source.later = later;
        source.names = (0..14).map(|place| format!("c{place}")).chain([NUMBER.to_owned()]).collect();
        assembled(source, seed, n, false)
    };
    [Some(0), again(seed)].into_iter().flatten().flat_map(of).collect()
}

/// A fitting instant for `--until`: mostly while the stream goes on.
pub fn fleet_until(seed: u64) -> i64 {
    let mut rng = Rng::new(seed ^ 0xF1E);
    let day = first_day(seed) + again(seed).unwrap_or(0) + SPAN - rng.range(-4, 90);
    day * DAY_MS + rng.range(0, DAY_MS)
}
