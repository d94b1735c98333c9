package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.DispatcherState;
import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.Retried;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WakingQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts of the engine together, and starts and stops them. */
public final class Engine {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /** How long attempts that were interrupted at the end of the grace get to end. */
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);

    private final EngineSettings settings;
    private final TimeSource time;
    private final WebhookStore store;
    private final WebhookTransport transport;
    private final HostHeaders hostHeaders;
    private final DeliveryQueue queue;
    private final boolean queueIsStores;
    private final @Nullable Reconciliation reconciliation;

    private final Vitals vitals;
    private final CorrectedClock clock;
    private final Ids ids;
    private final SubscriptionCache subscriptions;
    private final Holdings holdings;
    private final Recorder recorder;
    private final Dispatch dispatch;
    private final Claimer claimer;
    private final HandOff handOff;
    private final Backlog backlog;
    private final ListenerRelay listeners;
    private final Pulse pulse;
    private final Upkeep.Duty chores;
    private final Disabling disabling;
    private final EndpointReports reports;
    private final Upkeep upkeep;
    private final Sends sends;

    private final StepThread dispatchThread;
    private final StepThread claimThread;
    private final StepThread recordThread;
    private final StepThread upkeepThread;
    private final StepThread refreshThread;
    private final StepThread listenerThread;
    private final @Nullable WakeUps wakeUps;
    private final List<StepThread> threads;
    private final Object pausing = new Object();
    private volatile boolean paused;
    private volatile Phase phase = Phase.NEW;

    /**
     * @param outsideQueue a queue that is not the store's own; {@code null} to use that
     * @param signers every signature scheme by name
     */
    public Engine(
            EngineSettings settings,
            WebhookStore store,
            @Nullable OutsideQueue outsideQueue,
            WebhookTransport transport,
            Map<String, Signer> signers,
            HostHeaders hostHeaders,
            List<WebhookListener> hostListeners) {
        this(
                settings,
                store,
                outsideQueue,
                transport,
                signers,
                hostHeaders,
                hostListeners,
                ThreadLocalRandom::current,
                SenderThreads::new);
    }

    /**
     * As above, for whoever runs its steps without threads.
     *
     * @param random for everything that is done at random
     * @param sends makes what makes the attempts
     */
    Engine(
            EngineSettings settings,
            WebhookStore store,
            @Nullable OutsideQueue outsideQueue,
            WebhookTransport transport,
            Map<String, Signer> signers,
            HostHeaders hostHeaders,
            List<WebhookListener> hostListeners,
            Supplier<RandomGenerator> random,
            Function<Attempter, Sends> sends) {
        this.settings = settings;
        this.store = store;
        this.transport = transport;
        this.hostHeaders = hostHeaders;
        time = settings.time();
        queueIsStores = outsideQueue == null;
        queue = outsideQueue == null ? store.queue().orElseThrow() : outsideQueue;
        vitals = new Vitals(time);
        clock = new CorrectedClock(time);
        ids = new Ids(clock::now, random);
        listeners = new ListenerRelay(hostListeners);
        subscriptions = new SubscriptionCache(store.subscriptions(), time, vitals, this::learnTime);
        pulse = new Pulse(settings, store.coordination(), queue, clock, vitals);
        holdings = new Holdings(
                settings,
                id -> LaneLimits.of(subscriptions.known(id).orElse(null), settings),
                pulse::liveNodes,
                random);
        recorder = new Recorder(settings, store.deliveries(), queue, queueIsStores, holdings, vitals);
        var attempter = new Attempter(
                settings,
                subscriptions,
                holdings,
                recorder,
                transport,
                new Signatures(signers),
                hostHeaders,
                clock,
                ids,
                random);
        this.sends = sends.apply(attempter);
        dispatch = new Dispatch(settings, holdings, recorder, this.sends);
        claimer = new Claimer(
                settings, queue, store.deliveries(), subscriptions, holdings, dispatch, recorder, vitals, random);
        handOff = new HandOff(settings, holdings, claimer, recorder, dispatch, outsideQueue, vitals, this::wakeClaimer);
        backlog = new Backlog(settings, subscriptions, queue, vitals);
        chores = led(new Chores(
                settings, store.subscriptions(), store.deliveries(), queue, queueIsStores, this::wakeClaimer));
        reconciliation = outsideQueue == null
                ? null
                : new Reconciliation(
                        store.deliveries(),
                        outsideQueue,
                        settings.lease(),
                        () -> store.coordination()
                                .tryLead(settings.nodeId(), "reconciliation", Reconciliation.TIME_TO_LIVE),
                        clock::now,
                        random);
        disabling = new Disabling(store.subscriptions(), subscriptions, clock, listeners);
        reports = new EndpointReports(store.subscriptions(), time);
        upkeep = new Upkeep(time, random, duties());
        dispatchThread = new StepThread("dispatch", dispatch, time, random);
        claimThread = new StepThread("claim", claimer, time, random);
        recordThread = new StepThread("record", recorder, time, random);
        upkeepThread = new StepThread("upkeep", upkeep, time, random);
        refreshThread = new StepThread("subscriptions", subscriptions, time, random);
        listenerThread = new StepThread("listeners", listeners, time, random);
        var all = new ArrayList<>(
                List.of(recordThread, dispatchThread, claimThread, refreshThread, upkeepThread, listenerThread));
        wakeUps = queue instanceof WakingQueue waking ? new WakeUps(waking, claimThread::wake) : null;
        if (wakeUps != null) {
            all.add(new StepThread("wake-ups", wakeUps, time, random));
        }
        threads = List.copyOf(all);
        dispatch.onWork(dispatchThread::wake);
        recorder.onWork(recordThread::wake);
        recorder.onRecorded(new Recorded());
        listeners.onWork(listenerThread::wake);
    }

    private List<Upkeep.Duty> duties() {
        var duties = new ArrayList<Upkeep.Duty>(List.of(pulse, disabling, reports));
        duties.add(chores);
        duties.add(led(new Retention(store.deliveries(), settings.retention())));
        duties.add(led(new Expiry(settings, store.deliveries(), subscriptions, listeners, this::cancelled)));
        duties.add(led(new SecretRenewal(store.subscriptions())));
        var disableAfter = settings.disableAfter();
        if (disableAfter != null) {
            duties.add(led(new FailingEndpoints(store.subscriptions(), disabling, disableAfter)));
        }
        if (reconciliation != null) {
            duties.add(reconciliation);
        }
        return duties;
    }

    private Upkeep.Duty led(Upkeep.Duty duty) {
        return new Led(duty, settings.nodeId(), store.coordination());
    }

    /** A node that only publishes has no heartbeat to learn the store's time by. */
    private void learnTime() {
        clock.learnIfOld(() -> vitals.store("time", store.coordination()::time));
    }

    /** What follows when an outcome has been recorded. */
    private final class Recorded implements Recorder.Followers {
        @Override
        public void recorded(DeliveryOutcome outcome, boolean late) {
            var deliveryId = outcome.deliveryId();
            var subscriptionId = outcome.lease().subscriptionId();
            var attempt = outcome.attempt();
            if (attempt != null) {
                // Also of one that came too late: what the endpoint did it did.
                reports.note(subscriptionId, attempt);
            }
            if (late) {
                // Without an attempt nothing was lost: somebody else ended the delivery first.
                if (attempt != null) {
                    listeners.tell(listener -> listener.leaseLost(deliveryId, subscriptionId));
                }
                return;
            }
            var retryIn = outcome.retryIn();
            if (retryIn != null && retryIn.compareTo(settings.pollInterval()) < 0) {
                // Sooner than the claimer would look by itself.
                claimThread.wake();
            }
            if (outcome.status().isTerminal()) {
                backlog.ended(subscriptionId);
            }
            var failure = outcome.failure();
            if (attempt != null && outcome.status() == DeliveryStatus.SUCCEEDED) {
                listeners.tell(listener -> listener.deliverySucceeded(deliveryId, subscriptionId, attempt));
            } else if (attempt != null) {
                listeners.tell(listener -> listener.attemptFailed(deliveryId, subscriptionId, attempt));
            }
            if (failure != null) {
                listeners.tell(listener -> listener.deliveryFailed(deliveryId, subscriptionId, failure));
            }
            if (failure == FailureReason.GONE && attempt != null) {
                disabling.gone(subscriptionId, attempt.subscriptionVersion());
                upkeep.hasten(disabling);
                upkeepThread.wake();
            }
        }

        @Override
        public void batchDone() {
            if (claimer.isStarved() || holdings.takeRoomFound()) {
                claimThread.wake();
            }
        }
    }

    /** Has this node deliver nothing, or go on. What is in flight ends either way. */
    public void pause(boolean now) {
        checkOpen();
        synchronized (pausing) {
            paused = now;
            claimer.pause(now);
            dispatch.pause(now);
        }
        claimThread.wake();
        log.info(now ? "node {} pauses" : "node {} goes on", settings.nodeId());
    }

    /** Begins to deliver. Where the store is away, that goes on being tried until it is there. */
    public synchronized void start() {
        if (phase != Phase.NEW) {
            throw new IllegalStateException("a dispatcher is started once");
        }
        open();
        threads.forEach(StepThread::start);
        log.info("node {} delivers, at most {} at once", settings.nodeId(), settings.maxInFlight());
    }

    /** Begins to deliver, as {@link #start()}, with the steps of {@link #threads()} called by somebody else. */
    synchronized void open() {
        phase = Phase.RUNNING;
        handOff.open();
    }

    /**
     * Stops: no more publishing and claiming; what is in flight gets the grace to end; what waits is given back; what came
     * out is recorded. What is still in flight after the grace is interrupted.
     */
    public synchronized void close(Duration grace) {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean wasRunning = phase == Phase.RUNNING;
        phase = Phase.CLOSED;
        if (wasRunning) {
            long deadline = System.nanoTime() + grace.toNanos();
            handOff.close();
            if (wakeUps != null) {
                wakeUps.close();
            }
            claimer.close();
            claimThread.wake();
            dispatch.close();
            boolean ended = await(() -> dispatch.inFlight() == 0, deadline);
            if (!ended) {
                log.warn("{} attempts still run after {}; they are interrupted", dispatch.inFlight(), grace);
                sends.stop();
                deadline = System.nanoTime() + AFTER_INTERRUPT.toNanos();
                await(() -> dispatch.inFlight() == 0, deadline);
            }
            // A claim under way may still bring something, which is then given back. What is recorded
            // is let go before the listeners are told of it.
            if (!await(
                    () -> !claimThread.isBusy() && holdings.size() == 0 && recorder.backlog() == 0,
                    Math.max(deadline, System.nanoTime() + AFTER_INTERRUPT.toNanos()))) {
                log.warn("{} deliveries could not be recorded; they will be sent again", holdings.size());
            }
            await(() -> listeners.isIdle(), System.nanoTime() + AFTER_INTERRUPT.toNanos());
            threads.forEach(StepThread::stop);
            if (!await(this::isStill, System.nanoTime() + AFTER_INTERRUPT.toNanos())) {
                log.debug("node {} leaves a step behind that does not end", settings.nodeId());
            }
            reportLast();
            leave();
        }
        sends.stop();
        hostHeaders.close();
        transport.close();
        log.info("node {} has stopped", settings.nodeId());
    }

    /** Whether no step is running any more; one that closes this node itself, as a listener may, is not waited for. */
    private boolean isStill() {
        return threads.stream().noneMatch(thread -> thread.isAlive() && !thread.isCurrent());
    }

    private void reportLast() {
        try {
            reports.performLast();
        } catch (RuntimeException problem) {
            log.debug("what this node learned of endpoints in its last minute is lost", problem);
        }
    }

    private void leave() {
        try {
            store.coordination().leave(settings.nodeId());
        } catch (RuntimeException problem) {
            log.debug("could not say that this node leaves; the others will notice", problem);
        }
    }

    /** Real time, also where the engine's is moved by hand: this bounds how long the caller waits. */
    private static boolean await(BooleanSupplier condition, long deadline) {
        boolean interrupted = false;
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - deadline >= 0 || interrupted) {
                    return false;
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(1);
                } catch (InterruptedException stop) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Refuses once it is closed. */
    public void checkOpen() {
        if (phase == Phase.CLOSED) {
            throw new IllegalStateException("the dispatcher is closed");
        }
    }

    /** What is to be called over and over, each by one thread at a time. */
    List<StepThread> threads() {
        return threads;
    }

    /** How many deliveries it holds. */
    int held() {
        return holdings.size();
    }

    /** Publishes in transactions of its own. */
    public Publisher publisher() {
        return new Publisher(subscriptions, clock, ids, store.deliveries(), handOff::begin, backlog);
    }

    /** Publishes in a transaction of the host's. */
    public Joined joining(PublicationLog log) {
        var appends = new JoinedAppends(queueIsStores ? null : handOff::putOnQueue, this::wakeClaimer, time);
        return new Joined(new Publisher(subscriptions, clock, ids, log, () -> appends, backlog), appends::committed);
    }

    /**
     * How to publish in one transaction of the host's.
     *
     * @param publisher publishes in it
     * @param committed to be told when it has committed
     */
    public record Joined(Publisher publisher, Runnable committed) {}

    /** Looks for due deliveries now, or has nodes of other processes do so where this one delivers nothing. */
    public void wakeClaimer() {
        claimThread.wake();
        if ((phase != Phase.RUNNING || paused) && queue instanceof WakingQueue waking) {
            waking.wake();
        }
    }

    /** Does soon what a change to a subscription left to be done. */
    public void subscriptionChanged() {
        try {
            subscriptions.refresh();
        } catch (StoreException problem) {
            // The change is stored, so it must not be told as failed. This node learns of it as the others do.
            log.debug("a change cannot be read back yet", problem);
        }
        upkeep.hasten(chores);
        upkeepThread.wake();
    }

    /** Deliveries that were cancelled or given up are not sent from here. */
    public void cancelled(Set<UUID> deliveryIds) {
        dispatch.forget(deliveryIds);
        if (!queueIsStores) {
            try {
                queue.remove(deliveryIds);
            } catch (StoreException problem) {
                // Whoever claims one of these tickets finds that its delivery is over, and takes it off.
                log.debug("tickets of deliveries that have ended stay on the queue", problem);
            }
        }
    }

    /** Makes deliveries wait for an attempt, each after so long, and looks for them. */
    public Retried retry(Map<UUID, Duration> delays) {
        try {
            var retried = store.deliveries().retry(delays);
            var leased = new HashSet<>(retried.leased());
            if (!queueIsStores && !retried.tickets().isEmpty()) {
                leased.addAll(queue.enqueue(retried.tickets()).alreadyLeased());
            }
            wakeClaimer();
            return new Retried(retried.tickets(), leased);
        } catch (RuntimeException problem) {
            if (reconciliation != null) {
                // The store may have done it all the same, and only its answer been lost.
                reconciliation.suspect();
            }
            throw problem;
        }
    }

    /** How a subscription fares on this node. */
    public LaneState laneState(UUID subscriptionId) {
        return holdings.laneState(subscriptionId);
    }

    /** All subscriptions. */
    public SubscriptionCache subscriptions() {
        return subscriptions;
    }

    /** A new id. */
    public UUID newId() {
        return ids.next();
    }

    /** The time, corrected to the store's. */
    public Instant now() {
        return clock.now();
    }

    /** The nodes that deliver, each with how long ago it said so. */
    public Map<String, Duration> nodes() {
        return pulse.nodes();
    }

    /** How it stands, in figures. Reads only what is in memory. */
    public DispatcherState state() {
        var stats = pulse.stats();
        return new DispatcherState(
                phase,
                paused,
                dispatch.inFlight(),
                holdings.size(),
                holdings.bytes(),
                recorder.backlog(),
                holdings.breakers(),
                pulse.liveNodes(),
                stats.tickets(),
                stats.oldestDue(),
                listeners.dropped());
    }

    /** How it is. Reads only what is in memory. */
    public Health health() {
        return new HealthCheck(
                        settings, phase, paused, vitals, pulse, clock, holdings, dispatch, recorder, listeners, threads)
                .run();
    }
}
