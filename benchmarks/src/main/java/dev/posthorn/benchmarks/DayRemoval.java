package dev.posthorn.benchmarks;

import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** How long it takes to remove the oldest day of a log, and what those who publish meanwhile notice of it. */
final class DayRemoval {
    private final PostgresServer server;
    private final TimedStatements timed;
    private final KeptLog log;
    private final int days;
    private final Samples samples = new Samples(Instant::now);

    /** @param days how many the log has, today being the last; all but that are removed, three at most */
    DayRemoval(PostgresServer server, DataSource pool, String schema, int days) throws SQLException {
        this.server = server;
        timed = new TimedStatements(pool);
        log = KeptLog.of(server, timed.dataSource(), schema, days, 0, 0);
        this.days = days;
    }

    void run() throws Exception {
        // Makes what is missing ahead, and removes nothing.
        log.store().deliveries().purge(Duration.ofDays(days + 5), 1_000);
        System.out.printf("%nthe longest append before: %.1f ms%n", longestAppend(() -> pause(Duration.ofSeconds(1))));
        for (int day = days - 1; day > Math.max(0, days - 4); day--) {
            purge("while a day is the next to go", Duration.ofDays(day));
            boolean isCached = day == days - 1;
            if (!isCached) {
                forget(day);
                forget(day + 1);
            }
            purge("when it goes, " + (isCached ? "just read" : "long not read"), Duration.ofDays(day - 1));
        }
        for (var line : server.ask("""
                SELECT string_agg(format('%s: %s ms at most, %s times',
                    left(regexp_replace(query, '\\s+', ' ', 'g'), 80), round(max_exec_time::numeric, 1), calls), E'\\n')
                FROM pg_stat_statements
                WHERE query ~ '^(SELECT|DELETE|WITH).*posthorn_(delivery_2|event_2|attempt_2|idempotency_key WHERE)'
                """).lines().toList()) {
            System.out.println(line);
        }
        timed.times().forEach((text, times) -> {
            if (text.matches("(ALTER|DROP|CREATE INDEX).*")) {
                System.out.println(
                        text + times.stream().map(" %.1f"::formatted).collect(Collectors.joining(",", ":", " ms")));
            }
        });
    }

    /**
     * Has the system forget what it holds of a day's files, as it has after weeks: to free the memory of those just read is most of
     * what dropping their tables takes.
     */
    private void forget(int daysAgo) throws Exception {
        var suffix = LocalDate.now(ZoneOffset.UTC).minusDays(daysAgo).format(DateTimeFormatter.BASIC_ISO_DATE);
        var root = server.ask("SHOW data_directory");
        server.execute("CHECKPOINT");
        var paths = server.ask("""
                SELECT string_agg(pg_relation_filepath(c.oid), ',') FROM pg_class c
                WHERE relnamespace = '%1$s'::regnamespace AND relname ~ '_%2$s' AND relkind IN ('r', 'i')
                """.formatted(log.schema(), suffix));
        for (var path : paths.split(",", -1)) {
            var forget = "for f in \"$1\" \"$1\".*; do"
                    + " [ ! -f \"$f\" ] || dd if=\"$f\" iflag=nocache count=0 status=none; done";
            int result = new ProcessBuilder("sh", "-c", forget, "sh", root + "/" + path)
                    .inheritIO()
                    .start()
                    .waitFor();
            if (result != 0) {
                throw new IllegalStateException("the system does not forget " + path);
            }
        }
    }

    private void purge(String when, Duration retention) throws Exception {
        long before = days();
        long start = System.nanoTime();
        double longest = longestAppend(() -> log.store().deliveries().purge(retention, 1_000));
        System.out.printf(
                "a purge %s, which removed %d of %d days, took %.0f ms; the longest append meanwhile %.1f ms%n",
                when, before - days(), before, (System.nanoTime() - start) / 1e6, longest);
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
