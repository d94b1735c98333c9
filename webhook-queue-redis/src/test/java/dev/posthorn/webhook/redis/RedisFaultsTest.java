package dev.posthorn.webhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.tck.Samples;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** What a server can do to its clients: all of it may pass, is told as such, and is over when it is over. */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
// Its tests one by one.
@ResourceLock("RedisFaultsTest")
final class RedisFaultsTest {
    private final RedisServer server = RedisServer.start();
    private final RedisClient redis = RedisClient.builder()
            .hostAndPort("127.0.0.1", server.port())
            .clientConfig(DefaultJedisClientConfig.builder()
                    .socketTimeoutMillis(300)
                    .connectionTimeoutMillis(300)
                    .build())
            .build();
    private final RedisDeliveryQueue queue = RedisDeliveryQueue.create(redis);
    private final Samples samples = new Samples(Instant::now);
    private final UUID subscription = samples.id();

    @AfterEach
    void close() {
        redis.close();
        server.close();
    }

    private List<Lease> claim() {
        return queue.claim(new ClaimRequest(1_000, Duration.ofMinutes(1), 1_000, Map.of()))
                .leases();
    }

    private void assertAllRefusedForNow(String message) {
        assertRefusedForNow(() -> queue.enqueue(List.of(samples.ticket(subscription))), message);
        assertRefusedForNow(this::claim, message);
        assertRefusedForNow(
                () -> queue.settle(List.of(new Settlement.Done(new Lease(samples.id(), subscription, 1)))), message);
        assertRefusedForNow(() -> queue.remove(List.of(samples.id())), message);
    }

