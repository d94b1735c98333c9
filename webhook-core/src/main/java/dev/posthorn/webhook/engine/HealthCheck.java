package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.Health.Part;
import dev.posthorn.webhook.Health.Status;
import dev.posthorn.webhook.LaneState.Breaker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Works out how the engine is from what its parts know already, so that it can be asked every second. */
record HealthCheck(
        EngineSettings settings,
        Phase phase,
        boolean paused,
        Vitals vitals,
        Pulse pulse,
        CorrectedClock clock,
        Holdings holdings,
        Dispatch dispatch,
        Recorder recorder,
        ListenerRelay listeners,
        List<StepThread> threads) {

    /** A step that takes longer hangs: in the store, mostly. */
    private static final Duration STUCK_AFTER = Duration.ofSeconds(60);

    private static final Duration OLD = Duration.ofMinutes(5);
    private static final Duration CLOCK_DEGRADED = Duration.ofSeconds(5);
    // Standard Webhooks receivers refuse timestamps that are 5 minutes off; they may be off themselves.
    private static final Duration CLOCK_DOWN = Duration.ofMinutes(2);

    Health run() {
        var parts = new ArrayList<Part>();
        parts.add(dispatcherHealth());
        parts.add(vitals.storeHealth());
        parts.add(vitals.queueHealth());
        threads.forEach(thread -> parts.add(thread(thread)));
        parts.add(breakers());
        parts.add(oldestDue());
        parts.add(recorderHealth());
        parts.add(clockHealth());
        parts.add(new Part("listeners", Status.UP, listeners.dropped() + " messages dropped"));
        return Health.of(parts);
    }

    private Part dispatcherHealth() {
        return switch (phase) {
            case NEW -> new Part("dispatcher", Status.UP, "publishes only: not started");
            case RUNNING ->
                new Part(
                        "dispatcher",
                        Status.UP,
                        (paused ? "paused, " : "") + dispatch.inFlight() + " in flight, " + holdings.size() + " held");
            case CLOSED -> new Part("dispatcher", Status.DOWN, "closed");
        };
    }

    private Part thread(StepThread thread) {
        var name = "thread." + thread.name();
        if (phase != Phase.RUNNING) {
            return new Part(name, Status.UP, "not running");
        }
        if (!thread.isAlive()) {
            return new Part(name, Status.DOWN, "dead");
        }
        var busy = Duration.ofNanos(thread.busyFor());
        return busy.compareTo(STUCK_AFTER) > 0
                ? new Part(name, Status.DOWN, "stuck for " + busy.toSeconds() + " s")
                : new Part(name, Status.UP, "alive");
    }

    private Part breakers() {
        var counts = holdings.breakers();
        counts.remove(Breaker.CLOSED);
        int notClosed = counts.values().stream().mapToInt(Integer::intValue).sum();
        return new Part("breakers", Status.UP, notClosed + " not closed");
    }

    private Part oldestDue() {
        var age = pulse.stats().oldestDue();
        if (age == null) {
            return new Part("oldest-due", Status.UP, "nothing waits");
        }
        return new Part(
                "oldest-due",
                age.compareTo(OLD) > 0 ? Status.DEGRADED : Status.UP,
                "the oldest due delivery waits for " + age.toSeconds() + " s");
    }

    private Part recorderHealth() {
        int backlog = recorder.backlog();
        return recorder.isFailing()
                ? new Part("recorder", Status.DEGRADED, backlog + " outcomes wait for the store")
                : new Part("recorder", Status.UP, backlog + " outcomes wait");
    }

    private Part clockHealth() {
        var difference = clock.difference();
        var status = difference.compareTo(CLOCK_DOWN) >= 0
                ? Status.DOWN
                : difference.compareTo(CLOCK_DEGRADED) >= 0 ? Status.DEGRADED : Status.UP;
        return new Part("clock", status, difference.toMillis() + " ms from the store's");
    }
}
