package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.JoinedPublisher;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.PublicationLog;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Publishes in the transaction that Spring has begun on the store's data source, and where there is none in one of its own.
 */
final class JoiningPublisher implements WebhookPublisher {
    private final WebhookPublisher own;
    private final PostgresWebhookStore store;
    private final DataSource dataSource;
    private final TransactionTracker transactions;
    private final Supplier<WebhookDispatcher> webhooks;

    JoiningPublisher(
            WebhookPublisher own,
            PostgresWebhookStore store,
            TransactionTracker transactions,
            Supplier<WebhookDispatcher> webhooks) {
        this.own = own;
        this.store = store;
        dataSource = unwrapped(store.dataSource());
        this.transactions = transactions;
        this.webhooks = webhooks;
    }

    /** A proxy that joins by itself: transactions are begun on, and so bound to, what stands behind it. */
    static DataSource unwrapped(DataSource dataSource) {
        var target = dataSource instanceof TransactionAwareDataSourceProxy proxy ? proxy.getTargetDataSource() : null;
        return target == null ? dataSource : unwrapped(target);
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
        var joined = joined();
        return joined == null ? own : joined;
    }

    private @Nullable JoinedPublisher joined() {
        if (!(TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder connection)) {
            return null;
        }
        var transaction = transactions.of(connection);
        if (transaction == null) {
            return null;
        }
        transaction.checkWritable();
        return transaction.publisher(() -> webhooks.get().publisher(log(connection)));
    }

    private PublicationLog log(ConnectionHolder connection) {
        return publications -> {
            connection.requested();
            try {
                return store.joining(connection.getConnection()).append(publications);
            } finally {
                connection.released();
            }
        };
    }
}
