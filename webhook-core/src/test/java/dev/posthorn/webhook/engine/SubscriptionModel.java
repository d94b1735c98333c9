package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The real store of subscriptions, and what it held when. */
final class SubscriptionModel implements SubscriptionStore {
    /** How far behind a node's knowledge may be, the time of its calls to the store aside. */
    private static final long BEHIND_NANOS = Duration.ofMillis(1_200).toNanos();

    private final SubscriptionStore store;
    private final Simulation simulation;
    private final Map<UUID, List<Then>> histories = new TreeMap<>();

    /** What a subscription was from a moment on; {@code null} for deleted. */
    private record Then(long from, @Nullable Subscription what) {
        boolean isActive() {
            return what != null && what.isActive();
        }
    }

    SubscriptionModel(SubscriptionStore store, Simulation simulation) {
        this.store = store;
        this.simulation = simulation;
    }

    Set<UUID> ids() {
        return histories.keySet();
    }

    private List<Then> history(UUID id) {
        return histories.computeIfAbsent(id, each -> new ArrayList<>());
    }

    private Then latest(UUID id) {
        var history = history(id);
        return history.get(history.size() - 1);
    }

    boolean isDeleted(UUID id) {
        return latest(id).what == null;
    }

    boolean isDisabled(UUID id) {
        return !isDeleted(id) && !latest(id).isActive();
    }

    boolean neverDisabled(UUID id) {
        return history(id).stream().allMatch(Then::isActive);
    }

    /** It never changes. */
    RetryPolicy policy(UUID id) {
        var policy = java.util.Objects.requireNonNull(history(id).get(0).what)
                .settings()
                .retry();
        return policy == null ? simulation.defaultPolicy : policy;
    }

    int highestLimit(UUID id, EngineSettings settings) {
        return history(id).stream()
                .map(then -> then.what == null ? null : then.what.settings().maxInFlight())
                .mapToInt(limit -> limit == null ? settings.maxInFlightPerSubscription() : limit)
                .max()
                .orElse(0);
    }

    /** Nothing is sent for long to what is disabled or deleted, if nothing keeps nodes from learning of it. */
    void sent(SimulatedNode node, UUID id, UUID deliveryId) {
        var latest = latest(id);
        simulation.invariants.hold(
                latest.isActive()
                        || !simulation.weather.calm
                        || simulation.schedule.now() - latest.from < 3 * BEHIND_NANOS,
                deliveryId,
                "sent to a subscription that gets nothing",
                node);
    }

    /** Who wants a type all the time must have been reached, and who wanted it never must not. */
    void checkReached(Set<UUID> reached, String type, @Nullable UUID target, long from, long to) {
        histories.forEach((id, history) -> {
            boolean always = target == null || target.equals(id);
            boolean ever = false;
            if (history.get(0).from > from - BEHIND_NANOS) {
                always = false;
            }
            for (int i = 0; i < history.size(); i++) {
                long until = i + 1 < history.size() ? history.get(i + 1).from : Long.MAX_VALUE;
                if (until >= from - BEHIND_NANOS && history.get(i).from <= to) {
                    boolean wants = wants(history.get(i), type) && (target == null || target.equals(id));
                    always &= wants;
                    ever |= wants;
                }
            }
            simulation.invariants.hold(!always || reached.contains(id), null, "not reached", Trace.brief(id), type);
            simulation.invariants.hold(ever || !reached.contains(id), null, "reached in vain", Trace.brief(id), type);
        });
    }

    private static boolean wants(Then then, String type) {
        return then.what != null
                && then.what.status() != SubscriptionStatus.DISABLED
                && then.what.settings().eventTypes().stream().anyMatch(pattern -> EventTypes.matches(pattern, type));
    }

    private void changed(UUID id, @Nullable Subscription now) {
        var history = history(id);
        if (!history.isEmpty() && now != null) {
            var before = latest(id).what;
            simulation.invariants.hold(
                    before != null && now.version() == before.version() + 1,
                    null,
                    "subscription's version",
                    before,
                    now);
        }
        simulation.trace.note(
                simulation.schedule.now(),
                "subscription",
                id,
                now == null ? "deleted" : now.status().name());
        history.add(new Then(simulation.schedule.now(), now));
    }

    @Override
    public void insert(StoredSubscription subscription) {
        store.insert(subscription);
        changed(subscription.subscription().id(), subscription.subscription());
    }

    @Override
    public boolean update(StoredSubscription subscription) {
        boolean done = store.update(subscription);
        if (done) {
            changed(subscription.subscription().id(), subscription.subscription());
        }
        return done;
    }

    @Override
    public boolean delete(UUID id) {
        boolean done = store.delete(id);
        if (done) {
            changed(id, null);
        }
        return done;
    }

    @Override
    public Optional<StoredSubscription> find(UUID id) {
        return store.find(id);
    }

    @Override
    public Page<Subscription> list(SubscriptionQuery query) {
        return store.list(query);
    }

    @Override
    public SubscriptionChanges changes(long position, int limit) {
        return store.changes(position, limit);
    }

    @Override
    public List<Chore> chores(int limit) {
        return store.chores(limit);
    }

    @Override
    public void choreDone(Chore chore) {
        simulation.trace.note(
                simulation.schedule.now(),
                "chore done",
                chore.subscriptionId(),
                chore.kind().name());
        store.choreDone(chore);
    }

    @Override
    public RenewedSecrets renewSecrets(@Nullable UUID after, int limit) {
        return store.renewSecrets(after, limit);
    }

    @Override
    public void report(List<EndpointReport> reports) {
        store.report(reports);
    }

    @Override
    public List<FailingMark> failing(Duration atLeast, int failures, int limit) {
        return store.failing(atLeast, failures, limit);
    }

    @Override
    public Optional<FailingMark> failing(UUID subscriptionId) {
        return store.failing(subscriptionId);
    }
}
