//! An account: what happened, what was concluded, and what of both is not yet in the changelog.

use std::sync::Arc;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::day::{Day, NEVER};
use super::days::AccountNumber;
use super::facts::{Product, Profile, RecentIds, Signals, Standing, TermContext, UserIndex, Users};
use super::names::NameId;
use super::plan::{Band, Slot, SlotGroup, SlotState, UNKNOWN};
use super::plays::Plays;
use super::prefetch::ask_for_bytes;
use super::repack;
use super::subject::IncidentKey;
use crate::playbook::{ProductIndex, RuleHead, Task};
use crate::tagged::Unknown;

/// A product's stage, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    None,
    Entitled,
    Activated,
    Adopted,
    Proficient,
    Integrated,
}

impl Stage {
    pub const ALL: [Self; 6] = [Self::None, Self::Entitled, Self::Activated, Self::Adopted, Self::Proficient, Self::Integrated];

    /// As outputs and the service's metrics name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Entitled => "entitled",
            Self::Activated => "activated",
            Self::Adopted => "adopted",
            Self::Proficient => "proficient",
            Self::Integrated => "integrated",
        }
    }
}

/// What every event touches comes first.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Account {
    /// Inline up to 24 bytes: it is compared with each event, beside what the event changes.
    pub id: CompactString,
    /// D: the day lived up to.
    pub day: Day,
    /// The profile's: the day from which on the account is closed. [`Day::MAX`] where none is told.
    pub closed: Day,
    /// The latest time of a record of its own; `i64::MIN` before the first.
    pub latest_ms: i64,
    /// The first day on which judging may find anything new although nothing happens; [`NEVER`] while some slots are not computed.
    pub due: Day,
    /// Index among the engine's zones.
    pub zone: u16,
    /// Index among the playbook's account stages.
    pub stage: u8,
    /// Judged by another playbook than the present one.
    pub playbook_changed: bool,
    /// The portfolio counts it as it was: it is among those that are to be counted anew.
    pub uncounted: bool,
    /// Likewise of what lists show.
    pub unlisted: bool,
    /// What a late record gave reason for, and what is not in the account's favour, waits for the next cause that is not late: all is judged
    /// anew then.
    pub withheld: bool,
    /// Among the accounts of its partition, in the order in which they began: for the changelog, which writes days by the block.
    pub number: AccountNumber,
    /// The day of the first event.
    pub began: Day,
    /// Rows of users with products, and features in them, of all products: what [`Bounds::uses_per_account`] is about.
    ///
    /// [`Bounds::uses_per_account`]: super::apply::Bounds::uses_per_account
    pub uses: u32,
    pub products: Vec<AccountProduct>,
    /// Their names, in the same order: a product is found without a look at the others.
    names: SmallVec<[NameId; 6]>,
    pub unsaved: Unsaved,
    pub users: Users,
    /// The account's own slots; empty until first judged in this process.
    pub slots: Box<[SlotState]>,
    pub profile: Option<Box<Profile>>,
    pub signals: Option<Box<Signals>>,
    pub recent_ids: Option<Box<RecentIds>>,
    /// Of its core record.
    pub unknown: Unknown,
    /// Directed, in place.
    pub connections: Vec<(NameId, NameId)>,
    /// [`NEVER`] until the account stage first changes.
    pub stage_changed: Day,
    /// In the order of their keys; only those with something to remember.
    pub incidents: Vec<(IncidentKey, IncidentState)>,
    /// In the playbook's order; only those with something to remember.
    pub segments: Vec<SegmentState>,
    /// Those that are reached.
    pub milestones: Vec<MilestoneState>,
    /// Those that are published.
    pub bands: Vec<BandState>,
    /// Of plays beside their incidents, and of campaigns.
    pub plays: Option<Box<Plays>>,
    /// Milestones that were reached and that the present playbook does not name, or not with that product.
    pub gone_milestones: Option<Box<Vec<GoneMilestone>>>,
    /// Of what is written behind its verdicts.
    pub unknown_conclusions: Unknown,
    /// Slots of users, where rules of users have any.
    pub user_slots: UserSlots,
    /// Instances of users that are to be judged of all of them with the next day, ascending.
    pub users_wait_for: Option<Box<Vec<u32>>>,
    /// Families that slots of the account read which are looked at daily, and that have moved since they were.
    pub dirty: u32,
    /// Families, not of the users themselves, that slots of users read, and that have moved since all were looked at.
    pub dirty_of_users: u32,
    /// Whatever is looked at daily is to be judged once it is.
    pub is_to_be_looked_at: bool,
    /// Open incidents and product verdicts of a playbook that is gone; settled when the account is judged by the new one.
    pub leftovers: Option<Box<Vec<Leftover>>>,
}

