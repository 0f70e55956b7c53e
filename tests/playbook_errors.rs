//! What a rule owner is told: fixtures with a `^` wherever a problem is expected, and the messages in the same order.
//!
//! The `^` is taken out before loading, so it stands before the character at which the problem is reported; `^^` is two problems.

use adoption_tracker::engine::metric::METRICS;
use adoption_tracker::playbook::Playbook;

/// Checks that loading tells exactly these problems, at the carets. `{METRICS}` in a message is the number of metrics.
#[track_caller]
fn check(fixture: &str, messages: &[&str]) {
    let mut expected = Vec::new();
    let mut messages_left = messages.iter();
    for (index, line) in fixture.lines().enumerate() {
        for (carets_before, (column, _)) in line.chars().enumerate().filter(|(_, c)| *c == '^').enumerate() {
            let message = messages_left.next().unwrap_or_else(|| panic!("more carets than messages in:\n{fixture}"));
            let message = message.replace("{METRICS}", &METRICS.len().to_string());
            expected.push(format!("p.yaml:{}:{}: {message}", index + 1, column + 1 - carets_before));
        }
    }
    assert_eq!(messages_left.next(), None, "more messages than carets in:\n{fixture}");
    let problems = match Playbook::load("p.yaml", &fixture.replace('^', "")) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(problems, expected, "in:\n{fixture}");
}

const CATALOGUE: &str = "\
version: 1
calendars: {de: [{from: 2026-12-24, to: 2027-01-04}], us: []}
products:
  crm:
    features: {contact.created: {tier: core}, deal.updated: {}}
  data.hub:
    features: {query.run: {}}
  sales-engagement: {}
";

/// The condition as `open` of a rule.
#[track_caller]
fn check_rule(scope: &str, condition: &str, messages: &[&str]) {
    let condition = condition.replace('\n', "\n      ");
    check(&format!("{CATALOGUE}alerts:\n  rule:\n    scope: {scope}\n    open: |-\n      {condition}\n"), messages);
}

/// The condition as a stage's, shared by all products.
#[track_caller]
fn check_stage(condition: &str, messages: &[&str]) {
    check(&format!("{CATALOGUE}stages:\n  activated: {condition}\n"), messages);
}

#[test]
fn conditions_that_hold_together_are_accepted() {
    for condition in [
        "true",
        "entitled",
        "!entitled && !(seats > 1)",
        "active_users >= 1 && active_users() >= 1 && active_users(92) >= 1u",
        "events >= 1 || events(92) >= 1 || events(\"contact.created\") >= 1 || events(\"query.run\", 92) >= 1",
        "users_of('deal.updated') > 0 || users_of('deal.updated', 92) > 0",
        "gauge(\"any\") >= 1e3 || gauge(\"any\", 92) >= .5",
        "features_used > 0 && features_used(7) > 0 && features_used(\"high_value\") > 0 && features_used(\"main\", 7) > 0",
        "workflow_runs > 0 && workflow_runs(7) > 0 && workflow_runs(\"any\") > 0 && workflow_runs(\"any\", 92) > 0",
        "active_weeks(13) == 13 && usage_change(45) < -0.3 && frequency_change(1) < - 0.3 && usage_shift(45) < -2 && usage_shift(2) < 0",
        "complete.events > 1 && complete.events(91) > 1 && complete.events(\"deal.updated\") > 1 && complete.users_of(\"deal.updated\", 91) > 1",
        "complete.active_days() > 1 && complete.active_weeks(13) > 1 && complete.workflow_runs(\"any\", 7) > 1 && complete.stickiness > 0.1",
        "crm.complete.events(\"contact.created\", 30) > data.hub.complete.events(7) && complete.features_used(\"core\") > 1",
        "holiday(\"de\") && !holiday(\"us\", 92) && holiday('de', 1) == true",
        "crm.events(\"contact.created\", 30) > data.hub.events(7) && crm.entitled && crm.seats > 0",
        "active_users / seats < 0.6 && (events(7) - events(30) / 4) * 2 > -(events) + 1",
        "industry in [\"retail\", 'media'] && employees in [1, -2, 3.5] && owner == success_role && industry != \"x\"",
        "entitled == true && products_entitled > 1 && arr >= 1000.50 && stage_days > 3 // a comment",
        "events\n  (\n7 ) >= 1",
    ] {
        check_rule("product", condition, &[]);
    }
    check_rule("account", "crm.complete.active_users > data.hub.active_users && days_to_renewal < 90 && !holiday(\"de\")", &[]);
    check_stage("complete.active_days(7) >= 1 && !holiday(\"de\")", &[]);
    check_stage("crm.events(7) >= 1 && observed_days >= 3", &[]);
}

