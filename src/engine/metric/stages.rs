//! What follows from stages: none of these may a stage depend on.

use std::cmp::Reverse;

use super::N_UP_TO_D;
use super::definition::{Def, Due, Heading, Of, OfAccount, Window};
use crate::engine::account::Stage;
use crate::engine::day::{Day, NEVER};
use crate::engine::names::NameId;
use crate::engine::number::Number;
use crate::engine::plan::family::{ACCOUNT_STAGE, DAY, STAGE, TERM};
use crate::playbook::ProductIndex;
use crate::playbook::vocabulary::{Kind, Needed, Number as Limit, Of as Whose, Signature};

pub static STAGE_OF: Def = Def::new(
    Heading::Stages,
    Signature::staged("stage", Whose::Product).kind(Kind::Text),
    STAGE,
    Due::Never,
    Of::ProductText(|of| Some(of.product.stage.as_str())),
    "text: `none`, `entitled`, `activated`, `adopted`, `proficient` or `integrated`",
);

pub static ADOPTED_DAYS: Def = Def::new(
    Heading::Stages,
    Signature::staged("adopted_days", Whose::Product),
    STAGE | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(of.product.adopted_day)),
    "since the stage first reached `adopted` or above; missing if it never did",
);

pub static LOST_DAYS: Def = Def::new(
    Heading::Stages,
    Signature::staged("lost_days", Whose::Product),
    STAGE | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(of.product.lost())),
    "since the stage last fell below `adopted`; missing if it never did, or is not below",
);

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

pub static ACCOUNT_STAGE_OF: Def = Def::new(
    Heading::Stages,
    Signature::staged("account_stage", Whose::Account).kind(Kind::Text),
    ACCOUNT_STAGE,
    Due::Never,
    Of::AccountText(|of| Some(&*of.view.plan.account_stages[usize::from(of.account().stage)])),
    "text: the name of the account stage",
);

const N_OF_DAYS: Limit = Limit { needed: Needed::Required, ..N_UP_TO_D };

pub static PRODUCTS_ADDED: Def = Def::new(
    Heading::Stages,
    Signature::windowed("products_added", "products_added(N)", N_OF_DAYS).of(Whose::Account).reading_stages(),
    STAGE | DAY,
    Due::OfAccount(|of, _| first_to_leave(of, adopted(of).map(|(day, _)| day))),
    Of::Account(|of| Some(Number::integer(adopted(of).filter(|(day, _)| *day >= of.from()).count() as i64))),
    "products whose stage first reached `adopted` or above in the window, wherever it is now",
)
.over(Window::Trailing)
.shown("products_added(90)");

pub static PRODUCTS_LOST: Def = Def::new(
    Heading::Stages,
    Signature::windowed("products_lost", "products_lost(N)", N_OF_DAYS).of(Whose::Account).reading_stages(),
    STAGE | DAY,
    Due::OfAccount(|of, _| first_to_leave(of, of.named().map(|product| product.lost()))),
    Of::Account(|of| Some(Number::integer(of.named().filter(|product| product.lost() >= of.from()).count() as i64))),
    "products whose stage last fell below `adopted` in the window, and is below",
)
.over(Window::Trailing)
.shown("products_lost(30)");

/// The products ever adopted, in the order of adoption.
fn adopted(of: &OfAccount<'_>) -> impl Iterator<Item = (Day, ProductIndex)> + use<> {
    of.account().adoption_order().into_iter()
}

/// The day on which the first of these days leaves the window.
fn first_to_leave(of: &OfAccount<'_>, days: impl Iterator<Item = Day>) -> Option<Day> {
    days.filter(|day| *day >= of.from()).min().map(|day| day + of.number())
}

/// A product's id.
const fn product_id(name: &'static str, value: for<'a> fn(&OfAccount<'a>) -> Option<&'a str>, doc: &'static str) -> Def {
    Def::new(Heading::Stages, Signature::staged(name, Whose::Account).kind(Kind::Text), STAGE, Due::Never, Of::AccountText(value), doc)
}

pub static PRIMARY_PRODUCT: Def =
    product_id("primary_product", |of| nth_adopted(of, 0), "text: the id of the product that was adopted first; missing if none ever was");
pub static SECOND_PRODUCT: Def =
    product_id("second_product", |of| nth_adopted(of, 1), "text: of the one that was adopted second; missing until there are two");
pub static NEXT_PRODUCT: Def = product_id(
    "next_product",
    |of| next_product(of).map(|index| id_of(of, index)),
    "text: of the `paths` of the playbook the one that shares the longest beginning with the order of adoption, ties in file order: its first product \
     past that beginning whose stage is below `adopted`; missing without one",
);

fn nth_adopted<'a>(of: &OfAccount<'a>, place: usize) -> Option<&'a str> {
    adopted(of).nth(place).map(|(_, index)| id_of(of, index))
}

fn id_of<'a>(of: &OfAccount<'a>, index: ProductIndex) -> &'a str {
    // The names of the playbook's products are its product indexes.
    of.view.names.text(NameId(index.0.into()))
}

fn next_product(of: &OfAccount<'_>) -> Option<ProductIndex> {
    let order: Vec<ProductIndex> = adopted(of).map(|(_, product)| product).collect();
    let is_below = |index: ProductIndex| of.account().product(index).is_none_or(|product| product.stage < Stage::Adopted);
    next_of(&of.view.plan.paths, &order, is_below)
}

/// The path that shares the longest beginning with an order of adoption, of several that share as much the first, and how much that is.
pub fn path_followed(paths: &[Box<[ProductIndex]>], order: &[ProductIndex]) -> Option<(usize, usize)> {
    let shared = |path: &[ProductIndex]| path.iter().zip(order).take_while(|(product, adopted)| product == adopted).count();
    let paths = paths.iter().map(|path| shared(path)).enumerate().filter(|(_, shared)| *shared > 0);
    paths.min_by_key(|(_, shared)| Reverse(*shared))
}

fn next_of(paths: &[Box<[ProductIndex]>], order: &[ProductIndex], is_below: impl Fn(ProductIndex) -> bool) -> Option<ProductIndex> {
    let (path, beginning) = path_followed(paths, order)?;
    paths[path][beginning..].iter().copied().find(|product| is_below(*product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_product_is_on_the_path_that_was_followed_longest() {
        let product = |id: char| ProductIndex(id as u16 - 'a' as u16);
        let order = |ids: &str| ids.chars().map(product).collect::<Vec<_>>();
        let paths: Vec<Box<[ProductIndex]>> = ["abc", "acd", "ca", "ac"].map(|path| order(path).into()).into();
        for (adopted, below, next) in [
            ("", "abcd", None),
            ("d", "abcd", None),
            // Three paths begin so: the first in the file.
            ("a", "bcd", Some('b')),
            ("ac", "bd", Some('d')),
            // Past its beginning what stands as high as `adopted` is passed over; what is in the beginning is not looked at.
            ("a", "acd", Some('c')),
            ("abc", "abcd", None),
            ("acb", "cd", Some('d')),
            ("ca", "a", None),
            ("cb", "a", Some('a')),
        ] {
            let below = order(below);
            let found = next_of(&paths, &order(adopted), |product| below.contains(&product));
            assert_eq!(found, next.map(product), "{adopted}, of which {below:?} are below");
        }
    }
}