#[derive(Clone, Debug)]
pub struct AccountProduct {
    /// `None` where the playbook does not name the product: kept, and in no metric.
    pub index: Option<ProductIndex>,
    pub facts: Product,
    pub stage: Stage,
    /// The day the stage last changed; [`NEVER`] if never.
    pub stage_changed: Day,
    /// The day since which a lower stage has been derived without a break; [`NEVER`] if none is.
    pub below_since: Day,
    /// The day the stage first reached `adopted` or above; [`NEVER`] if never.
    pub adopted_day: Day,
    /// The day the stage last fell below `adopted`; [`NEVER`] if it never did.
    pub lost_day: Day,
    /// [`Account::due`], of the product alone.
    pub due: Day,
    pub slots: Box<[SlotState]>,
    /// As [`Account::dirty`], of the product's slots.
    pub dirty: u32,
    pub unsaved: bool,
}

/// Whether an account is in a segment, and since when it might not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentState {
    /// By its index in the playbook.
    pub segment: u16,
    pub is_in: bool,
    /// The day since which the condition says otherwise without a break; [`NEVER`] if it does not.
    pub since: Day,
}

/// When a milestone was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MilestoneState {
    /// By its index in the playbook.
    pub milestone: u16,
    pub product: Option<ProductIndex>,
    pub day: Day,
}

/// Its id, the product's, and the day on which it was reached.
pub type GoneMilestone = (String, Option<String>, Day);

/// The band that was published last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandState {
    /// By its index in the playbook.
    pub measure: u16,
    pub product: Option<ProductIndex>,
    /// Its name: a playbook may have renamed it since.
    pub band: NameId,
}

/// Where the metrics that rules of users read stand of each user, as [`SlotState::at`], in rows.
#[derive(Clone, Debug, Default)]
pub struct UserSlots {
    width: u32,
    /// Whether a slot has two bytes: only where a metric is compared with very many constants.
    is_wide: bool,
    /// Of one byte, or little endian of two. All bits are set of [`UNKNOWN`].
    slots: Vec<u8>,
    /// By user: the first day on which something may be another although nothing happens. [`NEVER`]: nothing has been computed.
    due: Vec<Day>,
    /// None of them is earlier.
    earliest: Day,
}

impl UserSlots {
    /// Makes room for so many users with the slots of a group each.
    pub fn grow(&mut self, users: usize, group: &SlotGroup) {
        if self.due.len() < users {
            self.width = group.sources.len() as u32;
            self.is_wide = group.sources.iter().any(|source| source.places() > usize::from(u8::MAX));
            let bytes = users * self.width as usize * (1 + usize::from(self.is_wide));
            self.slots.reserve_exact(bytes - self.slots.len());
            self.slots.resize(bytes, u8::MAX);
            self.due.reserve_exact(users - self.due.len());
            self.due.resize(users, NEVER);
            self.earliest = NEVER;
        }
    }

    pub fn slot(&self, user: UserIndex, number: u16) -> Slot {
        let place = self.place(user, number);
        if self.is_wide {
            return Slot::from_le_bytes([self.slots[2 * place], self.slots[2 * place + 1]]);
        }
        match self.slots[place] {
            u8::MAX => UNKNOWN,
            slot => slot.into(),
        }
    }

