//! When unsaved facts are written, and from where a restart would redo.
//!
//! Accounts wait in the order in which their facts became unsaved, each with a mark: the number of the record that did it. Offsets
//! are remembered at intervals of marks, so that the oldest mark gives the offsets to redo from.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Records between two remembered places.
const PLACE_EVERY: u64 = 16_384;

/// Accounts that a commit writes at least, so that a quiet partition becomes clean.
const SLICE_MIN: usize = 1;

#[derive(Debug)]
pub struct Marks {
    redo_within: Duration,
    redo_events: u64,
    /// Records seen.
    mark: u64,
    places: VecDeque<Place>,
    last_commit: Option<(Instant, u64)>,
}

#[derive(Debug)]
struct Place {
    mark: u64,
    /// `None` until the commit that follows gives the time.
    at: Option<Instant>,
    next_offsets: Vec<i64>,
}

impl Marks {
    pub fn new(redo_seconds: u64, redo_events: u64) -> Self {
        Self { redo_within: Duration::from_secs(redo_seconds), redo_events, mark: 0, places: VecDeque::new(), last_commit: None }
    }

    /// Begins with the offsets from which facts are redone.
    pub fn start(&mut self, redo_offsets: &[i64]) {
        self.places = VecDeque::from([Place { mark: 0, at: None, next_offsets: redo_offsets.to_vec() }]);
    }

    /// The mark of the next record; `next_offsets` as they are before it. While redoing no place is remembered: all that is redone
    /// counts as unsaved since the redo point.
    pub fn next(&mut self, next_offsets: &[i64], record: Option<(usize, i64)>) -> u64 {
        self.mark += 1;
        let last = self.places.back().map_or(0, |place| place.mark);
        if record.is_some() && self.mark - last >= PLACE_EVERY {
            self.places.push_back(Place { mark: self.mark, at: None, next_offsets: next_offsets.to_vec() });
        }
        self.mark
    }

    /// The offsets from which to redo where the oldest unsaved account has this mark.
    pub fn redo_point(&self, oldest: Option<u64>, next_offsets: &[i64]) -> Vec<i64> {
        let Some(oldest) = oldest else { return next_offsets.to_vec() };
        let place = self.places.iter().rev().find(|place| place.mark <= oldest);
        place.expect("places are kept back to the oldest unsaved mark").next_offsets.clone()
    }

    /// A commit was prepared up to these offsets; `oldest` is the oldest mark still unsaved. Places before it are forgotten.
    pub fn committed(&mut self, now: Instant, next_offsets: &[i64], oldest: Option<u64>) {
        for place in self.places.iter_mut().rev().take_while(|place| place.at.is_none()) {
            place.at = Some(now);
        }
        if self.places.back().is_none_or(|place| place.next_offsets != next_offsets) {
            self.places.push_back(Place { mark: self.mark + 1, at: Some(now), next_offsets: next_offsets.to_vec() });
        }
        self.last_commit = Some((now, self.mark));
        let needed = oldest.unwrap_or(self.mark + 1);
        while self.places.get(1).is_some_and(|place| place.mark <= needed) {
            self.places.pop_front();
        }
    }

    /// How many of the waiting accounts the commit writes: such a share of them that all have their turn within the bounds.
    pub fn slice(&self, waiting: usize, now: Instant) -> usize {
        let Some((at, mark)) = self.last_commit else { return SLICE_MIN };
        let time_share = now.duration_since(at).as_secs_f64() / self.redo_within.as_secs_f64().max(0.001);
        let event_share = (self.mark - mark) as f64 / self.redo_events.max(1) as f64;
        ((waiting as f64 * time_share.max(event_share)).ceil() as usize).max(SLICE_MIN)
    }

    /// Whether facts unsaved since a mark may wait no longer.
    pub fn is_overdue(&self, mark: u64, now: Instant) -> bool {
        if self.mark - mark >= self.redo_events {
            return true;
        }
        // The first place after the mark is at least as young as the mark.
        let after = self.places.partition_point(|place| place.mark <= mark);
        self.places.get(after).and_then(|place| place.at).is_some_and(|at| now.duration_since(at) >= self.redo_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redo_point_is_never_after_the_oldest_unsaved_record() {
        let start = Instant::now();
        let mut marks = Marks::new(60, 1_000_000);
        marks.start(&[100]);
        let mut offset = 100;
        let mut offsets_of_marks = Vec::new();
        for round in 0..2000 {
            let mark = marks.next(&[offset], Some((0, offset)));
            offsets_of_marks.push((mark, offset));
            offset += 1;
            if round % 97 == 0 {
                let oldest = offsets_of_marks[offsets_of_marks.len() / 2].0;
                marks.committed(start + Duration::from_millis(round * 10), &[offset], Some(oldest));
            }
            let (oldest, offset_of_oldest) = offsets_of_marks[offsets_of_marks.len() / 2];
            let redo = marks.redo_point(Some(oldest), &[offset])[0];
            assert!(redo <= offset_of_oldest, "{redo} > {offset_of_oldest}");
            assert!(redo + 200 > offset_of_oldest, "places are close together");
        }
        assert_eq!(marks.redo_point(None, &[offset]), [offset]);
    }

    #[test]
    fn facts_are_overdue_by_time_or_by_events() {
        let start = Instant::now();
        let mut marks = Marks::new(60, 100);
        marks.start(&[0]);
        let first = marks.next(&[0], Some((0, 0)));
        marks.committed(start, &[1], Some(first));
        assert!(!marks.is_overdue(first, start + Duration::from_secs(59)));
        assert!(marks.is_overdue(first, start + Duration::from_secs(60)));
        for offset in 1..=100 {
            marks.next(&[offset], Some((0, offset)));
        }
        assert!(marks.is_overdue(first, start));
    }
}
