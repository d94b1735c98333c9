package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What deliveries cost the database from publishing to recording, in batches of 500 and one operation after the other,
 * without an engine and without sending.
 */
final class StoreRound {
    static final int BATCH = 500;

    private final PostgresServer server;
    private final HikariDataSource pool;
    private final KeptLog log;
    private final Map<UUID, Integer> allowances;
    private final Samples samples = new Samples(Instant::now);

    /** What one operation took for all deliveries of a round. */
    record Cost(ServerCounters counters, long nanos) {
        Cost plus(Cost other) {
            return new Cost(counters.plus(other.counters), nanos + other.nanos);
        }
    }

    /** What each operation took. */
    record Costs(Cost publish, Cost claim, Cost load, Cost record) {
        Cost all() {
            return publish.plus(claim).plus(load).plus(record);
        }
    }

    /** @param allowances as a claim has them; a subscription that has none gets nothing published either */
    StoreRound(PostgresServer server, HikariDataSource pool, KeptLog log, Map<UUID, Integer> allowances) {
        this.server = server;
        this.pool = pool;
        this.log = log;
        this.allowances = allowances;
    }

    Costs run(int batches) throws Exception {
        var deliveries = log.store().deliveries();
        var queue = log.store().queue().orElseThrow();
        var publications = new ArrayList<List<Publication>>();
        for (int i = 0; i < batches; i++) {
            publications.add(publications());
        }
        var published = measure(() -> publications.forEach(deliveries::append));
        var leases = new ArrayList<List<Lease>>();
        var request = new ClaimRequest(BATCH, Duration.ofMinutes(5), BATCH, allowances);
        var claimed = measure(() -> {
            for (int i = 0; i < batches; i++) {
                leases.add(queue.claim(request).leases());
            }
        });
        var loaded = new ArrayList<List<Loaded.Ready>>();
        var loading = measure(() -> leases.forEach(
                each -> loaded.add(deliveries.load(each, Long.MAX_VALUE).ready())));
        var outcomes = loaded.stream()
                .map(ready -> ready.stream().map(this::succeeded).toList())
                .toList();
        var recorded = measure(() -> outcomes.forEach(deliveries::record));
        int count = outcomes.stream().mapToInt(List::size).sum();
        if (count != batches * BATCH) {
            throw new IllegalStateException(count + " of " + batches * BATCH + " were claimed");
        }
        return new Costs(published, claimed, loading, recorded);
    }

    private Cost measure(Runnable work) throws SQLException {
        var before = server.counters(pool);
        long start = System.nanoTime();
        work.run();
        long nanos = System.nanoTime() - start;
        return new Cost(server.counters(pool).minus(before), nanos);
    }

    private List<Publication> publications() {
        var made = new ArrayList<Publication>();
        var to = log.subscriptions().stream()
                .filter(id -> allowances.getOrDefault(id, 1) > 0)
                .toList();
        for (int i = 0; i < BATCH; i++) {
            var event = samples.event("default", Load.type(i), Load.payload());
            made.add(samples.publication(event, samples.ticket(to.get(i % to.size()))));
        }
        return made;
    }

    private DeliveryOutcome succeeded(Loaded.Ready ready) {
        return DeliveryOutcome.succeeded(
                ready.lease(), ready.version(), samples.succeeded(ready.lease().deliveryId(), 1));
    }
}
