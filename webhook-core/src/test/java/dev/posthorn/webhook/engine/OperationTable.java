package dev.posthorn.webhook.engine;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which operations were tried on deliveries in which states. */
final class OperationTable {
    private final Map<String, Set<String>> tried = new TreeMap<>();

    void tried(String operation, Ledger.Entry delivery, long now) {
        var state =
                delivery.status.isTerminal() ? delivery.status.name() : delivery.isLeased(now) ? "leased" : "waiting";
        tried.computeIfAbsent(operation, each -> new TreeSet<>()).add(state);
    }

    void add(OperationTable other) {
        other.tried.forEach((operation, states) ->
                tried.computeIfAbsent(operation, each -> new TreeSet<>()).addAll(states));
    }

    Map<String, Set<String>> tried() {
        return tried;
    }
}
