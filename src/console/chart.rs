//! Where lines and bars of charts run, as paths of SVG. Each chart has its numbers beside it, as a text or a table.

use std::fmt::Write as _;

use serde_json::Number;

/// A chart of days beside others in a row: this wide and high, in units of its view box.
pub const SPARK: (u32, u32) = (84, 20);
/// One over the whole width.
pub const WIDE: (u32, u32) = (720, 96);

/// A bar for each number, from the bottom up, the highest as high as the chart. Nothing is drawn of 0.
pub fn bars(counts: &[u32]) -> String {
    let (width, height) = SPARK;
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    let step = f64::from(width) / counts.len().max(1) as f64;
    let mut path = String::new();
    for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let tall = (f64::from(height) * f64::from(*count) / f64::from(highest)).max(1.5);
        let _ = write!(path, "M{:.1} {height}v-{tall:.1}h{:.1}v{tall:.1}z", step * place as f64, (step - 1.2).max(0.8));
    }
    path
}

/// A chart over the whole width: a line, the area below it, and what stands at its top.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub line: String,
    pub area: String,
    pub highest: f64,
}

/// A line from number to number, which has a gap where one is missing.
pub fn line(daily: &[Option<Number>]) -> Line {
    let (width, height) = WIDE;
    let numbers: Vec<Option<f64>> = daily.iter().map(|number| number.as_ref().and_then(Number::as_f64)).collect();
    let highest = numbers.iter().flatten().copied().fold(0.0, f64::max);
    let scale = if highest > 0.0 { f64::from(height - 4) / highest } else { 0.0 };
    let step = f64::from(width) / (numbers.len().max(2) - 1) as f64;
    let (mut line, mut area, mut before): (String, String, Option<f64>) = (String::new(), String::new(), None);
    for (place, number) in numbers.iter().enumerate() {
        let at = step * place as f64;
        match (number, before) {
            (Some(number), _) => {
                let y = f64::from(height) - 2.0 - number * scale;
                if before.is_none() {
                    // A day by itself is a short stroke.
                    let _ = write!(line, "M{at:.1} {y:.1}h.1");
                    let _ = write!(area, "M{at:.1} {height}V{y:.1}");
                } else {
                    let _ = write!(line, "L{at:.1} {y:.1}");
                    let _ = write!(area, "L{at:.1} {y:.1}");
                }
                before = Some(at);
            }
            (None, Some(last)) => {
                let _ = write!(area, "L{last:.1} {height}z");
                before = None;
            }
            (None, None) => {}
        }
    }
    if let Some(last) = before {
        let _ = write!(area, "L{last:.1} {height}z");
    }
    Line { line, area, highest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_bottom_and_the_highest_fills_the_chart() {
        assert_eq!(bars(&[0, 4, 2]), "M28.0 20v-20.0h26.8v20.0zM56.0 20v-10.0h26.8v10.0z");
        assert_eq!(bars(&[0, 0]), "");
        assert_eq!(bars(&[]), "");
    }

    #[test]
    fn a_line_has_a_gap_where_a_number_is_missing() {
        let number = |number: u32| Some(Number::from(number));
        let drawn = line(&[number(1), None, number(2)]);
        assert_eq!(drawn.line, "M0.0 48.0h.1M720.0 2.0h.1");
        assert_eq!(drawn.area, "M0.0 96V48.0L0.0 96zM720.0 96V2.0L720.0 96z");
        assert_eq!(drawn.highest, 2.0);
        assert_eq!(line(&[number(0), number(0)]).line, "M0.0 94.0h.1L720.0 94.0");
        assert_eq!(line(&[]).line, "");
    }
}
