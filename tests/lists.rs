//! Lists: rows with figures reckoned by hand; filters, orders and pages against a plain sort of random rows; parts that join; tokens that belong to
//! one list; the shipped playbook's worklists of the walkthrough's history.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use adoption_tracker::engine::{Engine, EngineSettings};
use adoption_tracker::lists::{Asked, BadRequest, PAGE_SIZE_MAX, Page, Query, Table};
use adoption_tracker::playbook::{Playbook, Rows};
use adoption_tracker::random::Random;
use adoption_tracker::replay::{Replay, ReplayOptions};
use adoption_tracker::view::rows::{AccountRow, Figure, Row, UserRow};
use serde_json::{Value, json};

fn options(until: &str) -> ReplayOptions {
    let until_ms = until.parse::<jiff::Timestamp>().expect("an instant").as_millisecond();
    ReplayOptions {
        until_ms: Some(until_ms),
        latest_ms: until_ms,
        max_record_bytes: 1 << 20,
        engine: EngineSettings::default(),
        portfolio: false,
    }
}

/// The accounts of some lines at an instant.
fn replayed<T>(playbook: Playbook, lines: &str, until: &str, look: impl FnOnce(&Engine) -> T) -> T {
    let mut replay = Replay::new(Arc::new(playbook), options(until));
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        replay.line(line.as_bytes()).unwrap_or_else(|reject| panic!("{line}: {reject}"));
    }
    replay.finish();
    look(replay.engine())
}

fn account_rows(engine: &Engine) -> Vec<AccountRow> {
    let readings = engine.row_readings();
    (0..engine.accounts().len() as u32).map(|index| AccountRow::new(engine, index, &readings)).collect()
}

fn user_rows(engine: &Engine) -> Vec<UserRow> {
    let readings = engine.row_readings();
    (0..engine.accounts().len() as u32).flat_map(|index| UserRow::all(engine, index, &readings)).collect()
}

/// A row as a table writes it.
fn written(table: &Table, row: usize, wanted: impl Fn(&str) -> bool) -> Value {
    serde_json::to_value(table.row(row, wanted)).expect("a row can be written")
}

/// Loaded once.
static SHIPPED: LazyLock<Playbook> = LazyLock::new(Playbook::shipped);

fn query(rows: Rows, asked: Asked<'_>) -> Query {
    Query::new(&SHIPPED, rows, &asked).unwrap_or_else(|bad| panic!("{asked:?}: {bad}"))
}

/// The rows of a page, by these fields.
fn shown(page: &Page, fields: &[&str]) -> Vec<Vec<Value>> {
    let row = |row: &str| -> Value { serde_json::from_str(row).expect("a row is JSON") };
    page.rows.iter().map(|listed| fields.iter().map(|field| row(listed.row.get())[*field].clone()).collect()).collect()
}

fn ids(page: &Page) -> Vec<String> {
    shown(page, &["account"]).into_iter().map(|row| row[0].as_str().expect("an id").to_owned()).collect()
}

const PLAYBOOK: &str = r#"
version: 1
min_volume: 1
min_active_days: 1
products:
  crm: {adopted: active_days(30) >= 3, features: {deals: {module: sales}, calls: {module: voice}}}
  mail: {adopted: active_days(30) >= 20, features: {sends: {module: outbox}}}
  desk: {adopted: active_days(30) >= 20}
measures:
  ten: {of: account, value: events * 10, range: [0, 100], bands: [{name: low, from: 0}, {name: high, from: 50}]}
  quarter: {of: account, value: active_users / 4}
segments:
  huge: {when: employees >= 1000}
  big: {when: employees >= 100}
  all: {when: observed_days >= 0}
alerts:
  few: {scope: account, open: active_users < 10}
plays:
  greet:
    scope: account
    open: products_adopted >= 1
    due_days: 30
    tasks: [{id: call, title: Call, assignee: owner, due_days: 1}, {id: write, title: Write, assignee: owner}, {id: visit, title: Visit, assignee: owner, due_days: 10}]
  held: {scope: account, open: products_adopted >= 1, due_days: 2, holdout: 0.5}
view: {account_score: ten, health: quarter}
"#;

