package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What {@link OutsideQueue} promises beside what every queue does. That its mark is lost with its tickets, a test of its own must show. */
public abstract class OutsideQueueContract extends DeliveryQueueContract {
    /** For subclasses. */
    protected OutsideQueueContract() {}

    @Override
    protected abstract OutsideQueue createQueue();

    @Nested
    class Marking {
        private final OutsideQueue queue = createQueue();

        @Test
        void aNewQueueHasNoMark() {
            assertThat(queue.mark()).isEmpty();
        }

        @Test
        void aMarkReplacesWhateverWasThere() {
            assertThat(queue.mark(null, "one")).isTrue();
            assertThat(queue.mark(null, "x".repeat(200))).isTrue();
            assertThat(queue.mark()).contains("x".repeat(200));
        }

        @Test
        void aMarkReplacesOnlyTheOneThatIsNamed() {
            assertThat(queue.mark("one", "two")).isFalse();
            assertThat(queue.mark()).isEmpty();
            queue.mark(null, "one");
            assertThat(queue.mark("on", "two")).isFalse();
            assertThat(queue.mark()).contains("one");
            assertThat(queue.mark("one", "two")).isTrue();
            assertThat(queue.mark()).contains("two");
            assertThat(queue.mark("one", "three")).isFalse();
        }

        @Test
        void aMarkStaysWhateverBecomesOfTickets() {
            queue.mark(null, "mark");
            var samples = new Samples(Instant::now);
            for (int i = 0; i < 3; i++) {
                queue.enqueue(List.of(samples.ticket(samples.id())));
            }
            var leases = queue.claim(new ClaimRequest(2, Duration.ofMinutes(1), 1, Map.of()))
                    .leases();
            queue.settle(leases.stream().<Settlement>map(Settlement.Done::new).toList());
            advance(Duration.ofDays(30));
            var last = queue.claim(new ClaimRequest(2, Duration.ofMinutes(1), 1, Map.of()))
                    .leases();
            queue.remove(List.of(last.get(0).deliveryId()));

            assertThat(queue.stats().tickets()).isZero();
            assertThat(queue.mark()).contains("mark");
        }

        @Test
        void ofSeveralThatReplaceTheSameOneAtMostOneDoes() {
            for (int round = 0; round < 20; round++) {
                queue.mark(null, "before");
                var number = new AtomicInteger();
                var left = Race.of(4, () -> queue.mark("before", "after " + number.incrementAndGet()));
                assertThat(left.stream().filter(each -> each)).hasSizeLessThanOrEqualTo(1);
            }
        }
    }
}
