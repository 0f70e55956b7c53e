//! What an account remembers of plays beside what it does of any incident, and of campaigns.

use std::ops::Range;

use smallvec::SmallVec;

use super::day::{Day, NEVER};
use super::facts::UserIndex;
use super::number::Number;
use super::subject::IncidentKey;

/// An account may have very many users, each with plays and campaigns: all lists but the first are in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plays {
    /// Of each play that ever opened, by its index in the playbook, the day on which it last did, of whichever subject.
    pub openings: Vec<(u16, Day)>,
    /// Those that would open, but for their guards.
    pub held_back: Vec<HeldBack>,
    /// Closed as all their tasks were worked: they do not open again before `open` was seen not to be true.
    pub worked_off: Vec<IncidentKey>,
    /// Open ones of which nothing is published, by their ids.
    pub held_out: Vec<u128>,
    /// What was told of tasks of open plays, by incident and task.
    pub worked: Vec<Worked>,
    /// Openings whose outcome is looked at on days that are still to come: of one play and subject in the order in which they happened.
    pub awaited: Vec<Awaited>,
    /// Of each campaign and user the day on which it was last triggered, as long as that keeps it from being triggered again.
    pub triggered: Vec<(CampaignKey, Day)>,
    /// Campaigns whose goal is waited for.
    pub under_way: Vec<UnderWay>,
    /// Some campaign is over and may be triggered again on the very day: whoever it is of is looked at again at the next event that names them.
    pub is_restless: bool,
}

/// A play that its guards hold back.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldBack {
    pub key: IncidentKey,
    /// Those that were published last, by their places among the play's guards; none: since it would first have opened none were.
    pub told: SmallVec<[u8; 4]>,
    /// When some were published last.
    pub told_on: Day,
    /// Whether they hold it back; where not, it is known for the rest of the day that something was published on it.
    pub is_held: bool,
}

/// A task of an open play that is done, or dismissed.
#[derive(Clone, Debug, PartialEq)]
pub struct Worked {
    pub incident: u128,
    /// Its place among the play's.
    pub task: u8,
    pub is_done: bool,
    pub reason: Option<Box<str>>,
}

/// An opening whose outcome is still to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Awaited {
    pub key: IncidentKey,
    pub incident: u128,
    pub opened_ms: i64,
    pub opened_day: Day,
    /// The value of the outcome's metric at the opening.
    pub baseline: Option<Number>,
    pub is_held_out: bool,
}

/// A campaign by its index in the playbook, and one of its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CampaignKey {
    pub campaign: u16,
    pub user: UserIndex,
}

/// A campaign that waits for its goal.
#[derive(Clone, Debug, PartialEq)]
pub struct UnderWay {
    pub key: CampaignKey,
    pub triggered_ms: i64,
    pub triggered_day: Day,
    /// As they were told then, in JSON: what a number is read from and written to again may be another by its last digit.
    pub tokens: Option<Box<str>>,
}

impl Plays {
    /// A play opens, of whichever subject.
    pub fn note_opening(&mut self, play: u16, day: Day) {
        match self.openings.iter_mut().find(|(known, _)| *known == play) {
            Some((_, last)) => *last = day.max(*last),
            None => self.openings.push((play, day)),
        }
    }

    /// An incident is over: what was remembered of it while it was open is forgotten.
    pub fn forget(&mut self, incident: u128) {
        if let Ok(place) = self.held_out.binary_search(&incident) {
            self.held_out.remove(place);
        }
        let of_incident = self.worked_of(incident);
        self.worked.drain(of_incident);
    }

    /// Users are erased: what is remembered of them alone is forgotten.
    pub fn forget_users(&mut self, is_erased: impl Fn(UserIndex) -> bool) {
        let is_kept = |key: IncidentKey| !key.subject.user().is_some_and(&is_erased);
        self.held_back.retain(|held_back| is_kept(held_back.key));
        self.worked_off.retain(|key| is_kept(*key));
        self.awaited.retain(|awaited| is_kept(awaited.key));
        self.triggered.retain(|(key, _)| !is_erased(key.user));
        self.under_way.retain(|under_way| !is_erased(under_way.key.user));
    }

