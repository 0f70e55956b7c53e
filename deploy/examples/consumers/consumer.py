"""Prints each change of a stage once. Needs: pip install confluent-kafka==2.16.1"""

import json
import os
from collections import OrderedDict

from confluent_kafka import Consumer, KafkaException

consumer = Consumer({
    "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092"),
    "group.id": "stage-changes-python",
    "isolation.level": "read_committed",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
})
consumer.subscribe(["adoption.stage-changes.v1"])
seen = OrderedDict()  # the last ids, the oldest first

while True:
    messages = consumer.consume(num_messages=500, timeout=1.0)
    for message in messages:
        if message.error():
            raise KafkaException(message.error())
        headers = {name: (value or b"").decode() for name, value in message.headers() or []}
        event_id = headers.get("ce_id")
        if not event_id or event_id in seen:
            continue
        change = json.loads(message.value())
        print(headers["ce_time"], headers["ce_subject"], change["from"], "->", change["to"], flush=True)
        seen[event_id] = True
        if len(seen) > 100_000:
            seen.popitem(last=False)
    if messages:
        # After the work: what a crash interrupts is read again.
        consumer.commit(asynchronous=False)
