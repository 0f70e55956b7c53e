//! The engine of one partition: events in, effects out.
//!
//! It is pure. Time is handed in, nothing is read or written, and the order of what it emits depends on nothing but the order of
//! its inputs: for each account the sequence of effects is the same however the input is batched and wherever a restart falls.
//!
//! | module | subject |
//! |---|---|
//! | `day` | calendar days in time zones |
//! | `days` | the days of accounts, as the changelog writes them |
//! | `facts` | what happened |
//! | `aliases` | old names of products and features |
//! | `apply` | taking an event into the facts |
//! | `metric` | the one definition of each metric |
//! | `plan` | the playbook compiled for incremental judging |
//! | `plays` | what is remembered of plays and campaigns |
//! | `subject` | whom a condition is judged of |
//! | `people` | the users of an account, and on which days they were active |
//! | `movers` | which records took the days of their accounts ahead, and what was late behind them |
//! | `judge` | stages, alerts and plays after one cause |
//! | `evaluate` | what an expression is of an account |
//! | `foresight` | what becomes of an account if nothing happens |
//! | `living` | taking an account through the days that begin |
//! | `effect` | what to publish |
//! | `erase` | forgetting an account, or a user of it |
//! | `census` | what the portfolio counts of an account |
//! | `rows` | what lists show of an account, and of its users |
//! | `prefetch` | asking memory for what is about to be touched |
//! | `repack` | moving blocks out of pages of memory that are underfilled |
//! | `state` | what the changelog reads and writes |
//! | `then` | an account as it stood on an earlier day |
//! | `witnesses` | how far records take the partition's clock |

mod account;
mod accounts;
mod aliases;
mod apply;
mod census;
mod day;
mod days;
mod effect;
mod erase;
mod evaluate;
pub mod facts;
mod foresight;
mod judge;
mod living;
pub mod metric;
mod movers;
mod names;
mod number;
mod people;
mod plan;
mod plays;
mod prefetch;
mod reject;
mod repack;
pub mod rows;
mod state;
mod subject;
mod then;
mod witnesses;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;
use jiff::tz::TimeZone;

pub use account::{
    Account, AccountProduct, BandState, GoneMilestone, IncidentState, Leftover, MilestoneState, OpenIncident, SegmentState, Stage, Unsaved,
};
pub use accounts::Accounts;
pub use apply::{Applied, Bounds, Timing};
pub(crate) use census::is_half;
pub use census::{Census, Entry, Live, WEEKS_DAYS, YEAR};
pub use day::{Day, NEVER, date_of, date_text, day_of_date, is_in_calendar, rfc3339};
pub use days::{AccountNumber, BLOCK, DayBlocks, spread};

pub(crate) use effect::evidence;
pub use effect::{
    CampaignStep, Cause, CauseRef, CloseReason, Effect, EffectKind, Evidence, Opening, OpeningTask, Outcome, OutcomeVerdict, TaskSeen,
    json_number, plain_number,
};
pub use evaluate::View;
pub(crate) use evaluate::{Value, integer, present, way_to};
pub use foresight::Foresight;
pub use judge::is_judged_of;
pub use movers::{Furthest, Lateness, Movers};
pub use names::{NameId, Names};
pub use number::{Number, Twelve};
pub use plan::{Clause, Conditioned, Conditions, Item, Part, Seen, Truth};
pub(crate) use plan::{Expr, Instance, Logic, Persona as PlanPersona, Reading, Shown};
pub use plays::{Awaited, CampaignKey, HeldBack, Plays, UnderWay, Worked};
pub use prefetch::{Hint, TOGETHER};
pub use reject::{from_the_future, too_late};
pub use subject::{IncidentKey, Subject};
pub use witnesses::Witnesses;

use apply::Target;
use day::{Zone, utc_day_of};
use evaluate::Memo;
use judge::{At, Changes, Context, Judge, TaskTold};
use living::Living;
use plan::Plan;

use crate::input::{Body, Event};
use crate::playbook::{HELD_DAYS, MeasureRef, MetricRef, Operand, Playbook};

/// Days from one look for the pages that an account's blocks are in to the next; every day it is the turn of other accounts.
const REPACK_DAYS: Day = 16;

/// Accounts that wait to be heard about the clock.
const UNHEARD_MAX: usize = 64;

