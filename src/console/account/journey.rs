//! Where an account is on its way, what could be added, and how it stands beside others.

use askama::Template;

use super::{Head, Of, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::console::frame::{Frame, page};
use crate::console::words::{self, Words};
use crate::view::account::{AccountView, JourneyState, JourneyTarget};

#[derive(Template)]
#[template(path = "account_journey.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    view: &'a AccountView,
}

pub async fn journey(call: Call<Of>) -> Result<Reply> {
    let Of { account, wait_for } = call.parameters;
    let shown = Shown::of(&call.api, &account, call.principal.visible(), wait_for.as_deref()).await?;
    let (frame, head) = (shown.frame("Journey"), shown.head("journey"));
    page(&Page { frame, head, w: Words { playbook: &call.api.playbook }, view: &shown.view }, &call.headers, 1)
}
