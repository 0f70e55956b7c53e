//! CPU, memory and start time of the process as Prometheus metrics, under the names that every client library uses.

use std::fs;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Opts};

use super::metrics::spec;

const CPU: &str = "process_cpu_seconds_total";
const MEMORY: &str = "process_resident_memory_bytes";
const START: &str = "process_start_time_seconds";

/// Reads /proc at each scrape. What cannot be read is left out: a metric that is missing is better than one that is wrong.
#[derive(Debug)]
pub(super) struct ProcessCollector {
    cpu: Desc,
    memory: Desc,
    start: Desc,
}

impl ProcessCollector {
    pub(super) fn new() -> Self {
        let desc = |name: &str| {
            Desc::new(name.to_owned(), spec(name).help.to_owned(), Vec::new(), Default::default()).expect("a name and help from the table")
        };
        Self { cpu: desc(CPU), memory: desc(MEMORY), start: desc(START) }
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.cpu, &self.memory, &self.start]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families = Vec::new();
        let stat = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| ProcessStat::parse(&stat));
        if let (Some(stat), Some(ticks)) = (stat, ticks_per_second()) {
            // A fresh counter each time: scrapes may overlap, and the kernel has done the counting.
            let cpu = Counter::with_opts(opts(CPU)).expect("a name and help from the table");
            cpu.inc_by(stat.cpu_ticks as f64 / ticks);
            families.extend(cpu.collect());
            if let Some(boot_seconds) = fs::read_to_string("/proc/stat").ok().and_then(|stat| boot_seconds(&stat)) {
                families.extend(gauge(START, boot_seconds + stat.start_ticks as f64 / ticks));
            }
        }
        if let Some(bytes) = fs::read_to_string("/proc/self/status").ok().and_then(|status| resident_bytes(&status)) {
            families.extend(gauge(MEMORY, bytes));
        }
        families
    }
}

fn opts(name: &str) -> Opts {
    Opts::new(name, spec(name).help)
}

fn gauge(name: &str, value: f64) -> Vec<MetricFamily> {
    let gauge = Gauge::with_opts(opts(name)).expect("a name and help from the table");
    gauge.set(value);
    gauge.collect()
}

fn ticks_per_second() -> Option<f64> {
    // SAFETY: `sysconf` takes any name and reads no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    (ticks > 0).then_some(ticks as f64)
}

/// Of proc_pid_stat(5).
#[derive(Debug, PartialEq)]
struct ProcessStat {
    /// User and system time.
    cpu_ticks: u64,
    /// After boot.
    start_ticks: u64,
}

impl ProcessStat {
    fn parse(stat: &str) -> Option<Self> {
        // The second field is the command's name in brackets, which may itself hold brackets and spaces.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // The first one here is field 3 of the manual, which counts from 1.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self { cpu_ticks: field(14)? + field(15)?, start_ticks: field(22)? })
    }
}

fn boot_seconds(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident_bytes(status: &str) -> Option<f64> {
    let kibibytes: f64 = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read() {
        let stat = "4242 (a (b) c) S 1 4242 4242 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 777 123456 789 18446744073709551615 1 1";
        assert_eq!(ProcessStat::parse(stat), Some(ProcessStat { cpu_ticks: 200, start_ticks: 777 }));
        assert_eq!(boot_seconds("cpu 1 2\nbtime 1700000000\nprocesses 3\n"), Some(1_700_000_000.0));
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2_097_152.0));
        assert_eq!((ProcessStat::parse(""), boot_seconds(""), resident_bytes("")), (None, None, None));
    }

    #[test]
    fn this_process_has_all_three() {
        let names: Vec<String> = ProcessCollector::new().collect().iter().map(|family| family.name().to_owned()).collect();
        assert_eq!(names, [CPU, START, MEMORY]);
    }
}
