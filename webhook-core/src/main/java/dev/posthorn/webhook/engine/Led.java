package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Coordination;
import java.time.Duration;

/** A duty that one node at a time does for all. */
final class Led implements Upkeep.Duty {
    static final Duration TIME_TO_LIVE = Duration.ofSeconds(60);

    private final Upkeep.Duty duty;
    private final String nodeId;
    private final Coordination coordination;

    Led(Upkeep.Duty duty, String nodeId, Coordination coordination) {
        this.duty = duty;
        this.nodeId = nodeId;
        this.coordination = coordination;
    }

    @Override
    public String name() {
        return duty.name();
    }

    @Override
    public Duration every() {
        return duty.every();
    }

    @Override
    public boolean perform() {
        return coordination.tryLead(nodeId, duty.name(), TIME_TO_LIVE) && duty.perform();
    }
}
