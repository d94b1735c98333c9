package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.engine.Attempter.Begun;
import dev.posthorn.webhook.engine.Ledger.LeaseEnd;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What has to hold whatever happens. The first thing that does not is kept, and ends the simulation. */
final class Invariants {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long EARLY_NANOS = Duration.ofMillis(50).toNanos();

    private final Simulation simulation;
    private final Schedule schedule;
    private final Map<UUID, List<Sent>> sent = new HashMap<>();
    private final Map<UUID, Sent> byAttempt = new HashMap<>();
    private final Map<UUID, Publication> stored = new HashMap<>();
    private final Map<SimulatedNode, Map<UUID, Integer>> inFlight = new HashMap<>();
    private final Map<SimulatedNode, Integer> inFlightInAll = new HashMap<>();
    /** When a node sends nothing to a subscription, by what its endpoint asked for. */
    private final Map<SimulatedNode, Map<UUID, Rest>> rests = new HashMap<>();

    private @Nullable String violation;
    private @Nullable UUID violated;

    private record Rest(long from, long until) {}

    /** A request that went out. */
    static final class Sent {
        final SimulatedNode node;
        final Begun begun;
        final Ledger.Granted grant;
        final long readAt;
        final long at;
        boolean isConcluded;
        /** When its attempt came to the log, as a tick; 0 if it has not. */
        long recordedAt;

        Sent(SimulatedNode node, Begun begun, Ledger.Granted grant, long readAt, long at) {
            this.node = node;
            this.begun = begun;
            this.grant = grant;
            this.readAt = readAt;
            this.at = at;
        }
    }

    Invariants(Simulation simulation) {
        this.simulation = simulation;
        schedule = simulation.schedule;
    }

    void hold(boolean condition, @Nullable UUID about, Object... problem) {
        if (!condition && violation == null) {
            var text = new StringBuilder();
            for (var part : problem) {
                text.append(part).append(' ');
            }
            violation = text.toString();
            violated = about;
            schedule.stop();
        }
    }

    /** What is wrong, with what happened before. */
    @Nullable
    String violation() {
        if (violation == null) {
            return null;
        }
        var about = violated == null
                ? ""
                : "\ndelivery " + Trace.brief(violated) + ":\n" + simulation.trace.about(violated);
        return violation + "\n" + simulation.trace.tail() + about + "\n" + violation;
    }

    // ---- attempts

    Sent sent(SimulatedNode node, Begun begun, TransportRequest request) {
        var ledger = simulation.ledger;
        var held = begun.delivery();
        var id = held.deliveryId();
        long now = schedule.now();
        var entry = ledger.entries.get(id);
        var grant = ledger.granted(held.lease());
        var read = ledger.granted(held.ready().lease());
        var one = new Sent(node, begun, grant, read.readAt, now);
        simulation.trace.note(now, "send", id, node.name, held.lease().token(), begun.number());
        if (entry == null) {
            hold(false, id, "sent what is not stored");
            return one;
        }
        hold(read.readAt > 0, id, "sent what was never read");
        if (entry.status.isTerminal()) {
            hold(entry.changedAt > read.readAt, id, "sent although it was over when it was read", entry);
        } else {
            hold(
                    now >= entry.dueAt - EARLY_NANOS || entry.changedAt > read.readAt,
                    id,
                    "sent before it was due",
                    entry);
        }
        // A later lease takes an earlier one's place, but what was read under that may be old by then.
        hold(
                read == grant || entry.changedAt <= read.readAt || entry.changedAt > grant.givenAt,
                id,
                "sent as it was before it was claimed again",
                entry);
        hold(
                grant.endsAt - now >= begun.timeout().toNanos() && grant.end != LeaseEnd.SETTLED,
                id,
                "sent with too little of its lease left",
                (grant.endsAt - now) / 1e9,
                grant.end);
        hold(begun.number() == read.attemptsThen + 1, id, "is attempt", begun.number(), "after", read.attemptsThen);
        hold(
                request.headers().stream()
                        .anyMatch(header -> header.name().equals("webhook-id")
                                && header.value().equals(entry.eventId.toString())),
                id,
                "sent under another id",
                request.headers());
        sent.computeIfAbsent(id, each -> new ArrayList<>()).forEach(earlier -> mayFollow(one, earlier, id));
        sent.get(id).add(one);
        byAttempt.put(begun.attemptId(), one);
        begins(node, held.subscriptionId());
        checkRest(node, held.subscriptionId(), id);
        simulation.subscriptionModel.sent(node, held.subscriptionId(), id);
        return one;
    }

