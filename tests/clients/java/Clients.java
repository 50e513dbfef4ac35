// Does Confluent's own Java client get through the life of a subject, and Flink with it, which brings it along?

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.ParsedSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.Config;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.Metadata;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.Rule;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.RuleKind;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.RuleMode;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.RuleSet;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;

final class Clients {
    private static final String URL = System.getenv("TIDEGATE_URL");
    private static final String RUN = Integer.toHexString(new SecureRandom().nextInt());
    private static int number = 0;

    private static final AvroSchema PARCEL = record("Parcel", "");
    private static final AvroSchema WITH_WEIGHT =
        record("Parcel", ",{\"name\":\"weight\",\"type\":\"double\",\"default\":0}");
    /** Old records have no street. */
    private static final AvroSchema WITH_STREET = record("Parcel", ",{\"name\":\"street\",\"type\":\"string\"}");

    private Clients() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "stories" -> {
                Checks.run("a subject lives and dies", Clients::lifeAndDeath);
                Checks.run("references are kept and told", Clients::references);
                Checks.run("settings of a subject", Clients::settings);
                Checks.run("metadata and rules are kept", Clients::contracts);
                Checks.run("a schema is normalized", Clients::normalized);
                Checks.run("the example", () -> Example.tell(URL, subject()));
                Checks.run("a record is laid on the shelf", () -> Shelf.write(client()));
                Checks.run("Flink's coder writes and reads", () -> Shelf.writeWithFlink(client()));
            }
            case "readings" -> Shelf.read(Clients::client);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void lifeAndDeath() throws Exception {
        SchemaRegistryClient mine = client();
        SchemaRegistryClient other = client();
        String subject = subject();
        int first = mine.register(subject, PARCEL);
        Checks.equal(other.register(subject, PARCEL), first);
        int second = mine.register(subject, WITH_WEIGHT);
        Checks.that(second != first, "two schemas have one id");

        Checks.equal(mine.testCompatibility(subject, WITH_STREET), false);
        Checks.that(!mine.testCompatibilityVerbose(subject, WITH_STREET).isEmpty(), "no reason is told");
        Checks.refused(409, 40901, () -> mine.register(subject, WITH_STREET));

        Checks.equal(client().getSchemaById(first), PARCEL);
        Checks.equal(client().getSchemaBySubjectAndId(subject, second).canonicalString(), WITH_WEIGHT.canonicalString());
        Checks.equal(client().getLatestSchemaMetadata(subject).getId(), second);
        Checks.equal(client().getSchemaMetadata(subject, 1).getId(), first);
        Checks.equal(client().getId(subject, PARCEL), first);
        Checks.equal(client().getVersion(subject, WITH_WEIGHT), 2);
        Checks.that(other.getAllSubjects().contains(subject), "the subject is not listed");
        Checks.equal(other.getAllVersions(subject), List.of(1, 2));

        Checks.equal(mine.deleteSchemaVersion(subject, "1"), 1);
        Checks.equal(mine.deleteSubject(subject), List.of(2));
        Checks.that(!client().getAllSubjects().contains(subject), "the subject is still listed");
        Checks.that(client().getAllSubjects(true).contains(subject), "the subject is not listed as deleted");
        Checks.equal(client().getSchemaById(first), PARCEL);
        Checks.equal(mine.deleteSubject(subject, true), List.of(1, 2));
        Checks.refused(404, 40401, () -> client().getLatestSchemaMetadata(subject));
        Checks.refused(404, 40403, () -> client().getSchemaById(Integer.MAX_VALUE));
    }

    private static void references() throws Exception {
        SchemaRegistryClient mine = client();
        String subject = subject();
        AvroSchema city = new AvroSchema("{\"type\":\"record\",\"name\":\"City\",\"namespace\":\"shop\","
            + "\"fields\":[{\"name\":\"name\",\"type\":\"string\"}]}");
        mine.register(subject + "-city", city);
        List<SchemaReference> references = List.of(new SchemaReference("shop.City", subject + "-city", 1));
        AvroSchema addressed = new AvroSchema("{\"type\":\"record\",\"name\":\"Addressed\",\"namespace\":\"shop\","
            + "\"fields\":[{\"name\":\"city\",\"type\":\"shop.City\"}]}", references, Map.of("shop.City", city.canonicalString()), null);
        int id = mine.register(subject, addressed);
        ParsedSchema found = client().getSchemaById(id);
        Checks.equal(found.references(), references);
        Checks.equal(((AvroSchema) found).resolvedReferences(), Map.of("shop.City", city.canonicalString()));
        Checks.refused(422, 42206, () -> mine.deleteSubject(subject + "-city"));
    }

    private static void settings() throws Exception {
        SchemaRegistryClient mine = client();
        String subject = subject();
        mine.register(subject, PARCEL);
        Checks.refused(404, 40408, () -> client().getCompatibility(subject));
        Checks.equal(mine.updateCompatibility(subject, "NONE"), "NONE");
        Checks.equal(mine.getCompatibility(subject), "NONE");
        mine.register(subject, WITH_STREET);
        Config config = new Config("FULL");
        config.setCompatibilityGroup("major");
        Checks.equal(mine.updateConfig(subject, config).getCompatibilityGroup(), "major");
        Checks.equal(mine.getConfig(subject).getCompatibilityLevel(), "FULL");
        mine.deleteConfig(subject);

        Checks.equal(mine.setMode("READONLY", subject), "READONLY");
        Checks.equal(mine.getMode(subject), "READONLY");
        Checks.refused(422, 42205, () -> mine.register(subject, WITH_WEIGHT));
        mine.deleteMode(subject);
        Checks.equal(mine.getMode(), "READWRITE");
    }

    private static void contracts() throws Exception {
        SchemaRegistryClient mine = client();
        String subject = subject();
        Metadata metadata = new Metadata(
            Map.of("shop.Parcel.city", new TreeSet<>(Set.of("PII"))), Map.of("owner", "logistics"), Set.of("owner"));
        Rule rule = new Rule("check", null, RuleKind.CONDITION, RuleMode.WRITE, "CEL", null, null,
            "message.city != ''", null, null, false);
        int id = mine.register(subject, PARCEL.copy(metadata, new RuleSet(null, List.of(rule))));
        ParsedSchema found = client().getSchemaBySubjectAndId(subject, id);
        Checks.equal(found.metadata(), metadata);
        Checks.equal(found.ruleSet().getDomainRules(), List.of(rule));
        Checks.equal(client().getLatestWithMetadata(subject, Map.of("owner", "logistics"), false).getId(), id);
    }

    private static void normalized() throws Exception {
        String subject = subject();
        AvroSchema wordy = new AvroSchema(PARCEL.canonicalString()
            .replace("\"name\":\"Parcel\",\"namespace\":\"shop\"", "\"namespace\":\"\",\"name\":\"shop.Parcel\""));
        int id = client().register(subject, PARCEL, true);
        Checks.equal(client().register(subject, wordy, true), id);
        Checks.equal(client().getAllVersions(subject), List.of(1));
    }

    private static AvroSchema record(String name, String more) {
        return new AvroSchema("{\"type\":\"record\",\"name\":\"" + name + "\",\"namespace\":\"shop\",\"fields\":["
            + "{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"city\",\"type\":\"string\"}" + more + "]}");
    }

    /** A client that has seen nothing yet. */
    private static SchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(URL, 100);
    }

    private static String subject() {
        return "java-" + RUN + "-" + ++number + "-value";
    }
}
