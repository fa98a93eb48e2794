"""Sends events as a stranger does: with Confluent's client and serializers, by an Avro schema of its own.

    PYTHONPATH=test/producers/python python3 test/producers/produce.py BROKERS REGISTRY-URL PREFIX < events.jsonl

Each line of standard input is an event with its topic. Keys are Avro too. Prints how many were sent.
"""

import json
import sys
from datetime import datetime

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TEXTS = [
    "event_id", "kind", "seller_id", "order_id", "shipment_id", "feedback_id", "claim_id", "chargeback_id", "return_id", "channel", "carrier",
    "tracking_id", "cancelled_by", "reason", "category", "answer", "marketplace", "ship_country",
]
TIMES = ["occurred_at", "order_date", "ship_by", "deliver_by"]
FLAGS = ["pending", "requested_by_buyer", "in_policy", "negative", "excused"]

SCHEMA = {
    "type": "record", "name": "Anything", "namespace": "shop", "fields":
    [{"name": name, "type": [{"type": "long", "logicalType": "timestamp-micros"}, "null"]} for name in TIMES]
    + [{"name": "source", "type": {"type": "enum", "name": "Source", "symbols": ["PYTHON", "OTHER"]}}]
    + [{"name": name, "type": ["null", "string"], "default": None} for name in TEXTS]
    + [{"name": name, "type": ["null", "boolean"], "default": None} for name in FLAGS]
    + [
        {"name": "rating", "type": ["null", "long"], "default": None},
        {"name": "metrics", "type": ["null", {"type": "array", "items": "string"}], "default": None},
        {"name": "items", "type": ["null", {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
            {"name": "price", "type": "double"}, {"name": "quantity", "type": "long"}, {"name": "product_line", "type": "string"},
            {"name": "item_id", "type": "string"},
        ]}}], "default": None},
    ],
}


def record(event):
    """The event as the schema has it."""
    out = {name: event.get(name) for name in TEXTS + FLAGS + ["rating", "metrics"]}
    for name in TIMES:
        out[name] = datetime.fromisoformat(event[name].replace("Z", "+00:00")) if event.get(name) else None
    out["source"] = "PYTHON"
    out["items"] = [dict(line, price=1.5) for line in event["items"]] if event.get("items") else None
    return out


def main(brokers, url, prefix):
    registry = SchemaRegistryClient({"url": url})
    keys, values = AvroSerializer(registry, '"string"'), AvroSerializer(registry, json.dumps(SCHEMA))
    producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random", "linger.ms": 5})
    sent, refused = 0, []
    for line in sys.stdin:
        event = json.loads(line)
        topic = prefix + event["topic"]
        producer.produce(
            topic,
            key=keys(event["seller_id"], SerializationContext(topic, MessageField.KEY)),
            value=values(record(event), SerializationContext(topic, MessageField.VALUE)),
            on_delivery=lambda error, _: error and refused.append(error))
        sent += 1
        producer.poll(0)
    left = producer.flush(60)
    if left or refused:
        sys.exit(f"{left} are not sent, and {len(refused)} are refused: {refused[:1]}")
    print(sent)


main(*sys.argv[1:])
