package dev.posthorn.webhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.tck.Samples;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import redis.clients.jedis.util.JedisClusterCRC16;

/** A real cluster of three masters, one of which goes away. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
// Its tests one by one.
@ResourceLock("ClusterTest")
final class ClusterTest {
    /** Of the master that is killed. */
    private static final int VICTIM = 1;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static RedisCluster cluster;

    private final Samples samples = new Samples(Instant::now);

    @BeforeAll
    static void start() {
        cluster = new RedisCluster();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void mend() {
        var victim = cluster.master(VICTIM);
        if (!victim.isAlive()) {
            victim.restart();
        }
        victim.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        cluster.master(0).command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        cluster.awaitWhole();
    }

    private static RedisDeliveryQueue queue(String prefix) {
        return TestRedis.queue(cluster.url() + "?prefix=" + prefix);
    }

    /** Due, on that shard of three. */
    private Ticket ticketOn(int shard) {
        var shards = new Shards(new Server(TestRedis.client(), null), "any", RedisCluster.MASTERS);
        var subscription = Stream.generate(samples::id)
                .filter(id -> shards.of(id) == shard)
                .findFirst()
                .orElseThrow();
        return Ticket.due(samples.id(), subscription, Duration.ZERO);
    }

    private static int claim(RedisDeliveryQueue queue) {
        return queue.claim(new ClaimRequest(1_000, Duration.ofMinutes(1), 1, Map.of()))
                .leases()
                .size();
    }

    private static void awaitRefused(ThrowingCallable call, String because) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThatThrownBy(call)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining(because));
    }

    private static void awaitClaimOfOne(RedisDeliveryQueue queue) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(StoreException.class)
                .until(() -> claim(queue) == 1);
    }

    @Test
    void shardsAreSpreadOverTheMasters() {
        var queue = queue("spread");
        queue.enqueue(
                Stream.generate(() -> samples.ticket(samples.id())).limit(900).toList());

        assertThat(queue.shardStats())
                .hasSize(3)
                .allSatisfy(shard -> assertThat(shard.tickets()).isBetween(200L, 400L));
        for (int i = 0; i < RedisCluster.MASTERS; i++) {
            assertThat((List<?>) cluster.master(i).command("KEYS", "spread:{*:lines"))
                    .hasSize(1);
        }
        assertThat(claim(queue)).isEqualTo(900);
    }

    @Test
    void aClientThatKnowsNothingOfClustersIsTold() {
        try (var client = TestRedis.client(cluster.master(0).url())) {
            assertThatThrownBy(
                            () -> RedisDeliveryQueue.builder(client).shards(3).build())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("node of a cluster");
        }
    }

    @Test
    void aNodeStartsThoughAMasterIsAwayAndChecksItWhenItIsBack() {
        var victim = cluster.master(VICTIM);
        victim.kill();
        var queue = queue("started");
        queue.enqueue(List.of(ticketOn(0), ticketOn(2)));
        assertThat(claim(queue)).isEqualTo(2);
        assertThatThrownBy(queue::stats).isInstanceOf(StoreException.class);
        var ticket = ticketOn(VICTIM);
        assertThatThrownBy(() -> queue.enqueue(List.of(ticket)))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        problem -> assertThat(problem.isTransient()).isTrue());

        victim.begin("--maxmemory-policy", "allkeys-lru");
        awaitRefused(() -> queue.enqueue(List.of(ticket)), "maxmemory-policy must be noeviction");
        assertThat(victim.command("KEYS", "started:*")).isEqualTo(List.of());
        victim.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(StoreException.class)
                .until(() -> {
                    queue.enqueue(List.of(ticket));
                    return true;
                });
        assertThat(claim(queue)).isEqualTo(1);
        assertThat(queue.stats().tickets()).isEqualTo(3);
    }

    @Test
    void whatCanBeSeenToBeWrongIsRefusedThoughAMasterIsAway() {
        cluster.master(VICTIM).kill();
        cluster.master(0).command("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
        assertThatThrownBy(() -> queue("wrong"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("volatile-ttl");
    }

    @Test
    void theNumberOfShardsIsNotKeptByAMasterThatDropsKeys() {
        var prefix = prefixWhoseNumberIsOn(VICTIM);
        var victim = cluster.master(VICTIM);
        victim.kill();
        var queue = queue(prefix);
        var ticket = ticketOn(0);
        victim.begin("--maxmemory-policy", "allkeys-lru");
        // Not on that master: what is to be seen is that the number is looked after by itself.
        awaitRefused(() -> queue.enqueue(List.of(ticket)), "maxmemory-policy must be noeviction");
        assertThat(victim.command("KEYS", prefix + ":*")).isEqualTo(List.of());
        victim.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        awaitClaimOfOne(queue);
        assertThat((List<?>) victim.command("KEYS", prefix + ":shards")).hasSize(1);
    }

    private static String prefixWhoseNumberIsOn(int master) {
        return IntStream.range(0, 1_000)
                .mapToObj(i -> "number" + i)
                .filter(each -> JedisClusterCRC16.getSlot(each + ":shards") * RedisCluster.MASTERS / 16_384 == master)
                .findFirst()
                .orElseThrow();
    }

    /** As what says so may be on the one that is away. */
    @Test
    void anotherNumberOfShardsIsFoundAtTheLatestWhenTheMasterIsBack() {
        var prefix = prefixWhoseNumberIsOn(VICTIM);
        var victim = cluster.master(VICTIM);
        victim.kill();
        var queue = queue(prefix);
        queue.enqueue(List.of(ticketOn(0)));
        victim.restart();
        cluster.awaitWhole();
        // Another node was the first; it could have been so before the master was away, had that kept what it was told.
        victim.command("SET", prefix + ":shards", "5");
        awaitRefused(() -> claim(queue), "made of 5 shards, not of 3");
        assertThatThrownBy(() -> queue(prefix))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("made of 5 shards, not of 3");
        victim.command("SET", prefix + ":shards", "3");
        awaitClaimOfOne(queue);
    }

    @Test
    void aDispatcherStartsThoughAMasterIsAwayAndHealthSaysSo() {
        cluster.master(VICTIM).kill();
        try (var receiver = RecordingReceiver.start();
                var node = WebhookDispatcher.builder(InMemoryWebhookStore.withoutQueue(TimeSource.system()))
                        .queue(queue("dispatcher"))
                        .transport(SocketTransport.builder()
                                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                                .build())
                        .timeout(Duration.ofSeconds(1))
                        .lease(Duration.ofSeconds(6))
                        .pollInterval(Duration.ofMillis(100))
                        .build()) {
            for (int i = 0; i < 12; i++) {
                node.subscriptions().create(NewSubscription.to(receiver.url("/" + i)));
            }
            node.start();
            node.publish(WebhookEvent.json("order.created", Map.of("order", 1)));
            receiver.await(1);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> node.health().parts().stream()
                            .anyMatch(part -> part.name().equals("queue") && part.status() != Health.Status.UP));
            cluster.master(VICTIM).restart();
            receiver.await(all -> all.size() >= 12, "all of it", Duration.ofMinutes(2));
        }
    }
}
