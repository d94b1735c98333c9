package dev.posthorn.examples.server;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spring.web.ApiKeys;
import dev.posthorn.webhook.transport.AddressPolicy;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says. A variable that is blank counts as not set. {@code DATABASE_URL}, {@code REDIS_URL},
 * {@code ENCRYPTION_KEYS} and {@code API_KEYS} can also be in files, which the same names with {@code _FILE} name.
 *
 * @param role {@code ROLE}: what this process does, by default {@link Role#ALL}
 * @param host {@code API_HOST}: the address it listens on, by default 127.0.0.1
 * @param port {@code API_PORT}: the port it listens on, by default 8000; 0 for any that is free
 * @param keys {@code API_KEYS}: who is let in, each {@code key} or {@code tenant:key}, parted by commas;
 *     {@code open-to-everyone} for everybody, which is also the default on a loopback address, and must be said on any other
 * @param corsOrigins {@code CORS_ORIGINS}: the web pages that may call it, such as {@code https://admin.example}, parted by
 *     commas, or {@code *}; by default none
 * @param rateLimit {@code RATE_LIMIT_PER_MINUTE}: how many requests are taken in a minute with one key from one address;
 *     {@code null}, the default, for any number
 * @param trustedProxies {@code TRUSTED_PROXIES}: the networks of proxies whose {@code X-Forwarded-For} is believed, parted by
 *     commas; by default none
 * @param retry {@code RETRY_SCHEDULE}: the delays before retries, such as {@code 1s,5s,1m}, for subscriptions without
 *     their own; by default {@link RetryPolicy#standard()}
 * @param logLevel {@code LOG_LEVEL}: by default INFO
 * @param retention {@code LOG_RETENTION_HOURS}: how long deliveries are kept after their end, by default 72 hours
 * @param addresses {@code ALLOWED_NETWORKS}: the networks that may be called beside public ones, by default none
 * @param database {@code DATABASE_URL}: the PostgreSQL database to keep everything in; {@code null}, the default, for memory
 * @param redis {@code REDIS_URL}: the Redis server to queue deliveries in, such as {@code redis://user:password@host:6379/0};
 *     {@code null}, the default, to queue them in the database, which is needed either way
 * @param secrets {@code ENCRYPTION_KEYS}: what the secrets in the database are encrypted with, {@code name:base64} of 32
 *     bytes, several parted by commas of which the first encrypts; {@code in-the-clear} not to encrypt them. Needed with a
 *     database
 * @param maxPendingPerSubscription {@code MAX_PENDING_PER_SUBSCRIPTION}: how many deliveries may be pending for one
 *     subscription; {@code null}, the default, for any number
 * @param maxPendingPerTenant {@code MAX_PENDING_PER_TENANT}: the same for all subscriptions of one tenant together
 */
record Settings(
        Role role,
        InetAddress host,
        int port,
        ApiKeys keys,
        List<String> corsOrigins,
        @Nullable Integer rateLimit,
        Networks trustedProxies,
        RetryPolicy retry,
        String logLevel,
        Duration retention,
        AddressPolicy addresses,
        @Nullable DatabaseUrl database,
        @Nullable URI redis,
        @Nullable SecretCipher secrets,
        @Nullable Integer maxPendingPerSubscription,
        @Nullable Integer maxPendingPerTenant) {

    /** What a process does. */
    enum Role {
        /** It takes requests and delivers. */
        ALL,
        /** It takes requests, and leaves delivering to others on the same database. */
        API,
        /** It delivers, and only tells how it is. */
        WORKER;

        boolean delivers() {
            return this != API;
        }
    }

    /** @throws InvalidInputException naming every variable that is wrong */
    static Settings from(Map<String, String> environment) {
        var faults = new ArrayList<Fault>();
        var settings = new SettingsReader(SecretFiles.read(environment, faults), faults).read();
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
        return settings;
    }
}
