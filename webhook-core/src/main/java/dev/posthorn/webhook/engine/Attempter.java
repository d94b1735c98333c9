package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.OutgoingRequest;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one attempt at a delivery that this node holds, on the calling thread, and tells the recorder what came of it. Its
 * parts before and after the sending can be called apart, by whoever sends without blocking a thread.
 */
final class Attempter {
    private static final Logger log = LoggerFactory.getLogger(Attempter.class);

    /** What must be left of a lease when the longest possible attempt has ended. */
    private static final Duration TO_RECORD = Duration.ofSeconds(1);

    private final EngineSettings settings;
    private final SubscriptionCache subscriptions;
    private final Holdings holdings;
    private final Recorder recorder;
    private final WebhookTransport transport;
    private final Signatures signatures;
    private final HostHeaders hostHeaders;
    private final CorrectedClock clock;
    private final Ids ids;
    private final Supplier<RandomGenerator> random;

    Attempter(
            EngineSettings settings,
            SubscriptionCache subscriptions,
            Holdings holdings,
            Recorder recorder,
            WebhookTransport transport,
            Signatures signatures,
            HostHeaders hostHeaders,
            CorrectedClock clock,
            Ids ids,
            Supplier<RandomGenerator> random) {
        this.settings = settings;
        this.subscriptions = subscriptions;
        this.holdings = holdings;
        this.recorder = recorder;
        this.transport = transport;
        this.signatures = signatures;
        this.hostHeaders = hostHeaders;
        this.clock = clock;
        this.ids = ids;
        this.random = random;
    }

    /** An attempt that has begun. */
    record Begun(
            Held delivery,
            CachedSubscription subscription,
            RetryPolicy policy,
            UUID attemptId,
            int number,
            Instant startedAt,
            long startNanos,
            Duration timeout) {}

    /**
     * Makes the attempt, or finds that none may be made.
     *
     * @return what it taught of the endpoint
     */
    Lesson attempt(Held delivery) {
        try {
            var begun = begin(delivery);
            return begun == null ? Lesson.NONE : conclude(begun, send(begun));
        } catch (Throwable problem) {
            return abandon(delivery, problem);
        }
    }

    /** After anything was thrown, errors too: what is held must be let go. The lease runs out, and the delivery comes back. */
    Lesson abandon(Held delivery, Throwable problem) {
        holdings.release(delivery);
        log.warn("attempt at delivery {} could not be made", delivery.deliveryId(), problem);
        return Lesson.NONE;
    }

    /** Begins the attempt; {@code null} if none may be made, which has then been dealt with. */
    @Nullable
    Begun begin(Held delivery) {
        if (delivery.ready().lease().token() != delivery.lease().token()) {
            // It was claimed again after it had been read, so others may have made attempts, or hosts changes, in
            // between.
            recorder.settle(delivery, new Settlement.Again(delivery.lease(), Duration.ZERO));
            return null;
        }
        var subscription = subscriptions.knownOrNew(delivery.subscriptionId());
        if (subscription.isPresent() && !subscription.get().isActive()) {
            // Truth is asked before a ticket is parked: if somebody has just enabled or resumed the subscription,
            // nobody would put it back.
            subscription = subscriptions.findNow(delivery.subscriptionId());
        }
        if (subscription.isEmpty()) {
            // Its deliveries are cancelled when it is deleted, but this may have been published afterwards, by a node
            // that had not heard of it.
            recorder.outcome(delivery, DeliveryOutcome.cancelled(delivery.lease(), version(delivery)));
            return null;
        }
        if (!subscription.get().isActive()) {
            recorder.park(delivery, subscription.get());
            return null;
        }
        return begin(delivery, subscription.get());
    }

