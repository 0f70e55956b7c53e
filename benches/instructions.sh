#!/usr/bin/env bash
# Counts the instructions of the hot paths with callgrind and fails where one takes over 5 % more than benches/instructions.toml says.
#
#   benches/instructions.sh                          compare
#   UPDATE_INSTRUCTIONS=1 benches/instructions.sh    write the figures anew
#
# The figures are those of the profile dev without incremental compilation, as .ci/run builds: the tests have built it already, and a
# profile with link-time optimization would take longer to build than everything else. They are no measure of the release build, but what
# makes one do more work makes the other do so too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Split into other units, the crate is inlined differently.
export CARGO_INCREMENTAL=0
target=${CARGO_TARGET_DIR:-$PWD/target}
recorded=benches/instructions.toml

# The runner must be of the library's version.
version=$(sed -n '/^name = "gungraun"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock)
export GUNGRAUN_RUNNER=$target/tools/bin/gungraun-runner
if [[ $("$GUNGRAUN_RUNNER" --version 2>/dev/null) != "gungraun-runner $version" ]]; then
  echo "instructions: compiling gungraun-runner $version" >&2
  cargo install --quiet gungraun-runner@"$version" --locked --debug --root "$target/tools" --target-dir "$target/tools/build"
fi

results=$target/gungraun
rm -rf "$results"
status=0
cargo bench --quiet --locked --profile dev --bench instructions -- --home="$results" >"$target/instructions.log" 2>&1 || status=$?

counts=$(awk '
  /^instructions::/ { split($1, names, "::"); name = names[3] }
  /^ +Instructions:/ { split($2, counts, "|"); print name " = " counts[1] }' "$target/instructions.log" | sort)
if [[ $(wc -l <<<"$counts") != 9 ]]; then
  cat "$target/instructions.log" >&2
  echo "instructions: the counts are incomplete, see above" >&2
  exit 1
fi

if [[ ${UPDATE_INSTRUCTIONS:-} == 1 ]]; then
  printf '%s\n' "$counts" >"$recorded"
fi
# decode and apply: 1,000 events; roll: 1,000 accounts over one boundary; encode: facts and verdicts of 100 accounts; output: 1,000 records,
# each with an output, decoded, applied and judged, without commits; partition: 10,000 events decoded, applied and judged, with outputs and changelog,
# with the playbook of benches/core.yaml, with that and measures nobody reads, and with that without the check of who put accounts where they are.
while read -r path _ count; do
  was=$(sed -n "s/^$path = //p" "$recorded")
  awk -v path="$path" -v count="$count" -v was="$was" -v each="$(case $path in encode) echo 100 ;; partition*) echo 10000 ;; *) echo 1000 ;; esac)" 'BEGIN {
    printf "| %s, instructions each (profile dev); against the recorded figure | %.0f; %+.1f %% |\n", path, count / each, 100 * (count / was - 1) }'
done <<<"$counts"

core=$(sed -n 's/^partition_core = //p' <<<"$counts")
for with in partition:whole partition_unread:unread; do
  awk -v count="$(sed -n "s/^${with%:*} = //p" <<<"$counts")" -v core="$core" -v what="${with#*:}" 'BEGIN {
    printf "| instructions of an event, %s ÷ two alerts and a play | %.3f |\n", what == "whole" ? "the whole shipped playbook" : "those and measures nobody reads", count / core }'
done

# An account is asked about once, when it begins: events of accounts that are known must not pay for it.
with=$(sed -n 's/^partition_core = //p' <<<"$counts") without=$(sed -n 's/^partition_unchecked = //p' <<<"$counts")
if ((with * 200 > without * 201)); then
  echo "instructions: the check of partitioners costs $((with - without)) instructions in 10,000 events of known accounts, over half a percent" >&2
  exit 1
fi

if [[ $status != 0 ]]; then
  grep -i regress "$target/instructions.log" >&2 || cat "$target/instructions.log" >&2
  cat >&2 <<END
instructions: a hot path takes over 5 % more than recorded in $recorded (full report: $target/instructions.log).
  Not meant? callgrind_annotate with the callgrind.*.out of that path in $results shows where they go.
  Meant, or another compiler? UPDATE_INSTRUCTIONS=1 benches/instructions.sh, and commit the figures with the reason.
END
  exit 1
fi
