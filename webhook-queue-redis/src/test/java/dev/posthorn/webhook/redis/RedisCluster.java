package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** Three masters, each with a third of the slots, and a replica of the third. A master that is away is noticed soon. */
final class RedisCluster implements AutoCloseable {
    static final int MASTERS = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<RedisServer> masters = new ArrayList<>();
    private final RedisServer replica;

    RedisCluster() {
        for (int i = 0; i < MASTERS; i++) {
            masters.add(server());
        }
        replica = server();
        for (int i = 0; i < MASTERS; i++) {
            int from = i * 16_384 / MASTERS;
            int to = (i + 1) * 16_384 / MASTERS - 1;
            masters.get(i).command("CLUSTER", "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
            masters.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
        }
        for (var other : List.of(masters.get(1), masters.get(2), replica)) {
            masters.get(0)
                    .command(
                            "CLUSTER",
                            "MEET",
                            "127.0.0.1",
                            Integer.toString(other.port()),
                            other.option("--cluster-port"));
        }
        awaitWhole();
        var replicated = text(masters.get(2).command("CLUSTER", "MYID"));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> text(replica.command("CLUSTER", "NODES")).contains(replicated));
        replica.command("CLUSTER", "REPLICATE", replicated);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> text(replica.command("INFO", "replication")).contains("master_link_status:up"));
    }

    private static RedisServer server() {
        return RedisServer.start(
                "--cluster-enabled", "yes",
                "--cluster-port", Integer.toString(RedisServer.freePort()),
                "--cluster-node-timeout", "1000",
                "--cluster-require-full-coverage", "no",
                "--repl-diskless-sync-delay", "0");
    }

    RedisServer master(int index) {
        return masters.get(index);
    }

    /** As {@link TestRedis#queue} takes it; the first master must be there when somebody starts. */
    String url() {
        return "cluster:" + masters.get(0).port();
    }

    /** Waits until all masters that are there see all slots served. */
    void awaitWhole() {
        var there = masters.stream().filter(RedisServer::isAlive).toList();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> there.stream().allMatch(master -> {
                    var info = text(master.command("CLUSTER", "INFO"));
                    return info.contains("cluster_state:ok")
                            && info.contains("cluster_slots_ok:16384")
                            && info.contains("cluster_known_nodes:4");
                }));
    }

    /** Kills the third master, and waits until its replica has its slots. */
    void failOver() {
        masters.get(2).kill();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> text(replica.command("INFO", "replication")).contains("role:master"));
        awaitWhole();
    }

    private static String text(Object answer) {
        return new String((byte[]) answer, UTF_8);
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
        replica.close();
    }
}
