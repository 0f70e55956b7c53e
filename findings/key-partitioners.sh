#!/usr/bin/env bash
#
# Which partition each client's default partitioner chooses for a key.
#
# Versions: Apache Kafka 4.3.1 as broker and one of the clients (its Java client); the other clients are named below.
#
# Each client, with its default partitioner, writes one record for each of 200 keys to a topic of 12 partitions and to one of
# 16. The script reads back where each key is and counts how many of the 200 each of four hashes explains. It computes them
# itself: murmur2 with the sign bit masked (what Java does), murmur2 as an unsigned number, CRC-32 (what librdkafka does),
# and FNV-1a as sarama does it (as a signed number, of whose remainder the sign is dropped).
#
# Behaviour seen (a key is in one place only as long as all its producers are of one of these groups):
#
# - murmur2 with the sign bit masked: Java, kafka-python, aiokafka, faust-streaming, quixstreams (which sets librdkafka so),
#   kafkajs, franz-go, and @confluentinc/kafka-javascript by its KafkaJS API.
# - CRC-32: librdkafka's clients, which are confluent-kafka for Python and Go, bytewax, node-rdkafka,
#   @confluentinc/kafka-javascript by its node-rdkafka API (the same package), rdkafka for Rust, and kcat.
# - FNV-1a: sarama.
# - murmur2 as an unsigned number: @platformatic/kafka 2.12.1. Its default is `murmur2(key) >>> 0`, modulo the number of
#   partitions (dist/clients/producer/partitioners.js; compatibilityPartitioner, beside it, is Java's). That agrees with Java
#   wherever the number of partitions is a power of two, so on 16 and not on 12, where it does for the 111 of 200 keys whose
#   hash is not negative.
# - none: kafka-go writes to the partitions in turn, whatever the key is, unless a Balancer is set.
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: see kafka.bash, and cargo, for the client in Rust. kcat is examined, too, where it is on the PATH (seen: 1.7.1); its version is not pinned.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

FAUST_STREAMING=0.15.3
QUIXSTREAMS=3.28.1
BYTEWAX=0.21.1
NODE_RDKAFKA=3.6.1
CONFLUENT_KAFKA_GO=2.11.1
RDKAFKA=0.39.0

# -------------------------------------------------------------------------------------------------------- the producers
#
# Each is called with the address, a file of keys and two topics, and writes one record for each key to both.

produce_java() {
  cat >"$WORK/Produce.java" <<'JAVA'
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.StringSerializer;

public class Produce {
    public static void main(String[] arguments) throws Exception {
        var keys = Files.readAllLines(Path.of(arguments[1]));
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", arguments[0]),
                new StringSerializer(), new StringSerializer())) {
            for (var topic : List.of(arguments[2], arguments[3]))
                for (var key : keys) producer.send(new ProducerRecord<>(topic, key, "value"));
        }
    }
}
JAVA
}

produce_python() {
  cat >"$WORK/produce.py" <<'PYTHON'
import asyncio, sys

client, bootstrap, file, *topics = sys.argv[1:]
keys = [line.strip().encode() for line in open(file)]

def confluent_kafka():
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": bootstrap})
    for topic in topics:
        for key in keys:
            producer.produce(topic, key=key, value=b"value")
    producer.flush()

def kafka_python():
    from kafka import KafkaProducer
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for topic in topics:
        for key in keys:
            producer.send(topic, key=key, value=b"value")
    producer.flush()
    producer.close()

async def aiokafka():
    from aiokafka import AIOKafkaProducer
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for topic in topics:
        for key in keys:
            await producer.send(topic, key=key, value=b"value")
    await producer.stop()

async def faust_streaming():
    import faust
    app = faust.App("producer", broker=f"kafka://{bootstrap}", store="memory://")
    for topic in topics:
        channel = app.topic(topic, key_serializer="raw", value_serializer="raw")
        for key in keys:
            await (await channel.send(key=key, value=b"value"))
    await app.producer.stop()

def quixstreams():
    from quixstreams import Application
    with Application(broker_address=bootstrap).get_producer() as producer:
        for topic in topics:
            for key in keys:
                producer.produce(topic=topic, key=key, value=b"value")

def bytewax():
    import bytewax.operators as op
    from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSource, run_main
    for topic in topics:
        flow = Dataflow("producer")
        messages = op.input("keys", flow, TestingSource([KafkaSinkMessage(key, b"value") for key in keys]))
        op.output("topic", messages, KafkaSink([bootstrap], topic))
        run_main(flow)

produce = {
    "confluent-kafka": confluent_kafka,
    "kafka-python": kafka_python,
    "aiokafka": lambda: asyncio.run(aiokafka()),
    "faust-streaming": lambda: asyncio.run(faust_streaming()),
    "quixstreams": quixstreams,
    "bytewax": bytewax,
}
produce[client]()
PYTHON
}

