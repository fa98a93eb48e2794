import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic that the program wrote with nothing of the program: Kafka's own client, read committed, and Apache Avro's
 * own decoder, given one of the schemas.
 *
 * <p>Prints a line of JSON for each record up to the topic's end, as it was at the start: partition, offset, timestamp (ms),
 * key (text) and value, the Avro record with times and dates as the numbers that were encoded.
 *
 * <pre>java -cp 'test/kafka/libs/*' test/java-consumer/AlertConsumer.java BROKERS TOPIC schemas/alerts.avsc</pre>
 *
 * <p>Exits with 1 and a stack trace when a value is not exactly one record in single-object encoding.
 */
public final class AlertConsumer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HEADER_BYTES = 10;

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: AlertConsumer BROKERS TOPIC SCHEMA-FILE");
            System.exit(2);
        }
        Schema schema = new Schema.Parser().parse(new File(arguments[2]));
        try (KafkaConsumer<byte[], byte[]> consumer = connect(arguments[0])) {
            printAll(consumer, arguments[1], schema);
        }
    }

    private static KafkaConsumer<byte[], byte[]> connect(String brokers) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static void printAll(KafkaConsumer<byte[], byte[]> consumer, String topic, Schema schema) throws IOException {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .collect(Collectors.toList());
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        // With read_committed these are the last stable offsets.
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
                if (message.offset() < ends.get(new TopicPartition(message.topic(), message.partition()))) {
                    System.out.println(JSON.writeValueAsString(line(message, schema)));
                }
            }
        }
    }

    private static ObjectNode line(ConsumerRecord<byte[], byte[]> message, Schema schema) throws IOException {
        ObjectNode line = JSON.createObjectNode();
        line.put("partition", message.partition());
        line.put("offset", message.offset());
        line.put("timestamp", message.timestamp());
        line.put("key", message.key() == null ? null : new String(message.key(), StandardCharsets.UTF_8));
        line.set("value", message.value() == null ? JSON.nullNode() : json(decode(message.value(), schema)));
        return line;
    }

    /** Decodes Avro's single-object encoding: two marker bytes, the schema's fingerprint, the body and nothing more. */
    private static GenericRecord decode(byte[] value, Schema schema) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (value.length < HEADER_BYTES || header.getShort(0) != (short) 0x01C3) {
            throw new IOException("not in single-object encoding");
        }
        if (header.getLong(2) != SchemaNormalization.parsingFingerprint64(schema)) {
            throw new IOException("written with another schema than " + schema.getFullName());
        }
        BinaryDecoder decoder =
                DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null);
        GenericRecord record = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
        if (!decoder.isEnd()) {
            throw new IOException("bytes left over after " + schema.getFullName());
        }
        return record;
    }

    /** The JSON of a decoded value: records are objects, unions are their value alone. */
    private static JsonNode json(Object value) {
        if (value instanceof GenericRecord) {
            GenericRecord record = (GenericRecord) value;
            ObjectNode object = JSON.createObjectNode();
            for (Schema.Field field : record.getSchema().getFields()) {
                object.set(field.name(), json(record.get(field.pos())));
            }
            return object;
        }
        if (value instanceof List) {
            ArrayNode array = JSON.createArrayNode();
            ((List<?>) value).forEach(element -> array.add(json(element)));
            return array;
        }
        if (value instanceof CharSequence || value instanceof org.apache.avro.generic.GenericEnumSymbol) {
            return JSON.getNodeFactory().textNode(value.toString());
        }
        return JSON.valueToTree(value);
    }
}
