//! What the demo says at its end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::board::{Board, grouped};
use super::output::{Family, Kind};
use super::story::CENTRAL;
use super::subscriber::Tally;

pub struct Summary<'a> {
    pub board: &'a Board,
    pub tally: &'a Tally,
    /// Outputs that the service counts as committed; the subscriber has seen as many, if all is well.
    pub committed: u64,
    /// Records the customers produced.
    pub produced: u64,
    pub dead_letters: &'a BTreeMap<String, u64>,
    pub took: Duration,
    /// Why it ended before the end of the story.
    pub ended_early: Option<&'a str>,
}

pub fn text(summary: &Summary<'_>) -> String {
    let Summary { board, tally, .. } = summary;
    let mut text = String::new();
    let seconds = summary.took.as_secs_f64();
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if let Some(why) = summary.ended_early {
        say(format!("ended early: {why}"));
    }
    say(format!("{} simulated days of {} accounts in {seconds:.0} s, up to {} UTC", board.day, grouped(board.accounts as u64), board.now));
    say(format!(
        "  events         {} applied of {} produced ({}/s on average)",
        grouped(board.events),
        grouped(summary.produced),
        grouped((board.events as f64 / seconds.max(0.001)) as u64)
    ));
    let dead: Vec<String> = summary.dead_letters.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    say(format!(
        "  dead letters   {}{}",
        grouped(summary.dead_letters.values().sum()),
        if dead.is_empty() { String::new() } else { format!(": {}", dead.join(", ")) }
    ));
    let seen = tally.outputs();
    let difference = if seen == summary.committed { String::new() } else { format!(" (of {} committed)", grouped(summary.committed)) };
    say(format!("  outputs        {} read by a read_committed subscriber{difference}", grouped(seen)));
    for (event_type, count) in &tally.by_type {
        let (up, down) = match event_type.as_str() {
            "adoption.product_stage.changed" => (Kind::ProductUp, Kind::ProductDown),
            "adoption.account_stage.changed" => (Kind::AccountUp, Kind::AccountDown),
            _ => {
                say(format!("    {event_type:<32} {:>7}", grouped(*count)));
                continue;
            }
        };
        let (up, down) = (grouped(tally.of(up)), grouped(tally.of(down)));
        say(format!("    {event_type:<32} {:>7}  ({up} up, {down} down)", grouped(*count)));
    }
    for (title, family, begun, over) in [
        ("alerts, plays", Family::Incidents, "opened", Some("cleared")),
        ("segments", Family::Segments, "entered", Some("left")),
        ("milestones", Family::Milestones, "achieved", None),
        ("measures", Family::Bands, "changes of band", None),
    ] {
        by_name(tally, title, family, begun, over).into_iter().for_each(&mut say);
    }
    say("  accounts".to_owned());
    for (stage, count) in &board.account_stages {
        say(format!("    {stage:<32} {:>7}", grouped(*count)));
    }
    say(format!("  metrics were served on {}", board.metrics_url));
    text
}

/// What is counted under names, in their order: what is central by name, the rest together. Nothing where there is none.
fn by_name(tally: &Tally, title: &str, family: Family, begun: &str, over: Option<&str>) -> Vec<String> {
    let of_family = tally.by_name.iter().filter(|((of, _), _)| *of == family).map(|((_, name), counts)| (name, counts));
    let (central, others): (Vec<_>, Vec<_>) = of_family.partition(|(name, _)| CENTRAL.contains(&name.as_str()));
    let heading = (!central.is_empty() || !others.is_empty()).then(|| format!("  {title}"));
    let line = |name: &str, count: u64, ended: u64| {
        let over = over.map(|over| format!(", {} {over}", grouped(ended))).unwrap_or_default();
        format!("    {name:<32} {:>7} {begun}{over}", grouped(count))
    };
    let lines = central.into_iter().map(|(name, (count, ended))| line(name, *count, *ended));
    let rest = (!others.is_empty()).then(|| {
        let sum = |of: fn(&(u64, u64)) -> u64| others.iter().map(|(_, counts)| of(counts)).sum();
        line(&format!("{} others", others.len()), sum(|counts| counts.0), sum(|counts| counts.1))
    });
    heading.into_iter().chain(lines).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_came_out_and_what_is_missing() {
        let board = Board {
            now: "2026-03-04 10:00".to_owned(),
            day: 58,
            accounts: 1_200,
            account_stages: vec![("not_adopted".to_owned(), 7)],
            events: 90_000,
            metrics_url: "http://127.0.0.1:9595/metrics".to_owned(),
            ..Board::default()
        };
        let named = [
            (Family::Incidents, "usage_drop", (3, 2)),
            (Family::Milestones, "first_value", (7, 0)),
            (Family::Bands, "depth", (6, 0)),
            (Family::Segments, "weekly_user", (9, 1)),
            (Family::Segments, "right_way", (2, 1)),
            (Family::Segments, "onboarded", (4, 3)),
        ];
        let counted = named.into_iter().map(|(family, name, counts)| ((family, name.to_owned()), counts));
        let tally = Tally {
            by_type: BTreeMap::from([("adoption.alert.opened".to_owned(), 3), ("adoption.product_stage.changed".to_owned(), 5)]),
            by_kind: BTreeMap::from([(Kind::ProductUp, 4), (Kind::ProductDown, 1)]),
            by_name: counted.collect(),
            dead_letters: 1,
        };
        let dead_letters = BTreeMap::from([("too_late".to_owned(), 1)]);
        let text = text(&Summary {
            board: &board,
            tally: &tally,
            committed: 9,
            produced: 90_001,
            dead_letters: &dead_letters,
            took: Duration::from_secs(30),
            ended_early: Some("Ctrl-C"),
        });
        for part in [
            "ended early: Ctrl-C",
            "58 simulated days of 1,200 accounts in 30 s, up to 2026-03-04 10:00 UTC",
            "90,000 applied of 90,001 produced (3,000/s on average)",
            "dead letters   1: too_late 1",
            "outputs        8 read by a read_committed subscriber (of 9 committed)",
            "(4 up, 1 down)",
            "3 opened, 2 cleared",
            "weekly_user                            9 entered, 1 left\n    2 others                               6 entered, 4 left\n",
            "first_value                            7 achieved\n",
            "1 others                               6 changes of band\n",
            "metrics were served on http://127.0.0.1:9595/metrics",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
