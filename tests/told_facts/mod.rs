//! What an engine knows of its accounts, as text: what no output tells, told line by line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use adoption_tracker::engine::facts::UserIndex;
use adoption_tracker::engine::{Account, Day, Engine, Plays};

/// Days that are held, and those that comparisons with an earlier day ask for.
const DAYS: Day = 93;

pub fn told_facts(engine: &Engine) -> String {
    let mut accounts: Vec<&Account> = engine.accounts().iter().collect();
    accounts.sort_by_key(|account| &account.id);
    let mut text = String::new();
    for account in accounts {
        writeln!(text, "{} on {}", account.id, account.day).expect("writing to a String");
        users(account, &mut text);
        products(engine, account, &mut text);
        if let Some(of_plays) = &account.plays {
            plays(engine, of_plays, &mut text);
        }
        signals(account, &mut text);
    }
    text
}

fn plays(engine: &Engine, plays: &Plays, text: &mut String) {
    let Plays { openings, held_back, worked_off, held_out, worked, awaited, triggered, under_way, .. } = plays;
    let openings = openings.iter().map(|(play, day)| (&*engine.playbook().rules[usize::from(*play)].head.id, *day));
    let openings: BTreeMap<_, _> = openings.collect();
    if !openings.is_empty() {
        writeln!(text, "  plays opened {openings:?}").expect("a String");
    }
    let triggered: BTreeMap<_, _> = triggered.iter().copied().collect();
    let of_kinds = [
        ("held back", lines(held_back)),
        ("worked off", lines(worked_off)),
        ("held out", lines(held_out)),
        ("worked", lines(worked)),
        ("awaited", lines(awaited)),
        ("triggered", lines(triggered)),
        ("under way", lines(under_way)),
    ];
    for (kind, of_kind) in of_kinds {
        of_kind.into_iter().for_each(|line| writeln!(text, "  {kind} {line}").expect("a String"));
    }
}

/// Sorted, as the order says nothing.
fn lines<T: std::fmt::Debug>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut lines: Vec<String> = items.into_iter().map(|item| format!("{item:?}")).collect();
    lines.sort();
    lines
}

fn users(account: &Account, text: &mut String) {
    for user in (0..account.users.len() as u32).map(UserIndex) {
        let (users, days) = (&account.users, account.days_of(user));
        write!(text, "  user {} seen {}, here {}", users.id(user), users.seen(user, account.day), account.is_present(user))
            .expect("a String");
        if let Some(day) = users.touched(user) {
            write!(text, ", touched {day}").expect("a String");
        }
        if let Some(answer) = users.answer(user) {
            write!(text, ", answered {} as {:?} on {}", answer.score, answer.id, answer.day).expect("a String");
        }
        writeln!(text, ", active {} to {}: {:x}", days.first, days.last, days.bits).expect("a String");
    }
}

fn products(engine: &Engine, account: &Account, text: &mut String) {
    let mut products: Vec<_> = account.products.iter().collect();
    products.sort_by_key(|product| engine.names().text(product.facts.name));
    for facts in products.into_iter().map(|product| &product.facts) {
        writeln!(text, "  product {}: {} to {}", engine.names().text(facts.name), facts.first_use, facts.last_use).expect("a String");
        let features: Vec<_> = facts.features.iter().map(|(name, _)| engine.names().text(name)).collect();
        for user in (0..account.users.len() as u32).map(UserIndex) {
            let Some(days) = facts.days_of(user) else { continue };
            // How long ago is known of what is in a window.
            let within = |(_, day): &(usize, Day)| account.day - day < DAYS - 1;
            let mut used: Vec<_> = facts.features_of(user).filter(within).map(|(place, day)| (features[place], day)).collect();
            used.sort_unstable();
            let id = account.users.id(user);
            writeln!(text, "    {id}: {} to {}, {:x}, {used:?}", days.first, days.last, days.bits).expect("a String");
        }
        let mut gauges: Vec<_> = facts.gauges().iter().map(|gauge| (engine.names().text(gauge.name), gauge)).collect();
        gauges.sort_by_key(|(name, _)| *name);
        for (name, gauge) in gauges {
            let days: Vec<_> = gauge.days().iter().map(|level| (level.day, level.value)).collect();
            writeln!(text, "    gauge {name}: {} on {}, {days:?}", gauge.value, gauge.day).expect("a String");
        }
        let seats: Vec<_> = (account.day - DAYS..=account.day).map(|day| (day, facts.entitlements.seats_on(day))).collect();
        for days in seats.chunk_by(|(_, one), (_, next)| one == next).filter(|days| days[0].1.is_some()) {
            writeln!(text, "    seats {:?} from {} to {}", days[0].1, days[0].0, days[days.len() - 1].0).expect("a String");
        }
    }
}

fn signals(account: &Account, text: &mut String) {
    let Some(signals) = &account.signals else { return };
    let touched = |kind| signals.touched(Some(kind)).map(|day| (kind, day));
    let kinds: Vec<_> = ["email", "meeting", "call", "qbr", "training"].into_iter().filter_map(touched).collect();
    writeln!(text, "  touched {:?}: {kinds:?}", signals.touched(None)).expect("a String");
    if !signals.outcomes.is_empty() {
        let levels: Vec<_> = (account.day - DAYS..=account.day).map(|day| (day, signals.outcomes.mrr_on(day))).collect();
        let changes: Vec<_> = levels.chunk_by(|(_, one), (_, next)| one == next).map(|days| days[0]).collect();
        writeln!(text, "  revenue {changes:?}, churned {}", signals.outcomes.churned()).expect("a String");
    }
}