#[test]
fn unknown_names() {
    for (condition, message) in [
        ("^active_user >= 1", "unknown metric `active_user`: did you mean `active_users`?"),
        (
            "^zzz >= 1",
            "unknown metric `zzz`: expected `events`, `gauge`, `active_users`, `users_of`, `active_days`, `active_weeks`, \
             `features_used` or `feature_share` … ({METRICS} in all)",
        ),
        ("crm.^active_user >= 1", "unknown metric `active_user`: did you mean `active_users`?"),
        (
            "events(^\"contact.crated\") >= 1",
            "unknown feature `contact.crated`: expected `contact.created`, `deal.updated` or `query.run`; did you mean `contact.created`?",
        ),
        (
            "crm.events(^\"query.run\") >= 1",
            "unknown feature `query.run` of product `crm`: expected `contact.created` or `deal.updated`; it is a feature of `data.hub`",
        ),
        ("^cmr.events(7) >= 1", "unknown product `cmr`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `crm`?"),
        ("^data.events(7) >= 1", "unknown product `data`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `data.hub`?"),
        ("^crm >= 1", "`crm` is a product: expected one of its metrics, as in `crm.active_users`"),
        ("^data.hub >= 1", "`data.hub` is a product: expected one of its metrics, as in `data.hub.active_users`"),
        (
            "features_used(^\"advance\") >= 1",
            "unknown tier `advance`: expected `core`, `main`, `advanced` or `high_value`; did you mean `advanced`?",
        ),
        ("^seat(industry) >= 1", "unknown metric `seat`: did you mean `seats`?"),
        ("crm.complete.^event(7) >= 1", "unknown metric `event`: did you mean `events`?"),
        ("^cmr.complete.events(7) >= 1", "unknown product `cmr`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `crm`?"),
        ("^complete.crm.events(7) >= 1", "`complete` stands after the product: `crm.complete.events`"),
        ("holiday(^\"dee\")", "unknown calendar `dee`: expected `de` or `us`; did you mean `de`?"),
        ("holiday(^\"\")", "unknown calendar ``: expected `de` or `us`"),
    ] {
        check_rule("product", condition, &[message]);
    }
    check_rule(
        "product",
        "true && ^sales-^engagement.events(7) >= 1",
        &[
            "unknown metric `sales`: expected `events`, `gauge`, `active_users`, `users_of`, `active_days`, `active_weeks`, \
             `features_used` or `feature_share` … ({METRICS} in all); a product whose id has a `-` cannot be named in a condition",
            "unknown product `engagement`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `sales-engagement`?",
        ],
    );
}

