package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Claiming from a queue. */
abstract class ClaimTests extends DeliveryQueueTests {
    private static final int BACKLOG = 10_000;

    @Test
    void nothingIsClaimedFromAnEmptyQueue() {
        assertThat(queue.claim(new ClaimRequest(10, LEASE, 10, Map.of()))).isEqualTo(new Claimed(List.of(), null));
    }

    @Test
    void aTicketIsLeasedToOneAtATime() {
        enqueue();
        assertThat(claim()).hasSize(1);
        assertThat(claim()).isEmpty();
    }

    @Test
    void aTicketCanBeClaimedWhenItsLeaseRanOut() {
        var ticket = enqueue();
        var first = claimed(ticket);
        advance(LEASE.minusSeconds(30));
        assertThat(claim()).isEmpty();

        advance(Scene.MINUTE);
        var second = claimed(ticket);
        outlastLease();
        var third = claimed(ticket);
        assertThat(List.of(first.token(), second.token(), third.token())).doesNotHaveDuplicates();
    }

    @Test
    void tokensAreUnique() {
        backlog(subscription, 50);
        backlog(samples.id(), 50);
        var tokens = new ArrayList<Long>();
        for (int round = 0; round < 5; round++) {
            claim().forEach(lease -> tokens.add(lease.token()));
            outlastLease();
        }

        assertThat(tokens).hasSize(500).doesNotHaveDuplicates();
    }

    @Test
    void noMoreThanTheLimitAreClaimed() {
        for (int i = 0; i < 5; i++) {
            backlog(samples.id(), 4);
        }
        assertThat(claim(7, MANY, Map.of())).hasSize(7);
        assertThat(claim(1, MANY, Map.of())).hasSize(1);
        assertThat(claim(100, MANY, Map.of())).hasSize(12);
    }

    @Test
    void noMoreThanItsShareIsClaimedForASubscription() {
        var other = samples.id();
        backlog(subscription, 10);
        backlog(other, 2);

        var leases = claim(MANY, 3, Map.of());
        assertThat(leases).filteredOn(of(subscription)).hasSize(3);
        assertThat(leases).filteredOn(of(other)).hasSize(2);
    }

    @Test
    void anAllowanceTakesTheShare() {
        var more = samples.id();
        var fewer = samples.id();
        var none = samples.id();
        for (var id : List.of(more, fewer, none, subscription)) {
            backlog(id, 10);
        }

        var leases = claim(MANY, 3, Map.of(more, 8, fewer, 1, none, 0, samples.id(), 5));
        assertThat(leases).filteredOn(of(more)).hasSize(8);
        assertThat(leases).filteredOn(of(fewer)).hasSize(1);
        assertThat(leases).filteredOn(of(none)).isEmpty();
        assertThat(leases).filteredOn(of(subscription)).hasSize(3);
    }

    @Test
    void whatIsLeftAloneCanBeClaimedLater() {
        var ticket = enqueue();
        assertThat(claim(MANY, MANY, Map.of(subscription, 0))).isEmpty();
        claimed(ticket);
    }

    @Test
    void withoutAShareOnlyAllowancesCount() {
        backlog(subscription, 3);
        backlog(samples.id(), 3);

        assertThat(claim(MANY, 0, Map.of(subscription, 2)))
                .hasSize(2)
                .extracting(Lease::subscriptionId)
                .containsOnly(subscription);
    }

    @Test
    void workIsFoundBehindALongLineLeftAlone() {
        backlog(subscription, BACKLOG);
        advance(Scene.MINUTE);
        var behind = enqueue(samples.id());

        assertThat(claim(10, MANY, Map.of(subscription, 0)))
                .extracting(Lease::deliveryId)
                .containsExactly(behind.deliveryId());
    }

    @Test
    void workIsFoundBehindALongLineThatHasHadItsShare() {
        backlog(subscription, BACKLOG);
        advance(Scene.MINUTE);
        var behind = samples.id();
        backlog(behind, 3);

        var leases = claim(10, 5, Map.of());
        assertThat(leases).filteredOn(of(subscription)).hasSize(5);
        assertThat(leases).filteredOn(of(behind)).hasSize(3);
    }

