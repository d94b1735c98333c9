package dev.posthorn.webhook.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.tck.ReceivedRequest;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** PostgreSQL and Redis, three nodes in processes of their own, and a publisher in this one. */
final class CrashScene implements AutoCloseable {
    private static final int BATCH = 20;
    private static final int SUBSCRIPTIONS = 10;
    /** What a node may hold, and so send again when it is killed. */
    private static final int HELD = CrashNode.MAX_IN_FLIGHT * 2 + CrashNode.BATCH * 4;

    final RecordingReceiver receiver = RecordingReceiver.start();
    private final Random random;
    private final String redis;
    private final String schema = TestPostgres.newSchema();
    private final HikariDataSource pool = TestPostgres.pool(TestPostgres.url());
    private final WebhookDispatcher publisher;
    private final List<Process> nodes = new ArrayList<>();
    private final Set<String> acknowledged = new HashSet<>();
    private int arrivedBefore;
    private int nodeKills;

    /** @param redis as {@link TestRedis#queue} takes it */
    CrashScene(String redis, Random random) throws IOException {
        this.redis = redis;
        this.random = random;
        publisher = CrashNode.dispatcher(TestPostgres.store(pool, schema), TestRedis.queue(redis));
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            publisher
                    .subscriptions()
                    .create(NewSubscription.to(receiver.url("/" + i)).eventTypes("crash." + i));
        }
        for (int i = 0; i < 3; i++) {
            nodes.add(startNode());
        }
    }

    private Process startNode() throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashNode.class.getName(),
                        TestPostgres.url(),
                        schema,
                        redis)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Publishes events, while nodes deliver and some of them are killed: one after each so many events. */
    void publish(int events, int untilKill) throws IOException {
        int left = untilKill;
        for (int n = 0; n < events; n += BATCH) {
            var batch =
                    IntStream.range(n, n + BATCH).mapToObj(CrashScene::event).toList();
            publisher
                    .publish(batch)
                    .forEach(receipt -> acknowledged.add(receipt.eventId().toString()));
            left -= BATCH;
            if (left <= 0) {
                awaitSome();
                nodeKills++;
                nodes.remove(random.nextInt(nodes.size())).destroyForcibly();
                nodes.add(startNode());
                left = untilKill;
            }
        }
    }

    /**
     * Waits until more has arrived than when this was last called, so that what happens next does in mid-delivery. Not than now:
     * while a part of the queue is away, whatever can arrive may have done so.
     */
    void awaitSome() {
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> receiver.requests().size() >= arrivedBefore + 50
                        || arrived().containsAll(acknowledged));
        arrivedBefore = receiver.requests().size();
    }

    /** That everything has arrived, and little of it twice, and the queue is empty in the end. */
    void assertAllArrive(RedisDeliveryQueue queue, int losses) {
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> arrived().containsAll(acknowledged));
        } catch (ConditionTimeoutException lost) {
            var missing = new HashSet<>(acknowledged);
            missing.removeAll(arrived());
            throw new AssertionError(
                    missing.size() + " of " + acknowledged.size() + " missing, on the queue: "
                            + queue.shardStats() + ", pending: "
                            + publisher
                                    .deliveries()
                                    .list(DeliveryQuery.all()
                                            .status(DeliveryStatus.PENDING)
                                            .limit(3)),
                    lost);
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> queue.stats().tickets() == 0);
        int twice = receiver.requests().size() - arrived().size();
        int bound = HELD * (nodeKills + losses);
        System.out.printf(
                "%d acknowledged, %d node kills, %d losses of the queue, %d sent twice (bound %d)%n",
                acknowledged.size(), nodeKills, losses, twice, bound);
        assertThat(twice).isLessThanOrEqualTo(bound);
    }

    private static WebhookEvent event(int n) {
        return WebhookEvent.of("crash." + n % SUBSCRIPTIONS, "application/json", Bytes.utf8("{\"n\":" + n + "}"));
    }

    private Set<String> arrived() {
        return receiver.requests().stream().map(CrashScene::id).collect(Collectors.toSet());
    }

    private static String id(ReceivedRequest request) {
        return request.header("webhook-id").orElseThrow();
    }

    @Override
    public void close() {
        nodes.forEach(Process::destroyForcibly);
        publisher.close(Duration.ofSeconds(1));
        receiver.close();
        pool.close();
    }
}
