//! What becomes of a campaign and one user at a look.

use super::eval::View;
use super::expr::Expr;
use super::facts::{Account, Subject, Triggered};
use super::judge::{Cause, output};
use super::playbook::{Campaign, Playbook};
use super::rules::tokens;
use super::zone::instant_text;
use serde_json::{Value, json};

pub fn judge_campaign(playbook: &Playbook, account: &mut Account, cause: &Cause, campaign: &Campaign, user: Subject, out: &mut Vec<Value>) {
    let d = account.day;
    let Subject::User(id) = &user else { unreachable!("campaigns are of users") };
    let is_present = !account.is_closed() && !account.merged.contains_key(id) && account.is_present(id);
    let view = View { playbook, account, subject: user.clone() };
    let key = (campaign.id.clone(), id.clone());
    let mut written = account.campaigns.get(&key).cloned().unwrap_or_default();
    let mut told = None;
    match (&written.under_way, &campaign.goal) {
        _ if !is_present => written.under_way = None,
        (Some(_), None) => unreachable!("nothing waits for no goal"),
        (Some(triggered), Some(goal)) => {
            let is_reached = view.holds(goal);
            if is_reached || cause.is_boundary() && d >= triggered.day + campaign.goal_days {
                let kind = if is_reached { "reached" } else { "missed" };
                told = Some((kind, goal, triggered.clone()));
                written.under_way = None;
            }
        }
        (None, goal) => {
            let cooled = written.last.is_none_or(|day| d >= day + campaign.cooldown_days);
            if !cause.late && cooled && view.holds(&campaign.open) {
                let triggered = Triggered { time: cause.time, day: d, tokens: tokens(&view, &campaign.tokens) };
                told = Some(("triggered", &campaign.open, triggered.clone()));
                written.last = Some(d);
                written.under_way = goal.is_some().then_some(triggered);
            }
        }
    }
    if let Some((kind, condition, triggered)) = told {
        out.push(tell(&view, cause, campaign, kind, condition, triggered));
    }
    account.campaigns.insert(key, written);
}

fn tell(view: &View, cause: &Cause, campaign: &Campaign, kind: &str, condition: &Expr, triggered: Triggered) -> Value {
    let mut evidence = Vec::new();
    view.evidence(condition, &mut evidence);
    let mut more = json!({"rule": campaign.id, "triggered": instant_text(triggered.time), "evidence": evidence});
    if let Some(tokens) = triggered.tokens {
        more["tokens"] = tokens;
    }
    let mut output = output(view.playbook, view.account, cause, &view.subject, &format!("campaign.{kind}"), more);
    output["time"] = json!(instant_text(cause.time.max(triggered.time)));
    output
}
