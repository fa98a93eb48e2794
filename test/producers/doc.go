// Package producers is what strangers send, for tests. Two producers share no code with the program, one in Java with Kafka's own client and Apache Avro, one
// in Python with Confluent's client and its serializers: each writes by schemas of its own, which it registers. A third is kcat. And it makes up what Debezium
// writes of a shop's tables in Postgres.
package producers
