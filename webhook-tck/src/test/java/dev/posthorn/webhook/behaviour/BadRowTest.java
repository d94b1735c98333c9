package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One outcome that the store will never take does not stop the others. */
@Timeout(60)
class BadRowTest {
    private static final Bytes POISON = Bytes.utf8("poison");

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    private static boolean isPoisoned(Attempt attempt) {
        return attempt != null && attempt.responseBody().equals(POISON);
    }

    /** Deliveries whose outcomes are written in one batch; the sixth is answered with poison. */
    private List<UUID> oneBatch(WebhookDispatcher node) {
        stage.receiver.onAnyPath().byDefault(Answer.status(200).body(Bytes.utf8("thanks")));
        stage.receiver.on("/bad").byDefault(Answer.status(200).body(POISON));
        var good = stage.subscribe(node, "/good");
        var bad = stage.subscribe(node, "/bad");
        var hold = trouble.hold(Call.RECORD);
        stage.publishTo(node, good);
        hold.awaitReached();
        var deliveries = stage.publishTo(node, good, 10);
        deliveries.add(5, stage.publishTo(node, bad));
        Stage.eventually(() -> assertThat(Stage.part(node, "recorder").detail()).startsWith("12 "));
        hold.release();
        return deliveries;
    }

    @Test
    void theCulpritIsRecordedWithoutItsExcerptAndTheOthersWithTheirs() {
        trouble.refuse(outcome -> isPoisoned(outcome.attempt()));
        var node = stage.start(trouble);

        var deliveries = oneBatch(node);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        var culprit = stage.attempts(deliveries.get(5)).get(0);
        assertThat(culprit.responseBody()).isEqualTo(Bytes.EMPTY);
        assertThat(culprit.responseHeaders()).isEmpty();
        assertThat(culprit.statusCode()).isEqualTo(200);
        deliveries.remove(5);
        deliveries.forEach(
                id -> assertThat(stage.attempts(id).get(0).responseBody()).isEqualTo(Bytes.utf8("thanks")));
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(12);
    }

    @Test
    void aCulpritThatCannotBeRecordedAtAllIsSentAgainWhenItsLeaseHasRunOut() {
        trouble.refuse(
                outcome -> outcome.attempt() != null && outcome.attempt().url().endsWith("/bad"));
        var node = stage.start(trouble);

        var deliveries = oneBatch(node);

        var culprit = deliveries.remove(5);
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        stage.pass(Duration.ofSeconds(59));
        assertThat(stage.receiver.requests()).hasSize(12);
        trouble.healAll();
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(culprit, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(13);
    }

    @Test
    void oddBytesInAnAnswerAreKeptAsTheyCame() {
        var odd = Bytes.copyOf(new byte[] {0, (byte) 0xFF, (byte) 0xC3, 0x28, 27, '['});
        stage.receiver
                .on("/hook")
                .byDefault(Answer.status(200).header("X-Odd", "tab\there").body(odd));
        var node = stage.start();

        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        assertThat(stage.awaitAttempts(delivery, 1).get(0).responseBody()).isEqualTo(odd);
    }

    @Test
    void aRowThatIsRefusedDoesNotMeanThatTheStoreIsDown() {
        trouble.refuse(outcome -> outcome.attempt() != null);
        var node = stage.start(trouble);
        stage.publishTo(node, stage.subscribe(node, "/hook"));
        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isEqualTo(2));

        stage.pass(Duration.ofSeconds(30));

        assertThat(node.health().status()).isNotEqualTo(Health.Status.DOWN);
    }
}