    /// Where in the list that stands which was told of an incident's tasks.
    pub fn worked_of(&self, incident: u128) -> Range<usize> {
        let from = self.worked.partition_point(|worked| worked.incident < incident);
        from..from + self.worked[from..].partition_point(|worked| worked.incident == incident)
    }

    /// Takes in what was told of a task, in the place of what was told of it before.
    pub fn work(&mut self, told: Worked) {
        match self.worked.binary_search_by_key(&(told.incident, told.task), |known| (known.incident, known.task)) {
            Ok(place) => self.worked[place] = told,
            Err(place) => self.worked.insert(place, told),
        }
    }

    /// Where in the list a play stands that guards hold back, or would.
    pub fn held_back(&self, key: IncidentKey) -> Result<usize, usize> {
        self.held_back.binary_search_by_key(&key, |held_back| held_back.key)
    }

    /// The openings of a play and subject whose outcome is awaited, by their places.
    pub fn awaited_of(&self, key: IncidentKey) -> Range<usize> {
        let from = self.awaited.partition_point(|awaited| awaited.key < key);
        from..from + self.awaited[from..].partition_point(|awaited| awaited.key == key)
    }

    /// The outcome of an opening is awaited, which is later than others of its play and subject.
    pub fn await_outcome(&mut self, awaited: Awaited) {
        let place = self.awaited_of(awaited.key).end;
        self.awaited.insert(place, awaited);
    }

    /// The day on which a campaign was last triggered; [`NEVER`] where that keeps it from nothing.
    pub fn last_triggered(&self, key: CampaignKey) -> Day {
        self.triggered.binary_search_by_key(&key, |(known, _)| *known).map_or(NEVER, |place| self.triggered[place].1)
    }

    pub fn trigger(&mut self, key: CampaignKey, day: Day) {
        match self.triggered.binary_search_by_key(&key, |(known, _)| *known) {
            Ok(place) => self.triggered[place].1 = day,
            Err(place) => self.triggered.insert(place, (key, day)),
        }
    }

    /// Where in the list a campaign stands that is under way, or would.
    pub fn under_way(&self, key: CampaignKey) -> Result<usize, usize> {
        self.under_way.binary_search_by_key(&key, |under_way| under_way.key)
    }

    /// The users of whom anything is remembered.
    pub fn users(&self) -> impl Iterator<Item = UserIndex> {
        let of_keys = self.held_back.iter().map(|held_back| held_back.key).chain(self.worked_off.iter().copied());
        let of_keys = of_keys.chain(self.awaited.iter().map(|awaited| awaited.key)).filter_map(|key| key.subject.user());
        let of_campaigns = self.triggered.iter().map(|(key, _)| *key).chain(self.under_way.iter().map(|under_way| under_way.key));
        of_keys.chain(of_campaigns.map(|key| key.user))
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let reasons: usize = self.worked.iter().filter_map(|worked| worked.reason.as_ref()).map(|reason| reason.len()).sum();
        let tokens: usize = self.under_way.iter().filter_map(|under_way| under_way.tokens.as_deref()).map(str::len).sum();
        size_of::<Self>()
            + self.openings.capacity() * size_of::<(u16, Day)>()
            + self.held_back.capacity() * size_of::<HeldBack>()
            + self.worked_off.capacity() * size_of::<IncidentKey>()
            + self.held_out.capacity() * size_of::<u128>()
            + self.worked.capacity() * size_of::<Worked>()
            + self.awaited.capacity() * size_of::<Awaited>()
            + self.triggered.capacity() * size_of::<(CampaignKey, Day)>()
            + self.under_way.capacity() * size_of::<UnderWay>()
            + reasons
            + tokens
    }
}
