//! An account's products: what adoption asks for, features, gaps, terms.

use askama::Template;

use super::{Head, Of, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::console::frame::{Frame, page};
use crate::console::links;
use crate::console::words::{self, Words};
use crate::view::account::{AccountView, GapKind, Trend};

#[derive(Template)]
#[template(path = "account_products.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    view: &'a AccountView,
}

pub async fn products(call: Call<Of>) -> Result<Reply> {
    let Of { account, wait_for } = call.parameters;
    let shown = Shown::of(&call.api, &account, call.principal.visible(), wait_for.as_deref()).await?;
    let (frame, head, rows) = (shown.frame("Products"), shown.head("products"), shown.view.products.len());
    page(&Page { frame, head, w: Words { playbook: &call.api.playbook }, view: &shown.view }, &call.headers, rows)
}
