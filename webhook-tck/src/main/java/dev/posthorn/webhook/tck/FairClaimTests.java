package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That a claim is fair: between subscriptions, whatever waits for those that may take no more, and between first attempts
 * and retries. A queue that has to look in several places may take several claims to find what is due.
 */
abstract class FairClaimTests extends DeliveryQueueTests {
    private static final int LONG_LINE = 5_000;
    /** How many claims it may take until something that is due is found, without any time passing. */
    private static final int FEW = 20;

    private final Map<UUID, Integer> closed = new HashMap<>();

    @Test
    void workIsFoundBehindLongLinesThatAreClosed() {
        for (int i = 0; i < 3; i++) {
            line(close(samples.id()), LONG_LINE / 3);
        }
        advance(Scene.MINUTE);
        var behind = line(subscription, 3);

        assertThat(ids(claimUntil(3, FEW))).containsExactlyInAnyOrderElementsOf(behind);
    }

    @Test
    void workIsFoundBehindHundredsOfClosedLines() {
        for (int i = 0; i < 600; i++) {
            line(close(samples.id()), 3);
        }
        advance(Scene.MINUTE);
        var behind = line(subscription, 3);

        assertThat(ids(claimUntil(3, FEW))).containsExactlyInAnyOrderElementsOf(behind);
    }

    /** And so has been for long, when the claim that finds it begins. */
    @Test
    void oldWorkIsFoundBehindLongLinesThatAreClosed() {
        line(close(samples.id()), LONG_LINE);
        advance(Scene.MINUTE);
        var behind = new HashSet<UUID>();
        for (int i = 0; i < 300; i++) {
            behind.addAll(line(samples.id(), 2));
        }
        advance(Scene.MINUTE);

        assertThat(ids(claimUntil(600, FEW))).isEqualTo(behind);
    }

    @Test
    void workThatComesLaterIsFoundBehindALineThatGrows() {
        var dead = close(subscription);
        line(dead, LONG_LINE);
        for (int i = 0; i < 10; i++) {
            advance(Duration.ofSeconds(i));
            line(dead, 300);
            var fresh = line(samples.id(), 2);
            assertThat(ids(claimUntil(2, FEW))).containsExactlyInAnyOrderElementsOf(fresh);
        }
    }

    @Test
    void nothingIsForgottenWhenALineOpensAgain() {
        var dead = close(samples.id());
        var waiting = new HashSet<>(line(dead, LONG_LINE));
        advance(Scene.MINUTE);
        var others = line(subscription, 3);
        assertThat(ids(claimUntil(3, FEW))).isEqualTo(others);
        queue.remove(others);
        waiting.addAll(line(dead, 50));
        advance(Scene.MINUTE);

        closed.clear();
        assertThat(ids(claimUntil(waiting.size(), 40 + waiting.size() / 200))).isEqualTo(waiting);
    }

    @Test
    void nothingIsForgottenWhenEverythingIsClosedForAWhile() {
        var waiting = new HashSet<UUID>();
        for (int i = 0; i < 400; i++) {
            waiting.addAll(line(samples.id(), 3));
            if (i % 100 == 0) {
                advance(Duration.ofSeconds(5));
                assertThat(claim(MANY, 0, Map.of())).isEmpty();
            }
        }

        assertThat(ids(claimUntil(waiting.size(), FEW))).isEqualTo(waiting);
    }

    /** A lease that ran out, a delay that passed: what becomes due by itself while others stand in its way. */
    @Test
    void whatBecomesDueBehindALongLineIsFound() {
        var later = samples.ticket(subscription, Scene.minutes(5));
        queue.enqueue(List.of(later));
        var crashed = line(subscription, 1).iterator().next();
        assertThat(claim()).hasSize(1);
        line(close(samples.id()), LONG_LINE);
        assertThat(claimUntil(1, 3)).isEmpty();
        advance(Scene.minutes(10));

        assertThat(ids(claimUntil(2, FEW))).containsExactlyInAnyOrder(crashed, later.deliveryId());
    }

    @Test
    void allowancesAreKeptWhileLinesWait() {
        var lines = Stream.generate(samples::id).limit(8).toList();
        var allowances = new HashMap<UUID, Integer>();
        for (int i = 0; i < lines.size(); i++) {
            line(lines.get(i), LONG_LINE / 8);
            allowances.put(lines.get(i), i);
        }
        advance(Scene.MINUTE);
        for (int i = 0; i < FEW; i++) {
            // Where there was no time to look everywhere, the next claims do.
            boolean mayStillLook = i < 3;
            var counts = counts(claim(MANY, 3, allowances));
            allowances.forEach(
                    (id, most) -> assertThat(counts.getOrDefault(id, 0)).isBetween(mayStillLook ? 0 : most, most));
        }
    }