#[test]
fn arguments() {
    for (condition, message) in [
        ("^usage_change < 0", "`usage_change` needs N: expected `usage_change(N)`"),
        ("^active_weeks() < 0", "`active_weeks` needs W: expected `active_weeks(W)`"),
        ("^gauge > 1", "`gauge` needs a name: expected `gauge(name, N?)`"),
        ("^users_of() > 1", "`users_of` needs a name: expected `users_of(feature, N?)`"),
        ("^seats(7) > 1", "wrong number of arguments: `seats` takes no arguments, found 1"),
        ("^events(\"deal.updated\", 7, 7) > 1", "wrong number of arguments: `events(feature?, N?)` takes at most 2, found 3"),
        ("active_users(^\"deal.updated\") > 1", "N of `active_users(N?)` must be a whole number, 1 to 92"),
        ("active_users(^7.5) > 1", "N of `active_users(N?)` must be a whole number, 1 to 92"),
        ("active_users(^seats) > 1", "N of `active_users(N?)` must be a whole number, 1 to 92"),
        ("events(^industry) > 1", "wrong argument: `events(feature?, N?)` needs a feature's name in quotes or a whole number here"),
        ("events(^7, 7) > 1", "wrong argument: `events(feature?, N?)` needs a feature's name in quotes here"),
        ("gauge(^7) > 1", "wrong argument: `gauge(name, N?)` needs a gauge's name in quotes here"),
        ("gauge(^\"\") > 1", "a gauge's name has 1 to 256 bytes, found 0"),
        ("active_users(^0) > 1", "N of `active_users(N?)` must be 1 to 92, found 0"),
        ("active_users(^-7) > 1", "N of `active_users(N?)` must be 1 to 92, found -7"),
        ("events(^93) > 1", "N of `events(feature?, N?)` must be 1 to 92, found 93"),
        ("events(\"deal.updated\", ^93) > 1", "N of `events(feature?, N?)` must be 1 to 92, found 93"),
        ("users_of(\"deal.updated\", ^93) > 1", "N of `users_of(feature, N?)` must be 1 to 92, found 93"),
        ("complete.events(\"deal.updated\", ^92) > 1", "N of `complete.events(feature?, N?)` must be 1 to 91, found 92"),
        ("crm.complete.active_days(^92) > 1", "N of `complete.active_days(N?)` must be 1 to 91, found 92"),
        ("complete.active_weeks(^14) > 1", "W of `complete.active_weeks(W)` must be 1 to 13, found 14"),
        ("usage_shift(^1) < 0", "N of `usage_shift(N)` must be 2 to 45, found 1"),
        ("usage_shift(^46) < 0", "N of `usage_shift(N)` must be 2 to 45, found 46"),
        ("^usage_shift < 0", "`usage_shift` needs N: expected `usage_shift(N)`"),
        ("complete.^gauge(\"x\") > 0", "`gauge` adds up no days: `complete.` is for metrics of a product over a window"),
        ("complete.^seats > 0", "`seats` adds up no days: `complete.` is for metrics of a product over a window"),
        ("crm.complete.^usage_change(7) < 0", "`usage_change` reads complete days only by itself"),
        ("complete.^holiday(\"de\")", "`holiday` is the account's: `complete.` is for metrics of a product over a window"),
        ("complete.^products_active > 0", "`products_active` is the account's: `complete.` is for metrics of a product over a window"),
        ("^holiday", "`holiday` needs a name: expected `holiday(calendar, N?)`"),
        ("holiday(^7)", "wrong argument: `holiday(calendar, N?)` needs a calendar's name in quotes here"),
        ("holiday(\"de\", ^93)", "N of `holiday(calendar, N?)` must be 1 to 92, found 93"),
        ("holiday(\"de\") ^> 1", "`>` needs two values of one kind: `holiday` is a boolean and `1` is a number"),
        ("usage_change(^46) < 0", "N of `usage_change(N)` must be 1 to 45, found 46"),
        ("frequency_change(^46) < 0", "N of `frequency_change(N)` must be 1 to 45, found 46"),
        ("active_weeks(^14) > 1", "W of `active_weeks(W)` must be 1 to 13, found 14"),
    ] {
        check_rule("product", condition, &[message]);
    }
    let by_default = "`window_days` is 92, and complete days are held up to 91 before D: expected an N of 1 to 91";
    let head = CATALOGUE.replace("version: 1", "version: 1\nwindow_days: 92");
    check(&format!("{head}stages: {{activated: complete.^events(\"deal.updated\") > 1 && events(\"deal.updated\") > 1}}\n"), &[by_default]);
}

