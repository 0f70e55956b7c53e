#!/usr/bin/env bash
#
# A transaction that carries no offsets is committed for whoever asks, also for a consumer that is out of its group.
#
# Versions: Apache Kafka 4.3.1 as broker and Java client, confluent-kafka 2.16.1 for Python (librdkafka).
#
# In consume, process and produce the group's offsets are part of the transaction, and are what keeps a consumer that lost its
# partitions from committing: the group coordinator knows the generation and the member that the offsets come with. Here a
# consumer joins, hands its group metadata to a producer, and leaves; another one has its partitions then. Two transactions
# follow with the metadata of the first, each with one record: one with an offset, one with an empty map of offsets, as a
# consumer has it that has read nothing yet, or nothing since.
#
# Behaviour seen: with an offset the transaction is refused, and has to be aborted. With an empty map
# sendOffsetsToTransaction returns without a question to the group, in both clients, and the transaction commits: a
# read_committed reader sees the record of a consumer that has no partitions.
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: see kafka.bash, of it a JDK, mvn, python3 and pip.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

write_java() {
  cat >"$WORK/Commit.java" <<'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public class Commit {
    static String bootstrap;

    static KafkaConsumer<String, String> member(String group) {
        var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", group,
            "isolation.level", "read_committed", "auto.offset.reset", "earliest"), new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("in"));
        for (int tries = 0; consumer.assignment().isEmpty() && tries < 300; tries++) consumer.poll(Duration.ofMillis(100));
        if (consumer.assignment().isEmpty()) throw new IllegalStateException("no partitions within 30 s");
        return consumer;
    }

    static String attempt(KafkaProducer<String, String> producer, ConsumerGroupMetadata metadata, String value, Map<TopicPartition, OffsetAndMetadata> offsets) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("out", "java", value));
        try {
            producer.sendOffsetsToTransaction(offsets, metadata);
            producer.commitTransaction();
            return "committed";
        } catch (CommitFailedException refused) {
            producer.abortTransaction();
            return "refused";
        }
    }

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic("in", 1, (short) 1), new NewTopic("out", 1, (short) 1))).all().get();
        }
        var gone = member("java");
        var metadata = gone.groupMetadata();
        gone.close();
        try (var owner = member("java");
             var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "transactional.id", "java"),
                 new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            var offset = Map.of(new TopicPartition("in", 0), new OffsetAndMetadata(0));
            System.out.println("Java kafka-clients|" + attempt(producer, metadata, "with an offset", offset)
                + "|" + attempt(producer, metadata, "with none", Map.of()));
        }
    }
}
JAVA
}

write_python() {
  cat >"$WORK/commit.py" <<'PYTHON'
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap = sys.argv[1]


def member():
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "python", "auto.offset.reset": "earliest"})
    consumer.subscribe(["in"])
    until = time.time() + 30
    while not consumer.assignment() and time.time() < until:
        consumer.poll(0.1)
    assert consumer.assignment(), "no partitions within 30 s"
    return consumer


def attempt(producer, metadata, value, offsets):
    producer.begin_transaction()
    producer.produce("out", key="python", value=value)
    try:
        producer.send_offsets_to_transaction(offsets, metadata)
        producer.commit_transaction()
        return "committed"
    except KafkaException as refused:
        assert refused.args[0].txn_requires_abort(), refused
        producer.abort_transaction()
        return "refused"


gone = member()
metadata = gone.consumer_group_metadata()
gone.close()
owner = member()
producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "python"})
producer.init_transactions()
with_one = attempt(producer, metadata, "with an offset", [TopicPartition("in", 0, 0)])
with_none = attempt(producer, metadata, "with none", [])
owner.close()
print(f"confluent-kafka (Python)|{with_one}|{with_none}")

reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "auto.offset.reset": "earliest", "enable.partition.eof": True})
reader.assign([TopicPartition("out", 0, 0)])
while True:
    message = reader.poll(10)
    if message is None or message.error():
        break
    print(f"seen|{message.key().decode()}|{message.value().decode()}")
reader.close()
PYTHON
}

work_folder
write_java
write_python
say "installing the broker and the clients"
kafka_install
quietly python3 -m pip install -q --target "$WORK/python2" "confluent-kafka==$CONFLUENT_KAFKA"
say "starting the broker"
kafka_start
{
  java_run "$WORK/Commit.java" "$BOOTSTRAP"
  python_run 2 "$WORK/commit.py" "$BOOTSTRAP"
} >"$WORK/seen"

cat >"$WORK/stated" <<'TABLE'
Java kafka-clients|refused|committed
confluent-kafka (Python)|refused|committed
seen|java|with none
seen|python|with none
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"
say "seen as stated"
