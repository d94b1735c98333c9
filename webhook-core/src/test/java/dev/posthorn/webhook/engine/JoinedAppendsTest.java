package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JoinedAppendsTest {
    private final ManualTime time = new ManualTime();
    private final List<Ticket> onQueue = new ArrayList<>();
    private final JoinedAppends appends = new JoinedAppends(onQueue::addAll, () -> {}, time);

    private Publication append(Duration delay, boolean duplicate) {
        var id = UUID.randomUUID();
        var event = new PublishedEvent(id, "default", "a", "text/plain", Map.of(), Bytes.EMPTY, time.now());
        var publication = new Publication(event, null, List.of(Ticket.due(UUID.randomUUID(), id, delay)));
        appends.appended(
                List.of(publication), List.of(new Appended(new PublishReceipt(id, List.of(), duplicate), List.of())));
        return publication;
    }

    @Test
    void theTimeThatTheTransactionTakesCountsAsDelay() {
        append(Duration.ofSeconds(10), false);
        append(Duration.ofSeconds(3), false);
        time.advance(Duration.ofSeconds(4));
        assertThat(onQueue).isEmpty();

        appends.committed();

        assertThat(onQueue).extracting(Ticket::delay).containsExactly(Duration.ofSeconds(6), Duration.ZERO);
    }

    @Test
    void whatWasPublishedBeforeIsNotPutOnTheQueueAgain() {
        append(Duration.ZERO, true);
        var ticket = append(Duration.ZERO, false).deliveries().get(0);

        appends.committed();
        appends.committed();

        assertThat(onQueue).containsExactly(ticket);
    }
}