/// What is left to feeds that deliver late is held too: of the product that is meant, or of the one that settles latest.
#[test]
fn settle_days_shorten_what_can_be_read() {
    let head =
        CATALOGUE.replace("version: 1", "version: 1\nsettle_days: 2").replace("sales-engagement: {}", "sales-engagement: {settle_days: 7}");
    let rule = |condition: &str| format!("{head}alerts: {{r: {{scope: product, open: {condition}}}}}\n");
    for (condition, messages) in [
        ("crm.complete.events(89) > 1 && crm.usage_change(44) < 0 && crm.events(92) > 1", &[] as &[&str]),
        ("complete.events(84) > 1 && usage_change(42) < 0 && complete.active_weeks(12) > 1", &[]),
        ("crm.complete.events(^90) > 1", &["N of `complete.events(feature?, N?)` must be 1 to 89, less `settle_days`, 2, found 90"]),
        ("crm.usage_shift(^45) > 1", &["N of `usage_shift(N)` must be 2 to 44, less `settle_days`, 2, found 45"]),
        ("complete.events(^85) > 1", &["N of `complete.events(feature?, N?)` must be 1 to 84, less `settle_days`, 7, found 85"]),
        ("usage_change(^43) > 1", &["N of `usage_change(N)` must be 1 to 42, less `settle_days`, 7, found 43"]),
        ("events(^93) > 1", &["N of `events(feature?, N?)` must be 1 to 92, found 93"]),
    ] {
        check(&rule(condition), messages);
    }
}

#[test]
fn whose_metric_it_is() {
    check_rule(
        "account",
        "products_adopted > 1 && ^seats > 1",
        &["`seats` is a product's, and this rule is about the account: name the product, as in `crm.seats`"],
    );
    check_rule("product", "^crm.arr > 1", &["`arr` is the account's, not a product's: write it without `crm`"]);
    for (metric, name) in [
        ("^products_adopted", "products_adopted"),
        ("^breadth", "breadth"),
        ("^stage_days", "stage_days"),
        ("crm.^stage_days", "stage_days"),
        ("^account_stage_days", "account_stage_days"),
        ("^first_product_days", "first_product_days"),
        ("^days_to_second_product", "days_to_second_product"),
    ] {
        let message = format!("a stage condition cannot read `{name}`, which depends on a stage itself");
        check_stage(&format!("active_days >= 1 && {metric} > 1"), &[&message]);
    }
    // In a product's own stages, its own features only.
    check(
        "version: 1\nproducts:\n  a: {features: {x: {}}}\n  b: {features: {y: {}}, adopted: events(^\"x\") > 1 && a.events(\"x\") > 1}\n",
        &["unknown feature `x` of product `b`: expected `y`; it is a feature of `a`"],
    );
}

#[test]
fn kinds_of_values() {
    const PARTS: &str = "a condition is made of metrics, literals, lists, comparisons, `in`, `&& || !` and `+ - * /`";
    let unsupported = |what: &str| format!("{what} is not supported: {PARTS}");
    for (condition, message) in [
        ("^events", "`events` is a number: expected a condition, such as a comparison".to_owned()),
        ("true && ^seats + 1", "the calculation is a number: expected a condition, such as a comparison".to_owned()),
        ("!(^5)", "`5` is a number: expected a condition, such as a comparison".to_owned()),
        ("seats ^== \"5\"", "`==` needs two values of one kind: `seats` is a number and `\"5\"` is a text".to_owned()),
        ("industry ^== 5", "`==` needs two values of one kind: `industry` is a text and `5` is a number".to_owned()),
        ("entitled ^!= 1", "`!=` needs two values of one kind: `entitled` is a boolean and `1` is a number".to_owned()),
        ("industry ^< \"m\"", "`<` compares numbers: `industry` is a text, for which there is `==`, `!=` and `in`".to_owned()),
        ("entitled ^>= true", "`>=` compares numbers: `entitled` is a boolean, for which there is `==`, `!=` and `in`".to_owned()),
        ("1 ^+ industry == 2", "`+` needs numbers: `industry` is a text".to_owned()),
        ("^-industry == 2", "`-` needs a number: `industry` is a text".to_owned()),
        ("events / ^0.0 > 1", "division by zero".to_owned()),
        ("industry in ^\"media\"", "`in` needs a list of literals on its right, such as `[\"a\", \"b\"]`".to_owned()),
        ("industry in ^region", "`in` needs a list of literals on its right, such as `[\"a\", \"b\"]`".to_owned()),
        ("industry in ^[]", "an empty list holds nothing: expected at least one literal".to_owned()),
        ("industry in [\"a\", ^5]", "`industry` is a text, this is a number: `in` needs one kind".to_owned()),
        ("seats in [1, ^events]", "a list holds literals only".to_owned()),
        ("seats == ^[1]", "a list can only stand on the right of `in`".to_owned()),
        ("1 ^< seats < 5", "a condition is not a value: join comparisons with `&&` or `||`, as in `1 <= seats && seats < 5`".to_owned()),
        ("seats > ^99999999999999999999", "the number does not fit: at most 18 digits, and 18 places after the point".to_owned()),
        (
            "seats > ^1000000000000000000",
            "the number `1000000000000000000` does not fit: at most 18 digits, and 18 places after the point".to_owned(),
        ),
        ("seats > ^1e-19", "the number `1e-19` does not fit: at most 18 digits, and 18 places after the point".to_owned()),
        ("seats == ^null", "`null` is not a value: a comparison with a missing metric is unknown, and does not hold".to_owned()),
        ("owner == ^b\"x\"", "bytes are not supported: ".to_owned() + PARTS),
        ("seats ^% 2 == 0", unsupported("`%`")),
        ("entitled ^? true : false", unsupported("`? :`")),
        ("seats^[0] == 1", unsupported("`[…]` after a value")),
        ("seats == ^{1: 2}", unsupported("a map")),
        ("seats == Seats^{n: 2}", unsupported("a message")),
        ("[1, 2].^exists(x, x > seats)", unsupported("the macro `exists`")),
        ("^has(crm.seats)", "the macro `has` is not supported: a missing metric is unknown, not an error".to_owned()),
        ("\"a\".^seats == 1", "`seats` of a value is not supported: before the dot of a metric stands a product's id".to_owned()),
    ] {
        check_rule("product", condition, &[&message]);
    }
}

