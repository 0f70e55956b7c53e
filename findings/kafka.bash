# Functions shared by the scripts in this folder. They are sourced, not run.
#
# They start a real Apache Kafka (one process that is broker and controller) from its Maven artifacts, so that neither a
# container nor an installed Kafka is needed, and install clients of other languages. All of it lies in a temporary folder
# that is removed in the end (only the package managers' own caches stay), and the broker listens on loopback alone.
#
# Needed on the PATH: a JDK (17 or newer) and mvn; python3 (3.10 or newer) with pip; node (18 or newer) with npm, and make
# and g++; go (1.26 or newer).

KAFKA=4.3.1
CONFLUENT_KAFKA=2.16.1
KAFKA_PYTHON_2=2.3.2
KAFKA_PYTHON_3=3.0.12
AIOKAFKA=0.14.0
KAFKAJS=2.2.4
CONFLUENT_KAFKA_JAVASCRIPT=1.10.1
PLATFORMATIC_KAFKA=2.12.1
NODE=22.23.3
KAFKA_GO=0.4.51
FRANZ_GO=1.22.3
SARAMA=1.61.1

# Makes $WORK, a temporary folder (TMPDIR is respected), and has the end of the script stop the broker and remove the folder.
work_folder() {
  WORK=$(mktemp -d)
  KAFKA_PID=
  trap 'clean_up' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# The broker is ended by its process id. Whatever happens here must not change the exit status of the script.
clean_up() {
  if [ -n "$KAFKA_PID" ]; then
    kill "$KAFKA_PID" 2>/dev/null || true
    wait "$KAFKA_PID" 2>/dev/null || true
  fi
  rm -rf "$WORK" || true
}

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

say() {
  printf '%s  %s\n' "$(date +%H:%M:%S)" "$*" >&2
}

# Runs a command that is only interesting when it fails: its output is shown then, and the script ends.
quietly() {
  local log="$WORK/quietly.log"
  "$@" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "this command failed: $*"
  }
}

# Downloads the broker, which brings the Java client along, into $WORK/kafka/lib. $JAVA_CLASSPATH is what java needs then.
kafka_install() {
  mkdir -p "$WORK/kafka"
  cat >"$WORK/kafka/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
POM
  quietly mvn -q -B -f "$WORK/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$WORK/kafka/lib" -DincludeScope=runtime
  JAVA_CLASSPATH="$WORK/kafka/lib/*"
}

# Formats the data folder, starts the broker and waits until its port accepts. $BOOTSTRAP is its address.
kafka_start() {
  local port controller
  read -r port controller < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
  BOOTSTRAP="127.0.0.1:$port"
  cat >"$WORK/kafka/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$WORK/kafka/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
  quietly java -cp "$JAVA_CLASSPATH" kafka.tools.StorageTool format -t NjzflZx0RFinUkXYcAZfaw -c "$WORK/kafka/server.properties"
  java -Xms128m -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$JAVA_CLASSPATH" kafka.Kafka "$WORK/kafka/server.properties" >"$WORK/kafka/log" 2>&1 &
  KAFKA_PID=$!
  local tries=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$KAFKA_PID" 2>/dev/null || { tail -n 40 "$WORK/kafka/log" >&2; fail "the broker ended while it started"; }
    tries=$((tries + 1))
    [ "$tries" -lt 240 ] || fail "the broker did not open its port within 60 s"
    sleep 0.25
  done
}

# Runs a Java program from one source file with the Kafka client on its class path; its log output is dropped below errors.
java_run() {
  java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$JAVA_CLASSPATH" "$@"
}

# Runs a Python program: "2" and "3" choose the major version of kafka-python, which cannot stand beside each other.
python_run() {
  PYTHONPATH="$WORK/python$1" python3 "${@:2}"
}

python_install() {
  quietly python3 -m pip install -q --target "$WORK/python2" \
    "confluent-kafka==$CONFLUENT_KAFKA" "kafka-python==$KAFKA_PYTHON_2" "aiokafka==$AIOKAFKA"
  quietly python3 -m pip install -q --target "$WORK/python3" "kafka-python==$KAFKA_PYTHON_3"
}

# Programs for Node belong into $WORK/node. @confluentinc/kafka-javascript takes a binary that its publisher built, or else
# builds librdkafka from the source in the package, which takes some minutes of two cores; CKJS_LINKING=dynamic makes that
# build content with the libraries that are there (no download of libcurl). @platformatic/kafka wants Node 22, therefore
# $NODE_22 is one from the npm registry.
node_install() {
  mkdir -p "$WORK/node"
  echo '{"private": true}' >"$WORK/node/package.json"
  CKJS_LINKING=dynamic quietly nice npm --prefix "$WORK/node" install --no-audit --no-fund "kafkajs@$KAFKAJS" \
    "@confluentinc/kafka-javascript@$CONFLUENT_KAFKA_JAVASCRIPT" "@platformatic/kafka@$PLATFORMATIC_KAFKA" "node@$NODE"
  NODE_22="$WORK/node/node_modules/node/bin/node"
  [ "$("$NODE_22" --version)" = "v$NODE" ] || fail "the package node@$NODE did not install its program"
}

# Builds $WORK/go/main.go to $WORK/go/client.
go_build() {
  (
    cd "$WORK/go"
    printf 'module findings\n\ngo 1.26.0\n' >go.mod
    export GOFLAGS="-mod=mod -buildvcs=false"
    quietly go get "github.com/segmentio/kafka-go@v$KAFKA_GO" "github.com/twmb/franz-go@v$FRANZ_GO" "github.com/IBM/sarama@v$SARAMA"
    quietly nice go build -o client .
  )
}
