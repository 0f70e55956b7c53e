//! The live table: redrawn in place on a terminal.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use super::board::{Board, PRODUCT_STAGES, grouped};
use super::output::{Kind, Output};
use super::subscriber::{Latest, Subscriber, Tally};

const REDRAW: Duration = Duration::from_millis(200);

/// Where the system does not say.
const SIZE: Size = Size { columns: 100, rows: 40 };

/// Lines of each list at most.
const LATEST: usize = 8;

/// Lines of the table besides the lists, and the empty ones among them, which a low terminal does without.
const FIXED_ROWS: usize = 19;
const EMPTY_ROWS: usize = 3;

/// Of a list its title, with the empty line above it.
const TITLE_ROWS: usize = 2;

/// A terminal as high as this has room for the empty lines.
const HIGH: usize = 30;

/// A high terminal shows a third list where each has room for so many lines.
const WORTH_A_LIST: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    columns: usize,
    rows: usize,
}

/// Colours of the terminal's own palette; none where `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn by_kind(self, kind: Kind, text: &str) -> String {
        match kind {
            kind if kind.is_bad_news() => self.with("33", text),
            Kind::PlayOpened => self.with("36", text),
            Kind::BandChanged | Kind::SegmentEntered | Kind::SegmentExited | Kind::Other => text.to_owned(),
            _ => self.with("32", text),
        }
    }
}

pub struct Screen {
    paint: Paint,
    drawn_rows: usize,
    drawn_size: Size,
    drawn_at: Option<Instant>,
}

impl Screen {
    /// Only on a terminal that can move its cursor.
    pub fn new() -> Option<Self> {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        (io::stdout().is_terminal() && !dumb).then_some(Self { paint: Paint(colours), drawn_rows: 0, drawn_size: SIZE, drawn_at: None })
    }