    /**
     * When a delivery is sent again although an earlier attempt is not in the log, which may come twice to the endpoint. That
     * is so only if the earlier lease has ended, other than by its node's own giving back; and if it has run out, then that
     * node was lost, paused, or cut off from the store.
     */
    private void mayFollow(Sent later, Sent earlier, UUID id) {
        if (earlier.recordedAt != 0 && earlier.recordedAt < later.readAt) {
            return;
        }
        hold(earlier.isConcluded || earlier.node != later.node, id, "sent twice at a time by", later.node);
        // By whoever cancels and tries again, both while a node has it in its lane.
        boolean takenAway = earlier.grant.end == LeaseEnd.TAKEN_AWAY || later.grant.end == LeaseEnd.TAKEN_AWAY;
        // An outside queue gives a lease of its own long after the append, if the node was held up between the two.
        boolean heldUp =
                !simulation.queueIsStores && later.begun.number() == 1 && later.node.isTroubledSince(since(later));
        if (earlier.recordedAt != 0 && earlier.recordedAt < later.grant.givenAt && heldUp) {
            return;
        }
        boolean ranOut = earlier.grant.endsAt <= schedule.now();
        hold(takenAway || ranOut, id, "sent twice at a time, first by", earlier.node, "then by", later.node);
        hold(
                takenAway
                        || earlier.node.isTroubledSince(
                                earlier.at - Duration.ofMinutes(1).toNanos()),
                id,
                "sent again without need, first by",
                earlier.node,
                "then by",
                later.node);
    }

    /** What went wrong a minute before a request may have to do with it. */
    private static long since(Sent one) {
        return one.at - Duration.ofMinutes(1).toNanos();
    }

    private void begins(SimulatedNode node, UUID subscriptionId) {
        int lane = inFlight.computeIfAbsent(node, each -> new HashMap<>()).merge(subscriptionId, 1, Integer::sum);
        int all = inFlightInAll.merge(node, 1, Integer::sum);
        int limit = node.engine
                .subscriptions()
                .known(subscriptionId)
                .map(known -> known.settings().maxInFlight())
                .orElse(node.settings.maxInFlightPerSubscription());
        // A limit may have been lowered between permit and sending.
        hold(
                lane <= Math.max(limit, simulation.subscriptionModel.highestLimit(subscriptionId, node.settings)),
                null,
                "lane over limit",
                lane,
                limit);
        hold(all <= node.settings.maxInFlight(), null, "node over limit", all);
    }

    void concluded(Sent one, TransportResult result) {
        var id = one.begun.delivery().deliveryId();
        var subscriptionId = one.begun.delivery().subscriptionId();
        one.isConcluded = true;
        inFlight.get(one.node).merge(subscriptionId, -1, Integer::sum);
        inFlightInAll.merge(one.node, -1, Integer::sum);
        int status = 0;
        if (result instanceof TransportResult.Response response) {
            status = response.status();
            if (!response.headers().isEmpty()) {
                long hint = SECOND * Long.parseLong(response.headers().get(0).value());
                long until = schedule.now() + Math.min(hint, simulation.longestRetryAfter.toNanos());
                rests.computeIfAbsent(one.node, each -> new HashMap<>())
                        .merge(
                                subscriptionId,
                                new Rest(schedule.now(), until),
                                (before, now) -> before.until > now.until ? before : now);
            }
        }
        simulation.trace.note(schedule.now(), "answered", id, one.node.name, status);
    }

    /** What was on its way to be sent when the pause began goes on. */
    private void checkRest(SimulatedNode node, UUID subscriptionId, UUID id) {
        var rest = rests.getOrDefault(node, Map.of()).get(subscriptionId);
        hold(
                rest == null
                        || !simulation.weather.calm
                        || rest.until <= schedule.now()
                        || rest.from > schedule.now() - SECOND,
                id,
                "sent in a pause",
                rest);
    }

    /** Before the ledger learns of it. */
    void recorded(DeliveryOutcome outcome) {
        var attempt = outcome.attempt();
        var id = outcome.deliveryId();
        if (attempt != null) {
            var one = byAttempt.get(attempt.id());
            if (one == null) {
                hold(false, id, "recorded an attempt that was not made", attempt);
                return;
            }
            hold(one.isConcluded && attempt.number() == one.begun.number(), id, "recorded another attempt", attempt);
            if (one.recordedAt == 0) {
                one.recordedAt = schedule.tick();
            }
        }
        var entry = simulation.ledger.entries.get(id);
        if (entry != null && outcome.failure() == FailureReason.EXHAUSTED && entry.version == outcome.seenVersion()) {
            int attempts = entry.attemptsThisRound + 1;
            int due = simulation.subscriptionModel.policy(entry.subscriptionId).attempts();
            hold(attempts == due, id, "given up after", attempts, "attempts and not", due);
        }
        if (entry != null && outcome.failure() == FailureReason.EXPIRED) {
            long life = simulation
                    .subscriptionModel
                    .policy(entry.subscriptionId)
                    .length()
                    .plus(simulation.expiryGrace)
                    .toNanos();
            hold(
                    schedule.now() - entry.firstDueAt >= life || entry.version != outcome.seenVersion(),
                    id,
                    "expired too early",
                    entry);
        }
    }

    // ---- publishing

    /** Notes what was stored; returns whether it is new. */
    boolean stored(Publication publication) {
        return stored.putIfAbsent(publication.event().id(), publication) == null;
    }

