package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Making the tables, and what they are called. */
class SchemaTest {
    private final String schema = TestDatabase.newSchema();
    private final Samples samples = new Samples(Instant::now);

    private PostgresWebhookStore.Builder builder() {
        return PostgresWebhookStore.builder(TestDatabase.autoCommitting(), TestDatabase.KEYS)
                .schema(schema);
    }

    @Test
    void nodesThatStartTogetherMakeTheTablesOnce() {
        var stores = Stream.generate(
                        () -> CompletableFuture.supplyAsync(() -> builder().build(), task -> new Thread(task).start()))
                .limit(8)
                .toList();

        assertThat(stores).allSatisfy(store -> use(store.join()));
    }

    @Test
    void whatIsThereStaysAtTheNextStart() {
        var subscription = samples.subscription();
        builder().build().subscriptions().insert(subscription);

        assertThat(builder()
                        .build()
                        .subscriptions()
                        .find(subscription.subscription().id()))
                .contains(subscription);
    }

    @Test
    void tablesCanBeMadeByOtherMeansAndThenChecked() throws SQLException {
        assertThatThrownBy(() -> builder().checkTables().build()).isInstanceOf(StoreException.class);
        execute("CREATE SCHEMA " + schema);
        var steps = builder().migrations();
        for (var step : steps) {
            execute(step);
        }
        execute(
                "CREATE TABLE %s.posthorn_schema_version (version integer PRIMARY KEY, applied_at timestamptz DEFAULT now())"
                        .formatted(schema));
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().checkTables().build())
                .withMessageContaining("version 0");
        execute("INSERT INTO %s.posthorn_schema_version (version) SELECT generate_series(1, %d)"
                .formatted(schema, steps.size()));

        use(builder().checkTables().build());
        // Nor is anything made anew by a node that makes tables.
        use(builder().build());
    }

    @Test
    void namesMayBeginLikeThoseOfTablesDo() {
        var name = "posthorn_" + schema.substring(0, Math.min(20, schema.length()));
        use(builder().schema(name).tablePrefix("posthorn_posthorn_").build());
    }

    @Test
    void twoStoresWithPrefixesOfTheirOwnShareASchema() {
        var one = builder().tablePrefix("one_").build();
        var two = builder().tablePrefix("two_").build();
        var subscription = samples.subscription();
        one.subscriptions().insert(subscription);

        assertThat(two.subscriptions().find(subscription.subscription().id())).isEmpty();
        use(one);
        use(two);
    }

    @Test
    void namesThatWouldNeedQuotingAreRefusedAllAtOnce() {
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> builder()
                        .schema("x; DROP TABLE y")
                        .tablePrefix("Web Hooks")
                        .build())
                .satisfies(problem -> assertThat(problem.faults())
                        .extracting(InvalidInputException.Fault::field)
                        .containsExactly("schema", "tablePrefix"));
    }

    private void use(PostgresWebhookStore store) {
        var subscription = samples.subscription();
        store.subscriptions().insert(subscription);
        var ticket = samples.ticket(subscription.subscription().id());
        store.deliveries().append(List.of(samples.publication(samples.event(), ticket)));
        assertThat(store.deliveries().find(ticket.deliveryId())).isPresent();
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
