package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue in memory, lost when the process ends. Tickets are kept by subscription, and subscriptions by their earliest
 * ticket, so that a claim passes over a subscription in one step however much waits for it. Safe for use by several
 * threads.
 */
public final class InMemoryDeliveryQueue implements DeliveryQueue {
    private final ReentrantLock lock;
    private final TimeSource time;
    private final long origin;
    private final Map<UUID, Place> places = new HashMap<>();
    private final Map<UUID, Line> lines = new HashMap<>();
    private final TreeSet<Line> byHead = new TreeSet<>();
    private long lastToken;

    /** One ticket. The moment {@code visibleAt} is its due time and its lease's end in one. */
    private static final class Place implements Comparable<Place> {
        final UUID deliveryId;
        final Line line;
        long visibleAt;
        long token;

        Place(UUID deliveryId, Line line) {
            this.deliveryId = deliveryId;
            this.line = line;
        }

        boolean isLeased(long now) {
            return token != 0 && visibleAt > now;
        }

        @Override
        public int compareTo(Place other) {
            int order = Long.compare(visibleAt, other.visibleAt);
            return order != 0 ? order : deliveryId.compareTo(other.deliveryId);
        }
    }

    /** One subscription's tickets. */
    private static final class Line implements Comparable<Line> {
        final UUID subscriptionId;
        final TreeSet<Place> places = new TreeSet<>();
        /** Whether {@code byHead} has this line, and where; the latter is changed only while it has not. */
        boolean isFiled;

        long headVisibleAt;
        /** How many the claim that is under way took. */
        int claimed;

        Line(UUID subscriptionId) {
            this.subscriptionId = subscriptionId;
        }

        @Override
        public int compareTo(Line other) {
            int order = Long.compare(headVisibleAt, other.headVisibleAt);
            return order != 0 ? order : subscriptionId.compareTo(other.subscriptionId);
        }
    }

    InMemoryDeliveryQueue(TimeSource time, ReentrantLock lock) {
        this.time = time;
        this.lock = lock;
        this.origin = time.nanoTime();
    }

    /** An empty queue on the machine's clock. */
    public static InMemoryDeliveryQueue create() {
        return create(TimeSource.system());
    }

    /** An empty queue on a clock of the caller's. */
    public static InMemoryDeliveryQueue create(TimeSource time) {
        return new InMemoryDeliveryQueue(time, new ReentrantLock());
    }