    private @Nullable Begun begin(Held delivery, CachedSubscription subscription) {
        var policy = settings.retryOf(subscription);
        var timeout = shorter(
                // It may have been set on a node with longer leases.
                orElse(subscription.settings().timeout(), settings.timeout()), settings.longestTimeout());
        long startNanos = settings.time().nanoTime();
        if (delivery.sinceFirstDue(startNanos)
                > settings.expiresAfter(subscription).toNanos()) {
            recorder.outcome(
                    delivery, DeliveryOutcome.failed(delivery.lease(), version(delivery), null, FailureReason.EXPIRED));
            return null;
        }
        if (delivery.leaseLeft(startNanos) < timeout.plus(TO_RECORD).toNanos()) {
            // It could outlive the lease, and then be sent by two nodes at once. Another claim will bring it back.
            log.debug("delivery {} waited too long in its lane", delivery.deliveryId());
            holdings.release(delivery);
            return null;
        }
        var attemptId = ids.next();
        var startedAt = clock.now();
        int number = delivery.ready().attemptCount() + 1;
        return new Begun(delivery, subscription, policy, attemptId, number, startedAt, startNanos, timeout);
    }

    /**
     * Records what came of the attempt.
     *
     * @return what it taught of the endpoint
     */
    Lesson conclude(Begun begun, TransportResult result) {
        var delivery = begun.delivery;
        var subscription = begun.subscription;
        var duration = Duration.ofNanos(settings.time().nanoTime() - begun.startNanos);
        var verdict = Verdict.of(
                result,
                begun.policy,
                delivery.ready().attemptsThisRound(),
                settings.longestRetryAfter(),
                clock.now(),
                random.get());
        var response = result instanceof TransportResult.Response answered ? answered : null;
        var attempt = new Attempt(
                begun.attemptId,
                delivery.deliveryId(),
                begun.number,
                begun.startedAt,
                duration,
                subscription.settings().url(),
                subscription.subscription().version(),
                verdict.outcome(),
                response == null ? null : response.status(),
                result instanceof TransportResult.Failure failure ? failure.detail() : null,
                response == null ? List.<Header>of() : response.headers(),
                response == null ? Bytes.EMPTY : response.body());
        log.debug(
                "delivery {} attempt {} to subscription {}: {} {} in {} ms",
                delivery.deliveryId(),
                begun.number,
                delivery.subscriptionId(),
                attempt.outcome(),
                attempt.statusCode(),
                duration.toMillis());
        recorder.outcome(
                delivery,
                new DeliveryOutcome(
                        delivery.lease(),
                        version(delivery),
                        attempt,
                        verdict.status(),
                        verdict.failure(),
                        verdict.retryIn()));
        return Lesson.of(attempt.outcome(), attempt.statusCode(), duration, verdict.pause());
    }

    /** Sends the request and waits for the answer. */
    TransportResult send(Begun begun) {
        var subscription = begun.subscription;
        var url = subscription.url();
        if (url == null) {
            return new TransportResult.Failure(AttemptOutcome.BLOCKED, "the subscription's URL cannot be called");
        }
        var event = begun.delivery.ready().event();
        var left = begun.timeout;
        var fromHost = Map.<String, String>of();
        if (!hostHeaders.areNone()) {
            var given = hostHeaders.ask(
                    new OutgoingRequest(
                            begun.delivery.deliveryId(), event, subscription.subscription(), begun.number, url),
                    begun.timeout);
            left = begun.timeout.minusNanos(settings.time().nanoTime() - begun.startNanos);
            if (given.failure() != null) {
                return given.failure();
            }
            if (left.isNegative() || left.isZero()) {
                // Sent now, it could outlive the lease.
                return HostHeaders.TOO_SLOW;
            }
            fromHost = given.headers();
        }
        List<Header> headers;
        try {
            headers = RequestHeaders.of(event, subscription, begun.number, begun.startedAt, signatures, fromHost);
        } catch (CannotSignException unsigned) {
            return new TransportResult.Failure(AttemptOutcome.ERROR, "not sent: " + unsigned.getMessage());
        }
        try {
            return transport.send(
                    new TransportRequest(begun.delivery.subscriptionId(), url, headers, event.payload(), left));
        } catch (RuntimeException broken) {
            // A transport must not do this. Counted as an attempt, because the request may have been sent.
            log.warn("the transport threw", broken);
            return new TransportResult.Failure(AttemptOutcome.ERROR, "the transport failed: " + broken.getClass());
        }
    }

    private static long version(Held delivery) {
        return delivery.ready().version();
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
