package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A queue as one node sees it, with trouble in between. */
record FaultyQueue(OutsideQueue real, Trouble trouble) implements OutsideQueue {
    @Override
    public Placed enqueue(List<Ticket> tickets) {
        return trouble.around(Call.ENQUEUE, () -> real.enqueue(tickets));
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return trouble.around(Call.CLAIM, () -> real.claim(request));
    }

    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        return trouble.around(Call.SETTLE, () -> real.settle(settlements));
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        trouble.around(Call.REMOVE, () -> {
            real.remove(deliveryIds);
            return deliveryIds;
        });
    }

    @Override
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        return trouble.around(Call.COUNT, () -> real.count(subscriptionIds, atMost));
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        return trouble.around(Call.COUNT_EACH, () -> real.countEach(subscriptionIds, atMost));
    }

    @Override
    public QueueStats stats() {
        return trouble.around(Call.STATS, real::stats);
    }

    @Override
    public Optional<String> mark() {
        return trouble.around(Call.MARK, real::mark);
    }

    @Override
    public boolean mark(String before, String mark) {
        return trouble.around(Call.MARK, () -> real.mark(before, mark));
    }
}
