//! What pages load beside themselves: one style sheet, one script that they can do without, an icon.

use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::{Call, Needs, Route};
use crate::api::routes::NoParameters;

use super::frame::compressed;

const STYLE: &str = include_str!("templates/console.css");
const SCRIPT: &str = include_str!("templates/console.js");
const ICON: &str = include_str!("templates/icon.svg");

pub fn routes() -> Vec<Route> {
    vec![
        Route::page("/console.css", style).needs(Needs::Nothing),
        Route::page("/console.js", script).needs(Needs::Nothing),
        Route::page("/icon.svg", icon).needs(Needs::Nothing),
    ]
}

async fn style(call: Call<NoParameters>) -> Result<Reply> {
    Ok(compressed(Reply::text("text/css; charset=utf-8", STYLE.to_owned()), &call.headers))
}

async fn script(call: Call<NoParameters>) -> Result<Reply> {
    Ok(compressed(Reply::text("text/javascript; charset=utf-8", SCRIPT.to_owned()), &call.headers))
}

async fn icon(_: Call<NoParameters>) -> Result<Reply> {
    Ok(Reply::text("image/svg+xml", ICON.to_owned()))
}
