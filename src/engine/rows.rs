//! The fields of rows: what lists of accounts and of users show, and what worklists choose by and are in order of.

use crate::playbook::Of;
use crate::playbook::vocabulary::{Kind, Signature};

const fn of_account(name: &'static str, kind: Kind) -> Signature {
    Signature::plain(name, Of::Account, kind)
}

const fn of_user(name: &'static str, kind: Kind) -> Signature {
    Signature::plain(name, Of::User, kind)
}

/// Of a row of an account, in the reference's order.
pub static ACCOUNT_ROW: [Signature; 25] = [
    of_account("account", Kind::Text),
    of_account("name", Kind::Text),
    of_account("owner", Kind::Text),
    of_account("success_role", Kind::Text),
    of_account("segment", Kind::Text),
    of_account("stage", Kind::Text),
    of_account("products", Kind::List),
    of_account("products_entitled", Kind::Number),
    of_account("products_adopted", Kind::Number),
    of_account("breadth", Kind::Number),
    of_account("adoption_score", Kind::Number),
    of_account("band", Kind::Text),
    of_account("health", Kind::Number),
    of_account("license_utilization", Kind::Number),
    of_account("active_users", Kind::Number),
    of_account("features_used_14d", Kind::Number),
    of_account("modules_used_14d", Kind::Number),
    of_account("usage_change_30", Kind::Number),
    of_account("days_since_use", Kind::Number),
    of_account("days_since_touchpoint", Kind::Number),
    of_account("days_to_renewal", Kind::Number),
    of_account("arr", Kind::Number),
    of_account("open_alerts", Kind::Number),
    of_account("open_plays", Kind::Number),
    // A date, `2026-12-24`.
    of_account("next_due", Kind::Text),
];

/// Of a row of a user, in the reference's order.
pub static USER_ROW: [Signature; 13] = [
    of_user("account", Kind::Text),
    of_user("user", Kind::Text),
    of_user("name", Kind::Text),
    of_user("role", Kind::Text),
    of_user("level", Kind::Text),
    of_user("department", Kind::Text),
    of_user("key", Kind::Boolean),
    of_user("products_used", Kind::Number),
    of_user("features_used_14d", Kind::Number),
    of_user("active_days", Kind::Number),
    of_user("days_since_use", Kind::Number),
    of_user("days_since_touchpoint", Kind::Number),
    of_user("nps_score", Kind::Number),
];
