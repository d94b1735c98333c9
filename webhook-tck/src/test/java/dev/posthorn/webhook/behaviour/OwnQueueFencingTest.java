package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a store with a queue of its own knows beside the delivery's version: who holds it. */
@Timeout(60)
class OwnQueueFencingTest {
    private final Stage stage = new Stage();
    private final RecordingListener listener = new RecordingListener();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aLateFailureTakesNothingFromAnAttemptThatAnotherNodeIsMaking() {
        var late = new CountDownLatch(1);
        var current = new CountDownLatch(1);
        stage.receiver
                .on("/hook")
                .next(Answer.status(500).heldBy(late), Answer.status(500).heldBy(current));
        var trouble = new Trouble();
        var slow = stage.start(trouble, settings -> settings.listener(listener).retry(RetryPolicy.never()));
        stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofHours(1)).jitter(0)));
        trouble.fail(Call.CLAIM);
        var delivery = stage.publishTo(slow, stage.subscribe(slow, "/hook"));
        stage.receiver.await(1);
        stage.advance(Duration.ofSeconds(60));
        stage.receiver.await(2);

        late.countDown();
        stage.awaitAttempts(delivery, 1);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("leaseLost"));

        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        current.countDown();
        stage.awaitAttempts(delivery, 2);
        assertThat(stage.delivery(delivery).nextAttemptAt())
                .isEqualTo(stage.clock.now().plus(Duration.ofHours(1)));
    }
}
