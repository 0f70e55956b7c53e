//! Rows of lists: an account or a user, by the fields that lists show, filter and sort by.
//!
//! A field that is missing is absent in the JSON, never 0. Numbers are written as outputs write them: integers as integers, all else as the nearest
//! double.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::rows::{ACCOUNT_ROW, AccountFigures, DAYS_SHOWN, RowReadings, USER_ROW, UserFigures};
use crate::engine::{AccountIndex, Engine, Number, date_text};
use crate::playbook::vocabulary::Signature;
use crate::playbook::{Playbook, ProductIndex};

/// A number of a row: the double that is nearest to what the engine knows exactly.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Figure(pub f64);

impl Figure {
    /// Doubles up to here hold every integer.
    const INTEGERS_MAX: f64 = 9_007_199_254_740_992.0;

    fn of(number: Number) -> Self {
        Self(number.to_f64())
    }

    /// The integer that it is, where it is one.
    pub fn integer(self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() <= Self::INTEGERS_MAX).then_some(self.0 as i64)
    }
}

impl Serialize for Figure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.integer() {
            Some(integer) => serializer.serialize_i64(integer),
            None => serializer.serialize_f64(self.0),
        }
    }
}

/// A value of a row, as lists compare it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Missing,
    Number(f64),
    Boolean(bool),
    Text(&'a str),
    /// Ids of products, in order.
    Texts(&'a [String]),
}

/// What lists are made of.
pub trait Row: Serialize + for<'de> Deserialize<'de> + JsonSchema {
    /// By which lists are filtered and sorted, in the order of [`Row::cells`].
    const FIELDS: &'static [Signature];
    /// How many of them, from the first on, are the row's id.
    const IDS: usize;
    /// What beside them is shown, and neither filtered nor sorted by: its name, and of how many days it is.
    const DAYS: Option<(&'static str, usize)> = None;

    fn cells(&self) -> Vec<Cell<'_>>;

    /// By day, the earliest first.
    fn days(&self) -> Option<&[u32]> {
        None
    }
}

/// What may be missing.
trait Field {
    fn cell(&self) -> Cell<'_>;
}

impl Field for String {
    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl Field for Option<String> {
    fn cell(&self) -> Cell<'_> {
        self.as_deref().map_or(Cell::Missing, Cell::Text)
    }
}

impl Field for Option<Figure> {
    fn cell(&self) -> Cell<'_> {
        self.map_or(Cell::Missing, |figure| Cell::Number(figure.0))
    }
}

impl Field for Option<u32> {
    fn cell(&self) -> Cell<'_> {
        self.map_or(Cell::Missing, |count| Cell::Number(count.into()))
    }
}

impl Field for Option<i64> {
    fn cell(&self) -> Cell<'_> {
        self.map_or(Cell::Missing, |count| Cell::Number(count as f64))
    }
}

impl Field for Option<bool> {
    fn cell(&self) -> Cell<'_> {
        self.map_or(Cell::Missing, Cell::Boolean)
    }
}

impl Field for Option<Vec<String>> {
    fn cell(&self) -> Cell<'_> {
        self.as_deref().map_or(Cell::Missing, Cell::Texts)
    }
}