/// What the engine is told beside the playbook.
#[derive(Clone, Copy, Debug)]
pub struct EngineSettings {
    /// Ids remembered per account; 0 = duplicates are not looked for.
    pub dedupe_ids: usize,
    /// Accounts that must have reached an instant for the partition's clock to follow; 0: it moves by [`Engine::advance_clock`] alone.
    pub clock_witnesses: usize,
    pub bounds: Bounds,
}

impl EngineSettings {
    /// The default of `engine.clock_witnesses`.
    pub const CLOCK_WITNESSES: usize = 8;
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { dedupe_ids: 0, clock_witnesses: Self::CLOCK_WITNESSES, bounds: Bounds::default() }
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    Applied(Applied),
    Duplicate(Timing),
    FromTheFuture,
    /// The event's day lies before D − 91.
    TooLate(Timing),
}

/// The number of an account within an engine, in the order they were met.
pub type AccountIndex = u32;

#[derive(Debug)]
pub struct Engine {
    playbook: Arc<Playbook>,
    plan: Plan,
    names: Names,
    judge: Judge,
    memo: Memo,
    changes: Changes,
    settings: EngineSettings,
    zones: Vec<(Box<str>, Zone)>,
    accounts: Accounts,
    by_id: HashTable<Known>,
    /// `None` until enough accounts have been heard, or the input is read to its end.
    clock_ms: Option<i64>,
    witnesses: Witnesses<AccountIndex>,
    /// Accounts whose records have gone further than the witnesses know; see [`Engine::reached`].
    unheard: Vec<AccountIndex>,
    roll: Roll,
    unsaved: UnsavedAccounts,
    /// See [`Engine::take_erased`].
    erased: Option<Box<(AccountIndex, Account)>>,
    /// The latest time of a record of any account that was erased; `i64::MIN`: none was.
    latest_erased_ms: i64,
    followers: Followers,
    days: DayBlocks,
    users: usize,
    /// Once they have been asked for.
    conditions: OnceLock<Box<Conditions>>,
    /// Of the playbook's digest: verdicts carry it.
    playbook_hash: u64,
}

/// An account as the table of ids knows it: with some of its id's hash, so that most lookups, and the table's growth, touch no account.
#[derive(Clone, Copy, Debug)]
struct Known {
    hash: u32,
    index: AccountIndex,
}

