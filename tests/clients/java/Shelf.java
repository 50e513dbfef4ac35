// What lies on the shelf? One parcel, written by every client, in files that every client reads.
//
// `MAKER.FORMAT` is a record's value; where its schema's id travels in a header, that header is `MAKER.FORMAT.header`.
// The client alone knows no serializers; the frame is put on by hand, or by Flink. Of the formats it knows Avro.

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.flink.avro.shaded.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.avro.shaded.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.formats.avro.registry.confluent.ConfluentSchemaRegistryCoder;

final class Shelf {
    private static final Path FOLDER = Path.of(System.getenv("TIDEGATE_SHELF"));
    private static final Path SOURCES = Path.of(System.getenv("TIDEGATE_SHELF_SOURCES"));
    private static final String SUBJECT = "parcels-avro-value";

    private Shelf() {}

    static void write(SchemaRegistryClient client) throws Exception {
        AvroSchema schema = new AvroSchema(Files.readString(SOURCES.resolve("parcel.avsc")));
        int id = client.register(SUBJECT, schema);
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        framed.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
        encode(schema.rawSchema(), framed);
        Files.write(FOLDER.resolve("confluent-java.avro"), framed.toByteArray());
    }

    static void writeWithFlink(SchemaRegistryClient client) throws Exception {
        Schema schema = new Schema.Parser().parse(Files.readString(SOURCES.resolve("parcel.avsc")));
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        new ConfluentSchemaRegistryCoder(SUBJECT, client).writeSchema(schema, framed);
        encode(schema, framed);
        Checks.equal(decodeWithFlink(client, framed.toByteArray()), parcel(schema));
        Files.write(FOLDER.resolve("flink.avro"), framed.toByteArray());
    }

    static void read(Supplier<SchemaRegistryClient> client) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(FOLDER, "*.avro")) {
            found.forEach(files::add);
        }
        Checks.run("there is avro to be read", () -> Checks.that(!files.isEmpty(), "the shelf is empty"));
        for (Path file : files) {
            if (Files.exists(Path.of(file + ".header"))) {
                continue; // This client, older than such headers, looks for the id in front.
            }
            Checks.run("the client reads " + file.getFileName(), () -> {
                GenericRecord found = decode(client.get(), Files.readAllBytes(file));
                Checks.equal(found, parcel(found.getSchema()));
            });
            Checks.run("Flink's coder reads " + file.getFileName(), () -> {
                GenericRecord found = decodeWithFlink(client.get(), Files.readAllBytes(file));
                Checks.equal(found, parcel(found.getSchema()));
            });
        }
    }

    private static GenericRecord decode(SchemaRegistryClient client, byte[] framed) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(framed);
        Checks.equal(bytes.get(), (byte) 0);
        Schema schema = ((AvroSchema) client.getSchemaById(bytes.getInt())).rawSchema();
        return decode(schema, new ByteArrayInputStream(framed, 5, framed.length - 5));
    }

    private static GenericRecord decodeWithFlink(SchemaRegistryClient client, byte[] framed) throws Exception {
        ByteArrayInputStream bytes = new ByteArrayInputStream(framed);
        return decode(new ConfluentSchemaRegistryCoder(client).readSchema(bytes), bytes);
    }

    private static GenericRecord decode(Schema schema, ByteArrayInputStream bytes) throws IOException {
        return new GenericDatumReader<GenericRecord>(schema).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    }

    private static void encode(Schema schema, ByteArrayOutputStream into) throws IOException {
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(into, null);
        new GenericDatumWriter<GenericRecord>(schema).write(parcel(schema), encoder);
        encoder.flush();
    }

    /** The one that every client sends. */
    private static GenericRecord parcel(Schema schema) throws IOException {
        JsonNode parcel = new ObjectMapper().readTree(Files.readString(SOURCES.resolve("parcel.json")));
        GenericRecord made = new GenericData.Record(schema);
        made.put("id", parcel.get("id").longValue());
        made.put("city", parcel.get("city").textValue());
        made.put("weight", parcel.get("weight").doubleValue());
        return made;
    }
}
