//! The command line: one file for each command.
//!
//! | exit status | means |
//! |---|---|
//! | 0 | done |
//! | 1 | it could not be done; `error: …` on standard error says why |
//! | 2 | the command line is wrong (clap) |
//! | 3 | `replay`: lines were read, and none was applied; `map`, `seed`: records were read, and none was mapped; `explain`, `report`: there is no such account; `erase`: something holds the id |
//! | 70 | the watchdog ended the process ([`crate::ops::watchdog`]) |

mod alarm_quality;
mod check;
mod dead_letters;
mod deliver;
mod demo;
mod erase;
mod explain;
mod history;
mod ingest;
mod map;
mod mcp;
mod progress;
mod remote;
mod replay;
mod report;
mod run;
mod seed;
mod topics;
mod until;

pub use history::HistoryArgs;
pub use remote::RemoteArgs;
pub use until::Until;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{ConfigError, Settings};
use crate::partition::Partitioner;
use crate::playbook::{Playbook, SHIPPED};

/// The name under which the shipped playbook's problems and summary are told.
const SHIPPED_NAME: &str = "the shipped playbook";

/// Exit status: the events tell of no such account.
const NO_SUCH_ACCOUNT: u8 = 3;

/// Product-adoption stages, alerts and plays from usage events in Kafka.
#[derive(Debug, Parser)]
#[command(name = "adoption-tracker", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: read the input topics, publish stages, alerts and plays, exactly once
    Run(RunArgs),
    /// Read topics of others, and write native records to the input topic, exactly once, as [[sources]] of the settings says
    Ingest(IngestArgs),
    /// Deliver outputs to Slack and, signed, to endpoints of others, as [deliver] of the settings says
    Deliver(DeliverArgs),
    /// Show the service on synthetic customers, without a Kafka of your own: a minute, then a summary
    Demo(DemoArgs),
    /// Judge a file of events with the same engine: CloudEvents on standard output, a summary on standard error
    Replay(ReplayArgs),
    /// Write history to the input topic, before the first start: files of native or of others' records, sorted by time
    Seed(SeedArgs),
    /// Make native lines of others' records, as a mapping says: lines on standard output, what is left out on standard error
    Map(MapArgs),
    /// Show how an account of a file of events, or of a running service, stands: products, gaps, what holds back, what to do next
    Report(ReportArgs),
    /// Tell why an account of a file of events, or of a running service, is where it is, what would change that, and on which day
    Explain(ExplainArgs),
    /// Serve tools for agents on standard input and output, by the Model Context Protocol, over a file of events or a service
    Mcp(McpArgs),
    /// Check settings and playbook, and print the settings in force, secrets hidden
    Check(CheckArgs),
    /// Measure a playbook's alarms on simulated accounts: how often they are false, how soon they tell a true fall
    AlarmQuality(AlarmQualityArgs),
    /// Erase an account, or a user of one, and prove it: what the topics hold of the id still, and until when
    Erase(EraseArgs),
    /// Create the topics, or check that they are as the service needs them
    Topics(TopicsArgs),
}

/// Where settings come from: defaults < file < environment < flags.
#[derive(Clone, Debug, Default, Args)]
pub struct SettingsArgs {
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A setting, over file and environment, as kafka.brokers=10.0.0.1:9092; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A process of its own, beside those of `run`, with the same settings file. Metrics and probes are on http.listen: on one machine \
                        with `run`, ADOPTION__HTTP__LISTEN or --set http.listen=127.0.0.1:9597 chooses another address."
)]
pub struct DeliverArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A process of its own, beside those of `run`, with the same settings file. Metrics and probes are on http.listen: on one machine \
                        with `run`, ADOPTION__HTTP__LISTEN or --set http.listen=127.0.0.1:9598 chooses another address."
)]
pub struct IngestArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Refused where the group has begun to read, or the topic holds records already. Takes 512 MiB of memory at most, and temporary files \
                        (TMPDIR) where 128 MiB do not hold the records. Exit status: 0 done; 3 no record was of use, and nothing is written; 1 it \
                        could not be done."
)]
pub struct SeedArgs {
    /// The files hold others' records, and this is the mapping that makes native ones of them: that of a source of the settings, one that ships, by
    /// its name, or a file. Without it, they hold native records
    #[arg(long, value_name = "NAME|FILE")]
    pub source: Option<String>,
    /// The input topic, where the settings have several
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// How a partition is chosen for an account; without it, as that the topic's keys are where they are, else as kafka.properties.partitioner says
    #[arg(long, value_name = "NAME", value_enum)]
    pub partitioner: Option<PartitionerName>,
    /// Write behind the records that the topic holds already
    #[arg(long)]
    pub append: bool,
    /// Where records go that are refused; without it, what is wrong with them goes to standard error
    #[arg(long, value_name = "FILE")]
    pub dead_letters: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// JSON values or CSV, as the mapping says, plain or packed by gzip or zstd, which is known by the first bytes; - or nothing is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// By librdkafka's names, and by those that the service has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartitionerName {
    /// As Java's clients, and this service
    #[value(name = "murmur2_random", alias = "murmur2")]
    Murmur2,
    /// As @platformatic/kafka
    #[value(name = "murmur2_unsigned")]
    Murmur2Unsigned,
    /// CRC-32, as librdkafka's clients
    #[value(name = "consistent_random", aliases = ["consistent", "crc32"])]
    Crc32,
    /// As sarama
    #[value(name = "fnv1a_random", alias = "fnv1a")]
    Fnv1a,
}

