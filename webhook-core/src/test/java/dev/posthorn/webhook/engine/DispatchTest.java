package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DispatchTest {
    private static final Duration LEASE = TestSettings.LEASE;

    private final ManualTime time = new ManualTime();
    private final EngineSettings settings = TestSettings.small(time, null);
    private final InMemoryWebhookStore store = InMemoryWebhookStore.create(time);
    private final Holdings holdings = new Holdings(settings, id -> new LaneLimits(4, null), () -> 1, Random::new);
    private final Recorder recorder =
            new Recorder(settings, store.deliveries(), store.queue().orElseThrow(), true, holdings, new Vitals(time));
    private final FewThreads threads = new FewThreads();
    private final Dispatch dispatch = new Dispatch(settings, holdings, recorder, threads);

    /** Has so many threads left for attempts. */
    private static final class FewThreads implements Sends {
        final List<UUID> started = new ArrayList<>();
        int left;

        @Override
        public void start(Dispatch.Sending first, Dispatch dispatch) {
            if (left-- <= 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            started.add(first.delivery().deliveryId());
        }

        @Override
        public void stop() {}
    }

    @Test
    void whatNoThreadIsToBeHadForIsGivenBackAtOnce() {
        var lane = UUID.randomUUID();
        var ids = Stream.generate(UUID::randomUUID).limit(3).toList();
        dispatch.arrive(ids.stream().map(id -> held(id, lane)).toList());
        threads.left = 1;

        assertThatThrownBy(dispatch::step).isInstanceOf(OutOfMemoryError.class);
        dispatch.step();
        recorder.step();

        assertThat(threads.started).containsExactly(ids.get(0));
        assertThat(dispatch.inFlight()).isEqualTo(1);
        assertThat(holdings.size()).isEqualTo(1);
        assertThat(store.queue()
                        .orElseThrow()
                        .claim(new ClaimRequest(10, LEASE, 10, Map.of()))
                        .leases())
                .extracting(Lease::deliveryId)
                .containsExactlyInAnyOrder(ids.get(1), ids.get(2));
    }

    private Held held(UUID id, UUID lane) {
        var lease = store.queue()
                .orElseThrow()
                .enqueue(List.of(new Ticket(id, lane, Duration.ZERO, LEASE, false)))
                .leases()
                .get(0);
        var held = holdings.hold(lease, time.nanoTime() + LEASE.toNanos());
        var event = new PublishedEvent(id, "t", "order.created", "text/plain", Map.of(), Bytes.EMPTY, Instant.EPOCH);
        assertThat(held).isNotNull();
        held.content(Loaded.Ready.appended(lease, event), time.nanoTime());
        return held;
    }
}
