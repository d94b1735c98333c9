package dev.posthorn.webhook;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription's owner may set and change. Immutable; each method with a parameter returns a changed copy. Checked
 * when it is used to create or update a subscription. Changes apply from the next attempt on.
 *
 * @param url where deliveries go, by POST: {@code https} or {@code http}, without user info or fragment
 * @param eventTypes the types it wants, at least one: an exact type, or a pattern where {@code *} stands for one
 *     dot-separated segment ({@code order.*}), a last {@code **} for one or more ({@code order.**}), and {@code *} alone
 *     for every type, which is the default
 * @param filter what it wants of their payloads, when they are published; {@code null} for whatever it is. With a filter it
 *     gets only payloads that are JSON and have a content type that says so
 * @param description for people; at most 1,024 characters
 * @param headers added to every request; an event's own header of the same name wins; at most 64, 8 KB in all
 * @param metadata the host's own notes, never sent; at most 64 entries, 8 KB in all
 * @param maxInFlight how many of its attempts may run at once on one node; {@code null} for the dispatcher's default
 * @param rateLimit how many of its attempts may begin in a time, on all nodes together; {@code null} for the dispatcher's
 *     default
 * @param timeout for a whole attempt, from the first look-up to the last byte; {@code null} for the dispatcher's default
 * @param retry when to try again; {@code null} for the dispatcher's default
 * @param signatureSchemes how requests are signed: 1 to 8 names, those of {@link Signer} or of signers of the host's own;
 *     by default {@link Signer#STANDARD_WEBHOOKS} alone. With and without that, {@code webhook-id} and
 *     {@code webhook-timestamp} are sent
 * @param signedIngest whether what is taken in for it from elsewhere, as the REST API does, must be
 *     {@linkplain Subscriptions#isSigned signed} with a symmetric secret of its own; false by default. What the host publishes
 *     itself is not asked for it
 */
public record SubscriptionSettings(
        String url,
        List<String> eventTypes,
        @Nullable PayloadFilter filter,
        @Nullable String description,
        Map<String, String> headers,
        Map<String, String> metadata,
        @Nullable Integer maxInFlight,
        @Nullable RateLimit rateLimit,
        @Nullable Duration timeout,
        @Nullable RetryPolicy retry,
        List<String> signatureSchemes,
        boolean signedIngest) {
    private static final List<String> STANDARD = List.of(Signer.STANDARD_WEBHOOKS);

    /** Keeps copies of the lists and the maps, in their order. */
    public SubscriptionSettings {
        eventTypes = List.copyOf(eventTypes);
        headers = copyOf(headers);
        metadata = copyOf(metadata);
        signatureSchemes = signatureSchemes.equals(STANDARD) ? STANDARD : List.copyOf(signatureSchemes);
    }

    /** Nothing and the usual are shared: a node keeps the settings of all subscriptions in memory. */
    private static Map<String, String> copyOf(Map<String, String> given) {
        return given.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(given));
    }

    /** Every event to this URL, all else by default. */
    public static SubscriptionSettings to(String url) {
        return new SubscriptionSettings(
                url, List.of("*"), null, null, Map.of(), Map.of(), null, null, null, null, STANDARD, false);
    }

    /** With another URL. */
    public SubscriptionSettings url(String newUrl) {
        return new SubscriptionSettings(
                newUrl,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With these event types and no others. */
    public SubscriptionSettings eventTypes(List<String> newTypes) {
        return new SubscriptionSettings(
                url,
                newTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With these event types and no others. */
    public SubscriptionSettings eventTypes(String... newTypes) {
        return eventTypes(List.of(newTypes));
    }

    /** With another filter, or none. */
    public SubscriptionSettings filter(@Nullable PayloadFilter newFilter) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                newFilter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With another description. */
    public SubscriptionSettings description(@Nullable String newDescription) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                newDescription,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With these headers and no others. */
    public SubscriptionSettings headers(Map<String, String> newHeaders) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                newHeaders,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With this metadata and no other. */
    public SubscriptionSettings metadata(Map<String, String> newMetadata) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                newMetadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With another limit of attempts at once. */
    public SubscriptionSettings maxInFlight(@Nullable Integer limit) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                limit,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With another limit of attempts in a time. */
    public SubscriptionSettings rateLimit(@Nullable RateLimit newLimit) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                newLimit,
                timeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With another timeout. */
    public SubscriptionSettings timeout(@Nullable Duration newTimeout) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                newTimeout,
                retry,
                signatureSchemes,
                signedIngest);
    }

    /** With another retry policy. */
    public SubscriptionSettings retry(@Nullable RetryPolicy newRetry) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                newRetry,
                signatureSchemes,
                signedIngest);
    }

    /** Signed by these schemes and no others. */
    public SubscriptionSettings signatureSchemes(List<String> newSchemes) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                newSchemes,
                signedIngest);
    }

    /** Signed by these schemes and no others. */
    public SubscriptionSettings signatureSchemes(String... newSchemes) {
        return signatureSchemes(List.of(newSchemes));
    }

    /** With what is taken in for it signed, or not. */
    public SubscriptionSettings signedIngest(boolean mustBe) {
        return new SubscriptionSettings(
                url,
                eventTypes,
                filter,
                description,
                headers,
                metadata,
                maxInFlight,
                rateLimit,
                timeout,
                retry,
                signatureSchemes,
                mustBe);
    }
}
