package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.engine.Holdings.Start;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Serves the lanes: one delivery from each in turn, as long as the lane and the whole dispatcher have permits left. What
 * other threads want of it they leave in its inbox; everything else here belongs to whoever has the turn.
 *
 * <p>That is the dispatch thread, or a sender whose attempt has just ended and who finds the turn free: it takes the next
 * delivery along by itself. Otherwise two threads would have to be woken for each delivery, which measured costs more than
 * all else that the engine does for it.
 *
 * <p>Lanes without a recent quick success stand in a ring of their own and together use at most half of the permits. A lane
 * that finds at its turn that its limits, its breaker or a pause keep it from beginning stands in no ring until one of its
 * attempts has ended, or until its time has come.
 */
final class Dispatch implements Step {
    /** How long a lane stands aside at most before its limits are looked at again, which may have been changed. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofSeconds(1).toNanos();

    private final Holdings holdings;
    private final Recorder recorder;
    private final Sends sends;
    private final TimeSource time;
    private final int maxInFlight;
    private final int maxUnproven;

    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Runnable wake = () -> {};

    private final Map<UUID, Lane> lanes = new HashMap<>();
    private final ArrayDeque<Lane> proven = new ArrayDeque<>();
    private final ArrayDeque<Lane> unproven = new ArrayDeque<>();
    /** Those that wait for a moment, which is compared as differences because the monotonic clock may wrap around. */
    private final PriorityQueue<Lane> timed =
            new PriorityQueue<>((one, other) -> Long.compare(one.readyAt - other.readyAt, 0));

    private boolean provenNext;
    private int unprovenInFlight;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean paused;
    private volatile boolean closing;

    private static final Start NOTHING_WAITS = new Start.Wait(Long.MAX_VALUE);

    /** A delivery that has its permits, to be attempted at once. */
    record Sending(Lane lane, Held delivery, boolean countsAsUnproven, boolean isProbe) {}

    Dispatch(EngineSettings settings, Holdings holdings, Recorder recorder, Sends sends) {
        this.holdings = holdings;
        this.recorder = recorder;
        this.sends = sends;
        time = settings.time();
        maxInFlight = settings.maxInFlight();
        maxUnproven = Math.max(1, maxInFlight / 2);
    }

    void onWork(Runnable newWake) {
        wake = newWake;
    }

    /** Deliveries that are held and loaded come to their lanes. */
    void arrive(Collection<Held> deliveries) {
        tell(() -> deliveries.forEach(this::toLane));
    }

    /** Deliveries that were cancelled are not sent, if they still wait here. */
    void forget(Set<UUID> deliveryIds) {
        tell(() -> lanes.values()
                .forEach(lane -> lane.removeIf(delivery -> {
                    boolean forgotten = deliveryIds.contains(delivery.deliveryId());
                    if (forgotten) {
                        holdings.release(delivery);
                    }
                    return forgotten;
                })));
    }

    /** Starts nothing more; what waits is given back. What is in flight goes on. */
    void close() {
        closing = true;
        tell(() -> lanes.values().forEach(lane -> giveBackWaiting(lane, Duration.ZERO)));
    }

    /** Starts nothing more and gives back what waits, until it is to go on. What is in flight goes on. */
    void pause(boolean now) {
        paused = now;
        tell(() -> {
            if (paused) {
                lanes.values().forEach(lane -> giveBackWaiting(lane, Duration.ZERO));
            }
        });
    }

    /** How many attempts run now. */
    int inFlight() {
        return inFlight.get();
    }

    private void tell(Runnable message) {
        inbox.add(message);
        wake.run();
    }

    @Override
    public long step() {
        var starting = new ArrayList<Sending>();
        long pause;
        turn.lock();
        try {
            readInbox();
            bringBackTimed();
            for (Sending next; (next = next()) != null; ) {
                starting.add(next);
            }
            var first = timed.peek();
            pause = first == null ? UNTIL_WOKEN : Math.max(0, first.readyAt - time.nanoTime());
        } finally {
            turn.unlock();
        }
        start(starting);
        return pause;
    }

    /**
     * Not within the turn: a thread that is woken often takes the processor of the one that woke it, and senders that end
     * meanwhile would find the turn taken and have to be woken in their turn, and so on.
     */
    private void start(List<Sending> starting) {
        for (int i = 0; i < starting.size(); i++) {
            try {
                sends.start(starting.get(i), this);
            } catch (RuntimeException | Error problem) {
                // There is no thread to be had, say.
                starting.subList(i, starting.size()).forEach(this::takeBack);
                throw problem;
            }
        }
    }

    private void takeBack(Sending notStarted) {
        tell(() -> {
            giveBack(notStarted.delivery, Duration.ZERO);
            ended(notStarted, Lesson.NONE);
        });
    }