/// `acme` adopts its first product on the day before the last; of `bolt` little is known.
const STORY: &str = r#"
{"type":"account","time":"2026-05-01T08:00:00Z","account":"acme","name":"Acme GmbH","owner":"ann","success_role":"sue","employees":500,"contract":{"renewal":"2026-07-30","arr":1200.5}}
{"type":"entitlement","time":"2026-05-01T08:00:00Z","account":"acme","product":"mail","status":"active","seats":4}
{"type":"entitlement","time":"2026-05-01T08:00:00Z","account":"acme","product":"crm","status":"active","seats":4}
{"type":"user","time":"2026-05-01T08:00:00Z","account":"acme","user":"u1","name":"Uma","role":"rep","level":"ic","department":"sales","key":true}
{"type":"user","time":"2026-05-01T08:00:00Z","account":"acme","user":"u9","left":"2026-06-10"}
{"type":"usage","time":"2026-05-02T10:00:00Z","account":"acme","product":"crm","user":"u2","feature":"deals","quantity":8}
{"type":"usage","time":"2026-06-01T10:00:00Z","account":"acme","product":"crm","user":"u1","feature":"deals"}
{"type":"touchpoint","time":"2026-06-20T10:00:00Z","account":"acme","kind":"call","user":"u1"}
{"type":"nps","time":"2026-06-20T10:00:00Z","account":"acme","user":"u1","score":9}
{"type":"usage","time":"2026-06-28T10:00:00Z","account":"acme","product":"crm","user":"u1","feature":"deals"}
{"type":"usage","time":"2026-06-28T10:00:00Z","account":"acme","product":"crm","user":"u2","feature":"calls"}
{"type":"account","time":"2026-06-29T09:00:00Z","account":"bolt"}
{"type":"usage","time":"2026-06-29T10:00:00Z","account":"acme","product":"mail","user":"u1","feature":"sends"}
{"type":"usage","time":"2026-06-30T10:00:00Z","account":"acme","product":"crm","user":"u1","feature":"deals"}
{"type":"usage","time":"2026-06-30T10:00:00Z","account":"acme","product":"crm","user":"u3","feature":"other"}
{"type":"task","time":"2026-06-30T12:00:00Z","account":"acme","play":"greet","task":"call","status":"done"}
"#;

#[test]
fn rows_of_accounts_are_as_reckoned_by_hand() {
    let playbook = Playbook::load("playbook.yaml", PLAYBOOK).unwrap_or_else(|problems| panic!("{problems:?}"));
    // D is 2026-07-01: windows of 30 days begin with 2026-06-02, the last 30 complete days with 2026-06-01.
    let rows = replayed(playbook, STORY, "2026-07-01T12:00:00Z", account_rows);
    let acme = json!({
        "account": "acme", "name": "Acme GmbH", "owner": "ann", "success_role": "sue",
        // 500 employees: not huge, and of what is left the first.
        "segment": "big", "stage": "single_product", "products": ["crm", "mail"],
        "products_entitled": 2, "products_adopted": 1, "breadth": 0.5,
        // 5 events since 2026-06-02, ten each; 50 is where the band begins.
        "adoption_score": 50, "band": "high",
        // 3 users by 4.
        "health": 0.75,
        // 3 users of crm and 1 of mail, by 4 seats each.
        "license_utilization": 0.5, "active_users": 3,
        "features_used_14d": 4, "modules_used_14d": 3,
        // 6 after 8.
        "usage_change_30": -0.25,
        "days_since_use": 1, "days_since_touchpoint": 11, "days_to_renewal": 29, "arr": 1200.5,
        // The play that is held out is none; of the other's tasks the one that is done is not due.
        "open_alerts": 1, "open_plays": 1, "next_due": "2026-07-10",
        "features_used_by_day": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 0],
    });
    let bolt = json!({
        "account": "bolt", "segment": "all", "stage": "not_adopted", "products": [], "products_entitled": 0, "products_adopted": 0,
        "adoption_score": 0, "band": "low", "health": 0, "active_users": 0, "features_used_14d": 0, "modules_used_14d": 0,
        "open_alerts": 1, "open_plays": 0, "features_used_by_day": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    });
    let found: Vec<Value> = rows.iter().map(|row| serde_json::to_value(row).expect("a row can be written")).collect();
    assert_eq!(found, [acme.clone(), bolt.clone()]);
    // A table tells of a row what the row does.
    let table = Table::of(&rows);
    assert_eq!([written(&table, 0, |_| true), written(&table, 1, |_| true)], [acme, bolt]);
    let read: Vec<AccountRow> = found.into_iter().map(|row| serde_json::from_value(row).expect("a row can be read")).collect();
    assert_eq!(read, rows);
}

