package dev.posthorn.webhook.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;

/** A real Sentinel that watches a server and its replica. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
final class SentinelTest {
    @Test
    void theQueueGoesOnWithTheReplicaWhenTheServerIsKilled(@TempDir Path directory) throws IOException {
        try (var server = RedisServer.start("--repl-diskless-sync-delay", "0");
                var replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(server.port()));
                var sentinel = RedisServer.startSentinel(configuration(directory, server.port()));
                var client = RedisSentinelClient.builder()
                        .masterName("queue")
                        .sentinels(Set.of(new HostAndPort("127.0.0.1", sentinel.port())))
                        .build()) {
            var queue = RedisDeliveryQueue.create(client);
            var samples = new Samples(Instant::now);
            queue.enqueue(List.of(samples.ticket(samples.id())));
            queue.mark(null, "mark");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> ((List<?>) replica.command("KEYS", "posthorn:*:mark")).size() == 1
                            && tellsOfReplica(sentinel));

            server.kill();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(StoreException.class)
                    .until(() -> queue.claim(new ClaimRequest(10, Duration.ofMinutes(1), 10, Map.of()))
                                    .leases()
                                    .size()
                            == 1);
            assertThat(queue.mark()).contains("mark");
            assertThat(client.getCurrentMaster().getPort()).isEqualTo(replica.port());
        }
    }

    private static boolean tellsOfReplica(RedisServer sentinel) {
        return !((List<?>) sentinel.command("SENTINEL", "REPLICAS", "queue")).isEmpty();
    }

    private static Path configuration(Path directory, int port) throws IOException {
        return Files.write(
                directory.resolve("sentinel.conf"),
                List.of(
                        "sentinel monitor queue 127.0.0.1 " + port + " 1",
                        "sentinel down-after-milliseconds queue 500",
                        "sentinel failover-timeout queue 5000"));
    }
}