    @Override
    public Placed enqueue(List<Ticket> tickets) {
        lock.lock();
        try {
            long now = now();
            var leases = new ArrayList<Lease>();
            var alreadyLeased = new HashSet<UUID>();
            for (var ticket : tickets) {
                var place = places.get(ticket.deliveryId());
                if (place != null && place.isLeased(now)) {
                    alreadyLeased.add(ticket.deliveryId());
                } else if (ticket.lease() != null) {
                    leases.add(lease(
                            place != null ? place : newPlace(ticket),
                            now + ticket.lease().toNanos()));
                } else {
                    long due = now + ticket.delay().toNanos();
                    if (place == null) {
                        move(newPlace(ticket), due);
                    } else {
                        place.token = 0;
                        move(place, Math.min(due, place.visibleAt));
                    }
                }
            }
            return new Placed(leases, alreadyLeased);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        lock.lock();
        try {
            long now = now();
            long until = now + request.lease().toNanos();
            var leases = new ArrayList<Lease>();
            var touched = new HashSet<Line>();
            // Lines that may give no more to this claim; they are put back at the end.
            var servedOut = new ArrayList<Line>();
            while (leases.size() < request.limit() && !byHead.isEmpty() && byHead.first().headVisibleAt <= now) {
                var line = byHead.pollFirst();
                line.isFiled = false;
                int allowance = request.allowance(line.subscriptionId);
                if (line.claimed < allowance) {
                    var place = line.places.pollFirst();
                    place.visibleAt = until;
                    place.token = ++lastToken;
                    line.places.add(place);
                    line.claimed++;
                    leases.add(new Lease(place.deliveryId, line.subscriptionId, place.token));
                }
                if (line.claimed >= allowance) {
                    servedOut.add(line);
                } else {
                    file(line);
                }
                touched.add(line);
            }
            var nextDue = nextDue(now, servedOut);
            servedOut.forEach(this::file);
            touched.forEach(line -> line.claimed = 0);
            return new Claimed(leases, nextDue);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Duration nextDue(long now, List<Line> servedOut) {
        long earliest = byHead.isEmpty() ? Long.MAX_VALUE : byHead.first().headVisibleAt;
        for (var line : servedOut) {
            // What is due there now is of no use to a node that has no room for it.
            if (headOf(line) > now) {
                earliest = Math.min(earliest, headOf(line));
            }
        }
        return earliest == Long.MAX_VALUE ? null : Duration.ofNanos(Math.max(0, earliest - now));
    }

    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        lock.lock();
        try {
            var lost = new HashSet<UUID>();
            for (var settlement : settlements) {
                if (!holds(settlement.lease())) {
                    lost.add(settlement.lease().deliveryId());
                } else if (settlement instanceof Settlement.Again again) {
                    giveBack(again.lease().deliveryId(), again.delay());
                } else {
                    take(settlement.lease().deliveryId());
                }
            }
            return lost;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        lock.lock();
        try {
            deliveryIds.forEach(this::take);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public QueueStats stats() {
        lock.lock();
        try {
            long overdueBy = byHead.isEmpty() ? -1 : now() - byHead.first().headVisibleAt;
            return new QueueStats(places.size(), overdueBy < 0 ? null : Duration.ofNanos(overdueBy));
        } finally {
            lock.unlock();
        }
    }

    // What follows is called with the lock held, here and by the store that owns this queue.

    boolean holds(Lease lease) {
        var place = places.get(lease.deliveryId());
        return place != null && place.token == lease.token();
    }

    boolean isLeased(UUID deliveryId) {
        var place = places.get(deliveryId);
        return place != null && place.isLeased(now());
    }

    void giveBack(UUID deliveryId, Duration delay) {
        var place = places.get(deliveryId);
        if (place != null) {
            place.token = 0;
            move(place, now() + delay.toNanos());
        }
    }

    void take(UUID deliveryId) {
        var place = places.remove(deliveryId);
        if (place != null) {
            place.line.places.remove(place);
            file(place.line);
        }
    }

    private Place newPlace(Ticket ticket) {
        var place = new Place(ticket.deliveryId(), lines.computeIfAbsent(ticket.subscriptionId(), Line::new));
        places.put(place.deliveryId, place);
        return place;
    }

    private Lease lease(Place place, long until) {
        place.token = ++lastToken;
        move(place, until);
        return new Lease(place.deliveryId, place.line.subscriptionId, place.token);
    }

    private void move(Place place, long visibleAt) {
        place.line.places.remove(place);
        place.visibleAt = visibleAt;
        place.line.places.add(place);
        file(place.line);
    }

    /** Puts a line where it belongs by its first ticket, which mostly is where it stands. */
    private void file(Line line) {
        long head = headOf(line);
        if (line.isFiled && head == line.headVisibleAt) {
            return;
        }
        if (line.isFiled) {
            byHead.remove(line);
        }
        line.isFiled = !line.places.isEmpty();
        if (line.isFiled) {
            line.headVisibleAt = head;
            byHead.add(line);
        } else {
            lines.remove(line.subscriptionId);
        }
    }

    private static long headOf(Line line) {
        return line.places.isEmpty() ? Long.MAX_VALUE : line.places.first().visibleAt;
    }

    /** Counted from this queue's beginning, so that moments can be compared as plain numbers. */
    private long now() {
        return time.nanoTime() - origin;
    }
}
