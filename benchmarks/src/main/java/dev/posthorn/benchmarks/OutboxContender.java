package dev.posthorn.benchmarks;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import dev.posthorn.webhook.Bytes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * gruelbox transaction-outbox: a call for each delivery, tried at once after the commit on threads of its own, and the rest by
 * flushing. It makes the call within a transaction, so it has a connection for each in flight. What is done is deleted.
 */
final class OutboxContender extends Contender {
    private static final long PAUSE_MILLIS = 100;

    private final ThreadLocalContextTransactionManager transactions;
    private final TransactionOutbox outbox;
    private volatile @Nullable ExecutorService senders;
    private @Nullable Thread flusher;

    /** What is called later. */
    public interface Delivery {
        /** Sends it. */
        void send(String eventId, int n, String payload);
    }

    OutboxContender(PostgresServer server, Calls calls) throws SQLException {
        super("transaction-outbox", server, Load.IN_FLIGHT + 8);
        transactions = TransactionManager.fromDataSource(pool);
        Delivery delivery = (eventId, n, payload) -> calls.post(eventId, n, Bytes.utf8(payload));
        outbox = TransactionOutbox.builder()
                .transactionManager(transactions)
                .persistor(Persistor.forDialect(Dialect.POSTGRESQL_9))
                .instantiator(Instantiator.using(type -> delivery))
                .submitter((entry, process) -> {
                    var executor = senders;
                    if (executor != null) {
                        executor.execute(() -> process.accept(entry));
                    }
                })
                .build();
    }

    @Override
    void publish(Connection host, int first, int count, long at) {
        throw new UnsupportedOperationException("its transactions are its own");
    }

    @Override
    void publish(int first, int count, long at) {
        transactions.inTransaction(() -> schedule(first, count, at));
    }

    @Override
    void publishWithOrder(int n) {
        transactions.inTransactionReturns(transaction -> {
            try {
                insertOrder(transaction.connection());
            } catch (SQLException problem) {
                throw new IllegalStateException(problem);
            }
            schedule(n, 1, System.nanoTime());
            return true;
        });
    }

    private void schedule(int first, int count, long at) {
        for (int n = first; n < first + count; n++) {
            outbox.schedule(Delivery.class)
                    .send(
                            UUID.randomUUID().toString(),
                            Load.target(n),
                            Load.payload(at).toUtf8String());
        }
    }

    @Override
    void start() throws SQLException {
        // What was published while nothing ran counts as tried just now; as after a crash it would wait for two
        // minutes.
        server.execute("UPDATE txno_outbox SET nextattempttime = nextattempttime - interval '1 day'");
        senders = Executors.newFixedThreadPool(Load.IN_FLIGHT);
        var thread = new Thread(this::flush, "outbox-flush");
        flusher = thread;
        thread.start();
    }

    private void flush() {
        try {
            while (senders != null) {
                if (!outbox.flush()) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException stopped) {
            // That is all.
        }
    }

    @Override
    void stop() throws InterruptedException {
        var executor = senders;
        var thread = flusher;
        senders = null;
        if (executor != null && thread != null) {
            thread.join();
            executor.shutdown();
            executor.awaitTermination(20, TimeUnit.SECONDS);
        }
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM txno_outbox WHERE NOT processed";
    }
}
