package dev.posthorn.webhook;

import dev.posthorn.webhook.engine.Engine;
import dev.posthorn.webhook.engine.EngineSettings;
import dev.posthorn.webhook.engine.EventTypes;
import dev.posthorn.webhook.engine.HostHeaders;
import dev.posthorn.webhook.engine.Publisher;
import dev.posthorn.webhook.engine.Senders;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events and delivers them: what a host application holds on to, one for each store. Made by {@link #builder}.
 * It publishes from the beginning, and delivers once it is {@linkplain #start() started}; a process that is never started
 * leaves that to others which share its store. Safe for use by several threads.
 */
public final class WebhookDispatcher implements WebhookPublisher, AutoCloseable {
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(20);

    private final Engine engine;
    private final WebhookPublisher publisher;
    private final InputRules rules;
    private final Subscriptions subscriptions;
    private final Deliveries deliveries;

    private WebhookDispatcher(
            Engine engine, WebhookStore store, InputRules rules, UnaryOperator<WebhookPublisher> publishing) {
        this.engine = engine;
        this.publisher = publishing.apply(new CheckedPublisher(engine, rules, engine.publisher()));
        this.rules = rules;
        this.subscriptions = new Subscriptions(engine, store, rules);
        this.deliveries = new Deliveries(engine, store, rules);
    }

    /** A builder for a dispatcher on this store. */
    public static Builder builder(WebhookStore store) {
        return new Builder(store);
    }

    /**
     * Begins to deliver. It does so even while the store cannot be reached, and goes on trying.
     *
     * @throws IllegalStateException if it was started or closed before
     */
    public void start() {
        engine.start();
    }

    /** Creates, reads, changes and deletes subscriptions. */
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    /** Reads, retries and cancels deliveries. */
    public Deliveries deliveries() {
        return deliveries;
    }

    /** What publishing would refuse in an event: for those who want to tell it together with faults of their own. */
    public List<InvalidInputException.Fault> faultsIn(WebhookEvent event) {
        return rules.faultsIn(List.of(event)).list();
    }

    /** {@inheritDoc} They are durable when this returns. */
    @Override
    public List<PublishReceipt> publish(List<WebhookEvent> events) {
        return publisher.publish(events);
    }

    /** {@inheritDoc} It is durable when this returns. */
    @Override
    public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
        return publisher.publishTo(subscriptionId, event);
    }

    /**
     * Publishes an event straight to one subscription, as {@link #publishTo} does, but whether or not that wants it: to see
     * whether its endpoint works.
     *
     * @throws InvalidInputException as for {@link #publishTo}
     * @throws NotFoundException as for {@link #publishTo}
     * @throws ConflictException as for {@link #publishTo}
     * @throws dev.posthorn.webhook.spi.StoreException as for {@link #publishTo}
     */
    public PublishReceipt test(UUID subscriptionId, WebhookEvent event) {
        engine.checkOpen();
        rules.check(List.of(event));
        return engine.publisher().test(subscriptionId, event);
    }

    /**
     * A publisher into a transaction of the host's, such as {@code store.joining(connection)}. Its events exist exactly if
     * that commits. After the commit call {@link JoinedPublisher#committed()} to have them delivered at once. It is used by
     * one thread at a time, as the transaction is.
     */
    public JoinedPublisher publisher(PublicationLog joined) {
        var joining = engine.joining(joined);
        var checked = new CheckedPublisher(engine, rules, joining.publisher());
        return new JoinedPublisher() {
            @Override
            public List<PublishReceipt> publish(List<WebhookEvent> events) {
                return checked.publish(events);
            }

            @Override
            public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
                return checked.publishTo(subscriptionId, event);
            }

            @Override
            public void committed() {
                joining.committed().run();
            }
        };
    }

    /** Refuses what is wrong before it publishes. */
    private record CheckedPublisher(Engine engine, InputRules rules, Publisher publisher) implements WebhookPublisher {
        @Override
        public List<PublishReceipt> publish(List<WebhookEvent> events) {
            engine.checkOpen();
            rules.check(events);
            return events.isEmpty() ? List.of() : publisher.publish(events);
        }

        @Override
        public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
            engine.checkOpen();
            rules.check(List.of(event));
            return publisher.publishTo(subscriptionId, event);
        }
    }

    /**
     * Has this node deliver nothing until {@link #resume()}: it claims nothing, and what waits in it is given back for other
     * nodes to take. Attempts under way end. Publishing goes on, and {@link #health()} says that it is paused. May be called
     * before it is started; does nothing if it is paused already. Returns at once.
     *
     * @throws IllegalStateException if it is closed
     */
    public void pause() {
        engine.pause(true);
    }

    /**
     * Has this node deliver again. Does nothing unless it is paused.
     *
     * @throws IllegalStateException if it is closed
     */
    public void resume() {
        engine.pause(false);
    }

    /** Has due deliveries looked for now. Returns at once. */
    public void wake() {
        engine.wakeClaimer();
    }

    /**
     * How a subscription fares on this node: its breaker, and what is in flight. Asks neither the store nor the queue. One
     * of which this node has heard nothing lately is {@link LaneState#IDLE}, and so is one that is not there.
     */
    public LaneState lane(UUID subscriptionId) {
        return engine.laneState(subscriptionId);
    }

    /**
     * The nodes that share the store and deliver, by their names, each with how long ago it last said that it lives. Nodes
     * say so every five seconds; one that has not for 20 seconds is not among them any more. Asks the store.
     *
     * @throws dev.posthorn.webhook.spi.StoreException if the store fails
     */
    public Map<String, Duration> nodes() {
        return engine.nodes();
    }

    /** How it stands, in figures. Asks neither the store nor the queue, so it can be called every second. */
    public DispatcherState state() {
        return engine.state();
    }

    /** How it is. Asks neither the store nor the queue, so it can be called every second. */
    public Health health() {
        return engine.health();
    }

    /**
     * Stops delivering: attempts under way get the grace to end and are recorded, deliveries that wait are given back for
     * others to claim. Attempts that outlast the grace are interrupted. Publishes nothing any more. Does nothing if it is
     * closed already.
     *
     * @param grace how long to wait at most for attempts to end; some seconds more may pass until all is recorded
     */
    public void close(Duration grace) {
        engine.close(grace);
    }

    /** Stops with a grace of 20 seconds. */
    @Override
    public void close() {
        close(DEFAULT_GRACE);
    }

    /** Settings of a dispatcher. Not safe for use by several threads. */
    public static final class Builder {
        private static final int MOST_IN_FLIGHT = 10_000;
        private static final Duration DAY = Duration.ofDays(1);

        private final WebhookStore store;
        private @Nullable OutsideQueue queue;
        private @Nullable WebhookTransport transport;
        private final List<WebhookListener> listeners = new ArrayList<>();
        private final Map<String, Signer> signers = new LinkedHashMap<>();
        private final Set<String> signersGivenTwice = new LinkedHashSet<>();
        private final List<HeaderProvider> headerProviders = new ArrayList<>();
        private UnaryOperator<WebhookPublisher> publishing = UnaryOperator.identity();
        private TimeSource time = TimeSource.system();
        private String nodeId = UUID.randomUUID().toString();
        private int maxInFlight = Senders.areVirtual() ? 1_024 : 256;
        private int maxInFlightPerSubscription = 32;
        private @Nullable RateLimit rateLimit;
        private @Nullable BreakerPolicy breaker = BreakerPolicy.standard();
        private int batchSize = 500;
        private long heldBytes = 64L * 1024 * 1024;
        private Duration lease = Duration.ofSeconds(60);
        private Duration timeout = Duration.ofSeconds(15);
        private RetryPolicy retry = RetryPolicy.standard();
        private Duration expiryGrace = Duration.ofHours(24);
        private Duration longestRetryAfter = Duration.ofHours(1);
        private Duration pollInterval = Duration.ofSeconds(1);
        private Duration retention = Duration.ofDays(3);
        private @Nullable Duration disableAfter = DAY.multipliedBy(5);
        private @Nullable Integer maxPendingPerSubscription;
        private @Nullable Integer maxPendingPerTenant;
        private int maxPayloadBytes = 256 * 1024;

        private Builder(WebhookStore store) {
            this.store = store;
        }

        /** A queue from elsewhere, for a store that has none of its own. */
        public Builder queue(OutsideQueue newQueue) {
            queue = newQueue;
            return this;
        }

        /** How requests are sent. By default {@link SocketTransport#create()}. Closed with the dispatcher. */
        public Builder transport(WebhookTransport newTransport) {
            transport = newTransport;
            return this;
        }

        /** One more that is told what becomes of deliveries. */
        public Builder listener(WebhookListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * One more signature scheme, for subscriptions that name it. Every node that sends must have it: where it is missing,
         * attempts fail.
         *
         * @param name 1 to 128 characters of {@code A-Z a-z 0-9 _ - .}; none of another signer's
         */
        public Builder signer(String name, Signer signer) {
            if (signers.putIfAbsent(name, signer) != null) {
                signersGivenTwice.add(name);
            }
            return this;
        }

        /** One more that gives requests headers of the host's. They are asked in this order, and the last one wins. */
        public Builder headers(HeaderProvider provider) {
            headerProviders.add(provider);
            return this;
        }

        /**
         * What stands before the dispatcher's own {@code publish} and {@code publishTo}, to publish in the host's present
         * transaction instead, say, or to measure. Given again, it stands before what was given first. What is published by
         * {@link WebhookDispatcher#publisher} does not pass it.
         *
         * @param wrapper is given what publishes now, in a transaction of its own, and returns what to use in its place, which
         *     must be safe for use by several threads. Called once, when the dispatcher is made
         */
        public Builder publishing(UnaryOperator<WebhookPublisher> wrapper) {
            var before = publishing;
            publishing = own -> wrapper.apply(before.apply(own));
            return this;
        }

        /** The clocks. By default the machine's. */
        public Builder time(TimeSource newTime) {
            time = newTime;
            return this;
        }

        /** What this node is called among those that share the store: 1 to 128 characters, by default a random UUID. */
        public Builder nodeId(String id) {
            nodeId = id;
            return this;
        }

        /**
         * How many attempts may run at once: 2 to 10,000, by default 1,024 on JDKs with virtual threads and 256 on others.
         * Subscriptions without a success within a second in the last minute may use half of it together.
         */
        public Builder maxInFlight(int limit) {
            maxInFlight = limit;
            return this;
        }

        /**
         * How many attempts may run at once for one subscription, unless it has a limit of its own: 1 to 10,000, by default
         * 32.
         */
        public Builder maxInFlightPerSubscription(int limit) {
            maxInFlightPerSubscription = limit;
            return this;
        }

        /**
         * How many attempts may begin in a time for each subscription without a limit of its own; {@code null}, the default,
         * for any number.
         */
        public Builder rateLimitPerSubscription(@Nullable RateLimit limit) {
            rateLimit = limit;
            return this;
        }

        /**
         * When endpoints that only fail are left alone: by default {@link BreakerPolicy#standard()}; {@code null} for never.
         */
        public Builder breaker(@Nullable BreakerPolicy policy) {
            breaker = policy;
            return this;
        }

        /** How many deliveries are claimed or recorded at once: 1 to 5,000, by default 500. */
        public Builder batchSize(int size) {
            batchSize = size;
            return this;
        }

        /** How many payload bytes the deliveries held in memory may have: at least 1 MiB, by default 64 MiB. */
        public Builder heldBytes(long bytes) {
            heldBytes = bytes;
            return this;
        }

        /**
         * How long a node keeps what it claims, and so how long it takes until another sends what a crashed node held: at
         * least 5 s longer than any timeout, at most 1 h, by default 60 s.
         */
        public Builder lease(Duration length) {
            lease = length;
            return this;
        }

        /** The timeout of a whole attempt, for subscriptions without their own: above 0, by default 15 s. */
        public Builder timeout(Duration newTimeout) {
            timeout = newTimeout;
            return this;
        }

        /** When to try again, for subscriptions without their own policy. By default {@link RetryPolicy#standard()}. */
        public Builder retry(RetryPolicy policy) {
            retry = policy;
            return this;
        }

        /**
         * A delivery expires when this much more time than its retry policy takes has passed since it was first due, however
         * few attempts were made: 0 to 30 days, by default 24 h.
         */
        public Builder expiryGrace(Duration grace) {
            expiryGrace = grace;
            return this;
        }

        /** What a {@code Retry-After} is cut to: 0 to 24 h, by default 1 h. */
        public Builder longestRetryAfter(Duration longest) {
            longestRetryAfter = longest;
            return this;
        }

        /** How long an idle node waits at most before it looks for due deliveries: 10 ms to 1 min, by default 1 s. */
        public Builder pollInterval(Duration interval) {
            pollInterval = interval;
            return this;
        }

        /** How long deliveries are kept after their end, with events and attempts: at least 1 min, by default 72 h. */
        public Builder retention(Duration newRetention) {
            retention = newRetention;
            return this;
        }

        /**
         * A subscription whose endpoint has done nothing but fail for so long is disabled, as {@code FAILING}: 1 min to 365
         * days, by default 5 days; {@code null} for never. The time runs from the first failed attempt to the last, and there
         * must have been at least 10, so an endpoint to which little is sent is not judged by one short outage. One success
         * ends it, and any change of the subscription begins it anew. Which failures count is said at
         * {@link AttemptOutcome#countsAgainstEndpoint()}. Every node reports what it learns; one of those that have this
         * set disables.
         */
        public Builder disableAfter(@Nullable Duration time) {
            disableAfter = time;
            return this;
        }

        /**
         * How many deliveries may be pending for one subscription: 1 to 10,000,000; {@code null}, the default, for any number.
         * A publish that would pass this is refused as a whole, with a {@link BacklogFullException} that names every bound it
         * would pass, and nothing of it is stored; so is one in a transaction of the host's, and one that repeats an
         * idempotency key, which gives its receipt once there is room. What waits for a paused subscription counts.
         *
         * <p>What is pending is known exactly of what this node publishes and ends, and of other nodes' publishes and ends
         * within about five seconds; several that publish at once can pass the bound by what they publish in that time. What a
         * transaction of the host's adds counts at once here, and on other nodes when it has been committed. Each node
         * that publishes should have the same bounds.
         */
        public Builder maxPendingPerSubscription(@Nullable Integer bound) {
            maxPendingPerSubscription = bound;
            return this;
        }

        /**
         * How many deliveries may be pending for all subscriptions of one tenant together: as
         * {@link #maxPendingPerSubscription}. Counting costs by the number of the tenant's subscriptions, every five seconds.
         * What is left pending for disabled subscriptions does not count.
         */
        public Builder maxPendingPerTenant(@Nullable Integer bound) {
            maxPendingPerTenant = bound;
            return this;
        }

        /** How large a payload may be: 1 byte to 16 MiB, by default 256 KiB. */
        public Builder maxPayloadBytes(int bytes) {
            maxPayloadBytes = bytes;
            return this;
        }

        /**
         * Makes the dispatcher. Nothing is contacted yet.
         *
         * @throws InvalidInputException naming every setting that is out of bounds or contradicts another
         */
        public WebhookDispatcher build() {
            // Everything held will be recorded soon, so there is room for some batches beside what is in flight.
            int held = Math.max(4 * maxInFlight, 4 * batchSize);
            var settings = new EngineSettings(
                    nodeId,
                    time,
                    maxInFlight,
                    maxInFlightPerSubscription,
                    rateLimit,
                    breaker,
                    batchSize,
                    held,
                    heldBytes,
                    lease,
                    timeout,
                    retry,
                    expiryGrace,
                    longestRetryAfter,
                    pollInterval,
                    retention,
                    disableAfter,
                    maxPendingPerSubscription,
                    maxPendingPerTenant);
            check(settings);
            var wire = transport == null ? SocketTransport.create() : transport;
            var all = new HashMap<>(Signers.builtIn());
            signers.forEach((name, signer) -> all.put(name, Signers.checked(signer)));
            var hostHeaders = new HostHeaders(headerProviders, HeaderRules::faultsIn);
            var engine = new Engine(settings, store, queue, wire, all, hostHeaders, listeners);
            var rules =
                    new InputRules(maxPayloadBytes, settings.longestTimeout(), wire, time, Set.copyOf(all.keySet()));
            return new WebhookDispatcher(engine, store, rules, publishing);
        }

        private void check(EngineSettings settings) {
            var faults = new Faults();
            faults.check(
                    store.queue().isPresent() || queue != null,
                    "queue",
                    "must be given: the store has none of its own");
            faults.check(store.queue().isEmpty() || queue == null, "queue", "must not be given: the store has its own");
            faults.check(!nodeId.isBlank() && nodeId.length() <= 128, "nodeId", "must have 1 to 128 characters");
            between(faults, "maxInFlight", maxInFlight, 2, MOST_IN_FLIGHT);
            between(faults, "maxInFlightPerSubscription", maxInFlightPerSubscription, 1, MOST_IN_FLIGHT);
            between(faults, "batchSize", batchSize, 1, 5_000);
            between(faults, "heldBytes", heldBytes, 1024 * 1024, Long.MAX_VALUE);
            between(faults, "maxPayloadBytes", maxPayloadBytes, 1, 16 * 1024 * 1024);
            between(faults, "timeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
            between(faults, "lease", lease, Duration.ofMillis(1), Duration.ofHours(1));
            faults.check(
                    timeout.compareTo(settings.longestTimeout()) <= 0,
                    "lease",
                    "must be at least " + EngineSettings.LEASE_MARGIN.toSeconds() + " s longer than the timeout of "
                            + Faults.millis(timeout) + ", or two nodes could send at once; is " + Faults.millis(lease));
            between(faults, "expiryGrace", expiryGrace, Duration.ZERO, DAY.multipliedBy(30));
            between(faults, "longestRetryAfter", longestRetryAfter, Duration.ZERO, DAY);
            between(faults, "pollInterval", pollInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
            between(faults, "retention", retention, Duration.ofMinutes(1), DAY.multipliedBy(3_650));
            pendingBound(faults, "maxPendingPerSubscription", maxPendingPerSubscription);
            pendingBound(faults, "maxPendingPerTenant", maxPendingPerTenant);
            if (disableAfter != null) {
                between(faults, "disableAfter", disableAfter, Duration.ofMinutes(1), DAY.multipliedBy(365));
            }
            for (var name : signers.keySet()) {
                faults.check(
                        EventTypes.isName(name),
                        "signers[" + name + "]",
                        "must have a name of 1 to 128 characters of A-Z a-z 0-9 _ - .");
                faults.check(
                        !Signers.builtIn().containsKey(name) && !signersGivenTwice.contains(name),
                        "signers[" + name + "]",
                        "must be the only one of its name");
            }
            faults.throwIfAny();
        }

        private static void pendingBound(Faults faults, String setting, @Nullable Integer bound) {
            if (bound != null) {
                between(faults, setting, bound.longValue(), 1, 10_000_000);
            }
        }

        private static <T extends Comparable<T>> void between(Faults faults, String setting, T value, T least, T most) {
            faults.check(
                    value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                    setting,
                    "must be from " + least + " to " + most + ", is " + value);
        }

        private static void between(Faults faults, String setting, long value, long least, long most) {
            between(faults, setting, Long.valueOf(value), Long.valueOf(least), Long.valueOf(most));
        }
    }
}