#[test]
fn syntax() {
    for (condition, message) in [
        ("seats >=^", "not valid CEL: the condition ends where more is expected"),
        ("events(7^", "not valid CEL: `)` is missing at the end"),
        ("events(^", "not valid CEL: the condition ends where more is expected"),
        ("seats ^= 5", "not valid CEL: `=` is not expected here; write `==` to compare"),
        ("entitled ^and true", "not valid CEL: `and` is not expected here; write `&&`"),
        ("seats > 5 ^$", "not valid CEL: `$` is not expected here"),
        ("\"é\" == owner\n  && ^é > 1", "not valid CEL: `é` is not expected here"),
        ("seats >^\u{a0}5", "not valid CEL: an invisible character is not expected here"),
        ("entitled ? true^", "not valid CEL: the condition ends where more is expected"),
        ("^if > 5", "not valid CEL: reserved identifier: if"),
    ] {
        check_rule("product", condition, &[message]);
    }
    let deep = "(".repeat(32);
    check_rule("product", &format!("{deep}^(true{})", ")".repeat(32)), &["brackets are nested more than 32 deep"]);
    check_rule("product", &format!("seats{} ^+ 1 > 1", " + 1".repeat(500)), &["the condition has more than 500 operators"]);
    check_rule("product", &format!("owner == \"{}^x\"", "x".repeat(4086)), &["the condition is longer than 4096 characters"]);
}

#[test]
fn every_problem_of_a_condition_is_told_where_it_is_in_the_file() {
    let messages = ["unknown metric `seat`: did you mean `seats`?", "N of `active_users(N?)` must be 1 to 92, found 0"];
    for condition in [
        "open: ^seat > 1 && active_users(^0) > 1",
        "open: '^seat != 1 && industry != ''x'' && active_users(^0) > 1'",
        "open: \"^seat != 1 && industry != \\\"\\u0078\\\" && active_users(^0) > 1\"",
        "open: |\n      industry != \"ü\" &&\n\n        ^seat > 1 &&\n      active_users(^0) > 1",
        "open: >-\n      industry != \"ü\" &&\n      ^seat > 1\n      && active_users(^0) > 1",
        "open:\n      industry != \"ü\" &&\n      ^seat > 1\n      && active_users(^0) > 1 # seat",
    ] {
        check(&format!("{CATALOGUE}alerts:\n  rule:\n    scope: product\n    {condition}\n"), &messages);
    }
}

