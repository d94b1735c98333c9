package dev.posthorn.benchmarks;

import java.time.Duration;
import java.util.ArrayList;

/**
 * What endpoints that hang do to the others: ten of a hundred take every request and never answer, so that each attempt
 * takes the whole timeout of 15 seconds. Each round begins with breakers that know nothing.
 */
final class HangingScenario implements Scenario {
    private static final int HANGING = 10;
    private static final int PER_SECOND = 500;

    @Override
    public void run(boolean quick) throws Exception {
        int rounds = quick ? 1 : 3;
        var length = Duration.ofSeconds(quick ? 3 : 20);
        try (var server = PostgresServer.start();
                var pool = server.pool(12);
                var receiver = new ReceiverProcess();
                var hanging = new HangingReceiver()) {
            var isolated = new Isolated(server, pool, "hanging");
            var hangingUrls = new ArrayList<String>();
            try (var webhooks = isolated.dispatcher()) {
                for (int n = 0; n < Load.URLS; n++) {
                    if (n < HANGING) {
                        hangingUrls.add(hanging.url(Load.path(n)));
                    }
                    Isolated.subscribe(
                            webhooks, n < HANGING ? hanging.url(Load.path(n)) : receiver.url(Load.path(n)), n);
                }
            }
            isolated.warmUp(receiver, quick ? 2_000 : 100_000, HANGING);
            int healthyPerSecond = PER_SECOND * (Load.URLS - HANGING) / Load.URLS;
            var both = new QuietAndLoaded();
            for (int round = quick ? 0 : -1; round < rounds; round++) {
                var quiet = isolated.side(receiver, HANGING, HANGING, healthyPerSecond, length);
                var loaded = isolated.side(receiver, 0, HANGING, PER_SECOND, length);
                isolated.forget(hangingUrls);
                if (round >= 0) {
                    both.add(quiet, loaded);
                }
            }
            QuietAndLoaded.header(
                    server,
                    "%d endpoints; quiet: %d events/s to %d of them; loaded: %d events/s to all, %d of which hang for 15 s;"
                                    .formatted(Load.URLS, healthyPerSecond, Load.URLS - HANGING, PER_SECOND, HANGING)
                            + " %d rounds of %d s each".formatted(rounds, length.toSeconds()));
            both.report();
        }
    }
}