/// Rows: ids, which are always there; fields by which lists filter and sort, in the order of the engine's list; what is only shown.
macro_rules! row {
    (
        $(#[$about:meta])*
        $name:ident, $list:ident;
        ids { $($(#[$id_doc:meta])* $id:ident,)* }
        fields { $($(#[$doc:meta])* $field:ident: $kind:ty,)* }
        $(shown { $(#[$days_doc:meta])* $days:ident, })?
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $($(#[$id_doc])* pub $id: String,)*
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$kind>,)*
            $($(#[$days_doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $days: Option<Vec<u32>>,)?
        }

        impl Row for $name {
            const FIELDS: &'static [Signature] = &$list;
            const IDS: usize = [$(stringify!($id)),*].len();
            $(const DAYS: Option<(&'static str, usize)> = Some((stringify!($days), DAYS_SHOWN));)?

            fn cells(&self) -> Vec<Cell<'_>> {
                vec![$(self.$id.cell(),)* $(self.$field.cell(),)*]
            }

            $(fn days(&self) -> Option<&[u32]> {
                self.$days.as_deref()
            })?
        }
    };
}

row! {
    /// An account as lists show it, on its own day D.
    AccountRow, ACCOUNT_ROW;
    ids {
        /// The account's id.
        account,
    }
    fields {
        /// The account's name, as it was told.
        name: String,
        /// Who has the account, as it was told.
        owner: String,
        /// Who is to make it succeed, as it was told.
        success_role: String,
        /// The id of the first segment, in the playbook's order, that the account is in.
        segment: String,
        /// The name of its account stage.
        stage: String,
        /// The ids of its products whose stage is not `none`, in the playbook's order.
        products: Vec<String>,
        /// Products with a term in force.
        products_entitled: u32,
        /// Products at `adopted` or above.
        products_adopted: u32,
        /// Products adopted ÷ products entitled: a share.
        breadth: Figure,
        /// The measure that `view.account_score` of the playbook names.
        adoption_score: Figure,
        /// The band of that measure, as it was published last.
        band: String,
        /// The measure that `view.health` of the playbook names.
        health: Figure,
        /// Active users ÷ seats, each added up over the products with at least one seat: a share.
        license_utilization: Figure,
        /// Users active in the playbook's window (`window_days`).
        active_users: u32,
        /// Distinct features used in the last 14 days; those of two products are two.
        features_used_14d: u32,
        /// Distinct modules of the catalogue features used in the last 14 days.
        modules_used_14d: u32,
        /// Usage of the last 30 complete days against the 30 before: −0.25 is a quarter less.
        usage_change_30: Figure,
        /// Days since the last day of use.
        days_since_use: i64,
        /// Days since the last touchpoint.
        days_since_touchpoint: i64,
        /// Days to the renewal of the contract; negative once it lies behind.
        days_to_renewal: i64,
        /// Recurring revenue a year, of the contract, in the currency that it was told in.
        arr: Figure,
        /// Alerts that are open.
        open_alerts: u32,
        /// Plays that are open; held-out ones are not among them.
        open_plays: u32,
        /// The earliest day by which an open play, or an open task of one, is due.
        #[schemars(extend("format" = "date"))]
        next_due: String,
    }
    shown {
        /// Distinct features used on each of the last 14 days, D − 13 first.
        features_used_by_day,
    }
}

row! {
    /// A user who is present, as lists show users, on the account's day D.
    UserRow, USER_ROW;
    ids {
        /// The account's id.
        account,
        /// The user's id, which is unique within the account.
        user,
    }
    fields {
        /// The user's name, as it was told.
        name: String,
        /// What the user does, as it was told.
        role: String,
        /// `ic`, `manager` or `executive`, as it was told.
        level: String,
        /// Where the user works, as it was told.
        department: String,
        /// Whether the user is told to be a key user.
        key: bool,
        /// Distinct products used in the playbook's window (`window_days`).
        products_used: u32,
        /// Distinct features used in the last 14 days.
        features_used_14d: u32,
        /// Days with use in the playbook's window.
        active_days: u32,
        /// Days since the last day of use.
        days_since_use: i64,
        /// Days since the last touchpoint with the user.
        days_since_touchpoint: i64,
        /// The score of the latest answer, 0 to 10.
        nps_score: u32,
    }
}

impl AccountRow {
    /// The row of an account as it stands. The readings are the engine's.
    pub fn new(engine: &Engine, index: AccountIndex, readings: &RowReadings) -> Self {
        Self::of(&engine.account_figures(index, readings), engine.playbook())
    }

    pub fn of(figures: &AccountFigures<'_>, playbook: &Playbook) -> Self {
        let product = |index: &ProductIndex| playbook.products[usize::from(index.0)].id.clone();
        Self {
            account: figures.account.to_owned(),
            name: figures.name.map(str::to_owned),
            owner: figures.owner.map(str::to_owned),
            success_role: figures.success_role.map(str::to_owned),
            segment: figures.segment.map(|index| playbook.segments[usize::from(index)].id.clone()),
            stage: Some(playbook.account_stages[usize::from(figures.stage)].name.clone()),
            products: Some(figures.products.iter().map(product).collect()),
            products_entitled: count(figures.products_entitled),
            products_adopted: count(figures.products_adopted),
            breadth: figures.breadth.map(Figure::of),
            adoption_score: figures.adoption_score.map(Figure::of),
            band: figures.band.map(str::to_owned),
            health: figures.health.map(Figure::of),
            license_utilization: figures.license_utilization.map(Figure::of),
            active_users: count(figures.active_users),
            features_used_14d: count(figures.features_used),
            modules_used_14d: count(figures.modules_used),
            usage_change_30: figures.usage_change.map(Figure::of),
            days_since_use: days(figures.days_since_use),
            days_since_touchpoint: days(figures.days_since_touchpoint),
            days_to_renewal: days(figures.days_to_renewal),
            arr: figures.arr.map(Figure::of),
            open_alerts: Some(figures.open_alerts),
            open_plays: Some(figures.open_plays),
            next_due: figures.next_due.map(date_text),
            features_used_by_day: Some(figures.features_by_day.to_vec()),
        }
    }
}

impl UserRow {
    /// The rows of an account's users who are present, in the order in which they were first seen.
    pub fn all(engine: &Engine, index: AccountIndex, readings: &RowReadings) -> Vec<Self> {
        engine.user_figures(index, readings).iter().map(Self::of).collect()
    }

    fn of(figures: &UserFigures<'_>) -> Self {
        Self {
            account: figures.account.to_owned(),
            user: figures.user.to_owned(),
            name: figures.name.map(str::to_owned),
            role: figures.role.map(str::to_owned),
            level: figures.level.map(str::to_owned),
            department: figures.department.map(str::to_owned),
            key: Some(figures.key),
            products_used: count(figures.products_used),
            features_used_14d: count(figures.features_used),
            active_days: count(figures.active_days),
            days_since_use: days(figures.days_since_use),
            days_since_touchpoint: days(figures.days_since_touchpoint),
            nps_score: count(figures.nps_score),
        }
    }
}

fn days(number: Option<Number>) -> Option<i64> {
    Figure::of(number?).integer()
}

fn count(number: Option<Number>) -> Option<u32> {
    u32::try_from(days(number)?).ok()
}

/// Fields with their sentences, in the order in which rows have them.
pub fn documented<R: Row>() -> Vec<(String, Cow<'static, str>)> {
    let schema = schemars::schema_for!(R).to_value();
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(|(name, field)| (name.clone(), field["description"].as_str().unwrap_or_default().to_owned().into())).collect()
}
