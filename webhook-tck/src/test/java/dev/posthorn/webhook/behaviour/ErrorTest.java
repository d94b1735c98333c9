package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What must not happen, and loses nothing if it does: faults in adapters, errors of the JVM, unreadable rows. */
@Timeout(60)
class ErrorTest {
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    /** The real transport, which throws where it is told to. */
    private record ThrowingTransport(WebhookTransport real, AtomicReference<Throwable> next)
            implements WebhookTransport {
        @Override
        public TransportResult send(TransportRequest request) {
            var thrown = next.getAndSet(null);
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
            return real.send(request);
        }

        @Override
        public Optional<String> refusal(TargetUrl url) {
            return real.refusal(url);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private UUID publishWithATransportThatThrowsOnce(Throwable thrown) {
        var transport = new ThrowingTransport(Stage.loopback(), new AtomicReference<>(thrown));
        var node = stage.start(settings -> settings.transport(transport));
        return stage.publishTo(node, stage.subscribe(node, "/hook"));
    }

    @Test
    void aTransportThatThrowsHasFailedTheAttempt() {
        var delivery = publishWithATransportThatThrowsOnce(new IllegalStateException("a fault"));

        assertThat(stage.awaitAttempts(delivery, 1).get(0).error()).contains("IllegalStateException");
        stage.elapse(Duration.ofSeconds(6), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aTransportThatDiesOfAnErrorLosesNoDelivery() {
        var delivery = publishWithATransportThatThrowsOnce(new LinkageError("a class is missing"));

        stage.elapse(LEASE.multipliedBy(3), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aLoadThatDiesOfAnErrorLosesNoDelivery() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        trouble.beforeNext(Call.LOAD, () -> {
            throw new OutOfMemoryError("just now");
        });

        stage.start(trouble);
        stage.elapse(LEASE.multipliedBy(3), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aRecordThatDiesOfAnErrorIsRepeated() {
        var node = stage.start(trouble);
        trouble.beforeNext(Call.RECORD, () -> {
            throw new OutOfMemoryError("just now");
        });
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isEqualTo(1));
        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void aSubscriptionWhoseUrlNobodyCanReadDoesNotStopTheOthers() {
        var node = stage.start();
        var now = stage.clock.now();
        var unreadable = new Subscription(
                UUID.randomUUID(),
                "default",
                SubscriptionSettings.to("what rules of another time allowed"),
                SubscriptionStatus.ACTIVE,
                null,
                1,
                now,
                now);
        stage.store
                .subscriptions()
                .insert(new StoredSubscription(unreadable, List.of(StoredSecret.lasting(SigningSecret.generate()))));

        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }
}
