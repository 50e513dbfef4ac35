// What does Avro's own Java library say? One question per line in, one answer per line out, both as JSON.
//
// A question has a reader's schema, a writer's, and payloads of the writer in hexadecimal. The answer has both schemas as
// Java prints them, what is not compatible and where, for each payload why the reader can't read it, and why the writer
// itself can't when it turns logical types into what they stand for.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.avro.Conversions;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

class Oracle {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final GenericData LOGICAL = logical();

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
        out.flush();
    }

    private static ObjectNode answer(JsonNode question) {
        ObjectNode answer = JSON.createObjectNode();
        Schema reader = parse(question, answer, "reader");
        Schema writer = parse(question, answer, "writer");
        if (reader != null && writer != null) {
            compare(reader, writer, answer);
            JsonNode payloads = question.path("payloads");
            decode(new GenericDatumReader<>(writer, reader), payloads, answer.putArray("failures"));
            decode(new GenericDatumReader<>(writer, writer, LOGICAL), payloads, answer.putArray("logicalFailures"));
        }
        return answer;
    }

    /** As a registry parses new schemas; null, and a reason in the answer, if there is none. */
    private static Schema parse(JsonNode question, ObjectNode answer, String side) {
        try {
            var parser = new Schema.Parser(NameValidator.STRICT_VALIDATOR);
            Schema schema = parser.setValidateDefaults(true).parse(question.get(side).asText());
            answer.put(side, schema.toString());
            return schema;
        } catch (RuntimeException refusal) {
            answer.put(side + "Refused", String.valueOf(refusal.getMessage()));
            return null;
        }
    }

    private static void compare(Schema reader, Schema writer, ObjectNode answer) {
        ArrayNode reasons = answer.putArray("incompatibilities");
        try {
            var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
            for (Incompatibility reason : result.getIncompatibilities()) {
                reasons.addObject()
                    .put("type", reason.getType().name())
                    .put("location", reason.getLocation())
                    .put("message", reason.getMessage());
            }
        } catch (RuntimeException refusal) {
            answer.put("gaveUp", String.valueOf(refusal.getMessage()));
        }
    }

    private static void decode(GenericDatumReader<Object> reader, JsonNode payloads, ArrayNode failures) {
        for (JsonNode payload : payloads) {
            byte[] bytes = HexFormat.of().parseHex(payload.asText());
            try {
                BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
                reader.read(null, decoder);
                failures.add(decoder.isEnd() ? null : "bytes are left over");
            } catch (Exception failure) {
                failures.add(failure.getClass().getSimpleName() + ": " + failure.getMessage());
            }
        }
    }

    private static GenericData logical() {
        var data = new GenericData();
        data.addLogicalTypeConversion(new Conversions.UUIDConversion());
        data.addLogicalTypeConversion(new Conversions.DecimalConversion());
        data.addLogicalTypeConversion(new TimeConversions.DateConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimeMillisConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimeMicrosConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
        data.addLogicalTypeConversion(new TimeConversions.LocalTimestampNanosConversion());
        return data;
    }
}