    pub fn set_slot(&mut self, user: UserIndex, number: u16, slot: Slot) {
        let place = self.place(user, number);
        let bytes = slot.to_le_bytes();
        if self.is_wide {
            self.slots[2 * place..][..2].copy_from_slice(&bytes);
        } else {
            self.slots[place] = bytes[0];
        }
    }

    fn place(&self, user: UserIndex, number: u16) -> usize {
        user.0 as usize * self.width as usize + usize::from(number)
    }

    pub fn due_of(&self, user: UserIndex) -> Day {
        self.due[user.0 as usize]
    }

    pub fn set_due(&mut self, user: UserIndex, due: Day) {
        self.due[user.0 as usize] = due;
        self.earliest = self.earliest.min(due);
    }

    /// All are to be looked at on a day at the latest.
    pub fn due_by(&mut self, day: Day) {
        self.due.iter_mut().for_each(|due| *due = (*due).min(day));
        self.earliest = self.earliest.min(day);
    }

    /// The first day on which something of any user may be another; `None`: there are no users.
    pub fn due(&self) -> Option<Day> {
        // What has not been computed is no reason to compute all there is of the account.
        (!self.due.is_empty()).then_some(self.earliest.max(NEVER + 1))
    }

    /// Finds that day anew.
    pub fn settle(&mut self) {
        self.earliest = self.due.iter().copied().min().unwrap_or(Day::MAX);
    }

    fn bytes(&self) -> usize {
        self.slots.capacity() + self.due.capacity() * size_of::<Day>()
    }
}

/// What a rule remembers of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentState {
    /// The day since which what is awaited has been true without a break: `open`, or while an incident is open, `clear`. [`NEVER`] if it is
    /// not.
    pub since: Day,
    /// [`NEVER`] if it never cleared.
    pub last_clear: Day,
    /// Apart, as few are open of those that something is remembered of.
    pub open: Option<Box<OpenIncident>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OpenIncident {
    pub id: u128,
    pub opened_ms: i64,
    pub opened_day: Day,
    /// [`NEVER`] if it has no such day.
    pub due: Day,
}

/// An open incident whose rule or product the present playbook does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    pub rule: Arc<RuleHead>,
    pub product: Option<String>,
    pub user: Option<UserIndex>,
    pub rule_exists: bool,
    pub incident: OpenIncident,
}

/// What has changed since it was last written to the changelog.
#[derive(Clone, Debug, Default)]
pub struct Unsaved {
    pub verdicts: bool,
    /// Anything of the account's own record: profile, signals, connections.
    pub core: bool,
    /// One bit per page of users.
    pub user_pages: SmallVec<[u64; 1]>,
    /// The account stands in the queue of those with unsaved facts.
    pub queued: bool,
    /// Its facts go into the next commit.
    pub urgent: bool,
    /// Its facts have been written in parts, and always will be.
    pub large: bool,
    /// What was restored under old names has been joined to the present ones'.
    pub joined: bool,
}

impl Unsaved {
    /// Users per fact record.
    pub const PAGE_USERS: u32 = 32;

    pub fn mark_user(&mut self, user: UserIndex) {
        let page = (user.0 / Self::PAGE_USERS) as usize;
        if page / 64 >= self.user_pages.len() {
            self.user_pages.resize(page / 64 + 1, 0);
        }
        self.user_pages[page / 64] |= 1 << (page % 64);
    }
}

impl OpenIncident {
    /// The day by which its play is to be done.
    pub fn due(&self) -> Option<Day> {
        (self.due != NEVER).then_some(self.due)
    }

    /// The day by which a task of its play is to be done: its own, else the play's.
    pub fn task_due(&self, task: &Task) -> Option<Day> {
        task.due_days.map(|days| self.opened_day + Day::from(days)).or(self.due())
    }
}

