package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions as one node sees them, with trouble in between. */
record FaultySubscriptions(SubscriptionStore real, Trouble trouble) implements SubscriptionStore {
    @Override
    public void insert(StoredSubscription subscription) {
        trouble.around(Call.INSERT_SUBSCRIPTION, () -> {
            real.insert(subscription);
            return subscription;
        });
    }

    @Override
    public boolean update(StoredSubscription subscription) {
        return trouble.around(Call.UPDATE_SUBSCRIPTION, () -> real.update(subscription));
    }

    @Override
    public boolean delete(UUID id) {
        return trouble.around(Call.DELETE_SUBSCRIPTION, () -> real.delete(id));
    }

    @Override
    public Optional<StoredSubscription> find(UUID id) {
        return trouble.around(Call.FIND_SUBSCRIPTION, () -> real.find(id));
    }

    @Override
    public Page<Subscription> list(SubscriptionQuery query) {
        return trouble.around(Call.LIST_SUBSCRIPTIONS, () -> real.list(query));
    }

    @Override
    public SubscriptionChanges changes(long position, int limit) {
        return trouble.around(Call.CHANGES, () -> real.changes(position, limit));
    }

    @Override
    public List<Chore> chores(int limit) {
        return trouble.around(Call.CHORES, () -> real.chores(limit));
    }

    @Override
    public void choreDone(Chore chore) {
        trouble.around(Call.CHORE_DONE, () -> {
            real.choreDone(chore);
            return chore;
        });
    }

    @Override
    public RenewedSecrets renewSecrets(@Nullable UUID after, int limit) {
        return trouble.around(Call.RENEW_SECRETS, () -> real.renewSecrets(after, limit));
    }

    @Override
    public void report(List<EndpointReport> reports) {
        trouble.around(Call.REPORT, () -> {
            real.report(reports);
            return reports;
        });
    }

    @Override
    public List<FailingMark> failing(Duration atLeast, int failures, int limit) {
        return trouble.around(Call.FAILING, () -> real.failing(atLeast, failures, limit));
    }

    @Override
    public Optional<FailingMark> failing(UUID subscriptionId) {
        return trouble.around(Call.FAILING, () -> real.failing(subscriptionId));
    }
}
