package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.JoinedPublisher;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes to a store in memory, which can take part in no transaction: what is published in one is held back until it has
 * committed.
 */
final class MemoryPublisher implements WebhookPublisher {
    private static final Logger log = LoggerFactory.getLogger(MemoryPublisher.class);

    private final WebhookPublisher own;
    private final InMemoryWebhookStore store;
    private final TransactionTracker transactions;
    private final Supplier<WebhookDispatcher> webhooks;

    MemoryPublisher(
            WebhookPublisher own,
            InMemoryWebhookStore store,
            TransactionTracker transactions,
            Supplier<WebhookDispatcher> webhooks) {
        this.own = own;
        this.store = store;
        this.transactions = transactions;
        this.webhooks = webhooks;
    }

    @Override
    public List<PublishReceipt> publish(List<WebhookEvent> events) {
        return publisher().publish(events);
    }

    @Override
    public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
        return publisher().publishTo(subscriptionId, event);
    }

    private WebhookPublisher publisher() {
        var transaction = transactions.innermost();
        if (transaction == null) {
            return own;
        }
        transaction.checkWritable();
        return transaction.publisher(HeldBack::new);
    }

    private final class HeldBack implements JoinedPublisher {
        private final List<Publication> written = new ArrayList<>();
        private final JoinedPublisher publisher = webhooks.get().publisher(this::append);

        private List<Appended> append(List<Publication> publications) {
            written.addAll(publications);
            return publications.stream().map(HeldBack::appended).toList();
        }

        private static Appended appended(Publication publication) {
            var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
            return new Appended(new PublishReceipt(publication.event().id(), ids, false), List.of());
        }

        @Override
        public List<PublishReceipt> publish(List<WebhookEvent> events) {
            return publisher.publish(events);
        }

        @Override
        public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
            return publisher.publishTo(subscriptionId, event);
        }

        @Override
        public void committed() {
            try {
                store.deliveries().append(written);
            } catch (ConflictException tooLate) {
                log.warn("events of a transaction that has committed are not published", tooLate);
            }
            publisher.committed();
        }
    }
}
