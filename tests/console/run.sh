#!/usr/bin/env bash
# The console of a running demo, in a real Chromium: every page in light and dark, at 320 px, on paper and without the script, held against WCAG 2.2 AA,
# hostile names, the API's figures, and a story told by the keyboard alone. And that of a process on a real broker, killed and restored.
#
#   tests/console/run.sh             # pictures of what was seen: target/console
#   tests/console/run.sh pictures    # those that documents show: docs/pictures
#   tests/console/run.sh measure     # figures, in place of tests
#   ADDRESS=http://… tests/console/run.sh    # of a demo that runs already, with its story told
#   TRACKER=/path tests/console/run.sh       # of a binary that is there, in place of building one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mode=${1:-test}
case $mode in
  test | pictures | measure) ;;
  *) echo "usage: tests/console/run.sh [pictures|measure]" >&2; exit 2 ;;
esac

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
export REPOSITORY=$PWD CHROMIUM TOOLS=$PWD/$tools PICTURES=$PWD/target/console
mkdir -p "$PICTURES"
if [[ -z ${TRACKER:-} ]]; then
  tests/build.sh
  TRACKER=$PWD/target/debug/adoption-tracker
fi
export TRACKER

if [[ -z ${ADDRESS:-} ]]; then
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  log=$(mktemp)
  ADOPTION__HTTP__LISTEN=127.0.0.1:0 ADOPTION__API__LISTEN=127.0.0.1:$port "$TRACKER" demo --accounts 60 --stay >"$log" 2>&1 </dev/null &
  demo=$!
  trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -f "$log"' EXIT
  export ADDRESS=http://127.0.0.1:$port
  # Before any partition is taken over: what pages say then.
  node --test tests/console/beginning.test.mjs
  if [[ $mode == test ]]; then
    # While the demo tells its story.
    tests/kafka-broker/fetch.sh
    node --test tests/console/service.test.mjs
  fi
  for _ in $(seq 900); do
    grep -q "the story is told" "$log" && break
    kill -0 $demo || { cat "$log"; exit 1; }
    sleep 0.2
  done
  grep -q "the console is on $ADDRESS/" "$log" || { cat "$log"; exit 1; }
fi
case $mode in
  measure) node --test tests/console/measured.mjs ;;
  pictures) WRITE_PICTURES=1 node --test tests/console/pictures.test.mjs ;;
  test)
    # First, for what comes then reports and closes things.
    node --test tests/console/pictures.test.mjs
    node --test tests/console/console.test.mjs
    ;;
esac
