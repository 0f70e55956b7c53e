#!/usr/bin/env bash
# The console of a running demo, in a real Chromium: every page in light and dark, at 320 px, on paper and without the script, held against WCAG 2.2 AA,
# hostile names, the API's figures, and a story told by the keyboard alone.
#
#   tests/console/run.sh             # pictures of what was seen: target/console
#   tests/console/run.sh measure     # figures, in place of tests
#   ADDRESS=http://… tests/console/run.sh    # of a demo that runs already, with its story told
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Into target/, so that a second run needs no network.
tools=target/tools/console
if [[ ! -d $tools/node_modules/axe-core || ! -d $tools/node_modules/playwright-core ]]; then
  mkdir -p "$tools"
  npm install --prefix "$tools" --no-audit --no-fund --silent playwright-core@1.65.1 axe-core@4.14.1
fi
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z $CHROMIUM ]]; then
  echo "no Chromium was found; Debian: apt-get install chromium; or name one: CHROMIUM=/path" >&2
  exit 1
fi
export CHROMIUM TOOLS=$PWD/$tools PICTURES=$PWD/target/console
mkdir -p "$PICTURES"

if [[ -z ${ADDRESS:-} ]]; then
  cargo build --quiet
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  log=$(mktemp)
  ADOPTION__HTTP__LISTEN=127.0.0.1:0 ADOPTION__API__LISTEN=127.0.0.1:$port target/debug/adoption-tracker demo --accounts 60 --stay >"$log" 2>&1 </dev/null &
  demo=$!
  trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -f "$log"' EXIT
  export ADDRESS=http://127.0.0.1:$port
  # Before any partition is taken over: what pages say then.
  node --test tests/console/beginning.test.mjs
  for _ in $(seq 900); do
    grep -q "the story is told" "$log" && break
    kill -0 $demo || { cat "$log"; exit 1; }
    sleep 0.2
  done
  grep -q "the console is on $ADDRESS/" "$log" || { cat "$log"; exit 1; }
fi
if [[ ${1:-} == measure ]]; then
  node --test tests/console/measured.mjs
else
  node --test tests/console/console.test.mjs
fi
