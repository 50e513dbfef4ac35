// How are stories run? One line each: `ok NAME`, or `FAILED NAME: why`.

import java.util.Objects;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

final class Checks {
    private Checks() {}

    interface Story {
        void tell() throws Exception;
    }

    static void run(String name, Story story) {
        try {
            story.tell();
            System.out.println("ok " + name);
        } catch (Throwable failure) {
            System.out.println("FAILED " + name + ": " + failure);
            failure.printStackTrace(System.out);
        }
    }

    static void equal(Object found, Object expected) {
        if (!Objects.equals(found, expected)) {
            throw new AssertionError("found " + found + ", expected " + expected);
        }
    }

    static void that(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** The registry refuses, with this status and this code. */
    static void refused(int status, int code, Story attempt) throws Exception {
        try {
            attempt.tell();
        } catch (RestClientException refusal) {
            equal(refusal.getStatus() + "/" + refusal.getErrorCode(), status + "/" + code);
            return;
        }
        throw new AssertionError("not refused, expected " + status + " with code " + code);
    }
}
