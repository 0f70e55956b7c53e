#!/usr/bin/env bash
# Attacks the API of a running demo with what Schemathesis makes up of its document: answers that the document does not have, statuses of 5xx
# that are no problem of the document, and what is taken although it should be refused.
#
#   tests/api/attack.sh [EXAMPLES]   # of each operation; 100 unless said otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
examples=${1:-100}

# Into target/, so that a second run needs no network.
tools=target/tools/schemathesis
if [[ ! -x $tools/bin/schemathesis ]]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet schemathesis==4.32.5
fi

tests/build.sh
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
ADOPTION__HTTP__LISTEN=127.0.0.1:0 ADOPTION__API__LISTEN=127.0.0.1:$port \
  target/debug/adoption-tracker demo --accounts 50 --seconds 600 >"$log" 2>&1 </dev/null &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -f "$log"' EXIT
url=http://127.0.0.1:$port
# Until all partitions answer; before that, that they do not is no failure.
for _ in $(seq 150); do
  curl --silent --fail --output /dev/null "$url/v1/accounts?require=complete" && break
  kill -0 $demo || { cat "$log"; exit 1; }
  sleep 0.2
done

# A stream does not end. Without a token a change of state has to come from a page of the API. What it keeps of a run goes to target/.
config=$PWD/tests/api/schemathesis.toml schemathesis=$PWD/$tools/bin/schemathesis
cd target
"$schemathesis" --config-file "$config" run "$url/openapi.json" --exclude-path /v1/changes --max-examples "$examples" \
  --header 'Sec-Fetch-Site: same-origin' --request-timeout 10 --seed 1
