package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Subscription;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Versions of subscriptions as entity tags (RFC 9110 §8.8.3). */
final class EntityTags {
    private EntityTags() {}

    static String of(Subscription subscription) {
        return "\"" + subscription.version() + "\"";
    }

    /**
     * Refuses a request that names other versions than the present one.
     *
     * @param ifMatch its {@code If-Match}; {@code null} if it has none, and means whichever version there is
     */
    static void check(@Nullable String ifMatch, Subscription subscription) {
        if (ifMatch != null && !matches(ifMatch, of(subscription))) {
            throw Problems.of(
                    HttpStatus.PRECONDITION_FAILED,
                    "The subscription has another version.",
                    "If-Match",
                    "must be its ETag, which is " + of(subscription));
        }
    }

    /** Whether an {@code If-Match} names this entity tag (RFC 9110 §13.1.1). */
    private static boolean matches(String ifMatch, String etag) {
        return ifMatch.equals("*")
                || Arrays.stream(ifMatch.split(",", -1))
                        .anyMatch(tag -> tag.strip().equals(etag));
    }
}
