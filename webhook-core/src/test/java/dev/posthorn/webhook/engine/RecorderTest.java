package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final Duration LEASE = TestSettings.LEASE;

    private final ManualTime time = new ManualTime();
    private final EngineSettings settings = TestSettings.small(time, null);
    private final InMemoryWebhookStore store = InMemoryWebhookStore.create(time);
    private final DeliveryQueue queue = store.queue().orElseThrow();
    private final Holdings holdings = new Holdings(settings, id -> new LaneLimits(100, null), () -> 1, Random::new);
    private final Recorder recorder =
            new Recorder(settings, store.deliveries(), queue, true, holdings, new Vitals(time));
    private final AtomicInteger wakeUps = new AtomicInteger();

    @Test
    void whatComesAfterARestIsWrittenAtOnce() {
        writingTakes(Duration.ofMillis(2));
        settleOne();

        assertThat(recorder.step()).isEqualTo(Step.UNTIL_WOKEN);

        assertThat(recorder.backlog()).isZero();
        time.advance(Duration.ofMillis(6));
        settleOne();
        recorder.step();
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void afterABatchTheNextGathersForThreeTimesAsLong() {
        writingTakes(Duration.ofMillis(2));
        settleOne();
        recorder.step();
        settleOne();

        assertThat(recorder.step()).isEqualTo(Duration.ofMillis(6).toNanos());
        time.advance(Duration.ofMillis(4));
        settleOne();
        assertThat(recorder.step()).isEqualTo(Duration.ofMillis(2).toNanos());
        assertThat(recorder.backlog()).isEqualTo(2);

        time.advance(Duration.ofMillis(2));
        assertThat(recorder.step()).isEqualTo(Step.UNTIL_WOKEN);
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void fromOneBatchToTheNextItIsTwentyMillisecondsAtMost() {
        writingTakes(Duration.ofMillis(8));
        settleOne();
        recorder.step();
        settleOne();

        assertThat(recorder.step()).isEqualTo(Duration.ofMillis(12).toNanos());
    }

    /** Also where somebody moved the clock by as much meanwhile. */
    @Test
    void afterABatchThatTookLongNothingIsWaitedFor() {
        writingTakes(Duration.ofSeconds(1));
        settleOne();
        recorder.step();
        settleOne();

        recorder.step();
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void aWholeBatchIsWrittenAtOnceAndNothingBeforeItWakesWhoGathers() {
        recorder.onWork(wakeUps::incrementAndGet);
        writingTakes(Duration.ofMillis(2));
        settleOne();
        recorder.step();
        settleOne();
        recorder.step();
        int before = wakeUps.get();

        for (int i = 2; i < settings.batch(); i++) {
            settleOne();
        }

        assertThat(wakeUps).hasValue(before);
        settleOne();
        assertThat(wakeUps).hasValue(before + 1);
        recorder.step();
        assertThat(recorder.backlog()).isZero();
    }

    /** Who closes waits for it to be none: what is let go has still to be told. */
    @Test
    void whatIsRecordedCountsAsBacklogUntilFollowersWereTold() {
        var backlogs = new ArrayList<Integer>();
        recorder.onRecorded(new Recorder.Followers() {
            @Override
            public void recorded(DeliveryOutcome outcome, boolean late) {
                backlogs.add(recorder.backlog());
                assertThat(holdings.size()).isZero();
            }
        });
        var lease = lease();
        recorder.outcome(hold(lease), DeliveryOutcome.cancelled(lease, 1));

        recorder.step();

        assertThat(backlogs).containsExactly(1);
        assertThat(recorder.backlog()).isZero();
    }

    private void writingTakes(Duration duration) {
        recorder.onRecorded(new Recorder.Followers() {
            @Override
            public void batchDone() {
                time.advance(duration);
            }
        });
    }

    private void settleOne() {
        var lease = lease();
        recorder.settle(hold(lease), new Settlement.Done(lease));
    }

    private Lease lease() {
        var ticket = new Ticket(UUID.randomUUID(), UUID.randomUUID(), Duration.ZERO, LEASE, false);
        return queue.enqueue(List.of(ticket)).leases().get(0);
    }

    private Held hold(Lease lease) {
        return holdings.hold(lease, time.nanoTime() + LEASE.toNanos());
    }

    @Test
    void whatWasDecidedUnderAnEarlierLeaseDoesNotTakeTheTicketOff() {
        var first = lease();
        recorder.settle(hold(first), new Settlement.Done(first));

        time.advance(LEASE);
        var claim = new ClaimRequest(1, LEASE, 1, Map.of());
        var second = queue.claim(claim).leases().get(0);
        assertThat(hold(second)).isNull();
        recorder.step();

        assertThat(holdings.size()).isZero();
        assertThat(queue.claim(claim).leases()).hasSize(1);
    }
}
