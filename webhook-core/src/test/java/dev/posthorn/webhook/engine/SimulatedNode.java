package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.HostSide;
import dev.posthorn.webhook.engine.Attempter.Begun;
import dev.posthorn.webhook.engine.Dispatch.Sending;
import dev.posthorn.webhook.engine.Schedule.Actor;
import dev.posthorn.webhook.engine.Schedule.NodeLost;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.TransportResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** One dispatcher with clocks of its own, whose threads are actors of the schedule. */
final class SimulatedNode {
    /** A call that takes longer explains what comes twice. */
    private static final long SLOW_CALL_NANOS = Duration.ofSeconds(1).toNanos();

    final String name;
    final EngineSettings settings;
    final Engine engine;
    final HostSide host;
    private final Simulation simulation;
    private final Schedule schedule;
    private final List<StepActor> steps = new ArrayList<>();
    private final List<Runnable> atUnlock = new ArrayList<>();
    private final long nanoOffset;
    private long wallOffset;
    private int locks;
    private long pausedUntil;
    private long troubledAt = -1;
    /** When its calls under way began, the earliest first. */
    private final ArrayDeque<Long> calls = new ArrayDeque<>();

    private boolean lost;

    /** One of the engine's threads. */
    private final class StepActor {
        final Actor actor = new Actor(SimulatedNode.this);
        final StepThread step;
        /** Only the event of this number is the present one; earlier ones were overtaken by a wake-up. */
        int number;

        StepActor(StepThread step) {
            this.step = step;
        }

        void in(long nanos) {
            int own = ++number;
            schedule.after(nanos, actor, () -> {
                if (own == number) {
                    step.takeWoken();
                    long pause = step.turn();
                    // If it was woken in the middle of its turn, it is called soon anyway.
                    if (own == number && pause != Step.UNTIL_WOKEN) {
                        in(pause);
                    }
                }
            });
        }
    }

    SimulatedNode(String name, BiFunction<String, TimeSource, EngineSettings> maker, Simulation simulation) {
        this.name = name;
        this.simulation = simulation;
        schedule = simulation.schedule;
        nanoOffset = simulation.random.nextLong();
        wallOffset = simulation.weather.calm ? 0 : simulation.random.nextLong(-2_000_000_000L, 2_000_000_000L);
        settings = maker.apply(name, new Clock());
        var calls = new FaultyCalls(this, simulation);
        engine = new Engine(
                settings,
                calls,
                calls.outsideQueue(),
                simulation.endpoints,
                HostSide.signers(),
                new HostHeaders(List.of(), headers -> List.of()),
                List.of(),
                () -> simulation.random,
                NodeSends::new);
        host = new HostSide(engine, calls, simulation.endpoints, settings.time());
        for (var step : engine.threads()) {
            steps.add(new StepActor(step));
        }
        engine.open();
        steps.forEach(step -> step.in(simulation.random.nextLong(1_000_000)));
    }

    private final class Clock implements TimeSource {
        @Override
        public Instant now() {
            return Simulation.EPOCH.plusNanos(schedule.now() + wallOffset);
        }

        @Override
        public long nanoTime() {
            return schedule.now() + nanoOffset;
        }

        @Override
        public void parkNanos(long nanos) {
            throw new AssertionError("nothing parks in a simulation");
        }
    }

    /** Attempts whose answer comes at a later moment. */
    private final class NodeSends implements Sends {
        private final Attempter attempter;

        NodeSends(Attempter attempter) {
            this.attempter = attempter;
        }

        @Override
        public void start(Sending first, Dispatch dispatch) {
            attempt(new Actor(SimulatedNode.this), first, dispatch);
        }

        private void attempt(Actor actor, Sending sending, Dispatch dispatch) {
            schedule.after(simulation.random.nextLong(100_000), actor, () -> begin(actor, sending, dispatch));
        }

        private void begin(Actor actor, Sending sending, Dispatch dispatch) {
            var delivery = sending.delivery();
            Begun begun;
            TransportResult result;
            try {
                begun = attempter.begin(delivery);
                if (begun == null) {
                    ended(actor, sending, dispatch, Lesson.NONE);
                    return;
                }
                result = attempter.send(begun);
            } catch (NodeLost gone) {
                throw gone;
            } catch (Throwable problem) {
                ended(actor, sending, dispatch, attempter.abandon(delivery, problem));
                return;
            }
            var sent = simulation.invariants.sent(SimulatedNode.this, begun, simulation.endpoints.lastRequest());
            schedule.after(simulation.endpoints.lastTook(), actor, () -> {
                simulation.invariants.concluded(sent, result);
                ended(actor, sending, dispatch, attempter.conclude(begun, result));
            });
        }

        private void ended(Actor actor, Sending sending, Dispatch dispatch, Lesson lesson) {
            var next = dispatch.nextAfter(sending, lesson);
            if (next != null) {
                attempt(actor, next, dispatch);
            }
        }

        @Override
        public void stop() {}
    }

    /** Something has been done on this node: steps that were woken by it are due soon. */
    void wakeSteps() {
        for (var step : steps) {
            if (step.step.takeWoken()) {
                step.in(simulation.random.nextLong(200_000));
            }
        }
    }

    void pause(long nanos) {
        troubled();
        pausedUntil = Math.max(pausedUntil, schedule.now() + nanos);
    }

    long pausedUntil() {
        return pausedUntil;
    }

    void lose() {
        troubled();
        lost = true;
    }

    boolean isLost() {
        return lost;
    }

    void checkNotLost() {
        if (lost) {
            throw new NodeLost();
        }
    }

    /** None of its threads does anything until it is unlocked, but for the one that has locked it. */
    void lock() {
        locks++;
    }

    void unlock() {
        if (--locks == 0) {
            atUnlock.forEach(Runnable::run);
            atUnlock.clear();
        }
    }

    boolean isLocked() {
        return locks > 0;
    }

    void whenUnlocked(Runnable work) {
        atUnlock.add(work);
    }

    void jumpWallClock(long nanos) {
        wallOffset += nanos;
    }

    /** Something went wrong that explains why a delivery may be sent again. */
    void troubled() {
        troubledAt = schedule.now();
    }

    void callBegins() {
        calls.add(schedule.now());
    }

    /** It may have been slow because whoever came in between had to be through first. */
    void callEnds() {
        if (isInSlowCall()) {
            troubled();
        }
        calls.removeLast();
    }

    private boolean isInSlowCall() {
        return !calls.isEmpty() && schedule.now() - calls.getFirst() > SLOW_CALL_NANOS;
    }

    /** Whether something has gone wrong since then, or still does. */
    boolean isTroubledSince(long moment) {
        return lost || troubledAt >= moment || pausedUntil >= moment || isInSlowCall();
    }

    boolean isIdle() {
        return engine.held() == 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
