package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Sample data, each piece with an id of its own. All its moments are whole milliseconds, which every store can keep. Safe
 * for use by several threads.
 */
public final class Samples {
    private static final int COUNTER_BITS = 12;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long RANDOM_MASK = 0x3FFF_FFFF_FFFF_FFFFL;

    private final Supplier<Instant> clock;
    private final AtomicLong lastStamp = new AtomicLong();
    private final AtomicLong made = new AtomicLong();

    /** Data of the moment that this clock shows when it is made. */
    public Samples(Supplier<Instant> clock) {
        this.clock = clock;
    }

    /** The clock's moment in whole milliseconds. */
    public Instant now() {
        return clock.get().truncatedTo(ChronoUnit.MILLIS);
    }

    /** A UUIDv7 of the clock's moment, and greater than all before even if the clock went back. */
    public UUID id() {
        long earliest = now().toEpochMilli() << COUNTER_BITS;
        long stamp = lastStamp.updateAndGet(last -> Math.max(earliest, last + 1));
        long high = (stamp >>> COUNTER_BITS << 16) | VERSION | (stamp & ((1 << COUNTER_BITS) - 1));
        return new UUID(high, VARIANT | (ThreadLocalRandom.current().nextLong() & RANDOM_MASK));
    }

    /** An active subscription of the default tenant to every event, in its first version. */
    public StoredSubscription subscription() {
        return subscription(NewSubscription.DEFAULT_TENANT);
    }

    /** An active subscription of this tenant to every event, in its first version. */
    public StoredSubscription subscription(String tenant) {
        var settings = SubscriptionSettings.to("https://example.com/hooks/" + made.incrementAndGet());
        var subscription = new Subscription(id(), tenant, settings, SubscriptionStatus.ACTIVE, null, 1, now(), now());
        return new StoredSubscription(subscription, List.of(StoredSecret.lasting(SigningSecret.generate())));
    }

    /** The next version of a subscription, with other settings. */
    public StoredSubscription changed(StoredSubscription stored, UnaryOperator<SubscriptionSettings> change) {
        var old = stored.subscription();
        return next(stored, change.apply(old.settings()), old.status());
    }

    /** The next version of a subscription, with another secret, beside which those before expire after so long. */
    public StoredSubscription rotated(StoredSubscription stored, Duration overlap) {
        var old = stored.subscription();
        var secrets = new ArrayList<StoredSecret>();
        secrets.add(StoredSecret.lasting(SigningSecret.generate()));
        stored.secrets().forEach(before -> secrets.add(new StoredSecret(before.secret(), now().plus(overlap))));
        return new StoredSubscription(next(stored, old.settings(), old.status()).subscription(), secrets);
    }

    /** The next version of a subscription, disabled by hand. */
    public StoredSubscription disabled(StoredSubscription stored) {
        return next(stored, stored.subscription().settings(), SubscriptionStatus.DISABLED);
    }

    /** The next version of a subscription, paused. */
    public StoredSubscription paused(StoredSubscription stored) {
        return next(stored, stored.subscription().settings(), SubscriptionStatus.PAUSED);
    }

    /** The next version of a subscription, active. */
    public StoredSubscription enabled(StoredSubscription stored) {
        return next(stored, stored.subscription().settings(), SubscriptionStatus.ACTIVE);
    }

    private StoredSubscription next(
            StoredSubscription stored, SubscriptionSettings settings, SubscriptionStatus status) {
        var old = stored.subscription();
        var reason = status == SubscriptionStatus.DISABLED ? Subscription.DisabledReason.BY_HAND : null;
        return new StoredSubscription(
                new Subscription(
                        old.id(), old.tenant(), settings, status, reason, old.version() + 1, old.createdAt(), now()),
                stored.secrets());
    }

    /** An event of the default tenant, of type {@code order.created}, with a small JSON payload unlike any other. */
    public PublishedEvent event() {
        return event(NewSubscription.DEFAULT_TENANT, "order.created");
    }

    /** An event of this tenant and type, with a small JSON payload unlike any other. */
    public PublishedEvent event(String tenant, String type) {
        return event(tenant, type, Bytes.utf8("{\"order\":" + made.incrementAndGet() + "}"));
    }

    /** An event of this tenant and type with this payload, as {@code application/json}. */
    public PublishedEvent event(String tenant, String type, Bytes payload) {
        return new PublishedEvent(id(), tenant, type, "application/json", Map.of(), payload, now());
    }

    /** A ticket for a new delivery, due now and not leased. */
    public Ticket ticket(UUID subscriptionId) {
        return ticket(subscriptionId, Duration.ZERO);
    }

    /** A ticket for a new delivery, due after the delay. */
    public Ticket ticket(UUID subscriptionId, Duration delay) {
        return Ticket.due(id(), subscriptionId, delay);
    }

    /** A ticket for a delivery that was attempted before, due now. */
    public Ticket retryTicket(UUID subscriptionId) {
        return new Ticket(id(), subscriptionId, Duration.ZERO, null, true);
    }

    /** A ticket for a new delivery, due now and to be leased for so long to whoever puts it on the queue. */
    public Ticket leasedTicket(UUID subscriptionId, Duration lease) {
        return new Ticket(id(), subscriptionId, Duration.ZERO, lease, false);
    }

    /** A publication without idempotency key. */
    public Publication publication(PublishedEvent event, Ticket... deliveries) {
        return new Publication(event, null, Arrays.asList(deliveries));
    }

    /** The same publication under an idempotency key. */
    public Publication keyed(String key, String content, Publication publication) {
        var idempotency = new Publication.Idempotency(key, Bytes.utf8(content));
        return new Publication(publication.event(), idempotency, publication.deliveries());
    }

    /** An attempt that was answered 200. */
    public Attempt succeeded(UUID deliveryId, int number) {
        return attempt(deliveryId, number, AttemptOutcome.SUCCEEDED, 200);
    }

    /** An attempt that was answered 500. */
    public Attempt rejected(UUID deliveryId, int number) {
        return attempt(deliveryId, number, AttemptOutcome.REJECTED, 500);
    }

    private Attempt attempt(UUID deliveryId, int number, AttemptOutcome outcome, int status) {
        return new Attempt(
                id(),
                deliveryId,
                number,
                now(),
                Duration.ofMillis(12),
                "https://example.com/hooks",
                1,
                outcome,
                status,
                null,
                List.of(new Header("Content-Type", "text/plain")),
                Bytes.utf8("answer " + made.incrementAndGet()));
    }
}
