package dev.posthorn.webhook.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time and what happens when, all of it on one thread. Whoever waits in the middle of something, for the store's
 * answer say, lets time run meanwhile, and with it what others do; so everything is interleaved that threads would be.
 */
final class Schedule {
    private static final int DEEPEST = 5;

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long lastNumber;
    private int depth;
    private boolean stopped;

    /** Somebody who does one thing at a time, as a thread does. */
    static final class Actor {
        final @Nullable SimulatedNode node;
        private final List<Event> deferred = new ArrayList<>();
        private boolean busy;

        Actor(@Nullable SimulatedNode node) {
            this.node = node;
        }
    }

    private record Event(long at, long number, Actor actor, Runnable work) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int order = Long.compare(at, other.at);
            return order != 0 ? order : Long.compare(number, other.number);
        }
    }

    /** Nanoseconds since the simulation began. */
    long now() {
        return now;
    }

    /** A number that grows with each call: moments at which time stood still are told apart by it. */
    long tick() {
        return ++lastNumber;
    }

    void at(long moment, Actor actor, Runnable work) {
        events.add(new Event(Math.max(moment, now), tick(), actor, work));
    }

    void after(long nanos, Actor actor, Runnable work) {
        at(now + nanos, actor, work);
    }

    /** Nothing happens any more. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Lets time run until the moment. */
    void runUntil(long moment) {
        for (Event next; !stopped && (next = events.peek()) != null && next.at <= moment; ) {
            events.remove();
            now = Math.max(now, next.at);
            fire(next);
        }
        now = Math.max(now, moment);
    }

    /** Lets time run in the middle of an actor's work. */
    void waitInside(long nanos) {
        if (depth >= DEEPEST) {
            return;
        }
        depth++;
        try {
            runUntil(now + nanos);
        } finally {
            depth--;
        }
    }

    private void fire(Event event) {
        var actor = event.actor;
        var node = actor.node;
        if (node != null && node.isLost()) {
            return;
        }
        if (node != null && node.pausedUntil() > now) {
            events.add(new Event(node.pausedUntil(), event.number, actor, event.work));
            return;
        }
        if (node != null && node.isLocked()) {
            node.whenUnlocked(() -> events.add(new Event(now, tick(), actor, event.work)));
            return;
        }
        if (actor.busy) {
            actor.deferred.add(event);
            return;
        }
        actor.busy = true;
        try {
            event.work.run();
        } catch (NodeLost lost) {
            // Nobody is left to do anything about it.
        } finally {
            actor.busy = false;
            for (var late : actor.deferred) {
                events.add(new Event(now, tick(), actor, late.work));
            }
            actor.deferred.clear();
        }
        if (node != null) {
            node.wakeSteps();
        }
    }

    /** Thrown into whatever a node was just doing when it was lost. */
    static final class NodeLost extends Error {
        private static final long serialVersionUID = 1L;

        NodeLost() {
            super("the node is lost", null, false, false);
        }
    }
}
