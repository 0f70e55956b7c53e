//! Without a terminal: lines, few enough to be read.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::board::{Board, grouped};
use super::output::{Kind, Output};
use super::screen::cut;
use super::subscriber::Tally;

/// Outputs shown per [`EVERY`]; the others are counted in the status line.
const SHOWN: usize = 5;
const EVERY: Duration = Duration::from_secs(1);
/// Of a line, whose evidence may be long.
const COLUMNS: usize = 160;
const STATUS_EVERY: Duration = Duration::from_secs(5);

pub struct Lines {
    since: Instant,
    /// What came since.
    waiting: Vec<Output>,
    left_out: u64,
    /// How often something of a kind was shown, by its name.
    shown: HashMap<(Kind, Option<String>), u32>,
    status_at: Instant,
}

impl Lines {
    pub fn new() -> Self {
        let now = Instant::now();
        Self { since: now, waiting: Vec::new(), left_out: 0, shown: HashMap::new(), status_at: now }
    }

    pub fn take(&mut self, output: &Output) {
        self.waiting.push(output.clone());
        // A flood: keep what would be shown.
        if self.waiting.len() > 20 * SHOWN {
            self.choose();
        }
    }

    /// Leaves what is central, of that what was shown least, of that the rarest kinds; in the order in which they came.
    fn choose(&mut self) {
        let rank = |output: &Output| match output.kind {
            Kind::AlertOpened | Kind::AlertCleared | Kind::PlayOpened | Kind::PlayClosed => 0,
            Kind::AccountDown | Kind::ProductDown => 1,
            Kind::AccountUp | Kind::MilestoneAchieved => 2,
            Kind::SegmentEntered | Kind::SegmentExited => 3,
            Kind::ProductUp | Kind::BandChanged | Kind::Other => 4,
        };
        let mut shown = self.shown.clone();
        let mut key = |output: &Output| {
            let shown = shown.entry((output.kind, output.name.clone())).or_default();
            *shown += 1;
            (!output.is_central(), *shown, rank(output))
        };
        let mut ranked: Vec<_> = self.waiting.iter().map(&mut key).zip(0..).collect();
        ranked.sort_unstable();
        ranked.truncate(SHOWN);
        let mut kept: Vec<usize> = ranked.into_iter().map(|(_, place)| place).collect();
        kept.sort_unstable();
        self.left_out += (self.waiting.len() - kept.len()) as u64;
        let mut place = 0;
        self.waiting.retain(|_| {
            place += 1;
            kept.binary_search(&(place - 1)).is_ok()
        });
    }

    pub fn show(&mut self, board: &Board, tally: &Tally, must: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if must || self.since.elapsed() >= EVERY {
            self.since = Instant::now();
            self.choose();
            for output in self.waiting.drain(..) {
                writeln!(out, "{}", cut(&output.line, COLUMNS))?;
                *self.shown.entry((output.kind, output.name)).or_default() += 1;
            }
        }
        if must || self.status_at.elapsed() >= STATUS_EVERY {
            self.status_at = Instant::now();
            let stages: Vec<String> = board.account_stages.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(
                out,
                "-- {} day {} of {}: {} events, {}/s; accounts: {}; {} outputs, {} not shown here",
                board.now,
                (board.day + 1).min(i64::from(board.days)),
                board.days,
                grouped(board.events),
                grouped(board.events_per_second.round() as u64),
                stages.join(", "),
                grouped(tally.outputs()),
                grouped(self.left_out),
            )?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_outputs_the_rare_ones_are_shown_in_their_order() {
        let mut lines = Lines::new();
        let output = |kind, line: &str| Output { event_type: String::new(), kind, name: None, line: line.to_owned() };
        for number in 0..300 {
            lines.take(&output(Kind::ProductUp, &format!("up {number}")));
            if number % 100 == 50 {
                lines.take(&output(Kind::AlertOpened, &format!("alert {number}")));
            }
        }
        lines.choose();
        let shown: Vec<&str> = lines.waiting.iter().map(|output| output.line.as_str()).collect();
        assert_eq!(shown.len(), SHOWN);
        assert!(shown.is_sorted_by_key(|line| line.rsplit(' ').next().and_then(|number| number.parse::<u32>().ok())), "{shown:?}");
        for alert in ["alert 50", "alert 150", "alert 250"] {
            assert!(shown.contains(&alert), "{shown:?}");
        }
        assert_eq!(lines.left_out, 303 - SHOWN as u64);
    }
}
