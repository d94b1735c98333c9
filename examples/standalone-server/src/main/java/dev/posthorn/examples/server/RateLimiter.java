package dev.posthorn.examples.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * How often callers may come: a bucket for each key and address, which holds the requests of a minute and fills evenly. Safe
 * for use by several threads.
 */
final class RateLimiter {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int MOST_BUCKETS = 100_000;
    private static final long NANOS = Duration.ofSeconds(1).toNanos();

    private final @Nullable Integer perMinute;
    private final ClientAddress addresses;

    /** One that was not used for a minute is full again, and can be forgotten. */
    private final Cache<Client, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MOST_BUCKETS)
            .expireAfterAccess(WINDOW)
            .build();

    private record Client(int key, String address) {}

    /** @param perMinute {@code null} for any number */
    RateLimiter(@Nullable Integer perMinute, ClientAddress addresses) {
        this.perMinute = perMinute;
        this.addresses = addresses;
    }

    /**
     * Whether one more request is taken, which it tells in headers.
     *
     * @param key which one it has; 0 for none
     */
    boolean lets(int key, HttpServletRequest request, HttpServletResponse response) {
        if (perMinute == null) {
            return true;
        }
        int limit = perMinute;
        var bucket =
                Objects.requireNonNull(buckets.get(new Client(key, addresses.of(request)), client -> bucket(limit)));
        var probe = bucket.tryConsumeAndReturnRemaining(1);
        long untilFull = seconds(probe.getNanosToWaitForReset());
        response.setHeader("RateLimit-Policy", "\"default\";q=" + limit + ";w=" + WINDOW.toSeconds());
        response.setHeader("RateLimit", "\"default\";r=" + probe.getRemainingTokens() + ";t=" + untilFull);
        if (!probe.isConsumed()) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds(probe.getNanosToWaitForRefill())));
        }
        return probe.isConsumed();
    }

    private static Bucket bucket(int limit) {
        return Bucket.builder()
                .addLimit(bandwidth -> bandwidth.capacity(limit).refillGreedy(limit, WINDOW))
                .build();
    }

    /** Rounded up, so that nobody comes too early. */
    private static long seconds(long nanos) {
        return (nanos + NANOS - 1) / NANOS;
    }
}
