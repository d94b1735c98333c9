package dev.posthorn.webhook.redis;

import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Events published to PostgreSQL while a master of a cluster is killed and comes back with nothing, and nodes are killed: all
 * arrive, and few of them twice. {@code -Dposthorn.test.seed} repeats which nodes are killed; {@code -Dposthorn.test.full=true}
 * makes it long, and has another master's replica take over as well.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
final class ClusterCrashTest {
    private static final boolean FULL = Boolean.getBoolean("posthorn.test.full");
    private static final int EVENTS = FULL ? 20_000 : 800;
    private static final int UNTIL_KILL = FULL ? 2_000 : 400;

    /** Of the master that is killed. */
    private static final int VICTIM = 1;

    @Test
    void nothingIsLostWhenAMasterIsKilledAndComesBackWithNothing() throws Exception {
        long seed =
                Long.getLong("posthorn.test.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
        System.out.println("ClusterCrashTest: -Dposthorn.test.seed=" + seed);
        try (var cluster = new RedisCluster();
                var scene = new CrashScene(cluster.url(), new Random(seed))) {
            scene.publish(EVENTS / 4, UNTIL_KILL);
            scene.awaitSome();
            cluster.master(VICTIM).kill();
            // Two thirds go on being delivered, also by nodes that start now. No more may come than has come by then.
            scene.publish(EVENTS / 2, UNTIL_KILL);
            cluster.master(VICTIM).restart();
            cluster.awaitWhole();
            if (FULL) {
                scene.publish(EVENTS / 8, UNTIL_KILL);
                scene.awaitSome();
                cluster.failOver();
                scene.publish(EVENTS / 8, UNTIL_KILL);
            } else {
                scene.publish(EVENTS / 4, EVENTS);
            }
            scene.assertAllArrive(TestRedis.queue(cluster.url()), FULL ? 2 : 1);
        }
    }
}
