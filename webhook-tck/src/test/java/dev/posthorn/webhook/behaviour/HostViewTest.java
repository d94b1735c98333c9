package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.SecretRotation;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a host asks in order to show it to others, or to let others publish. */
@Timeout(60)
class HostViewTest {
    private static final Bytes BODY = Bytes.utf8("{\"order\": 42}");

    private final Stage stage = new Stage();
    private final SigningSecret secret = SigningSecret.generate();

    @AfterEach
    void close() {
        stage.close();
    }

    private UUID create(WebhookDispatcher node, SigningSecret with) {
        return node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook"))
                        .eventTypes("order.*")
                        .secret(with))
                .subscription()
                .id();
    }

    private static String hmac(SigningSecret key, Bytes body) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body.toByteArray()));
    }

    @Test
    void whatWasSignedWithASubscriptionsSecretIsKnown() throws Exception {
        var node = stage.build();
        var id = create(node, secret);
        var signature = hmac(secret, BODY);

        assertThat(node.subscriptions().isSigned(id, BODY, signature)).isTrue();
        assertThat(node.subscriptions().isSigned(id, BODY, signature.toUpperCase(Locale.ROOT)))
                .isTrue();
        assertThat(node.subscriptions().isSigned(id, Bytes.utf8("{\"order\": 43}"), signature))
                .isFalse();
        assertThat(node.subscriptions().isSigned(id, BODY, hmac(SigningSecret.generate(), BODY)))
                .isFalse();
        assertThat(node.subscriptions().isSigned(id, BODY, "")).isFalse();
        assertThat(node.subscriptions().isSigned(id, BODY, "é".repeat(64))).isFalse();
        assertThat(node.subscriptions().isSigned(UUID.randomUUID(), BODY, signature))
                .isFalse();
    }

    @Test
    void aReplacedSecretCountsUntilTheOverlapEnds() throws Exception {
        var node = stage.build();
        var id = create(node, secret);
        var old = hmac(secret, BODY);
        var newest = node.subscriptions()
                .rotateSecret(id, 1, SecretRotation.generated().overlap(Duration.ofHours(1)))
                .secret();

        assertThat(node.subscriptions().isSigned(id, BODY, old)).isTrue();
        stage.clock.advance(Duration.ofHours(1));
        assertThat(node.subscriptions().isSigned(id, BODY, old)).isFalse();
        assertThat(node.subscriptions().isSigned(id, BODY, hmac(newest, BODY))).isTrue();
    }

    @Test
    void aPrivateKeySignsNothingHere() throws Exception {
        var node = stage.build();
        var key = SigningSecret.generateEd25519();
        var id = create(node, key);

        assertThat(node.subscriptions().isSigned(id, BODY, hmac(key, BODY))).isFalse();
    }

    @Test
    void theMaskedSecretIsThatOfTheSubscriptionAsItWasRead() {
        var node = stage.build();
        var other = stage.build();
        var id = create(node, secret);
        assertThat(other.subscriptions()
                        .maskedSecret(other.subscriptions().get(id).orElseThrow()))
                .hasValue(secret.masked());

        var newest = node.subscriptions()
                .rotateSecret(id, 1, SecretRotation.generated())
                .secret();

        assertThat(other.subscriptions().recent(id).orElseThrow().version()).isEqualTo(1);
        // The other node has not learned of it yet, but reads the subscription as it is.
        assertThat(other.subscriptions()
                        .maskedSecret(other.subscriptions().get(id).orElseThrow()))
                .hasValue(newest.masked());
        assertThat(node.subscriptions().recent(id))
                .isEqualTo(node.subscriptions().get(id));
        var read = node.subscriptions().get(id).orElseThrow();
        assertThat(node.subscriptions().delete(id)).isTrue();
        assertThat(node.subscriptions().maskedSecret(read)).isEmpty();
    }

    @Test
    void aTestReachesASubscriptionThatWantsOtherTypes() {
        var node = stage.start();
        var id = create(node, secret);
        var event = WebhookEvent.json("test", 1);

        assertThat(node.publishTo(id, event).deliveryIds()).isEmpty();
        var receipt = node.test(id, event);

        stage.awaitStatus(receipt.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
        node.subscriptions().disable(id);
        assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> node.test(id, event));
        assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> node.test(UUID.randomUUID(), event));
        assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> node.test(id, event.tenant("stranger")));
    }

    @Test
    void anEventCanBeReadByItsId() {
        var node = stage.build();
        var event = node.publish(WebhookEvent.of("order.created", "text/plain", BODY));

        var read = node.deliveries().event(event.eventId()).orElseThrow();

        assertThat(read.payload()).isEqualTo(BODY);
        assertThat(read.type()).isEqualTo("order.created");
        assertThat(node.deliveries().event(UUID.randomUUID())).isEmpty();
    }

    @Test
    void aNodeThatOnlyPublishesSeesThoseThatDeliver() {
        var publisher = stage.build();
        assertThat(publisher.nodes()).isEmpty();
        var worker = stage.start(settings -> settings.nodeId("worker"));
        stage.rest();

        assertThat(publisher.nodes().keySet()).isEqualTo(Set.of("worker"));
        assertThat(publisher.nodes().get("worker")).isLessThan(Duration.ofSeconds(6));
        stage.stop(worker, Duration.ofSeconds(5));
        assertThat(publisher.nodes()).isEmpty();
    }
}
