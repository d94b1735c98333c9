package dev.posthorn.webhook;

import dev.posthorn.webhook.engine.Engine;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads deliveries, and tries them again or cancels them by hand. Every method throws
 * {@link dev.posthorn.webhook.spi.StoreException} if the store fails. Safe for use by several threads.
 */
public final class Deliveries {
    private final Engine engine;
    private final DeliveryStore store;
    private final InputRules rules;

    Deliveries(Engine engine, WebhookStore store, InputRules rules) {
        this.engine = engine;
        this.store = store.deliveries();
        this.rules = rules;
    }

    /** The delivery with this id, its event and its attempts; empty if there is none, or it is past the retention. */
    public Optional<DeliveryDetails> get(UUID id) {
        return store.find(id)
                .flatMap(delivery -> store.findEvent(delivery.eventId())
                        .map(event -> new DeliveryDetails(delivery, event, store.attempts(id))));
    }

    /** The event with this id; empty if there is none, or it is past the retention. */
    public Optional<PublishedEvent> event(UUID id) {
        return store.findEvent(id);
    }

    /**
     * Lists deliveries, newest first.
     *
     * @throws InvalidInputException if the limit or the cursor is out of bounds
     */
    public Page<Delivery> list(DeliveryQuery query) {
        rules.check(query);
        return store.list(query);
    }

    /**
     * Tries a delivery again now. One that waits becomes due at once; one that is terminal becomes pending again, keeps its
     * attempts, and begins a new round of its retry policy.
     *
     * @return the delivery as it is now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if an attempt at it is just being made, or its subscription is disabled or deleted
     */
    public Delivery retry(UUID id) {
        engine.checkOpen();
        var delivery = existing(id);
        checkDeliverable(delivery.subscriptionId());
        var retried = engine.retry(Map.of(id, Duration.ZERO));
        if (retried.leased().contains(id)) {
            throw new ConflictException("an attempt is just being made at delivery " + id);
        }
        return existing(id);
    }

    /**
     * Tries one page of a subscription's failed deliveries again, spread out over time. Call it with each answer's
     * {@code next} until there is none. What a page did is durable when it is answered, and its {@code next} can be used at any
     * time, on any node: so whoever keeps that goes on where it was broken off. Whoever has lost it begins again with the
     * same {@link RetryFailed#failedUntil()}, and none is retried twice.
     *
     * @throws InvalidInputException naming every fault
     * @throws NotFoundException if the target is not there, or another tenant's
     * @throws ConflictException if the subscription, or the target if there is one, is disabled or deleted
     * @throws BacklogFullException if so much may not be pending for the target; a part of the page may have been done
     */
    public RetryProgress retryFailed(RetryFailed request) {
        engine.checkOpen();
        var from = Cursor.parse(request);
        var target = request.target();
        if (target != null && engine.subscriptions().find(target).isEmpty()) {
            throw new NotFoundException("no subscription " + target);
        }
        checkDeliverable(target == null ? request.subscriptionId() : target);
        var page = store.list(DeliveryQuery.ofSubscription(request.subscriptionId())
                .status(DeliveryStatus.FAILED)
                .since(request.since())
                .after(from.after)
                .limit(request.limit()));
        var now = engine.now();
        var failedUntil = Objects.requireNonNullElse(from.failedUntil, now);
        long nextDue = Math.max(0, Duration.between(now, from.due).toNanos());
        long gap = Duration.ofSeconds(1).toNanos() / request.perSecond();
        var delays = new LinkedHashMap<Delivery, Duration>();
        for (var delivery : page.items()) {
            var failedAt = delivery.completedAt();
            // One that has failed since the run began was retried by it, or is not its business.
            if (failedAt != null && !failedAt.isAfter(failedUntil)) {
                delays.put(delivery, Duration.ofNanos(nextDue));
                nextDue += gap;
            }
        }
        int retried = target == null ? retryAll(delays) : new Redirection(target, now).publish(delays);
        var next = page.next() == null ? null : new Cursor(page.next(), now.plusNanos(nextDue), failedUntil).toString();
        return new RetryProgress(retried, failedUntil, next);
    }