produce_node() {
  cat >"$WORK/node/produce.js" <<'JAVASCRIPT'
const [client, bootstrap, file, ...topics] = process.argv.slice(2)
const keys = require('node:fs').readFileSync(file, 'utf8').trim().split('\n')

// What node-rdkafka made, and Confluent's package took over.
async function byRdkafka ({ Producer }) {
  const producer = new Producer({ 'bootstrap.servers': bootstrap })
  await new Promise((resolve, reject) => producer.connect({}, error => error ? reject(error) : resolve()))
  for (const topic of topics) for (const key of keys) producer.produce(topic, null, Buffer.from('value'), key)
  await new Promise((resolve, reject) => producer.flush(30000, error => error ? reject(error) : resolve()))
  await new Promise(resolve => producer.disconnect(resolve))
}

const clients = {
  async kafkajs () {
    const { Kafka, logLevel } = require('kafkajs')
    const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer()
    await producer.connect()
    for (const topic of topics) await producer.send({ topic, messages: keys.map(key => ({ key, value: 'value' })) })
    await producer.disconnect()
  },
  async 'confluent by KafkaJS' () {
    const { Kafka, logLevel } = require('@confluentinc/kafka-javascript').KafkaJS
    const producer = new Kafka({ kafkaJS: { brokers: [bootstrap], logLevel: logLevel.ERROR } }).producer()
    await producer.connect()
    for (const topic of topics) await producer.send({ topic, messages: keys.map(key => ({ key, value: 'value' })) })
    await producer.disconnect()
  },
  'confluent by node-rdkafka': () => byRdkafka(require('@confluentinc/kafka-javascript')),
  'node-rdkafka': () => byRdkafka(require('node-rdkafka')),
  async platformatic () {
    const { Producer, stringSerializers } = await import('@platformatic/kafka')
    const producer = new Producer({ clientId: 'producer', bootstrapBrokers: [bootstrap], serializers: stringSerializers })
    for (const topic of topics) await producer.send({ messages: keys.map(key => ({ topic, key, value: 'value' })) })
    await producer.close()
  }
}
clients[client]().then(() => process.exit(0), error => { console.error(error); process.exit(1) })
JAVASCRIPT
}

produce_go() {
  cat >"$WORK/go/main.go" <<'GO'
package main

import (
	"context"
	"log"
	"os"
	"strings"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func kafkaGo(bootstrap, topic string, keys []string) {
	writer := &kafka.Writer{Addr: kafka.TCP(bootstrap), Topic: topic}
	var messages []kafka.Message
	for _, key := range keys {
		messages = append(messages, kafka.Message{Key: []byte(key), Value: []byte("value")})
	}
	check(writer.WriteMessages(context.Background(), messages...))
	check(writer.Close())
}

func franzGo(bootstrap, topic string, keys []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	check(err)
	defer client.Close()
	for _, key := range keys {
		record := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte("value")}
		client.Produce(context.Background(), record, func(_ *kgo.Record, err error) { check(err) })
	}
	check(client.Flush(context.Background()))
}

func saramaSync(bootstrap, topic string, keys []string) {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true // A synchronous producer requires it.
	producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
	check(err)
	var messages []*sarama.ProducerMessage
	for _, key := range keys {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(key), Value: sarama.StringEncoder("value")})
	}
	check(producer.SendMessages(messages))
	check(producer.Close())
}

