package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
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
 * <p>Lanes without a recent quick success stand in a ring of their own and together use at most half of the permits. Rate
 * limits and breakers will be further reasons for a lane not to stand in a ring.
 */
final class Dispatch implements Step {
    private final Holdings holdings;
    private final SubscriptionCache subscriptions;
    private final Attempter attempter;
    private final Recorder recorder;
    private final Executor senders;
    private final TimeSource time;
    private final int maxInFlight;
    private final int maxUnproven;
    private final int defaultPerLane;

    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Runnable wake = () -> {};

    private final Map<UUID, Lane> lanes = new HashMap<>();
    private final ArrayDeque<Lane> proven = new ArrayDeque<>();
    private final ArrayDeque<Lane> unproven = new ArrayDeque<>();
    private boolean provenNext;
    private int unprovenInFlight;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean paused;
    private volatile boolean closing;

    /** A delivery that has its permits, to be attempted at once. */
    private record Sending(Lane lane, Held delivery, boolean countsAsUnproven) {}

    Dispatch(
            EngineSettings settings,
            Holdings holdings,
            SubscriptionCache subscriptions,
            Attempter attempter,
            Recorder recorder,
            Executor senders) {
        this.holdings = holdings;
        this.subscriptions = subscriptions;
        this.attempter = attempter;
        this.recorder = recorder;
        this.senders = senders;
        time = settings.time();
        maxInFlight = settings.maxInFlight();
        maxUnproven = Math.max(1, maxInFlight / 2);
        defaultPerLane = settings.maxInFlightPerSubscription();
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
                .forEach(lane -> lane.waiting.removeIf(delivery -> {
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
        turn.lock();
        try {
            readInbox();
            for (Sending next; (next = next()) != null; ) {
                var sending = next;
                senders.execute(() -> send(sending));
            }
        } finally {
            turn.unlock();
        }
        return UNTIL_WOKEN;
    }

    /** On a thread of the senders': makes an attempt, and then others as long as it finds some. */
    private void send(Sending first) {
        for (@Nullable Sending next = first; next != null; ) {
            next = nextAfter(next, attempter.attempt(next.delivery));
        }
    }

    private @Nullable Sending nextAfter(Sending ended, Duration pause) {
        inbox.add(() -> ended(ended, pause));
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
            // The limit may have been lowered, and what waited been cancelled, since it was put into the ring.
            var delivery = lane.inFlight < limitOf(lane) ? lane.waiting.poll() : null;
            if (delivery != null) {
                boolean countsAsUnproven = !holdings.isProven(lane.subscriptionId);
                lane.inFlight++;
                inFlight.incrementAndGet();
                unprovenInFlight += countsAsUnproven ? 1 : 0;
                toRing(lane);
                return new Sending(lane, delivery, countsAsUnproven);
            }
            toRing(lane);
        }
        return null;
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
        long pause = holdings.pauseLeft(delivery.subscriptionId());
        if (pause > 0) {
            // It was on its way here when the pause began.
            giveBack(delivery, Duration.ofNanos(pause));
            return;
        }
        var lane = lanes.computeIfAbsent(delivery.subscriptionId(), Lane::new);
        lane.waiting.add(delivery);
        toRing(lane);
    }

    private void toRing(Lane lane) {
        if (lane.ring == unproven && holdings.isProven(lane.subscriptionId)) {
            // It need not wait behind those that have yet to show that they are quick.
            unproven.remove(lane);
            lane.ring = null;
        }
        if (lane.ring == null && !lane.waiting.isEmpty() && lane.inFlight < limitOf(lane)) {
            lane.ring = holdings.isProven(lane.subscriptionId) ? proven : unproven;
            lane.ring.add(lane);
        } else if (lane.isIdle()) {
            lanes.remove(lane.subscriptionId);
        }
    }

    private int limitOf(Lane lane) {
        return subscriptions
                .known(lane.subscriptionId)
                .map(known -> known.settings().maxInFlight())
                .orElse(defaultPerLane);
    }

    private void ended(Sending ended, Duration pause) {
        var lane = ended.lane;
        inFlight.decrementAndGet();
        lane.inFlight--;
        unprovenInFlight -= ended.countsAsUnproven ? 1 : 0;
        if (!pause.isZero()) {
            holdings.pause(lane.subscriptionId, time.nanoTime() + pause.toNanos());
            giveBackWaiting(lane, pause);
        }
        toRing(lane);
    }

    private void giveBackWaiting(Lane lane, Duration delay) {
        lane.waiting.forEach(delivery -> giveBack(delivery, delay));
        lane.waiting.clear();
    }

    private void giveBack(Held delivery, Duration delay) {
        recorder.settle(delivery, new Settlement.Again(delivery.lease(), delay));
    }
}
