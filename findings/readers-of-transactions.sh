#!/usr/bin/env bash
#
# What a consumer group's client shows of a topic that is written in transactions.
#
# Versions: Apache Kafka 4.3.1 as broker, writer (its Java client) and one of the readers; the other readers are named below.
#
# The topic has three partitions and valid content that any two transactional producers may write: in partition 0 one
# producer commits and aborts in turns, in partition 1 the aborted transactions of two producers overlap, in partition 2
# one producer commits while the other aborts. 153 records are committed and 110 aborted, 30 + 50 + 30 by partition; the
# broker adds 73 markers, one for each end of a transaction in a partition (33 commits, 40 aborts). A reader that is set to
# read committed must show 153 messages; one that is not, 263.
#
# Behaviour seen:
#
# - Java, kafka-python, aiokafka, franz-go and sarama show aborted records by default and do not once they are told to read
#   committed. confluent-kafka and @confluentinc/kafka-javascript (both librdkafka) read committed by default and do so.
# - kafkajs 2.2.4 reads committed by default, and shows aborted records all the same where aborted transactions overlap
#   (20 of 50 in partition 1): the broker lists aborted transactions in the order in which they ended, and the client takes
#   them to be listed in the order in which they began (src/consumer/filterAbortedMessages.js). With that list sorted by
#   firstOffset there, it showed 153.
# - @platformatic/kafka 2.12.1 reads committed by default, and shows nine of ten aborted records: of the aborted transactions
#   that a fetch response lists, it keeps one for each producer, the last (#filterUncommittedMessages in
#   dist/clients/consumer/consumer.js).
# - kafka-go 0.4.51 shows all aborted records and all markers, whether ReaderConfig.IsolationLevel is ReadCommitted or not
#   (its comment there: "With ReadCommitted only non-transactional and committed records are visible"). A marker is a message
#   like any other to its user: the key is 00000001 for a commit and 00000000 for an abort (four bytes in hexadecimal), the
#   value is six zero bytes, and nothing else in kafka.Message tells it apart.
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: see kafka.bash.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

# ---------------------------------------------------------------------------------------------------------- the topic

write_java() {
  cat >"$WORK/Write.java" <<'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.StringSerializer;

public class Write {
    static String bootstrap;

    static KafkaProducer<String, String> writer(String id) {
        var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "transactional.id", id),
            new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    /** Flushes, so that what a later call writes, from whichever writer, stands later in the log. */
    static void send(KafkaProducer<String, String> producer, int partition, String value, int count) {
        for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>("records", partition, "key", value));
        producer.flush();
    }

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[0];
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic("records", 3, (short) 1))).all().get();
        }
        try (var a = writer("a"); var b = writer("b")) {
            for (int round = 0; round < 10; round++) {
                // Partition 0 has one writer. It commits a transaction, then aborts one.
                a.beginTransaction(); send(a, 0, "committed", 5); a.commitTransaction();
                a.beginTransaction(); send(a, 0, "aborted", 3); a.abortTransaction();

                // Partition 1 has two writers whose aborted transactions overlap: what began first ends last.
                a.beginTransaction(); send(a, 1, "aborted", 2);
                b.beginTransaction(); send(b, 1, "aborted", 3);
                b.abortTransaction();
                a.abortTransaction();
                a.beginTransaction(); send(a, 1, "committed", 5); a.commitTransaction();

                // Partition 2 has two writers whose transactions overlap: one commits, the other aborts.
                a.beginTransaction(); send(a, 2, "committed", 2);
                b.beginTransaction(); send(b, 2, "aborted", 3);
                send(a, 2, "committed", 3);
                b.abortTransaction();
                a.commitTransaction();
            }
            // The last record of each partition tells readers that they have seen all.
            a.beginTransaction();
            for (int partition = 0; partition < 3; partition++) send(a, partition, "end", 1);
            a.commitTransaction();
        }
    }
}
JAVA
}

# -------------------------------------------------------------------------------------------------------- the readers
#
# Each is called with the address, "default" or "committed", and a name for its group, and writes one line for each message that it is handed:
# partition, offset, key and value in hexadecimal. It ends two seconds after the last message, but not before it has had
# the last record of all three partitions; after a minute it fails. (Two seconds, since markers follow the last records.)

