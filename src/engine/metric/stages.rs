//! What follows from stages: none of these may a stage depend on.

use super::definition::{Def, Due, Heading, Of};
use crate::engine::day::NEVER;
use crate::engine::number::Number;
use crate::engine::plan::family::{ACCOUNT_STAGE, DAY, STAGE, TERM};
use crate::playbook::vocabulary::{Of as Whose, Signature};

pub static STAGE_DAYS: Def = Def::new(
    Heading::Stages,
    Signature::staged("stage_days", Whose::Product),
    STAGE | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(of.product.stage_changed)),
    "since the stage last changed; missing if it never did",
);

pub static PRODUCTS_ADOPTED: Def = Def::new(
    Heading::Stages,
    Signature::staged("products_adopted", Whose::Account),
    STAGE,
    Due::Never,
    Of::Account(|of| Some(Number::integer(of.account().products_adopted().into()))),
    "products whose stage is `adopted` or above",
);

pub static BREADTH: Def = Def::new(
    Heading::Stages,
    Signature::staged("breadth", Whose::Account),
    STAGE | TERM | DAY,
    Due::AnyTerm,
    Of::Account(|of| Number::ratio(of.account().products_adopted().into(), of.entitled() as i128)),
    "`products_adopted` ÷ `products_entitled`; missing at 0 entitled",
);

pub static ACCOUNT_STAGE_DAYS: Def = Def::new(
    Heading::Stages,
    Signature::staged("account_stage_days", Whose::Account),
    ACCOUNT_STAGE | DAY,
    Due::Rises,
    Of::Account(|of| {
        let account = of.account();
        of.days_since(if account.stage_changed == NEVER { account.began } else { account.stage_changed })
    }),
    "since the account stage last changed, or since the account began",
);

pub static FIRST_PRODUCT_DAYS: Def = Def::new(
    Heading::Stages,
    Signature::staged("first_product_days", Whose::Account),
    STAGE | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(of.named().map(|product| product.adopted_day).filter(|&day| day != NEVER).min()?)),
    "since a product was first adopted; missing if none ever was",
);

pub static DAYS_TO_SECOND_PRODUCT: Def = Def::new(
    Heading::Stages,
    Signature::staged("days_to_second_product", Whose::Account),
    STAGE | DAY,
    Due::Never,
    Of::Account(|of| {
        let order = of.account().adoption_order();
        Some(Number::integer(i64::from(order.get(1)?.0) - i64::from(order[0].0)))
    }),
    "days between the first and the second adoption; missing until there are two",
);
