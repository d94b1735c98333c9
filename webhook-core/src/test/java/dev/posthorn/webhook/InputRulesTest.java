package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.transport.JdkTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InputRulesTest {
    private final JdkTransport transport = JdkTransport.create();
    private final InputRules rules = new InputRules(
            10, Duration.ofSeconds(55), transport, TimeSource.system(), Set.of("standard-webhooks", "github", "own"));

    @AfterEach
    void close() {
        transport.close();
    }

    @Test
    void aGoodEventPasses() {
        var event = WebhookEvent.of("order.created", "application/json", Bytes.utf8("{}"))
                .header("traceparent", "00-abc-def-01")
                .tenant("acme")
                .idempotencyKey("order 17, created")
                .notBefore(Instant.MIN);
        assertThatCode(() -> rules.check(List.of(event))).doesNotThrowAnyException();
    }

    @Test
    void everyFaultOfAnEventIsNamed() {
        var event = WebhookEvent.of("order created", "json", Bytes.utf8("12345678901"))
                .header("webhook-id", "mine")
                .header("X-Bad", "a\r\nb")
                .tenant("")
                .idempotencyKey(" ")
                .notBefore(Instant.MAX);
        assertThat(faults(() -> rules.check(List.of(event))))
                .contains("type", "contentType", "payload", "tenant", "idempotencyKey", "notBefore")
                .filteredOn(field -> field.startsWith("headers"))
                .hasSize(2);
    }

    @Test
    void ofManyEventsEachFaultSaysWhichItIs() {
        var good = WebhookEvent.of("ok", "text/plain", Bytes.EMPTY);
        var bad = WebhookEvent.of("", "text/plain", Bytes.EMPTY);
        assertThat(faults(() -> rules.check(List.of(bad, good, bad))))
                .containsExactly("events[0].type", "events[2].type");
    }

    @Test
    void everyFaultOfASubscriptionIsNamed() {
        var settings = new SubscriptionSettings(
                "ftp://user@example.com/#x",
                List.of("order.cre*", "", "good.*"),
                null,
                "x".repeat(1_025),
                Map.of("Host", "evil"),
                Collections.singletonMap("k", "v".repeat(8 * 1024)),
                0,
                null,
                Duration.ofMillis(-1),
                null,
                List.of("own", "rot13", "own"),
                false);
        assertThat(faults(() -> rules.faultsIn(NewSubscription.of(settings).tenant("no spaces please"))
                        .throwIfAny()))
                .contains(
                        "tenant",
                        "url",
                        "eventTypes[0]",
                        "eventTypes[1]",
                        "description",
                        "metadata",
                        "maxInFlight",
                        "timeout",
                        "signatureSchemes[1]",
                        "signatureSchemes[2]")
                .anyMatch(field -> field.startsWith("headers"));
    }

    @Test
    void atLeastOneAndAtMostEightSignatureSchemesAreChosen() {
        var settings = SubscriptionSettings.to("https://example.com");
        assertThat(faults(() -> rules.faultsIn(settings.signatureSchemes(List.of()), null)
                        .throwIfAny()))
                .containsExactly("signatureSchemes");
        assertThat(faults(() -> rules.faultsIn(settings.signatureSchemes(Collections.nCopies(9, "own")), null)
                        .throwIfAny()))
                .contains("signatureSchemes");
        assertThatCode(() -> rules.faultsIn(settings.signatureSchemes("own", "github", "standard-webhooks"), null)
                        .throwIfAny())
                .doesNotThrowAnyException();
    }

    @Test
    void aSchemeThatNeedsASymmetricSecretIsRefusedWithAPrivateKeyAlone() {
        var settings = SubscriptionSettings.to("https://example.com").signatureSchemes("standard-webhooks", "github");
        var request = NewSubscription.of(settings);

        assertThat(faults(() -> rules.faultsIn(request.secret(SigningSecret.generateEd25519()))
                        .throwIfAny()))
                .containsExactly("signatureSchemes[1]");
        assertThatCode(() -> rules.faultsIn(request).throwIfAny()).doesNotThrowAnyException();
        assertThatCode(() ->
                        rules.faultsIn(request.secret(SigningSecret.generate())).throwIfAny())
                .doesNotThrowAnyException();
        var replaced = List.of(
                StoredSecret.lasting(SigningSecret.generateEd25519()),
                new StoredSecret(SigningSecret.generate(), Instant.MAX));
        assertThat(faults(() -> rules.schemeFaultsIn(settings, replaced).throwIfAny()))
                .containsExactly("signatureSchemes[1]");
    }

    @Test
    void aPrivateKeyWithAPublicOneOfAnotherIsRefused() {
        var one = SigningSecret.generateEd25519().reveal().substring(0, "whsk_".length() + 40);
        var other = SigningSecret.generateEd25519().reveal().substring("whsk_".length() + 40);
        var mixed = SigningSecret.of(one + other);

        var request = NewSubscription.to("https://example.com").secret(mixed);
        assertThat(faults(() -> rules.faultsIn(request).throwIfAny())).containsExactly("secret");
        assertThat(faults(() -> rules.faultsIn(SecretRotation.to(mixed)).throwIfAny()))
                .containsExactly("secret");
    }

    @Test
    void anOverlapIsFrom0To30Days() {
        var rotation = SecretRotation.generated();
        for (var overlap : List.of(Duration.ZERO, Duration.ofDays(30))) {
            assertThatCode(() -> rules.faultsIn(rotation.overlap(overlap)).throwIfAny())
                    .doesNotThrowAnyException();
        }
        for (var overlap :
                List.of(Duration.ofMillis(-1), Duration.ofDays(30).plusMillis(1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThat(faults(() -> rules.faultsIn(rotation.overlap(overlap)).throwIfAny()))
                    .containsExactly("overlap");
        }
    }

    @Test
    void aTimeoutMayNotOutlastTheLease() {
        var settings = SubscriptionSettings.to("https://example.com");
        assertThatCode(() -> rules.faultsIn(settings.timeout(Duration.ofSeconds(55)), null)
                        .throwIfAny())
                .doesNotThrowAnyException();
        assertThat(faults(() -> rules.faultsIn(settings.timeout(Duration.ofMillis(55_001)), null)
                        .throwIfAny()))
                .containsExactly("timeout");
    }

    @Test
    void aDurationBeyondAllCountingIsAFaultToo() {
        var settings = SubscriptionSettings.to("https://example.com");
        for (long seconds : new long[] {Long.MAX_VALUE, Long.MIN_VALUE}) {
            var duration = Duration.ofSeconds(seconds);
            assertThat(faults(() ->
                            rules.faultsIn(settings.timeout(duration), null).throwIfAny()))
                    .containsExactly("timeout");
            assertThat(faults(() -> RetryPolicy.schedule(duration))).containsExactly("delays[0]");
        }
    }

    @Test
    void anAddressThatIsNeverCalledIsRefusedWhenItIsSet() {
        for (var url : List.of("http://127.0.0.1/", "http://localhost:8080/x", "http://[::1]/", "http://10.1.2.3/")) {
            assertThat(faults(() ->
                            rules.faultsIn(SubscriptionSettings.to(url), null).throwIfAny()))
                    .as(url)
                    .containsExactly("url");
        }
    }

    @Test
    void aCursorIsWhatAPageGave() {
        assertThat(faults(() -> rules.check(DeliveryQuery.all().after("x").limit(0))))
                .containsExactly("limit", "after");
        assertThat(faults(() ->
                        rules.check(SubscriptionQuery.all().after("1-1-1-1-1").limit(1_001))))
                .containsExactly("limit", "after");
    }

    @Test
    void whatCannotBeWrittenAsJsonIsInvalidInput() {
        var loop = new ArrayList<Object>();
        loop.add(loop);
        assertThat(faults(() -> WebhookEvent.json("x", loop))).containsExactly("payload");
    }

    private static List<String> faults(ThrowingCallable check) {
        var thrown = catchThrowableOfType(InvalidInputException.class, check);
        assertThat(thrown).isNotNull();
        return thrown.faults().stream().map(InvalidInputException.Fault::field).toList();
    }
}
