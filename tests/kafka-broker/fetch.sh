#!/usr/bin/env bash
# Prepares the real Apache Kafka broker that tests/kafka starts: jars, a formatted storage template and a class archive.
# Idempotent: each step is skipped where its result is there, so a second run takes milliseconds and no network.
#
#   tests/kafka-broker/fetch.sh
#
# Needs a JDK (17 or later) and Maven, and installs kcat where it may (as root, with apt-get). The result lies in ${CARGO_TARGET_DIR:-target}/kafka-broker:
#   lib/         the jars
#   template/    meta.properties and bootstrap.checkpoint of a formatted log directory, copied by each test broker
#   kafka.jsa    class data archive: halves the broker's start; bound to this JDK and to the path of lib/
#   ready        names the JDK and pom all this was made for; written last
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$repository/target}
case $target in /*) ;; *) target=$repository/$target ;; esac
broker=$target/kafka-broker

command -v java >/dev/null || { echo "fetch.sh: java is missing; install a JDK 17 (Debian: openjdk-17-jdk-headless) and Maven" >&2; exit 1; }

# The foreign client of one test; without it only that test fails, and says so.
if ! command -v kcat >/dev/null; then
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "fetch.sh: installing kcat" >&2
    apt-get install -y kcat >/dev/null 2>&1 || { apt-get update >/dev/null && apt-get install -y kcat >/dev/null; } \
      || echo "fetch.sh: kcat could not be installed" >&2
  else
    echo "fetch.sh: kcat is missing: install it for the test foreign_client (Debian: kcat)" >&2
  fi
fi

mkdir -p "$broker"
# Two test runs at once must not format or archive into the same directory.
exec 9>"$broker/lock"
flock 9

wanted="$(java -version 2>&1 | tr '\n' ' ') pom $(cksum <"$here/pom.xml") at $broker"
if [[ -f $broker/ready && $(<"$broker/ready") == "$wanted" ]]; then
  exit 0
fi
rm -f "$broker/ready"

pom=$(cksum <"$here/pom.xml")
if [[ ! -d $broker/lib || ! -f $broker/lib.pom || $(<"$broker/lib.pom") != "$pom" ]]; then
  command -v mvn >/dev/null || { echo "fetch.sh: mvn is missing; install it (Debian: maven)" >&2; exit 1; }
  echo "fetch.sh: fetching the Kafka broker's jars with Maven" >&2
  rm -rf "$broker/lib" "$broker/lib.new"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$broker/lib.new" -DincludeScope=runtime
  mv "$broker/lib.new" "$broker/lib"
  printf '%s' "$pom" >"$broker/lib.pom"
fi

scratch=$(mktemp -d "$broker/scratch.XXXXXX")
broker_pid=
cleanup() {
  [[ -n $broker_pid ]] && kill -9 "$broker_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

# Ports the kernel just handed out: free at this moment, which is as good as it gets without holding them.
free_port() {
  python3 - <<'PY' 2>/dev/null || shuf -i 20000-29999 -n 1
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
PY
}
port=$(free_port)
controller=$(free_port)

cat >"$scratch/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
PROPERTIES

cd "$scratch"
echo "fetch.sh: formatting the storage template" >&2
java -cp "$broker/lib/*" kafka.tools.StorageTool format -t NjzflZx0RFinUkXYcAZfaw -c server.properties >format.log 2>&1 \
  || { cat format.log >&2; exit 1; }
rm -rf "$broker/template"
cp -R data "$broker/template"

# The archive only speeds the start up: the tests' broker runs without it too, so a JDK that cannot make one is no failure.
echo "fetch.sh: recording the class archive" >&2
rm -f "$broker/kafka.jsa"
java -Xms128m -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit="$broker/kafka.jsa" \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$broker/lib/*" kafka.Kafka server.properties >broker.log 2>&1 &
broker_pid=$!
for _ in $(seq 1 600); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$broker_pid" 2>/dev/null || { cat broker.log >&2; exit 1; }
  sleep 0.1
done
kill -TERM "$broker_pid"
wait "$broker_pid" || true
broker_pid=
[[ -f $broker/kafka.jsa ]] || echo "fetch.sh: no class archive was made; the broker will start more slowly" >&2

printf '%s' "$wanted" >"$broker/ready"
