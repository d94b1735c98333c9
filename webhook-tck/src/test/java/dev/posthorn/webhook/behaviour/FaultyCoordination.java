package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.spi.Coordination;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** The nodes' agreement as one of them sees it, with trouble in between. */
record FaultyCoordination(Coordination real, Trouble trouble) implements Coordination {
    @Override
    public Heartbeat heartbeat(String nodeId, Duration timeToLive) {
        return trouble.around(Call.HEARTBEAT, () -> real.heartbeat(nodeId, timeToLive));
    }

    @Override
    public Map<String, Duration> living() {
        return trouble.around(Call.LIVING, real::living);
    }

    @Override
    public Instant time() {
        return trouble.around(Call.TIME, real::time);
    }

    @Override
    public boolean tryLead(String nodeId, String duty, Duration timeToLive) {
        return trouble.around(Call.TRY_LEAD, () -> real.tryLead(nodeId, duty, timeToLive));
    }

    @Override
    public void leave(String nodeId) {
        trouble.around(Call.LEAVE, () -> {
            real.leave(nodeId);
            return nodeId;
        });
    }
}
