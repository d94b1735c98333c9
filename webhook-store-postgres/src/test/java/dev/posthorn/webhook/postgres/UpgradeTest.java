package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tables of every earlier version, with data in them as that version wrote it, are brought up to date, and the data is
 * served and delivered. What a version wrote is in {@code data-V….sql}; a version without one has the data of the last that
 * has. Such a file stays as it is for ever, like the steps.
 */
@Timeout(60)
class UpgradeTest {
    private static final UUID SUBSCRIPTION = UUID.fromString("01900000-0000-7000-8000-000000000001");

    private final String schema = TestDatabase.newSchema();

    /** All versions, the present one too: what it writes today is what the next one will find. */
    static Stream<Integer> versions() {
        return IntStream.rangeClosed(1, newest()).boxed();
    }

    private static int newest() {
        return PostgresWebhookStore.builder(TestDatabase.autoCommitting(), TestDatabase.KEYS)
                .migrations()
                .size();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void whatAnEarlierVersionWroteIsServedAndDelivered(int version) throws Exception {
        try (var receiver = RecordingReceiver.start()) {
            makeTablesOf(version);
            // Two minutes ago, so that the one that waits is due, and the one that a node held when it died is free.
            var then = Instant.now().minusSeconds(120);
            execute(dataOf(version)
                    .replace(":url", receiver.url("/hook"))
                    .replace(":then", "timestamptz '" + then + "'")
                    .replace(":id", id(then, "0000000000")));

            var store = PostgresWebhookStore.builder(TestDatabase.autoCommitting(), SecretCipher.secretsInTheClear())
                    .schema(schema)
                    .build();
            try (var webhooks = dispatcher(store)) {
                webhooks.start();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> status(webhooks, id(then, "0000000000d3")) == DeliveryStatus.SUCCEEDED
                                && status(webhooks, id(then, "0000000000d4")) == DeliveryStatus.SUCCEEDED);

                assertServed(webhooks, then);
                var event = WebhookEvent.json("order.created", Map.of("new", true));
                assertThatThrownBy(() -> webhooks.publish(event.idempotencyKey("key")))
                        .isInstanceOf(ConflictException.class);
                webhooks.publish(event.idempotencyKey("another"));
                receiver.await(3);
            }
        }
    }

    private void assertServed(WebhookDispatcher webhooks, Instant then) {
        var subscription = webhooks.subscriptions().get(SUBSCRIPTION).orElseThrow();
        assertThat(subscription.settings().headers()).containsEntry("X-Custom", "kept");
        assertThat(subscription.version()).isEqualTo(3);

        var page = webhooks.deliveries().list(DeliveryQuery.ofSubscription(SUBSCRIPTION));
        assertThat(page.items()).hasSize(4);
        assertThat(status(webhooks, id(then, "0000000000d1"))).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(status(webhooks, id(then, "0000000000d2"))).isEqualTo(DeliveryStatus.FAILED);

        var succeeded = webhooks.deliveries()
                .get(UUID.fromString(id(then, "0000000000d1")))
                .orElseThrow();
        assertThat(succeeded.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.statusCode()).isEqualTo(200);
            assertThat(attempt.responseBody()).isEqualTo(Bytes.utf8("thanks"));
        });
        assertThat(succeeded.event().payload()).isEqualTo(Bytes.utf8("{\"order\": 1}"));
        var retried = webhooks.deliveries()
                .get(UUID.fromString(id(then, "0000000000d3")))
                .orElseThrow();
        assertThat(retried.delivery().attemptCount()).isEqualTo(2);
    }

    private static DeliveryStatus status(WebhookDispatcher webhooks, String id) {
        return webhooks.deliveries()
                .get(UUID.fromString(id))
                .orElseThrow()
                .delivery()
                .status();
    }

    /** An id of this moment that ends as told. */
    private static String id(Instant moment, String end) {
        var start = Partitions.firstId(moment).toString().substring(0, 14);
        return start + "7000-8000-" + end;
    }

    private static WebhookDispatcher dispatcher(PostgresWebhookStore store) {
        return WebhookDispatcher.builder(store)
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .retry(RetryPolicy.standard())
                .build();
    }

    private void makeTablesOf(int version) throws SQLException {
        var builder = PostgresWebhookStore.builder(TestDatabase.autoCommitting(), TestDatabase.KEYS)
                .schema(schema);
        execute("CREATE SCHEMA " + schema);
        execute(
                "CREATE TABLE %s.posthorn_schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
                        .formatted(schema));
        for (int step = 1; step <= version; step++) {
            execute(builder.migrations().get(step - 1));
            execute("INSERT INTO %s.posthorn_schema_version (version) VALUES (%d)".formatted(schema, step));
        }
        // Partitions were never different; a version that makes others will have to say so here.
        var database = new Database(TestDatabase.autoCommitting(), new Names(schema, "posthorn_"), TimeSource.system());
        new Partitions(database).prepare(LocalDate.now(ZoneOffset.UTC).minusDays(1), 2);
    }

    private String dataOf(int version) throws IOException {
        for (int earlier = version; ; earlier--) {
            try (InputStream in = UpgradeTest.class.getResourceAsStream("data-V" + earlier + ".sql")) {
                if (in != null) {
                    var names = new Names(schema, "posthorn_");
                    return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("posthorn_", names.prefix());
                }
            }
        }
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
