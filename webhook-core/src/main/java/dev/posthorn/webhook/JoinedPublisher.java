package dev.posthorn.webhook;

/**
 * Publishes into a transaction of the host's: events exist exactly if that commits. Made by
 * {@link WebhookDispatcher#publisher}, one for each transaction, and used by one thread at a time, as that is.
 */
public interface JoinedPublisher extends WebhookPublisher {
    /**
     * The transaction has committed: what was published in it is delivered now. Without this call it is found within the poll
     * interval; with a queue that is not the store's own, only when what is overdue is put on that queue, after two leases
     * and half a minute. Called after a rollback it does no harm. Throws nothing where the queue cannot be reached: that is as
     * if it had not been called.
     */
    void committed();
}
