package dev.posthorn.benchmarks;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The systems that are compared, by the names under which {@code -Dposthorn.benchmark.systems} chooses some of them. */
final class Peers implements AutoCloseable {
    private final List<Contender> contenders = new ArrayList<>();

    private interface Maker {
        Contender make() throws SQLException;
    }

    Peers(PostgresServer server, ReceiverProcess receiver) throws SQLException {
        Map<String, Maker> makers = new LinkedHashMap<>();
        makers.put("floor", () -> new FloorContender(server, Calls.overSockets(receiver)));
        makers.put("posthorn", () -> new PosthornContender(server, receiver));
        makers.put("naive", () -> new NaiveContender(server, Calls.overHttpClient(receiver)));
        makers.put(
                "db-scheduler", () -> new DbSchedulerContender("db-scheduler", server, Calls.overHttpClient(receiver)));
        makers.put(
                "db-scheduler-sockets",
                () -> new DbSchedulerContender("db-scheduler, on our transport", server, Calls.overSockets(receiver)));
        makers.put("outbox", () -> new OutboxContender(server, Calls.overHttpClient(receiver)));
        makers.put("jobrunr", () -> new JobRunrContender(server, Calls.overHttpClient(receiver)));
        var chosen = System.getProperty("posthorn.benchmark.systems");
        var names = chosen == null ? List.copyOf(makers.keySet()) : Arrays.asList(chosen.split(",", -1));
        for (var name : names) {
            var maker = makers.get(name);
            if (maker == null) {
                throw new IllegalArgumentException("there are only: " + String.join(", ", makers.keySet()));
            }
            contenders.add(maker.make());
        }
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
