//! How far the records of a partition's accounts have taken its clock.
//!
//! One record may lie: a device whose clock is wrong, a row dated today at the head of a history. So while there is unread input the clock
//! goes only as far as several accounts bear witness to by records of their own, and no account has more than one voice.

/// The accounts whose own records have gone furthest; as many as it takes to move the clock.
#[derive(Debug)]
pub struct Witnesses<A> {
    /// 0: nobody is heard.
    needed: usize,
    /// In no order; at most `needed`.
    furthest: Vec<(A, i64)>,
    /// The earliest instant of those, once there are enough of them.
    reached_ms: i64,
}

impl<A: Copy + Eq> Witnesses<A> {
    pub fn new(needed: usize) -> Self {
        Self { needed, furthest: Vec::new(), reached_ms: i64::MIN }
    }

    /// Whether an instant that an account reaches may move the clock.
    pub fn is_ahead(&self, instant_ms: i64) -> bool {
        instant_ms > self.reached_ms && self.needed > 0
    }

    /// An account has reached an instant by a record of its own. Returns the greatest instant that enough accounts have reached; `None`: there
    /// are too few.
    pub fn reached(&mut self, account: A, instant_ms: i64) -> Option<i64> {
        if self.is_ahead(instant_ms) {
            self.take(account, instant_ms);
        }
        (self.reached_ms != i64::MIN).then_some(self.reached_ms)
    }

    /// An account is erased: it bears witness no more. The clock does not go back, so the instant that enough have reached stands.
    pub fn forget(&mut self, account: A) {
        self.furthest.retain(|(known, _)| *known != account);
    }

    fn take(&mut self, account: A, instant_ms: i64) {
        let known = self.furthest.iter().position(|(known, _)| *known == account);
        match known {
            Some(place) => self.furthest[place].1 = instant_ms.max(self.furthest[place].1),
            None if self.furthest.len() < self.needed => self.furthest.push((account, instant_ms)),
            // One that was not heard has gone further than the last of those that were.
            None => {
                let last = (0..self.needed).min_by_key(|&place| self.furthest[place].1).expect("one is needed");
                self.furthest[last] = (account, instant_ms);
            }
        }
        if self.furthest.len() == self.needed {
            self.reached_ms = self.furthest.iter().map(|&(_, furthest_ms)| furthest_ms).min().expect("one is needed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By definition: the instant that the last of so many has reached.
    fn by_definition(latest: &[(usize, i64)], needed: usize) -> Option<i64> {
        let mut instants: Vec<i64> = latest.iter().map(|&(_, instant_ms)| instant_ms).collect();
        instants.sort_unstable_by(|a, b| b.cmp(a));
        instants.get(needed - 1).copied()
    }

    #[test]
    fn the_clock_is_where_enough_accounts_have_been() {
        for needed in [1, 2, 3, 8] {
            let mut witnesses = Witnesses::new(needed);
            let mut latest: Vec<(usize, i64)> = Vec::new();
            for step in 0..3_000_i64 {
                let account = (step * step % 23) as usize;
                let instant_ms = step / 3 + step * 7919 % 400;
                match latest.iter_mut().find(|(known, _)| *known == account) {
                    Some((_, latest_ms)) => *latest_ms = instant_ms.max(*latest_ms),
                    None => latest.push((account, instant_ms)),
                }
                assert_eq!(witnesses.reached(account, instant_ms), by_definition(&latest, needed), "{needed}, step {step}");
            }
        }
    }

    #[test]
    fn nobody_is_heard_where_none_is_needed() {
        let mut witnesses = Witnesses::new(0);
        assert_eq!(witnesses.reached(1, 5), None);
    }
}
