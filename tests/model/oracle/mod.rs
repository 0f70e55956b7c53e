//! An oracle for the adoption tracker: a naive model that keeps every event and computes every metric by its definition
//! each time it is asked. It shares no code with the service. Written from `docs/reference` alone.
//!
//! - [`model`]: clock and days. [`judge`], [`rules`], [`campaigns`]: what follows, and the outputs.
//! - [`facts`]: what was told. [`metric`]: the metrics. [`portfolio`]: the figures of all accounts. [`view`]: what people see of one.
//! - [`expr`]: the condition language. [`eval`]: what it comes to, and evidence.
//! - [`playbook`], [`decode`], [`json`], [`zone`], [`number`]: what these need.
//! - [`stream`]: seeded random playbooks and streams.
//!
//! # Decisions where docs/reference leaves room
//!
//! Decoding
//! - Class of a fault: a wrong JSON type, a number that is not whole where a whole one is asked, a text that has not the form of a date
//!   or of an instant (with offset) is `wrong_type`. A value outside its bounds, its enumeration or the calendar, an empty (where it is
//!   required) or too long name, a whole number beyond the double's exact ones where it is written with a fraction or an exponent, an
//!   unknown zone, `ends` before `starts`, an integration of a product with itself, a workflow with one product or one twice is
//!   `out_of_range`. A required field absent or `null` is `missing_field`.
//! - Invalid UTF-8 anywhere in the line is `invalid_utf8`, before JSON is looked at; a lone surrogate only in a field of
//!   that type's table (list items too). Nesting of 128 levels is `bad_json`. Of several faults the first by the order of
//!   `decode.rs` is reported (the streams hold one fault a line).
//! - Every field of `account`, of its two objects and of `user` (but `user`) is optional. `null` is absent everywhere, also in a list and in
//!   `ids`; an empty text is absent in an optional field, also of an object, but is a text in a list and in `ids`.
//! - `clear` may name any field of its type, also `user` and `merged_into`, which are then not cleared.
//! - Lines have no headers, so of CloudEvents there is the structured form: a text `specversion`, an object `data` or a text `data_base64`, no
//!   `account` beside them.
//! - A blank line is one of JSON white space only.
//!
//! Time
//! - An instant's day is the latest date that the zone's calendar has shown up to then (so a day that was begun is not
//!   left where the clocks go back over midnight); a date that a zone skipped is lived through, at the same instant as the
//!   next one.
//! - A new zone counts for days from after the judging of the event on. The days jumped ahead are lived through when the
//!   account is next touched (an event or the end of the input), with the new zone's starts as `time`. Until then
//!   `Oracle::metric` answers for the day lived through.
//! - An account unknown so far: too_late is judged on the clock's day in the playbook's zone; a zone in the first event
//!   itself is a change of zone.
//! - An event exactly at `until` (or at wall clock plus skew) is not from the future.
//!
//! Facts
//! - Internal usage is no use at all: neither for the stage `entitled` of a product never told.
//! - A term's `begins` is `starts`, else the event's day (which may be before D). On which days a term was in force, and what
//!   the seats were, for `entitled_days` and `seats_days`, is what evaluations saw, not what a term that was told since says.
//! - An `ended` leaves no term in force where none is after it, whether or not one was before.
//! - `ended` of a term that was never told tells the product all the same.
//! - `ends` before the event's day without `starts` is accepted: a term that has ended. `ends` before `starts` is a dead
//!   letter with `status: ended` too.
//! - Connections and workflows keep products that the playbook does not name; they count for those named.
//! - Gauge: the latest by time among all accepted of that product and name; 0 where its day is outside the window, even
//!   if an earlier one were within.
//! - `events(f)` and `users_of(f)` count what usage named, whether or not the catalogue of the product at hand has `f`.
//!   A feature whose catalogue entry has no tier is of no tier.
//! - `days_to_renewal` and `onboarded_days` may be negative. `stage_days` counts a change to `none` as well.
//! - `products_active` has no parameter; its window is `window_days`; its canonical name is bare.
//! - `min_active_days` is a top-level key of the playbook (5); more than N of them is N.
//! - `observed_days` and `account_stage_days` are 0 on the first day. `account_stage_days` counts from the beginning until the
//!   first change.
//!
//! Conditions
//! - `x in [..]`: unknown where x is missing; else the Kleene-or of equalities. An arithmetic result that is not finite is
//!   missing. Texts compare by bytes.
//! - Canonical text: single spaces round binary operators, no parenthesis that precedence does not need, numbers as
//!   written, texts in JSON quotes; `crm.` is dropped where crm is the subject, even if written.
//! - Every comparison is one evidence item, from left to right, also under `!`, in a branch that did not matter, and where
//!   it was written twice. Its window spans the windows of all metrics of both sides.
//! - Metrics with a window: those with N, `active_weeks` (7·W days), the comparisons (2N days up to D−1−`settle_days`),
//!   `products_active`. The others read none.
//!
//! Stages
//! - `highest`: the highest whose own condition holds, `none` only where none holds: the product need not be entitled (but
//!   a term that has ended is `none` whatever holds).
//! - Downwards evidence: the lowest stage, from `entitled` up to the old one, whose own condition does not hold, in both
//!   ladders; of `adopted`, the comparisons of the product's own condition and then of `regular_use`.
//! - `hold_days: 0` falls at events too. S of a stage is forgotten with every move and every evaluation that is no longer
//!   below.
//! - Account stage evidence: `products_adopted` `>=` the bound; downwards that of the stage just above the one reached.
//!
//! Incidents
//! - While an account is closed nothing is remembered of what has been true since when; `account_closed` counts as the last
//!   clear for `cooldown_days`.
//! - `no_longer_applies` counts as the last clear for `cooldown_days`, and S is forgotten while the stage is `none`.
//! - On clearing by condition the evidence is that of `clear`, or of `open` where `clear` is the default.
//! - `due` is the day of opening (D) plus `due_days`; without `due_days` a play has no `due`.
//!
//! Expressions
//! - `c ? a : b` binds weakest, and what stands between `?` and `:` binds stronger: `a ? (b ? c : d) : e` needs its parentheses. Both are of
//!   one kind. `known` takes whatever there is, lists too; `or` two of one kind, none of them a list.
//! - Ten to the fifteenth is looked for before rounding. What `min` and `max` of an aggregate take is neither rounded nor too large.
//! - Within `users...( )` a product may stand before what says use (`active_days` to `used`), nothing else; within `products...( )` nothing may.
//! - A user's `products_used` asked of one product is 1 or 0. In a user's expression verdicts of the account may be read with `account.` and
//!   without.
//! - `alert_open` and `play_open` of a rule that is neither of this subject's kind nor the account's are false.
//! - Evidence: `account.` is dropped in a product's expression where no metric or measure of a product is called so. Within `products...( )` a
//!   feature is called as it was written; behind `primary.` as the primary product calls it. Comparisons within a condition that `known`, `or`,
//!   `?` or a comparison of conditions takes have lines of their own.
//! - Windows: `effective_features` reads the days of each feature's `effective` as well; `utilization_change` D−2N+1 to D; `key_users_gone`
//!   D−2N to D; `seats_added` and `mrr_change` D−N to D; `products_added` and `products_lost` the trailing N days; `fit` and `synergies_...`
//!   what their conditions read.
//!
//! Users
//! - A record that is applied names users, be it of a product that the playbook does not name, or of a user who is internal. What is too late
//!   or a duplicate names nobody.
//! - First seen is the D of the record that named the user; of one who others turned out to be the earliest of theirs.
//! - A record looks at rules of whom it names as who that was before it, and as who that is after it: of a merge both.
//! - Departments and levels are missing where no user present has one; those active are 0 where only users without use have one.
//!
//! Answers and outcomes
//! - The latest answer of a user alone is kept: one with its id replaces it whole, to an earlier day as well; one with another id and an earlier
//!   day is forgotten. An id counts within one user. Answers are no duplicates, and are not remembered as applied.
//! - Of outcomes of one instant the later read is the later. A churn before any level makes `mrr` 0.
//!
//! Products
//! - `addons` is missing where no term in force tells any; `addons_unused` is 0 then. Without a term in force all of the catalogue is enabled.
//!   A term tells features, and an add-on one, by their aliases too.
//! - `utilization_change` of a product that was never used is 0 ÷ seats. `users_change` asks for no volume.
//! - `feature_change` is missing where a user of the product became internal, of whichever feature.
//! - A feature's `effective` with one of its two numbers has the default for the other.
//! - `synergies_unlocked` and `_untapped` are 0 without a catalogue of them.
//! - `m >= t` in `criteria_progress`: m may be a calculation; with a double it is divided as doubles are.
//!
//! What happens
//! - A band is forgotten at whatever cause its product's stage is `none` at, closed accounts included; an account's stands while it is closed.
//! - A late record leaves segments as they are: it makes them forget nothing either.
//! - `user` of a milestone is the record's, as who that is by then.
//! - Reading a measure makes a rule daily, whatever stands behind the measure. A verdict does not.
//! - While an account is closed, what is open of a user ends at the next boundary, or at a record that names the user.
//! - An edited playbook: of alerts what is removed follows the alerts, of plays the plays; in the order of the file before, those of users last.
//!   Where the rule is there, but not of that subject any more, the reason is `no_longer_applies`.
//!
//! Plays
//! - A task is named by who a user is by then. A record that names `incident` is none of this model's: it knows no incident's id. A task goes
//!   from done to dismissed and back; another reason is a change. `.updated` lists all tasks as they are after it.
//! - A task's record is told also where the play then closes for another reason; not while the account is closed. Of reasons the account's being
//!   closed goes before what does not apply any more, that before `tasks_done`, that before the condition.
//! - After `tasks_done` a look at which the rule does not apply is one at which `open` is not true. A late look is a look.
//! - Whether a play is held out is settled when it opens, for all that follows.
//! - What guards held back is forgotten where it would not open any more, at a late look too; the day on which that was last published is not.
//!   Guards are compared as a set. A suppressed play's S stands.
//! - A play is overdue on one boundary. `due` stays what it was at opening; who does a task and when is settled then, too.
//! - Champions are the account's, whoever's the play is, each figure over `window_days`. Of nobody the list is empty.
//! - An outcome goes on by the rule as it is: an edit that brings another metric or other days is looked at by those, with the old baseline.
//!   One that is removed from a rule, or a rule that is not of that subject any more, ends it. A play that opened without one has none. Of a user
//!   who turned out to be another it ends; of one who is gone or internal, and of a product whose stage is `none`, it goes on. A day on which
//!   the account is closed is passed over.
//! - Of several outcomes of a play and a subject on one boundary the earlier opening's comes first.
//!
//! Campaigns
//! - One thing at a look: what ended is triggered again at the next at the earliest. `.missed` has the evidence of `goal`.
//! - On a boundary `goal` is asked first. After an edit with fewer `goal_days` it is missed on the next boundary.
//! - A cooldown that is over is over: an edit that makes it longer does not bring it back.
//! - An edit that removes the goal ends what is under way, in silence, before it is looked at.
//!
//! The account view
//! - A measure that is named to be shown stands there without a value where that is missing. Its parts are as they come, not rounded.
//! - `progress` of a comparison is that of `criteria_progress`, and of any right side that is a number above 0.
//! - On which day something lapses is asked once that day's boundary has been judged; plays and alerts go on living until then.
//! - A guardrail is told of where some play has it, one of products of those products that such a play is of.
//! - A connection is possible as `integrations_possible` counts it.
//! - Milestones of a product are told of where the account is entitled to it, and where they were reached.
//! - Whose an incident and its tasks are is told by the account as it is now. What is held out is not told of.
//! - A module is a gap where none of its features in the catalogue was used, be they enabled or not, and one of them is enabled.
//! - What is known today of 28 days ago: nothing that happened since; what was told of terms, profile and users, and touchpoints, as
//!   it is today.
//! - What `fit` asks for are its parts between `&&` and `||`, however these are nested; `!x` is one. Where a path is matched and has no next
//!   product, no product is the next.
//! - A recommendation to deepen takes the effort, and has the recommendation, of the worthiest of the unused features that count. A price per
//!   seat is nothing without seats, and then has no currency. Without a catalogue of integrations none is recommended.
//! - Cross-sells that fit alike stand in the order of the playbook.
//! - Variance is told of every benchmark by name, of any number of accounts; it is a difference of doubles.

pub mod campaigns;
pub mod decode;
pub mod eval;
pub mod expr;
pub mod facts;
pub mod json;
pub mod judge;
pub mod metric;
pub mod model;
pub mod number;
pub mod playbook;
pub mod portfolio;
pub mod rules;
pub mod stream;
pub mod view;
pub mod zone;

pub use self::model::{Line, Options, Oracle, compare_key, until_instant};

#[cfg(test)]
mod sanity;
#[cfg(test)]
mod sanity_model;
#[cfg(test)]
mod sanity_plays;
#[cfg(test)]
mod sanity_portfolio;
#[cfg(test)]
mod sanity_view;