func main() {
	content, err := os.ReadFile(os.Args[3])
	check(err)
	producers := map[string]func(string, string, []string){"kafka-go": kafkaGo, "franz-go": franzGo, "sarama": saramaSync}
	for _, topic := range os.Args[4:] {
		producers[os.Args[1]](os.Args[2], topic, strings.Fields(string(content)))
	}
}
GO
}

produce_confluent_go() {
  cat >"$WORK/confluent-go/main.go" <<'GO'
package main

import (
	"log"
	"os"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	content, err := os.ReadFile(os.Args[2])
	check(err)
	producer, err := kafka.NewProducer(&kafka.ConfigMap{"bootstrap.servers": os.Args[1], "go.delivery.reports": false})
	check(err)
	for _, topic := range os.Args[3:] {
		for _, key := range strings.Fields(string(content)) {
			partition := kafka.TopicPartition{Topic: &topic, Partition: kafka.PartitionAny}
			check(producer.Produce(&kafka.Message{TopicPartition: partition, Key: []byte(key), Value: []byte("value")}, nil))
		}
	}
	if left := producer.Flush(30000); left > 0 {
		log.Fatalf("%d records were not written", left)
	}
}
GO
}

produce_rust() {
  mkdir "$WORK/rust/src"
  cat >"$WORK/rust/Cargo.toml" <<TOML
[package]
name = "produce"
version = "0.0.0"
edition = "2021"

[dependencies]
rdkafka = "=$RDKAFKA"

[workspace]
TOML
  cat >"$WORK/rust/src/main.rs" <<'RUST'
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let keys = std::fs::read_to_string(&arguments[2]).unwrap();
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", &arguments[1]).create().unwrap();
    for topic in &arguments[3..] {
        for key in keys.lines() {
            producer.send(BaseRecord::to(topic).key(key).payload("value")).unwrap();
        }
    }
    producer.flush(Duration::from_secs(30)).unwrap();
}
RUST
}

# What only this script examines. node-rdkafka and rdkafka build the librdkafka that they bring along, which takes minutes.
more_install() {
  quietly python3 -m pip install -q --target "$WORK/python-faust" "faust-streaming==$FAUST_STREAMING" "aiokafka==$AIOKAFKA"
  quietly python3 -m pip install -q --target "$WORK/python-quix" "quixstreams==$QUIXSTREAMS"
  quietly python3 -m pip install -q --target "$WORK/python-bytewax" "bytewax==$BYTEWAX" "confluent-kafka==$CONFLUENT_KAFKA"
  quietly nice npm --prefix "$WORK/node" install --no-audit --no-fund "node-rdkafka@$NODE_RDKAFKA"
  quietly nice cargo build --quiet --manifest-path "$WORK/rust/Cargo.toml" --target-dir "$WORK/rust/target"
  (
    cd "$WORK/confluent-go"
    printf 'module findings\n\ngo 1.26.0\n' >go.mod
    export GOFLAGS="-mod=mod -buildvcs=false"
    quietly go get "github.com/confluentinc/confluent-kafka-go/v2@v$CONFLUENT_KAFKA_GO"
    quietly nice go build -o client .
  )
}

# kcat reads keys and values from its input, here one record a line.
produce_kcat() {
  local bootstrap=$1 keys=$2 topic
  for topic in "$3" "$4"; do
    sed 's/$/:value/' "$keys" | kcat -P -b "$bootstrap" -t "$topic" -K :
  done
}

# ------------------------------------------------------------------------------------------------------- the comparison

# With "create" it makes a client's two topics, with "read" it writes one line for each record of them: partitions, partition, key.
topics_java() {
  cat >"$WORK/Topics.java" <<'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Topics {
    public static void main(String[] arguments) throws Exception {
        var settings = Map.<String, Object>of("bootstrap.servers", arguments[0]);
        var topics = Arrays.asList(arguments).subList(2, arguments.length);
        if (arguments[1].equals("create")) {
            try (var admin = Admin.create(settings)) {
                var all = new ArrayList<NewTopic>();
                for (var topic : topics) all.add(new NewTopic(topic, partitions(topic), (short) 1));
                admin.createTopics(all).all().get();
            }
            return;
        }
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            for (var topic : topics) {
                var all = IntStream.range(0, partitions(topic)).mapToObj(p -> new TopicPartition(topic, p)).toList();
                var ends = consumer.endOffsets(all);
                consumer.assign(all);
                consumer.seekToBeginning(all);
                while (!all.stream().allMatch(p -> consumer.position(p) >= ends.get(p)))
                    for (var m : consumer.poll(Duration.ofMillis(200)))
                        System.out.println(topic + " " + m.partition() + " " + m.key());
            }
        }
    }

    /** The name of a topic ends with a hyphen and the number of its partitions. */
    static int partitions(String topic) {
        return Integer.parseInt(topic.substring(topic.lastIndexOf('-') + 1));
    }
}
JAVA
}

