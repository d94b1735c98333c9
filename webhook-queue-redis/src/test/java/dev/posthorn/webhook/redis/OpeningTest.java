package dev.posthorn.webhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.StoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.UnifiedJedis;

/** What is refused at the start, and how that is told. */
@Execution(ExecutionMode.CONCURRENT)
final class OpeningTest {
    private final RedisServer server = RedisServer.start();
    private final UnifiedJedis redis = TestRedis.client(server.url());

    @AfterEach
    void close() {
        redis.close();
        server.close();
    }

    @Test
    void everyWrongSettingIsNamed() {
        assertThatThrownBy(() -> RedisDeliveryQueue.builder(redis)
                        .keyPrefix("a{b}")
                        .shards(257)
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("keyPrefix")
                .hasMessageContaining("shards");
    }

    @Test
    void aServerThatEvictsIsRefused() {
        redis.configSet("maxmemory-policy", "allkeys-lru");
        assertThatThrownBy(() -> RedisDeliveryQueue.create(redis))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("maxmemory-policy must be noeviction")
                .hasMessageContaining("allkeys-lru");

        redis.configSet("maxmemory-policy", "noeviction");
        assertThat(RedisDeliveryQueue.create(redis).stats().tickets()).isZero();
    }

    @Test
    void aReplicaIsRefusedWithWhateverElseIsWrong() {
        try (var replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(server.port()));
                var client = TestRedis.client(replica.url())) {
            client.configSet("maxmemory-policy", "volatile-ttl");
            assertThatThrownBy(() -> RedisDeliveryQueue.create(client))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("replica")
                    .hasMessageContaining("volatile-ttl");
        }
    }

    @Test
    void anotherNumberOfShardsIsRefused() {
        RedisDeliveryQueue.builder(redis).shards(4).build();
        RedisDeliveryQueue.builder(redis).shards(4).build();
        RedisDeliveryQueue.builder(redis).keyPrefix("other").shards(2).build();
        assertThatThrownBy(() -> RedisDeliveryQueue.builder(redis).shards(8).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("made of 4 shards, not of 8")
                .hasMessageContaining("posthorn:shards");
    }

    @Test
    void everyCommandThatTheUserMayNotRunIsNamed() {
        server.command(
                "ACL", "SETUSER", "narrow", "on", ">secret", "~posthorn:*", "+@all", "-zadd", "-hset", "-@dangerous");
        try (var client = TestRedis.client("redis://narrow:secret@127.0.0.1:" + server.port())) {
            assertThatThrownBy(() -> RedisDeliveryQueue.create(client))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("HSET, ZADD, INFO");
        }
    }

    @Test
    void theCommandsInTheDocumentationAreEnough() {
        server.command(
                "ACL",
                "SETUSER",
                "posthorn",
                "on",
                ">secret",
                "~posthorn:*",
                "+@connection",
                "+@scripting",
                "+@read",
                "+@write",
                "-@dangerous",
                "+info",
                "+time");
        try (var client = TestRedis.client("redis://posthorn:secret@127.0.0.1:" + server.port())) {
            var queue = RedisDeliveryQueue.builder(client).shards(3).build();
            assertThat(queue.stats().tickets()).isZero();
            assertThatThrownBy(() -> client.set("else", "where")).hasMessageContaining("NOPERM");
        }
    }

    @Test
    void otherKeysThanItsOwnAreRefused() {
        server.command("ACL", "SETUSER", "elsewhere", "on", ">secret", "~other:*", "+@all");
        try (var client = TestRedis.client("redis://elsewhere:secret@127.0.0.1:" + server.port())) {
            assertThatThrownBy(() -> RedisDeliveryQueue.create(client))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("NOPERM");
        }
    }

    @Test
    void aServerThatIsNotThereIsNoFaultOfItsSettings() {
        server.kill();
        assertThatThrownBy(() -> RedisDeliveryQueue.create(redis))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        problem -> assertThat(problem.isTransient()).isTrue());
    }

    @Test
    void aPasswordThatIsMissingIsTold() {
        server.command("CONFIG", "SET", "requirepass", "secret");
        try (var client = TestRedis.client(server.url())) {
            assertThatThrownBy(() -> RedisDeliveryQueue.create(client))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("NOAUTH");
        }
    }
}
