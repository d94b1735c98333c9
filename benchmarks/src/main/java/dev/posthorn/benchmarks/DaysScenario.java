package dev.posthorn.benchmarks;

/** What removing a day of 1 million deliveries takes, as {@link ScaleScenario} has it too, without all that comes before it there. */
final class DaysScenario implements Scenario {
    private static final int DAYS = 4;

    @Override
    public void run(boolean quick) throws Exception {
        try (var server = PostgresServer.start();
                var pool = server.pool(2)) {
            KeptLog.of(server, pool, "days", DAYS, DAYS * (quick ? 1_000 : 1_000_000), 0);
            new DayRemoval(server, pool, "days", DAYS).run();
        }
    }
}
