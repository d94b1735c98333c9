package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.engine.HandOff.Handing;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The appends in one transaction of the host's. Nothing is leased or sent before it commits, for nobody knows when, or
 * whether, it does. A queue that is not the store's own gets the tickets then: one whose delivery was rolled back, to a
 * savepoint say, is found to have none by whoever claims it.
 */
final class JoinedAppends implements Handing {
    private final @Nullable Consumer<List<Ticket>> outsideQueue;
    private final Runnable wakeClaimer;
    private final TimeSource time;
    private final List<Waiting> waiting = new ArrayList<>();

    private record Waiting(Ticket ticket, long since) {
        /** With what is left of its delay. */
        Ticket at(long now) {
            var left = ticket.delay().minusNanos(now - since);
            return new Ticket(
                    ticket.deliveryId(),
                    ticket.subscriptionId(),
                    left.isNegative() ? Duration.ZERO : left,
                    null,
                    ticket.isRetry());
        }
    }

    /** @param outsideQueue puts tickets on a queue; {@code null} if the store does that */
    JoinedAppends(@Nullable Consumer<List<Ticket>> outsideQueue, Runnable wakeClaimer, TimeSource time) {
        this.outsideQueue = outsideQueue;
        this.wakeClaimer = wakeClaimer;
        this.time = time;
    }

    @Override
    public @Nullable Duration lease(UUID deliveryId, UUID subscriptionId, int size) {
        return null;
    }

    @Override
    public void appended(List<Publication> publications, List<Appended> appended) {
        if (outsideQueue == null) {
            return;
        }
        long now = time.nanoTime();
        for (int i = 0; i < publications.size(); i++) {
            if (!appended.get(i).receipt().duplicate()) {
                publications.get(i).deliveries().forEach(ticket -> waiting.add(new Waiting(ticket, now)));
            }
        }
    }

    @Override
    public void end() {}

    /** The transaction has committed. */
    void committed() {
        if (outsideQueue != null && !waiting.isEmpty()) {
            long now = time.nanoTime();
            outsideQueue.accept(waiting.stream().map(each -> each.at(now)).toList());
            waiting.clear();
        }
        wakeClaimer.run();
    }
}