# Called with what was read and the list of clients (topic, name, version), it writes a table.
explain_python() {
  cat >"$WORK/explain.py" <<'PYTHON'
import sys, zlib

def murmur2(data):
    mask = 0xFFFFFFFF
    m = 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    if data[whole:]:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15

def fnv1a(data):
    h = 0x811C9DC5
    for byte in data:
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h

def signed(h):
    return h - (1 << 32) if h >> 31 else h

hashes = {
    "murmur2, sign masked": lambda key, n: (murmur2(key) & 0x7FFFFFFF) % n,
    "murmur2, unsigned": lambda key, n: murmur2(key) % n,
    "CRC-32": lambda key, n: zlib.crc32(key) % n,
    "FNV-1a": lambda key, n: abs(signed(fnv1a(key))) % n,  # The remainder of a division in Go has the sign of the dividend.
}
places = {}
for line in open(sys.argv[1]):
    topic, partition, key = line.split()
    places.setdefault(topic, []).append((key.encode(), int(partition)))

print("| client | version | hash |" + "".join(f" {n}: {name} |" for n in (12, 16) for name in hashes))
print("|---|---|---|" + "---|" * 8)
for line in open(sys.argv[2]):
    topic, name, version = line.rstrip("\n").split("\t")
    explained = {}
    for n in (12, 16):
        records = places[f"{topic}-{n}"]
        if len(records) != 200 or len({key for key, _ in records}) != 200:
            sys.exit(f"{name}: {len(records)} records in the topic of {n} partitions, not one for each of 200 keys")
        for hash in hashes:
            explained[n, hash] = sum(hashes[hash](key, n) == partition for key, partition in records)
    whole = [hash for hash in hashes if explained[12, hash] == explained[16, hash] == 200]
    print(f"| {name} | {version} | {' or '.join(whole) or 'none'} |" + "".join(f" {count} |" for count in explained.values()))
PYTHON
}

# row TOPIC CLIENT VERSION COMMAND… has a client write to its two topics.
row() {
  say "$2 $3"
  quietly java_run "$WORK/Topics.java" "$BOOTSTRAP" create "$1-12" "$1-16"
  quietly "${@:4}" "$BOOTSTRAP" "$WORK/keys" "$1-12" "$1-16"
  java_run "$WORK/Topics.java" "$BOOTSTRAP" read "$1-12" "$1-16" >>"$WORK/places"
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$WORK/clients"
}

work_folder
mkdir "$WORK/node" "$WORK/go" "$WORK/confluent-go" "$WORK/rust"
produce_java
produce_python
produce_node
produce_go
produce_confluent_go
produce_rust
topics_java
explain_python
# Keys of 9 to 12 characters, so that each length modulo 4 occurs (murmur2 takes four bytes at a time).
for i in $(seq 0 7 1393); do echo "account-$i"; done >"$WORK/keys"
say "installing the broker and the clients, which takes minutes where a native part has to be built"
kafka_install
python_install
go_build
node_install
more_install
say "starting the broker"
kafka_start

