import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Resolves values with nothing of the program, by Apache Avro.
 *
 * <p>Reads a line of JSON for each: writer and reader, the texts of schemas, and body, the value in hexadecimal digits as the
 * writer's schema has it. Prints a line for each: value, the reader's record with times as the numbers that were encoded; or
 * error, what Avro says.
 */
public final class Resolver {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
    }

    private static ObjectNode answer(JsonNode question) {
        ObjectNode answer = JSON.createObjectNode();
        try {
            answer.set("value", json(resolve(question)));
        } catch (IOException | RuntimeException e) {
            answer.put("error", String.valueOf(e));
        }
        return answer;
    }

    private static Object resolve(JsonNode question) throws IOException {
        Schema writer = new Schema.Parser().parse(question.get("writer").asText());
        Schema reader = new Schema.Parser().parse(question.get("reader").asText());
        byte[] body = HexFormat.of().parseHex(question.get("body").asText());
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(body, null);
        Object value = new GenericDatumReader<Object>(writer, reader).read(null, decoder);
        if (!decoder.isEnd()) {
            throw new IOException("bytes left over");
        }
        return value;
    }

    /** The JSON of a resolved value: records are objects, unions are their value alone. */
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
        if (value instanceof CharSequence || value instanceof GenericEnumSymbol) {
            return JSON.getNodeFactory().textNode(value.toString());
        }
        return JSON.valueToTree(value);
    }
}