    /** It was published, between the two moments, and has to be there. */
    void published(PublishReceipt receipt, String type, @Nullable UUID target, long from, long to) {
        var publication = stored.get(receipt.eventId());
        if (publication == null) {
            hold(false, null, "acknowledged and not stored", receipt);
            return;
        }
        hold(simulation.realDeliveries.findEvent(receipt.eventId()).isPresent(), null, "has no event", receipt);
        hold(
                publication.deliveries().stream()
                        .map(Ticket::deliveryId)
                        .toList()
                        .equals(receipt.deliveryIds()),
                null,
                "has other deliveries",
                receipt);
        var reached = new HashSet<UUID>();
        for (var ticket : publication.deliveries()) {
            hold(reached.add(ticket.subscriptionId()), ticket.deliveryId(), "two deliveries to one subscription");
            hold(simulation.ledger.entries.containsKey(ticket.deliveryId()), ticket.deliveryId(), "is not stored");
        }
        if (!receipt.duplicate()) {
            simulation.subscriptionModel.checkReached(reached, type, target, from, to);
        }
    }

    // ---- the end

    /** When all trouble has long been over. */
    void atRest(boolean everythingEnabled) {
        for (var entry : simulation.ledger.entries.values()) {
            boolean mayWait = !everythingEnabled && simulation.subscriptionModel.isDisabled(entry.subscriptionId);
            hold(entry.status.isTerminal() || mayWait, entry.id, "is stuck", entry);
            // One that was parked while its delivery ended comes up by itself, and is then taken off.
            boolean isParked = entry.token == 0 && entry.visibleAt > schedule.now();
            hold(
                    !entry.hasTicket || !entry.status.isTerminal() || isParked,
                    entry.id,
                    "is over and has a ticket",
                    entry);
        }
        for (var node : simulation.liveNodes()) {
            hold(node.engine.held() == 0, null, node, "still holds", node.engine.held());
        }
    }

    void atTheEnd() {
        int tickets = 0;
        for (var entry : simulation.ledger.entries.values()) {
            tickets += entry.hasTicket ? 1 : 0;
            var logged = simulation.realDeliveries.attempts(entry.id);
            var numbers = new HashMap<Integer, Sent>();
            var ids = new HashSet<UUID>();
            for (var attempt : logged) {
                var one = byAttempt.get(attempt.id());
                hold(one != null && ids.add(attempt.id()), entry.id, "logged and not made", attempt);
                if (one != null) {
                    sameNumber(entry, numbers.put(attempt.number(), one), one);
                }
            }
            for (var one : sent.getOrDefault(entry.id, List.of())) {
                hold(
                        ids.contains(one.begun.attemptId()) || one.node.isLost(),
                        entry.id,
                        "made and not logged",
                        one.begun.attemptId());
            }
        }
        hold(
                simulation.realQueue.stats().tickets() == tickets,
                null,
                "tickets",
                simulation.realQueue.stats().tickets(),
                tickets);
        hold(
                simulation.realDeliveriesCount() == simulation.ledger.entries.size(),
                null,
                "other deliveries than were appended");
    }

    /** Two attempts have one number only if the later one began from what was read before the other was recorded. */
    private void sameNumber(Ledger.Entry entry, @Nullable Sent before, Sent one) {
        if (before != null) {
            var first = before.recordedAt < one.recordedAt ? before : one;
            var second = first == before ? one : before;
            hold(second.readAt < first.recordedAt, entry.id, "two attempts with number", one.begun.number());
        }
    }

    private long count(UUID subscriptionId) {
        return simulation.ledger.entries.values().stream()
                .filter(entry -> entry.subscriptionId.equals(subscriptionId))
                .count();
    }

    /** Without trouble a delivery ends in time and is sent as often as is logged. */
    void afterCalm() {
        for (var entry : simulation.ledger.entries.values()) {
            int logged = entry.attempts.size();
            int made = sent.getOrDefault(entry.id, List.of()).size();
            hold(made == logged, entry.id, "made and logged", made, logged);
            if (entry.status != DeliveryStatus.CANCELLED
                    && simulation.subscriptionModel.neverDisabled(entry.subscriptionId)
                    && rests.values().stream().noneMatch(each -> each.containsKey(entry.subscriptionId))) {
                var policy = simulation.subscriptionModel.policy(entry.subscriptionId);
                long most = policy.length()
                                .plus(simulation.expiryGrace)
                                .plus(simulation.longestRetryAfter)
                                .plus(entry.failure == FailureReason.EXPIRED ? Expiry.EVERY : Duration.ZERO)
                                .toNanos()
                        + simulation.lease.multipliedBy(3).toNanos()
                        // It may have waited for all the others.
                        + policy.attempts() * count(entry.subscriptionId) * simulation.timeout.toNanos();
                hold(
                        entry.endedAt - entry.firstDueAt <= most,
                        entry.id,
                        "took too long",
                        (entry.endedAt - entry.firstDueAt) / 1e9,
                        entry);
            }
        }
    }
}
