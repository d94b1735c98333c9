package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final ManualTime time = new ManualTime();
    private final EngineSettings settings = new EngineSettings(
            "node",
            time,
            10,
            4,
            50,
            100,
            10_000,
            LEASE,
            Duration.ofSeconds(15),
            RetryPolicy.standard(),
            Duration.ofDays(1),
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofDays(3));

    @Test
    void whatWasDecidedUnderAnEarlierLeaseDoesNotTakeTheTicketOff() {
        var store = InMemoryWebhookStore.create(time);
        var queue = store.queue().orElseThrow();
        var holdings = new Holdings(settings);
        var recorder = new Recorder(settings, store.deliveries(), queue, true, holdings, new Vitals(time));
        var ticket = new Ticket(UUID.randomUUID(), UUID.randomUUID(), Duration.ZERO, LEASE);
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
