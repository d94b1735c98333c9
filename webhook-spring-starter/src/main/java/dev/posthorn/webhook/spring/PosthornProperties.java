package dev.posthorn.webhook.spring;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Everything that is set under {@code posthorn}. A name that is not here is refused, as are values out of bounds.
 *
 * @param enabled Whether Posthorn is set up at all.
 * @param autoStart Whether this application delivers. If not, it only publishes, and leaves delivering to others that share
 *     its store.
 * @param shutdownTimeout How long attempts in flight get to end when the application stops. Some seconds more may pass
 *     until all is recorded.
 * @param nodeId What this node is called among those that share the store, 1 to 128 characters. A random UUID by default.
 * @param secretKeys Keys that the secrets of subscriptions are encrypted with in the database, as name:base64 of 32 bytes,
 *     parted by commas; the first one encrypts. Or "in-the-clear" not to encrypt them. Needed with a database.
 * @param maxInFlight How many attempts may run at once, 2 to 10,000. By default 1,024 on JDKs with virtual threads and 256
 *     on others.
 * @param maxInFlightPerSubscription How many attempts may run at once for one subscription without a limit of its own, 1
 *     to 10,000.
 * @param rateLimit How many attempts may begin in a time for each subscription without a limit of its own.
 * @param breaker When endpoints that only fail are left alone.
 * @param batchSize How many deliveries are claimed or recorded at once, 1 to 5,000.
 * @param heldBytes How many payload bytes the deliveries held in memory may have, at least 1MB.
 * @param lease How long a node keeps what it claims, and so how long it takes until another sends what a crashed node held.
 *     At least 5s longer than any timeout, at most 1h.
 * @param timeout The timeout of a whole attempt, for subscriptions without their own.
 * @param retry When failed deliveries are tried again, for subscriptions without their own policy.
 * @param expiryGrace A delivery expires when this much more time than its retry policy takes has passed since it was first
 *     due, 0 to 30d.
 * @param longestRetryAfter What a Retry-After is cut to, 0 to 24h.
 * @param pollInterval How long an idle node waits at most before it looks for due deliveries, 10ms to 1m.
 * @param retention How long deliveries are kept after their end, at least 1m.
 * @param disableFailing Whether subscriptions whose endpoints do nothing but fail are disabled in the end.
 * @param disableAfter How long an endpoint must have done nothing but fail for its subscription to be disabled, 1m to 365d.
 * @param maxPendingPerSubscription How many deliveries may be pending for one subscription, 1 to 10,000,000. Any number by
 *     default.
 * @param maxPendingPerTenant How many deliveries may be pending for all subscriptions of one tenant together, 1 to
 *     10,000,000. Any number by default.
 * @param maxPayloadBytes How large a payload may be, 1B to 16MB.
 * @param postgres The store in PostgreSQL.
 * @param redis The queue in Redis.
 * @param transport How requests are sent.
 * @param tracing How traces go on, where the application has a tracer.
 * @param web The REST API.
 */