    @Test
    void workIsFoundBehindManyLinesLeftAlone() {
        var allowances = new HashMap<UUID, Integer>();
        var tickets = new ArrayList<Ticket>();
        for (int i = 0; i < 500; i++) {
            var id = samples.id();
            allowances.put(id, 0);
            Stream.generate(() -> samples.ticket(id)).limit(4).forEach(tickets::add);
        }
        queue.enqueue(tickets);
        advance(Scene.MINUTE);
        var behind = enqueue();

        assertThat(claim(10, MANY, allowances)).extracting(Lease::deliveryId).containsExactly(behind.deliveryId());
    }

    @Test
    void theLongestDueOfASubscriptionIsClaimedFirst() {
        var third = enqueue(Scene.minutes(6));
        var first = enqueue(Scene.minutes(2));
        var second = enqueue(Scene.minutes(4));
        advance(Scene.minutes(8));

        for (var ticket : List.of(first, second, third)) {
            assertThat(claim(1, MANY, Map.of())).extracting(Lease::deliveryId).containsExactly(ticket.deliveryId());
        }
    }

    @Test
    void theNextDueIsNotNowIfNothingIs() {
        var request = new ClaimRequest(10, LEASE, 10, Map.of());
        enqueue(Scene.minutes(5));
        assertHint(queue.claim(request), Duration.ofSeconds(1), Scene.minutes(5));

        enqueue();
        assertHint(queue.claim(request), Duration.ofSeconds(1), LEASE);
    }

    @Test
    void theNextDueIsNowIfMoreIsThatTheRequestAllowedFor() {
        backlog(subscription, 3);
        assertHint(queue.claim(new ClaimRequest(2, LEASE, 10, Map.of())), Duration.ZERO, Duration.ZERO);
    }

    /** Or the caller would claim again at once, for ever. */
    @Test
    void theNextDueIsNotNowIfAllThatIsDueIsLeftAlone() {
        var other = samples.id();
        backlog(subscription, 3);
        backlog(other, 3);
        var request = new ClaimRequest(10, LEASE, 1, Map.of(other, 0));
        var claimed = queue.claim(request);

        assertThat(claimed.leases()).hasSize(1);
        assertHint(claimed, Duration.ofSeconds(1), LEASE);
    }

    @Test
    void ofManyClaimersEachGetsTicketsOfItsOwn() {
        var ids = Stream.generate(samples::id).limit(5).toList();
        ids.forEach(id -> backlog(id, 200));

        var claimed = Race.of(4, () -> {
            var mine = new ArrayList<Lease>();
            for (var leases = claim(30, 20, Map.of()); !leases.isEmpty(); leases = claim(30, 20, Map.of())) {
                assertThat(leases).hasSizeLessThanOrEqualTo(30);
                for (var id : ids) {
                    assertThat(leases).filteredOn(of(id)).hasSizeLessThanOrEqualTo(20);
                }
                mine.addAll(leases);
            }
            return mine;
        });
        assertThat(claimed.stream().flatMap(List::stream).map(Lease::deliveryId))
                .doesNotHaveDuplicates();
        // A claim may pass over what another one just looks at, so that the last few can be left.
        assertThat(claimed.stream().mapToInt(List::size).sum() + claim().size()).isEqualTo(1_000);
    }

    private static Predicate<Lease> of(UUID subscriptionId) {
        return lease -> lease.subscriptionId().equals(subscriptionId);
    }

    private void backlog(UUID subscriptionId, int count) {
        queue.enqueue(Stream.generate(() -> samples.ticket(subscriptionId))
                .limit(count)
                .toList());
    }

    /** A hint may be missing, but not wrong. */
    private static void assertHint(Claimed claimed, Duration least, Duration most) {
        if (claimed.nextDue() != null) {
            assertThat(claimed.nextDue()).isBetween(least, most);
        }
    }
}