impl From<PartitionerName> for Partitioner {
    fn from(name: PartitionerName) -> Self {
        match name {
            PartitionerName::Murmur2 => Self::Murmur2,
            PartitionerName::Murmur2Unsigned => Self::Murmur2Unsigned,
            PartitionerName::Crc32 => Self::Crc32,
            PartitionerName::Fnv1a => Self::Fnv1a,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Metrics and probes are served meanwhile on 127.0.0.1:9595, the HTTP API on 127.0.0.1:9596, or on free ports where these are \
                        taken; ADOPTION__HTTP__LISTEN and ADOPTION__API__LISTEN choose other addresses. NO_COLOR is honoured."
)]
pub struct DemoArgs {
    /// Synthetic accounts
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub accounts: u32,
    /// How many times faster than real time the customers live; 86400 is a day in a second. Without it, so fast that the whole story,
    /// 100 days, is told in the time there is
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// For how long the customers live. Without it, until the whole story is told: a minute, or what it takes at --speed. Starting and
    /// stopping take some five seconds more; Ctrl-C ends it at once, with the summary
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: Option<u64>,
    /// Stay after the story, with all that was told of it in the console, until Ctrl-C
    #[arg(long)]
    pub stay: bool,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Where the clock ends: the first instant of a day (2026-10-03) in the playbook's zone, or an instant (RFC 3339 with offset, or
    /// Unix milliseconds); without it, the result depends on the wall clock
    #[arg(long, value_name = "DATE|INSTANT")]
    pub until: Option<Until>,
    /// Where the outputs go; without it, to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where bad lines go; without it, to standard error
    #[arg(long, value_name = "FILE")]
    pub dead_letters: Option<PathBuf>,
    /// Where the portfolio goes, as of the end: the figures of all accounts and of each segment, and how the targets stand; without it, nowhere
    #[arg(long, value_name = "FILE")]
    pub portfolio: Option<PathBuf>,
    #[command(flatten)]
    pub history: HistoryArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "docs/reference/sources.md says how a mapping is written, and which ship.")]
pub struct MapArgs {
    /// That of a source of the settings, one that ships, by its name, or a file
    #[arg(long, value_name = "NAME|FILE", required_unless_present_any = ["print", "list"])]
    pub source: Option<String>,
    /// Print a mapping that ships, to start from
    #[arg(long, value_name = "NAME", conflicts_with_all = ["source", "list", "files"])]
    pub print: Option<String>,
    /// List the mappings that ship
    #[arg(long, conflicts_with_all = ["source", "files"])]
    pub list: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// JSON values or CSV, as the mapping says, plain or packed by gzip or zstd, which is known by the first bytes; - or nothing is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The account's id
    #[arg(long, value_name = "ID")]
    pub account: String,
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub format: ReportFormat,
    /// Where the clock ends: the first instant of a day (2026-10-03) in the playbook's zone, or an instant (RFC 3339 with offset, or
    /// Unix milliseconds); without it, with the last event
    #[arg(long, value_name = "DATE|INSTANT", conflicts_with = "api")]
    pub until: Option<Until>,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub history: HistoryArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Markdown,
    /// A page
    Html,
    /// All that is known, as the API answers it
    Json,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The account's id
    #[arg(long, value_name = "ID")]
    pub account: String,
    /// Only this product: its ladder, and its milestones, alerts and plays
    #[arg(long, value_name = "ID", conflicts_with = "rule")]
    pub product: Option<String>,
    /// Only this alert or play, of each product or user that it is judged of
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// As of the end of a day (2026-10-03) in the playbook's zone, or of an instant, as replay --until takes it; without it, of the end of the
    /// file, which leaves out what the wall clock has not come to. With --api, the events that were in force then, as they were published
    #[arg(long, value_name = "DATE|INSTANT")]
    pub at: Option<Until>,
    /// How the answer is written: `text` for people, `json` as schemas/explanation.v1.json says
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub format: Format,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub history: HistoryArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "The token for --api stands in the environment variable ADOPTION_TRACKER_TOKEN.")]
pub struct McpArgs {
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// Where the clock ends: the first instant of a day (2026-10-03) in the playbook's zone, or an instant (RFC 3339 with offset, or
    /// Unix milliseconds); without it, with the last event
    #[arg(long, value_name = "DATE|INSTANT", conflicts_with = "api")]
    pub until: Option<Until>,
    #[command(flatten)]
    pub history: HistoryArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Playbook file; without it, that of the settings, or the shipped one
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// A mapping to check, too: one that ships, by its name, or a file. Its products and features that the playbook does not name are told; may be
    /// repeated
    #[arg(long, value_name = "NAME|FILE")]
    pub source: Vec<String>,
}

