package dev.posthorn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OrderAndEventTest {
    private static final String KEYS = "main:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    @Test
    @Timeout(60)
    void theOrderIsStoredAndItsEventDelivered() throws Exception {
        try (var postgres = EmbeddedPostgres.start();
                var receiver = RecordingReceiver.start()) {
            OrderAndEvent.run(postgres.getJdbcUrl("postgres", "postgres"), receiver.url("/"), KEYS);

            var request = receiver.requests().get(0);
            assertThat(request.header("webhook-event-type")).contains("order.created");
            assertThat(request.body()).isEqualTo(Bytes.utf8("{\"order\":42}"));
            try (var connection = postgres.getPostgresDatabase().getConnection();
                    var statement = connection.createStatement();
                    var result = statement.executeQuery("SELECT count(*) FROM orders")) {
                result.next();
                assertThat(result.getInt(1)).isEqualTo(1);
            }
        }
    }
}
