package dev.posthorn.webhook.spi;

/**
 * A store that can write events within a transaction of the host's.
 *
 * @param <T> what stands for the transaction, such as a JDBC connection
 */
public interface TransactionalStore<T> extends WebhookStore {
    /**
     * A log whose appends take part in the given transaction: they exist exactly if it commits. It neither commits nor
     * rolls back, and is used by one thread at a time, as the transaction is.
     */
    PublicationLog joining(T transaction);
}
