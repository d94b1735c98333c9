package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;

/**
 * What a backlog does to the others: a million deliveries are due to an endpoint that refuses connections, and twenty
 * thousand subscriptions wait for a retry. Beside it a store without all this.
 */
final class BacklogScenario implements Scenario {
    private static final int PER_SECOND = 300;

    @Override
    public void run(boolean quick) throws Exception {
        int due = quick ? 10_000 : 1_000_000;
        int retrying = quick ? 200 : 20_000;
        int rounds = quick ? 1 : 3;
        var length = Duration.ofSeconds(quick ? 3 : 15);
        try (var server = PostgresServer.start();
                var pool = server.pool(12);
                var receiver = new ReceiverProcess()) {
            var quiet = isolated(server, pool, "quiet", receiver);
            var loaded = isolated(server, pool, "loaded", receiver);
            try (var webhooks = loaded.dispatcher()) {
                var dead = webhooks.subscriptions()
                        .create(NewSubscription.to(refusing()).eventTypes("dead"))
                        .subscription()
                        .id();
                new Backlog(server, loaded.schema()).fill(webhooks, dead, due, retrying);
            }
            quiet.warmUp(receiver, quick ? 2_000 : 100_000, 0);
            loaded.warmUp(receiver, quick ? 2_000 : 10_000, 0);
            var both = new QuietAndLoaded();
            for (int round = quick ? 0 : -1; round < rounds; round++) {
                var quietSide = quiet.side(receiver, 0, 0, PER_SECOND, length);
                var loadedSide = loaded.side(receiver, 0, 0, PER_SECOND, length);
                if (round >= 0) {
                    both.add(quietSide, loadedSide);
                }
            }
            QuietAndLoaded.header(
                    server,
                    "%d events/s to %d healthy endpoints; loaded: %,d deliveries due to one that refuses connections, %,d"
                                    .formatted(PER_SECOND, Load.URLS, due, retrying)
                            + " subscriptions with a retry to come; %d rounds of %d s each"
                                    .formatted(rounds, length.toSeconds()));
            both.report();
            System.out.println("still due: "
                    + server.ask("SELECT count(*) FROM loaded.posthorn_queue WHERE visible_at > 'epoch'"));
        }
    }

    private static Isolated isolated(
            PostgresServer server, HikariDataSource pool, String schema, ReceiverProcess receiver) {
        var isolated = new Isolated(server, pool, schema);
        try (var webhooks = isolated.dispatcher()) {
            for (int n = 0; n < Load.URLS; n++) {
                Isolated.subscribe(webhooks, receiver.url(Load.path(n)), n);
            }
        }
        return isolated;
    }

    /** The URL of a port that nobody listens on. */
    private static String refusing() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/dead";
        }
    }
}
