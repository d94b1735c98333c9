package dev.posthorn.webhook.spring.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A subscription as the server shows it. Only the answers to its creation and to a rotation have the secret; or, of a private
 * key, which nobody else needs, the public one.
 */
record SubscriptionJson(
        UUID id,
        String tenant,
        String targetUrl,
        List<String> eventTypes,
        @Nullable JsonNode filter,
        @Nullable String description,
        Map<String, String> headers,
        Map<String, String> metadata,
        @Nullable Integer maxInFlight,
        @Nullable RateLimitJson rateLimit,
        @Nullable Long timeoutMs,
        @Nullable RetryJson retry,
        SignatureJson signature,
        SubscriptionStatus status,
        @Nullable DisabledReason disabledReason,
        LaneJson lane,
        String maskedSecret,
        long version,
        Instant createdAt,
        Instant updatedAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String secret,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String publicKey,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant overlapEndsAt) {

    /** When to try again. */
    record RetryJson(List<Long> delaysMs, double jitter) {
        static RetryJson of(RetryPolicy policy) {
            return new RetryJson(
                    policy.delays().stream().map(Duration::toMillis).toList(), policy.jitter());
        }
    }

    /** How many attempts may begin in a time. */
    record RateLimitJson(int attempts, long perMs, int burst) {
        static RateLimitJson of(RateLimit limit) {
            return new RateLimitJson(limit.attempts(), limit.per().toMillis(), limit.burst());
        }
    }

    /** How it fares on this node. */
    record LaneJson(
            LaneState.Breaker breaker,
            int inFlight,
            int held,
            @Nullable Long resumesInMs) {
        static LaneJson of(LaneState lane) {
            var resumesIn = lane.resumesIn();
            return new LaneJson(
                    lane.breaker(), lane.inFlight(), lane.held(), resumesIn == null ? null : resumesIn.toMillis());
        }
    }

    /** How requests are signed, and whether what is ingested must be. */
    record SignatureJson(List<String> schemes, boolean required) {}

    static SubscriptionJson of(Subscription subscription, String maskedSecret, LaneState lane) {
        var settings = subscription.settings();
        var filter = settings.filter();
        var rateLimit = settings.rateLimit();
        var timeout = settings.timeout();
        var retry = settings.retry();
        return new SubscriptionJson(
                subscription.id(),
                subscription.tenant(),
                settings.url(),
                settings.eventTypes(),
                filter == null ? null : JsonFields.MAPPER.readTree(filter.toJson()),
                settings.description(),
                settings.headers(),
                settings.metadata(),
                settings.maxInFlight(),
                rateLimit == null ? null : RateLimitJson.of(rateLimit),
                timeout == null ? null : timeout.toMillis(),
                retry == null ? null : RetryJson.of(retry),
                new SignatureJson(settings.signatureSchemes(), settings.signedIngest()),
                subscription.status(),
                subscription.disabledReason(),
                LaneJson.of(lane),
                maskedSecret,
                subscription.version(),
                subscription.createdAt(),
                subscription.updatedAt(),
                null,
                null,
                null);
    }

    /** With its newest secret or, of a private key, the public one. */
    SubscriptionJson with(SigningSecret newest) {
        var ofKey = newest.publicKey().orElse(null);
        return with(ofKey == null ? newest.reveal() : null, ofKey, overlapEndsAt);
    }

    /** With the end of the time in which the secrets sign that were replaced. */
    SubscriptionJson overlapEndsAt(Instant end) {
        return with(secret, publicKey, end);
    }

    private SubscriptionJson with(@Nullable String newSecret, @Nullable String newKey, @Nullable Instant overlapEnd) {
        return new SubscriptionJson(
                id,
                tenant,
                targetUrl,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeoutMs,
                retry,
                signature,
                status,
                disabledReason,
                lane,
                maskedSecret,
                version,
                createdAt,
                updatedAt,
                newSecret,
                newKey,
                overlapEnd);
    }
}