    @Test
    void whereTheLimitBindsSubscriptionsShareIt() {
        line(subscription, LONG_LINE);
        advance(Scene.MINUTE);
        var others = Stream.generate(samples::id).limit(4).toList();
        others.forEach(id -> line(id, 10));

        // Where there was no time to look everywhere, the next claims do.
        var counts = new HashMap<UUID, Integer>();
        for (int i = 0; i < FEW; i++) {
            counts(claim(10, MANY, Map.of())).forEach((id, count) -> counts.merge(id, count, Integer::sum));
        }
        others.forEach(id -> assertThat(counts).containsEntry(id, 10));
        assertThat(counts.get(subscription)).isEqualTo(10 * FEW - 40);
    }

    @Test
    void firstAttemptsGoBeforeRetriesExceptForAQuarter() {
        var kinds = mixed(400, 400);
        for (int i = 0; i < 10; i++) {
            var leases = claim(MANY, 20, Map.of());
            assertThat(leases).hasSize(20);
            assertThat(retries(kinds, leases)).isBetween(5, 6);
        }
    }

    @Test
    void aSmallAllowanceIsSharedInTurn() {
        for (int allowance = 1; allowance <= 3; allowance++) {
            var kinds = mixed(200, 200);
            int retries = 0;
            for (int i = 0; i < 40; i++) {
                var leases = claim(MANY, MANY, Map.of(subscription, allowance));
                assertThat(leases).hasSize(allowance);
                retries += retries(kinds, leases);
            }
            // A quarter, and at most one more than that in a full turn of four.
            assertThat(retries).as("of %s", 40 * allowance).isBetween(10 * allowance - 3, 10 * allowance + 10);
            queue.remove(kinds.keySet());
        }
    }

    /** However a node's claims for it fall among its others. */
    @Test
    void aSubscriptionServedInEveryFourthClaimHasTurnsToo() {
        var kinds = mixed(200, 200);
        int retries = 0;
        for (int i = 0; i < 160; i++) {
            retries += retries(kinds, claim(MANY, MANY, Map.of(subscription, i % 4 == 0 ? 1 : 0)));
        }
        assertThat(retries).isBetween(7, 14);
    }

    @Test
    void whereThereIsOnlyOneKindItTakesAll() {
        mixed(100, 0);
        assertThat(claim(MANY, 40, Map.of())).hasSize(40);
        assertThat(claim(MANY, MANY, Map.of())).hasSize(60);
        mixed(0, 100);
        assertThat(claim(MANY, 40, Map.of())).hasSize(40);
        assertThat(claim(MANY, MANY, Map.of())).hasSize(60);
        mixed(3, 100);
        assertThat(claim(MANY, 40, Map.of())).hasSize(40);
        mixed(100, 3);
        assertThat(claim(MANY, 100, Map.of())).hasSize(100);
    }

    @Test
    void aLongLineOfOldRetriesDoesNotHoldUpFirstAttempts() {
        var retries = Stream.generate(() -> samples.retryTicket(subscription))
                .limit(LONG_LINE)
                .toList();
        queue.enqueue(retries);
        advance(Scene.MINUTE);
        var firsts = line(subscription, 30);

        // 15 of each 20 once it is known that there are any.
        var found = new HashSet<UUID>();
        for (int i = 0; i < FEW; i++) {
            claim(MANY, 20, Map.of()).forEach(lease -> found.add(lease.deliveryId()));
        }
        assertThat(found).containsAll(firsts);
    }

    @Test
    void whatComesAgainAfterAnAttemptIsARetry() {
        var first = line(subscription, 1);
        var attempted = claim();
        queue.settle(List.of(new Settlement.Again(attempted.get(0), Duration.ZERO, true)));
        assertThat(ids(attempted)).isEqualTo(first);
        advance(Duration.ofSeconds(1));
        var second = line(subscription, 1);
        var givenBack = claim(MANY, 2, Map.of());
        assertThat(givenBack).hasSize(2);
        // Without an attempt both stay what they are.
        queue.settle(givenBack.stream()
                .<Settlement>map(lease -> new Settlement.Again(lease, Duration.ZERO))
                .toList());

        int firsts = 0;
        for (int i = 0; i < 8; i++) {
            var one = claim(1, 1, Map.of());
            firsts += ids(one).equals(second) ? 1 : 0;
            queue.settle(List.of(new Settlement.Again(one.get(0), Duration.ZERO)));
        }
        assertThat(firsts).isEqualTo(6);
    }