impl Known {
    fn spread(hash: u32) -> u64 {
        // The table wants entropy in the high bits too.
        u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// How far the accounts have been taken through a boundary.
#[derive(Debug)]
struct Roll {
    /// The next account of the pass under way.
    next: usize,
    /// Earliest instant at which some zone's day changes: a pass begins once the clock reaches it.
    boundary_ms: i64,
    running: bool,
    /// Accounts whose zone changed: they may have days to live through before any boundary.
    moved: Vec<AccountIndex>,
}

/// Accounts that have something to write, each once.
#[derive(Debug, Default)]
pub struct UnsavedAccounts {
    /// Verdicts changed since the last commit.
    pub verdicts: Vec<AccountIndex>,
    /// Facts that must go into the next commit.
    pub urgent: Vec<AccountIndex>,
    /// Unsaved facts, those unsaved longest first, each with the mark under which it became so.
    pub queue: VecDeque<(AccountIndex, u64)>,
}

impl Engine {
    pub fn new(playbook: Arc<Playbook>, settings: EngineSettings) -> Self {
        let mut names = Names::default();
        let plan = Plan::new(&playbook, &mut names);
        let memo = Memo::of(&playbook, &plan);
        let judge = Judge::new(Context { playbook: &playbook, plan: &plan, names: &names, memo: &memo });
        let zone = Zone::new(playbook.time_zone.clone());
        Self {
            zones: vec![(playbook.time_zone_name.as_str().into(), zone)],
            plan,
            names,
            judge,
            memo,
            changes: Changes::default(),
            settings,
            accounts: Accounts::default(),
            by_id: HashTable::new(),
            clock_ms: None,
            witnesses: Witnesses::new(settings.clock_witnesses),
            unheard: Vec::with_capacity(UNHEARD_MAX),
            roll: Roll { next: 0, boundary_ms: i64::MIN, running: false, moved: Vec::new() },
            unsaved: UnsavedAccounts::default(),
            erased: None,
            latest_erased_ms: i64::MIN,
            followers: Followers::default(),
            days: DayBlocks::default(),
            users: 0,
            conditions: OnceLock::new(),
            playbook_hash: hash(playbook.digest.as_bytes()),
            playbook,
        }
    }

    pub fn playbook(&self) -> &Arc<Playbook> {
        &self.playbook
    }

    /// The partition's clock, in Unix milliseconds, as of when its witnesses were last heard.
    pub fn clock_ms(&self) -> Option<i64> {
        self.clock_ms
    }

    /// The day of that clock in the playbook's zone.
    pub fn clock_day(&mut self) -> Option<Day> {
        let clock_ms = self.clock_ms?;
        Some(self.zones[0].1.day_of(clock_ms))
    }

    /// The earliest instant at which the day of some account may change; before the first event, the beginning of time.
    pub fn boundary_ms(&self) -> i64 {
        self.roll.boundary_ms
    }

    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Users of all accounts.
    pub fn users(&self) -> usize {
        self.users
    }

    /// An account as expressions see it.
    pub(crate) fn view(&self, index: AccountIndex) -> View<'_> {
        self.memo.forget();
        let account = &self.accounts[index as usize];
        View { account, names: &self.names, plan: &self.plan, user: None, at_hand: None, memo: Some(&self.memo) }
    }

    /// What is asked of accounts, condition by condition.
    pub fn conditions(&self) -> &Conditions {
        self.conditions.get_or_init(|| Box::new(Conditions::new(&self.playbook, &self.names)))
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Takes the partition's clock forward; it never goes back. Accounts follow with their next event or by [`Engine::roll`].
    pub fn advance_clock(&mut self, instant_ms: i64) {
        if self.clock_ms.is_some_and(|clock_ms| instant_ms <= clock_ms) {
            return;
        }
        self.clock_ms = Some(instant_ms);
        if instant_ms >= self.roll.boundary_ms {
            self.begin_roll(instant_ms);
        }
    }

    fn begin_roll(&mut self, clock_ms: i64) {
        self.roll.boundary_ms = self.zones.iter_mut().map(|(_, zone)| next_boundary(zone, clock_ms)).min().unwrap_or(i64::MAX);
        self.roll.next = 0;
        self.roll.running = true;
    }

    /// Applies one event. `latest_ms`: an event later than it is from the future. `mark` stands for the event's place in the
    /// input: the queue of accounts with unsaved facts carries it.
    pub fn apply(&mut self, event: &Event<'_>, cause: CauseRef<'_>, latest_ms: i64, mark: u64, effects: &mut Vec<Effect>) -> EventOutcome {
        self.apply_hinted(event, Hint::default(), cause, latest_ms, mark, effects)
    }

    /// [`Engine::apply`], with what [`Engine::prefetch`] told about the event.
    pub fn apply_hinted(
        &mut self,
        event: &Event<'_>,
        hint: Hint,
        cause: CauseRef<'_>,
        latest_ms: i64,
        mark: u64,
        effects: &mut Vec<Effect>,
    ) -> EventOutcome {
        if event.time_ms > latest_ms {
            // The decision depends on the wall clock and must not be taken again: what the account holds is written at once.
            if let Some(index) = self.find(event.account.as_bytes()) {
                self.save_at_once(index, mark);
            }
            return EventOutcome::FromTheFuture;
        }
        if let Body::Erase(what) = &event.body {
            return EventOutcome::Applied(self.erase(event, what, cause, mark, effects));
        }
        let found = self.account_of(event, hint);
        let (day_before, clock_before) = (found.map(|index| self.accounts[index as usize].day), self.clock_ms);
        if let Some(index) = found {
            self.live_to(index, event.time_ms, effects);
        }
        let zone = found.map_or(0, |index| self.accounts[index as usize].zone);
        let zone = &mut self.zones[usize::from(zone)].1;
        let day = zone.day_of(event.time_ms);
        let begins_ms = self.clock_ms.map_or(event.time_ms, |clock_ms| clock_ms.max(event.time_ms));
        let today = found.map_or_else(|| zone.day_of(begins_ms), |index| self.accounts[index as usize].day);
        let moved_day = day_before.is_none_or(|before| day > before) && clock_before.is_none_or(|clock_ms| day > zone.day_of(clock_ms));
        let mut timing = Timing { account: found, day, today, moved_day };
        let counts_on_its_day = counts_on_its_day(&event.body);
        if counts_on_its_day && day < today - (HELD_DAYS - 1) {
            if let Some(index) = found {
                self.save_at_once(index, mark);
            }
            return EventOutcome::TooLate(timing);
        }
        let index = found.unwrap_or_else(|| {
            let index = self.add(&event.account, today, mark);
            self.reached(index, event.time_ms);
            index
        });
        timing.account = Some(index);
        let is_duplicate = self.is_duplicate(index, event);
        if counts_on_its_day {
            // A duplicate, too, has taken the account's clock in, which a redo must do again.
            self.enqueue(index, mark);
        } else {
            self.save_at_once(index, mark);
        }
        if is_duplicate {
            return EventOutcome::Duplicate(timing);
        }
        let applied = self.apply_facts(index, event, hint, mark, day);
        self.followers.note(index, &mut self.accounts[index as usize]);
        let idle_task = self.judge_event(index, event, cause, day, effects);
        if matches!(&event.body, Body::Account(patch) if !matches!(patch.time_zone, crate::input::Patch::Keep)) {
            self.change_zone(index);
        }
        EventOutcome::Applied(Applied { timing, idle_task, ..applied })
    }

    /// Judges an account after an event of a day. Returns whether that tells of a task and nothing follows from it.
    fn judge_event(&mut self, index: AccountIndex, event: &Event<'_>, cause: CauseRef<'_>, day: Day, effects: &mut Vec<Effect>) -> bool {
        let account = &mut self.accounts[index as usize];
        let task = if let Body::Task(told) = &event.body { TaskTold::of(told, &self.playbook, account) } else { None };
        // Whoever a play is of is named by what is told of its tasks.
        let user = task.as_ref().and_then(|told| told.key.subject.user()).filter(|user| !self.changes.users.contains(user));
        self.changes.users.extend(user);
        let context = Context { playbook: &self.playbook, plan: &self.plan, names: &self.names, memo: &self.memo };
        let (before, told) = (account.unsaved.verdicts, effects.len());
        let at = At {
            context,
            cause,
            time_ms: event.time_ms,
            late: day < account.day,
            looks: !counts_on_its_day(&event.body),
            of_all_users: false,
            task: task.as_ref(),
            named: &self.changes.users,
        };
        self.judge.judge(at, account, &self.changes, effects);
        // With each output the account's state is owed, which its verdicts say.
        account.unsaved.verdicts |= effects.len() > told;
        if account.unsaved.verdicts && !before {
            self.unsaved.verdicts.push(index);
        }
        task.is_none() && matches!(event.body, Body::Task(_))
    }

    /// Applies an event to the facts of its account alone: the redo after a restart. Only events that count on their day are ever redone;
    /// every other decision was written with the commit that took it.
    pub fn redo(&mut self, index: AccountIndex, event: &Event<'_>, hint: Hint, mark: u64) {
        if !counts_on_its_day(&event.body) {
            return;
        }
        self.reached(index, event.time_ms);
        if self.is_duplicate(index, event) {
            return;
        }
        let zone = self.accounts[index as usize].zone;
        let day = self.zones[usize::from(zone)].1.day_of(event.time_ms);
        self.apply_facts(index, event, hint, mark, day);
        self.enqueue(index, mark);
    }

    /// Takes an account's clock to a record of its own, and the account through every boundary up to there.
    fn live_to(&mut self, index: AccountIndex, instant_ms: i64, effects: &mut Vec<Effect>) {
        if self.accounts[index as usize].playbook_changed {
            // That is judged as of the clock before the record.
            self.live(index, effects);
        }
        self.reached(index, instant_ms);
        self.live(index, effects);
    }

    /// A record of the account's own has reached an instant: its clock is there, and the partition's follows where enough are.
    ///
    /// Only the days that begin decide anything, so the witnesses are asked once a record crosses a boundary, and otherwise now and then: most
    /// accounts have been overtaken by then.
    fn reached(&mut self, index: AccountIndex, instant_ms: i64) {
        let account = &mut self.accounts[index as usize];
        account.latest_ms = account.latest_ms.max(instant_ms);
        if !self.witnesses.is_ahead(instant_ms) {
            return;
        }
        self.unheard.push(index);
        if instant_ms >= self.roll.boundary_ms || self.unheard.len() == UNHEARD_MAX {
            self.hear_witnesses();
        }
    }

    /// Takes the partition's clock to where its accounts' records have gone.
    pub fn hear_witnesses(&mut self) {
        let mut reached = None;
        // The last ones have gone furthest, as a rule; of the others it is then known that they move nothing.
        while let Some(index) = self.unheard.pop() {
            reached = self.witnesses.reached(index, self.accounts[index as usize].latest_ms);
        }
        if let Some(clock_ms) = reached {
            self.advance_clock(clock_ms);
        }
    }

    /// The greatest time that moved a clock; `None`: none did.
    pub fn latest_ms(&self) -> Option<i64> {
        let latest_ms = self.accounts.iter().map(|account| account.latest_ms).chain([self.latest_erased_ms]).max();
        self.clock_ms.max(latest_ms.filter(|latest_ms| *latest_ms > i64::MIN))
    }

    /// The account that an event is about.
    pub fn account_of(&self, event: &Event<'_>, hint: Hint) -> Option<AccountIndex> {
        self.find_hinted(hint.account, event.account.as_bytes())
    }

    fn apply_facts(&mut self, index: AccountIndex, event: &Event<'_>, hint: Hint, mark: u64, day: Day) -> Applied {
        self.changes.clear();
        let account = &mut self.accounts[index as usize];
        let users = account.users.len();
        let mut target = Target {
            account,
            names: &mut self.names,
            changes: &mut self.changes,
            named: self.plan.products.len(),
            aliases: &self.plan.aliases,
            feature_days: self.plan.feature_days,
            days_of_users: self.plan.days_of_users,
            grace_days: self.plan.grace_days,
            bounds: self.settings.bounds,
            hint,
            day,
        };
        let applied = target.apply(event);
        self.users += account.users.len() - users;
        if self.settings.dedupe_ids > 0
            && let Some(id) = repeatable(event)
        {
            account.recent_ids.get_or_insert_default().push(id, self.settings.dedupe_ids);
        }
        if account.users.len() > users {
            // They are first seen on the account's day, which is another when the event is done again.
            self.save_at_once(index, mark);
        }
        applied
    }

    /// Lives the accounts through the boundaries that are due, at most so many accounts at a time. Returns whether more are left.
    pub fn roll(&mut self, accounts_max: usize, effects: &mut Vec<Effect>) -> bool {
        while let Some(index) = self.roll.moved.pop() {
            self.live(index, effects);
        }
        if !self.roll.running {
            return false;
        }
        let end = (self.roll.next + accounts_max).min(self.accounts.slots());
        self.live_each(self.roll.next..end, effects);
        self.roll.next = end;
        self.roll.running = end < self.accounts.slots();
        self.roll.running
    }

    /// Takes every account through every boundary up to the clock.
    pub fn roll_all(&mut self, effects: &mut Vec<Effect>) {
        self.live_each(0..self.accounts.slots(), effects);
        self.roll.running = false;
        self.roll.moved.clear();
    }

    /// Whether accounts are left to be taken through a boundary.
    pub fn is_rolling(&self) -> bool {
        self.roll.running
    }

    fn live_each(&mut self, accounts: Range<usize>, effects: &mut Vec<Effect>) {
        for index in accounts {
            // However few are taken at once, their waits for memory overlap.
            if index.is_multiple_of(TOGETHER)
                && let Some(clock_ms) = self.clock_ms
            {
                self.prefetch_boundary(index..(index + TOGETHER).min(self.accounts.slots()), utc_day_of(clock_ms));
            }
            self.live(index as AccountIndex, effects);
        }
    }

    /// Takes the account through every boundary up to its clock, one day at a time.
    fn live(&mut self, index: AccountIndex, effects: &mut Vec<Effect>) {
        if self.accounts[index as usize].playbook_changed {
            // The outputs tell the instant.
            self.hear_witnesses();
        }
        let account = &mut self.accounts[index as usize];
        if account.is_erased() {
            return;
        }
        let Some(clock_ms) = self.clock_ms.max(account.latest_ms()) else { return };
        let mut living = Living {
            context: Context { playbook: &self.playbook, plan: &self.plan, names: &self.names, memo: &self.memo },
            judge: &mut self.judge,
            changes: &mut self.changes,
            zone: &mut self.zones[usize::from(account.zone)].1,
        };
        let (before, told) = (account.unsaved.verdicts, effects.len());
        let mut terms_changed = false;
        if account.playbook_changed {
            terms_changed = living.judge_edited(account, clock_ms, effects);
            self.followers.note(index, account);
        }
        let today = living.zone.day_of(clock_ms);
        let repacking = |day: Day| (day + index as Day).div_euclid(REPACK_DAYS);
        if account.day < today {
            self.days.mark(account.number);
            self.followers.note(index, account);
            if repacking(account.day) < repacking(today) {
                account.repack();
            }
        }
        while account.day < today {
            terms_changed |= living.begin_day(account, effects);
        }
        if terms_changed && !account.unsaved.urgent {
            account.unsaved.urgent = true;
            self.unsaved.urgent.push(index);
        }
        // With each output the account's state is owed, which its verdicts say.
        account.unsaved.verdicts |= effects.len() > told;
        if account.unsaved.verdicts && !before {
            self.unsaved.verdicts.push(index);
        }
    }

    fn find(&self, id: &[u8]) -> Option<AccountIndex> {
        let hash = hash(id) as u32;
        let same = |known: &Known| known.hash == hash && self.accounts[known.index as usize].id.as_bytes() == id;
        self.by_id.find(Known::spread(hash), same).map(|known| known.index)
    }

    /// [`Engine::find`], where the account is most likely this one.
    fn find_hinted(&self, hint: Option<AccountIndex>, id: &[u8]) -> Option<AccountIndex> {
        let has_id = |index: &AccountIndex| self.accounts.get(*index as usize).is_some_and(|account| account.id.as_bytes() == id);
        hint.filter(has_id).or_else(|| self.find(id))
    }

    /// The account that most likely has the id, without a look at it.
    fn likely(&self, id: &[u8]) -> Option<AccountIndex> {
        let hash = hash(id) as u32;
        self.by_id.find(Known::spread(hash), |known| known.hash == hash).map(|known| known.index)
    }

    /// An account begins with its first accepted event, on the clock's day.
    fn add(&mut self, id: &str, today: Day, mark: u64) -> AccountIndex {
        let index = self.insert(Account::new(id, 0, today));
        self.accounts[index as usize].number = self.days.add(index);
        self.accounts[index as usize].unsaved.verdicts = true;
        self.unsaved.verdicts.push(index);
        self.save_at_once(index, mark);
        index
    }

    fn insert(&mut self, account: Account) -> AccountIndex {
        let index = self.accounts.slots() as AccountIndex;
        let known = Known { hash: hash(account.id.as_bytes()) as u32, index };
        self.by_id.insert_unique(Known::spread(known.hash), known, |other| Known::spread(other.hash));
        self.users += account.users.count();
        self.accounts.push(account);
        self.followers.note(index, &mut self.accounts[index as usize]);
        index
    }

    fn is_duplicate(&self, index: AccountIndex, event: &Event<'_>) -> bool {
        self.settings.dedupe_ids > 0
            && repeatable(event)
                .is_some_and(|id| self.accounts[index as usize].recent_ids.as_ref().is_some_and(|recent| recent.contains(id)))
    }

    fn change_zone(&mut self, index: AccountIndex) {
        // A day may have begun in the new zone since they were last heard.
        self.hear_witnesses();
        let name = self.accounts[index as usize].profile.as_ref().and_then(|profile| profile.time_zone.clone());
        let zone = self.zone(name.as_deref());
        // D never goes back; where the new zone is ahead, the account lives through the days before its next event.
        if std::mem::replace(&mut self.accounts[index as usize].zone, zone) != zone {
            self.roll.moved.push(index);
            if let Some(clock_ms) = self.clock_ms {
                let boundary_ms = next_boundary(&mut self.zones[usize::from(zone)].1, clock_ms);
                self.roll.boundary_ms = self.roll.boundary_ms.min(boundary_ms);
            }
        }
    }

    /// The zone by name, or the playbook's.
    fn zone(&mut self, name: Option<&str>) -> u16 {
        let Some(name) = name else { return 0 };
        if let Some(known) = self.zones.iter().position(|(known, _)| **known == *name) {
            return known as u16;
        }
        // The decoder lets only known zones through; one that a later tz database lost reads as UTC.
        let time_zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
        self.zones.push((name.into(), Zone::new(time_zone)));
        (self.zones.len() - 1) as u16
    }

    fn save_at_once(&mut self, index: AccountIndex, mark: u64) {
        self.enqueue(index, mark);
        let unsaved = &mut self.accounts[index as usize].unsaved;
        if !unsaved.urgent {
            unsaved.urgent = true;
            self.unsaved.urgent.push(index);
        }
    }

    fn enqueue(&mut self, index: AccountIndex, mark: u64) {
        let unsaved = &mut self.accounts[index as usize].unsaved;
        if !unsaved.queued {
            unsaved.queued = true;
            self.unsaved.queue.push_back((index, mark));
        }
    }

    /// The day the account has lived up to.
    pub fn day_of_account(&self, account: &str) -> Option<String> {
        Some(date_text(self.accounts[self.find(account.as_bytes())? as usize].day))
    }

    /// The value of a condition's metric on the account's present day, as evidence shows it; for tests and queries.
    pub fn metric(&self, account: &str, product: Option<&str>, reference: &MetricRef) -> Option<serde_json::Value> {
        let subject = product.and_then(|product| self.playbook.product(product)).map_or(Subject::Account, Subject::Product);
        self.asked(account, subject, &Operand::Metric(reference.clone()))
    }

    /// The value of a user's metric or measure, likewise.
    pub fn of_user(&self, account: &str, user: &str, of: &Operand) -> Option<serde_json::Value> {
        let known = &self.accounts[self.find(account.as_bytes())? as usize];
        self.asked(account, Subject::User(known.users.merged(known.users.find(user)?)), of)
    }

    /// The value of a metric or a measure of a subject, likewise. `None` where the account is not known, and of what is neither.
    pub fn asked(&self, account: &str, subject: Subject, of: &Operand) -> Option<serde_json::Value> {
        let account = &self.accounts[self.find(account.as_bytes())? as usize];
        let view = View { account, names: &self.names, plan: &self.plan, user: subject.user(), at_hand: None, memo: None };
        match of {
            Operand::Metric(reference) => Some(effect::value_of(view, &self.playbook, reference, subject)),
            Operand::Measure(MeasureRef { product, measure }) => {
                Some(view.measure(measure.0, product.or(subject.product())).map_or(serde_json::Value::Null, json_number))
            }
            _ => None,
        }
    }
}

/// The portfolio is to count the account anew.
/// Accounts that have changed since whoever follows them took them last, each once.
#[derive(Debug, Default)]
struct Followers {
    /// To be counted for the portfolio.
    uncounted: Vec<AccountIndex>,
    /// To be shown anew by lists.
    unlisted: Vec<AccountIndex>,
}

impl Followers {
    fn note(&mut self, index: AccountIndex, account: &mut Account) {
        if account.uncounted && account.unlisted {
            return;
        }
        if !std::mem::replace(&mut account.uncounted, true) {
            self.uncounted.push(index);
        }
        if !std::mem::replace(&mut account.unlisted, true) {
            self.unlisted.push(index);
        }
    }
}

/// The first instant of a date in a zone, in Unix milliseconds.
pub fn start_of_day(time_zone: &TimeZone, date: jiff::civil::Date) -> i64 {
    start_of(time_zone, day_of_date(date))
}

/// The day of an instant in a zone.
pub fn day_in(time_zone: &TimeZone, instant_ms: i64) -> Day {
    Zone::new(time_zone.clone()).day_of(instant_ms)
}

/// The first instant of a day in a zone, in Unix milliseconds.
pub fn start_of(time_zone: &TimeZone, day: Day) -> i64 {
    Zone::new(time_zone.clone()).start_of(day)
}

/// The id by which a second record of an event is told. Of an answer it says which one it replaces.
fn repeatable<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    event.id.as_deref().filter(|_| !matches!(event.body, Body::Nps(_)))
}

/// Whether a record's facts are of its own day. All others are of the state that it finds, and written with the commit that took them in, and so
/// are those of a record that names a user who was not known.
fn counts_on_its_day(body: &Body<'_>) -> bool {
    matches!(body, Body::Usage { .. } | Body::Gauge { .. } | Body::Workflow(_))
}

/// The first instant of the next day.
fn next_boundary(zone: &mut Zone, clock_ms: i64) -> i64 {
    let today = zone.day_of(clock_ms);
    zone.start_of(today + 1)
}

/// Ids are hashed with a fixed seed: nothing the engine emits depends on it, and runs stay comparable.
fn hash(id: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id)
}