    private static void assertRefusedForNow(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        problem -> assertThat(problem.isTransient()).isTrue())
                .hasMessageContaining(message);
    }

    @Test
    void aServerThatForgotTheScriptsGetsThemAgain() {
        queue.enqueue(List.of(samples.ticket(subscription)));
        server.command("SCRIPT", "FLUSH");
        assertThat(claim()).hasSize(1);
    }

    @Test
    void aServerThatIsKilledAndComesBackWithNothingIsEmptyAndHasNoMark() {
        var ticket = samples.ticket(subscription);
        queue.enqueue(List.of(ticket));
        queue.mark(null, "mark");
        var lease = claim().get(0);
        server.kill();
        assertAllRefusedForNow("Redis: ");
        assertRefusedForNow(queue::mark, "Redis: ");

        server.restart();
        assertThat(queue.mark()).isEmpty();
        assertThat(queue.stats().tickets()).isZero();
        // A token of before must not settle what came after.
        queue.enqueue(List.of(ticket));
        var later = claim().get(0);
        assertThat(later.token()).isGreaterThan(lease.token());
        assertThat(queue.settle(List.of(new Settlement.Done(lease)))).containsExactly(ticket.deliveryId());
        assertThat(queue.settle(List.of(new Settlement.Done(later)))).isEmpty();
    }

    @Test
    void aServerThatHangsIsGivenUpForNow() {
        server.command("CLIENT", "PAUSE", "2000", "ALL");
        assertRefusedForNow(this::claim, "Redis: ");
        Awaitility.await().ignoreExceptionsInstanceOf(StoreException.class).until(() -> claim().isEmpty());
    }

    @Test
    void aServerThatHasBecomeAReplicaIsRefusedForNow() {
        server.command("REPLICAOF", "127.0.0.1", Integer.toString(RedisServer.freePort()));
        assertAllRefusedForNow("READONLY");
        server.command("REPLICAOF", "NO", "ONE");
        queue.enqueue(List.of(samples.ticket(subscription)));
        assertThat(claim()).hasSize(1);
    }

    @Test
    void permissionsThatWereTakenMayComeBack() {
        queue.enqueue(List.of(samples.ticket(subscription)));
        server.command("ACL", "SETUSER", "default", "-zadd");
        assertRefusedForNow(this::claim, "Redis: ");
        server.command("ACL", "SETUSER", "default", "+zadd");
        // What a claim that was broken off has done costs no more than its lease.
        assertThat(queue.stats().tickets()).isEqualTo(1);
    }

    /** Or it could never be emptied. */
    @Test
    void aServerWithoutMemoryTakesNothingMoreAndGivesWhatItHas() {
        queue.enqueue(
                Stream.generate(() -> samples.ticket(subscription)).limit(500).toList());
        redis.configSet("maxmemory", "1mb");
        assertRefusedForNow(() -> queue.enqueue(List.of(samples.ticket(subscription))), "OOM");
        assertThat(queue.stats().tickets()).isEqualTo(500);

        var leases = claim();
        assertThat(leases).hasSize(500);
        assertThat(queue.settle(leases.subList(0, 400).stream()
                        .<Settlement>map(Settlement.Done::new)
                        .toList()))
                .isEmpty();
        assertThat(queue.settle(leases.subList(400, 450).stream()
                        .<Settlement>map(lease -> new Settlement.Again(lease, Duration.ZERO, true))
                        .toList()))
                .isEmpty();
        queue.remove(leases.subList(450, 500).stream().map(Lease::deliveryId).toList());
        assertThat(claim()).hasSize(50);

        redis.configSet("maxmemory", "0");
        queue.enqueue(List.of(samples.ticket(subscription)));
        assertThat(queue.stats().tickets()).isEqualTo(51);
    }

    @Test
    void aServerThatLoadsIsRefusedForNow(@TempDir Path data) throws Exception {
        try (var slow = RedisServer.start("--dir", data.toString())) {
            try (var client = TestRedis.client(slow.url())) {
                var kept = RedisDeliveryQueue.create(client);
                kept.enqueue(Stream.generate(() -> samples.ticket(samples.id()))
                        .limit(1_000)
                        .toList());
                kept.mark(null, "kept");
                slow.command("SAVE");
                assertThat(Files.exists(data.resolve("dump.rdb"))).isTrue();
                slow.kill();
                slow.begin("--key-load-delay", "1500", "--loading-process-events-interval-bytes", "1024");
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(5))
                        .untilAsserted(() -> assertRefusedForNow(kept::stats, "LOADING"));
                Awaitility.await()
                        .ignoreExceptionsInstanceOf(StoreException.class)
                        .until(() -> kept.stats().tickets() == 1_000);
                assertThat(kept.mark()).contains("kept");
            }
        }
    }

    @Test
    void keysOfSomebodyElseAreAFaultThatStays() {
        redis.set("posthorn:{0}", "else");
        assertThatThrownBy(() -> queue.enqueue(List.of(Ticket.due(samples.id(), subscription, Duration.ZERO))))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        problem -> assertThat(problem.isTransient()).isFalse())
                .hasMessageContaining("WRONGTYPE");
    }

    @Test
    void aNodeGetsOverAllOfItByItself() {
        try (var receiver = RecordingReceiver.start();
                var node = WebhookDispatcher.builder(InMemoryWebhookStore.withoutQueue(TimeSource.system()))
                        .queue(queue)
                        .transport(SocketTransport.builder()
                                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                                .build())
                        .timeout(Duration.ofSeconds(1))
                        .lease(Duration.ofSeconds(6))
                        .pollInterval(Duration.ofMillis(100))
                        .retry(RetryPolicy.exponential(Duration.ofMillis(100), 2, Duration.ofSeconds(1), 50))
                        .build()) {
            node.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
            node.start();
            publish(node);
            receiver.await(1);

            server.command("CLIENT", "PAUSE", "1000", "ALL");
            publish(node);
            server.command("SCRIPT", "FLUSH");
            server.command("REPLICAOF", "127.0.0.1", Integer.toString(RedisServer.freePort()));
            publish(node);
            server.command("REPLICAOF", "NO", "ONE");
            server.command("CONFIG", "SET", "maxmemory", "1mb");
            publish(node);
            server.command("CONFIG", "SET", "maxmemory", "0");
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            publish(node);
            server.command("FLUSHALL");
            publish(node);
            server.kill();
            publish(node);
            Awaitility.await().until(() -> node.health().status() != Health.Status.UP);
            server.restart();
            publish(node);

            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> receiver.requests().stream()
                                    .map(request -> request.header("webhook-id").orElseThrow())
                                    .distinct()
                                    .count()
                            == 8);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> queue.stats().tickets() == 0);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> node.health().status() == Health.Status.UP);
        }
    }

    private static void publish(WebhookDispatcher node) {
        node.publish(WebhookEvent.json("order.created", Map.of("order", 1)));
    }
}
