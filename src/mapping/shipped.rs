//! The mappings that ship, compiled in: files of `deploy/mappings/`.

use super::Input;

/// A mapping that ships.
#[derive(Debug)]
pub struct Shipped {
    pub name: &'static str,
    pub yaml: &'static str,
    pub measured: Measured,
}

/// What it is tested against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// What the tool wrote: package and version.
    By(&'static str),
    /// Records made by hand after what the maker publishes: not measured.
    Described(&'static str),
}

impl Shipped {
    /// Where it stands in the repository.
    pub fn file(&self) -> String {
        format!("deploy/mappings/{}.yaml", self.name)
    }

    /// What the comment at its beginning says first, in one sentence.
    pub fn about(&self) -> String {
        let comment = self.yaml.lines().take_while(|line| line.starts_with('#')).map(|line| line.trim_start_matches(['#', ' ']));
        let paragraph: Vec<&str> = comment.take_while(|line| !line.is_empty()).collect();
        paragraph.join(" ")
    }
}

macro_rules! shipped {
    ($($name:literal $measured:expr,)+) => {
        pub(super) const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            yaml: include_str!(concat!("../../deploy/mappings/", $name, ".yaml")),
            measured: $measured,
        },)+];
    };
}

use Measured::{By, Described};

// Those whose `when` asks for most stand first where two would take a record: `replay` names the first.
shipped! {
    "rudderstack" By("rudder-sdk-python 2.1.9"),
    "segment" By("segment-analytics-python 2.4.0, @segment/analytics-node 3.1.0"),
    "posthog" By("posthog 7.91.1 for Python"),
    "mixpanel" By("mixpanel 5.4.1 for Python"),
    "amplitude" By("amplitude-analytics 1.3.0 for Python"),
    "snowplow" By("snowplow-tracker 1.1.0 for Python"),
    "stripe" Described("Stripe's API reference of events and subscriptions; the subscription is stripe-mock's, v0.203.0"),
    "salesforce-cdc" Described("Salesforce's Change Data Capture Developer Guide"),
    "delighted" Described("Delighted's reference of webhooks"),
    "openmeter" Described("OpenMeter's reference of events"),
    "debezium" By("debezium-connector-postgres 3.6.1.Final"),
    "connect" By("org.apache.kafka:connect-json 4.3.1"),
    "cloudevents" By("SDKs for Python 2.2.0, Node 10.0.0, Java 4.0.1, Go 2.16.2, structured mode"),
    "duckdb" By("duckdb 2.0.1"),
    "pandas" By("pandas 3.1.1 and 2.3.3"),
    "polars" By("polars 2.1.0"),
    "clickhouse" By("chdb 4.4.0 (ClickHouse 26.9.2.1)"),
    "postgres" By("PostgreSQL 15.18"),
    "pyspark" By("pyspark 4.3.0"),
    "sqlite" By("SQLite 3.40.1"),
    "bigquery" Described("BigQuery's page on exporting table data as newline-delimited JSON"),
    "snowflake" Described("Snowflake's reference of COPY INTO <location>, FILE_FORMAT = (TYPE = JSON)"),
}

impl Input {
    /// As a mapping writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Input::Json => "json",
            Input::Csv => "csv",
            Input::Connect => "connect",
            Input::Debezium => "debezium",
        }
    }
}
