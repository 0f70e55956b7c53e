//! How an account's products work together.

use askama::Template;

use super::{Head, Of, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::console::frame::{Frame, page};
use crate::console::words::{self, Words};
use crate::view::account::{AccountView, ConnectionView, SynergyView};

#[derive(Template)]
#[template(path = "account_integrations.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    view: &'a AccountView,
    /// Those that a connection begins or ends with.
    products: Vec<String>,
}

pub async fn integrations(call: Call<Of>) -> Result<Reply> {
    let Of { account, wait_for } = call.parameters;
    let shown = Shown::of(&call.api, &account, call.principal.visible(), wait_for.as_deref()).await?;
    let (frame, head, matrix) = (shown.frame("Integrations"), shown.head("integrations"), &shown.view.integrations.matrix);
    let of_matrix = |id: &String| matrix.iter().any(|connection| connection.from == *id || connection.to == *id);
    let products: Vec<String> = call.api.playbook.products.iter().map(|product| product.id.clone()).filter(of_matrix).collect();
    let rows = matrix.len();
    page(&Page { frame, head, w: Words { playbook: &call.api.playbook }, view: &shown.view, products }, &call.headers, rows)
}

impl Page<'_> {
    fn connection(&self, from: &str, to: &str) -> Option<&ConnectionView> {
        self.view.integrations.matrix.iter().find(|connection| connection.from == from && connection.to == to)
    }

    /// What they are called, what is said where there are none, and those that there are.
    fn synergies(&self) -> [(&'static str, &'static str, &[SynergyView]); 2] {
        let of = &self.view.synergies;
        [("Synergies in use", "None is in use yet.", &of.unlocked), ("Synergies to be had", "None is left.", &of.untapped)]
    }
}