impl IncidentState {
    pub const EMPTY: Self = Self { since: NEVER, last_clear: NEVER, open: None };
}

impl Account {
    /// Those at the beginning that usage reads.
    pub const HOT_BYTES: usize = std::mem::offset_of!(Self, profile);

    pub fn new(id: &str, zone: u16, day: Day) -> Self {
        Self {
            id: id.into(),
            zone,
            day,
            closed: Day::MAX,
            began: day,
            uses: 0,
            products: Vec::new(),
            names: SmallVec::new(),
            users: Users::default(),
            profile: None,
            signals: None,
            recent_ids: None,
            unknown: Unknown::default(),
            connections: Vec::new(),
            stage: 0,
            stage_changed: NEVER,
            incidents: Vec::new(),
            segments: Vec::new(),
            milestones: Vec::new(),
            bands: Vec::new(),
            plays: None,
            gone_milestones: None,
            unknown_conclusions: Unknown::default(),
            user_slots: UserSlots::default(),
            users_wait_for: None,
            dirty: 0,
            dirty_of_users: 0,
            is_to_be_looked_at: false,
            leftovers: None,
            slots: Box::default(),
            due: NEVER,
            playbook_changed: false,
            uncounted: false,
            unlisted: false,
            withheld: false,
            latest_ms: i64::MIN,
            number: 0,
            unsaved: Unsaved::default(),
        }
    }

    /// What stands where an account was that is erased. No account has an empty id.
    pub fn is_erased(&self) -> bool {
        self.id.is_empty()
    }

    /// The latest time of a record of its own.
    pub fn latest_ms(&self) -> Option<i64> {
        (self.latest_ms != i64::MIN).then_some(self.latest_ms)
    }

    /// Something waits for the next cause that is not late, which is the next day at the latest.
    pub fn withhold(&mut self) {
        self.withheld = true;
        self.due = self.due.min(self.day + 1);
    }

    pub fn position_of(&self, name: NameId) -> Option<usize> {
        self.names.iter().position(|&other| other == name)
    }

    /// The product's position, added where the account has none of it yet. Name ids below `named` are the playbook's products.
    pub fn position_or_add(&mut self, name: NameId, named: usize) -> usize {
        self.position_of(name).unwrap_or_else(|| {
            let index = ((name.0 as usize) < named).then_some(ProductIndex(name.0 as u16));
            if self.products.len() == self.products.capacity() {
                self.products.reserve_exact(1);
            }
            self.products.push(AccountProduct::new(name, index));
            self.names.push(name);
            self.due = NEVER;
            self.products.len() - 1
        })
    }

    /// Makes room for exactly so many products, where there are fewer.
    pub fn reserve_products(&mut self, count: usize) {
        self.products.reserve_exact(count.saturating_sub(self.products.len()));
    }

    pub fn product(&self, index: ProductIndex) -> Option<&AccountProduct> {
        // The names of the playbook's products are its product indexes.
        self.position_of(NameId(index.0.into())).map(|position| &self.products[position])
    }

    /// A product is to be looked at on a day at the latest.
    pub fn due_by(&mut self, position: usize, day: Day) {
        let product = &mut self.products[position];
        product.due = product.due.min(day);
        self.due = self.due.min(day);
    }

    /// Keeps at hand what the profile says of the day on which the account closes.
    pub fn note_closed(&mut self) {
        self.closed = self.profile.as_ref().and_then(|profile| profile.closed).unwrap_or(Day::MAX);
    }

    /// Whether the account is closed: nothing is in force, and no rule is judged.
    pub fn is_closed(&self) -> bool {
        self.closed <= self.day
    }

    /// What decides, beside their terms, whether products are entitled.
    pub fn term_context(&self, grace_days: Day) -> TermContext {
        TermContext { today: self.day, grace_days, closed: self.is_closed() }
    }

    /// What moved is looked at daily by something of the product, or of its account.
    pub fn note_dirty(&mut self, position: usize, families: u32, group: &SlotGroup) {
        let dirty = families & group.daily_families;
        if dirty != 0 {
            self.products[position].dirty |= dirty;
            self.due_by(position, self.day + 1);
        }
    }

