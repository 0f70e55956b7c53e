#!/usr/bin/env bash
# Runs every benchmark but the soak, and prints one table at the end. For figures that can be compared, let the machine do nothing else.
#
#   benches/run.sh [NAME ...]     all of them, or those named: decode engine restore boundary memory backtest end_to_end instructions;
#                                 end_to_end/PART is one part of it: backlog restore latency takeover views ingest seed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=("$@")
[[ ${#names[@]} != 0 ]] || names=(decode engine restore boundary memory backtest end_to_end instructions)
table=$(mktemp)
trap 'rm -f "$table"' EXIT

# Rows of a table are kept as they are; of criterion's reports, the median.
rows() {
  awk -v bench="$1" '
    /^\|/ && !/^\|-/ && !/^\| what / { print; next }
    # What changed since the last run on this machine, which says nothing.
    /(time|thrpt): +\[[^]]*%/ { next }
    /time: +\[/ {
      name = $0; sub(/ *time:.*/, "", name)
      if (name == "") name = last
      match($0, /\[.*\]/); split(substr($0, RSTART + 1, RLENGTH - 2), parts, " ")
      print "| " bench ": " name " | " parts[3] " " parts[4] " |"
    }
    /thrpt: +\[/ { match($0, /\[.*\]/); split(substr($0, RSTART + 1, RLENGTH - 2), parts, " "); print "| " bench ": " name ", throughput | " parts[3] " " parts[4] " |" }
    { last = $0 }'
}

for name in "${names[@]}"; do
  echo "== $name, load $(cut -d' ' -f1 /proc/loadavg)" >&2
  case $name in
    instructions) benches/instructions.sh ;;
    end_to_end) tests/kafka-broker/fetch.sh && cargo bench --quiet --bench end_to_end ;;
    end_to_end/*) tests/kafka-broker/fetch.sh && cargo bench --quiet --bench end_to_end -- "${name#*/}" ;;
    *) cargo bench --quiet --bench "$name" ;;
  esac | tee /dev/stderr | rows "$name" >>"$table"
done

version_of() { sed -n "/^name = \"$1\"\$/{n;s/^version = \"\\(.*\\)\"\$/\\1/p}" Cargo.lock; }
cat <<END

| | |
|---|---|
| machine | $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) cores, $(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo) |
| kernel | $(uname -sr) |
| rustc | $(rustc --version | cut -d' ' -f2) |
| librdkafka | $(version_of rdkafka-sys | sed 's/.*+//') |
| Kafka | $(grep -A1 '<artifactId>kafka_' tests/kafka-broker/pom.xml | sed -n 's|.*<version>\(.*\)</version>.*|\1|p') |
| DuckDB | $(sed 's/.*==//' benches/backtest/requirements.txt) |
| at | $(date -u +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown) |

| what | figure |
|---|---|
$(cat "$table")
END
