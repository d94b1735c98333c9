package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;

/** A part of {@link DeliveryQueueContract}. */
abstract class DeliveryQueueTests {
    static final Duration LEASE = Duration.ofMinutes(1);
    static final int MANY = 1_000;

    final Samples samples = new Samples(Instant::now);
    final UUID subscription = samples.id();
    DeliveryQueue queue;

    abstract DeliveryQueueContract contract();

    @BeforeEach
    void open() {
        queue = contract().createQueue();
    }

    void advance(Duration time) {
        contract().advance(time);
    }

    /** Lets a lease taken now run out. */
    void outlastLease() {
        advance(LEASE.plus(Scene.MINUTE));
    }

    /** Puts a ticket of {@link #subscription} on the queue, due now. */
    Ticket enqueue() {
        return enqueue(subscription);
    }

    Ticket enqueue(UUID subscriptionId) {
        var ticket = samples.ticket(subscriptionId);
        queue.enqueue(List.of(ticket));
        return ticket;
    }

    Ticket enqueue(Duration delay) {
        var ticket = samples.ticket(subscription, delay);
        queue.enqueue(List.of(ticket));
        return ticket;
    }

    /** Puts a ticket on the queue and leases it; it must be the only one that is due. */
    Lease leased() {
        var ticket = enqueue();
        return claimed(ticket);
    }

    /** The lease on this ticket, which must be the only one that is due. */
    Lease claimed(Ticket ticket) {
        var leases = claim();
        assertThat(leases).extracting(Lease::deliveryId).containsExactly(ticket.deliveryId());
        return leases.get(0);
    }

    /** Leases whatever is due. */
    List<Lease> claim() {
        return claim(MANY, MANY, Map.of());
    }

    List<Lease> claim(int limit, int perSubscription, Map<UUID, Integer> allowances) {
        return queue.claim(new ClaimRequest(limit, LEASE, perSubscription, allowances))
                .leases();
    }

    static Ticket ticket(Lease lease, Duration delay) {
        return Ticket.due(lease.deliveryId(), lease.subscriptionId(), delay);
    }
}
