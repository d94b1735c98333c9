package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real cluster of three masters. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class ClusterTest {
    private static final int EVENTS = 1_000;
    /** None while a master is away: a node that starts then waits for it. */
    private static final int UNTIL_KILL = 500;

    private static final List<RedisServer> masters = new ArrayList<>();

    @BeforeAll
    static void start() {
        for (int i = 0; i < 3; i++) {
            masters.add(RedisServer.start(
                    "--cluster-enabled", "yes",
                    "--cluster-port", Integer.toString(RedisServer.freePort()),
                    "--cluster-node-timeout", "2000",
                    "--cluster-require-full-coverage", "no"));
        }
        for (int i = 0; i < 3; i++) {
            int from = i * 16_384 / 3;
            int to = (i + 1) * 16_384 / 3 - 1;
            masters.get(i).command("CLUSTER", "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
            masters.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
        }
        for (var other : masters.subList(1, 3)) {
            masters.get(0)
                    .command(
                            "CLUSTER",
                            "MEET",
                            "127.0.0.1",
                            Integer.toString(other.port()),
                            other.option("--cluster-port"));
        }
        awaitWhole();
    }

    private static void awaitWhole() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> masters.stream().allMatch(master -> {
                    var info = new String((byte[]) master.command("CLUSTER", "INFO"), UTF_8);
                    return info.contains("cluster_state:ok")
                            && info.contains("cluster_slots_ok:16384")
                            && info.contains("cluster_known_nodes:3");
                }));
    }

    @AfterAll
    static void stop() {
        masters.forEach(RedisServer::close);
    }

    private static String url() {
        return "cluster:" + masters.get(0).port();
    }

    @Test
    void shardsAreSpreadOverTheMasters() {
        var queue = TestRedis.queue(url() + "?prefix=spread");
        var samples = new Samples(Instant::now);
        queue.enqueue(
                Stream.generate(() -> samples.ticket(samples.id())).limit(900).toList());

        assertThat(queue.shardStats())
                .hasSize(3)
                .allSatisfy(shard -> assertThat(shard.tickets()).isBetween(200L, 400L));
        for (var master : masters) {
            assertThat((List<?>) master.command("KEYS", "spread:{*:lines")).hasSize(1);
        }
        assertThat(queue.claim(new ClaimRequest(1_000, Duration.ofMinutes(1), 1, Map.of()))
                        .leases())
                .hasSize(900);
    }

    @Test
    void aClientThatKnowsNothingOfClustersIsTold() {
        try (var client = TestRedis.client(masters.get(0).url())) {
            assertThatThrownBy(
                            () -> RedisDeliveryQueue.builder(client).shards(3).build())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("node of a cluster");
        }
    }

    @Test
    void nothingIsLostWhenAMasterIsKilledAndComesBackWithNothing() throws Exception {
        long seed =
                Long.getLong("posthorn.test.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
        System.out.println("ClusterTest: -Dposthorn.test.seed=" + seed);
        try (var scene = new CrashScene(url() + "?prefix=crash", new Random(seed))) {
            scene.publish(EVENTS / 4, UNTIL_KILL);
            scene.awaitSome();
            var victim = masters.get(1);
            victim.kill();
            // Two thirds go on being delivered.
            scene.publish(EVENTS / 4, UNTIL_KILL);
            scene.awaitSome();
            victim.restart();
            scene.publish(EVENTS / 2, UNTIL_KILL);
            awaitWhole();
            scene.assertAllArrive(TestRedis.queue(url() + "?prefix=crash"), 1);
        }
    }
}
