package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.spring.web.ApiKeys;
import dev.posthorn.webhook.transport.TargetUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.unit.DataSize;

/** What the properties say, checked as a whole before anything is made of them. */
final class Settings {
    private static final String IN_THE_CLEAR = "in-the-clear";
    private static final Pattern WEB_PATH = Pattern.compile("(/[A-Za-z0-9_.~-]+)*");
    private static final Duration LONGEST_SHUTDOWN = Duration.ofHours(1);

    private final PosthornProperties properties;
    private final TransportSettings transport;
    private final @Nullable RetryPolicy retry;
    private final @Nullable BreakerPolicy breaker;
    private final @Nullable RateLimit rateLimit;
    private final @Nullable SecretCipher secrets;

    /**
     * @param unreadable what is wrong with properties that have their defaults instead
     * @param checks of parts that are not always there
     * @param needsSecretKeys whether secrets are kept in a database, and nothing but the properties says how
     * @throws InvalidSettingsException naming everything that is wrong
     */
    Settings(
            PosthornProperties properties,
            List<Fault> unreadable,
            List<SettingsCheck> checks,
            @Nullable SslBundles bundles,
            boolean needsSecretKeys) {
        this.properties = properties;
        var faults = new PropertyFaults(unreadable);
        retry = faults.in(
                "posthorn.retry.",
                () -> new RetryPolicy(
                        properties.retry().delays(), properties.retry().jitter()));
        breaker = faults.in("posthorn.breaker.", () -> breaker(properties.breaker()));
        rateLimit = rateLimit(properties.rateLimit(), faults);
        secrets = secrets(properties.secretKeys(), needsSecretKeys, faults);
        transport = new TransportSettings(properties.transport(), bundles, faults);
        checkRedisUrl(properties.redis().url(), faults);
        checkWeb(properties.web(), faults);
        checks.forEach(check -> check.check(properties, faults));
        var grace = properties.shutdownTimeout();
        if (grace.isNegative() || grace.compareTo(LONGEST_SHUTDOWN) > 0) {
            faults.add("posthorn.shutdown-timeout", "must be from 0s to 1h, is " + grace);
        }
        // Nothing is made yet, for a database would be changed before it is known that all is well.
        faults.in("posthorn.", () -> {
            var builder =
                    WebhookDispatcher.builder(InMemoryWebhookStore.create()).transport(new NoTransport());
            apply(builder);
            var trial = builder.build();
            trial.close();
            return trial;
        });
        faults.throwIfAny();
    }

    private static void checkWeb(PosthornProperties.Web web, PropertyFaults faults) {
        if (!WEB_PATH.matcher(web.path()).matches()) {
            faults.add("posthorn.web.path", "must be like /webhooks, or nothing; is " + web.path());
        }
        var keys = web.apiKeys();
        if (web.enabled() && keys != null && !keys.isBlank()) {
            faults.of("posthorn.web.api-keys", () -> ApiKeys.parse(keys.strip()));
        }
    }

    private static @Nullable BreakerPolicy breaker(PosthornProperties.Breaker breaker) {
        // Made in either case, so that wrong values of one that is off are refused too.
        var policy = new BreakerPolicy(
                breaker.failuresInARow(), breaker.failureRatio(), breaker.firstPause(), breaker.longestPause());
        return breaker.enabled() ? policy : null;
    }

    private static @Nullable RateLimit rateLimit(PosthornProperties.@Nullable RateLimit limit, PropertyFaults faults) {
        if (limit == null) {
            return null;
        }
        var attempts = limit.attempts();
        if (attempts == null) {
            faults.add("posthorn.rate-limit.attempts", "must be set with the rest of posthorn.rate-limit");
            return null;
        }
        return faults.in("posthorn.rate-limit.", () -> {
            var burst = limit.burst();
            return burst == null ? RateLimit.of(attempts, limit.per()) : new RateLimit(attempts, limit.per(), burst);
        });
    }

    private static @Nullable SecretCipher secrets(@Nullable String text, boolean needed, PropertyFaults faults) {
        if (text == null || text.isBlank()) {
            if (needed) {
                faults.add(
                        "posthorn.secret-keys",
                        "must be set with a database: keys such as main:<base64 of 32 bytes> (openssl rand -base64 32), or "
                                + IN_THE_CLEAR);
            }
            return null;
        }
        if (text.strip().equals(IN_THE_CLEAR)) {
            return SecretCipher.secretsInTheClear();
        }
        return faults.of("posthorn.secret-keys", () -> SecretKeys.parse(text));
    }

    private static void checkRedisUrl(@Nullable String text, PropertyFaults faults) {
        if (text == null) {
            return;
        }
        try {
            var url = new URI(text);
            if (("redis".equals(url.getScheme()) || "rediss".equals(url.getScheme())) && url.getHost() != null) {
                return;
            }
        } catch (URISyntaxException wrong) {
            // Said below, without the text, which may hold a password.
        }
        faults.add("posthorn.redis.url", "must be like redis://user:password@host:6379");
    }

    /** Where Redis is; {@code null} if properties do not say. */
    @Nullable
    String redisUrl() {
        return properties.redis().url();
    }

    /** Sets everything that properties say of a dispatcher. */
    void apply(WebhookDispatcher.Builder builder) {
        if (properties.nodeId() != null) {
            builder.nodeId(properties.nodeId());
        }
        if (properties.maxInFlight() != null) {
            builder.maxInFlight(properties.maxInFlight());
        }
        if (retry != null) {
            builder.retry(retry);
        }
        builder.maxInFlightPerSubscription(properties.maxInFlightPerSubscription())
                .rateLimitPerSubscription(rateLimit)
                .breaker(breaker)
                .batchSize(properties.batchSize())
                .heldBytes(properties.heldBytes().toBytes())
                .lease(properties.lease())
                .timeout(properties.timeout())
                .expiryGrace(properties.expiryGrace())
                .longestRetryAfter(properties.longestRetryAfter())
                .pollInterval(properties.pollInterval())
                .retention(properties.retention())
                .disableAfter(properties.disableFailing() ? properties.disableAfter() : null)
                .maxPendingPerSubscription(properties.maxPendingPerSubscription())
                .maxPendingPerTenant(properties.maxPendingPerTenant())
                .maxPayloadBytes(bytes(properties.maxPayloadBytes()));
    }

    /** As a number of bytes; those that are too many are out of every bound there is. */
    static int bytes(DataSize size) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, size.toBytes()));
    }

    /** The transport that properties describe. */
    WebhookTransport transport() {
        return transport.make();
    }

    /** How secrets are kept in a database. There are keys, because they were said to be needed. */
    SecretCipher secrets() {
        return Objects.requireNonNull(secrets);
    }

    /** Sends nothing, and has nothing to close. */
    private static final class NoTransport implements WebhookTransport {
        @Override
        public TransportResult send(TransportRequest request) {
            throw new IllegalStateException("nothing is sent to try settings out");
        }

        @Override
        public Optional<String> refusal(TargetUrl url) {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