    /// Redraws, if it is time to or if it must be.
    pub fn show(&mut self, board: &Board, subscriber: &Subscriber, must: bool) -> io::Result<()> {
        if !must && self.drawn_at.is_some_and(|at| at.elapsed() < REDRAW) {
            return Ok(());
        }
        self.drawn_at = Some(Instant::now());
        let size = size().unwrap_or(SIZE);
        let lines = table(board, &subscriber.tally, &subscriber.latest, size, self.paint);
        let mut text = String::new();
        if self.drawn_rows > 0 && size == self.drawn_size {
            text.push_str(&format!("\x1b[{}A\r", self.drawn_rows));
        } else if self.drawn_rows > 0 {
            // Lines may have been wrapped anew: begin on a clean page.
            text.push_str("\x1b[2J\x1b[H");
        }
        for line in &lines {
            text.push_str(line);
            text.push_str("\x1b[K\r\n");
        }
        text.push_str("\x1b[J");
        (self.drawn_rows, self.drawn_size) = (lines.len(), size);
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

fn table(board: &Board, tally: &Tally, latest: &Latest, size: Size, paint: Paint) -> Vec<String> {
    let cut = |line: String| cut(&line, size.columns);
    let mut lines = vec![
        format!(
            "{}  {} UTC, day {} of {}",
            paint.bold("adoption-tracker demo"),
            paint.bold(&board.now),
            (board.day + 1).min(i64::from(board.days)),
            board.days
        ),
        cut(format!(
            "{} accounts   {} events/s   {} events   {}",
            grouped(board.accounts as u64),
            grouped(board.events_per_second.round() as u64),
            grouped(board.events),
            board.metrics_url
        )),
        String::new(),
    ];
    let most = board.account_stages.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let bar_width = size.columns.saturating_sub(28).min(50) as u64;
    for (name, count) in &board.account_stages {
        let bar = "█".repeat((count * bar_width).div_ceil(most) as usize);
        lines.push(format!("{name:<16} {count:>6}  {}", paint.with("34", &bar)));
    }
    lines.push(String::new());
    let header: String = PRODUCT_STAGES.iter().map(|stage| format!("{:>12}", stage.as_str())).collect();
    lines.push(paint.dim(&cut(format!("{:<18}{header}", "product"))));
    for (id, counts) in &board.products {
        let counts: String = counts.iter().map(|count| format!("{count:>12}")).collect();
        lines.push(cut(format!("{id:<18}{counts}")));
    }
    lines.push(String::new());
    lines.push(cut(format!(
        "product stages {}↑ {}↓   account stages {}↑ {}↓",
        grouped(tally.of(Kind::ProductUp)),
        grouped(tally.of(Kind::ProductDown)),
        grouped(tally.of(Kind::AccountUp)),
        grouped(tally.of(Kind::AccountDown)),
    )));
    lines.push(cut(format!(
        "bands {} changed   segments {} entered, {} left   milestones {} achieved",
        grouped(tally.of(Kind::BandChanged)),
        grouped(tally.of(Kind::SegmentEntered)),
        grouped(tally.of(Kind::SegmentExited)),
        grouped(tally.of(Kind::MilestoneAchieved)),
    )));
    lines.push(cut(format!(
        "alerts {} opened, {} cleared   plays {} opened, {} closed",
        grouped(tally.of(Kind::AlertOpened)),
        grouped(tally.of(Kind::AlertCleared)),
        grouped(tally.of(Kind::PlayOpened)),
        grouped(tally.of(Kind::PlayClosed)),
    )));
    let is_high = size.rows >= HIGH;
    if !is_high {
        lines.retain(|line| !line.is_empty());
    }
    lists(&mut lines, latest, is_high, size, paint);
    // One row is left for the cursor.
    lines.truncate(size.rows.saturating_sub(1));
    lines
}

/// The latest of each kind, as many lines as there is room for.
fn lists(lines: &mut Vec<String>, latest: &Latest, is_high: bool, size: Size, paint: Paint) {
    let (fixed, title) = if is_high { (FIXED_ROWS, TITLE_ROWS) } else { (FIXED_ROWS - EMPTY_ROWS, TITLE_ROWS - 1) };
    let room = |lists: usize| size.rows.saturating_sub(fixed + 1 + lists * title) / lists;
    let has_third = is_high && room(3) >= WORTH_A_LIST;
    let shown = [
        Some(("latest stage changes", &latest.stages)),
        has_third.then_some(("latest bands, segments and milestones", &latest.signals)),
        Some(("latest alerts and plays", &latest.incidents)),
    ];
    let room = room(if has_third { 3 } else { 2 }).clamp(1, LATEST);
    for (title, latest) in shown.into_iter().flatten() {
        if is_high {
            lines.push(String::new());
        }
        lines.push(paint.dim(title));
        list(lines, latest, room, size, paint);
    }
}

/// The newest last, always as many lines: so that the table does not jump.
fn list(lines: &mut Vec<String>, latest: &VecDeque<Output>, room: usize, size: Size, paint: Paint) {
    let shown = latest.iter().skip(latest.len().saturating_sub(room));
    let blank = room - latest.len().min(room);
    lines.extend(shown.map(|output| paint.by_kind(output.kind, &cut(&output.line, size.columns))));
    lines.extend(std::iter::repeat_n(String::new(), blank));
}

/// A line that would wrap breaks the redrawing.
pub fn cut(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(columns.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn size() -> Option<Size> {
    let mut window = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request fills the struct that is handed to it, and nothing else.
    let asked = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &mut window) };
    (asked == 0 && window.ws_col > 0 && window.ws_row > 0).then_some(Size { columns: window.ws_col.into(), rows: window.ws_row.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_before_it_wraps() {
        assert_eq!(cut("activated → adopted", 19), "activated → adopted");
        assert_eq!(cut("activated → adopted", 12), "activated →…");
    }

    #[test]
    fn the_table_fits_the_terminal() {
        let five = || (0..5).map(|number| format!("name {number}"));
        let board = Board {
            account_stages: five().map(|name| (name, 7)).collect(),
            products: five().map(|name| (name, [1; PRODUCT_STAGES.len()])).collect(),
            ..Board::default()
        };
        let output = Output { event_type: String::new(), kind: Kind::ProductUp, name: None, line: "x".repeat(200) };
        let many: VecDeque<Output> = std::iter::repeat_n(output, 40).collect();
        let full = Latest { stages: many.clone(), signals: many.clone(), incidents: many };
        for rows in [5, 21, 24, 29, 30, 31, 34, 35, 45, 100] {
            for latest in [&full, &Latest::default()] {
                let lines = table(&board, &Tally::default(), latest, Size { columns: 80, rows }, Paint(false));
                assert!(lines.len() < rows, "{} lines in {rows} rows", lines.len());
                assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
                // Nothing is left out where there is room for one line of each list, and a third list where there is for three.
                let has = |title: &str| lines.iter().any(|line| line.starts_with(title));
                assert_eq!(has("latest alerts"), rows >= 21, "{lines:#?}");
                assert_eq!(has("latest bands"), rows >= 35, "{lines:#?}");
            }
        }
    }

    #[test]
    fn without_colours_nothing_is_painted() {
        assert_eq!(Paint(false).bold("x"), "x");
        assert_eq!(Paint(true).by_kind(Kind::AlertOpened, "x"), "\x1b[33mx\x1b[0m");
    }
}
