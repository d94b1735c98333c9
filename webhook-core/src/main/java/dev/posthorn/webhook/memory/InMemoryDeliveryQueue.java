package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue in memory, lost when the process ends. Tickets are kept by subscription, and subscriptions by their earliest
 * ticket, so that a claim passes over a subscription in one step however much waits for it: it costs by what it takes and
 * by how many subscriptions have something due. Each claim finds whatever it may lease. Safe for use by several threads.
 */
public final class InMemoryDeliveryQueue implements OutsideQueue {
    private final ReentrantLock lock;
    private final TimeSource time;
    private final long origin;
    private final Map<UUID, Place> places = new HashMap<>();
    private final Map<UUID, Line> lines = new HashMap<>();
    private final TreeSet<Line> byHead = new TreeSet<>();
    private @Nullable String mark;
    private long lastToken;
    private long claims;

    /** One ticket. The moment {@code visibleAt} is its due time and its lease's end in one. */
    private static final class Place implements Comparable<Place> {
        final UUID deliveryId;
        final Line line;
        long visibleAt;
        long token;
        boolean isRetry;

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
        /** Of so many turns one is a retry's, while both kinds are due. */
        static final int TURNS = 4;

        final UUID subscriptionId;
        final TreeSet<Place> firstAttempts = new TreeSet<>();
        final TreeSet<Place> retries = new TreeSet<>();
        /** Whether {@code byHead} has this line, and where; the latter is changed only while it has not. */
        boolean isFiled;

        long headVisibleAt;
        /** How many the claim that is under way took. */
        int claimed;

        Line(UUID subscriptionId) {
            this.subscriptionId = subscriptionId;
        }

        void add(Place place) {
            (place.isRetry ? retries : firstAttempts).add(place);
        }

        void remove(Place place) {
            (place.isRetry ? retries : firstAttempts).remove(place);
        }

        int size() {
            return firstAttempts.size() + retries.size();
        }

        long head() {
            return Math.min(headOf(firstAttempts), headOf(retries));
        }

        private static long headOf(SortedSet<Place> places) {
            return places.isEmpty() ? Long.MAX_VALUE : places.first().visibleAt;
        }

        /** The next in turn of those that are due; at least one must be. */
        Place next(long now, int turn) {
            boolean isRetrysTurn = (claimed + 1 + turn) % TURNS == 0;
            boolean isRetry = headOf(firstAttempts) > now || (isRetrysTurn && headOf(retries) <= now);
            return (isRetry ? retries : firstAttempts).first();
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
                var known = places.get(ticket.deliveryId());
                if (known != null && known.isLeased(now)) {
                    alreadyLeased.add(ticket.deliveryId());
                    continue;
                }
                var place = known != null ? known : newPlace(ticket);
                if (ticket.lease() != null) {
                    place.token = ++lastToken;
                    move(place, now + ticket.lease().toNanos(), ticket.isRetry());
                    leases.add(new Lease(place.deliveryId, place.line.subscriptionId, place.token));
                } else {
                    long due = now + ticket.delay().toNanos();
                    // Whoever let his lease run out must not take off what has been put here since.
                    place.token = 0;
                    move(place, known == null ? due : Math.min(due, known.visibleAt), ticket.isRetry());
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
            var served = new ArrayList<Line>();
            boolean isMoreDue = findDue(request, now, served);
            var inTurn = new ArrayDeque<>(served);
            int turn = nextTurn();
            while (leases.size() < request.limit() && !inTurn.isEmpty()) {
                var line = inTurn.remove();
                var place = line.next(now, turn);
                line.remove(place);
                place.visibleAt = until;
                place.token = ++lastToken;
                line.add(place);
                line.claimed++;
                leases.add(new Lease(place.deliveryId, line.subscriptionId, place.token));
                if (line.claimed < request.allowance(line.subscriptionId) && line.head() <= now) {
                    inTurn.add(line);
                }
            }
            for (var line : served) {
                line.claimed = 0;
                file(line);
            }
            return new Claimed(leases, isMoreDue || !inTurn.isEmpty() ? Duration.ZERO : nextDue(now));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Finds lines with something due that may be taken, the longest due first: as many as a claim can take from.
     *
     * @return whether there are more of them
     */
    private boolean findDue(ClaimRequest request, long now, List<Line> found) {
        for (var line : byHead) {
            if (line.headVisibleAt > now) {
                return false;
            }
            if (request.allowance(line.subscriptionId) > 0) {
                if (found.size() == request.limit()) {
                    return true;
                }
                found.add(line);
            }
        }
        return false;
    }

    /** Multiples of the golden ratio: also every second, or tenth, of them take all turns equally often. */
    private int nextTurn() {
        return (int) ((++claims * 0x9E3779B97F4A7C15L) >>> 62);
    }

    /** What is due now is of no use to a node that has no room for it. */
    private @Nullable Duration nextDue(long now) {
        var later = new Line(new UUID(Long.MIN_VALUE, Long.MIN_VALUE));
        later.headVisibleAt = now + 1;
        var next = byHead.ceiling(later);
        return next == null ? null : Duration.ofNanos(next.headVisibleAt - now);
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
                    giveBack(again.lease().deliveryId(), again.delay(), again.isRetry());
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
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        lock.lock();
        try {
            long count = 0;
            for (var id : new HashSet<>(subscriptionIds)) {
                var line = lines.get(id);
                count += line == null ? 0 : line.size();
                if (count >= atMost) {
                    return atMost;
                }
            }
            return (int) count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        lock.lock();
        try {
            var counts = new HashMap<UUID, Integer>();
            for (var id : subscriptionIds) {
                var line = lines.get(id);
                counts.put(id, line == null ? 0 : Math.min(line.size(), atMost));
            }
            return counts;
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

    @Override
    public Optional<String> mark() {
        lock.lock();
        try {
            return Optional.ofNullable(mark);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean mark(@Nullable String before, String newMark) {
        lock.lock();
        try {
            if (before != null && !before.equals(mark)) {
                return false;
            }
            mark = newMark;
            return true;
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

    /** @param isRetry whether an attempt was made; otherwise the ticket stays what it was */
    void giveBack(UUID deliveryId, Duration delay, boolean isRetry) {
        var place = places.get(deliveryId);
        if (place != null) {
            place.token = 0;
            move(place, now() + delay.toNanos(), place.isRetry || isRetry);
        }
    }

    void take(UUID deliveryId) {
        var place = places.remove(deliveryId);
        if (place != null) {
            place.line.remove(place);
            file(place.line);
        }
    }

    private Place newPlace(Ticket ticket) {
        var place = new Place(ticket.deliveryId(), lines.computeIfAbsent(ticket.subscriptionId(), Line::new));
        places.put(place.deliveryId, place);
        return place;
    }

    private void move(Place place, long visibleAt, boolean isRetry) {
        place.line.remove(place);
        place.visibleAt = visibleAt;
        place.isRetry = isRetry;
        place.line.add(place);
        file(place.line);
    }

    /** Puts a line where it belongs by its first ticket, which mostly is where it stands. */
    private void file(Line line) {
        long head = line.head();
        if (line.isFiled && head == line.headVisibleAt) {
            return;
        }
        if (line.isFiled) {
            byHead.remove(line);
        }
        line.isFiled = line.size() > 0;
        if (line.isFiled) {
            line.headVisibleAt = head;
            byHead.add(line);
        } else {
            lines.remove(line.subscriptionId);
        }
    }

    /** Counted from this queue's beginning, so that moments can be compared as plain numbers. */
    private long now() {
        return time.nanoTime() - origin;
    }
}