    /// What is looked at daily is to be judged once it is.
    pub fn wait_for_look(&mut self) {
        self.is_to_be_looked_at = true;
        self.due = self.due.min(self.day + 1);
    }

    /// An instance is to be judged of all users with the next day.
    pub fn wait_for_users(&mut self, instance: u32) {
        let waiting = self.users_wait_for.get_or_insert_default();
        if let Err(place) = waiting.binary_search(&instance) {
            waiting.insert(place, instance);
        }
        self.due = self.due.min(self.day + 1);
    }

    /// The band of a measure that is published.
    pub fn band_told(&self, band: &Band) -> Option<NameId> {
        let known = self.bands.iter().find(|known| (known.measure, known.product) == (band.measure, band.product));
        known.map(|known| known.band)
    }

    /// Alerts and plays that are open, in the order of their keys; but for held-out plays, of which nothing is to be seen.
    pub fn open_incidents(&self) -> impl Iterator<Item = (IncidentKey, &OpenIncident)> {
        let open = self.incidents.iter().filter_map(|(key, state)| Some((*key, &**state.open.as_ref()?)));
        open.filter(|(_, open)| !self.is_held_out(open))
    }

    /// Whether nothing is published of an incident.
    pub fn is_held_out(&self, open: &OpenIncident) -> bool {
        self.plays.as_ref().is_some_and(|plays| plays.held_out.binary_search(&open.id).is_ok())
    }

    pub fn plays_mut(&mut self) -> &mut Plays {
        self.plays.get_or_insert_default()
    }

    /// Whether the account is in a segment, by its index in the playbook.
    pub fn is_in(&self, segment: u16) -> bool {
        self.segments.iter().any(|known| known.segment == segment && known.is_in)
    }

    /// The first day of use ever of any product that the playbook names; [`NEVER`] where there is none.
    pub fn first_use(&self) -> Day {
        let named = self.products.iter().filter(|product| product.index.is_some());
        named.map(|product| product.facts.first_use).filter(|day| *day != NEVER).min().unwrap_or(NEVER)
    }

    /// The last day of use of any product that the playbook names; [`NEVER`] where there is none.
    pub fn last_use(&self) -> Day {
        let named = self.products.iter().filter(|product| product.index.is_some());
        named.map(|product| product.facts.last_use).max().unwrap_or(NEVER)
    }

    /// The product that was adopted first.
    pub fn primary(&self) -> Option<ProductIndex> {
        let adopted = self.products.iter().filter(|product| product.adopted_day != NEVER);
        adopted.filter_map(|product| Some((product.adopted_day, product.index?))).min().map(|(_, index)| index)
    }

    /// The account is to be judged as if it never had been in this process.
    pub fn forget_slots(&mut self) {
        self.due = NEVER;
        self.slots = Box::default();
        self.user_slots = UserSlots::default();
        self.products.iter_mut().for_each(|product| product.slots = Box::default());
    }

    pub fn products_adopted(&self) -> u32 {
        self.products.iter().filter(|product| product.index.is_some() && product.stage >= Stage::Adopted).count() as u32
    }

    /// Products with a term in force.
    pub fn products_entitled(&self) -> usize {
        self.products.iter().filter(|product| product.index.is_some() && product.facts.entitlements.is_entitled()).count()
    }

    /// To whom something goes: who the account was told to have in a role, `None` where it was not, or any other text as it is.
    pub fn assigned(&self, to: &Arc<str>) -> Option<Arc<str>> {
        let told = |text: fn(&Profile) -> &Option<String>| text(self.profile.as_deref()?).as_deref().map(Arc::from);
        match &**to {
            "owner" => told(|profile| &profile.owner),
            "account_executive" => told(|profile| &profile.account_executive),
            "success_role" => told(|profile| &profile.success_role),
            _ => Some(Arc::clone(to)),
        }
    }

