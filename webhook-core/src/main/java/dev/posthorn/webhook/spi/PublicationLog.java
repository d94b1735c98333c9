package dev.posthorn.webhook.spi;

import java.util.List;

/** Where publications are written. */
public interface PublicationLog {
    /**
     * Writes events and their deliveries: all of them or none, in one transaction. With the store's own queue the tickets
     * are written in the same transaction, and those that ask for a lease are leased at once to whoever calls. Appending
     * the same publications again, in case the answer of a commit was lost, changes nothing and returns the same receipts,
     * but no leases: nobody can tell any more whose they are.
     *
     * <p>Of concurrent appends with one idempotency key one writes; the others wait for its commit and get its receipt, or
     * write themselves if it rolls back. Two publications of one call may share a key, too.
     *
     * @return one for each publication, in their order
     * @throws dev.posthorn.webhook.ConflictException if a key has been used with other content; nothing was written
     */
    List<Appended> append(List<Publication> publications);
}
