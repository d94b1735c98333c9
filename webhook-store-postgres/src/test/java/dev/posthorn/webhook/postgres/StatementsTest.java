package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many statements batches cost: none per delivery. */
class StatementsTest {
    private final Samples samples = new Samples(Instant::now);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBatchOf500CostsFourStatementsInAllAndAnAppendOne(boolean autoCommit) {
        DataSource pool = autoCommit ? TestDatabase.autoCommitting() : TestDatabase.notAutoCommitting();
        var counting = new CountingDataSource(pool);
        var store = TestDatabase.builder(counting, TimeSource.system()).build();
        var deliveries = store.deliveries();
        var queue = store.queue().orElseThrow();
        var stored = samples.subscription();
        store.subscriptions().insert(stored);
        var subscription = stored.subscription().id();
        // The first makes the day's tables.
        deliveries.append(List.of(samples.publication(samples.event(), samples.ticket(subscription))));
        queue.claim(new ClaimRequest(1, Duration.ofMinutes(1), 1, Map.of()));

        List<Publication> publications = IntStream.range(0, 500)
                .mapToObj(i -> samples.publication(samples.event(), samples.ticket(subscription)))
                .toList();
        counting.take();
        deliveries.append(publications);
        assertThat(counting.take()).hasSize(1);

        var leases = queue.claim(new ClaimRequest(500, Duration.ofMinutes(1), 500, Map.of()))
                .leases();
        var ready = deliveries.load(leases, Long.MAX_VALUE).ready();
        assertThat(ready).hasSize(500);
        deliveries.record(ready.stream()
                .map(each -> DeliveryOutcome.succeeded(
                        each.lease(),
                        each.version(),
                        samples.succeeded(each.lease().deliveryId(), 1)))
                .toList());

        assertThat(counting.take()).hasSizeLessThanOrEqualTo(4);
        assertThat(queue.stats().tickets()).isEqualTo(1);
    }
}