    /// The products ever adopted, by adoption day, ties in playbook order: primary, second and so on.
    pub fn adoption_order(&self) -> Vec<(Day, ProductIndex)> {
        let adopted = self.products.iter().filter(|product| product.adopted_day != NEVER);
        let mut order: Vec<_> = adopted.filter_map(|product| product.index.map(|index| (product.adopted_day, index))).collect();
        order.sort_unstable();
        order
    }

    /// Counts again the rows of users, and the features in them.
    pub fn recount_uses(&mut self) {
        self.uses = self.products.iter().map(|product| product.facts.users.uses()).fold(0, u32::saturating_add);
    }

    /// Counts again the connections that touch each product.
    pub fn recount_integrations(&mut self) {
        for product in &mut self.products {
            let name = product.facts.name;
            product.facts.integrations = self.connections.iter().filter(|&&(from, to)| from == name || to == name).count() as u32;
        }
    }

    /// A user counts, or counts no more, as how the user stands now has it: with which products that changes something.
    pub fn note_standing(&mut self, user: UserIndex) -> SmallVec<[usize; 4]> {
        let away = self.users.standing(user, self.day) != Standing::Present;
        let used = self.products.iter_mut().enumerate();
        let changed = used.filter_map(|(position, product)| {
            let facts = &mut product.facts;
            facts.users.set_away(user.0 as usize, away, facts.last_use).then_some(position)
        });
        changed.collect()
    }

    /// Whether living up to a day judges it on some day.
    pub fn is_judged_by(&self, today: Day) -> bool {
        self.day < today && self.due <= today
    }

    /// Asks memory for the products themselves, and for the account's slots.
    pub fn prefetch_products(&self) {
        ask_for_bytes(self.products.as_ptr().cast(), size_of_val(&*self.products));
        ask_for_bytes(self.slots.as_ptr().cast(), size_of_val(&*self.slots));
    }

    /// Asks memory for where what the account holds apart begins.
    pub fn prefetch_blocks(&self) {
        ask_for_bytes(self.products.as_ptr().cast(), size_of_val(&*self.products));
        ask_for_bytes(self.incidents.as_ptr().cast(), 1);
        self.users.prefetch();
    }

    /// Asks memory for what judging the next day reads of the products.
    pub fn prefetch_days(&self) {
        for product in self.products.iter().filter(|product| product.due <= self.day + 1) {
            ask_for_bytes(product.slots.as_ptr().cast(), size_of_val(&*product.slots));
            product.prefetch_blocks();
        }
    }

    /// Moves what is in underfilled pages of memory: the blocks that nearly every account has.
    pub fn repack(&mut self) {
        self.users.repack();
        repack::slice(&mut self.slots);
        repack::vec(&mut self.incidents);
        repack::vec(&mut self.user_slots.slots);
        repack::vec(&mut self.user_slots.due);
        repack::vec(&mut self.segments);
        repack::vec(&mut self.milestones);
        repack::vec(&mut self.bands);
        if let Some(plays) = &mut self.plays {
            repack::vec(&mut plays.openings);
            repack::vec(&mut plays.triggered);
        }
        repack::boxed(&mut self.plays);
        self.incidents.iter_mut().for_each(|(_, state)| repack::boxed(&mut state.open));
        repack::vec(&mut self.products);
        for product in &mut self.products {
            product.facts.repack();
            repack::slice(&mut product.slots);
        }
    }

    /// Whether the facts may be few enough to be written all at once.
    pub fn is_small(&self) -> bool {
        /// In memory, without texts.
        const SMALL_BYTES: usize = 4096;
        let of_products: usize = self.products.iter().map(|product| product.facts.heap_bytes()).sum();
        !self.unsaved.large && self.users.len() <= Unsaved::PAGE_USERS as usize && of_products + self.users.heap_bytes() <= SMALL_BYTES
    }

