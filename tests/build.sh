#!/usr/bin/env bash
# Builds target/debug/adoption-tracker out of what the tests are built of. Without a test among the targets, dependencies would have other features, and
# nearly all of them would be compiled a second time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --quiet --locked --bin adoption-tracker --test tidy