#[test]
fn rows_of_users_are_as_reckoned_by_hand() {
    let playbook = Playbook::load("playbook.yaml", PLAYBOOK).unwrap_or_else(|problems| panic!("{problems:?}"));
    let rows = replayed(playbook, STORY, "2026-07-01T12:00:00Z", user_rows);
    let found: Vec<Value> = rows.iter().map(|row| serde_json::to_value(row).expect("a row can be written")).collect();
    // `u9` is gone.
    let expected = [
        json!({
            "account": "acme", "user": "u1", "name": "Uma", "role": "rep", "level": "ic", "department": "sales", "key": true,
            "products_used": 2, "features_used_14d": 2, "active_days": 3, "days_since_use": 1, "days_since_touchpoint": 11, "nps_score": 9,
        }),
        json!({
            "account": "acme", "user": "u2", "key": false,
            "products_used": 1, "features_used_14d": 1, "active_days": 1, "days_since_use": 3,
        }),
        json!({
            "account": "acme", "user": "u3", "key": false,
            "products_used": 1, "features_used_14d": 1, "active_days": 1, "days_since_use": 1,
        }),
    ];
    assert_eq!(found, expected);
    let table = Table::of(&rows);
    assert_eq!(written(&table, 1, |_| true), expected[1]);
    assert_eq!(written(&table, 0, |field| field == "key"), json!({"account": "acme", "user": "u1", "key": true}));
}

#[test]
fn fields_of_rows_are_those_that_filters_know() {
    fn of<R: Row + Default>() {
        let names: Vec<String> = adoption_tracker::view::rows::documented::<R>().into_iter().map(|(name, _)| name).collect();
        let known = R::FIELDS.iter().map(|field| field.name).chain(R::DAYS.map(|(name, _)| name));
        assert_eq!(names, known.collect::<Vec<_>>());
        assert_eq!(R::default().cells().len(), R::FIELDS.len());
    }
    of::<AccountRow>();
    of::<UserRow>();
}

/// Rows that share many values, so that ties are broken; and lack some.
fn random_rows(random: &mut Random, count: usize) -> Vec<AccountRow> {
    const OWNERS: [&str; 3] = ["ann", "bob", "Zoë"];
    const PRODUCTS: [&str; 3] = ["crm", "mail", "desk"];
    let mut rows: Vec<AccountRow> = (0..count)
        .map(|number| AccountRow {
            account: format!("a{number:03}"),
            name: (random.below(3) > 0).then(|| format!("Name {}", random.below(10))),
            owner: (random.below(4) > 0).then(|| OWNERS[random.below(3)].to_owned()),
            stage: Some(["none", "some"][random.below(2)].to_owned()),
            products: Some(PRODUCTS.into_iter().filter(|_| random.below(2) == 0).map(str::to_owned).collect()),
            arr: (random.below(3) > 0).then(|| Figure(random.below(5) as f64 * 0.5 - 1.0)),
            active_users: Some(random.below(4) as u32),
            days_since_use: (random.below(3) > 0).then(|| random.below(6) as i64),
            next_due: (random.below(2) > 0).then(|| format!("2026-07-0{}", 1 + random.below(4))),
            ..AccountRow::default()
        })
        .collect();
    for place in (1..rows.len()).rev() {
        rows.swap(place, random.below(place + 1));
    }
    rows
}

/// A condition as a text, and what it is of a row; `None`: unknown.
type Asks = (String, Box<dyn Fn(&AccountRow) -> Option<bool>>);

fn ask(text: &str, of: impl Fn(&AccountRow) -> Option<bool> + 'static) -> Asks {
    (text.to_owned(), Box::new(of))
}