read_java() {
  cat >"$WORK/Read.java" <<'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Read {
    public static void main(String[] arguments) {
        var settings = new HashMap<String, Object>(Map.of("bootstrap.servers", arguments[0],
            "group.id", arguments[2], "auto.offset.reset", "earliest"));
        if (arguments[1].equals("committed")) settings.put("isolation.level", "read_committed");
        var hex = HexFormat.of();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("records"));
            long start = System.nanoTime(), last = start;
            int ends = 0;
            while (ends < 3 || System.nanoTime() - last < 2_000_000_000L) {
                if (System.nanoTime() - start > 60_000_000_000L) throw new IllegalStateException("no end after a minute");
                for (var m : consumer.poll(Duration.ofMillis(200))) {
                    last = System.nanoTime();
                    if (new String(m.value()).equals("end")) ends++;
                    System.out.println(m.partition() + " " + m.offset() + " " + hex.formatHex(m.key()) + " " + hex.formatHex(m.value()));
                }
            }
        }
    }
}
JAVA
}

read_python() {
  cat >"$WORK/read.py" <<'PYTHON'
import asyncio, sys, time

client, bootstrap, mode, group = sys.argv[1:]
committed = mode == "committed"
start = last = time.monotonic()
ends = 0

def message(partition, offset, key, value):
    global last, ends
    last = time.monotonic()
    ends += value == b"end"
    print(partition, offset, key.hex(), value.hex())

def at_end():
    now = time.monotonic()
    if now - start > 60:
        sys.exit("no end after a minute")
    return ends == 3 and now - last > 2

def confluent_kafka():
    from confluent_kafka import Consumer
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
    if committed:
        settings["isolation.level"] = "read_committed"
    consumer = Consumer(settings)
    consumer.subscribe(["records"])
    while not at_end():
        m = consumer.poll(0.2)
        if m is not None and not m.error():
            message(m.partition(), m.offset(), m.key(), m.value())
    consumer.close()

def kafka_python():
    from kafka import KafkaConsumer
    settings = {"isolation_level": "read_committed"} if committed else {}
    consumer = KafkaConsumer("records", bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", **settings)
    while not at_end():
        for messages in consumer.poll(timeout_ms=200).values():
            for m in messages:
                message(m.partition, m.offset, m.key, m.value)
    consumer.close()

async def aiokafka():
    from aiokafka import AIOKafkaConsumer
    settings = {"isolation_level": "read_committed"} if committed else {}
    consumer = AIOKafkaConsumer("records", bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", **settings)
    await consumer.start()
    while not at_end():
        for messages in (await consumer.getmany(timeout_ms=200)).values():
            for m in messages:
                message(m.partition, m.offset, m.key, m.value)
    await consumer.stop()

if client == "aiokafka":
    asyncio.run(aiokafka())
else:
    {"confluent-kafka": confluent_kafka, "kafka-python": kafka_python}[client]()
PYTHON
}

read_node() {
  cat >"$WORK/node/read.js" <<'JAVASCRIPT'
const [client, bootstrap, mode, groupId] = process.argv.slice(2)
const committed = mode === 'committed'
let last = Date.now(), ends = 0

function message (partition, offset, key, value) {
  last = Date.now()
  if (value.toString() === 'end') ends++
  console.log(partition, String(offset), key.toString('hex'), value.toString('hex'))
}
setInterval(() => { if (ends === 3 && Date.now() - last > 2000) process.exit(0) }, 100)
setTimeout(() => { console.error('no end after a minute'); process.exit(1) }, 60000)

const clients = {
  async kafkajs () {
    const { Kafka, logLevel } = require('kafkajs')
    const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
      .consumer({ groupId, ...(committed ? { readUncommitted: false } : {}) })
    await consumer.connect()
    await consumer.subscribe({ topics: ['records'], fromBeginning: true })
    await consumer.run({ eachMessage: async ({ partition, message: m }) => message(partition, m.offset, m.key, m.value) })
  },
  async 'confluent-kafka-javascript' () {
    const { Kafka, logLevel } = require('@confluentinc/kafka-javascript').KafkaJS
    const consumer = new Kafka({ kafkaJS: { brokers: [bootstrap], logLevel: logLevel.ERROR } })
      .consumer({ kafkaJS: { groupId, fromBeginning: true, ...(committed ? { readUncommitted: false } : {}) } })
    await consumer.connect()
    await consumer.subscribe({ topics: ['records'] })
    await consumer.run({ eachMessage: async ({ partition, message: m }) => message(partition, m.offset, m.key, m.value) })
  },
  async platformatic () {
    const { Consumer, FetchIsolationLevels } = await import('@platformatic/kafka')
    const consumer = new Consumer({ clientId: 'reader', groupId, bootstrapBrokers: [bootstrap] })
    const stream = await consumer.consume({
      topics: ['records'], mode: 'earliest', ...(committed ? { isolationLevel: FetchIsolationLevels.READ_COMMITTED } : {})
    })
    for await (const m of stream) message(m.partition, m.offset, m.key, m.value)
  }
}
clients[client]().catch(error => { console.error(error); process.exit(1) })
JAVASCRIPT
}

read_go() {
  cat >"$WORK/go/main.go" <<'GO'
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

type message struct {
	partition  int32
	offset     int64
	key, value []byte
}

var messages = make(chan message, 1000)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func kafkaGo(bootstrap, group string, committed bool) {
	config := kafka.ReaderConfig{Brokers: []string{bootstrap}, GroupID: group, Topic: "records", StartOffset: kafka.FirstOffset}
	if committed {
		config.IsolationLevel = kafka.ReadCommitted
	}
	reader := kafka.NewReader(config)
	for {
		m, err := reader.ReadMessage(context.Background())
		check(err)
		messages <- message{int32(m.Partition), m.Offset, m.Key, m.Value}
	}
}

func franzGo(bootstrap, group string, committed bool) {
	options := []kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup(group), kgo.ConsumeTopics("records"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	if committed {
		options = append(options, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	for {
		fetches := client.PollFetches(context.Background())
		check(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) { messages <- message{r.Partition, r.Offset, r.Key, r.Value} })
	}
}

type handler struct{}

func (handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (handler) ConsumeClaim(_ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		messages <- message{m.Partition, m.Offset, m.Key, m.Value}
	}
	return nil
}

func saramaGroup(bootstrap, group string, committed bool) {
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	if committed {
		config.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	consumer, err := sarama.NewConsumerGroup([]string{bootstrap}, group, config)
	check(err)
	for {
		check(consumer.Consume(context.Background(), []string{"records"}, handler{}))
	}
}

func main() {
	client, bootstrap, mode, group := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	readers := map[string]func(string, string, bool){"kafka-go": kafkaGo, "franz-go": franzGo, "sarama": saramaGroup}
	go readers[client](bootstrap, group, mode == "committed")
	tooLate := time.After(time.Minute)
	for ends := 0; ; {
		var quiet <-chan time.Time
		if ends == 3 {
			quiet = time.After(2 * time.Second)
		}
		select {
		case m := <-messages:
			fmt.Printf("%d %d %x %x\n", m.partition, m.offset, m.key, m.value)
			if string(m.value) == "end" {
				ends++
			}
		case <-quiet:
			return
		case <-tooLate:
			log.Fatal("no end after a minute")
		}
	}
}
GO
}

# ------------------------------------------------------------------------------------------------------- the comparison

# Counts what a reader wrote. Each committed record must be there, and nothing twice, else the count means nothing.
count() {
  python3 - "$1" <<'PYTHON'
import sys
rows = [line.split() for line in open(sys.argv[1])]
values = [bytes.fromhex(row[3]) for row in rows]
if len({(row[0], row[1]) for row in rows}) != len(rows):
    sys.exit(f"{sys.argv[1]}: a message was shown twice")
if sum(value in (b"committed", b"end") for value in values) != 153:
    sys.exit(f"{sys.argv[1]}: committed records are missing")
aborted = [sum(row[0] == p and value == b"aborted" for row, value in zip(rows, values)) for p in "012"]
markers = len(rows) - 153 - sum(aborted)
print(f"{len(rows)} | {sum(aborted)} ({' + '.join(map(str, aborted))}) | {markers}")
PYTHON
}

# row CLIENT VERSION HOW COMMAND… reads the topic with both settings, at the same time in two groups, and adds a line.
row() {
  local client=$1 version=$2 how=$3 mode counts=() readers=()
  shift 3
  say "$client $version"
  for mode in default committed; do
    "$@" "$BOOTSTRAP" "$mode" "$client-$version-$mode" >"$WORK/out/$mode" 2>"$WORK/out/$mode.log" &
    readers+=("$mode $!")
  done
  for mode in "${readers[@]}"; do
    wait "${mode#* }" || { tail -n 20 "$WORK/out/${mode% *}.log" >&2; fail "$client $version could not read the topic"; }
    counts+=("$(count "$WORK/out/${mode% *}")")
  done
  echo "| $client | $version | ${counts[0]} | $how | ${counts[1]} |" >>"$WORK/seen"
}

work_folder
mkdir "$WORK/out" "$WORK/node" "$WORK/go"
write_java
read_java
read_python
read_node
read_go
say "installing the broker and the clients, which takes minutes where a native part has to be built"
kafka_install
python_install
go_build
node_install
say "starting the broker and writing the topic"
kafka_start
quietly java_run "$WORK/Write.java" "$BOOTSTRAP"

cat >"$WORK/seen" <<'TABLE'
| client | version | by default: messages | aborted | markers | read committed is set by | messages | aborted | markers |
|---|---|---|---|---|---|---|---|---|
TABLE
row "Java kafka-clients" $KAFKA 'isolation.level=read_committed' java_run "$WORK/Read.java"
row "confluent-kafka (Python)" $CONFLUENT_KAFKA 'isolation.level=read_committed, the default' python_run 2 "$WORK/read.py" confluent-kafka
row kafka-python $KAFKA_PYTHON_2 'isolation_level="read_committed"' python_run 2 "$WORK/read.py" kafka-python
row kafka-python $KAFKA_PYTHON_3 'isolation_level="read_committed"' python_run 3 "$WORK/read.py" kafka-python
row aiokafka $AIOKAFKA 'isolation_level="read_committed"' python_run 2 "$WORK/read.py" aiokafka
row kafkajs $KAFKAJS 'readUncommitted: false, the default' node "$WORK/node/read.js" kafkajs
row @confluentinc/kafka-javascript $CONFLUENT_KAFKA_JAVASCRIPT 'readUncommitted: false, the default' node "$WORK/node/read.js" confluent-kafka-javascript
row @platformatic/kafka $PLATFORMATIC_KAFKA 'isolationLevel: FetchIsolationLevels.READ_COMMITTED, the default' "$NODE_22" "$WORK/node/read.js" platformatic
row segmentio/kafka-go $KAFKA_GO 'ReaderConfig.IsolationLevel: kafka.ReadCommitted' "$WORK/go/client" kafka-go
# What the last reader was shown as markers, each kind once.
grep -vE ' (636f6d6d6974746564|61626f72746564|656e64)$' "$WORK/out/committed" | awk '{print "marker: key " $3 " value " $4}' | sort | uniq -c >"$WORK/markers"
row twmb/franz-go $FRANZ_GO 'kgo.FetchIsolationLevel(kgo.ReadCommitted())' "$WORK/go/client" franz-go
row IBM/sarama $SARAMA 'Config.Consumer.IsolationLevel = sarama.ReadCommitted' "$WORK/go/client" sarama
{ echo; echo "To the user of kafka-go a marker is a message with these bytes (in hexadecimal), so many times:"; cat "$WORK/markers"; } >>"$WORK/seen"

cat >"$WORK/stated" <<'TABLE'
| client | version | by default: messages | aborted | markers | read committed is set by | messages | aborted | markers |
|---|---|---|---|---|---|---|---|---|
| Java kafka-clients | 4.3.1 | 263 | 110 (30 + 50 + 30) | 0 | isolation.level=read_committed | 153 | 0 (0 + 0 + 0) | 0 |
| confluent-kafka (Python) | 2.16.1 | 153 | 0 (0 + 0 + 0) | 0 | isolation.level=read_committed, the default | 153 | 0 (0 + 0 + 0) | 0 |
| kafka-python | 2.3.2 | 263 | 110 (30 + 50 + 30) | 0 | isolation_level="read_committed" | 153 | 0 (0 + 0 + 0) | 0 |
| kafka-python | 3.0.12 | 263 | 110 (30 + 50 + 30) | 0 | isolation_level="read_committed" | 153 | 0 (0 + 0 + 0) | 0 |
| aiokafka | 0.14.0 | 263 | 110 (30 + 50 + 30) | 0 | isolation_level="read_committed" | 153 | 0 (0 + 0 + 0) | 0 |
| kafkajs | 2.2.4 | 173 | 20 (0 + 20 + 0) | 0 | readUncommitted: false, the default | 173 | 20 (0 + 20 + 0) | 0 |
| @confluentinc/kafka-javascript | 1.10.1 | 153 | 0 (0 + 0 + 0) | 0 | readUncommitted: false, the default | 153 | 0 (0 + 0 + 0) | 0 |
| @platformatic/kafka | 2.12.1 | 252 | 99 (27 + 45 + 27) | 0 | isolationLevel: FetchIsolationLevels.READ_COMMITTED, the default | 252 | 99 (27 + 45 + 27) | 0 |
| segmentio/kafka-go | 0.4.51 | 336 | 110 (30 + 50 + 30) | 73 | ReaderConfig.IsolationLevel: kafka.ReadCommitted | 336 | 110 (30 + 50 + 30) | 73 |
| twmb/franz-go | 1.22.3 | 263 | 110 (30 + 50 + 30) | 0 | kgo.FetchIsolationLevel(kgo.ReadCommitted()) | 153 | 0 (0 + 0 + 0) | 0 |
| IBM/sarama | 1.61.1 | 263 | 110 (30 + 50 + 30) | 0 | Config.Consumer.IsolationLevel = sarama.ReadCommitted | 153 | 0 (0 + 0 + 0) | 0 |

To the user of kafka-go a marker is a message with these bytes (in hexadecimal), so many times:
     40 marker: key 00000000 value 000000000000
     33 marker: key 00000001 value 000000000000
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"
say "seen as stated"
