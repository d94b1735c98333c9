package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.HeaderProvider;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The dispatcher lives with the application, and takes its beans along. */
@Timeout(60)
class LifecycleTest {
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(PosthornAutoConfiguration.class))
            .withPropertyValues("posthorn.transport.allowed-networks=127.0.0.0/8", "posthorn.shutdown-timeout=1s");

    @AfterEach
    void close() {
        gate.countDown();
        receiver.close();
    }

    private UUID subscribe(WebhookDispatcher webhooks) {
        return webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url("/hook")))
                .subscription()
                .id();
    }

    private static WebhookEvent event() {
        return WebhookEvent.of("a", "text/plain", Bytes.utf8("b"));
    }

    /** Keeps what it is told. */
    static final class Told implements WebhookListener {
        final List<UUID> succeeded = new CopyOnWriteArrayList<>();

        @Override
        public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
            succeeded.add(deliveryId);
        }
    }

    @Test
    void listenersHeaderProvidersAndSignersAreFound() {
        var told = new Told();
        application
                .withBean(WebhookListener.class, () -> told)
                .withBean(HeaderProvider.class, () -> request -> Map.of("x-token", "abc"))
                .withBean("own-scheme", Signer.class, () -> message -> List.of(new Header("x-own-signature", "signed")))
                .run(context -> {
                    var webhooks = context.getBean(WebhookDispatcher.class);
                    webhooks.subscriptions()
                            .create(NewSubscription.to(receiver.url("/hook"))
                                    .with(settings -> settings.signatureSchemes("own-scheme")));

                    var delivery = webhooks.publish(event()).deliveryIds().get(0);

                    var request = receiver.await(1).get(0);
                    assertThat(request.header("x-token")).contains("abc");
                    assertThat(request.header("x-own-signature")).contains("signed");
                    Awaitility.await().until(() -> told.succeeded.equals(List.of(delivery)));
                });
    }

    @Test
    void aContextThatClosesLetsAttemptsEnd() {
        receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        var told = new Told();
        application
                .withPropertyValues("posthorn.shutdown-timeout=30s")
                .withBean(WebhookListener.class, () -> told)
                .run(context -> {
                    var webhooks = context.getBean(WebhookDispatcher.class);
                    subscribe(webhooks);
                    webhooks.publish(event());
                    receiver.await(1);
                    var closing = new Thread(context::close);
                    closing.start();
                    Awaitility.await().until(() -> webhooks.state().phase() == Phase.CLOSED);
                    assertThat(closing.isAlive()).isTrue();

                    gate.countDown();

                    closing.join();
                    assertThat(told.succeeded).hasSize(1);
                    assertThatIllegalStateException().isThrownBy(() -> webhooks.publish(event()));
                });
    }

    @Test
    void attemptsThatHangHoldItUpForTheShutdownTimeoutAndLittleMore() {
        receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        application.run(context -> {
            var webhooks = context.getBean(WebhookDispatcher.class);
            subscribe(webhooks);
            webhooks.publish(event());
            receiver.await(1);

            long before = System.nanoTime();
            context.close();

            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
        });
    }

    @Test
    void aContextThatIsStoppedDeliversAgainOnceItIsStarted() {
        application.run(context -> {
            var webhooks = context.getBean(WebhookDispatcher.class);
            subscribe(webhooks);
            context.stop();
            assertThat(webhooks.state().isPaused()).isTrue();
            webhooks.publish(event());
            assertThat(webhooks.state().held()).isZero();
            assertThat(receiver.requests()).isEmpty();

            context.start();

            receiver.await(1);
        });
    }

    @Test
    void aPublisherOnlyIsClosedToo() {
        application.withPropertyValues("posthorn.auto-start=false").run(context -> {
            var webhooks = context.getBean(WebhookDispatcher.class);
            context.stop();
            context.start();
            assertThat(webhooks.state().phase()).isEqualTo(Phase.NEW);
            context.close();
            assertThat(webhooks.state().phase()).isEqualTo(Phase.CLOSED);
        });
    }
}