export KAFKAJS_NO_PARTITIONER_WARNING=1
row java "Java kafka-clients" $KAFKA java_run "$WORK/Produce.java"
row kafka-python-2 kafka-python $KAFKA_PYTHON_2 python_run 2 "$WORK/produce.py" kafka-python
row kafka-python-3 kafka-python $KAFKA_PYTHON_3 python_run 3 "$WORK/produce.py" kafka-python
row aiokafka aiokafka $AIOKAFKA python_run 2 "$WORK/produce.py" aiokafka
row kafkajs kafkajs $KAFKAJS node "$WORK/node/produce.js" kafkajs
row confluent-kafkajs "@confluentinc/kafka-javascript, KafkaJS API" $CONFLUENT_KAFKA_JAVASCRIPT node "$WORK/node/produce.js" "confluent by KafkaJS"
row confluent-rdkafka "@confluentinc/kafka-javascript, node-rdkafka API" $CONFLUENT_KAFKA_JAVASCRIPT node "$WORK/node/produce.js" "confluent by node-rdkafka"
row platformatic @platformatic/kafka $PLATFORMATIC_KAFKA "$NODE_22" "$WORK/node/produce.js" platformatic
row confluent-kafka "confluent-kafka (Python)" $CONFLUENT_KAFKA python_run 2 "$WORK/produce.py" confluent-kafka
row node-rdkafka node-rdkafka $NODE_RDKAFKA node "$WORK/node/produce.js" node-rdkafka
row rdkafka "rdkafka (Rust)" $RDKAFKA "$WORK/rust/target/debug/produce"
row confluent-go confluentinc/confluent-kafka-go $CONFLUENT_KAFKA_GO "$WORK/confluent-go/client"
row faust-streaming faust-streaming $FAUST_STREAMING python_run -faust "$WORK/produce.py" faust-streaming
row quixstreams quixstreams $QUIXSTREAMS python_run -quix "$WORK/produce.py" quixstreams
row bytewax bytewax $BYTEWAX python_run -bytewax "$WORK/produce.py" bytewax
row franz-go twmb/franz-go $FRANZ_GO "$WORK/go/client" franz-go
row sarama IBM/sarama $SARAMA "$WORK/go/client" sarama
row kafka-go segmentio/kafka-go $KAFKA_GO "$WORK/go/client" kafka-go
python3 "$WORK/explain.py" "$WORK/places" "$WORK/clients" >"$WORK/seen"

cat >"$WORK/stated" <<'TABLE'
| client | version | hash | 12: murmur2, sign masked | 12: murmur2, unsigned | 12: CRC-32 | 12: FNV-1a | 16: murmur2, sign masked | 16: murmur2, unsigned | 16: CRC-32 | 16: FNV-1a |
|---|---|---|---|---|---|---|---|---|---|---|
| Java kafka-clients | 4.3.1 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| kafka-python | 2.3.2 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| kafka-python | 3.0.12 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| aiokafka | 0.14.0 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| kafkajs | 2.2.4 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| @confluentinc/kafka-javascript, KafkaJS API | 1.10.1 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| @confluentinc/kafka-javascript, node-rdkafka API | 1.10.1 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| @platformatic/kafka | 2.12.1 | murmur2, unsigned | 111 | 200 | 17 | 16 | 200 | 200 | 13 | 17 |
| confluent-kafka (Python) | 2.16.1 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| node-rdkafka | 3.6.1 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| rdkafka (Rust) | 0.39.0 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| confluentinc/confluent-kafka-go | 2.11.1 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| faust-streaming | 0.15.3 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| quixstreams | 3.28.1 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| bytewax | 0.21.1 | CRC-32 | 15 | 17 | 200 | 19 | 13 | 13 | 200 | 17 |
| twmb/franz-go | 1.22.3 | murmur2, sign masked | 200 | 111 | 15 | 15 | 200 | 200 | 13 | 17 |
| IBM/sarama | 1.61.1 | FNV-1a | 15 | 16 | 19 | 200 | 17 | 17 | 17 | 200 |
| segmentio/kafka-go | 0.4.51 | none | 18 | 19 | 18 | 16 | 6 | 6 | 19 | 12 |
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"

if command -v kcat >/dev/null; then
  : >"$WORK/clients"
  row kcat kcat "$(kcat -V | sed -n 's/^Version \([0-9.]*\).*librdkafka \([0-9.]*\).*/\1 (librdkafka \2)/p')" produce_kcat
  python3 "$WORK/explain.py" "$WORK/places" "$WORK/clients" | tail -n 1 | tee "$WORK/kcat"
  grep -q '| CRC-32 |' "$WORK/kcat" || fail "kcat's partitions are not explained by CRC-32"
fi
say "seen as stated"