    /// From now on the facts are written in parts; the first time all of them are. Returns whether it is the first time.
    pub fn outgrow(&mut self) -> bool {
        if self.unsaved.large {
            return false;
        }
        self.unsaved.large = true;
        self.products.iter_mut().for_each(|product| product.unsaved = true);
        (0..self.users.len() as u32).step_by(Unsaved::PAGE_USERS as usize).for_each(|user| self.unsaved.mark_user(UserIndex(user)));
        true
    }

    /// The facts as they are now are in the changelog.
    pub fn mark_facts_saved(&mut self) {
        self.products.iter_mut().for_each(|product| product.unsaved = false);
        self.unsaved.user_pages.fill(0);
        self.unsaved.core = false;
        self.unsaved.joined = false;
        self.unsaved.queued = false;
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let products: usize = self
            .products
            .iter()
            .map(|product| {
                let facts = product.facts.heap_bytes() + product.facts.entitlements.bytes();
                size_of::<AccountProduct>() + facts + size_of_val(&*product.slots)
            })
            .sum();
        size_of::<Self>()
            + self.id.len()
            + products
            + self.users.heap_bytes()
            + size_of_val(&*self.slots)
            + self.incidents.capacity() * size_of::<(IncidentKey, IncidentState)>()
            + self.segments.capacity() * size_of::<SegmentState>()
            + self.milestones.capacity() * size_of::<MilestoneState>()
            + self.bands.capacity() * size_of::<BandState>()
            + self.plays.as_ref().map_or(0, |plays| plays.bytes())
            + self.user_slots.bytes()
            + self.incidents.iter().filter(|(_, state)| state.open.is_some()).count() * size_of::<OpenIncident>()
            + self.profile.as_ref().map_or(0, |profile| profile.bytes())
            + self.signals.as_ref().map_or(0, |signals| signals.bytes())
            + self.recent_ids.as_ref().map_or(0, |ids| ids.bytes())
            + self.connections.capacity() * size_of::<(NameId, NameId)>()
            + self.leftovers.as_ref().map_or(0, |leftovers| Leftover::bytes(leftovers))
    }
}

impl Leftover {
    /// Bytes that all of an account hold, about. Rules are shared.
    fn bytes(leftovers: &Vec<Self>) -> usize {
        let products = leftovers.iter().filter_map(|leftover| leftover.product.as_ref());
        size_of_val(leftovers) + leftovers.capacity() * size_of::<Self>() + products.map(String::len).sum::<usize>()
    }
}

impl AccountProduct {
    /// Asks memory for what usage by a user touches beside the product itself.
    pub fn prefetch(&self, user: Option<UserIndex>) {
        self.facts.events.cells().prefetch_last();
        ask_for_bytes(self.slots.as_ptr().cast(), size_of_val(&*self.slots));
        self.facts.features.prefetch_names();
        if let Some(user) = user {
            self.facts.users.prefetch(user.0 as usize);
        }
    }

    /// Whether it is as if the account had nothing of it, and always was.
    pub fn is_blank(&self) -> bool {
        self.stage == Stage::None && self.stage_changed == NEVER && self.facts.is_blank()
    }

    /// Since when the stage is below `adopted` where it has fallen; [`NEVER`] where it has not, or has risen again.
    pub fn lost(&self) -> Day {
        if self.stage < Stage::Adopted { self.lost_day } else { NEVER }
    }

    /// Asks memory for where what the product holds apart begins, but for its slots.
    pub fn prefetch_blocks(&self) {
        self.facts.events.prefetch();
        self.facts.features.prefetch();
        self.facts.users.prefetch_all();
    }

