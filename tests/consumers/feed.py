"""Writes a topic of stage changes as the service and its surroundings do: outputs of a replay in Kafka's binary mode, in transactions of two
producers, some of which are aborted; what a mirror repeats; a record of somebody else's. Prints what a reader is to print, one line each.

feed.py BROKERS < outputs.jsonl
"""

import json
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

TOPIC = "adoption.stage-changes.v1"
brokers = sys.argv[1]


def writer(name):
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": name, "partitioner": "murmur2_random"})
    producer.init_transactions()
    return producer


def send(producer, event, **changed):
    data = event["data"] | changed
    attributes = ["specversion", "id", "source", "type", "subject", "time", "dataschema"]
    headers = [(f"ce_{name}", event[name].encode()) for name in attributes] + [("content-type", b"application/json")]
    producer.produce(TOPIC, json.dumps(data), data["account"], headers=headers)


events = [json.loads(line) for line in sys.stdin]
events = [event for event in events if event["type"].endswith("_stage.changed")]
admin = AdminClient({"bootstrap.servers": brokers})
admin.create_topics([NewTopic(TOPIC, 4, 1)])[TOPIC].result()
one, other = writer("one"), writer("other")
for start in range(0, len(events), 10):
    batch = events[start : start + 10]
    # Aborted transactions of two writers overlap; what they wrote never came about.
    one.begin_transaction()
    other.begin_transaction()
    for number, event in enumerate(batch):
        send(one if number % 2 else other, event | {"id": f"never{start + number}"}, to="aborted")
        one.flush()
        other.flush()
    other.abort_transaction()
    one.abort_transaction()
    one.begin_transaction()
    for event in batch:
        send(one, event)
    one.commit_transaction()
one.begin_transaction()
for event in events[:20]:
    send(one, event)
one.produce(TOPIC, b"\x00\x00\x00\x00\x00\x00", b"\x00\x00\x00\x01")
one.commit_transaction()
for event in events:
    print(event["time"], event["subject"], event["data"]["from"], "->", event["data"]["to"])
