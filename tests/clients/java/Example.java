// The example of docs/clients.md for Java; an ordinary project has the packages without the shading.

import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.ParsedSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;

final class Example {
    private Example() {}

    static void tell(String url, String topic) throws Exception {
        // begin of the example
        SchemaRegistryClient registry = new CachedSchemaRegistryClient(url, 1000); // "http://127.0.0.1:8081"
        ParsedSchema schema = new AvroSchema(
            "{\"type\": \"record\", \"name\": \"Ping\", \"fields\": [{\"name\": \"at\", \"type\": \"long\"}]}");
        int id = registry.register(topic + "-value", schema);
        ParsedSchema found = registry.getSchemaById(id);
        // end of the example
        Checks.equal(found, schema);
    }
}
