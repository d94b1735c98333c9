package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import io.namastack.outbox.Outbox;
import io.namastack.outbox.OutboxProcessingScheduler;
import io.namastack.outbox.handler.OutboxRecordMetadata;
import io.namastack.outbox.handler.OutboxTypedHandler;
import java.sql.SQLException;
import java.util.UUID;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * namastack-outbox on JDBC: a record for each delivery, each under a key of its own, so that none has to wait for another; polled
 * every 20 ms, 1,000 at once as in its own performance test, on as many threads as may be in flight. What is done is deleted.
 */
final class NamastackContender extends SpringContender {
    private final Outbox outbox;
    private final OutboxProcessingScheduler polling;

    /** What a record holds. */
    public record Delivery(String eventId, int n, String payload) {}

    /** The application that has it. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            excludeName = {
                "org.springframework.modulith.events.config.EventPublicationAutoConfiguration",
                "org.springframework.modulith.events.config.EventExternalizationAutoConfiguration",
                "org.springframework.modulith.events.jdbc.JdbcEventPublicationAutoConfiguration",
                "org.springframework.modulith.events.jackson.JacksonEventSerializationConfiguration",
                "org.springframework.modulith.events.jackson2.Jackson2EventSerializationConfiguration"
            })
    public static class Application {
        /** Sends them. */
        @Bean
        public Handler handler(Calls calls) {
            return new Handler(calls);
        }
    }

    /** Sends one. */
    public static class Handler implements OutboxTypedHandler<Delivery> {
        private final Calls calls;

        Handler(Calls calls) {
            this.calls = calls;
        }

        @Override
        public void handle(Delivery delivery, OutboxRecordMetadata metadata) {
            calls.post(delivery.eventId, delivery.n, Bytes.utf8(delivery.payload));
        }
    }

    NamastackContender(PostgresServer server, Calls calls) throws SQLException {
        super(
                "namastack-outbox",
                server,
                20,
                calls,
                Application.class,
                "namastack.outbox.polling.trigger=fixed",
                "namastack.outbox.polling.batch-size=1000",
                "namastack.outbox.polling.fixed.interval=20ms",
                "namastack.outbox.processing.executor-core-pool-size=" + Load.IN_FLIGHT,
                "namastack.outbox.processing.executor-max-pool-size=" + Load.IN_FLIGHT,
                "namastack.outbox.processing.stop-on-first-failure=false",
                "namastack.outbox.processing.delete-completed-records=true",
                "namastack.outbox.multicaster.enabled=false");
        outbox = context.getBean(Outbox.class);
        polling = context.getBean(OutboxProcessingScheduler.class);
        polling.stop();
    }

    @Override
    void publishJoined(int first, int count, long at) {
        for (int n = first; n < first + count; n++) {
            var eventId = UUID.randomUUID().toString();
            outbox.schedule(
                    new Delivery(eventId, Load.target(n), Load.payload(at).toUtf8String()), eventId);
        }
    }

    @Override
    void start() {
        polling.start();
    }

    @Override
    void stop() {
        polling.stop();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM outbox_record WHERE status = 'NEW'";
    }
}
