package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskExecutor;
import org.springframework.modulith.events.IncompleteEventPublications;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * Spring Modulith's event publications on JDBC: a listener that is called after the commit on threads of its own, without a transaction
 * around it, which would hold a connection meanwhile; what is done is deleted. What was published while nothing ran is
 * submitted again, as after a restart.
 */
final class ModulithContender extends SpringContender {
    private final Threads threads;

    /** The event. */
    public record Delivery(String eventId, int n, String payload) {}

    /** The application that has it. */
    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    @EnableTransactionManagement
    @EnableAutoConfiguration
    public static class Application {
        /** For the listener. */
        @Bean
        public Threads taskExecutor() {
            return new Threads();
        }

        /** Sends them. */
        @Bean
        public Listener listener(Calls calls) {
            return new Listener(calls);
        }
    }

    /** Threads that can be taken away: what is to run then is forgotten, and left in the database. */
    public static class Threads implements TaskExecutor {
        private volatile @Nullable ExecutorService executor;

        @Override
        public void execute(Runnable task) {
            var now = executor;
            if (now != null) {
                now.execute(task);
            }
        }

        private void start() {
            executor = Executors.newFixedThreadPool(Load.IN_FLIGHT);
        }

        private void stop() throws InterruptedException {
            var before = executor;
            executor = null;
            if (before != null) {
                before.shutdown();
                before.awaitTermination(20, TimeUnit.SECONDS);
            }
        }
    }

    /** Sends each. */
    public static class Listener {
        private final Calls calls;

        Listener(Calls calls) {
            this.calls = calls;
        }

        /** Sends one. */
        @Async
        @TransactionalEventListener
        public void on(Delivery delivery) {
            calls.post(delivery.eventId, delivery.n, Bytes.utf8(delivery.payload));
        }
    }

    ModulithContender(PostgresServer server, Calls calls) throws SQLException {
        super(
                "Spring Modulith",
                server,
                20,
                calls,
                Application.class,
                "namastack.outbox.enabled=false",
                "spring.modulith.events.completion-mode=delete",
                "spring.modulith.events.jdbc.schema-initialization.enabled=true");
        threads = context.getBean(Threads.class);
    }

    @Override
    void publishJoined(int first, int count, long at) {
        for (int n = first; n < first + count; n++) {
            context.publishEvent(new Delivery(
                    UUID.randomUUID().toString(),
                    Load.target(n),
                    Load.payload(at).toUtf8String()));
        }
    }

    @Override
    void start() {
        threads.start();
        context.getBean(IncompleteEventPublications.class).resubmitIncompletePublications(publication -> true);
    }

    @Override
    void stop() throws InterruptedException {
        threads.stop();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM event_publication WHERE completion_date IS NULL";
    }
}
