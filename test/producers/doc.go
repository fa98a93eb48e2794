// Package producers runs producers of strangers, which share no code with the program, for tests: one in Java with Kafka's own client and Apache Avro,
// one in Python with Confluent's client and its serializers. Each writes by schemas of its own, which it registers.
package producers
