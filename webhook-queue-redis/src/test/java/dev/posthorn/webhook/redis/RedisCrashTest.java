package dev.posthorn.webhook.redis;

import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Events published to PostgreSQL while Redis loses everything, is killed and comes back with nothing, and nodes are killed:
 * all arrive, and few of them twice. {@code -Dposthorn.test.seed} repeats which nodes are killed;
 * {@code -Dposthorn.test.full=true} makes it long.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
final class RedisCrashTest {
    private static final boolean FULL = Boolean.getBoolean("posthorn.test.full");
    private static final int EVENTS = FULL ? 20_000 : 2_000;
    private static final int UNTIL_KILL = FULL ? 2_000 : 400;

    private final long seed =
            Long.getLong("posthorn.test.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));

    @Test
    void nothingIsLostWhateverRedisLoses() throws Exception {
        System.out.println("RedisCrashTest: -Dposthorn.test.seed=" + seed);
        try (var server = RedisServer.start();
                var scene = new CrashScene(server.url(), new Random(seed))) {
            scene.publish(EVENTS / 4, UNTIL_KILL);
            server.command("FLUSHALL");
            scene.publish(EVENTS / 4, UNTIL_KILL);
            scene.awaitSome();
            server.command("FLUSHALL");
            server.kill();
            // Nobody can put anything on the queue now.
            scene.publish(EVENTS / 4, EVENTS);
            server.restart();
            scene.publish(EVENTS / 4, UNTIL_KILL);
            scene.assertAllArrive(TestRedis.queue(server.url()), 2);
        }
    }
}
