package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.WebhookTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;

/** What a request costs on each of two transports: bare loops over them, rounds of each in turn in one warm JVM. */
final class TransportScenario {
    private final WebhookTransport socket;
    private final WebhookTransport jdk;
    private final int warmUp;
    private final int perRound;
    private final int rounds;

    TransportScenario(WebhookTransport socket, WebhookTransport jdk, int warmUp, int perRound, int rounds) {
        this.socket = socket;
        this.jdk = jdk;
        this.warmUp = warmUp;
        this.perRound = perRound;
        this.rounds = rounds;
    }

    void run(ExecutorService threads) throws Exception {
        try (socket;
                jdk;
                var receiver = new ReceiverProcess()) {
            var socketLoop = new BareLoop(socket, receiver);
            var jdkLoop = new BareLoop(jdk, receiver);
            Round.Work overSocket = count -> socketLoop.run(count, threads);
            Round.Work overJdk = count -> jdkLoop.run(count, threads);
            System.out.printf("warming up with %,d requests each%n", warmUp);
            Round.measure(receiver, warmUp, overSocket);
            Round.measure(receiver, warmUp, overJdk);
            var socketRounds = new ArrayList<Round>();
            var jdkRounds = new ArrayList<Round>();
            for (int i = 0; i < rounds; i++) {
                socketRounds.add(Round.measure(receiver, perRound, overSocket));
                jdkRounds.add(Round.measure(receiver, perRound, overJdk));
            }
            report(socketRounds, jdkRounds);
        }
    }

    private void report(List<Round> socketRounds, List<Round> jdkRounds) {
        Round.header(rounds, perRound, warmUp);
        Round.row("SocketTransport", socketRounds);
        Round.row("JdkTransport", jdkRounds);
        var ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ratios[i] = socketRounds.get(i).cpuMicros() / jdkRounds.get(i).cpuMicros();
        }
        System.out.printf(
                Locale.ROOT,
                "%nCPU of SocketTransport / JdkTransport, round by round: %s%n",
                Round.spread(ratios, "%.2f"));
    }
}
