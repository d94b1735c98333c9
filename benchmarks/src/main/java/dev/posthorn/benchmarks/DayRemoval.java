package dev.posthorn.benchmarks;

import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** How long it takes to remove the oldest day of a log, and what those who publish meanwhile notice of it. */
final class DayRemoval {
    private final PostgresServer server;
    private final KeptLog log;
    private final Samples samples = new Samples(Instant::now);

    DayRemoval(PostgresServer server, KeptLog log) {
        this.server = server;
        this.log = log;
    }

    void run() throws Exception {
        var deliveries = log.store().deliveries();
        // Makes what is missing ahead, and removes nothing.
        deliveries.purge(Duration.ofDays(KeptLog.DAYS + 5), 1_000);
        double longestBefore = longestAppend(() -> pause(Duration.ofSeconds(1)));
        for (int day = KeptLog.DAYS - 1; day > KeptLog.DAYS - 4; day--) {
            var retention = Duration.ofDays(day - 1);
            long rows = days();
            long start = System.nanoTime();
            double longest = longestAppend(() -> deliveries.purge(retention, 1_000));
            double seconds = (System.nanoTime() - start) / 1e6;
            System.out.printf(
                    "%na purge that removed %d of %d days took %.0f ms; the longest append meanwhile %.1f ms (before: %.1f ms)%n",
                    rows - days(), rows, seconds, longest, longestBefore);
        }
        for (var line : server.ask("""
                SELECT string_agg(format('%s: %s ms', left(regexp_replace(query, '\\s+', ' ', 'g'), 70),
                    round(max_exec_time::numeric, 1)), E'\\n')
                FROM pg_stat_statements WHERE query ~ 'DETACH|DROP TABLE|SELECT EXISTS'
                """).lines().toList()) {
            System.out.println(line);
        }
    }

    private long days() throws SQLException {
        return Long.parseLong(
                server.ask("SELECT count(*) FROM pg_inherits WHERE inhparent = '%s.posthorn_delivery'::regclass"
                        .formatted(log.schema())));
    }

    /** The longest that a publisher had to wait while something was done, in milliseconds. */
    private double longestAppend(Runnable work) throws InterruptedException {
        var done = new AtomicBoolean();
        var longest = new long[1];
        var publisher = new Thread(() -> {
            while (!done.get()) {
                long start = System.nanoTime();
                var ticket = samples.ticket(log.subscriptions().get(1), Duration.ofDays(1));
                log.store().deliveries().append(List.of(samples.publication(samples.event(), ticket)));
                longest[0] = Math.max(longest[0], System.nanoTime() - start);
            }
        });
        publisher.start();
        work.run();
        done.set(true);
        publisher.join();
        return longest[0] / 1e6;
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
