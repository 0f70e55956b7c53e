//! Memory of an account: what the process's resident set grows by, with the service's allocator and the playbook that ships.
//!
//! `cargo bench --bench memory`; `MEMORY_ACCOUNTS` (20000) is the number of accounts of the first layout. Each layout has a process of its
//! own: an allocator keeps what an earlier one gave back.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::process::Command;

use adoption_tracker::playbook::Playbook;
use load::{DAY_MS, Drawn, FIRST_MS, Random, Running, Shape, account_id, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAYS: i64 = 60;
const SMALL: Shape = Shape { accounts: 20_000, users: 10, products: 3, features: 8, days: DAYS };

fn main() {
    // `cargo bench` hands on an argument of its own.
    match std::env::args().nth(1).as_deref() {
        Some("dense") => dense(),
        Some("small") => small(),
        _ => {
            for layout in ["dense", "small"] {
                let itself = std::env::current_exe().expect("the running program has a path");
                let status = Command::new(itself).arg(layout).status().expect("it starts");
                assert!(status.success(), "the layout {layout} ended with {status}");
            }
        }
    }
}

/// Every user on every product, on three days each; every feature touched by some of the users.
fn dense() {
    let shape = Shape { accounts: number("MEMORY_ACCOUNTS", 20_000), users: 50, products: 5, features: 8, days: DAYS };
    measure("every user on every product", shape, |day, account, use_it| {
        for product in 0..shape.products {
            for user in (0..shape.users).filter(|user| (user + product * 7 + account + day) % 20 == 0) {
                use_it(user, product, (user + day) % shape.features);
            }
        }
    });
}

/// About four events an account and day; two or three of the products, 2.6 on average.
fn small() {
    let mut random = Random(1);
    measure("2.6 products each, 4 events a day", SMALL, |_, account, use_it| {
        let products = if account % 5 < 3 { 3 } else { 2 };
        for _ in 0..3 + random.below(3) {
            use_it(random.below(SMALL.users), random.below(products), random.below(SMALL.features));
        }
    });
}

/// `day_of_account` says what an account does on a day: user, product, feature.
fn measure(what: &str, shape: Shape, mut day_of_account: impl FnMut(u64, u64, &mut dyn FnMut(u64, u64, u64))) {
    // With the names in it, which in the service are parts of the records read.
    let mut running = Running::of(shape, Playbook::shipped());
    let before = resident_bytes();
    let mut events = 0_u64;
    for day in 0..DAYS {
        for account in 0..shape.accounts {
            day_of_account(day as u64, account, &mut |user, product, feature| {
                running.apply(&[Drawn { account, id: account_id(account), user, product, feature, time_ms: FIRST_MS + day * DAY_MS }]);
                running.effects.clear();
                events += 1;
            });
        }
        while running.engine.roll(64, &mut running.effects) {
            running.effects.clear();
        }
        running.effects.clear();
    }
    assert_eq!(running.engine.accounts().len() as u64, shape.accounts);
    let bytes = (resident_bytes() - before) / shape.accounts;
    let estimated = running.engine.estimated_bytes() as u64 / shape.accounts;
    println!(
        "| memory, {} accounts × {} users, {what}, {} features, {DAYS} days, {:.1} M events | {bytes} bytes per account; {estimated} by the service's gauge |",
        shape.accounts,
        shape.users,
        shape.features,
        events as f64 / 1e6
    );
}

/// Of the process's own making: pages of its program file come and go with the system's huge pages, by some megabytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.expect("the line has a number") * 1024
}