#[derive(Debug, Args)]
pub struct AlarmQualityArgs {
    /// Playbook file; without it, the shipped one
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// Simulated accounts for each figure
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub accounts: u32,
    /// Another one gives other accounts; one seed always gives the same
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The product that the accounts use; without it, the playbook's first
    #[arg(long, value_name = "ID")]
    pub product: Option<String>,
    /// A rule that speaks of a drop; may be repeated. Without it, all alerts
    #[arg(long, value_name = "ID")]
    pub rule: Vec<String>,
    /// Only kinds of use whose name has this in it, as "once a week"
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Each rule by itself, of teams with seats, levels and features besides
    #[arg(long)]
    pub by_rule: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 done, and with --prove nothing holds the id; 3 something holds it, as is told; 1 it could not be done."
)]
pub struct EraseArgs {
    /// The account's id
    #[arg(long, value_name = "ID")]
    pub account: String,
    /// The id of one of its users; without it, the account is erased
    #[arg(long, value_name = "ID")]
    pub user: Option<String>,
    /// Then read all topics of the service whole, and tell what holds the id, and until when
    #[arg(long)]
    pub prove: bool,
    /// Write nothing; only tell what holds the id, as some days after an erasing
    #[arg(long, conflicts_with = "prove")]
    pub only_prove: bool,
    /// How long to wait until the service has read what was written, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    pub within: u64,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub struct TopicsArgs {
    #[command(subcommand)]
    pub action: TopicsAction,
}

#[derive(Debug, Subcommand)]
pub enum TopicsAction {
    /// Create the topics that are missing
    Create(SettingsArgs),
    /// Check partitions, replicas and settings of the topics
    Check(SettingsArgs),
}

impl SettingsArgs {
    /// The settings in force, checked.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn load(&self) -> Result<Settings, ConfigError> {
        Settings::load(self.config.as_deref(), &self.set)
    }
}