#[test]
fn keys_and_their_types() {
    for (fixture, messages) in [
        ("^products: {a: {}}\n", &["missing key `version` in the playbook"] as &[&str]),
        ("^version: 1\n", &["missing key `products` in the playbook"]),
        ("version: ^2\nproducts: {a: }\n", &["`version` must be 1, the only version there is, found the number `2`"]),
        ("version: ^'1'\nproducts: {a: }\n", &["`version` must be 1, the only version there is, found the text `1`"]),
        ("version: 1\nproducts: ^{}\n", &["`products` is empty: expected at least one product"]),
        ("version: 1\nproducts: ^[a]\n", &["`products` must be a mapping, found a list"]),
        ("^- version\n", &["the playbook must be a mapping, found a list"]),
        ("version: 1\n^windw_days: 30\nproducts: {a: }\n", &["unknown key `windw_days` in the playbook: did you mean `window_days`?"]),
        ("version: 1\nwindow_days: ^93\nproducts: {a: }\n", &["`window_days` must be 1 to 92, found the number `93`"]),
        ("version: 1\nwindow_days: ^'30'\nproducts: {a: }\n", &["`window_days` must be a whole number, 1 to 92, found the text `30`"]),
        (
            "version: 1\nmin_active_days: ^93\nsettle_days: ^8\nproducts: {a: {settle_days: ^-1}, b: {settle_days: ^x}}\n",
            &[
                "`min_active_days` must be 0 to 92, found the number `93`",
                "`settle_days` must be 0 to 7, found the number `8`",
                "`settle_days` of product `a` must be 0 to 7, found the number `-1`",
                "`settle_days` of product `b` must be a whole number, 0 to 7, found the text `x`",
            ],
        ),
        (
            "version: 1\nproducts: {^complete: , ^a.complete: , complete.a: {regular_use: ^stage_days > 1}}\n",
            &[
                "a product's id must not end with `complete`, which stands before metrics of complete days",
                "a product's id must not end with `complete`, which stands before metrics of complete days",
                "a stage condition cannot read `stage_days`, which depends on a stage itself",
            ],
        ),
        (
            "version: 1\nproducts:\n  a: {aliases: [^b, c, ^c, ^5, ^''], features: {x: {aliases: [^y, z, b]}, y: {aliases: ^z}, w: {aliases: [^z]}}}\n  \
             b: {aliases: [^c, x]}\n",
            &[
                "the alias `b` of product `a` is itself a product, in line 4: expected a name that stands for nothing else",
                "the alias `c` of product `a` is given twice: first in line 3",
                "an alias of product `a` must be a text (put it in quotes), found the number `5`",
                "an alias of product `a` must have 1 to 256 bytes, found 0",
                "the alias `y` of feature `x` of product `a` is itself a feature of product `a`, in line 3: expected a name that stands for nothing else",
                "`aliases` of feature `y` must be a list of names, such as [old_name], found the text `z`",
                "the alias `z` of feature `w` of product `a` is given twice: first in line 3",
                "the alias `c` of product `b` is given twice: first in line 3",
            ],
        ),
        ("version: 1\nmin_volume: ^0\nproducts: {a: }\n", &["`min_volume` must be 1 to 1000000000, found the number `0`"]),
        ("version: 1\ntime_zone: ^Europe/Berln\nproducts: {a: }\n", &["unknown time zone `Europe/Berln`: did you mean `Europe/Berlin`?"]),
        ("version: 1\ntime_zone: ^5\nproducts: {a: }\n", &["`time_zone` must be a text (put it in quotes), found the number `5`"]),
        (
            "version: 1\nproducts: {a: {^price: 5, name: ^7, features: {x: {tier: ^coer, ^effort: high}, y: {tier: [core, ^core]}}}}\n",
            &[
                "unknown key `price` in product `a`: expected `name`, `aliases`, `features`, `settle_days`, `regular_use`, `adopted`, `proficient` or `integrated`",
                "`name` of product `a` must be a text (put it in quotes), found the number `7`",
                "unknown tier `coer`: expected `core`, `main`, `advanced` or `high_value`; did you mean `core`?",
                "unknown key `effort` in feature `x`: expected `aliases`, `module` or `tier`",
                "the tier `core` is given twice",
            ],
        ),
        (
            "version: 1\nproducts:\n  a: {features: {x: , ^x: }}\n  ^a: {}\n",
            &["`x` is given twice in `features` of product `a`: first in line 3", "`a` is given twice in `products`: first in line 3"],
        ),
        ("version: 1\nproducts: {^7: {}}\n", &["a key of `products` must be a text (put it in quotes), found the number `7`"]),
        ("version: 1\nproducts: {^a/b: {}}\n", &["a product's id must not contain `/`, found `a/b`"]),
        ("version: 1\nproducts: {^'': {}}\n", &["a product's id must have 1 to 256 bytes, found 0"]),
        ("version: 1\nproducts: {a: {adopted: ^[true]}}\n", &["`adopted` must be a condition, found a list"]),
        (
            "version: 1\nproducts: {a: }\nstages: {^adopted: true, hold_days: ^3651, ladder: ^highst, activated^: , grace_days: ^-1}\n",
            &[
                "unknown key `adopted` in `stages`: expected `hold_days`, `grace_days`, `ladder`, `activated`, `regular_use`, `proficient` or `integrated`",
                "`hold_days` must be 0 to 3650, found the number `3651`",
                "unknown ladder `highst`: expected `cumulative` or `highest`; did you mean `highest`?",
                "the condition is empty: expected a comparison of metrics, such as `events >= 1`",
                "`grace_days` must be 0 to 3650, found the number `-1`",
            ],
        ),
        (
            "version: 1\nproducts: {a: }\nalerts: {r: {scope: account, open: ^!entitled}}\n",
            &["the YAML tag `!entitled` is not supported: put quotes around a text that begins with `!`"],
        ),
    ] {
        check(fixture, messages);
    }
    let long = "x".repeat(257);
    check(&format!("version: 1\nproducts: {{^{long}: }}\n"), &["a product's id must have 1 to 256 bytes, found 257"]);
    let products: String = (0..1001).map(|n| format!("  {}p{n}:\n", if n == 1000 { "^" } else { "" })).collect();
    check(&format!("version: 1\nproducts:\n{products}"), &["more than 1000 products"]);
}

