package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final Duration LEASE = TestSettings.LEASE;

    private final ManualTime time = new ManualTime();
    private final EngineSettings settings = TestSettings.small(time, null);

    @Test
    void whatWasDecidedUnderAnEarlierLeaseDoesNotTakeTheTicketOff() {
        var store = InMemoryWebhookStore.create(time);
        var queue = store.queue().orElseThrow();
        var holdings = new Holdings(settings, id -> new LaneLimits(4, null), () -> 1, Random::new);
        var recorder = new Recorder(settings, store.deliveries(), queue, true, holdings, new Vitals(time));
        var ticket = new Ticket(UUID.randomUUID(), UUID.randomUUID(), Duration.ZERO, LEASE, false);
        var first = queue.enqueue(List.of(ticket)).leases().get(0);
        var held = holdings.hold(first, time.nanoTime() + LEASE.toNanos());
        recorder.settle(held, new Settlement.Done(first));

        time.advance(LEASE);
        var claim = new ClaimRequest(1, LEASE, 1, Map.of());
        var second = queue.claim(claim).leases().get(0);
        assertThat(holdings.hold(second, time.nanoTime() + LEASE.toNanos())).isNull();
        recorder.step();

        assertThat(holdings.size()).isZero();
        assertThat(queue.claim(claim).leases()).hasSize(1);
    }
}
