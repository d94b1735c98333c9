package dev.posthorn.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The systems that are compared, by the names under which {@code -Dposthorn.benchmark.systems} chooses some of them. */
final class Peers implements AutoCloseable {
    private static final String IN_MEMORY = "posthorn-memory";

    private final List<Contender> contenders = new ArrayList<>();

    private interface Maker {
        Contender make() throws Exception;
    }

    Peers(PostgresServer server, ReceiverProcess receiver) throws Exception {
        Map<String, Maker> makers = new LinkedHashMap<>();
        makers.put("floor", () -> FloorContender.onSockets(server, receiver));
        makers.put("posthorn", () -> PosthornContender.onPostgres(server, receiver));
        makers.put("posthorn-redis", () -> PosthornContender.onPostgresAndRedis(server, receiver));
        makers.put(IN_MEMORY, () -> PosthornContender.inMemory(server, receiver));
        makers.put("naive", () -> new NaiveContender(server, Calls.overHttpClient(receiver)));
        makers.put(
                "db-scheduler", () -> new DbSchedulerContender("db-scheduler", server, Calls.overHttpClient(receiver)));
        makers.put(
                "db-scheduler-sockets",
                () -> new DbSchedulerContender("db-scheduler, on our transport", server, Calls.overSockets(receiver)));
        makers.put("outbox", () -> new OutboxContender(server, Calls.overHttpClient(receiver)));
        makers.put("namastack", () -> new NamastackContender(server, Calls.overHttpClient(receiver)));
        makers.put("modulith", () -> new ModulithContender(server, Calls.overHttpClient(receiver)));
        makers.put("jobrunr", () -> new JobRunrContender(server, Calls.overHttpClient(receiver)));
        var chosen = System.getProperty("posthorn.benchmark.systems");
        var names = chosen == null ? usual(makers.keySet()) : Arrays.asList(chosen.split(",", -1));
        try {
            for (var name : names) {
                var maker = makers.get(name);
                if (maker == null) {
                    throw new IllegalArgumentException("there are only: " + String.join(", ", makers.keySet()));
                }
                contenders.add(maker.make());
            }
        } catch (Exception problem) {
            // Some have threads that would go on.
            close();
            throw problem;
        }
    }

    /** What is kept in memory would have the collector work more for all the others. */
    private static List<String> usual(Collection<String> all) {
        return all.stream().filter(name -> !name.equals(IN_MEMORY)).toList();
    }

    List<Contender> all() {
        return contenders;
    }

    @Override
    public void close() {
        for (var contender : contenders) {
            contender.close();
        }
    }
}