    pub fn new(name: NameId, index: Option<ProductIndex>) -> Self {
        Self {
            index,
            facts: Product::new(name),
            stage: Stage::None,
            stage_changed: NEVER,
            below_since: NEVER,
            adopted_day: NEVER,
            lost_day: NEVER,
            due: NEVER,
            slots: Box::default(),
            dirty: 0,
            unsaved: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::facts::Answer;
    use crate::engine::plan::{Constant, Expr, Logic, Source, Truth};
    use crate::engine::plays::Worked;
    use crate::engine::subject::Subject;
    use crate::playbook::Decimal;
    use crate::playbook::RuleKind;

    fn grown(change: impl FnOnce(&mut Account)) -> usize {
        let mut account = Account::new("acme", 0, 0);
        let before = account.bytes();
        change(&mut account);
        account.bytes() - before
    }

    #[test]
    fn whatever_an_account_may_hold_much_of_is_in_its_bytes() {
        const MANY: usize = 100;
        let open = OpenIncident { id: 1, opened_ms: 0, opened_day: 0, due: NEVER };
        let leftover = Leftover {
            rule: RuleHead { kind: RuleKind::Alert, id: String::new(), severity: String::new() }.into(),
            product: Some("p".repeat(100)),
            user: None,
            rule_exists: false,
            incident: open.clone(),
        };
        let worked = Worked { incident: 1, task: 0, is_done: true, reason: Some("r".repeat(1_000).into()) };
        let answers = |account: &mut Account| {
            for user in 0..MANY as u32 {
                account.users.told_mut().answer(UserIndex(user), Answer { comment: Some("c".repeat(1_000)), ..Answer::default() });
            }
        };
        let ids = |account: &mut Account| {
            let mut ids = RecentIds::default();
            (0..MANY).for_each(|number| ids.push(&number.to_string(), MANY));
            account.recent_ids = Some(Box::new(ids));
        };
        for (what, grown, least) in [
            ("tasks", grown(|account| account.plays_mut().worked = vec![worked; MANY]), MANY * (size_of::<Worked>() + 1_000)),
            ("answers", grown(answers), MANY * (size_of::<Answer>() + 1_000)),
            ("recent ids", grown(ids), MANY * size_of::<u64>()),
            (
                "connections",
                grown(|account| account.connections = vec![(NameId(0), NameId(1)); MANY]),
                MANY * size_of::<(NameId, NameId)>(),
            ),
            ("leftovers", grown(|account| account.leftovers = Some(Box::new(vec![leftover; MANY]))), MANY * (size_of::<Leftover>() + 100)),
        ] {
            assert!((least..2 * least + 1_000).contains(&grown), "{what}: {grown} bytes, at least {least} are held");
        }
        let state = |open| vec![(IncidentKey { rule: 0, subject: Subject::Account }, IncidentState { open, ..IncidentState::EMPTY })];
        let with = grown(|account| account.incidents = state(Some(Box::new(open))));
        let without = grown(|account| account.incidents = state(None));
        assert_eq!(with - without, size_of::<OpenIncident>());
    }

    #[test]
    fn where_users_stand_is_kept_in_one_byte_or_in_two() {
        let group = |constants: i128| {
            let constants = (0..constants).map(|digits| Constant::new(Decimal { digits, scale: 0 })).collect();
            let source = Source::Number { expr: Expr::Boolean(true), constants, gaps: Vec::new(), step: None };
            SlotGroup { sources: vec![source, Source::Truth(Logic::Constant(Truth::True))], ..SlotGroup::default() }
        };
        let user = UserIndex;
        for (constants, highest, bytes) in [(1, 2, 4), (127, 254, 4), (128, 256, 8), (500, 1_000, 8)] {
            let mut slots = UserSlots::default();
            slots.grow(1, &group(constants));
            slots.set_slot(user(0), 0, highest);
            slots.grow(2, &group(constants));
            slots.set_slot(user(1), 1, 1);
            assert_eq!(slots.slots.len(), bytes, "{constants}");
            let found = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(of, number)| slots.slot(user(of), number));
            assert_eq!(found, [highest, UNKNOWN, UNKNOWN, 1], "{constants}");
            slots.set_slot(user(0), 0, UNKNOWN);
            assert_eq!(slots.slot(user(0), 0), UNKNOWN);
        }
    }
}
