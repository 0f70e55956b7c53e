//! Taking an account through the days that begin: the account itself, or a copy of it that lives on without events.

use super::account::{Account, AccountProduct};
use super::day::Zone;
use super::effect::{CauseRef, Effect};
use super::judge::{At, Changes, Context, Judge};
use super::plan::family;

/// What that takes beside the account.
pub struct Living<'a> {
    pub context: Context<'a>,
    pub judge: &'a mut Judge,
    pub changes: &'a mut Changes,
    /// The account's.
    pub zone: &'a mut Zone,
}

impl Living<'_> {
    /// The account is judged by an edited playbook, as of an instant. Returns whether a term is to be written for it.
    pub fn judge_edited(&mut self, account: &mut Account, clock_ms: i64, effects: &mut Vec<Effect>) -> bool {
        // It may have other days of grace. What was joined is written with the verdicts that follow from it.
        let on = account.term_context(self.context.plan.grace_days);
        let terms_changed = self.changes.look_at_terms(account, |product| product.facts.entitlements.look(on)) || account.unsaved.joined;
        let at = At { cause: CauseRef::Playbook, time_ms: clock_ms, ..At::all(self.context) };
        self.judge.rejudge(at, account, effects);
        terms_changed
    }

    /// The account's next day begins. Returns whether a term changed by it.
    #[inline]
    pub fn begin_day(&mut self, account: &mut Account, effects: &mut Vec<Effect>) -> bool {
        account.day += 1;
        account.day >= account.due && self.judge_day(account, effects)
    }

    fn judge_day(&mut self, account: &mut Account, effects: &mut Vec<Effect>) -> bool {
        self.changes.clear();
        self.changes.account = family::DAY;
        let closes = account.closed == account.day;
        if closes {
            account.forget_slots();
        }
        let on = account.term_context(self.context.plan.grace_days);
        let due = |product: &AccountProduct| closes || product.due <= on.today;
        let terms_changed = self.changes.look_at_terms(account, |product| due(product) && product.facts.entitlements.live(on));
        while let Some(user) = account.users.take_leaver(account.day) {
            self.changes.users.push(user);
            self.changes.account |= family::PEOPLE;
            for position in account.note_standing(user) {
                self.changes.product(position, family::PRESENCE);
            }
        }
        let at = At { cause: CauseRef::Day(account.day), time_ms: self.zone.start_of(account.day), ..At::all(self.context) };
        self.judge.judge(at, account, self.changes, effects);
        terms_changed
    }
}
