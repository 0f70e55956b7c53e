//! What lists cost: a page of many accounts, filtered and sorted, beside one pass over them; what a row takes, and how long it takes to make.
//!
//! `cargo bench --bench lists`; `LISTS_ACCOUNTS` (100000) is the number of accounts, `LISTS_TURNS` (200) how often each list is asked for. A pass
//! adds up one field of all rows, which lie in a row. Both are measured by turns, and of each the fastest counts: what else the machine does then
//! weighs on neither.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::hint::black_box;
use std::time::{Duration, Instant};

use adoption_tracker::lists::{Asked, Query, Table};
use adoption_tracker::playbook::{Playbook, Rows};
use adoption_tracker::view::rows::{AccountRow, Figure};
use load::{DAY_MS, Drawn, FIRST_MS, Random, Running, Shape, account_id, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked, with its name.
fn asked() -> [(&'static str, Asked<'static>); 6] {
    let none = Asked::default();
    let filtered = |filter, order_by| Asked { filter: Some(filter), order_by: Some(order_by), ..none };
    [
        ("filtered, sorted by a number", filtered("or(days_since_touchpoint, 15) >= 15", "features_used_14d")),
        ("two comparisons, sorted by two numbers", filtered("arr > 1000 && days_since_use < 20", "days_since_touchpoint desc, arr")),
        ("a text and a number, sorted by a number", filtered("owner == \"owner-7@example.com\" && health < 50", "arr desc")),
        ("a list that has one, sorted by a number", filtered("has_any(products, [\"crm\"])", "health")),
        ("all, sorted by a text", Asked { order_by: Some("next_due"), ..none }),
        ("searched for a part of the name", Asked { q: Some("name 77"), ..none }),
    ]
}

fn main() {
    let (accounts, turns) = (number("LISTS_ACCOUNTS", 100_000), number("LISTS_TURNS", 200));
    let mut random = Random(1);
    let table = Table::of(&(0..accounts).map(|account| row(&mut random, account)).collect::<Vec<_>>());
    let playbook = Playbook::shipped();
    for (what, asked) in asked() {
        let query = Query::new(&playbook, Rows::Accounts, &asked).unwrap_or_else(|bad| panic!("{bad}"));
        // What is found out once and kept is no part of it.
        black_box(table.page(&query, None));
        let (mut pass, mut page) = (Duration::MAX, Duration::MAX);
        for _ in 0..turns {
            let began = Instant::now();
            black_box(sum(black_box(&table)));
            pass = pass.min(began.elapsed());
            let began = Instant::now();
            black_box(table.page(black_box(&query), None));
            page = page.min(began.elapsed());
        }
        let (pass, page) = (1e6 * pass.as_secs_f64(), 1e6 * page.as_secs_f64());
        println!("| a page of 50 of {accounts} accounts: {what} | {page:.0} µs | {:.2} passes of {pass:.0} µs |", page / pass);
    }
    println!("| kept of an account | {:.0} bytes |", table.bytes() as f64 / accounts as f64);
    made(accounts);
}

fn sum(table: &Table) -> f64 {
    let values = table.numbers("active_users").expect("rows have the field");
    values.iter().filter(|value| !value.is_nan()).sum()
}

/// As those of customers are: some texts are their own, some are shared; some figures are missing.
fn row(random: &mut Random, account: u64) -> AccountRow {
    let mut often = |share: u64| random.below(100) < share;
    let [has_owner, has_segment, was_touched, has_arr, is_used, has_health, is_due] = [90, 80, 60, 90, 95, 70, 20].map(&mut often);
    let products = ["crm", "marketing", "sales_engagement", "analytics", "portal"];
    AccountRow {
        account: format!("acct-{account:06}"),
        name: Some(format!("Some Name {account} GmbH & Co. KG")),
        owner: has_owner.then(|| format!("owner-{}@example.com", random.below(200))),
        success_role: has_owner.then(|| format!("success-{}@example.com", random.below(40))),
        segment: has_segment.then(|| format!("segment-{}", random.below(6))),
        stage: Some(format!("stage-{}", random.below(5))),
        products: Some(products.into_iter().filter(|_| random.below(2) == 0).map(str::to_owned).collect()),
        products_entitled: Some(random.below(6) as u32),
        products_adopted: Some(random.below(4) as u32),
        breadth: has_segment.then(|| Figure(random.below(5) as f64 / 5.0)),
        adoption_score: Some(Figure(random.below(10_000) as f64 / 100.0)),
        band: Some(["poor", "fair", "good"][random.below(3) as usize].to_owned()),
        health: has_health.then(|| Figure(random.below(10_000) as f64 / 100.0)),
        license_utilization: has_segment.then(|| Figure(random.below(100) as f64 / 97.0)),
        active_users: Some(random.below(100) as u32),
        features_used_14d: Some(random.below(40) as u32),
        modules_used_14d: Some(random.below(10) as u32),
        usage_change_30: is_used.then(|| Figure(random.below(200) as f64 / 100.0 - 1.0)),
        days_since_use: is_used.then(|| random.below(60) as i64),
        days_since_touchpoint: was_touched.then(|| random.below(90) as i64),
        days_to_renewal: has_arr.then(|| random.below(365) as i64),
        arr: has_arr.then(|| Figure(random.below(100_000) as f64)),
        open_alerts: Some(random.below(4) as u32),
        open_plays: Some(random.below(3) as u32),
        next_due: is_due.then(|| format!("2026-{:02}-{:02}", 7 + random.below(3), 1 + random.below(28))),
        features_used_by_day: Some((0..14).map(|_| random.below(12) as u32).collect()),
    }
}

/// Rows of accounts that an engine has, with the shipped playbook.
fn made(accounts: u64) {
    const DAYS: i64 = 40;
    let shape = Shape { accounts: accounts / 5, users: 3, products: 2, features: 8, days: DAYS };
    let mut running = Running::of(shape, Playbook::shipped());
    let mut random = Random(1);
    for day in 0..DAYS {
        for account in (0..shape.accounts).filter(|account| (account + day as u64).is_multiple_of(5)) {
            let event = |random: &mut Random| Drawn {
                account,
                id: account_id(account),
                user: random.below(shape.users),
                product: random.below(1 + account % shape.products),
                feature: random.below(shape.features),
                time_ms: FIRST_MS + day * DAY_MS + DAY_MS / 2,
            };
            let drawn: Vec<Drawn> = (0..shape.users).map(|_| event(&mut random)).collect();
            running.apply(&drawn);
        }
        running.effects.clear();
    }
    running.engine.advance_clock(FIRST_MS + DAYS * DAY_MS);
    running.engine.roll_all(&mut running.effects);
    let readings = running.engine.row_readings();
    let mut table = Table::new::<AccountRow>();
    let began = Instant::now();
    for index in running.engine.take_unlisted() {
        running.engine.mark_listed(index);
        table.set(index as usize, &AccountRow::new(&running.engine, index, &readings));
    }
    let each = 1e6 * began.elapsed().as_secs_f64() / shape.accounts as f64;
    println!("| {} accounts, up to 3 users, 1 or 2 products: a row is made, and put in | {each:.1} µs |", shape.accounts);
}
