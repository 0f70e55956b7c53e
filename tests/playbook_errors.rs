//! What a rule owner is told: fixtures with a `^` wherever a problem is expected, and the messages in the same order.
//!
//! The `^` is taken out before loading, so it stands before the character at which the problem is reported; `^^` is two problems.

mod carets;

use std::collections::HashSet;

use adoption_tracker::engine::metric::METRICS;
use adoption_tracker::playbook::{FUNCTIONS, Playbook};

/// How many names conditions have, measures left out.
fn names() -> usize {
    METRICS.iter().map(|def| def.signature.name).chain(FUNCTIONS.iter().map(|function| function.name)).collect::<HashSet<_>>().len()
}

/// Checks that loading tells exactly these problems, at the carets. `{NAMES}` in a message is the number of names, measures left out.
#[track_caller]
fn check(fixture: &str, messages: &[&str]) {
    let messages: Vec<String> = messages.iter().map(|message| message.replace("{NAMES}", &names().to_string())).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    carets::check("p.yaml", fixture, &messages, |yaml| match Playbook::load("p.yaml", yaml) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    });
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
             `features_used` or `feature_share` … ({NAMES} in all)",
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
             `features_used` or `feature_share` … ({NAMES} in all); a product whose id has a `-` cannot be named in a condition",
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
        &["`seats` is a product's, and this is about the account: name the product, as in `crm.seats`"],
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
    const PARTS: &str =
        "a condition is made of metrics, measures, functions, literals, lists, comparisons, `in`, `&& || !`, `? :` and `+ - * /`";
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
        ("seats >=^", "not valid CEL: it ends where more is expected"),
        ("events(7^", "not valid CEL: `)` is missing at the end"),
        ("events(^", "not valid CEL: it ends where more is expected"),
        ("seats ^= 5", "not valid CEL: `=` is not expected here; write `==` to compare"),
        ("entitled ^and true", "not valid CEL: `and` is not expected here; write `&&`"),
        ("seats > 5 ^$", "not valid CEL: `$` is not expected here"),
        ("\"é\" == owner\n  && ^é > 1", "not valid CEL: `é` is not expected here"),
        ("seats >^\u{a0}5", "not valid CEL: an invisible character is not expected here"),
        ("entitled ? true^", "not valid CEL: it ends where more is expected"),
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
            "version: 1\nproducts: {a: {^prise: 5, name: ^7, features: {x: {tier: ^coer, ^efort: high}, y: {tier: [core, ^core]}}}}\n",
            &[
                "unknown key `prise` in product `a`: did you mean `price`?",
                "`name` of product `a` must be a text (put it in quotes), found the number `7`",
                "unknown tier `coer`: expected `core`, `main`, `advanced` or `high_value`; did you mean `core`?",
                "unknown key `efort` in feature `x`: did you mean `effort`?",
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
        ("^[]", &["`account_stages` is empty: expected a list of stages, the first `from: 0`"] as &[&str]),
        ("^{a: 0}", &["`account_stages` must be a list of stages, the first `from: 0`, found a mapping"]),
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
            &["unknown scope `acount`: expected `account`, `product` or `user`; did you mean `account`?"],
        ),
        ("alerts: {r: {scope^: , open: true}}", &["the scope must be `account`, `product` or `user`, found nothing"]),
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
            "alerts: {r: {scope: account, open: ^seats > 1}}\nplays: {^r: {scope: account, open: true}, ^a/b: {scope: account, open: true}}",
            &[
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "`r` is an alert already: alerts, plays and campaigns share one name space",
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

const MEASURES: &str = "\
measures:
  of_product: {of: product, value: 1 + 2}
  of_account: {of: account, value: 1 + 2}
  of_user: {of: user, value: 1 + 2}
  since: {of: product, value: stage_days}
  many: {of: account, value: products.mean(of_product)}
";

/// The condition as `open` of a rule of a playbook with measures.
#[track_caller]
fn check_measured(scope: &str, condition: &str, messages: &[&str]) {
    check(&format!("{CATALOGUE}{MEASURES}alerts:\n  rule:\n    scope: {scope}\n    open: |-\n      {condition}\n"), messages);
}

#[test]
fn functions_aggregates_and_measures_that_hold_together_are_accepted() {
    for (scope, condition) in [
        ("product", "min(seats, 1) > max(1, 2, events) && mean(seats) > 0 && mean(seats, events, 1) > 0"),
        ("product", "weighted(seats, 1, events / 2, 0.5, 3, 1e2) > 1"),
        ("product", "or(seats, 0) > 1 && or(entitled, false) && or(seats > 1, !entitled) && or(owner, 'x') == \"x\""),
        ("product", "known(seats) && known(entitled) && known(seats > 1) && !known(owner) && known(of_product)"),
        ("product", "(entitled ? seats : events) > 1 && (entitled ? seats > 1 : trialing) && (entitled ? owner : region) == \"x\""),
        ("product", "of_product > 1 && of_product() > 1 && of_account > 1 && account.of_account > 1 && crm.of_product > since"),
        (
            "product",
            "users.count(of_user > 1) > 0 && users.share(of_user > 1, of_user > 0) > 0.5 && users.max(of_user) > users.min(of_user, true)",
        ),
        ("account", "products.mean(seats, entitled) > 1 && products.count(crm.seats > seats) > 1 && products.sum(of_product) > many"),
        ("account", "primary.seats > 1 && primary.of_product > primary.complete.events(7) && users.mean(of_user) > 1"),
        ("user", "of_user > account.of_account && account.employees > 1 && account.many > 1"),
    ] {
        check_measured(scope, condition, &[]);
    }
}

#[test]
fn functions() {
    const NUMBERS: &str = "found 1";
    let wrong = |usage: &str, found: &str| format!("wrong number of arguments: expected `{usage}`, {found}");
    for (condition, message) in [
        ("^min(seats) > 1", wrong("min(a, b, …)", NUMBERS)),
        ("^max() > 1", wrong("max(a, b, …)", "found 0")),
        ("^mean() > 1", wrong("mean(a, b, …)", "found 0")),
        ("^weighted(seats) > 1", wrong("weighted(a, weight, b, weight, …)", NUMBERS)),
        ("^weighted(seats, 1, events) > 1", wrong("weighted(a, weight, b, weight, …)", "found 3")),
        ("^or(seats) > 1", wrong("or(a, b)", NUMBERS)),
        ("^known()", wrong("known(a)", "found 0")),
        ("^known(seats, 1)", wrong("known(a)", "found 2")),
        ("^has_any(owner)", wrong("has_any(list, [\"a\", \"b\"])", NUMBERS)),
        ("max(1, ^owner) > 1", "`max` needs numbers: `owner` is a text".into()),
        ("mean(seats, ^entitled) > 1", "`mean` needs numbers: `entitled` is a boolean".into()),
        ("min(1, ^seats > 1) > 1", "`min` needs numbers: the condition is a boolean".into()),
        ("weighted(^owner, 1) > 1", "`weighted` needs numbers: `owner` is a text".into()),
        ("weighted(seats, ^0) > 1", "a weight of `weighted` is a positive number that is written out, found `0`".into()),
        ("weighted(seats, ^-1) > 1", "a weight of `weighted` is a positive number that is written out, found `-1`".into()),
        ("weighted(1, ^of_product) > 1", "a weight of `weighted` is a positive number that is written out, found `of_product`".into()),
        ("or^(seats, owner) > 1", "`or` needs two numbers, texts or booleans: `seats` is a number and `owner` is a text".into()),
        ("or^(seats > 1, 5)", "`or` needs two numbers, texts or booleans: the condition is a boolean and `5` is a number".into()),
        ("^or(owner, \"x\")", "`or(…)` is a text: expected a condition, such as a comparison".into()),
        ("known(^sets)", "unknown metric `sets`: did you mean `seats`?".into()),
        ("has_any(owner, ^\"a\")", "`has_any` needs a list of texts, such as `[\"a\", \"b\"]`".into()),
        ("^entitled ? seats : 5", "`? :` is a number: expected a condition, such as a comparison".into()),
        ("(^seats ? 1 : 2) > 1", "`seats` is a number: expected a condition, such as a comparison".into()),
        ("(entitled ^? 1 : owner) > 1", "`? :` needs two numbers, texts or booleans: `1` is a number and `owner` is a text".into()),
        ("^min > 1", "`min` is a function: expected `min(a, b, …)`".into()),
        ("crm.^min(1, 2) > 1", "`min` is a function: expected `min(a, b, …)`".into()),
        ("^weigthed(1, 2) > 1", "unknown metric `weigthed`: did you mean `weighted`?".into()),
    ] {
        check_measured("product", condition, &[&message]);
    }
}

#[test]
fn measures_in_conditions() {
    for (condition, message) in [
        ("^of_produkt > 1", "unknown metric `of_produkt`: did you mean `of_product`?"),
        ("^of_product(7) > 1", "`of_product` is a measure, which takes no arguments"),
        ("complete.^of_product > 1", "`of_product` is a measure: `complete.` is for metrics of a product over a window"),
        ("owner ^== of_product", "`==` needs two values of one kind: `owner` is a text and `of_product` is a number"),
        ("entitled && ^of_product", "`of_product` is a number: expected a condition, such as a comparison"),
        ("^crm.of_account > 1", "`of_account` is the account's, not a product's: write it without `crm`"),
        ("^account.of_product > 1", "`of_product` is a product's, not the account's: write it without `account`"),
        ("^account.seats > 1", "`seats` is a product's, not the account's: write it without `account`"),
        ("^of_user > 1", "`of_user` is a user's: expected a figure of the users, such as `users.count(…)`"),
        ("^crm.of_user > 1", "`of_user` is a user's: expected a figure of the users, such as `users.count(…)`"),
        ("^account > 1", "`account` stands before what is read, as in `account.employees`"),
        ("account.^employes > 1", "unknown metric `employes`: did you mean `employees`?"),
    ] {
        check_measured("product", condition, &[message]);
    }
    let by_a_measure = "put it into a measure with `of: account`, and read `account.` and its name";
    for (condition, message) in [
        ("^employees > 1", "`employees` is the account's: write `account.employees`".to_owned()),
        ("^crm.employees > 1", "`employees` is the account's: write `account.employees`".to_owned()),
        ("^of_account > 1", "`of_account` is the account's: write `account.of_account`".to_owned()),
        ("^of_product > 1", format!("`of_product` is a product's, and this is about a user: {by_a_measure}")),
        ("^crm.of_product > 1", format!("`of_product` is a product's, and this is about a user: {by_a_measure}")),
        ("^account.of_user > 1", "`of_user` is a user's, not the account's: write it without `account`".to_owned()),
        ("^crm.of_user > 1", "the measure `of_user` is of the account's user, whatever the product: write it without `crm`".to_owned()),
    ] {
        check_measured("user", condition, &[&message]);
    }
    check_measured(
        "account",
        "^of_product > 1",
        &["`of_product` is a product's, and this is about the account: name the product, as in `crm.of_product`"],
    );
}

/// The condition as `open` of the last alert of a playbook that concludes much.
#[track_caller]
fn check_late(scope: &str, condition: &str, messages: &[&str]) {
    let sections = "\
segments: {s: {when: employees > 1, benchmarks: {b: 2}}, t: {when: 'segment(\"s\")', benchmarks: {c: 1}}}
milestones: {of_account: {of: account, when: arr > 1}, of_product: {of: product, when: seats > 1}}
personas: {reps: {among: key, keeps: active_days > 1}}
plays: {p: {scope: account, open: 'true'}}
alerts:
  a: {scope: account, open: 'true'}
  of_products: {scope: product, open: 'true'}
  of_users: {scope: user, open: 'true'}
";
    check(&format!("{CATALOGUE}{sections}  rule:\n    scope: {scope}\n    open: |-\n      {condition}\n"), messages);
}

#[test]
fn verdicts_are_read_by_what_comes_after_them() {
    const LATER: &str = "stages are judged first, then segments, milestones, alerts and plays, each list from top to bottom, and a verdict is read by \
                         what comes after it";
    for (scope, condition) in [
        (
            "account",
            "segment(\"t\") && milestone(\"of_account\") && crm.milestone(\"of_product\") && primary.days_since_milestone(\"of_product\") > 1",
        ),
        ("account", "alert_open(\"a\") && alert_open(\"of_products\") && alert_open(\"of_users\") && benchmark(\"b\") > benchmark(\"c\")"),
        ("account", "products.count(milestone(\"of_product\")) > 1 && persona(\"reps\") > 0.5"),
        (
            "product",
            "segment(\"s\") && milestone(\"of_product\") && milestone(\"of_account\") && alert_open(\"a\") && alert_open(\"of_products\")",
        ),
        (
            "user",
            "segment(\"s\") && milestone(\"of_account\") && alert_open(\"a\") && alert_open(\"of_users\") && account.benchmark(\"b\") > 1",
        ),
    ] {
        check_late(scope, condition, &[]);
    }
    let later = |id: &str| format!("`{id}` is judged later than what reads it here: {LATER}");
    for (scope, condition, message) in [
        ("account", "alert_open(^\"rule\")", later("rule")),
        ("product", "play_open(^\"p\")", later("p")),
        ("account", "segment(^\"u\")", "unknown segment `u`: expected `s` or `t`".to_owned()),
        ("account", "milestone(^\"of_acount\")", "unknown milestone `of_acount`: expected `of_account` or `of_product`; did you mean `of_account`?".into()),
        (
            "account",
            "alert_open(^\"b\")",
            "unknown alert `b`: expected `a`, `of_products`, `of_users` or `rule`".into(),
        ),
        ("account", "play_open(^\"a\")", "unknown play `a`: expected `p`".into()),
        ("account", "benchmark(^\"d\") > 1", "unknown benchmark `d`: expected `b` or `c`".into()),
        ("account", "persona(^\"rep\") > 1", "unknown persona `rep`: expected `reps`".into()),
        ("account", "segment(^s)", "wrong argument: `segment(id)` needs a segment's id in quotes here".into()),
        ("account", "^segment", "`segment` needs a name: expected `segment(id)`".into()),
        ("product", "^crm.segment(\"s\")", "`segment(\"s\")` is the account's, not a product's: write it without `crm`".into()),
        (
            "product",
            "^crm.milestone(\"of_account\")",
            "`milestone(\"of_account\")` is the account's, not a product's: write it without `crm`".into(),
        ),
        (
            "account",
            "^milestone(\"of_product\")",
            "`milestone(\"of_product\")` is a product's, and this is about the account: name the product, as in `crm.milestone(\"of_product\")`".into(),
        ),
        ("user", "^milestone(\"of_product\")", "`milestone(\"of_product\")` is a product's, and this is about a user".into()),
        ("product", "alert_open(^\"of_users\")", "`of_users` is judged of a user, and this is about a product".into()),
        ("user", "alert_open(^\"of_products\")", "`of_products` is judged of a product, and this is about a user".into()),
        (
            "account",
            "products.count(^milestone(\"of_account\")) > 1",
            "within `products.…` only what is a product's is read, and `milestone` is not".into(),
        ),
        ("user", "^benchmark(\"b\") > 1", "`benchmark` is the account's: write `account.benchmark`".into()),
    ] {
        check_late(scope, condition, &[&message]);
    }
    let judged = |what: &str| format!("{what}: {LATER}");
    let of_plays = |metric: &str| format!("`{metric}` is read by guardrails and campaigns");
    for (sections, messages) in [
        (
            "plays: {p: {scope: account, open: '^open_plays > 1', clear: '^days_since_play(\"expansion\") > 3', group: expansion, guards: [g]}}\n\
             alerts: {a: {scope: product, open: '^open_plays > 1'}}\n\
             guardrails: {g: {holds_back: 'open_plays(\"expansion\") >= 2 || days_since_play(\"expansion\") < 14 || open_plays > 5'}, \
             of: {of: product, holds_back: 'days_since_play() < 3'}, \
             h: {holds_back: 'open_plays(^\"expanion\") > 1 || days_since_play(^rescue) > 1 || ^open_plays(\"expansion\", 3) > 1'}}\n\
             campaigns: {c: {open: 'account.open_plays == 0', goal: 'account.days_since_play(\"expansion\") > 7 && ^open_plays > 1'}}",
            &[
                &*of_plays("open_plays"),
                &of_plays("days_since_play"),
                &of_plays("open_plays"),
                "unknown group of plays `expanion`: expected `expansion`",
                "wrong argument: `days_since_play(group?)` needs a group of plays in quotes here",
                "wrong number of arguments: `open_plays(group?)` takes at most 1, found 2",
                "`open_plays` is the account's: write `account.open_plays`",
            ] as &[&str],
        ),
        (
            "segments: {a: {when: 'segment(^\"a\") || segment(^\"b\") || benchmark(^\"x\") > 1 || milestone(^\"m\")'}, \
             b: {when: 'segment(\"a\")', benchmarks: {x: 1}}}\nmilestones: {m: {of: account, when: 'segment(\"b\") && benchmark(\"x\") > 1'}}",
            &[&*later("a"), &later("b"), &judged("the benchmark `x` is known once the segments that name it are judged"), &later("m")],
        ),
        (
            "segments: {s: {when: arr > 1}}\nmeasures: {m: {of: account, value: 'segment(^\"s\") ? 1 : 0'}}\nstages: {activated: 'segment(^\"s\")'}",
            &[&later("s"), &later("s")],
        ),
        (
            "alerts: {a: {scope: account, open: 'alert_open(^\"b\")', clear: 'play_open(^\"p\")'}, b: {scope: account, open: 'alert_open(\"a\")'}}\n\
             plays: {p: {scope: account, open: 'alert_open(\"b\")', guards: [g], tokens: {t: 'play_open(\"p\")'}}}\n\
             guardrails: {g: {holds_back: 'play_open(\"p\") || alert_open(\"a\")'}}\n\
             campaigns: {c: {open: 'play_open(\"p\")', goal: '!alert_open(\"b\")'}}\n\
             milestones: {m: {of: account, when: 'alert_open(^\"a\")', useful_if: 'alert_open(\"a\")'}}",
            &[&later("b"), &later("p"), &later("a")],
        ),
    ] {
        check(&format!("{CATALOGUE}{sections}\n"), messages);
    }
}

#[test]
fn users_and_lists() {
    let by_a_measure = "put it into a measure with `of: account`, and read `account.` and its name";
    for (scope, condition, message) in [
        ("product", "^nps_score > 1", "`nps_score` is a user's: expected a figure of the users, such as `users.count(…)`".to_owned()),
        ("account", "^level == \"x\"", "`level` is a user's: expected a figure of the users, such as `users.count(…)`".into()),
        ("user", "^login_rate > 1", "`login_rate` is the account's: write `account.login_rate`".into()),
        ("user", "^seats > 1", format!("`seats` is a product's, and this is about a user: {by_a_measure}")),
        ("user", "^account.key", "`key` is a user's, not the account's: write it without `account`".into()),
        ("user", "used(^\"deal.updated\")", "a feature is a product's: name the product, as in `crm.used(\"deal.updated\")`".into()),
        (
            "user",
            "crm.used(^\"query.run\")",
            "unknown feature `query.run` of product `crm`: expected `contact.created` or `deal.updated`; it is a feature of `data.hub`"
                .into(),
        ),
        ("user", "crm.used(\"deal.updated\", ^93)", "N of `used(feature, N?)` must be 1 to 92, found 93".into()),
        ("user", "complete.^active_days(7) > 1", "`active_days` is a user's: `complete.` is for metrics of a product over a window".into()),
        (
            "account",
            "users.count(used(^\"deal.updated\")) > 1",
            "a feature is a product's: name the product, as in `crm.used(\"deal.updated\")`".into(),
        ),
        (
            "product",
            "users.count(used(^\"query.rum\")) > 1",
            "unknown feature `query.rum`: expected `contact.created`, `deal.updated` or `query.run`; did you mean `query.run`?".into(),
        ),
        ("account", "has_any(^owner, [\"a\"])", "`has_any` needs a list: `owner` is a text: expected `addons` or `use_cases`".into()),
        ("account", "has_any(use_cases, ^[\"a\", 5])", "`has_any` looks for texts: `5` is none".into()),
        ("account", "has_any(use_cases, ^[])", "an empty list holds nothing: expected at least one literal".into()),
        ("product", "has_any(addons, [^seats])", "a list holds literals only".into()),
        ("account", "use_cases ^== \"a\"", "`==` needs two values of one kind: `use_cases` is a list and `\"a\"` is a text".into()),
        ("account", "use_cases ^!= use_cases", "`!=` compares no lists: expected `has_any(use_cases, [\"…\"])`".into()),
        ("account", "^use_cases in [\"a\"]", "`use_cases` is a list: expected `has_any(use_cases, [\"…\"])`".into()),
        ("account", "^use_cases", "`use_cases` is a list: expected a condition, such as a comparison".into()),
        (
            "account",
            "or^(use_cases, use_cases)",
            "`or` needs two numbers, texts or booleans: `use_cases` is a list and `use_cases` is a list".into(),
        ),
        ("account", "health(^\"x\") > 1", "unknown kind `x` of `health`: expected `relationship`, `service` or `financial`".into()),
        (
            "account",
            "health(^7) > 1",
            "wrong argument: `health(part)` needs `relationship`, `service` or `financial` in quotes here".into(),
        ),
        ("product", "feature_change(^7) > 1", "wrong argument: `feature_change(feature, N)` needs a feature's name in quotes here".into()),
    ] {
        check_rule(scope, condition, &[&message]);
    }
}

#[test]
fn aggregates_and_the_primary_product() {
    let by_a_measure = "put it into a measure with `of: account`, and read `account.` and its name";
    let within =
        |over: &str, subject: &str, name: &str| format!("within `{over}.…` only what is a {subject}'s is read, and `{name}` is not");
    for (scope, condition, message) in [
        ("product", "users.^count() > 1", "wrong number of arguments: expected `users.count(condition)`, found 0".to_owned()),
        ("product", "users.^count(true, true) > 1", "wrong number of arguments: expected `users.count(condition)`, found 2".into()),
        (
            "product",
            "users.^share(true, true, true) > 1",
            "wrong number of arguments: expected `users.share(condition, among?)`, found 3".into(),
        ),
        ("product", "users.^sum(of_user) > 1", "unknown figure of `users` `sum`: expected `count`, `share`, `mean`, `min` or `max`".into()),
        (
            "account",
            "products.^median(seats) > 1",
            "unknown figure of `products` `median`: expected `count`, `share`, `mean`, `min`, `max` or `sum`; did you mean `mean`?".into(),
        ),
        ("product", "users.count(^of_user) > 1", "`of_user` is a number: expected a condition, such as a comparison".into()),
        ("product", "users.mean(^of_user > 1) > 1", "`users.mean` needs numbers: the condition is a boolean".into()),
        ("product", "users.mean(of_user, ^1) > 1", "`1` is a number: expected a condition, such as a comparison".into()),
        ("product", "^users.count(true)", "`users.count(…)` is a number: expected a condition, such as a comparison".into()),
        ("product", "users.^count > 1", "a figure of `users` is called: expected `users.count(condition)`".into()),
        ("product", "users.^of_user > 1", "unknown figure of `users` `of_user`: expected `count`, `share`, `mean`, `min` or `max`".into()),
        ("product", "^users > 1", "`users` stands before what is read, as in `users.count(…)`".into()),
        ("product", "users.mean(^seats) > 1", within("users", "user", "seats")),
        ("product", "users.mean(^employees) > 1", within("users", "user", "employees")),
        ("product", "users.mean(^account.employees) > 1", within("users", "user", "employees")),
        ("product", "users.mean(^of_account) > 1", within("users", "user", "of_account")),
        ("account", "products.count(^employees > 1) > 1", within("products", "product", "employees")),
        ("account", "products.sum(^of_account) > 1", within("products", "product", "of_account")),
        ("account", "products.sum(^account.of_account) > 1", within("products", "product", "of_account")),
        ("account", "products.mean(^primary.seats) > 1", within("products", "product", "seats")),
        (
            "account",
            "users.mean(^crm.of_user) > 1",
            "the measure `of_user` is of the account's user, whatever the product: write it without `crm`".into(),
        ),
        (
            "product",
            "users.count(^users.count(true) > 1) > 1",
            "no aggregate stands within an aggregate: put `users.…` into a measure, and read that".into(),
        ),
        (
            "account",
            "products.count(^products.count(true) > 1) > 1",
            "no aggregate stands within an aggregate: put `products.…` into a measure, and read that".into(),
        ),
        ("product", "^products.count(entitled) > 1", format!("`products` are read of the account: {by_a_measure}")),
        ("user", "^products.count(entitled) > 1", format!("`products` are read of the account: {by_a_measure}")),
        ("user", "^users.count(true) > 1", format!("`users` are read of the account: {by_a_measure}")),
        ("product", "^primary.seats > 1", format!("`primary.` is read of the account: {by_a_measure}")),
        ("user", "^primary.seats > 1", format!("`primary.` is read of the account: {by_a_measure}")),
        ("account", "^primary.employees > 1", "`employees` is the account's, not a product's: write it without `primary`".into()),
        ("account", "primary.^seat > 1", "unknown metric `seat`: did you mean `seats`?".into()),
        ("account", "^primary.crm.seats > 1", "unknown product `primary.crm`: expected `crm`, `data.hub` or `sales-engagement`".into()),
        ("account", "^primary > 1", "`primary` stands before what is read, as in `primary.seats`".into()),
    ] {
        check_measured(scope, condition, &[&message]);
    }
}

/// Stages are judged with each event, and before all else.
#[test]
fn what_stages_and_the_catalogue_may_not_read() {
    for (condition, message) in [
        ("^users.count(true) > 1", "a stage condition cannot read `users.…`: stages are judged with each event"),
        ("^products.count(true) > 1", "a stage condition cannot read `products.…`: stages are judged with each event"),
        ("^primary.seats > 1", "a stage condition cannot read `primary.…`, which depends on a stage itself"),
        ("^since > 1", "a stage condition cannot read the measure `since`, which depends on a stage itself"),
        (
            "^many > 1",
            "a stage condition cannot read the measure `many`, which reads many users or products: stages are judged with each event",
        ),
        (
            "account.^many > 1",
            "a stage condition cannot read the measure `many`, which reads many users or products: stages are judged with each event",
        ),
    ] {
        check(&format!("{CATALOGUE}{MEASURES}stages: {{proficient: {condition}}}\n"), &[message]);
    }
    check(&format!("{CATALOGUE}{MEASURES}stages: {{proficient: of_product > 1 && account.of_account > 1}}\n"), &[]);
    check(
        "version: 1\nmeasures: {a: {of: account, value: breadth}, b: {of: account, value: a}}\n\
         products: {x: {fit: ^b > 1 && ^breadth > 1, proficient: ^a > 1}, y: }\n\
         synergies: {s: {products: [x, y], by: ^a > 1 || ^primary.seats > 1}}\n\
         personas: {p: {among: account.^b > 1, keeps: account.^breadth > 1}}\n",
        &[
            "`fit` of product `x` cannot read the measure `b`, which depends on a stage",
            "`fit` of product `x` cannot read `breadth`, which depends on a stage",
            "a stage condition cannot read the measure `a`, which depends on a stage itself",
            "the synergy `s` cannot read the measure `a`, which depends on a stage",
            "the synergy `s` cannot read `primary`, which depends on a stage",
            "the persona `p` cannot read the measure `b`, which depends on a stage",
            "the persona `p` cannot read `breadth`, which depends on a stage",
        ],
    );
}

#[test]
fn what_depends_on_itself() {
    for (measures, messages) in [
        ("{a: {of: account, value: ^a + 1}}", &["the measure `a` depends on itself: it cannot be computed"] as &[&str]),
        (
            "{a: {of: account, value: arr + d + ^b}, b: {of: account, value: c}, c: {of: account, value: a}, d: {of: account, value: 1 + 1}}",
            &["the measure `a` depends on itself, through the measure `b`, then the measure `c`: it cannot be computed"],
        ),
        (
            "{a: {of: account, value: b + ^a}, b: {of: account, value: products.mean(^c)}, c: {of: product, value: account.b}}",
            &[
                "the measure `a` depends on itself: it cannot be computed",
                "the measure `b` depends on itself, through the measure `c`: it cannot be computed",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}measures: {measures}\n"), messages);
    }
}

#[test]
fn measures() {
    const NAME: &str = "a measure's id is a name in conditions: expected letters, digits and `_`, no digit first, found";
    let named = |id: &str| format!("{NAME} `{id}`");
    let fixtures: [(&str, &[&str]); 6] = [
        (
            "{^events: {of: account, value: 1 + 1}, ^min: {of: account, value: 1 + 1}, ^users: {of: account, value: 1 + 1}, crm: {of: user, value: 5}}",
            &[
                "`events` is a metric already: a measure needs a name of its own",
                "`min` is a function already: a measure needs a name of its own",
                "`users` has a meaning in conditions already: a measure needs a name of its own",
            ],
        ),
        (
            "{^5a: {of: account, value: 5}, ^a.b: {of: account, value: 5}, ^a-b: {of: account, value: 5}, ^'': {of: account, value: 5}, \
             ^'true': {of: account, value: 5}, ^in: {of: account, value: 5}}",
            &[&named("5a"), &named("a.b"), &named("a-b"), "a measure's id must have 1 to 256 bytes, found 0", &named("true"), &named("in")],
        ),
        (
            "{^^a: {}, b: {of: ^acount, value: ^owner}, c: {of: account, value: ^seats}, d: {of: account, value: ^arr > 1}, e: {of: account, value: ^[1]}, \
             f: ^5, g: {of: account, value^: }, h: {of: user, value: 5, bands: ^[{name: a, from: 0}]}}",
            &[
                "missing key `of` in measure `a`",
                "missing key `value` in measure `a`",
                "unknown subject `acount`: expected `account`, `product` or `user`; did you mean `account`?",
                "expected a number: `owner` is a text",
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "expected a number: the condition is a boolean",
                "`value` must be an expression that is a number, found a list",
                "measure `f` must be a mapping, found the number `5`",
                "the expression is empty: expected a metric or a calculation, such as `events / seats`",
                "bands are of accounts and products: measure `h` is of users",
            ],
        ),
        (
            "{a: {of: account, value: 5, range: ^5}, b: {of: account, value: 5, range: ^[1]}, c: {of: account, value: 5, range: ^[1, 1]}, \
             d: {of: account, value: 5, range: [^x, 1]}}",
            &[
                "`range` of measure `a` must be a list of two numbers, found the number `5`",
                "`range` of measure `b` must have two numbers, found 1",
                "`range` of measure `c` must ascend, found 1 to 1",
                "an end of `range` of measure `d` must be a number of at most 18 digits, found the text `x`",
            ],
        ),
        (
            "{a: {of: account, value: 5, bands: ^{a: 0}}, b: {of: account, value: 5, bands: ^[]}, \
             c: {of: account, value: 5, bands: [{name: a, from: 5}, ^^{name: a, from: -1}, ^{name: b}, ^5, {name: c, from: ^'9', ^to: 1}]}}",
            &[
                "`bands` of measure `a` must be a list of bands such as `{name: poor, from: 0}`, found a mapping",
                "`bands` of measure `b` is empty: expected a list of bands such as `{name: poor, from: 0}`",
                "the band `a` of measure `c` is named twice",
                "bands must ascend: -1 after 5 of `a`",
                "missing key `from` in a band of measure `c`",
                "a band of measure `c` must be a mapping, found the number `5`",
                "`from` of a band of measure `c` must be a number of at most 18 digits, found the text `9`",
                "unknown key `to` in a band of measure `c`: expected `name` or `from`",
            ],
        ),
        ("{a: {of: account, value: 5}, ^a: {of: account, value: 5}}", &["`a` is given twice in `measures`: first in line 9"]),
    ];
    for (measures, messages) in fixtures {
        check(&format!("{CATALOGUE}measures: {measures}\n"), messages);
    }
}

#[test]
fn segments_milestones_and_personas() {
    for (sections, messages) in [
        (
            "segments: {^s: {}, t: {when: ^seats > 1, for_days: ^-1, clear_days: ^x, judge: ^weekly, benchmarks: ^[a]}, ^u/v: {when: ^arr}, \
             w: {when: 'true', benchmarks: {a: ^x, ^'': 1}}}",
            &[
                "missing key `when` in segment `s`",
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "`for_days` of segment `t` must be 0 to 3650, found the number `-1`",
                "`clear_days` of segment `t` must be a whole number, 0 to 3650, found the text `x`",
                "unknown pace `weekly`: expected `live` or `daily`",
                "`benchmarks` of segment `t` must be a mapping, found a list",
                "a segment's id must not contain `/`, found `u/v`",
                "`arr` is a number: expected a condition, such as a comparison",
                "the benchmark `a` of segment `w` must be a number of at most 18 digits, found the text `x`",
                "a benchmark's name must have 1 to 256 bytes, found 0",
            ] as &[&str],
        ),
        (
            "milestones: {^^m: {}, n: {of: ^user, when: 'true'}, o: {of: account, when: ^seats > 1, products: ^[crm]}, q: {of: product, products: ^[], when: 'true'}, \
             p: {of: product, when: seats > 1, products: [^cmr, crm, ^crm], useful_if: ^seats, judge: ^1}}",
            &[
                "missing key `of` in milestone `m`",
                "missing key `when` in milestone `m`",
                "unknown subject `user`: expected `account` or `product`",
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "`products` chooses among products: milestone `o` is about the account",
                "`products` of milestone `q` is empty: expected a list of products",
                "unknown product `cmr`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `crm`?",
                "the product `crm` is given twice in `products` of milestone `p`",
                "`seats` is a number: expected a condition, such as a comparison",
                "the pace must be `live` or `daily`, found the number `1`",
            ],
        ),
        (
            "personas: {^^p: {}, q: {among: ^employees > 1, keeps: ^account.arr}, ^'': {among: 'true', keeps: 'true', ^of: account}}",
            &[
                "missing key `among` in persona `p`",
                "missing key `keeps` in persona `p`",
                "`employees` is the account's: write `account.employees`",
                "`arr` is a number: expected a condition, such as a comparison",
                "a persona's id must have 1 to 256 bytes, found 0",
                "unknown key `of` in persona ``: expected `among` or `keeps`",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}{sections}\n"), messages);
    }
}

/// What is read of a product's features, and how far back, is that of the products that are chosen.
#[test]
fn products_of_a_rule() {
    for (rules, messages) in [
        (
            "{a: {scope: account, open: 'true', products: ^[crm], absent: ^true, gone: ^true}, b: {scope: product, open: 'true', gone: ^true, absent: ^yes}, \
             c: {scope: user, open: 'true', absent: ^false, products: ^crm, judge: ^[x]}}",
            &[
                "`products` chooses among products: alert `a` is about the account",
                "`absent` is for rules of products: alert `a` has `scope: account`",
                "`gone` is for rules of users: alert `a` has `scope: account`",
                "`gone` is for rules of users: alert `b` has `scope: product`",
                "unknown boolean `yes`: expected `true` or `false`",
                "`absent` is for rules of products: alert `c` has `scope: user`",
                "`products` chooses among products: alert `c` is about a user",
                "the pace must be `live` or `daily`, found a list",
            ] as &[&str],
        ),
        (
            "{a: {scope: product, products: [data.hub], open: events(^\"deal.updated\") > 1 && events(\"query.run\") > 1}, \
             b: {scope: product, products: [crm, data.hub], open: events(\"deal.updated\") > 1 && events(^\"query.rum\") > 1}}",
            &[
                "unknown feature `deal.updated` of product `data.hub`: expected `query.run`; it is a feature of `crm`",
                "unknown feature `query.rum`: expected `contact.created`, `deal.updated` or `query.run`; did you mean `query.run`?",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}alerts: {rules}\n"), messages);
    }
    let slow = CATALOGUE.replace("sales-engagement: {}", "sales-engagement: {settle_days: 7}");
    check(&format!("{slow}alerts: {{a: {{scope: product, products: [crm], open: complete.events(91) > 1}}}}\n"), &[]);
    check(
        &format!("{slow}alerts: {{a: {{scope: product, open: complete.events(^91) > 1}}}}\n"),
        &["N of `complete.events(feature?, N?)` must be 1 to 84, less `settle_days`, 7, found 91"],
    );
}

#[test]
fn prices_and_values() {
    for (products, messages) in [
        ("{a: {price: ^5}}", &["`price` of product `a` must be a mapping, found the number `5`"] as &[&str]),
        (
            "{a: {price: ^{per_seat: 5, flat: 6, currency: USD}}, b: {price: ^{currency: ^usd}}}",
            &[
                "`price` of product `a` is either `per_seat` or `flat`: expected one of them",
                "`price` of product `b` is either `per_seat` or `flat`: expected one of them",
                "`currency` of `price` of product `b` must be a code of three letters such as `USD`, found `usd`",
            ],
        ),
        (
            "{a: {price: ^{flat: ^-1}}, b: {price: {flat: ^'5', currency: EUR}}, c: {price: {per_seat: ^1e10, currency: EUR}}, \
             d: {price: {per_seat: ^0.0000001, currency: EUR}}}",
            &[
                "missing key `currency` in `price` of product `a`",
                "`flat` of `price` of product `a` must be 0 to 1000000000, found the number `-1`",
                "`flat` of `price` of product `b` must be a number of at most 18 digits, found the text `5`",
                "`per_seat` of `price` of product `c` must be 0 to 1000000000, found the number `1e10`",
                "`per_seat` of `price` of product `d` must be a number with at most 6 places after the point, found the number `0.0000001`",
            ],
        ),
        (
            "{a: {problem: ^''}, b: {problem: ^5}}",
            &[
                "`problem` of product `a` must have 1 to 4096 bytes, found 0",
                "`problem` of product `b` must be a text (put it in quotes), found the number `5`",
            ],
        ),
        (
            "{a: {features: {x: {value: ^5}, y: {value: {amount: ^x, hours: ^-1, ^minutes: 5}}, z: {impact: ^hihg, effort: ^1}, \
             w: {name: ^5, recommendation: ^[]}}}}",
            &[
                "`value` of feature `x` must be a mapping, found the number `5`",
                "`amount` of `value` of feature `y` must be a number of at most 18 digits, found the text `x`",
                "`hours` of `value` of feature `y` must be 0 to 1000000000, found the number `-1`",
                "unknown key `minutes` in `value` of feature `y`: expected `amount` or `hours`",
                "unknown impact `hihg`: expected `high`, `medium` or `low`; did you mean `high`?",
                "the effort must be `high`, `medium` or `low`, found the number `1`",
                "`name` of feature `w` must be a text (put it in quotes), found the number `5`",
                "`recommendation` of feature `w` must be a text, found a list",
            ],
        ),
        (
            "{a: {features: {v: {effective: ^5}, w: {effective: ^{days: 15, of: 14}}, x: {effective: ^{of: 1}}, y: {effective: {days: ^0, of: ^93}}}}}",
            &[
                "`effective` of feature `v` must be a mapping, found the number `5`",
                "`effective` of feature `w` asks for more days than it looks at: expected `days` of at most `of`, found 15 of 14",
                "`effective` of feature `x` asks for more days than it looks at: expected `days` of at most `of`, found 2 of 1",
                "`days` of `effective` of feature `y` must be 1 to 92, found the number `0`",
                "`of` of `effective` of feature `y` must be 1 to 92, found the number `93`",
            ],
        ),
        (
            "{^account: , ^primary: , ^users: , ^products: }",
            &["account", "primary", "users", "products"]
                .map(|id| &*format!("a product's id must not be `{id}`, which has a meaning of its own in conditions").leak()),
        ),
    ] {
        check(&format!("version: 1\nproducts: {products}\n"), messages);
    }
}

#[test]
fn how_products_belong_together() {
    for (sections, messages) in [
        ("integrations: ^{}", &["`integrations` must be a list of connections such as `{from: a, to: b}`, found a mapping"] as &[&str]),
        ("integrations: ^[]", &["`integrations` is empty: expected a list of connections such as `{from: a, to: b}`"]),
        (
            "integrations: [^{from: crm}, ^{from: crm, to: crm}, {from: ^cmr, to: data.hub}, {from: crm, to: data.hub}, ^{from: crm, to: data.hub}, ^crm]",
            &[
                "missing key `to` in an integration",
                "an integration is between two products: `crm` stands for both",
                "unknown product `cmr`: expected `crm`, `data.hub` or `sales-engagement`; did you mean `crm`?",
                "the integration from `crm` to `data.hub` is given twice",
                "an integration must be a mapping, found the text `crm`",
            ],
        ),
        (
            "workflows: {^w: {}, ^'': {products: ^[]}, v: {products: [crm, ^crm, ^x], label: ^5}, u: {products: ^crm}, a/b: {products: [crm]}, t: ^[crm]}",
            &[
                "missing key `products` in workflow `w`",
                "a workflow's name must have 1 to 256 bytes, found 0",
                "`products` of workflow `` is empty: expected a list of products",
                "the product `crm` is given twice in `products` of workflow `v`",
                "unknown product `x`: expected `crm`, `data.hub` or `sales-engagement`",
                "`label` of workflow `v` must be a text (put it in quotes), found the number `5`",
                "`products` of workflow `u` must be a list of products, found the text `crm`",
                "workflow `t` must be a mapping, found a list",
            ],
        ),
        (
            "synergies: {s: {products: ^[crm], by: true, value: ^-5, effort: ^5}, t: {products: [crm, data.hub], by: ^seats > 1, ^val: 1}, ^^u/v: {products: [crm, data.hub, ^crm]}}",
            &[
                "`products` of synergy `s` must be two or three, found 1",
                "`value` of synergy `s` must be 0 to 1000000000, found the number `-5`",
                "the effort must be `high`, `medium` or `low`, found the number `5`",
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "unknown key `val` in synergy `t`: expected `products`, `by`, `value` or `effort`; did you mean `value`?",
                "a synergy's id must not contain `/`, found `u/v`",
                "missing key `by` in synergy `u/v`",
                "the product `crm` is given twice in `products` of synergy `u/v`",
            ],
        ),
        (
            "paths: {p: {products: [crm], retention: ^1.5}, ^q: {retention: ^x}, r: ^crm}",
            &[
                "`retention` of path `p` must be 0 to 1, found the number `1.5`",
                "missing key `products` in path `q`",
                "`retention` of path `q` must be a number of at most 18 digits, found the text `x`",
                "path `r` must be a mapping, found the text `crm`",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}{sections}\n"), messages);
    }
}

#[test]
fn guardrails_and_guards() {
    const GUARDRAILS: &str = "guardrails: {g: {holds_back: 'false'}, h: {of: product, holds_back: seats > 1}}\n";
    let guardrails = "{^g: {}, h: {of: ^user, holds_back: 'true', reason: ^5}, ^a/b: ^[x], c: {holds_back: ^seats > 1}, d: {of: product, holds_back: ^seats}}";
    let messages = [
        "missing key `holds_back` in guardrail `g`",
        "unknown subject `user`: expected `account` or `product`",
        "`reason` of guardrail `h` must be a text (put it in quotes), found the number `5`",
        "a guardrail's id must not contain `/`, found `a/b`",
        "guardrail `a/b` must be a mapping, found a list",
        "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
        "`seats` is a number: expected a condition, such as a comparison",
    ];
    check(&format!("{CATALOGUE}guardrails: {guardrails}\n"), &messages);
    for (play, messages) in [
        ("scope: product, open: 'true', guards: [h, g]", &[] as &[&str]),
        ("scope: account, open: 'true', guards: []", &[]),
        (
            "scope: account, open: 'true', guards: [g, ^g, ^h, ^i]",
            &[
                "the guardrail `g` of play `p` is given twice",
                "the guardrail `h` is of products, and play `p` is about the account: expected `g`",
                "unknown guardrail `i`: expected `g` or `h`",
            ],
        ),
        (
            "scope: user, open: 'true', guards: [^h, ^5]",
            &[
                "the guardrail `h` is of products, and play `p` is about a user: expected `g`",
                "the guardrail must be `g` or `h`, found the number `5`",
            ],
        ),
        ("scope: user, open: 'true', guards: ^g", &["`guards` of play `p` must be a list of guardrails, found the text `g`"]),
    ] {
        check(&format!("{CATALOGUE}{GUARDRAILS}plays: {{p: {{{play}}}}}\n"), messages);
    }
    check(&format!("{CATALOGUE}plays: {{p: {{scope: user, open: 'true', guards: [^h]}}}}\n"), &["unknown guardrail `h`: there is none"]);
}

#[test]
fn what_plays_alone_have() {
    let alert = "{scope: account, open: 'true', tasks: ^[], tokens: ^{}, with: ^champions, outcome: ^x, guards: ^[], holdout: ^0.1}";
    let for_plays =
        ["tasks", "tokens", "with", "outcome", "guards", "holdout"].map(|key| format!("`{key}` is for plays: alert `p` cannot have it"));
    check(&format!("{CATALOGUE}alerts: {{p: {alert}}}\n"), &for_plays.each_ref().map(String::as_str));
    for (fields, messages) in [
        ("with: champions, holdout: 0.5, tasks: [], tokens: {}", &[] as &[&str]),
        (
            "with: ^users, holdout: ^0.6",
            &["unknown kind of users `users`: expected `champions`", "`holdout` of play `p` must be 0 to 0.5, found the number `0.6`"],
        ),
        (
            "with: ^[champions], holdout: ^'0.1'",
            &[
                "the kind of users must be `champions`, found a list",
                "`holdout` of play `p` must be a number of at most 18 digits, found the text `0.1`",
            ],
        ),
        ("tasks: ^{}", &["`tasks` of play `p` must be a list of tasks such as `{id: call, title: Call them}`, found a mapping"]),
        (
            "tasks: [^^{}, ^x, {id: a, title: A, ^due: 5}, {id: a, title: ^5, assignee: ^[x], doc: ^'', due_days: ^-1}, ^{id: a, title: B}]",
            &[
                "missing key `id` in a task of play `p`",
                "missing key `title` in a task of play `p`",
                "a task of play `p` must be a mapping, found the text `x`",
                "unknown key `due` in a task of play `p`: expected `id`, `title`, `assignee`, `doc` or `due_days`; did you mean `due_days`?",
                "`title` of a task of play `p` must be a text (put it in quotes), found the number `5`",
                "`assignee` of a task of play `p` must be a text, found a list",
                "`doc` of a task of play `p` must have 1 to 4096 bytes, found 0",
                "`due_days` of a task of play `p` must be 0 to 3650, found the number `-1`",
                "the task `a` of play `p` is named twice",
            ],
        ),
        (
            "outcome: ^^^^{}",
            &[
                "missing key `metric` in `outcome` of play `p`",
                "missing key `days` in `outcome` of play `p`",
                "missing key `better` in `outcome` of play `p`",
                "missing key `by` in `outcome` of play `p`",
            ],
        ),
        (
            "outcome: {metric: ^owner, days: [7, ^7, ^0, ^366, ^x], better: ^higher, by: ^0}",
            &[
                "expected a number: `owner` is a text",
                "`days` of `outcome` of play `p` must ascend: 7 after 7",
                "a day of `outcome` of play `p` must be 1 to 365, found the number `0`",
                "a day of `outcome` of play `p` must be 1 to 365, found the number `366`",
                "a day of `outcome` of play `p` must be a whole number, 1 to 365, found the text `x`",
                "unknown direction `higher`: expected `up` or `down`",
                "`by` of `outcome` of play `p` must be above 0, whichever way is better, found 0",
            ],
        ),
        (
            "outcome: {metric: ^employees > 5, days: ^7, better: ^true, by: ^-1}",
            &[
                "expected a number: the condition is a boolean",
                "`days` of `outcome` of play `p` must be a list of numbers of days such as `[7, 14, 30]`, found the number `7`",
                "the direction must be `up` or `down`, found the boolean `true`",
                "`by` of `outcome` of play `p` must be above 0, whichever way is better, found -1",
            ],
        ),
        (
            "outcome: {metric: ^[events], days: ^[], better: up, by: ^x}",
            &[
                "`metric` must be an expression that is a number, found a list",
                "`days` of `outcome` of play `p` is empty: expected a list of numbers of days such as `[7, 14, 30]`",
                "`by` of `outcome` of play `p` must be a number of at most 18 digits, found the text `x`",
            ],
        ),
        (
            "outcome: {metric: ^seats, days: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ^11], better: up, by: 1}",
            &[
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "more than 10 in `days` of `outcome` of play `p`",
            ],
        ),
        (
            "tokens: {a: ^seats, b: ^[x], c: ^{^txt: x}, d: {text: ^5}, e^: , ^'': arr, f: arr >^, g: '^[1]'}",
            &[
                "`seats` is a product's, and this is about the account: name the product, as in `crm.seats`",
                "token `b` of play `p` must be an expression, or `{text: …}`, found a list",
                "missing key `text` in token `c` of play `p`",
                "unknown key `txt` in token `c` of play `p`: expected `text`",
                "`text` of token `d` of play `p` must be a text (put it in quotes), found the number `5`",
                "the expression is empty: expected a metric or a calculation, such as `events / seats`",
                "a token's name must have 1 to 256 bytes, found 0",
                "not valid CEL: it ends where more is expected",
                "a list can only stand on the right of `in`",
            ],
        ),
        ("tokens: ^[a]", &["`tokens` of play `p` must be a mapping, found a list"]),
        ("tokens: {a: arr > 1, b: arr, c: owner, d: '\"text\"', e: 5, f: true, g: {text: arr}, h: 'known(arr) ? 1 : 2'}", &[]),
    ] {
        check(&format!("{CATALOGUE}plays: {{p: {{scope: account, open: 'true', {fields}}}}}\n"), messages);
    }
}

#[test]
fn campaigns() {
    for (sections, messages) in [
        (
            "alerts: {p: {scope: account, open: 'true'}}\nplays: {^p: {scope: account, open: 'true'}, q: {scope: user, open: 'true'}}\n\
             campaigns: {^p: {open: 'true'}, ^q: {open: 'true'}}",
            &[
                "`p` is an alert already: alerts, plays and campaigns share one name space",
                "`p` is an alert already: alerts, plays and campaigns share one name space",
                "`q` is a play already: alerts, plays and campaigns share one name space",
            ] as &[&str],
        ),
        (
            "campaigns: {^c: {}, d: {open: ^arr > 1, goal: ^5, goal_days: ^0, cooldown_days: ^0, judge: ^weekly}, ^a/b: ^x, e: {open: 'true', ^severity: info}}",
            &[
                "missing key `open` in campaign `c`",
                "`arr` is the account's: write `account.arr`",
                "`5` is a number: expected a condition, such as a comparison",
                "`goal_days` of campaign `d` must be 1 to 3650, found the number `0`",
                "`cooldown_days` of campaign `d` must be 1 to 3650, found the number `0`",
                "unknown pace `weekly`: expected `live` or `daily`",
                "a campaign's id must not contain `/`, found `a/b`",
                "campaign `a/b` must be a mapping, found the text `x`",
                "unknown key `severity` in campaign `e`: expected `open`, `goal`, `goal_days`, `cooldown_days`, `tokens` or `judge`",
            ],
        ),
        (
            "campaigns: {c: {open: 'true', tokens: {a: ^seats, b: account.arr}}}",
            &[
                "`seats` is a product's, and this is about a user: put it into a measure with `of: account`, and read `account.` and its name",
            ],
        ),
        ("campaigns: ^[c]", &["`campaigns` must be a mapping, found a list"]),
    ] {
        check(&format!("{CATALOGUE}{sections}\n"), messages);
    }
}

#[test]
fn reasons() {
    check(
        &format!(
            "{CATALOGUE}reasons: {{^stuck: {{plan: [x]}}, growing: {{plan: ^[]}}, stalled: {{plan: ^x}}, ^no_seats: {{}}, never_used: {{plan: [^5]}}, \
             tried_once: ^[x], champion_left: {{plan: [x], ^steps: [x]}}}}\n"
        ),
        &[
            "unknown reason `stuck`: expected `no_seats`, `never_used`, `addon_unknown`, `tried_once`, `champion_left`, `stalled` or `growing`",
            "`plan` of reason `growing` is empty: expected a list of texts, one for each step",
            "`plan` of reason `stalled` must be a list of texts, one for each step, found the text `x`",
            "missing key `plan` in reason `no_seats`",
            "a step of reason `never_used` must be a text (put it in quotes), found the number `5`",
            "reason `tried_once` must be a mapping, found a list",
            "unknown key `steps` in reason `champion_left`: expected `plan`",
        ],
    );
}

#[test]
fn targets() {
    const HEAD: &str = "segments: {s: {when: 'true'}}\n\
                        measures: {m: {of: account, value: 5, bands: [{name: poor, from: 0}]}, n: {of: product, value: 5}}\n";
    let figure = "expected the name of a figure of the fleet, `segment(\"id\")` or `band(\"measure\", \"name\")`";
    for (targets, messages) in [
        (
            "{a: {figure: 'segment(\"s\")', at_least: 0}, b: {figure: 'band(\"m\", \"poor\")', at_most: -1.5}, c: {figure: second_product_180, at_least: 1}}",
            &[] as &[&str],
        ),
        (
            "{^^t: {}, ^u: {figure: ^nr, at_least: 1, at_most: 2}, v: {figure: segment(^s), at_least: ^x}, ^w: {figure: ^weekly_by_day}, x: {figure: ^1 + 1, at_most: 1}}",
            &[
                "missing key `figure` in target `t`",
                "target `t` has either `at_least` or `at_most`: expected one of them",
                "target `u` has either `at_least` or `at_most`: expected one of them",
                "unknown figure `nr` of the fleet: did you mean `nrr`?",
                figure,
                "`at_least` of target `v` must be a number of at most 18 digits, found the text `x`",
                "target `w` has either `at_least` or `at_most`: expected one of them",
                "unknown figure `weekly_by_day` of the fleet: expected `accounts`, `multi_product_rate`, `integration_rate`, `penetration`, \
                 `activation_rate`, `utilization`, `utilization_mean` or `below_60` … (18 in all)",
                figure,
            ],
        ),
        (
            "{t: {figure: 'segment(^\"t\")', at_least: 1}, u: {figure: 'band(\"m\", ^\"por\")', at_least: 1}, v: {figure: 'band(\"n\", ^\"x\")', at_most: 1}, \
             w: {figure: '^band(\"m\")', at_most: 1}, x: {figure: 'band(^\"o\", \"poor\")', at_most: 1}, y: {figure^: , at_most: 1}, z: {figure: ^[nrr], at_most: 1}}",
            &[
                "unknown segment `t`: expected `s`",
                "unknown band `por` of measure `m`: expected `poor`",
                "unknown band `x` of measure `n`: there is none",
                figure,
                "unknown measure `o`: expected `m` or `n`",
                "the figure is empty: expected its name, such as `utilization`",
                "`figure` must be a figure of the fleet, found a list",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}{HEAD}targets: {targets}\n"), messages);
    }
}

#[test]
fn the_view() {
    for (view, messages) in [
        ("{score: of_product, account_score: of_account, health: many, elements: [many, of_account]}", &[] as &[&str]),
        (
            "{^scor: of_product, score: ^of_produkt, health: ^5}",
            &[
                "unknown key `scor` in `view`: expected `score`, `account_score`, `health` or `elements`; did you mean `score`?",
                "unknown measure `of_produkt`: expected `of_product`, `of_account`, `of_user`, `since` or `many`; did you mean `of_product`?",
                "the measure must be `of_product`, `of_account`, `of_user`, `since` or `many`, found the number `5`",
            ],
        ),
        (
            "{score: ^many, account_score: ^of_product, health: ^of_user, elements: [many, ^many, ^of_product]}",
            &[
                "`score` of `view` is a measure `of: product`: `many` is `of: account`",
                "`account_score` of `view` is a measure `of: account`: `of_product` is `of: product`",
                "`health` of `view` is a measure `of: account`: `of_user` is `of: user`",
                "the measure `many` is given twice in `elements` of `view`",
                "an element of `view` is a measure `of: account`: `of_product` is `of: product`",
            ],
        ),
        ("{elements: ^many}", &["`elements` of `view` must be a list of measures, found the text `many`"]),
        ("^[many]", &["`view` must be a mapping, found a list"]),
    ] {
        check(&format!("{CATALOGUE}{MEASURES}view: {view}\n"), messages);
    }
}

#[test]
fn worklists() {
    const OF_ACCOUNTS: &str =
        "expected `account`, `name`, `owner`, `success_role`, `segment`, `stage`, `products` or `products_entitled` … (25 in all)";
    const OF_USERS: &str = "expected `account`, `user`, `name`, `role`, `level`, `department`, `key` or `products_used` … (13 in all)";
    const BEFORE: &str = "nothing stands before a field of a row: expected its name, such as `arr`";
    let unknown = |field: &str, expected: &str, rows: &str| format!("unknown field `{field}` of a row of {rows}: {expected}");
    let (events, arr) = (unknown("events", OF_ACCOUNTS, "accounts"), unknown("arr", OF_USERS, "users"));
    for (worklists, messages) in [
        (
            "{a: {rows: accounts, filter: 'has_any(products, [\"crm\"]) && or(arr, 1) > 2 && !known(owner) && min(arr, 1) > 0', order_by: 'arr desc,name asc , account'}, \
             b: {rows: users, filter: 'key && role in [\"x\"]', order_by: features_used_14d}, c: {rows: users}}",
            &[] as &[&str],
        ),
        (
            "{^a: {}, b: {rows: ^products}, c: {rows: accounts, filter: ^events > 1, order_by: '^arr down, ^nam, ^products, arr, ^arr,^'}, d: {rows: users, filter: ^arr > 1}}",
            &[
                "missing key `rows` in worklist `a`",
                "unknown kind of rows `products`: expected `accounts` or `users`",
                &events,
                "unknown direction `down` of `arr`: expected `asc` or `desc`",
                "unknown field `nam` of a row of accounts: did you mean `name`?",
                "`products` is a list: nothing is in order by it",
                "`arr` is given twice in `order_by` of worklist `c`",
                "expected the name of a field, found nothing",
                &arr,
            ],
        ),
        (
            "{a: {rows: accounts, filter: '^crm.arr > 1 && ^users.count(true) > 1 && ^arr(7) > 1 && ^account.arr > 1 && arr ^== \"x\" && ^complete.arr > 1', order_by: ^[arr]}, \
             b: {rows: accounts, filter: ^arr, order_by^: }, ^c/d: {rows: users, ^sort: arr}}",
            &[
                BEFORE,
                "a row of accounts has fields, and no `users.…`",
                "wrong number of arguments: `arr` takes no arguments, found 1",
                BEFORE,
                "`==` needs two values of one kind: `arr` is a number and `\"x\"` is a text",
                BEFORE,
                "`order_by` of worklist `a` must be fields such as `a desc, b`, found a list",
                "`arr` is a number: expected a condition, such as a comparison",
                "expected the name of a field, found nothing",
                "a worklist's id must not contain `/`, found `c/d`",
                "unknown key `sort` in worklist `c/d`: expected `rows`, `filter` or `order_by`",
            ],
        ),
    ] {
        check(&format!("{CATALOGUE}worklists: {worklists}\n"), messages);
    }
}

#[test]
fn there_are_bounds_on_how_many_of_everything() {
    let many = |count: usize, entry: &dyn Fn(usize) -> String| {
        (0..count).map(|n| format!("{}{}", if n + 1 == count { "^" } else { "" }, entry(n))).collect::<Vec<_>>().join(", ")
    };
    let ids = |value: &'static str| move |n: usize| format!("x{n}: {value}");
    for (key, most, value) in [
        ("workflows", 1000, "{products: [crm]}"),
        ("synergies", 1000, "{products: [crm, data.hub], by: 'true'}"),
        ("paths", 1000, "{products: [crm]}"),
        ("measures", 1000, "{of: account, value: 5}"),
        ("personas", 1000, "{among: 'true', keeps: 'true'}"),
        ("segments", 1000, "{when: 'true'}"),
        ("milestones", 1000, "{of: account, when: 'true'}"),
        ("guardrails", 1000, "{holds_back: 'true'}"),
        ("campaigns", 1000, "{open: 'true'}"),
        ("targets", 1000, "{figure: nrr, at_least: 1}"),
        ("worklists", 100, "{rows: users}"),
    ] {
        let entries = many(most + 1, &ids(value));
        check(&format!("{CATALOGUE}{key}: {{{entries}}}\n"), &[&format!("more than {most} {key}")]);
    }
    let plays = many(1001, &ids("{scope: account, open: 'true'}"));
    check(&format!("{CATALOGUE}plays: {{{plays}}}\n"), &["more than 1000 alerts and plays"]);
    let play = |fields: &str| format!("{CATALOGUE}plays: {{p: {{scope: account, open: 'true', {fields}}}}}\n");
    let tasks = many(101, &|n| format!("{{id: t{n}, title: T}}"));
    check(&play(&format!("tasks: [{tasks}]")), &["more than 100 in `tasks` of play `p`"]);
    check(&play(&format!("tokens: {{{}}}", many(101, &ids("5")))), &["more than 100 tokens of play `p`"]);
    let bands = many(101, &|n| format!("{{name: b{n}, from: {n}}}"));
    check(
        &format!("{CATALOGUE}measures: {{m: {{of: account, value: 5, bands: [{bands}]}}}}\n"),
        &["more than 100 in `bands` of measure `m`"],
    );
    let steps = many(101, &|_| "x".to_owned());
    check(&format!("{CATALOGUE}reasons: {{growing: {{plan: [{steps}]}}}}\n"), &["more than 100 in `plan` of reason `growing`"]);
    check(
        &format!("{CATALOGUE}segments: {{s: {{when: 'true', benchmarks: {{{}}}}}}}\n", many(101, &ids("5"))),
        &["more than 100 benchmarks of segment `s`"],
    );
    check(
        &format!(
            "{CATALOGUE}worklists: {{w: {{rows: accounts, order_by: '{}'}}}}\n",
            "account, name, owner, success_role, segment, stage, arr, band, health, breadth, ^next_due"
        ),
        &["more than 10 in `order_by` of worklist `w`"],
    );
}
