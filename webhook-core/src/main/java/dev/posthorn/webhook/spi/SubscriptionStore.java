package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions, and a history of changes from which nodes feed their caches. */
public interface SubscriptionStore {
    /**
     * Stores a new subscription.
     *
     * @throws dev.posthorn.webhook.ConflictException if there is, or was, one with its id
     */
    void insert(StoredSubscription subscription);

    /**
     * Replaces a subscription, if its stored version is one less than the given one's. Where that makes it
     * active again, a {@link Chore.Kind#RESTORE} is stored with it.
     *
     * @return whether it was replaced; false if it is not there or its version is another
     */
    boolean update(StoredSubscription subscription);

    /**
     * Deletes a subscription and stores a {@link Chore.Kind#CANCEL} with that.
     *
     * @return whether it was there
     */
    boolean delete(UUID id);

    /** The subscription with this id, unless deleted. */
    Optional<StoredSubscription> find(UUID id);

    /** Subscriptions, oldest first. */
    Page<Subscription> list(SubscriptionQuery query);

    /**
     * What has changed since a position, including deletions. No change is ever missed: one that is committed later comes
     * later in the history.
     *
     * @param position {@link SubscriptionChanges#START}, or where the stretch before ended
     * @param limit how many changes at most
     */
    SubscriptionChanges changes(long position, int limit);

    /**
     * Looks at some subscriptions, oldest first, and encrypts those of their secrets anew that are not encrypted as they would be
     * now ({@link SecretCipher#isCurrent}). That changes nothing else: no version, and nothing in the history. A change made
     * meanwhile wins. A store that encrypts nothing has nothing to do.
     *
     * @param after from which subscription on, itself excluded; {@code null} for all
     * @param limit at how many to look at most
     */
    RenewedSecrets renewSecrets(@Nullable UUID after, int limit);

    /** Chores not done yet, oldest first. */
    List<Chore> chores(int limit);

    /** Takes a chore off the list, unless the subscription has been changed since it was put there. */
    void choreDone(Chore chore);

    /**
     * Takes down what nodes learned of endpoints. Of a subscription that is not there, or has another version by now,
     * nothing is taken down. A report that an endpoint works clears its mark; one of failures sets a mark, or adds to it.
     *
     * @param reports at most one for each subscription
     */
    void report(List<EndpointReport> reports);

    /**
     * Marks of active subscriptions whose endpoints have failed often enough for long enough, those that began first coming
     * first. Only marks of the subscription's present version count.
     *
     * @param atLeast how much time lies between the first failure and the last
     * @param failures how many there were at least
     * @param limit how many marks at most
     */
    List<FailingMark> failing(Duration atLeast, int failures, int limit);

    /** The subscription's mark, if its endpoint has done nothing but fail in the subscription's present version. */
    Optional<FailingMark> failing(UUID subscriptionId);
}
