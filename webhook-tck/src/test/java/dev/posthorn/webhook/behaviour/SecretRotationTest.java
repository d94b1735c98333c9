package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.RotatedSecret;
import dev.posthorn.webhook.SecretRotation;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.tck.ReceivedRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets that are replaced while events go on being sent. */
@Timeout(60)
class SecretRotationTest {
    private static final Duration DAY = Duration.ofHours(24);

    private final Stage stage = new Stage();
    private final SigningSecret first = SigningSecret.generate();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void duringTheOverlapBothSignNewestFirst() {
        var node = stage.start();
        var subscription = create(node, first);

        var rotated = rotate(node, subscription, SecretRotation.generated());

        assertThat(rotated.overlapEndsAt()).isEqualTo(stage.clock.now().plus(DAY));
        assertThat(rotated.subscription().version()).isEqualTo(2);
        assertThat(rotated.secret()).isNotEqualTo(first);
        assertSignedBy(send(node, subscription), rotated.secret(), first);
    }

    @Test
    void whatWasReplacedSignsNoAttemptThatStartsAfterTheOverlap() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated()).secret();

        stage.pass(DAY.minusMillis(1));
        assertSignedBy(send(node, subscription), second, first);
        stage.pass(Duration.ofMillis(1));
        assertSignedBy(send(node, subscription), second);
    }

    @Test
    void aRetryIsSignedByTheSecretsOfItsTime() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofHours(1)).jitter(0)));
        var subscription = create(node, first);
        stage.publishTo(node, subscription);
        assertSignedBy(stage.receiver.await(1).get(0), first);
        stage.rest();

        var second = rotate(node, subscription, SecretRotation.generated().overlap(Duration.ofMinutes(59)))
                .secret();
        stage.pass(Duration.ofHours(1));

        assertSignedBy(stage.receiver.await(2).get(1), second);
    }

    @ParameterizedTest
    @ValueSource(ints = {-100, 100})
    void theEndOfAnOverlapIsJudgedByTheStoresTime(int seconds) {
        var skewed = new SkewedTime(stage.clock);
        skewed.wrongBy(Duration.ofSeconds(seconds));
        var node = stage.start(settings -> settings.time(skewed));
        var subscription = create(node, first);
        var rotated = rotate(node, subscription, SecretRotation.generated().overlap(Duration.ofSeconds(10)));
        assertThat(rotated.overlapEndsAt()).isEqualTo(stage.clock.now().plusSeconds(10));

        stage.pass(Duration.ofMillis(9_999));
        assertSignedBy(send(node, subscription), rotated.secret(), first);
        stage.pass(Duration.ofMillis(1));
        assertSignedBy(send(node, subscription), rotated.secret());
    }

    @Test
    void withoutAnOverlapTheOldOneIsGoneAtOnceFromRequestsAndFromTheStore() {
        var node = stage.start();
        var subscription = create(node, first);
        rotate(node, subscription, SecretRotation.generated());

        var third = rotate(node, subscription, SecretRotation.generated().overlap(Duration.ZERO))
                .secret();

        assertThat(stored(subscription)).containsExactly(StoredSecret.lasting(third));
        assertSignedBy(send(node, subscription), third);
    }

    @Test
    void whatHasExpiredLeavesTheStoreWithTheNextChange() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated()).secret();
        stage.pass(DAY);
        assertThat(stored(subscription)).hasSize(2);

        Stage.change(node, subscription, settings -> settings.description("changed"));

        assertThat(stored(subscription)).containsExactly(StoredSecret.lasting(second));
        rotate(node, subscription, SecretRotation.generated());
        stage.pass(DAY);
        node.subscriptions().disable(subscription);
        assertThat(stored(subscription)).hasSize(1);
    }

    @Test
    void aChangeDuringTheOverlapKeepsBoth() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated()).secret();
        stage.pass(DAY.minusMillis(1));

        Stage.change(node, subscription, settings -> settings.description("changed"));

        assertSignedBy(send(node, subscription), second, first);
    }

    @Test
    void rotatedAgainAndAgainAtMostFourAreKeptTheNewest() {
        var node = stage.start();
        var subscription = create(node, first);
        var newestFirst = new ArrayList<SigningSecret>();
        for (int i = 0; i < 6; i++) {
            newestFirst.add(
                    0, rotate(node, subscription, SecretRotation.generated()).secret());
        }

        assertThat(stored(subscription)).hasSize(4);
        assertSignedBy(send(node, subscription), newestFirst.subList(0, 4).toArray(SigningSecret[]::new));
    }

    @Test
    void aLaterRotationDoesNotLengthenAnEarlierOverlap() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated().overlap(Duration.ofHours(1)))
                .secret();
        var third = rotate(node, subscription, SecretRotation.generated()).secret();
        assertSignedBy(send(node, subscription), third, second, first);

        stage.pass(Duration.ofHours(1));
        assertSignedBy(send(node, subscription), third, second);
    }

    @Test
    void aLaterRotationCanShortenAnEarlierOverlap() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated()).secret();
        var third = rotate(node, subscription, SecretRotation.generated().overlap(Duration.ofHours(1)))
                .secret();
        assertSignedBy(send(node, subscription), third, second, first);

        stage.pass(Duration.ofHours(1));
        assertSignedBy(send(node, subscription), third);
    }

    @Test
    void aSecretCanBeTakenBack() {
        var node = stage.start();
        var subscription = create(node, first);
        var second = rotate(node, subscription, SecretRotation.generated()).secret();

        rotate(node, subscription, SecretRotation.to(first));

        assertSignedBy(send(node, subscription), first, second);
        stage.pass(DAY);
        assertSignedBy(send(node, subscription), first);
    }

    @Test
    void bothKindsSignForGoodWhereThatIsWanted() {
        var node = stage.start();
        var subscription = create(node, first);
        var key = SigningSecret.generateEd25519();
        rotate(node, subscription, SecretRotation.to(key).keepingOtherKind());

        stage.pass(Duration.ofDays(31));
        assertSignedBy(send(node, subscription), key, first);

        var second = rotate(
                        node,
                        subscription,
                        SecretRotation.generated().keepingOtherKind().overlap(Duration.ofHours(1)))
                .secret();
        assertSignedBy(send(node, subscription), second, key, first);
        stage.pass(Duration.ofHours(1));
        assertSignedBy(send(node, subscription), second, key);
    }

    @Test
    void bothKindsSignDuringTheOverlapFromOneToTheOther() {
        var node = stage.start();
        var subscription = create(node, first);
        var key = SigningSecret.generateEd25519();
        rotate(node, subscription, SecretRotation.to(key));
        assertSignedBy(send(node, subscription), key, first);

        stage.pass(DAY);
        assertSignedBy(send(node, subscription), key);
    }

    @Test
    void ofManyRotationsOfTwoKindsWhatLastsIsKept() {
        var node = stage.start();
        var key = SigningSecret.generateEd25519();
        var subscription = create(node, key);
        SigningSecret newest = first;
        for (int i = 0; i < 6; i++) {
            newest = rotate(node, subscription, SecretRotation.generated().keepingOtherKind())
                    .secret();
        }

        assertThat(stored(subscription)).hasSize(4).contains(StoredSecret.lasting(newest), StoredSecret.lasting(key));
    }

    @Test
    void aRotationNamesTheVersionThatWasSeen() {
        var node = stage.start();
        var subscription = create(node, first);

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> node.subscriptions().rotateSecret(subscription, 2, SecretRotation.generated()));
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() -> node.subscriptions().rotateSecret(UUID.randomUUID(), 1, SecretRotation.generated()));
        assertThat(stored(subscription)).containsExactly(StoredSecret.lasting(first));
    }

    @Test
    void aRotationThatWouldLeaveASchemeWithoutASecretIsRefused() {
        var node = stage.start();
        var subscription = create(node, first);
        Stage.change(node, subscription, settings -> settings.signatureSchemes(Signer.GITHUB));
        var toKey = SecretRotation.to(SigningSecret.generateEd25519());

        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> rotate(node, subscription, toKey))
                .withMessageContaining("signatureSchemes[0]");
        rotate(node, subscription, toKey.keepingOtherKind());
    }

    @Test
    void anotherNodeSignsWithTheNewSecretWithinAboutASecond() {
        var other = stage.build();
        var node = stage.start();
        var subscription = create(other, first);
        assertSignedBy(send(node, subscription), first);

        var second = rotate(other, subscription, SecretRotation.generated().overlap(Duration.ZERO))
                .secret();
        stage.pass(Duration.ofSeconds(1));

        assertSignedBy(send(node, subscription), second);
    }

    @Test
    void aSecretIsShownWhereItIsMadeAndNowhereElse() {
        var node = stage.start();
        var created = node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook")).secret(first));
        var id = created.subscription().id();
        var rotated = rotate(node, id, SecretRotation.to(SigningSecret.generateEd25519()));

        var shown = List.of(
                created.toString(),
                rotated.toString(),
                SecretRotation.to(first).toString(),
                NewSubscription.to("https://example.com").secret(first).toString(),
                new Signer.Message("id", 1, stage.event().payload(), List.of(first, rotated.secret())).toString(),
                node.subscriptions().list(SubscriptionQuery.all()).toString(),
                node.subscriptions().get(id).toString(),
                stage.store.subscriptions().find(id).toString());

        for (var secret : List.of(first, rotated.secret())) {
            var key = secret.reveal().substring("whsec_".length(), "whsec_".length() + 16);
            assertThat(shown).noneMatch(text -> text.contains(key));
        }
    }

    private UUID create(WebhookDispatcher node, SigningSecret secret) {
        return node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook")).secret(secret))
                .subscription()
                .id();
    }

    private static RotatedSecret rotate(WebhookDispatcher node, UUID subscription, SecretRotation rotation) {
        var version = node.subscriptions().get(subscription).orElseThrow().version();
        return node.subscriptions().rotateSecret(subscription, version, rotation);
    }

    private List<StoredSecret> stored(UUID subscription) {
        return stage.store.subscriptions().find(subscription).orElseThrow().secrets();
    }

    private ReceivedRequest send(WebhookDispatcher node, UUID subscription) {
        int before = stage.receiver.requests().size();
        stage.publishTo(node, subscription);
        return stage.receiver.await(before + 1).get(before);
    }

    private static void assertSignedBy(ReceivedRequest request, SigningSecret... secrets) {
        var id = request.header("webhook-id").orElseThrow();
        long timestamp = Long.parseLong(request.header("webhook-timestamp").orElseThrow());
        var expected = new ArrayList<String>();
        for (var secret : secrets) {
            expected.add(secret.sign(id, timestamp, request.body()));
        }
        assertThat(request.headers("webhook-signature")).containsExactly(String.join(" ", expected));
    }
}