fn random_filter(random: &mut Random, depth: usize) -> Asks {
    if depth == 0 || random.below(3) == 0 {
        return match random.below(11) {
            0 => ask("arr >= 0.5", |row| row.arr.map(|arr| arr.0 >= 0.5)),
            1 => ask("days_since_use < 3", |row| row.days_since_use.map(|days| days < 3)),
            2 => ask("owner == \"ann\"", |row| row.owner.as_ref().map(|owner| owner == "ann")),
            3 => ask("owner in [\"bob\", \"nobody\"]", |row| row.owner.as_ref().map(|owner| owner == "bob")),
            4 => ask("known(name)", |row| Some(row.name.is_some())),
            5 => ask("has_any(products, [\"crm\", \"desk\"])", |row| {
                row.products.as_ref().map(|products| products.iter().any(|product| product == "crm" || product == "desk"))
            }),
            6 => ask("arr + days_since_use == 1", |row| row.arr.zip(row.days_since_use).map(|(arr, days)| arr.0 + days as f64 == 1.0)),
            7 => ask("or(arr, 1) / active_users > 0.4", |row| {
                let users = f64::from(row.active_users.expect("always told"));
                (users > 0.0).then(|| row.arr.map_or(1.0, |arr| arr.0) / users > 0.4)
            }),
            8 => ask("or(owner, stage) != \"some\"", |row| row.owner.as_ref().or(row.stage.as_ref()).map(|text| text != "some")),
            9 => {
                ask("max(arr, days_since_use) >= 2", |row| row.arr.zip(row.days_since_use).map(|(arr, days)| arr.0.max(days as f64) >= 2.0))
            }
            _ => ask("active_users in [0, 3]", |row| row.active_users.map(|users| users == 0 || users == 3)),
        };
    }
    let ((left, of_left), (right, of_right)) = (random_filter(random, depth - 1), random_filter(random, depth - 1));
    match random.below(4) {
        0 => ask(&format!("({left} && {right})"), move |row| match (of_left(row), of_right(row)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        1 => ask(&format!("({left} || {right})"), move |row| match (of_left(row), of_right(row)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        2 => ask(&format!("(!({left}))"), move |row| of_left(row).map(|holds| !holds)),
        _ => ask(&format!("or({left}, {right})"), move |row| of_left(row).or_else(|| of_right(row))),
    }
}

/// An order as a text, and the order of two rows by it.
fn random_order(random: &mut Random) -> (String, Vec<(usize, bool)>) {
    const FIELDS: [&str; 5] = ["arr", "owner", "active_users", "next_due", "name"];
    let mut fields: Vec<usize> = (0..FIELDS.len()).collect();
    let count = random.below(4);
    let mut order = Vec::new();
    for _ in 0..count {
        order.push((fields.remove(random.below(fields.len())), random.below(2) == 0));
    }
    let written = order.iter().map(|(field, descending)| format!("{}{}", FIELDS[*field], if *descending { " desc" } else { "" }));
    (written.collect::<Vec<_>>().join(", "), order)
}

fn compare(left: &AccountRow, right: &AccountRow, order: &[(usize, bool)]) -> Ordering {
    fn missing_last<T: PartialOrd>(left: Option<T>, right: Option<T>, descending: bool) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => {
                let order = left.partial_cmp(&right).expect("no row has a NaN");
                if descending { order.reverse() } else { order }
            }
            (left, right) => left.is_none().cmp(&right.is_none()),
        }
    }
    let by = |(field, descending): &(usize, bool)| match field {
        0 => missing_last(left.arr, right.arr, *descending),
        1 => missing_last(left.owner.as_ref(), right.owner.as_ref(), *descending),
        2 => missing_last(left.active_users, right.active_users, *descending),
        3 => missing_last(left.next_due.as_ref(), right.next_due.as_ref(), *descending),
        _ => missing_last(left.name.as_ref(), right.name.as_ref(), *descending),
    };
    order.iter().map(by).find(|order| order.is_ne()).unwrap_or_else(|| left.account.cmp(&right.account))
}

/// All pages one after the other, each asked of the parts apart.
fn paged(parts: &[Table], asked: Asked<'_>) -> (Vec<String>, u64) {
    let (mut found, mut token, mut total) = (Vec::new(), None::<String>, None);
    loop {
        let query = query(Rows::Accounts, Asked { page_token: token.as_deref(), ..asked });
        let page = Page::merged(parts.iter().map(|part| part.page(&query, None)), &query);
        assert_eq!(*total.get_or_insert(page.total), page.total, "each page tells the same total");
        assert_eq!(page.left, page.total - found.len() as u64);
        assert!(page.rows.len() <= query.page_size());
        found.extend(ids(&page));
        match page.next_page_token(&query) {
            Some(next) => token = Some(next),
            None => return (found, total.unwrap_or_default()),
        }
    }
}

#[test]
fn pages_give_each_row_once_in_the_order_of_a_plain_sort() {
    for seed in 0..400 {
        let random = &mut Random::of(20_261_129, seed);
        let count = [0, 1, 7, 60, 200][random.below(5)];
        let mut rows = random_rows(random, count);
        let (filter, holds) = random_filter(random, 3);
        let (order_by, order) = random_order(random);
        let page_size = (1 + random.below(40)).to_string();
        let parts = 1 + random.below(4);
        let tables: Vec<Table> =
            (0..parts).map(|part| Table::of(&rows.iter().skip(part).step_by(parts).cloned().collect::<Vec<_>>())).collect();
        let asked = Asked {
            filter: Some(&filter),
            order_by: (!order_by.is_empty()).then_some(&order_by),
            page_size: Some(&page_size),
            ..Asked::default()
        };
        let (found, total) = paged(&tables, asked);
        rows.retain(|row| holds(row) == Some(true));
        rows.sort_by(|left, right| compare(left, right, &order));
        let wanted: Vec<String> = rows.into_iter().map(|row| row.account).collect();
        assert_eq!(
            (found, total),
            (wanted.clone(), wanted.len() as u64),
            "seed {seed}: {filter} in order of `{order_by}`, {page_size} a page"
        );
    }
}

#[test]
fn many_rows_are_cut_to_a_page_as_they_are_looked_at() {
    let random = &mut Random::of(20_261_129, 1);
    let mut rows = random_rows(random, 20_000);
    let table = Table::of(&rows);
    let order_by = "active_users desc, arr";
    let (mut found, mut token) = (Vec::new(), None::<String>);
    for _ in 0..3 {
        let asked = Asked { order_by: Some(order_by), page_size: Some("500"), page_token: token.as_deref(), ..Asked::default() };
        let query = query(Rows::Accounts, asked);
        let page = table.page(&query, None);
        found.extend(ids(&page));
        token = page.next_page_token(&query);
    }
    rows.sort_by(|left, right| compare(left, right, &[(2, true), (0, false)]));
    let wanted: Vec<String> = rows.into_iter().take(1_500).map(|row| row.account).collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_may_not_be_seen_is_not_there_and_not_counted() {
    let row = |account: &str, owner: Option<&str>| AccountRow {
        account: account.to_owned(),
        owner: owner.map(str::to_owned),
        ..AccountRow::default()
    };
    let table = Table::of(&[row("a", Some("ann")), row("b", Some("bob")), row("c", None), row("d", Some("ann"))]);
    let page = |may_see: &dyn Fn(Option<&str>) -> bool| {
        let page = table.page(&query(Rows::Accounts, Asked::default()), Some(may_see));
        (ids(&page).join(" "), page.total, page.left)
    };
    assert_eq!(page(&|owner| owner.is_none_or(|owner| owner == "ann")), ("a c d".to_owned(), 3, 3));
    assert_eq!(page(&|owner| owner == Some("bob")), ("b".to_owned(), 1, 1));
    assert_eq!(page(&|_| false), (String::new(), 0, 0));
    let counted = table.page(&query(Rows::Accounts, Asked::default()).counting(), None);
    assert_eq!((counted.rows.len(), counted.total), (0, 4));
}

#[test]
fn what_is_searched_for_is_in_the_id_or_the_name_in_whichever_case() {
    let row = |account: &str, name: Option<&str>| AccountRow {
        account: account.to_owned(),
        name: name.map(str::to_owned),
        ..AccountRow::default()
    };
    let table = Table::of(&[row("acme-1", None), row("b", Some("ACME AG")), row("c", Some("Öko Ärzte")), row("d", Some("Dune"))]);
    for (q, found) in [("Acme", "acme-1 b"), ("öKO ä", "c"), ("une", "d"), ("x", ""), ("", "acme-1 b c d")] {
        assert_eq!(ids(&table.page(&query(Rows::Accounts, Asked { q: Some(q), ..Asked::default() }), None)).join(" "), found, "{q}");
    }
}

#[test]
fn what_is_searched_follows_the_rows() {
    // Of more rows than are looked at together.
    const ROWS: usize = 3_000;
    let row =
        |number: usize, name: &str| AccountRow { account: format!("a{number:04}"), name: Some(name.to_owned()), ..AccountRow::default() };
    let mut table = Table::of(&(0..ROWS).map(|number| row(number, "Same")).collect::<Vec<_>>());
    let found = |table: &Table, q: &str| {
        let page = table.page(&query(Rows::Accounts, Asked { q: Some(q), ..Asked::default() }), None);
        assert_eq!(page.left, page.total);
        (page.total, ids(&page).into_iter().take(3).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(found(&table, "a2999"), (1, "a2999".to_owned()));
    assert_eq!(found(&table, "99"), (57, "a0099 a0199 a0299".to_owned()), "30 end with it, 30 have it in the middle, 3 of them both");
    assert_eq!(found(&table, "same"), (3_000, "a0000 a0001 a0002".to_owned()));
    assert_eq!(found(&table, "0same").0, 0, "an id and a name are two texts");
    assert_eq!(found(&table, "samea").0, 0, "so are those of two rows");
    table.set(1_500, &row(1_500, "Other"));
    table.set(ROWS, &row(ROWS, "Other"));
    assert_eq!(found(&table, "OTHER"), (2, "a1500 a3000".to_owned()));
    assert_eq!(found(&table, "same").0, 2_999);
    table.set(1_500, &AccountRow { name: None, ..row(1_500, "") });
    assert_eq!(found(&table, "other"), (1, "a3000".to_owned()));
}

fn refused(asked: Asked<'_>) -> String {
    let bad: BadRequest = Query::new(&SHIPPED, Rows::Accounts, &asked).expect_err("it is refused");
    let problem = |problem: &adoption_tracker::playbook::TextProblem| {
        format!("{} {}: {}", problem.position, problem.nearest.as_deref().unwrap_or("-"), problem.message)
    };
    format!("{} {}", bad.parameter, bad.problems.iter().map(problem).collect::<Vec<_>>().join("; "))
}

#[test]
fn what_cannot_be_asked_is_told_with_its_place_and_what_was_meant() {
    let none = Asked::default();
    for (asked, told) in [
        (
            Asked { filter: Some("arr > 1 && ownr == \"ann\""), ..none },
            "filter 12 owner: unknown field `ownr` of a row of accounts: did you mean `owner`?",
        ),
        (Asked { filter: Some("arr >"), ..none }, "filter 6 -: not valid CEL: it ends where more is expected"),
        (
            Asked { filter: Some("arr > \"x\""), ..none },
            "filter 5 -: `>` needs two values of one kind: `arr` is a number and `\"x\"` is a text",
        ),
        (
            Asked { order_by: Some("arr desc, nam"), ..none },
            "order_by 11 name: unknown field `nam` of a row of accounts: did you mean `name`?",
        ),
        (Asked { order_by: Some("arr down"), ..none }, "order_by 1 -: unknown direction `down` of `arr`: expected `asc` or `desc`"),
        (
            Asked { fields: Some("arr, ownerr"), ..none },
            "fields 6 owner: unknown field `ownerr` of a row of accounts: did you mean `owner`?",
        ),
        (Asked { page_size: Some("501"), ..none }, "page_size 1 -: expected a whole number, 1 to 500, found `501`"),
        (Asked { page_size: Some("0"), ..none }, "page_size 1 -: expected a whole number, 1 to 500, found `0`"),
        (Asked { page_token: Some("x"), ..none }, "page_token 1 -: the page token is not one that a list gave: begin without a token"),
    ] {
        assert_eq!(refused(asked), told);
    }
    assert_eq!(PAGE_SIZE_MAX, 500);
}

#[test]
fn a_token_belongs_to_its_filter_its_search_and_its_order() {
    let rows = random_rows(&mut Random::of(20_261_129, 3), 60);
    let table = Table::of(&rows);
    let asked =
        Asked { filter: Some("active_users >= 0"), q: Some("a"), order_by: Some("arr desc"), page_size: Some("5"), ..Asked::default() };
    let first = query(Rows::Accounts, asked);
    let token = table.page(&first, None).next_page_token(&first).expect("there are more");
    let asked = Asked { page_token: Some(&token), ..asked };
    let other = "page_token 1 -: the page token belongs to a list with another filter, `q` or order: begin without a token";
    for changed in [
        Asked { filter: Some("active_users >= 1"), ..asked },
        Asked { filter: None, ..asked },
        Asked { q: Some("b"), ..asked },
        Asked { order_by: Some("arr"), ..asked },
        Asked { order_by: Some("arr desc, name"), ..asked },
    ] {
        assert_eq!(refused(changed), other, "{changed:?}");
    }
    // What does not decide which rows there are, and where, may be another: spaces, the size of pages, the fields.
    for changed in [Asked { filter: Some(" active_users>=0"), ..asked }, Asked { page_size: Some("7"), fields: Some("arr"), ..asked }] {
        query(Rows::Accounts, changed);
    }
    let cut = &token[..token.len() - 4];
    let broken = "page_token 1 -: the page token is not one that a list gave: begin without a token";
    assert_eq!(refused(Asked { page_token: Some(cut), ..asked }), broken);
}

/// Rows of a worklist of the shipped playbook over the walkthrough's history, at its end.
fn worklist(id: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let history =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/examples/history.jsonl")).expect("the history is there");
    let worklist = SHIPPED.worklist(id).expect("the playbook has it");
    let query = Query::of_worklist(&SHIPPED, worklist, &Asked::default()).expect("it can be asked for");
    let table = replayed(Playbook::shipped(), &history, "2026-10-01T00:00:00Z", |engine| match worklist.rows {
        Rows::Accounts => Table::of(&account_rows(engine)),
        Rows::Users => Table::of(&user_rows(engine)),
    });
    shown(&table.page(&query, None), fields)
}

/// As `worklist`, each row as one text.
fn told(id: &str, fields: &[&str]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    worklist(id, fields).iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn worklists_of_the_shipped_playbook_are_what_the_history_tells() {
    // D is 2026-10-01. Alder was last spoken with on July 22, Cobalt on September 9; with the others nobody has ever, which is in no order.
    let not_contacted = told("not_contacted", &["account", "days_since_touchpoint"]);
    let never = ["brook", "dune", "ember", "fjord", "grove", "harbor"].map(|account| format!("{account} null"));
    assert_eq!(not_contacted, [&["alder 71".to_owned(), "cobalt 22".to_owned()][..], &never].concat());

    // Who has gone silent comes before Alder, which has come back, and Cobalt, the platform; Dune used something last on August 9.
    let fewest = told("fewest_features", &["account", "features_used_14d", "days_since_use"]);
    let silent = ["brook 0 91", "dune 0 53", "ember 0 143", "fjord 0 73", "grove 0 85", "harbor 0 152"];
    assert_eq!(fewest, [&silent[..], &["alder 3 1", "cobalt 15 1"]].concat());
    assert_eq!(told("unassigned", &["account"]), [] as [&str; 0], "each has its owner");

    // Ann, who carried Alder, has left: she is in no list. Of Cobalt's people Ada uses most.
    let low_use = told("low_use", &["account", "user", "features_used_14d"]);
    assert_eq!(low_use[..3], ["alder eva 0", "alder finn 0", "brook gil 0"]);
    assert_eq!(low_use[low_use.len() - 2..], ["cobalt bea 3", "cobalt ada 11"]);
    assert!(!low_use.iter().any(|row| row.starts_with("alder ann")), "{low_use:?}");

    // Ada was met on March 12.
    let not_contacted = told("users_not_contacted", &["account", "user", "days_since_touchpoint"]);
    assert_eq!(not_contacted[..4], ["cobalt ada 203", "alder dirk 71", "cobalt carl 22", "alder ben null"]);
    assert_eq!(not_contacted.len(), low_use.len());
}
