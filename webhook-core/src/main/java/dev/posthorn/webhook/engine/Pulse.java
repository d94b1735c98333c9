package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Says that this node lives, and reads what health tells of the store's clock and the queue, so that health need not. */
final class Pulse implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(20);

    private final String nodeId;
    private final Coordination coordination;
    private final DeliveryQueue queue;
    private final CorrectedClock clock;
    private final TimeSource time;
    private final Vitals vitals;
    private volatile int liveNodes = 1;
    private volatile QueueStats stats = new QueueStats(0, null);

    Pulse(
            EngineSettings settings,
            Coordination coordination,
            DeliveryQueue queue,
            CorrectedClock clock,
            Vitals vitals) {
        this.nodeId = settings.nodeId();
        this.coordination = coordination;
        this.queue = queue;
        this.clock = clock;
        this.time = settings.time();
        this.vitals = vitals;
    }

    QueueStats stats() {
        return stats;
    }

    /** The nodes that deliver, each with how long ago it said so. Asks the store. */
    Map<String, Duration> nodes() {
        var ages = new TreeMap<String, Duration>();
        vitals.store("living", coordination::living).forEach((node, left) -> {
            var age = TIME_TO_LIVE.minus(left);
            ages.put(node, age.isNegative() ? Duration.ZERO : age);
        });
        return ages;
    }

    /** How many nodes deliver, as far as this one knows. */
    int liveNodes() {
        return liveNodes;
    }

    @Override
    public String name() {
        return "heartbeat";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        beat();
        stats = vitals.queue("stats", queue::stats);
        return false;
    }

    void beat() {
        var before = time.now();
        var heartbeat = vitals.store("heartbeat", () -> coordination.heartbeat(nodeId, TIME_TO_LIVE));
        liveNodes = Math.max(1, heartbeat.liveNodes().size());
        clock.learn(before, heartbeat.storeTime(), time.now());
    }
}