#[test]
fn calendars() {
    for (calendars, messages) in [
        ("^[de]", &["`calendars` must be a mapping, found a list"] as &[&str]),
        ("{^'': []}", &["a calendar's name must have 1 to 256 bytes, found 0"]),
        ("{de^: }", &["calendar `de` must be a list of periods, found nothing"]),
        ("{de: ^{from: 2026-12-24, to: 2026-12-26}}", &["calendar `de` must be a list of periods, found a mapping"]),
        ("{de: [^{from: 2026-12-24}]}", &["missing key `to` in a period of calendar `de`"]),
        ("{de: [^2026-12-24]}", &["a period of calendar `de` must be a mapping, found the text `2026-12-24`"]),
        (
            "{de: [{from: ^2026-02-30, to: ^24.12.2026}]}",
            &[
                "`from` of a period of calendar `de` must be a date such as 2026-12-24, found the text `2026-02-30`",
                "`to` of a period of calendar `de` must be a date such as 2026-12-24, found the text `24.12.2026`",
            ],
        ),
        (
            "{de: [{from: 2026-12-24, to: ^2026-12-23, ^until: x}]}",
            &[
                "a period of calendar `de` ends before it begins: `to` is 2026-12-23, `from` is 2026-12-24",
                "unknown key `until` in a period of calendar `de`: expected `from` or `to`",
            ],
        ),
    ] {
        check(&format!("version: 1\ncalendars: {calendars}\nproducts: {{a: }}\n"), messages);
    }
    check(
        "version: 1\nproducts: {a: }\nplays: {p: {scope: account, open: 'holiday(^\"de\")'}}\n",
        &["unknown calendar `de`: there is none"],
    );
}

