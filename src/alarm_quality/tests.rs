use super::*;

use crate::playbook::SHIPPED;

fn options(only: &str, accounts: usize) -> Options {
    Options { accounts, seed: 1, product: None, rules: Vec::new(), only: only.to_owned(), by_rule: false, threads: 2 }
}

/// Of the shipped playbook a rule that is false now and then.
fn of_shipped(only: &str, accounts: usize) -> Options {
    Options { rules: vec!["usage_drop".to_owned(), "usage_decline".to_owned()], ..options(only, accounts) }
}

fn measured(yaml: &str, options: &Options) -> Report {
    let playbook = Playbook::load("p.yaml", yaml).expect("the playbook of a test is valid");
    measure(playbook, options).expect("its products and rules are there")
}

#[test]
fn the_number_of_threads_and_of_accounts_changes_no_account() {
    let one = measured(SHIPPED, &Options { threads: 1, ..of_shipped("weekdays, variation 1.0, holidays", 21) });
    let several = measured(SHIPPED, &Options { threads: 3, ..of_shipped("weekdays, variation 1.0, holidays", 21) });
    assert_eq!(one, several);
    let falls = |accounts| measured(SHIPPED, &of_shipped("weekdays, variation 0.5", accounts)).falling;
    let (few, more) = (falls(7), falls(25));
    for (few, more) in few[0].told_after.iter().zip(&more[0].told_after) {
        assert_eq!(few[..], more[..7]);
    }
    assert_ne!(
        measured(SHIPPED, &Options { seed: 2, ..of_shipped("variation 1.0, late", 20) }).steady,
        measured(SHIPPED, &of_shipped("variation 1.0, late", 20)).steady
    );
}

/// A rule that tells of each lower week alarms where use has chance in it and not where it is exact; a true fall it tells on the eighth day.
#[test]
fn what_is_counted_is_what_the_rule_does() {
    let yaml = "version: 1\nmin_active_days: 1\nproducts: {a: , b: {features: {x: }}}\nalerts:\n  \
                lower: {scope: product, open: usage_change(7) < -0.05, clear: usage_change(7) >= 0}\n  \
                more: {scope: product, open: complete.events(7) > 1000000}\n";
    let exact = measured(yaml, &Options { product: Some("b".to_owned()), ..options("daily, exactly", 3) });
    assert_eq!((exact.product.as_str(), &*exact.rules), ("b", &["lower".to_owned(), "more".to_owned()][..]));
    assert_eq!(exact.steady[0].openings, [[0, 0]; 4]);
    let chance = measured(yaml, &options("daily, variation 1.0", 3));
    // A week of two actions a day is mostly below `min_volume`.
    assert!(chance.steady[0].openings[1..].iter().all(|by_rule| by_rule[0] > 60 && by_rule[1] == 0), "{:?}", chance.steady);
    let falls = measured(yaml, &options("every 2 days, exactly", 12));
    assert_eq!(falls.falling.len(), 1);
    // A week has three or four days of use by turns, so that at half the actions each of the first seven days may be the one.
    assert!(falls.falling[0].told_after[1].iter().all(|days| days.is_some_and(|days| (1..=7).contains(&days))), "{:?}", falls.falling);
    let none = measured(yaml, &Options { rules: vec!["more".to_owned()], ..options("every 2 days, exactly", 2) });
    assert_eq!(none.falling[0].told_after, vec![vec![None; 2]; FALLS.len()]);
    assert!(text(&none).contains("| 0, 0, 0; – |"), "{}", text(&none));
}

/// The rest is left alone where nothing of it is read, and judged where it is.
#[test]
fn a_rule_that_reads_a_verdict_is_measured_with_the_rest() {
    let yaml = "version: 1\nmin_active_days: 1\nproducts: {a: }\nalerts:\n  \
                lower: {scope: product, open: usage_change(7) < -0.05, clear: usage_change(7) >= 0}\n  \
                after: {scope: product, open: alert_open(\"lower\")}\n";
    let openings = |rule: &str| {
        let report = measured(yaml, &Options { rules: vec![rule.to_owned()], ..options("daily, variation 1.0", 3) });
        report.steady.into_iter().map(|steady| steady.openings).collect::<Vec<_>>()
    };
    assert_eq!(openings("after"), openings("lower"));
    assert!(openings("lower")[0][3][0] > 60);
}

#[test]
fn what_is_not_there_is_named() {
    let error = |options: Options| measure(Playbook::shipped(), &options).expect_err("nothing to measure");
    assert_eq!(
        error(Options { product: Some("crn".to_owned()), ..options("", 1) }),
        "the playbook has no product \"crn\"; it has crm, marketing, sales_engagement, analytics, portal"
    );
    assert!(
        error(Options { rules: vec!["usage".to_owned()], ..options("", 1) })
            .starts_with("the playbook has no rule \"usage\"; it has usage_drop, ")
    );
    assert_eq!(error(options("hourly", 1)), "no shape has \"hourly\" in its name");
}

/// What becomes of a team is told by the rules that ask for it, and by no others.
#[test]
fn each_rule_is_measured_by_itself() {
    let yaml = "version: 1\nmin_active_days: 1\nproducts: {a: {features: {x: , y: }}}\nalerts:\n  \
                idle: {scope: product, open: license_utilization < 0.7 && entitled_days >= 60}\n  \
                left: {scope: product, open: 'days_since_first_use >= 60 && complete.events(\"x\", 7) == 0'}\n  \
                none: {scope: product, open: 'days_since_first_use >= 60 && complete.active_days(5) == 0'}\n";
    let report = measured(yaml, &Options { by_rule: true, ..options("20 people, on 8 days of ten", 3) });
    assert_eq!(report.teams.iter().map(|team| &*team.openings).collect::<Vec<_>>(), [[0, 0, 0]]);
    assert!(report.steady.is_empty() && report.falling.is_empty());
    let told = |change: Change| {
        let changing = report.changing.iter().find(|changing| changing.change == change).expect("each change");
        let days: Vec<Vec<Option<i32>>> = changing.told_after.clone();
        days.iter().map(|accounts| accounts.iter().all(Option::is_some)).collect::<Vec<_>>()
    };
    for (change, wanted) in [
        (Change::HalfStop, [true, false, false]),
        (Change::MostStopOneByOne, [true, false, false]),
        (Change::AllStop, [true, true, true]),
        (Change::KeyUserStops, [false, false, false]),
        (Change::FeatureLeft, [false, true, false]),
    ] {
        assert_eq!(told(change), wanted, "{change}");
    }
    let seldom = measured(yaml, &Options { by_rule: true, rules: vec!["left".to_owned()], ..options("daily, exactly", 2) });
    assert_eq!((seldom.teams.len(), seldom.steady.len(), seldom.falling.len()), (0, 1, 0));
    assert!(text(&seldom).contains("| `left` | 0 | 0 | – | 0 | 0 | – |"), "{}", text(&seldom));
}