@ConfigurationProperties(prefix = "posthorn", ignoreUnknownFields = false)
public record PosthornProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("true") boolean autoStart,
        @DefaultValue("20s") Duration shutdownTimeout,
        @Nullable String nodeId,
        @Nullable String secretKeys,
        @Nullable Integer maxInFlight,
        @DefaultValue("32") int maxInFlightPerSubscription,
        @Nullable RateLimit rateLimit,
        @DefaultValue Breaker breaker,
        @DefaultValue("500") int batchSize,
        @DefaultValue("64MB") DataSize heldBytes,
        @DefaultValue("60s") Duration lease,
        @DefaultValue("15s") Duration timeout,
        @DefaultValue Retry retry,
        @DefaultValue("24h") Duration expiryGrace,
        @DefaultValue("1h") Duration longestRetryAfter,
        @DefaultValue("1s") Duration pollInterval,
        @DefaultValue("72h") Duration retention,
        @DefaultValue("true") boolean disableFailing,
        @DefaultValue("5d") Duration disableAfter,
        @Nullable Integer maxPendingPerSubscription,
        @Nullable Integer maxPendingPerTenant,
        @DefaultValue("256KB") DataSize maxPayloadBytes,
        @DefaultValue Postgres postgres,
        @DefaultValue Redis redis,
        @DefaultValue Transport transport,
        @DefaultValue Tracing tracing,
        @DefaultValue Web web) {

    /**
     * How many attempts may begin in a time.
     *
     * @param attempts How many attempts may begin in each "per", 1 to 1,000,000.
     * @param per The time in which so many attempts may begin, 1ms to 1h.
     * @param burst How many attempts may begin at once after a time with fewer, 1 to 1,000,000. Those of one second by default.
     */
    public record RateLimit(
            @Nullable Integer attempts,
            @DefaultValue("1s") Duration per,
            @Nullable Integer burst) {}

    /**
     * When endpoints that only fail are left alone.
     *
     * @param enabled Whether endpoints that only fail are ever left alone.
     * @param failuresInARow How many failures in a row open the breaker, 1 to 1,000,000.
     * @param failureRatio Which part of the last 64 attempts opens the breaker if they failed, above 0 and at most 1.
     * @param firstPause The first pause, 1ms to 1h. Each later one is twice as long.
     * @param longestPause No pause is longer. From the first one to 24h.
     */
    public record Breaker(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("10") int failuresInARow,
            @DefaultValue("0.5") double failureRatio,
            @DefaultValue("5s") Duration firstPause,
            @DefaultValue("5m") Duration longestPause) {}

    /**
     * When failed deliveries are tried again.
     *
     * @param delays How long to wait after the first, second and further failed attempts; at most 100, each 0 to 30d. With
     *     the last one used up, the delivery has failed.
     * @param jitter Each delay is lengthened by a random part of itself up to this, 0 to 1.
     */
    public record Retry(
            @DefaultValue({"5s", "5m", "30m", "2h", "5h", "10h", "10h"})
            List<Duration> delays,

            @DefaultValue("0.1") double jitter) {}

    /**
     * The store in PostgreSQL.
     *
     * @param enabled Whether a DataSource is used, where there is one. If not, everything is in memory.
     * @param tables What is done about the tables at the start: made and brought up to date, only checked, or left alone.
     * @param schema The database schema that the tables are in. By default the connection's search path decides.
     * @param tablePrefix What the tables' names begin with.
     * @param wakeUps Whether applications that deliver are told at once, by NOTIFY, what those publish that do not. Each keeps a
     *     connection of the pool for it. If not, or behind a proxy that shares connections between transactions, they look once in
     *     the poll interval.
     */
    public record Postgres(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("migrate") Tables tables,
            @Nullable String schema,
            @DefaultValue("posthorn_") String tablePrefix,
            @DefaultValue("true") boolean wakeUps) {

        /** What is done about the tables at the start. */
        public enum Tables {
            /** They are made, or brought up to date. */
            MIGRATE,
            /** Those of another version are refused; Flyway, say, makes them. */
            CHECK,
            /** Nothing, so that the database need not be there yet. */
            LEAVE
        }
    }

    /**
     * The queue in Redis. It needs webhook-queue-redis, and Redis's address here or from Spring Data Redis.
     *
     * @param enabled Whether Redis is used, where there is one.
     * @param url Where Redis is, such as redis://user:password@host:6379, or rediss://... with TLS. By default what Spring
     *     Data Redis connects to, if that is there.
     * @param keyPrefix What all keys begin with.
     * @param shards Of how many shards the queue is made, 1 to 256. More than one are of use on a cluster only.
     */
    public record Redis(
            @DefaultValue("true") boolean enabled,
            @Nullable String url,
            @DefaultValue("posthorn") String keyPrefix,
            @DefaultValue("1") int shards) {}

    /**
     * How requests are sent.
     *
     * @param allowedNetworks Networks that may be called beside public addresses, such as 10.0.0.0/8.
     * @param allowedHosts Names whose addresses may be called whatever they are.
     * @param allowedPorts Ports that may be called. Any by default.
     * @param httpsOnly Whether plain http is refused.
     * @param throughNat64 Whether this machine reaches IPv4 through a NAT64 gateway only.
     * @param earlyLookup Whether the name in a subscription's new URL is looked up when it is set.
     * @param maxStoredBody How much of an answer's body is kept, 0B to 1MB.
     * @param maxReadBody How much of an answer's body is read, 1B to 16MB.
     * @param sslBundle The SSL bundle that certificates are checked against, and with our own if we have one. By default
     *     the JVM's.
     * @param proxy The proxy that everything goes through.
     */
    public record Transport(
            @DefaultValue List<String> allowedNetworks,
            @DefaultValue List<String> allowedHosts,
            @DefaultValue List<Integer> allowedPorts,
            @DefaultValue("false") boolean httpsOnly,
            @DefaultValue("false") boolean throughNat64,
            @DefaultValue("true") boolean earlyLookup,
            @DefaultValue("4KB") DataSize maxStoredBody,
            @DefaultValue("64KB") DataSize maxReadBody,
            @Nullable String sslBundle,
            @Nullable Proxy proxy) {}

    /**
     * The proxy that everything goes through.
     *
     * @param url Where the proxy is, such as http://proxy.internal:3128.
     * @param user The user's name that the proxy is told.
     * @param password The user's password that the proxy is told.
     */
    public record Proxy(
            @Nullable String url,
            @Nullable String user,
            @Nullable String password) {}

    /**
     * How traces go on, where the application has a tracer.
     *
     * @param inRequests Whether requests tell the trace they belong to, by headers such as traceparent.
     */
    public record Tracing(@DefaultValue("true") boolean inRequests) {}

    /**
     * The REST API.
     *
     * @param enabled Whether subscriptions, events and deliveries can be seen and changed over HTTP.
     * @param path What comes before every path of the REST API, such as /webhooks.
     * @param apiKeys Keys that let callers in, each "key" or "tenant:key", parted by commas; or "open-to-everyone". Not needed
     *     where a bean of the type Callers says who is let in.
     */
    public record Web(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("") String path,
            @Nullable String apiKeys) {}
}
