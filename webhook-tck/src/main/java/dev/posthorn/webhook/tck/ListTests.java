package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.spi.Ticket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Listing deliveries. */
abstract class ListTests extends DeliveryStoreTests {
    @Test
    void theNewestComeFirst() {
        var ids = Stream.generate(scene::append).limit(5).toList();
        assertListed(DeliveryQuery.all(), reversed(ids));
    }

    @Test
    void anEmptyListIsOnePage() {
        assertListed(DeliveryQuery.all(), List.of());
        scene.append();
        assertListed(DeliveryQuery.ofSubscription(samples.id()), List.of());
    }

    @Test
    void aListedDeliveryIsTheSameAsAFoundOne() {
        deliveries.record(List.of(scene.retry(scene.leased(), Scene.MINUTE)));
        scene.failed();

        assertThat(pages(DeliveryQuery.all()))
                .hasSize(2)
                .allSatisfy(
                        delivery -> assertThat(deliveries.find(delivery.id())).contains(delivery));
    }

    @Test
    void aTenantsAreListed() {
        var ours = appendEvent("ours", "order.created");
        appendEvent("theirs", "order.created");
        var alsoOurs = appendEvent("ours", "order.paid");

        assertListed(DeliveryQuery.all().tenant("ours"), List.of(alsoOurs, ours));
        assertListed(DeliveryQuery.all().tenant("our"), List.of());
    }

    @Test
    void aSubscriptionsAreListed() {
        var other = samples.ticket(scene.newSubscription());
        var ours = scene.append();
        deliveries.append(List.of(samples.publication(samples.event(), other)));

        assertListed(DeliveryQuery.ofSubscription(scene.subscription), List.of(ours));
        assertListed(DeliveryQuery.ofSubscription(other.subscriptionId()), List.of(other.deliveryId()));
    }

    @Test
    void thoseOfAStatusAreListed() {
        var succeeded = Scene.id(scene.succeeded());
        var failed = Scene.id(scene.failed());
        var cancelled = Scene.id(scene.cancelled());
        var pending = scene.append();

        assertListed(DeliveryQuery.all().status(DeliveryStatus.SUCCEEDED), List.of(succeeded));
        assertListed(DeliveryQuery.all().status(DeliveryStatus.FAILED), List.of(failed));
        assertListed(DeliveryQuery.all().status(DeliveryStatus.CANCELLED), List.of(cancelled));
        assertListed(DeliveryQuery.all().status(DeliveryStatus.PENDING), List.of(pending));
    }

    @Test
    void thoseOfAnEventTypeAreListed() {
        var created = appendEvent("acme", "order.created");
        appendEvent("acme", "order.created.late");
        appendEvent("acme", "order.paid");

        assertListed(DeliveryQuery.all().eventType("order.created"), List.of(created));
        assertListed(DeliveryQuery.all().eventType("order.*"), List.of());
    }

    @Test
    void thoseOfATimeAreListed() {
        var first = scene.append();
        scene.advance(Scene.minutes(10));
        var second = scene.append();
        scene.advance(Scene.minutes(10));
        var third = scene.append();
        var between = samples.now().minus(Scene.minutes(5));

        assertListed(DeliveryQuery.all().since(between), List.of(third));
        assertListed(DeliveryQuery.all().until(between), List.of(second, first));
        assertListed(DeliveryQuery.all().since(between.minus(Scene.minutes(10))).until(between), List.of(second));
        assertListed(DeliveryQuery.all().since(between.plus(Scene.minutes(30))), List.of());
    }

    @Test
    void aTimeBeginsWithItsFirstMomentAndEndsBeforeItsLast() {
        var id = scene.append();
        var moment = scene.find(id).createdAt();

        assertListed(DeliveryQuery.all().since(moment), List.of(id));
        assertListed(DeliveryQuery.all().until(moment), List.of());
        assertListed(DeliveryQuery.all().until(moment.plusMillis(1)), List.of(id));
    }

    @Test
    void filtersNarrowEachOther() {
        var wanted = appendEvent("ours", "order.created");
        appendEvent("theirs", "order.created");
        appendEvent("ours", "order.paid");
        deliveries.cancel(List.of(appendEvent("ours", "order.created")));

        var query = DeliveryQuery.ofSubscription(scene.subscription)
                .tenant("ours")
                .eventType("order.created")
                .status(DeliveryStatus.PENDING)
                .since(samples.now().minus(Scene.minutes(5)))
                .until(samples.now().plus(Scene.minutes(5)));
        assertListed(query, List.of(wanted));
        assertListed(query.subscription(samples.id()), List.of());
    }

    @Test
    void pagesHaveNoGapAndNoRepeat() {
        var ids = Stream.generate(scene::append).limit(25).toList();
        for (int limit : List.of(1, 7, 25, 26)) {
            assertListed(DeliveryQuery.all().limit(limit), reversed(ids));
            assertListed(DeliveryQuery.ofSubscription(scene.subscription).limit(limit), reversed(ids));
            assertListed(DeliveryQuery.all().status(DeliveryStatus.PENDING).limit(limit), reversed(ids));
        }
    }

    @Test
    void filteredPagesHaveNoGapAndNoRepeat() {
        var wanted = new ArrayList<UUID>();
        for (int i = 0; i < 60; i++) {
            var id = appendEvent("acme", i % 5 == 0 ? "order.paid" : "order.created");
            if (i % 5 == 0) {
                wanted.add(id);
            }
        }
        assertListed(DeliveryQuery.all().eventType("order.paid").limit(2), reversed(wanted));
    }

    @Test
    void deliveriesOfOneEventAreAllListed() {
        var tickets = Stream.generate(() -> samples.ticket(scene.subscription))
                .limit(10)
                .toList();
        deliveries.append(List.of(samples.publication(samples.event(), tickets.toArray(Ticket[]::new))));

        assertThat(pages(DeliveryQuery.all().limit(3)))
                .hasSize(10)
                .extracting(Delivery::id)
                .doesNotHaveDuplicates();
    }

    @Test
    void whatIsAppendedMeanwhileDoesNotShiftThePages() {
        var ids = Stream.generate(scene::append).limit(10).toList();
        var first = deliveries.list(DeliveryQuery.all().limit(4));
        scene.append();
        var rest = pages(DeliveryQuery.all().limit(4).after(first.next()));

        assertThat(Stream.concat(first.items().stream(), rest.stream()).map(Delivery::id))
                .containsExactlyElementsOf(reversed(ids));
    }

    private UUID appendEvent(String tenant, String type) {
        var ticket = samples.ticket(scene.subscription);
        deliveries.append(List.of(samples.publication(samples.event(tenant, type), ticket)));
        return ticket.deliveryId();
    }

    private void assertListed(DeliveryQuery query, List<UUID> ids) {
        assertThat(pages(query)).extracting(Delivery::id).containsExactlyElementsOf(ids);
    }

    /** Everything a query finds, page by page. A page may be short while there are more. */
    private List<Delivery> pages(DeliveryQuery query) {
        var all = new ArrayList<Delivery>();
        var page = deliveries.list(query);
        for (int pages = 1; page.next() != null; pages++) {
            assertThat(pages).as("pages read of a short list").isLessThan(Scene.MANY);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(query.limit());
            all.addAll(page.items());
            page = deliveries.list(query.after(page.next()));
        }
        all.addAll(page.items());
        return all;
    }

    private static List<UUID> reversed(List<UUID> ids) {
        var reversed = new ArrayList<>(ids);
        Collections.reverse(reversed);
        return reversed;
    }
}
