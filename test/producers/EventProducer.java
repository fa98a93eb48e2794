import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends events as a stranger does: Kafka's own client, Apache Avro's own encoder, and schemas of its own, an older one and a newer,
 * which it registers. What it writes is the wire format of Confluent's KafkaAvroSerializer, which is not in Maven Central: a zero
 * byte, the schema's id, the value.
 *
 * <pre>java -cp 'test/kafka/libs/*' test/producers/EventProducer.java BROKERS REGISTRY-URL PREFIX &lt; events.jsonl</pre>
 *
 * <p>Each line of standard input is an event with its topic. Prints how many were sent.
 */
public final class EventProducer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> TEXTS = List.of(
            "event_id", "kind", "seller_id", "order_id", "shipment_id", "feedback_id", "claim_id", "chargeback_id", "return_id", "channel",
            "carrier", "tracking_id", "cancelled_by", "reason", "category", "answer", "marketplace", "ship_country");
    private static final List<String> TIMES = List.of("occurred_at", "order_date", "ship_by", "deliver_by");
    private static final List<String> FLAGS = List.of("pending", "requested_by_buyer", "in_policy", "negative", "excused");

    private static final Schema OLDER = new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"Event\",\"namespace\":\"shop.v1\",\"fields\":["
            + fields(TEXTS, "[\"null\",\"string\"]") + fields(TIMES, "[\"null\",\"long\"]") + fields(FLAGS, "[\"null\",\"boolean\"]")
            + "{\"name\":\"rating\",\"type\":[\"null\",\"int\"]},"
            + "{\"name\":\"metrics\",\"type\":[\"null\",{\"type\":\"array\",\"items\":\"string\"}]},"
            + "{\"name\":\"items\",\"type\":[\"null\",{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"Line\",\"fields\":["
            + "{\"name\":\"item_id\",\"type\":\"string\"},{\"name\":\"product_line\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"int\"}]}}]}]}");

    private static final Schema NEWER = new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"Event\",\"namespace\":\"shop.v2\",\"fields\":["
            + "{\"name\":\"trace\",\"type\":{\"type\":\"record\",\"name\":\"Trace\",\"fields\":[{\"name\":\"host\",\"type\":\"string\"},{\"name\":\"parent\",\"type\":[\"null\",\"Trace\"]}]}},"
            + "{\"name\":\"items\",\"type\":[{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"Line\",\"fields\":["
            + "{\"name\":\"price\",\"type\":\"double\"},{\"name\":\"quantity\",\"type\":\"long\"},{\"name\":\"item_id\",\"type\":\"string\"},{\"name\":\"product_line\",\"type\":\"bytes\"}]}},\"null\"]},"
            + fields(TIMES, "[{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"},\"null\"]") + fields(FLAGS, "[\"boolean\",\"null\"]")
            + "{\"name\":\"labels\",\"type\":{\"type\":\"map\",\"values\":[\"null\",\"double\"]}},"
            + fields(TEXTS, "[\"string\",\"null\"]")
            + "{\"name\":\"metrics\",\"type\":[\"null\",{\"type\":\"array\",\"items\":\"string\"}]},{\"name\":\"rating\",\"type\":[\"null\",\"long\"]}]}");

    private static String fields(List<String> names, String type) {
        StringBuilder text = new StringBuilder();
        names.forEach(name -> text.append("{\"name\":\"").append(name).append("\",\"type\":").append(type).append("},"));
        return text.toString();
    }

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, Integer> ids = new HashMap<>();
        List<Future<?>> sent = new ArrayList<>();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode event = JSON.readTree(line);
                String topic = arguments[2] + event.get("topic").asText();
                boolean newer = sent.size() % 2 == 1;
                if (!ids.containsKey(topic + newer)) {
                    ids.put(topic + newer, register(arguments[1], topic + "-value", newer ? NEWER : OLDER));
                }
                byte[] value = encode(ids.get(topic + newer), newer ? newer(event) : older(event));
                sent.add(producer.send(new ProducerRecord<>(topic, event.get("seller_id").asText(), value)));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
        System.out.println(sent.size());
    }

    private static int register(String url, String subject, Schema schema) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(Map.of("schema", schema.toString()));
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/subjects/" + subject + "/versions"))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("register " + subject + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body()).get("id").asInt();
    }

    private static byte[] encode(int id, GenericRecord record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream header = new DataOutputStream(out);
        header.writeByte(0);
        header.writeInt(id);
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static GenericRecord older(JsonNode event) {
        GenericRecord record = common(OLDER, event, 1);
        Schema lines = OLDER.getField("items").schema().getTypes().get(1);
        if (event.has("items")) {
            GenericData.Array<GenericRecord> items = new GenericData.Array<>(event.get("items").size(), lines);
            event.get("items").forEach(line -> items.add(line(lines.getElementType(), line, line.get("product_line").asText(), line.get("quantity").asInt())));
            record.put("items", items);
        }
        record.put("rating", event.has("rating") ? event.get("rating").asInt() : null);
        return record;
    }

    private static GenericRecord newer(JsonNode event) {
        GenericRecord record = common(NEWER, event, 1000);
        Schema lines = NEWER.getField("items").schema().getTypes().get(0);
        if (event.has("items")) {
            GenericData.Array<GenericRecord> items = new GenericData.Array<>(event.get("items").size(), lines);
            event.get("items").forEach(line -> {
                java.nio.ByteBuffer productLine = java.nio.ByteBuffer.wrap(line.get("product_line").asText().getBytes(StandardCharsets.UTF_8));
                GenericRecord one = line(lines.getElementType(), line, productLine, line.get("quantity").asLong());
                one.put("price", 1.5);
                items.add(one);
            });
            record.put("items", items);
        }
        record.put("rating", event.has("rating") ? event.get("rating").asLong() : null);
        Schema trace = NEWER.getField("trace").schema();
        GenericRecord parent = new GenericData.Record(trace);
        parent.put("host", "a");
        GenericRecord child = new GenericData.Record(trace);
        child.put("host", "b");
        child.put("parent", parent);
        record.put("trace", child);
        record.put("labels", java.util.Collections.singletonMap("x", 0.5));
        return record;
    }

    private static GenericRecord line(Schema schema, JsonNode line, Object productLine, Object quantity) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("item_id", line.get("item_id").asText());
        record.put("product_line", productLine);
        record.put("quantity", quantity);
        return record;
    }

    /** What both schemas have, times in as many units a millisecond. */
    private static GenericRecord common(Schema schema, JsonNode event, long unit) {
        GenericRecord record = new GenericData.Record(schema);
        TEXTS.forEach(name -> record.put(name, event.hasNonNull(name) ? event.get(name).asText() : null));
        TIMES.forEach(name -> record.put(name, event.hasNonNull(name) ? Instant.parse(event.get(name).asText()).toEpochMilli() * unit : null));
        FLAGS.forEach(name -> record.put(name, event.hasNonNull(name) ? event.get(name).asBoolean() : null));
        if (event.hasNonNull("metrics")) {
            List<String> metrics = new ArrayList<>();
            event.get("metrics").forEach(metric -> metrics.add(metric.asText()));
            record.put("metrics", metrics);
        }
        return record;
    }
}