fn no_such_account(told: &str) -> ExitCode {
    eprintln!("error: {told}");
    ExitCode::from(NO_SUCH_ACCOUNT)
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::execute(args).map(|()| ExitCode::SUCCESS),
        Command::Deliver(args) => deliver::execute(args).map(|()| ExitCode::SUCCESS),
        Command::Ingest(args) => ingest::execute(args).map(|()| ExitCode::SUCCESS),
        Command::Seed(args) => seed::execute(args),
        Command::Demo(args) => demo::execute(args).map(|()| ExitCode::SUCCESS),
        Command::Replay(args) => replay::execute(args),
        Command::Map(args) => map::execute(args),
        Command::Report(args) => report::execute(&args),
        Command::Explain(args) => explain::execute(args),
        Command::Mcp(args) => mcp::execute(args),
        Command::Check(args) => check::execute(args).map(|()| ExitCode::SUCCESS),
        Command::AlarmQuality(args) => alarm_quality::execute(args).map(|()| ExitCode::SUCCESS),
        Command::Erase(args) => erase::execute(args),
        Command::Topics(args) => topics::execute(args).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The playbook in a file, or the shipped one.
///
/// # Errors
///
/// Everything that is wrong with it, each with file, line and column where it has them.
pub(crate) fn load_playbook(file: Option<&Path>) -> Result<Playbook, Vec<String>> {
    let (name, yaml) = match file {
        None => (SHIPPED_NAME.to_owned(), SHIPPED.to_owned()),
        Some(file) => match std::fs::read_to_string(file) {
            Ok(yaml) => (file.display().to_string(), yaml),
            Err(error) => return Err(vec![format!("{}: the playbook cannot be read: {error}", file.display())]),
        },
    };
    Playbook::load(&name, &yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, as kafka.brokers=10.0.0.1:9092")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("expected a number above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use clap::CommandFactory;
    use clap::error::ErrorKind;

    fn parse(line: &str) -> Result<Command, ErrorKind> {
        Cli::try_parse_from(line.split_whitespace()).map(|cli| cli.command).map_err(|error| error.kind())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_contract_is_understood() {
        for line in [
            "adoption-tracker run",
            "adoption-tracker run --config a.toml --set kafka.brokers=b:1 --set http.listen=[::]:1",
            "adoption-tracker deliver",
            "adoption-tracker ingest",
            "adoption-tracker ingest --config a.toml --set sources.a.topic=a",
            "adoption-tracker seed --config a.toml h.jsonl i.jsonl.zst",
            "adoption-tracker seed --source segment --topic in --partitioner crc32 --append --dead-letters d -",
            "adoption-tracker map --source s --config a.toml in.json",
            "adoption-tracker deliver --config a.toml --set deliver.targets.team.kind=slack",
            "adoption-tracker demo",
            "adoption-tracker demo --accounts 10 --speed 0.5 --seconds 3",
            "adoption-tracker replay",
            "adoption-tracker replay -",
            "adoption-tracker replay --playbook p --until 2026-10-03 --output o --dead-letters d in.jsonl.gz",
            "adoption-tracker replay --until 2026-10-03T10:00:00+02:00 in.jsonl",
            "adoption-tracker replay --sort -",
            "adoption-tracker replay --portfolio p.json -",
            "adoption-tracker replay --source segment --until 2026-10-03 in.json",
            "adoption-tracker map --source segment",
            "adoption-tracker map --source m.yaml a.json b.csv.gz",
            "adoption-tracker map --print segment",
            "adoption-tracker map --list",
            "adoption-tracker check --source segment",
            "adoption-tracker report --account acme -",
            "adoption-tracker report --account acme --format json --playbook p --until 2026-10-03 --sort in.jsonl.gz",
            "adoption-tracker report --account acme --api https://tracker:9596 --api-ca ca.pem",
            "adoption-tracker explain --account acme in.jsonl",
            "adoption-tracker explain --account acme --api http://127.0.0.1:9596 --product crm --at 2026-10-03",
            "adoption-tracker explain --account acme --product crm --at 2026-10-03 --format json --playbook p -",
            "adoption-tracker explain --account acme --rule usage_drop --sort in.jsonl.gz",
            "adoption-tracker mcp in.jsonl",
            "adoption-tracker mcp --playbook p --until 2026-10-03 --sort in.jsonl.gz",
            "adoption-tracker mcp --api https://adoption.example:9596 --api-ca ca.pem",
            "adoption-tracker check --config a.toml --playbook p",
            "adoption-tracker alarm-quality",
            "adoption-tracker alarm-quality --playbook p --accounts 10 --seed 3 --product crm --rule a --rule b --only daily",
            "adoption-tracker erase --account acme",
            "adoption-tracker erase --account acme --user eve --prove --within 5 --config a.toml",
            "adoption-tracker erase --account acme --only-prove",
            "adoption-tracker topics create --config a.toml",
            "adoption-tracker topics check",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line));
        }
    }

    #[test]
    fn usage_errors_are_claps_and_exit_with_2() {
        let table = [
            ("adoption-tracker", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
            ("adoption-tracker rnu", ErrorKind::InvalidSubcommand),
            ("adoption-tracker run --confg a.toml", ErrorKind::UnknownArgument),
            ("adoption-tracker run --set kafka.brokers", ErrorKind::ValueValidation),
            ("adoption-tracker replay --until yesterday", ErrorKind::ValueValidation),
            ("adoption-tracker explain in.jsonl", ErrorKind::MissingRequiredArgument),
            ("adoption-tracker explain --account a --product b --rule c", ErrorKind::ArgumentConflict),
            ("adoption-tracker explain --account a --format yaml", ErrorKind::InvalidValue),
            ("adoption-tracker mcp --api http://localhost:9596 in.jsonl", ErrorKind::ArgumentConflict),
            ("adoption-tracker mcp --api-ca ca.pem", ErrorKind::MissingRequiredArgument),
            ("adoption-tracker demo --accounts 0", ErrorKind::ValueValidation),
            ("adoption-tracker demo --speed -1", ErrorKind::UnknownArgument),
            ("adoption-tracker demo --speed nan", ErrorKind::ValueValidation),
            ("adoption-tracker erase --prove", ErrorKind::MissingRequiredArgument),
            ("adoption-tracker erase --account a --prove --only-prove", ErrorKind::ArgumentConflict),
            ("adoption-tracker seed --partitioner md5", ErrorKind::InvalidValue),
            ("adoption-tracker topics", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
        ];
        for (line, kind) in table {
            assert_eq!(parse(line).err(), Some(kind), "{line}");
            let error = Cli::try_parse_from(line.split_whitespace()).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(key_and_value("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
    }

    #[test]
    fn a_playbook_that_is_not_there_is_named() {
        let problems = load_playbook(Some(Path::new("/nowhere/playbook.yaml"))).expect_err("no file");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("/nowhere/playbook.yaml: the playbook cannot be read: "), "{}", problems[0]);
    }
}