#[test]
fn account_stages() {
    for (stages, messages) in [
        ("^[]", &["`account_stages` is empty: expected at least one stage, from 0"] as &[&str]),
        ("^{a: 0}", &["`account_stages` must be a list, found a mapping"]),
        ("[^{name: a, from: 1}]", &["the first account stage must be `from: 0`, found 1"]),
        ("[{name: a, from: 0}, ^{name: a, from: 2}]", &["the account stage `a` is named twice"]),
        ("[{name: a, from: 0}, {name: b, from: 2}, ^{name: c, from: 2}]", &["account stages must ascend: 2 after 2 of `b`"]),
        ("[^{name: a}]", &["missing key `from` in an account stage"]),
        (
            "[{name: ^1, from: ^x, ^colour: red}]",
            &[
                "`name` of an account stage must be a text (put it in quotes), found the number `1`",
                "`from` of an account stage must be a whole number, 0 to 1000, found the text `x`",
                "unknown key `colour` in an account stage: expected `name`, `from`, `churn_risk`, `priority` or `action`",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}account_stages: {stages}\n"), messages);
    }
}

#[test]
fn rules() {
    for (rules, messages) in [
        (
            "alerts: {^^r: {severity: ^5}}",
            &[
                "missing key `scope` in alert `r`",
                "missing key `open` in alert `r`",
                "`severity` of alert `r` must be a text (put it in quotes), found the number `5`",
            ] as &[&str],
        ),
        (
            "alerts: {r: {scope: ^acount, open: true}}",
            &["unknown scope `acount`: expected `account` or `product`; did you mean `account`?"],
        ),
        ("alerts: {r: {scope^: , open: true}}", &["the scope must be `account` or `product`, found nothing"]),
        (
            "alerts: {r: {scope: account, open: true, due_days: ^5, group: ^x}}",
            &["`due_days` is for plays: alert `r` cannot have it", "`group` is for plays: alert `r` cannot have it"],
        ),
        ("plays: {r: {scope: account, open: true, route: ^owner}}", &["`route` is for alerts: play `r` cannot have it"]),
        ("alerts: {r: {scope: account, open: true, route: ^[owner]}}", &["`route` of alert `r` must be a text, found a list"]),
        (
            "alerts: {r: {scope: account, open: true, for_days: ^-1, cooldown_days: ^1.5, clear_days: ^3651}}",
            &[
                "`for_days` of alert `r` must be 0 to 3650, found the number `-1`",
                "`cooldown_days` of alert `r` must be a whole number, 0 to 3650, found the number `1.5`",
                "`clear_days` of alert `r` must be 0 to 3650, found the number `3651`",
            ],
        ),
        (
            "alerts: {r: {scope: account, ^oepn: true, open: true, ^open: false}}",
            &["unknown key `oepn` in alert `r`: did you mean `open`?", "`open` is given twice in alert `r`: first in line 9"],
        ),
        ("alerts: {r: {scope: account, open: true}, ^r: {}}", &["`r` is given twice in `alerts`: first in line 9"]),
        (
            "alerts: {r: {scope: account, open: ^events > 1}}\nplays: {^r: {scope: account, open: true}, ^a/b: {scope: account, open: true}}",
            &[
                "`events` is a product's, and this rule is about the account: name the product, as in `crm.events`",
                "`r` is an alert already: alerts and plays share one name space",
                "a rule's id must not contain `/`, found `a/b`",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}{rules}\n"), messages);
    }
}

#[test]
fn problems_of_all_sections_are_told_in_the_order_of_the_file() {
    check(
        "version: ^3\nwindow_days: ^0\nproducts:\n  a: {adopted: ^event > 1}\nstages: {regular_use: active_days(^0) > 1}\n\
         account_stages: [^{name: x, from: 3}]\nplays: {p: {scope: product, open: seats ^> \"1\"}}\n",
        &[
            "`version` must be 1, the only version there is, found the number `3`",
            "`window_days` must be 1 to 92, found the number `0`",
            "unknown metric `event`: did you mean `events`?",
            "N of `active_days(N?)` must be 1 to 92, found 0",
            "the first account stage must be `from: 0`, found 3",
            "`>` needs two values of one kind: `seats` is a number and `\"1\"` is a text",
        ],
    );
}