    /**
     * Told by a sender whose attempt has ended.
     *
     * @return what it is to attempt next, if anything
     */
    @Nullable
    Sending nextAfter(Sending ended, Lesson lesson) {
        inbox.add(() -> ended(ended, lesson));
        Sending next = null;
        boolean isMoreToDo = true;
        if (turn.tryLock()) {
            try {
                readInbox();
                next = next();
                isMoreToDo = next != null && mayStart();
            } finally {
                turn.unlock();
            }
        }
        // What was left in the inbox since it was read had no other to be told to, if its sender found the turn taken.
        if (isMoreToDo || !inbox.isEmpty()) {
            wake.run();
        }
        return next;
    }

    private void readInbox() {
        for (Runnable message; (message = inbox.poll()) != null; ) {
            message.run();
        }
    }

    private boolean mayStart() {
        return !closing && !paused && inFlight.get() < maxInFlight && !(proven.isEmpty() && unproven.isEmpty());
    }

    /** Gives the next delivery its permits; {@code null} if none can have them now. */
    private @Nullable Sending next() {
        while (mayStart()) {
            var lane = nextLane();
            if (lane == null) {
                return null;
            }
            lane.ring = null;
            var start = lane.hasWaiting() ? holdings.start(lane.subscriptionId) : NOTHING_WAITS;
            if (start instanceof Start.Granted granted) {
                boolean countsAsUnproven = !granted.isProven();
                var delivery = lane.take();
                lane.inFlight++;
                inFlight.incrementAndGet();
                unprovenInFlight += countsAsUnproven ? 1 : 0;
                toRing(lane);
                return new Sending(lane, delivery, countsAsUnproven, granted.isProbe());
            }
            standAside(lane, ((Start.Wait) start).nanos());
        }
        return null;
    }

    private void standAside(Lane lane, long nanos) {
        if (lane.isIdle()) {
            lanes.remove(lane.subscriptionId);
        } else if (lane.hasWaiting() && nanos != Long.MAX_VALUE) {
            lane.readyAt = time.nanoTime() + Math.min(nanos, LONGEST_WAIT_NANOS);
            lane.isTimed = true;
            timed.add(lane);
            if (timed.peek() == lane) {
                // The dispatch thread may be about to sleep for longer.
                wake.run();
            }
        }
    }

    private void bringBackTimed() {
        long now = time.nanoTime();
        for (Lane lane; (lane = timed.peek()) != null && lane.readyAt - now <= 0; ) {
            timed.remove();
            lane.isTimed = false;
            toRing(lane);
        }
    }

    /** The next lane of the two rings in turn, or of the one that may be served. */
    private @Nullable Lane nextLane() {
        // They may have stood there for longer than a lane counts as proven.
        while (!proven.isEmpty() && !holdings.isProven(proven.peek().subscriptionId)) {
            var slow = proven.remove();
            slow.ring = unproven;
            unproven.add(slow);
        }
        boolean unprovenMay = !unproven.isEmpty() && unprovenInFlight < maxUnproven;
        provenNext = !proven.isEmpty() && (!provenNext || !unprovenMay);
        if (provenNext) {
            return proven.poll();
        }
        return unprovenMay ? unproven.poll() : null;
    }

    private void toLane(Held delivery) {
        if (closing || paused) {
            giveBack(delivery, Duration.ZERO);
            return;
        }
        long closed = holdings.closedFor(delivery.subscriptionId());
        if (closed > 0) {
            // It was on its way here when that began.
            giveBack(delivery, Duration.ofNanos(closed));
            return;
        }
        var lane = lanes.computeIfAbsent(delivery.subscriptionId(), Lane::new);
        if (lane.size() > 0 && lane.size() >= 2 * holdings.capacity(lane.subscriptionId)) {
            // Its limits were not known when it was claimed, or have been lowered. Not at once the capacity, because
            // the
            // claimer may have heard before this that an attempt has ended.
            giveBack(delivery, Duration.ZERO);
            return;
        }
        lane.add(delivery);
        toRing(lane);
    }

    private void toRing(Lane lane) {
        if (lane.ring == unproven && holdings.isProven(lane.subscriptionId)) {
            // It need not wait behind those that have yet to show that they are quick.
            unproven.remove(lane);
            lane.ring = null;
        }
        if (lane.ring == null && !lane.isTimed && lane.hasWaiting()) {
            lane.ring = holdings.isProven(lane.subscriptionId) ? proven : unproven;
            lane.ring.add(lane);
        } else if (lane.isIdle()) {
            lanes.remove(lane.subscriptionId);
        }
    }

    private void ended(Sending ended, Lesson lesson) {
        var lane = ended.lane;
        inFlight.decrementAndGet();
        lane.inFlight--;
        unprovenInFlight -= ended.countsAsUnproven ? 1 : 0;
        if (holdings.ended(lane.subscriptionId, lesson, ended.isProbe) > 0) {
            giveBackWaiting(lane, lesson.pause());
        }
        toRing(lane);
    }

    private void giveBackWaiting(Lane lane, Duration delay) {
        lane.drain(delivery -> giveBack(delivery, delay));
    }

    private void giveBack(Held delivery, Duration delay) {
        recorder.settle(delivery, new Settlement.Again(delivery.lease(), delay));
    }
}
