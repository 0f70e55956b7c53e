#!/usr/bin/env bash
# Lints schemas/openapi.yaml with Redocly's rules.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Into target/, so that a second run needs no network.
tools=target/tools/redocly
[[ -x $tools/node_modules/.bin/redocly ]] || npm install --silent --no-audit --no-fund --prefix "$tools" @redocly/cli@2.77.0
REDOCLY_TELEMETRY=off "$tools/node_modules/.bin/redocly" lint schemas/openapi.yaml --config tests/api/redocly.yaml
