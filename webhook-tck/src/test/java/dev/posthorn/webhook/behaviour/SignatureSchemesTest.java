package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SecretRotation;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookVerifier;
import dev.posthorn.webhook.tck.ReceivedRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Requests are signed as their subscription wants it. */
@Timeout(60)
class SignatureSchemesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Stage stage = new Stage();
    private final SigningSecret secret = SigningSecret.generate();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void byDefaultThereIsTheSignatureOfStandardWebhooksAndNoOther() {
        var node = stage.start();

        var request = send(node, create(node));

        assertThat(request.headers("webhook-signature")).hasSize(1);
        assertThat(request.header("X-Hub-Signature-256")).isEmpty();
        assertThat(request.header("X-Webhook-Signature")).isEmpty();
    }

    @Test
    void everySchemeThatIsChosenSigns() throws Exception {
        var node = stage.start();

        var request = send(node, create(node, Signer.STANDARD_WEBHOOKS, Signer.GITHUB, Signer.HMAC_SHA256_HEX));

        var hex = hmac(secret.reveal(), request);
        assertThat(request.headers("X-Hub-Signature-256")).containsExactly("sha256=" + hex);
        assertThat(request.headers("X-Webhook-Signature")).containsExactly(hex);
        for (var scheme : List.of(Signer.STANDARD_WEBHOOKS, Signer.GITHUB, Signer.HMAC_SHA256_HEX)) {
            assertThat(verify(WebhookVerifier.of(secret.reveal()).scheme(scheme), request))
                    .isEqualTo(request.header("webhook-id").orElseThrow());
        }
    }

    @Test
    void whatIsLeftOutIsNotSentButIdAndTimestampAlwaysAre() {
        var node = stage.start();

        var request = send(node, create(node, Signer.GITHUB));

        assertThat(request.header("webhook-signature")).isEmpty();
        assertThat(request.header("webhook-id")).isPresent();
        assertThat(request.header("webhook-timestamp")).isPresent();
    }

    @Test
    void whereThereIsRoomForOneSignatureTheOldSecretSignsUntilTheOverlapEnds() throws Exception {
        var node = stage.start();
        var subscription = create(node, Signer.GITHUB);
        var second = node.subscriptions()
                .rotateSecret(subscription, 1, SecretRotation.generated())
                .secret();

        var during = send(node, subscription);
        assertThat(during.headers("X-Hub-Signature-256")).containsExactly("sha256=" + hmac(secret.reveal(), during));
        stage.pass(Duration.ofHours(24));
        var after = send(node, subscription);
        assertThat(after.headers("X-Hub-Signature-256")).containsExactly("sha256=" + hmac(second.reveal(), after));
    }

    @Test
    void aSignerOfTheHostsSigns() {
        Signer own = message -> List.of(
                new Header(
                        "X-Acme",
                        message.timestampSeconds() + ";" + message.id() + ";"
                                + message.body().size() + ";"
                                + message.secrets().get(0).masked()),
                new Header("X-Acme-Version", "1"));
        var node = stage.start(settings -> settings.signer("acme", own));

        var request = send(node, create(node, "acme"));

        assertThat(request.headers("X-Acme"))
                .containsExactly(request.header("webhook-timestamp").orElseThrow() + ";"
                        + request.header("webhook-id").orElseThrow() + ";"
                        + request.body().size() + ";" + secret.masked());
        assertThat(request.headers("X-Acme-Version")).containsExactly("1");
        assertThat(request.header("webhook-signature")).isEmpty();
    }

    @Test
    void nobodyElseSetsTheHeaderOfASignature() throws Exception {
        var node = stage.start();
        var subscription = create(node, Signer.GITHUB);
        Stage.change(
                node,
                subscription,
                settings -> settings.headers(Map.of("x-hub-signature-256", "sha256=forged", "a", "b")));

        node.publishTo(subscription, stage.event().header("X-HUB-SIGNATURE-256", "sha256=forged too"));

        var request = stage.receiver.await(1).get(0);
        assertThat(request.headers("X-Hub-Signature-256")).containsExactly("sha256=" + hmac(secret.reveal(), request));
        assertThat(request.headers("a")).containsExactly("b");
        var other = send(node, subscription);
        assertThat(other.headers("X-Hub-Signature-256")).containsExactly("sha256=" + hmac(secret.reveal(), other));
    }

    @Test
    void anUnknownSchemeIsRefused() {
        var node = stage.start(settings -> settings.signer("acme", message -> List.of()));

        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> create(node, "acme", "acne"))
                .satisfies(e -> assertThat(e.faults())
                        .singleElement()
                        .hasToString("signatureSchemes[1]: must be one of acme, github, hmac-sha256-hex,"
                                + " standard-webhooks"));
    }

    @Test
    void aSchemeThatThisNodeDoesNotKnowFailsTheAttemptAndNothingIsSentUnsigned() {
        var knowing = stage.build(new Trouble(), settings -> settings.signer("acme", message -> List.of()));
        var subscription = create(knowing, Signer.STANDARD_WEBHOOKS, "acme");
        var node = stage.start(
                settings -> settings.retry(RetryPolicy.schedule(MINUTE).jitter(0)));

        var delivery = stage.publishTo(node, subscription);

        var attempt = stage.awaitAttempts(delivery, 1).get(0);
        assertThat(attempt.outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(attempt.error())
                .isEqualTo("not sent: cannot be signed by acme: this node has no signer of that name");
        stage.pass(MINUTE);
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void aSignerThatThrowsFailsTheAttemptWhichIsTriedAgainAndItsWordsAreNotRepeated() {
        var broken = new AtomicBoolean(true);
        Signer own = message -> {
            if (broken.get()) {
                throw new IllegalArgumentException(
                        "no good: " + message.secrets().get(0).reveal());
            }
            return List.of(new Header("X-Acme", "signed"));
        };
        var node = stage.start(settings -> settings.signer("acme", own)
                .retry(RetryPolicy.schedule(MINUTE, MINUTE).jitter(0)));
        var log = new ListAppender<ILoggingEvent>();
        var logger = (Logger) LoggerFactory.getLogger("dev.posthorn");
        var level = logger.getLevel();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.TRACE);
        try {
            var delivery = stage.publishTo(node, create(node, "acme"));
            assertThat(stage.awaitAttempts(delivery, 1).get(0).error())
                    .isEqualTo("not sent: cannot be signed by acme: its signer failed:"
                            + " java.lang.IllegalArgumentException");
            stage.pass(MINUTE);
            stage.awaitAttempts(delivery, 2);
            broken.set(false);
            stage.pass(MINUTE);
            stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
            node.subscriptions().rotateSecret(stage.delivery(delivery).subscriptionId(), 1, SecretRotation.generated());
        } finally {
            logger.detachAppender(log);
            logger.setLevel(level);
        }
        var events = List.copyOf(log.list);
        assertThat(events).isNotEmpty();
        assertThat(events)
                .noneMatch(event -> event.getFormattedMessage().contains(secret.reveal()))
                .noneMatch(event -> event.getThrowableProxy() != null
                        && event.getThrowableProxy().getMessage().contains(secret.reveal()));
        assertThat(events)
                .filteredOn(event -> event.getLevel() == Level.WARN)
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage())
                        .contains("acme", "IllegalArgumentException", "SignatureSchemesTest"));
    }

    @Test
    void aSignerCannotAddHeadersThatAreNotItsBusiness() {
        Signer own = message -> List.of(new Header("webhook-id", "mine"));
        var node = stage.start(settings -> settings.signer("acme", own));

        var delivery = stage.publishTo(node, create(node, "acme"));

        assertThat(stage.awaitAttempts(delivery, 1).get(0).error()).contains("InvalidInputException");
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void signersHaveNamesOfTheirOwn() {
        Signer own = message -> List.of();

        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> stage.build(
                        new Trouble(),
                        settings -> settings.signer("", own)
                                .signer("no spaces", own)
                                .signer(Signer.GITHUB, own)
                                .signer("good", own)
                                .signer("twice", own)
                                .signer("twice", own)))
                .satisfies(e -> assertThat(e.faults())
                        .extracting(InvalidInputException.Fault::field)
                        .containsExactly("signers[]", "signers[no spaces]", "signers[github]", "signers[twice]"));
    }

    private UUID create(WebhookDispatcher node, String... schemes) {
        return node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook"))
                        .secret(secret)
                        .with(settings -> schemes.length == 0 ? settings : settings.signatureSchemes(schemes)))
                .subscription()
                .id();
    }

    private ReceivedRequest send(WebhookDispatcher node, UUID subscription) {
        int before = stage.receiver.requests().size();
        stage.publishTo(node, subscription);
        return stage.receiver.await(before + 1).get(before);
    }

    private String verify(WebhookVerifier verifier, ReceivedRequest request) {
        return verifier.clock(Clock.fixed(stage.clock.now(), ZoneOffset.UTC))
                .verify(
                        name -> request.header(name).orElse(null),
                        request.body().toByteArray());
    }

    /** As receivers do it: the secret's text is the key. */
    private static String hmac(String text, ReceivedRequest request) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(request.body().toByteArray()));
    }
}
