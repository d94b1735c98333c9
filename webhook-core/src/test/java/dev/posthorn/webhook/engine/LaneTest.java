package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LaneTest {
    private final Lane lane = new Lane(UUID.randomUUID());

    private void add(String name, int attempts) {
        var id = UUID.randomUUID();
        var lease = new Lease(id, lane.subscriptionId, 1);
        var event = new PublishedEvent(id, "t", name, "text/plain", Map.of(), Bytes.EMPTY, Instant.EPOCH);
        var held = new Held(id, lane.subscriptionId, false);
        held.content(new Loaded.Ready(lease, event, 1, attempts, attempts, Duration.ZERO), 0);
        lane.add(held);
    }

    private String takeAll() {
        var taken = new StringBuilder();
        while (lane.hasWaiting()) {
            taken.append(lane.take().ready().event().type());
        }
        return taken.toString();
    }

    @Test
    void firstAttemptsGoBeforeRetriesButEveryFourthIsARetry() {
        for (var name : new String[] {"r", "s", "t"}) {
            add(name, 1);
        }
        for (var name : new String[] {"A", "B", "C", "D", "E", "F", "G"}) {
            add(name, 0);
        }
        assertThat(takeAll()).isEqualTo("ABCrDEFsGt");
    }

    @Test
    void retriesGoAtOnceWhereNothingElseWaits() {
        add("r", 3);
        add("s", 1);
        assertThat(takeAll()).isEqualTo("rs");
    }
}
