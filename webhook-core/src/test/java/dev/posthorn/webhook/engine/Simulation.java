package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.engine.Schedule.Actor;
import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Some dispatchers over one store, their hosts, their endpoints and their bad luck, all of it on one thread, in virtual time
 * and decided by a seed: the same seed gives the same run.
 */
final class Simulation {
    static final Instant EPOCH = Instant.parse("2026-11-24T12:00:00Z");
    static final int ENDPOINTS = 5;
    private static final long SECOND = 1_000_000_000L;
    /** What nobody could tell an outside queue of is found within an hour. */
    private static final long LONGEST_REST = Duration.ofMinutes(80).toNanos();

    private static final int MOST_NODES = 6;
    private static final SigningSecret SECRET = SigningSecret.of("whsec_c2ltdWxhdGlvbi1zZWNyZXQtb2YtMzItYnl0ZXM=");

    final Schedule schedule = new Schedule();
    final Trace trace;
    final OperationTable table = new OperationTable();
    final SplittableRandom random;
    final Weather weather;
    final boolean queueIsStores;
    final Duration lease;
    final RetryPolicy defaultPolicy;
    final Duration expiryGrace;
    final Duration longestRetryAfter;
    final SimulatedEndpoints endpoints;
    final Ledger ledger;
    final Invariants invariants;
    final DeliveryStore realDeliveries;
    final DeliveryQueue realQueue;
    final DeliveryStore deliveries;
    final CheckedQueue queue;
    final Coordination coordination;
    final SubscriptionModel subscriptionModel;
    final SubscriptionModel subscriptions;
    private final HostActions hosts;
    private final Actor fate = new Actor(null);
    private final List<SimulatedNode> nodes = new ArrayList<>();
    final Duration timeout;
    private final Duration poll;
    private final int batch;
    private final int heldBytes;
    private long storeWallOffset;
    private int nodesSoFar;

    Simulation(long seed) {
        this(seed, 1);
    }

    /** @param linesKept how many lines of its trace are kept to be read */
    Simulation(long seed, int linesKept) {
        trace = new Trace(linesKept);
        random = new SplittableRandom(seed);
        weather = new Weather(random, schedule);
        queueIsStores = random.nextInt(3) != 0;
        lease = Duration.ofSeconds(pick(8, 15, 30));
        timeout = Duration.ofMillis(random.nextLong(500, lease.toMillis() - 5_000 + 1));
        defaultPolicy = policy();
        expiryGrace = Duration.ofSeconds(pick(5, 40, 120));
        longestRetryAfter = Duration.ofSeconds(pick(3, 60));
        poll = Duration.ofMillis(pick(200, 1_000, 5_000));
        batch = (int) pick(1, 3, 20);
        heldBytes = (int) pick(1_000, 1_000_000);
        endpoints = new SimulatedEndpoints(random, weather.calm);
        var time = new StoreTime();
        var store = queueIsStores ? InMemoryWebhookStore.create(time) : InMemoryWebhookStore.withoutQueue(time);
        realDeliveries = store.deliveries();
        realQueue = queueIsStores ? store.queue().orElseThrow() : InMemoryDeliveryQueue.create(time);
        coordination = store.coordination();
        ledger = new Ledger(schedule, queueIsStores, table);
        invariants = new Invariants(this);
        deliveries = new CheckedStore(realDeliveries, ledger, invariants, trace, schedule);
        queue = new CheckedQueue(realQueue, ledger, invariants, trace, schedule);
        subscriptionModel = new SubscriptionModel(store.subscriptions(), this);
        subscriptions = subscriptionModel;
        hosts = new HostActions(this);
    }

    private long pick(long... from) {
        return from[random.nextInt(from.length)];
    }

