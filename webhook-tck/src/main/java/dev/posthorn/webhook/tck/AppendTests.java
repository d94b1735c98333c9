package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Appending, but for idempotency keys. */
abstract class AppendTests extends DeliveryStoreTests {
    @Test
    void anAppendedDeliveryIsPendingAndDue() {
        var event = samples.event("acme", "invoice.paid");
        var ticket = samples.ticket(scene.subscription);
        deliveries.append(List.of(samples.publication(event, ticket)));

        var delivery = scene.find(ticket.deliveryId());
        assertThat(delivery.id()).isEqualTo(ticket.deliveryId());
        assertThat(delivery.eventId()).isEqualTo(event.id());
        assertThat(delivery.subscriptionId()).isEqualTo(scene.subscription);
        assertThat(delivery.tenant()).isEqualTo("acme");
        assertThat(delivery.eventType()).isEqualTo("invoice.paid");
        assertThat(delivery.status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(delivery.failure()).isNull();
        assertThat(delivery.attemptCount()).isZero();
        assertThat(delivery.createdAt()).isCloseTo(event.publishedAt(), Scene.ABOUT);
        assertThat(delivery.completedAt()).isNull();
        scene.assertDueIn(Duration.ZERO, ticket.deliveryId());
    }

    @Test
    void aDelayedDeliveryIsDueAfterItsDelay() {
        scene.assertDueIn(Scene.minutes(10), scene.append(Scene.minutes(10)));
    }

    @Test
    void anEventIsKeptByteForByte() {
        var everyByte = new byte[256];
        IntStream.range(0, everyByte.length).forEach(i -> everyByte[i] = (byte) i);
        var headers = new LinkedHashMap<String, String>();
        headers.put("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        headers.put("Accept", "b");
        headers.put("X-Empty", "");
        var event = new PublishedEvent(
                samples.id(),
                "acme",
                "file.changed",
                "application/octet-stream",
                headers,
                Bytes.copyOf(everyByte),
                samples.now());
        deliveries.append(List.of(samples.publication(event)));

        assertThat(deliveries.findEvent(event.id())).contains(event);
        assertThat(deliveries.findEvent(event.id()).orElseThrow().headers().keySet())
                .containsExactlyElementsOf(headers.keySet());
    }

    @Test
    void aLargePayloadAndAnEmptyOneAreKept() {
        var large = samples.event("acme", "file.changed", Bytes.wrap(new byte[2_000_000]));
        var empty = samples.event("acme", "file.removed", Bytes.EMPTY);
        deliveries.append(List.of(samples.publication(large), samples.publication(empty)));

        assertThat(deliveries.findEvent(large.id())).contains(large);
        assertThat(deliveries.findEvent(empty.id())).contains(empty);
    }

    @Test
    void anEventThatNobodyWantsIsKeptToo() {
        var event = samples.event();
        var appended = deliveries.append(List.of(samples.publication(event)));

        assertThat(appended).containsExactly(new Appended(new PublishReceipt(event.id(), List.of(), false), List.of()));
        assertThat(deliveries.findEvent(event.id())).contains(event);
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(deliveries.find(samples.id())).isEmpty();
        assertThat(deliveries.findEvent(samples.id())).isEmpty();
        assertThat(deliveries.attempts(samples.id())).isEmpty();
    }

    @Test
    void receiptsComeInTheOrderOfThePublications() {
        var publications = IntStream.range(0, 300)
                .mapToObj(i -> samples.publication(
                        samples.event(), samples.ticket(scene.subscription), samples.ticket(scene.newSubscription())))
                .toList();

        assertThat(deliveries.append(publications))
                .extracting(Appended::receipt)
                .containsExactlyElementsOf(
                        publications.stream().map(AppendTests::receipt).toList());
        assertThat(deliveries.append(List.of())).isEmpty();
    }

    private static PublishReceipt receipt(Publication publication) {
        var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
        return new PublishReceipt(publication.event().id(), ids, false);
    }

    @Test
    void aTicketThatAsksForALeaseIsLeasedToTheCaller() {
        scene.queue();
        var event = samples.event();
        var ticket = samples.leasedTicket(scene.subscription, Scene.LEASE);
        var lease = leases(samples.publication(event, ticket)).get(0);

        assertThat(lease.deliveryId()).isEqualTo(ticket.deliveryId());
        assertThat(lease.subscriptionId()).isEqualTo(scene.subscription);
        assertThat(scene.claim()).isEmpty();
        var outcome = scene.success(Loaded.Ready.appended(lease, event));
        assertThat(deliveries.record(List.of(outcome))).isEmpty();
        scene.assertNotSent(ticket.deliveryId());
    }

    @Test
    void aDeliveryAppendedWithALeaseHasTheFirstVersion() {
        scene.queue();
        var event = samples.event();
        var lease = leases(samples.publication(event, samples.leasedTicket(scene.subscription, Scene.LEASE)))
                .get(0);

        var ready = scene.load(lease);
        assertThat(ready.event()).isEqualTo(event);
        assertThat(ready.version()).isEqualTo(Loaded.Ready.FIRST_VERSION);
        assertThat(ready.attemptCount()).isZero();
        assertThat(ready.attemptsThisRound()).isZero();
    }

    @Test
    void anAppendedLeaseEndsByItself() {
        scene.queue();
        var ticket = samples.leasedTicket(scene.subscription, Scene.LEASE);
        var first = leases(samples.publication(samples.event(), ticket)).get(0);

        scene.advance(Scene.LEASE.plus(Scene.MINUTE));
        assertThat(scene.lease(ticket.deliveryId()).token()).isNotEqualTo(first.token());
    }

    @Test
    void leasesComeInTheOrderOfTheTicketsThatAskForThem() {
        scene.queue();
        var tickets = IntStream.range(0, 100)
                .mapToObj(i -> i % 3 == 0
                        ? samples.ticket(scene.subscription)
                        : samples.leasedTicket(scene.newSubscription(), Scene.LEASE))
                .toArray(Ticket[]::new);
        var asked = IntStream.range(0, 100)
                .filter(i -> i % 3 != 0)
                .mapToObj(i -> tickets[i].deliveryId())
                .toList();

        assertThat(leases(samples.publication(samples.event(), tickets)))
                .extracting(Lease::deliveryId)
                .containsExactlyElementsOf(asked);
        assertThat(scene.claim()).hasSize(100 - asked.size());
    }

    @Test
    void aStoreWithoutAQueueGivesNoLeases() {
        assumeFalse(scene.hasQueue(), "this store has a queue of its own");
        assertThat(leases(samples.publication(samples.event(), samples.leasedTicket(scene.subscription, Scene.LEASE))))
                .isEmpty();
    }

    @Test
    void appendingTheSameAgainChangesNothing() {
        var publications = List.of(
                samples.publication(samples.event(), samples.ticket(scene.subscription)),
                samples.publication(
                        samples.event(), samples.ticket(scene.subscription), samples.ticket(scene.subscription)));
        var first = deliveries.append(publications);

        assertThat(deliveries.append(publications)).isEqualTo(first);
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(3);
        if (scene.hasQueue()) {
            assertThat(scene.claim()).hasSize(3);
        }
    }

    @Test
    void whatIsNewIsAppendedBesideWhatIsThereAlready() {
        var there = samples.publication(samples.event(), samples.ticket(scene.subscription));
        var before = deliveries.append(List.of(there)).get(0);
        var fresh = samples.publication(
                samples.event(), samples.ticket(scene.subscription), samples.ticket(scene.subscription));
        var other = samples.publication(samples.event());

        var appended = deliveries.append(List.of(fresh, there, other));
        assertThat(appended.get(1)).isEqualTo(before);
        assertThat(appended)
                .extracting(each -> each.receipt().eventId())
                .containsExactly(
                        fresh.event().id(), there.event().id(), other.event().id());
        assertThat(deliveries.findEvent(other.event().id())).isPresent();
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(3);
        if (scene.hasQueue()) {
            assertThat(scene.claim()).hasSize(3);
        }
    }

    @Test
    void appendingTheSameAgainDoesNotBringBackWhatHasEnded() {
        var ticket = samples.ticket(scene.subscription);
        var publication = samples.publication(samples.event(), ticket);
        deliveries.append(List.of(publication));
        deliveries.record(List.of(scene.success(scene.load(scene.lease(ticket.deliveryId())))));

        deliveries.append(List.of(publication));
        assertThat(scene.find(ticket.deliveryId()).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        scene.assertNotSent(ticket.deliveryId());
    }

    @Test
    void appendingTheSameAgainGivesNoLeasesAndTakesNone() {
        scene.queue();
        var ticket = samples.leasedTicket(scene.subscription, Scene.LEASE);
        var publication = samples.publication(samples.event(), ticket);
        leases(publication);
        assertThat(leases(publication)).isEmpty();
        assertThat(scene.claim()).isEmpty();

        scene.advance(Scene.LEASE.plus(Scene.MINUTE));
        var taken = scene.lease(ticket.deliveryId());
        assertThat(leases(publication)).isEmpty();
        assertThat(scene.claim()).isEmpty();
        var outcome = scene.retry(Loaded.Ready.appended(taken, publication.event()), Scene.MINUTE);
        assertThat(deliveries.record(List.of(outcome))).isEmpty();
    }

    @Test
    void severalDeliveriesMayBeForOneSubscription() {
        var tickets = List.of(samples.ticket(scene.subscription), samples.ticket(scene.subscription));
        deliveries.append(List.of(samples.publication(samples.event(), tickets.get(0), tickets.get(1))));

        assertThat(tickets).extracting(Ticket::deliveryId).allSatisfy((UUID id) -> scene.find(id));
    }

    private List<Lease> leases(Publication publication) {
        return deliveries.append(List.of(publication)).get(0).leases();
    }
}
