package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Appending under idempotency keys. */
abstract class IdempotencyTests extends DeliveryStoreTests {
    private static final int RUNNERS = 8;

    @Test
    void aKeyUsedAgainGivesTheFirstReceipt() {
        var first = receipt(publication("key", "content"));
        var again = publication("key", "content");

        assertThat(first.duplicate()).isFalse();
        assertThat(deliveries.append(List.of(again))).containsExactly(new Appended(duplicate(first), List.of()));
        assertThat(deliveries.findEvent(again.event().id())).isEmpty();
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(1);
        if (scene.hasQueue()) {
            assertThat(scene.claim()).hasSize(1);
        }
    }

    @Test
    void aDuplicateIsNotLeased() {
        scene.queue();
        receipt(publication("key", "content"));
        var again = samples.keyed(
                "key",
                "content",
                samples.publication(samples.event(), samples.leasedTicket(scene.subscription, Scene.LEASE)));

        assertThat(deliveries.append(List.of(again)).get(0).leases()).isEmpty();
    }

    @Test
    void appendingTheSameAgainIsNoDuplicate() {
        var publication = publication("key", "content");
        assertThat(receipt(publication)).isEqualTo(receipt(publication));
    }

    @Test
    void theSameKeyOfAnotherTenantIsAnotherKey() {
        var ours = samples.keyed("key", "content", samples.publication(samples.event("ours", "order.created")));
        var theirs = samples.keyed("key", "other", samples.publication(samples.event("theirs", "order.created")));
        receipt(ours);

        assertThat(receipt(theirs).duplicate()).isFalse();
        assertThat(deliveries.findEvent(theirs.event().id())).isPresent();
    }

    @Test
    void aKeyUsedWithOtherContentIsRefusedAndNothingWritten() {
        receipt(publication("key", "content"));
        var before = publication("before", "content");
        var after = publication("after", "content");

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> deliveries.append(List.of(before, publication("key", "other"), after)));
        assertThat(deliveries.findEvent(before.event().id())).isEmpty();
        assertThat(deliveries.findEvent(after.event().id())).isEmpty();
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(1);
        assertThat(receipt(publication("before", "something else")).duplicate()).isFalse();
    }

    @Test
    void publicationsOfOneCallMayShareAKey() {
        var first = publication("key", "content");
        var appended =
                deliveries.append(List.of(publication("another", "content"), first, publication("key", "content")));

        var receipt = appended.get(1).receipt();
        assertThat(receipt.eventId()).isEqualTo(first.event().id());
        assertThat(receipt.duplicate()).isFalse();
        assertThat(appended.get(2).receipt()).isEqualTo(duplicate(receipt));
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(2);
    }

    @Test
    void publicationsOfOneCallThatShareAKeyMustHaveTheSameContent() {
        var first = publication("key", "content");

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> deliveries.append(List.of(first, publication("key", "other"))));
        assertThat(deliveries.findEvent(first.event().id())).isEmpty();
    }

    @Test
    void ofConcurrentAppendsWithOneKeyOneWrites() {
        for (int round = 0; round < 10; round++) {
            var key = "key " + round;
            var receipts = Race.of(RUNNERS, () -> receipt(publication(key, "content")));

            assertThat(receipts).filteredOn(receipt -> !receipt.duplicate()).hasSize(1);
            assertThat(receipts)
                    .extracting(PublishReceipt::eventId)
                    .containsOnly(receipts.get(0).eventId());
            assertThat(receipts)
                    .extracting(PublishReceipt::deliveryIds)
                    .containsOnly(receipts.get(0).deliveryIds());
        }
        assertThat(deliveries.list(DeliveryQuery.all()).items()).hasSize(10);
    }

    @Test
    void concurrentAppendsMayHaveTheirKeysInAnyOrder() {
        for (int round = 0; round < 10; round++) {
            int number = round;
            var appended = Race.of(RUNNERS, () -> {
                var publications = new ArrayList<>(IntStream.range(0, 20)
                        .mapToObj(i -> publication("key " + number + "." + i, "content " + i))
                        .toList());
                Collections.shuffle(publications);
                return deliveries.append(publications);
            });

            assertThat(appended).hasSize(RUNNERS);
            assertThat(appended.stream().flatMap(List::stream))
                    .filteredOn(each -> !each.receipt().duplicate())
                    .hasSize(20);
        }
    }

    private Publication publication(String key, String content) {
        return samples.keyed(key, content, samples.publication(samples.event(), samples.ticket(scene.subscription)));
    }

    private PublishReceipt receipt(Publication publication) {
        return deliveries.append(List.of(publication)).get(0).receipt();
    }

    private static PublishReceipt duplicate(PublishReceipt first) {
        return new PublishReceipt(first.eventId(), first.deliveryIds(), true);
    }
}
