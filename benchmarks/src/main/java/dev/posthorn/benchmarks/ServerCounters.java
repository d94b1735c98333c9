package dev.posthorn.benchmarks;

/**
 * What a database server has done since it started, or between two readings.
 *
 * @param statements that clients have sent, {@code BEGIN} and {@code COMMIT} too
 * @param commits transactions that were committed, those that only read too
 * @param walBytes what was written to the log of the server
 * @param backendNanos processor time of the clients' backends that are connected now
 * @param serverNanos processor time of all processes of the server
 */
record ServerCounters(long statements, long commits, long walBytes, long backendNanos, long serverNanos) {
    static final ServerCounters NONE = new ServerCounters(0, 0, 0, 0, 0);

    ServerCounters minus(ServerCounters before) {
        return new ServerCounters(
                statements - before.statements,
                commits - before.commits,
                walBytes - before.walBytes,
                backendNanos - before.backendNanos,
                serverNanos - before.serverNanos);
    }

    ServerCounters plus(ServerCounters other) {
        return new ServerCounters(
                statements + other.statements,
                commits + other.commits,
                walBytes + other.walBytes,
                backendNanos + other.backendNanos,
                serverNanos + other.serverNanos);
    }
}
