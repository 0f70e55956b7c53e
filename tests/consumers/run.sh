#!/usr/bin/env bash
# The programs of docs/consumers.md against a real Apache Kafka: each reads a topic of stage changes on which transactions were aborted and records
# were written again, and is to print each change once.
#
#   tests/consumers/run.sh                     # all five
#   tests/consumers/run.sh python java rust    # some: that for Node compiles librdkafka, that for Go needs go
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readers=("$@")
[[ $# -gt 0 ]] || readers=(python node java go rust)
here=$PWD/tests/consumers programs=$PWD/deploy/examples/consumers

# Into target/, so that a second run needs no network.
tools=$PWD/target/tools/consumers
mkdir -p "$tools"
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$tools/"
fi
prepare() {
  case $1 in
    python) ;;
    java) ;;
    rust) cargo build --quiet --locked --example consumer ;;
    node)
      # The lock file is copied last: what was interrupted is done again.
      if ! cmp -s "$here/package-lock.json" "$tools/node/done.json"; then
        mkdir -p "$tools/node"
        cp "$here/package.json" "$here/package-lock.json" "$tools/node/"
        CKJS_LINKING=dynamic npm ci --prefix "$tools/node" --silent --no-audit --no-fund
        cp "$here/package-lock.json" "$tools/node/done.json"
      fi
      cp "$programs/consumer.mjs" "$tools/node/"
      ;;
    go)
      mkdir -p "$tools/go"
      cp "$here/go.mod" "$here/go.sum" "$programs/consumer.go" "$tools/go/"
      (cd "$tools/go" && go build -buildvcs=false -o consumer .)
      ;;
    *) echo "run.sh: no program for $1: expected python, node, java, go or rust" >&2; return 2 ;;
  esac
}
run() {
  case $1 in
    python) exec "$tools/python/bin/python" "$programs/consumer.py" ;;
    node) exec node "$tools/node/consumer.mjs" ;;
    java) exec java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$JAVA_CLASSPATH" "$programs/Consumer.java" ;;
    go) exec "$tools/go/consumer" ;;
    rust) exec target/debug/examples/consumer ;;
  esac
}

for reader in "${readers[@]}"; do prepare "$reader"; done
tests/build.sh
tests/kafka-broker/fetch.sh

. findings/kafka.bash
work_folder
mkdir -p "$WORK/kafka"
JAVA_CLASSPATH="$PWD/target/kafka-broker/lib/*"
kafka_start
target/debug/adoption-tracker replay --until 2026-10-01 deploy/examples/history.jsonl 2>/dev/null |
  "$tools/python/bin/python" "$here/feed.py" "$BOOTSTRAP" >"$WORK/wanted"
wanted=$(wc -l <"$WORK/wanted")

declare -A pids
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; clean_up' EXIT
for reader in "${readers[@]}"; do
  KAFKA_BROKERS=$BOOTSTRAP run "$reader" >"$WORK/$reader" 2>"$WORK/$reader.log" &
  pids[$reader]=$!
done
for reader in "${readers[@]}"; do
  for _ in $(seq 300); do
    [[ $(wc -l <"$WORK/$reader") -lt $wanted ]] || break
    kill -0 "${pids[$reader]}" 2>/dev/null || { cat "$WORK/$reader.log"; fail "the program for $reader ended"; }
    sleep 0.2
  done
done
# What would be printed beside that.
sleep 2
failed=0
for reader in "${readers[@]}"; do
  kill "${pids[$reader]}" 2>/dev/null || true
  wait "${pids[$reader]}" 2>/dev/null || true
  if python3 "$here/compare.py" "$WORK/wanted" "$WORK/$reader"; then
    echo "$reader: $wanted changes, each once"
  else
    cat "$WORK/$reader.log"
    failed=$((failed + 1))
  fi
done
pids=()
echo "$((${#readers[@]} - failed)) passed, $failed failed"
[[ $failed == 0 ]]
