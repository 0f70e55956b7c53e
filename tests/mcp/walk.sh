#!/usr/bin/env bash
# A client of another make, the Python SDK, walks through the steps of an agent: over HTTP and on standard input and output, on the example of a
# history, of which both must tell the same. Then it records a task in a running demo, through `mcp --api`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Into target/, so that a second run needs no network.
tools=target/tools/mcp
if [[ ! -x $tools/bin/python ]] || ! "$tools/bin/python" -c 'import mcp' 2>/dev/null; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet mcp==2.3.0
fi
walk=$PWD/tests/mcp/walk.py python=$PWD/$tools/bin/python
work=$(mktemp -d)
demo=
trap '[[ -z $demo ]] || { kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; }; rm -rf "$work"' EXIT

tests/build.sh
echo "-- standard input and output, over the file"
"$python" "$walk" --write "$work/stdio.json" stdio target/debug/adoption-tracker mcp --until 2026-10-01T00:00:00Z deploy/examples/history.jsonl
echo "-- HTTP, over partitions that have read the same"
ADOPTION_MCP_WALK="$python $walk --write $work/http.json http" \
  cargo test --quiet --lib api::tests::mcp::a_client_of_another_make_walks_over_http -- --ignored --exact --nocapture
diff "$work/stdio.json" "$work/http.json" || { echo "the file and the service tell different things"; exit 1; }
echo "-- a task, over standard input and output to a running demo"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ADOPTION__HTTP__LISTEN=127.0.0.1:0 ADOPTION__API__LISTEN=127.0.0.1:$port \
  target/debug/adoption-tracker demo --accounts 50 --seconds 120 >"$work/demo.txt" 2>&1 </dev/null &
demo=$!
for _ in $(seq 100); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/v1/me" && break
  kill -0 $demo || { cat "$work/demo.txt"; exit 1; }
  sleep 0.2
done
"$python" "$walk" task target/debug/adoption-tracker mcp --api "http://127.0.0.1:$port"
echo "3 passed, 0 failed"
