package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import redis.clients.jedis.UnifiedJedis;

/**
 * How long the server is kept busy by a claim of 500 by its own clock, whatever waits: 100,000 tickets, or 1,000,000 with
 * {@code -Dposthorn.test.full=true}.
 */
@Timeout(300)
@Isolated
final class ClaimTimesTest {
    private static final boolean FULL = Boolean.getBoolean("posthorn.test.full");
    private static final int TICKETS = FULL ? 1_000_000 : 100_000;
    /** Other things may run on the machine in an ordinary build. */
    /** What none of these shapes comes near, and walking over what waits would pass: how fast it is, is for a benchmark. */
    private static final int MOST_MICROS = 50_000;

    private static final int SUBSCRIPTIONS = TICKETS / 50;
    private static final int BATCH = 500;
    private static final int CLAIMS = 40;
    private static final Duration LEASE = Duration.ofMinutes(5);

    private final RedisServer server = RedisServer.start();
    private final UnifiedJedis redis = TestRedis.client(server.url());
    private final RedisDeliveryQueue queue = RedisDeliveryQueue.create(redis);
    private final Random random = new Random(1);

    @AfterEach
    void close() {
        redis.close();
        server.close();
    }

    @Test
    void ofManySubscriptions() {
        fill(ids(SUBSCRIPTIONS), TICKETS);
        System.out.printf("ClaimTimesTest: %.0f bytes a ticket%n", bytesEach());
        assertThat(bytesEach()).isLessThan(400);
        assertFast("over " + SUBSCRIPTIONS + " subscriptions", new ClaimRequest(BATCH, LEASE, BATCH, Map.of()));
        assertFast("over " + SUBSCRIPTIONS + " subscriptions, 32 each", new ClaimRequest(BATCH, LEASE, 32, Map.of()));
    }

    @Test
    void behindOneThatIsDead() {
        var dead = ids(1);
        fill(dead, TICKETS);
        fill(ids(SUBSCRIPTIONS), BATCH * CLAIMS);
        assertFast("behind one that is dead", new ClaimRequest(BATCH, LEASE, BATCH, Map.of(dead.get(0), 0)));
    }

    @Test
    void ofFew() {
        fill(ids(3), TICKETS);
        assertFast("over 3 subscriptions", new ClaimRequest(BATCH, LEASE, BATCH, Map.of()));
    }

    private double bytesEach() {
        var memory = new String((byte[]) server.command("INFO", "memory"), UTF_8);
        var used = memory.lines()
                .filter(line -> line.startsWith("used_memory:"))
                .findFirst()
                .orElseThrow();
        return Double.parseDouble(used.substring("used_memory:".length()))
                / queue.stats().tickets();
    }

    private List<UUID> ids(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new UUID(random.nextLong(), random.nextLong()))
                .toList();
    }

    private void fill(List<UUID> subscriptions, int count) {
        var tickets = new ArrayList<Ticket>();
        for (int i = 0; i < count; i++) {
            var id = new UUID(random.nextLong(), random.nextLong());
            var subscription = subscriptions.get(i % subscriptions.size());
            tickets.add(new Ticket(id, subscription, Duration.ZERO, null, random.nextInt(4) == 0));
            if (tickets.size() == 5_000 || i == count - 1) {
                queue.enqueue(tickets);
                tickets.clear();
            }
        }
    }

    private void assertFast(String shape, ClaimRequest request) {
        var claims = new ArrayList<Long>();
        var settles = new ArrayList<Long>();
        server.command("CONFIG", "SET", "slowlog-log-slower-than", "0");
        server.command("CONFIG", "SET", "slowlog-max-len", "64");
        for (int i = 0; i < CLAIMS; i++) {
            server.command("SLOWLOG", "RESET");
            var leases = queue.claim(request).leases();
            assertThat(leases).hasSize(BATCH);
            claims.add(scriptMicros());
            server.command("SLOWLOG", "RESET");
            queue.settle(leases.stream().<Settlement>map(ClaimTimesTest::done).toList());
            settles.add(scriptMicros());
        }
        server.command("CONFIG", "SET", "slowlog-log-slower-than", "-1");
        long median = claims.stream().sorted().toList().get(CLAIMS / 2);
        System.out.printf(
                "ClaimTimesTest: %,d tickets %s: claim of %d takes %,d us (most %,d), settling them %,d us%n",
                queue.stats().tickets(),
                shape,
                BATCH,
                median,
                claims.stream().mapToLong(each -> each).max().orElseThrow(),
                settles.stream().sorted().toList().get(CLAIMS / 2));
        assertThat(median).isLessThan(MOST_MICROS);
    }

    private static Settlement done(Lease lease) {
        return new Settlement.Done(lease);
    }

    /** What scripts took since the log was emptied, as the server tells. */
    private long scriptMicros() {
        long micros = 0;
        for (var each : (List<?>) server.command("SLOWLOG", "GET", "64")) {
            var entry = (List<?>) each;
            var name = new String((byte[]) ((List<?>) entry.get(3)).get(0), UTF_8);
            if (name.equalsIgnoreCase("EVALSHA") || name.equalsIgnoreCase("EVAL")) {
                micros += (Long) entry.get(2);
            }
        }
        assertThat(micros).isPositive();
        return micros;
    }
}
