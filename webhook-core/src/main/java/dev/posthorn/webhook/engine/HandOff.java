package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what is published on this node straight to its lanes, without a claim and a load: its tickets are leased in the
 * transaction that writes them. Only while there is room, and while nothing older is due, so that a busy publisher does
 * not starve the backlog.
 */
final class HandOff {
    private static final Logger log = LoggerFactory.getLogger(HandOff.class);

    private final EngineSettings settings;
    private final Holdings holdings;
    private final Claimer claimer;
    private final Recorder recorder;
    private final Dispatch dispatch;
    private final @Nullable DeliveryQueue outsideQueue;
    private final Vitals vitals;
    private final Runnable wakeClaimer;
    private final TimeSource time;
    private volatile boolean open;
    private volatile boolean queueFails;

    /**
     * @param outsideQueue where tickets must be put after the append; {@code null} if the store does that
     * @param wakeClaimer has this node or another look for what this one did not take
     */
    HandOff(
            EngineSettings settings,
            Holdings holdings,
            Claimer claimer,
            Recorder recorder,
            Dispatch dispatch,
            @Nullable DeliveryQueue outsideQueue,
            Vitals vitals,
            Runnable wakeClaimer) {
        this.settings = settings;
        this.holdings = holdings;
        this.claimer = claimer;
        this.recorder = recorder;
        this.dispatch = dispatch;
        this.outsideQueue = outsideQueue;
        this.vitals = vitals;
        this.wakeClaimer = wakeClaimer;
        time = settings.time();
    }

    /** From now on this node delivers. */
    void open() {
        open = true;
    }

    /** From now on this node only publishes. */
    void close() {
        open = false;
    }

    /** Begins one append. */
    Handing begin() {
        return new OwnAppend();
    }

    /** Puts tickets of deliveries that are in the store on the queue, which is not the store's. */
    void putOnQueue(List<Ticket> tickets) {
        enqueue(Objects.requireNonNull(outsideQueue), tickets);
    }

    private List<Lease> enqueue(DeliveryQueue queue, List<Ticket> tickets) {
        try {
            var leases = vitals.queue("enqueue", () -> queue.enqueue(tickets)).leases();
            queueFails = false;
            return leases;
        } catch (StoreException problem) {
            // The store has them, so they are not lost: what is overdue is put back on the queue.
            if (!queueFails) {
                log.warn("tickets cannot be put on the queue; they follow when it works again", problem);
            }
            queueFails = true;
            return List.of();
        }
    }

    /** What is done around one append. */
    interface Handing {
        /** Takes room for a delivery that is due now, and tells what lease to ask for; {@code null} for none. */
        @Nullable
        Duration lease(UUID deliveryId, UUID subscriptionId, int size);

        /** It was committed. */
        void appended(List<Publication> publications, List<Appended> appended);

        /** Gives back the room that was not used. Called in every case. */
        void end();
    }

    private final class OwnAppend implements Handing {
        private final long startedAt = time.nanoTime();
        private final boolean mayLease = open && claimer.isCaughtUp() && !recorder.isFailing();
        private final Map<UUID, Held> held = new HashMap<>();
        private final Set<UUID> withoutRoom = new HashSet<>();

        @Override
        public @Nullable Duration lease(UUID deliveryId, UUID subscriptionId, int size) {
            var taken = mayLease ? holdings.tryHold(deliveryId, subscriptionId, size) : null;
            if (taken == null) {
                if (mayLease) {
                    withoutRoom.add(deliveryId);
                }
                return null;
            }
            held.put(deliveryId, taken);
            return settings.lease();
        }

        @Override
        public void appended(List<Publication> publications, List<Appended> appended) {
            var leases = new HashMap<UUID, Lease>();
            appended.forEach(each -> each.leases().forEach(lease -> leases.put(lease.deliveryId(), lease)));
            if (outsideQueue != null) {
                enqueue(outsideQueue, publications, appended).forEach(lease -> leases.put(lease.deliveryId(), lease));
            }
            var arriving = new ArrayList<Held>();
            var left = new HashSet<UUID>();
            boolean mustClaim = false;
            for (var publication : publications) {
                for (var ticket : publication.deliveries()) {
                    var lease = leases.get(ticket.deliveryId());
                    var taken = lease == null ? null : held.remove(ticket.deliveryId());
                    if (lease != null && taken != null) {
                        taken.lease(lease, startedAt + settings.lease().toNanos());
                        taken.content(Loaded.Ready.appended(lease, publication.event()), time.nanoTime());
                        arriving.add(taken);
                    } else if (withoutRoom.contains(ticket.deliveryId())) {
                        left.add(ticket.subscriptionId());
                    } else {
                        mustClaim = true;
                    }
                }
            }
            if (!arriving.isEmpty()) {
                dispatch.arrive(arriving);
            }
            for (var subscriptionId : left) {
                mustClaim |= holdings.mayClaim(subscriptionId);
            }
            if (mustClaim) {
                wakeClaimer.run();
            }
        }

        private List<Lease> enqueue(DeliveryQueue queue, List<Publication> publications, List<Appended> appended) {
            var tickets = new ArrayList<Ticket>();
            for (int i = 0; i < publications.size(); i++) {
                if (!appended.get(i).receipt().duplicate()) {
                    tickets.addAll(publications.get(i).deliveries());
                }
            }
            return tickets.isEmpty() ? List.of() : HandOff.this.enqueue(queue, tickets);
        }

        @Override
        public void end() {
            held.values().forEach(holdings::release);
            held.clear();
        }
    }
}