    private RetryPolicy policy() {
        return switch (random.nextInt(4)) {
            case 0 -> RetryPolicy.never();
            case 1 -> RetryPolicy.schedule(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10));
            case 2 ->
                RetryPolicy.schedule(Duration.ofSeconds(20), Duration.ofSeconds(20))
                        .jitter(1);
            default ->
                RetryPolicy.schedule(
                        Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(45));
        };
    }

    private final class StoreTime implements TimeSource {
        @Override
        public Instant now() {
            return EPOCH.plusNanos(schedule.now() + storeWallOffset);
        }

        @Override
        public long nanoTime() {
            return schedule.now() + 77;
        }

        @Override
        public void parkNanos(long nanos) {
            throw new AssertionError("nothing parks in a simulation");
        }
    }

    static String host(int endpoint) {
        return "e" + endpoint + ".example.com";
    }

    static String url(int endpoint) {
        return "https://" + host(endpoint) + "/hooks";
    }

    /**
     * Runs it: some minutes with everything that can go wrong, then some in which nothing does any more and everything has to
     * come to an end.
     *
     * @return what was violated; {@code null} for nothing
     */
    @Nullable
    String run() {
        int count = 1 + random.nextInt(ENDPOINTS);
        for (int i = 0; i < count; i++) {
            subscribe(i);
        }
        for (int i = 1 + random.nextInt(3); i >= 0; i--) {
            join();
        }
        long trouble = random.nextLong(20 * SECOND, 200 * SECOND);
        schedule.after(0, fate, () -> strike(trouble));
        schedule.runUntil(trouble);
        weather.clears();
        endpoints.heal();
        if (liveNodes().isEmpty()) {
            join();
        }
        // What hosts are about to do on nodes that are paused still belongs to this part.
        for (var node : liveNodes()) {
            schedule.runUntil(Math.max(schedule.now(), node.pausedUntil() + SECOND));
        }
        rest(false);
        for (var id : subscriptionModel.ids()) {
            if (subscriptionModel.isDisabled(id)) {
                hosts.enable(liveNodes().get(0), id);
            }
        }
        schedule.runUntil(schedule.now() + SECOND);
        rest(true);
        if (invariants.violation() == null) {
            invariants.atTheEnd();
            if (weather.calm) {
                invariants.afterCalm();
            }
        }
        return invariants.violation();
    }

    /** What fate has for hosts and nodes, again and again. */
    private void strike(long until) {
        var live = liveNodes();
        if (!live.isEmpty()) {
            hosts.act(live.get(random.nextInt(live.size())));
            afflict(live.get(random.nextInt(live.size())));
        }
        if ((live.size() < 2 && random.nextInt(4) == 0) || (live.size() < 4 && random.nextInt(60) == 0)) {
            join();
        }
        // In bursts and lulls.
        long pause = random.nextLong(random.nextInt(3) == 0 ? 4 * SECOND : SECOND / 3);
        if (schedule.now() + pause < until) {
            schedule.after(pause, fate, () -> strike(until));
        }
    }

    private void afflict(SimulatedNode node) {
        if (random.nextDouble() < weather.lossRate) {
            trace.note(schedule.now(), "LOST", node.name);
            node.lose();
        }
        if (random.nextDouble() < weather.pauseRate) {
            long pause = random.nextLong(SECOND / 10, lease.multipliedBy(3).toNanos());
            trace.note(schedule.now(), "PAUSED", node.name, pause / 1e9);
            node.pause(pause);
        }
        if (random.nextDouble() < weather.clockRate) {
            node.jumpWallClock(random.nextLong(-300 * SECOND, 300 * SECOND));
        }
        if (random.nextDouble() < weather.clockRate / 4) {
            storeWallOffset += random.nextLong(-300 * SECOND, 300 * SECOND);
        }
        if (!queueIsStores && random.nextDouble() < weather.wipeRate) {
            trace.note(schedule.now(), "WIPED");
            queue.wipe();
        }
        if (random.nextDouble() < weather.outageRate) {
            trace.note(schedule.now(), "OUTAGE", node.name);
            weather.outage(random.nextBoolean() ? node : null, schedule.now() + random.nextLong(60 * SECOND));
        }
    }

    private void rest(boolean everythingEnabled) {
        long until = schedule.now() + LONGEST_REST;
        do {
            schedule.runUntil(schedule.now() + 2 * SECOND);
        } while (!isAtRest(everythingEnabled) && schedule.now() < until && !schedule.isStopped());
        invariants.atRest(everythingEnabled);
    }

    private boolean isAtRest(boolean everythingEnabled) {
        return realSubscriptionsAreDone()
                && liveNodes().stream().allMatch(SimulatedNode::isIdle)
                && ledger.entries.values().stream()
                        .allMatch(entry -> entry.status.isTerminal()
                                ? !entry.hasTicket
                                : !everythingEnabled && subscriptionModel.isDisabled(entry.subscriptionId));
    }

    private boolean realSubscriptionsAreDone() {
        return subscriptionModel.chores(1).isEmpty();
    }

    private void subscribe(int endpoint) {
        var settings = SubscriptionSettings.to(url(endpoint))
                .eventTypes(random.nextInt(3) == 0 ? "order.*" : "*")
                .maxInFlight(random.nextBoolean() ? null : 1 + random.nextInt(4))
                .retry(random.nextBoolean() ? null : policy());
        var id = new UUID((long) endpoint << 16 | 0x7000, random.nextLong() | Long.MIN_VALUE);
        var subscription = new Subscription(
                id, NewSubscription.DEFAULT_TENANT, settings, SubscriptionStatus.ACTIVE, null, 1, EPOCH, EPOCH);
        subscriptionModel.insert(new StoredSubscription(subscription, List.of(StoredSecret.lasting(SECRET))));
    }

    private void join() {
        if (nodesSoFar == MOST_NODES && !liveNodes().isEmpty()) {
            return;
        }
        var node = new SimulatedNode("node-" + ++nodesSoFar, this::settings, this);
        trace.note(schedule.now(), "JOINS", node.name);
        nodes.add(node);
    }

    private EngineSettings settings(String name, TimeSource time) {
        int maxInFlight = 2 + random.nextInt(10);
        return new EngineSettings(
                name,
                time,
                maxInFlight,
                1 + random.nextInt(4),
                random.nextInt(3) == 0 ? RateLimit.perSecond(1 + random.nextInt(5)) : null,
                random.nextInt(4) == 0
                        ? null
                        : new BreakerPolicy(1 + random.nextInt(5), 0.5, Duration.ofSeconds(2), Duration.ofMinutes(2)),
                batch,
                4 * Math.max(maxInFlight, batch),
                heldBytes,
                lease,
                timeout,
                defaultPolicy,
                expiryGrace,
                longestRetryAfter,
                poll,
                Duration.ofDays(10),
                null,
                null,
                null);
    }

    List<SimulatedNode> liveNodes() {
        return nodes.stream().filter(node -> !node.isLost()).toList();
    }

    int realDeliveriesCount() {
        int count = 0;
        String after = null;
        do {
            var page = realDeliveries.list(DeliveryQuery.all().after(after).limit(1_000));
            count += page.items().size();
            after = page.next();
        } while (after != null);
        return count;
    }
}