    private int retryAll(Map<Delivery, Duration> delays) {
        var byId = new LinkedHashMap<UUID, Duration>();
        delays.forEach((delivery, delay) -> byId.put(delivery.id(), delay));
        return engine.retry(byId).tickets().size();
    }

    /** Publishes the events of deliveries to another subscription, a few at a time, so that not all of them are in memory. */
    private final class Redirection {
        private static final int MOST_BYTES = 4 * 1024 * 1024;

        private final UUID target;
        private final Instant now;
        private final List<WebhookEvent> gathered = new ArrayList<>();
        private int bytes;
        private int published;

        Redirection(UUID target, Instant now) {
            this.target = target;
            this.now = now;
        }

        int publish(Map<Delivery, Duration> delays) {
            delays.forEach((delivery, delay) -> store.findEvent(delivery.eventId())
                    .ifPresent(event -> add(WebhookEvent.of(event.type(), event.contentType(), event.payload())
                            .headers(event.headers())
                            .tenant(event.tenant())
                            .idempotencyKey("retry-failed " + delivery.id() + " to " + target)
                            .notBefore(now.plus(delay)))));
            flush();
            return published;
        }

        private void add(WebhookEvent event) {
            if (bytes + event.payload().size() > MOST_BYTES) {
                flush();
            }
            gathered.add(event);
            bytes += event.payload().size();
        }

        private void flush() {
            if (!gathered.isEmpty()) {
                for (var receipt : engine.publisher().publishTo(target, gathered)) {
                    published += receipt.duplicate() ? 0 : receipt.deliveryIds().size();
                }
            }
            gathered.clear();
            bytes = 0;
        }
    }

    /**
     * Cancels a delivery that is pending. Does nothing if it is cancelled already. If an attempt at it runs and succeeds,
     * the delivery still ends SUCCEEDED.
     *
     * @return the delivery as it is now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it has succeeded or failed
     */
    public Delivery cancel(UUID id) {
        engine.checkOpen();
        var cancelled = store.cancel(Set.of(id));
        engine.cancelled(cancelled);
        var delivery = existing(id);
        if (cancelled.isEmpty() && delivery.status() != DeliveryStatus.CANCELLED) {
            throw new ConflictException("the delivery is over, as " + delivery.status() + ": " + id);
        }
        return delivery;
    }

    private Delivery existing(UUID id) {
        return store.find(id).orElseThrow(() -> new NotFoundException("no delivery " + id));
    }

    private void checkDeliverable(UUID subscriptionId) {
        var subscription = engine.subscriptions().find(subscriptionId);
        if (subscription.isEmpty()) {
            throw new ConflictException("the subscription was deleted: " + subscriptionId);
        }
        if (!subscription.get().takesEvents()) {
            throw new ConflictException("the subscription is disabled: " + subscriptionId);
        }
    }

    /** The last delivery of the page before, when the first of the next page is due, and when the run began. */
    private record Cursor(
            @Nullable String after, Instant due, @Nullable Instant failedUntil) {
        private static final int MOST = 1_000;
        private static final int FASTEST = 10_000;

        static Cursor parse(RetryFailed request) {
            var faults = new Faults();
            faults.check(request.limit() >= 1 && request.limit() <= MOST, "limit", "must be from 1 to " + MOST);
            faults.check(
                    request.perSecond() >= 1 && request.perSecond() <= FASTEST,
                    "perSecond",
                    "must be from 1 to " + FASTEST);
            faults.check(!request.subscriptionId().equals(request.target()), "target", "must be another subscription");
            var cursor = new Cursor(null, Instant.EPOCH, request.failedUntil());
            if (request.after() != null) {
                var parts = request.after().split("@", 3);
                try {
                    var begun = Instant.parse(parts[2]);
                    cursor = new Cursor(
                            UUID.fromString(parts[0]).toString(),
                            Instant.parse(parts[1]),
                            Objects.requireNonNullElse(request.failedUntil(), begun));
                } catch (IllegalArgumentException | DateTimeException | ArrayIndexOutOfBoundsException notOne) {
                    faults.add("after", "must be what an earlier page gave as next");
                }
            }
            faults.throwIfAny();
            return cursor;
        }

        @Override
        public String toString() {
            return after + "@" + due + "@" + failedUntil;
        }
    }
}