    @Test
    void aTicketPutAgainIsWhatItIsPutAs() {
        var ticket = samples.ticket(subscription);
        queue.enqueue(List.of(ticket));
        queue.enqueue(List.of(new Ticket(ticket.deliveryId(), subscription, Scene.MINUTE, null, true)));
        advance(Duration.ofSeconds(1));
        line(subscription, 9);

        var leases = claim(MANY, 4, Map.of());
        assertThat(leases).hasSize(4);
        assertThat(ids(leases)).contains(ticket.deliveryId());
        assertThat(ids(claim(MANY, 3, Map.of()))).doesNotContain(ticket.deliveryId());
    }

    @Test
    void theNextDueIsNowOnlyIfMoreIsThatTheRequestAllowedFor() {
        line(subscription, LONG_LINE);
        advance(Scene.MINUTE);
        var request = new ClaimRequest(MANY, LEASE, 20, Map.of(subscription, 20));
        for (int i = 0; i < FEW; i++) {
            var claimed = queue.claim(request);
            assertThat(claimed.leases()).hasSize(20);
            assertThat(claimed.nextDue()).isNotEqualTo(Duration.ZERO);
        }
        var limited = queue.claim(new ClaimRequest(10, LEASE, 20, Map.of()));
        assertThat(limited.leases()).hasSize(10);
        assertThat(limited.nextDue()).isIn(Duration.ZERO, null);
    }

    @Test
    void ticketsAreCountedUpToABound() {
        var other = samples.id();
        line(subscription, 5);
        claim(2, MANY, Map.of());
        queue.enqueue(List.of(samples.ticket(subscription, Scene.MINUTE), samples.retryTicket(subscription)));
        line(other, 4);
        line(samples.id(), 4);

        assertThat(queue.count(List.of(), 10)).isZero();
        assertThat(queue.count(List.of(samples.id()), 10)).isZero();
        assertThat(queue.count(List.of(subscription), 100)).isEqualTo(7);
        assertThat(queue.count(List.of(subscription, other, subscription, samples.id()), 100))
                .isEqualTo(11);
        assertThat(queue.count(List.of(subscription, other), 11)).isEqualTo(11);
        assertThat(queue.count(List.of(subscription, other), 8)).isEqualTo(8);
        assertThat(queue.count(List.of(subscription, other), 3)).isEqualTo(3);
    }

    private UUID close(UUID subscriptionId) {
        closed.put(subscriptionId, 0);
        return subscriptionId;
    }

    private Set<UUID> line(UUID subscriptionId, int count) {
        var tickets = Stream.generate(() -> samples.ticket(subscriptionId))
                .limit(count)
                .toList();
        queue.enqueue(tickets);
        return tickets.stream().map(Ticket::deliveryId).collect(Collectors.toSet());
    }

    /** First attempts and retries of {@link #subscription}, the retries due before them; each with whether it is one. */
    private Map<UUID, Boolean> mixed(int firstAttempts, int retries) {
        var kinds = new HashMap<UUID, Boolean>();
        var tickets = IntStream.range(0, retries)
                .mapToObj(i -> samples.retryTicket(subscription))
                .toList();
        queue.enqueue(tickets);
        tickets.forEach(ticket -> kinds.put(ticket.deliveryId(), true));
        advance(Duration.ofSeconds(1));
        line(subscription, firstAttempts).forEach(id -> kinds.put(id, false));
        return kinds;
    }

    private static int retries(Map<UUID, Boolean> kinds, Collection<Lease> leases) {
        return (int)
                leases.stream().filter(lease -> kinds.get(lease.deliveryId())).count();
    }

    /** Claims until there are so many, a few times at most; and nothing twice, and nothing of what is closed. */
    private List<Lease> claimUntil(int count, int times) {
        var leases = new ArrayList<Lease>();
        for (int i = 0; i < times && leases.size() < count; i++) {
            leases.addAll(claim(MANY, 200, closed));
        }
        assertThat(leases).extracting(Lease::deliveryId).doesNotHaveDuplicates();
        assertThat(leases).extracting(Lease::subscriptionId).noneMatch(closed::containsKey);
        return leases;
    }

    private static Set<UUID> ids(List<Lease> leases) {
        return leases.stream().map(Lease::deliveryId).collect(Collectors.toSet());
    }

    private static Map<UUID, Integer> counts(List<Lease> leases) {
        return leases.stream()
                .collect(
                        Collectors.groupingBy(Lease::subscriptionId, Collectors.reducing(0, lease -> 1, Integer::sum)));
    }
}
