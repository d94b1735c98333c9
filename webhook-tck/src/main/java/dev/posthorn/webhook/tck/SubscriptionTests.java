package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Inserting, updating, deleting, finding and listing subscriptions. */
abstract class SubscriptionTests {
    private SubscriptionStore subscriptions;
    private Samples samples;

    /** A fresh store, and data for it. */
    record Subject(SubscriptionStore subscriptions, Samples samples) {}

    abstract Subject newSubject();

    @BeforeEach
    void open() {
        var subject = newSubject();
        subscriptions = subject.subscriptions();
        samples = subject.samples();
    }

    @Test
    void anInsertedSubscriptionIsFound() {
        var stored = samples.subscription();
        subscriptions.insert(stored);

        assertThat(find(stored)).isEqualTo(stored);
    }

    @Test
    void oddTextComesBackAsItWas() {
        for (var odd : OddBytesTests.ODD_TEXTS) {
            var stored = samples.changed(
                    samples.subscription(),
                    settings -> settings.description(odd).metadata(Map.of("a" + odd, odd + "z")));
            subscriptions.insert(stored);

            assertThat(find(stored)).isEqualTo(stored);
        }
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(subscriptions.find(samples.id())).isEmpty();
        assertThat(pages(SubscriptionQuery.all())).isEmpty();
    }

    @Test
    void lookingForSecretsToEncryptAnewComesToAnEndAndChangesNothing() {
        var kept = Stream.generate(() -> samples.subscription()).limit(4).toList();
        kept.forEach(subscriptions::insert);
        var deleted = samples.subscription();
        subscriptions.insert(deleted);
        subscriptions.delete(deleted.subscription().id());
        var reached = subscriptions.changes(SubscriptionChanges.START, 100).position();

        int rounds = 0;
        var renewed = subscriptions.renewSecrets(null, 2);
        while (renewed.reached() != null) {
            assertThat(++rounds).isLessThan(10);
            renewed = subscriptions.renewSecrets(renewed.reached(), 2);
        }

        assertThat(renewed.unreadable()).isZero();
        assertThat(subscriptions.changes(reached, 100).changes()).isEmpty();
        for (var stored : kept) {
            assertThat(find(stored)).isEqualTo(stored);
        }
    }

    @Test
    void everySettingIsKept() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-Zone", "b");
        headers.put("Authorization", "Bearer \"quoted\", with\ttab");
        headers.put("X-Empty", "");
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("größe", "1 €");
        metadata.put("a", "");
        var settings = new SubscriptionSettings(
                "https://example.com/hooks?a=%20b",
                List.of("order.*", "invoice.paid", "shop.**"),
                PayloadFilter.parse("""
                        {"or": [
                          {"pointer": "/größe~1/\\u0000'\\\\", "in": ["\\u20ac \ud83d\udcef\\u0000\\n", null, true, 1e-7]},
                          {"not": {"pointer": "/0", "lt": 0.12345678901234567890123456789}}
                        ]}"""),
                "Zeile 1\nline 'two' \\ \uD83D\uDCEF",
                headers,
                metadata,
                17,
                RateLimit.perMinute(90).burst(3),
                Duration.ofMillis(2_500),
                new RetryPolicy(List.of(Duration.ofMillis(1_500), Duration.ofDays(2)), 0.25),
                List.of("github", "a.signer_of-the.hosts", "standard-webhooks"),
                true);
        var stored = samples.changed(samples.subscription(), old -> settings);
        var first = withVersion(stored, 1);
        subscriptions.insert(first);

        assertThat(find(first)).isEqualTo(first);
        var found = find(first).subscription().settings();
        assertThat(found.headers().keySet()).containsExactlyElementsOf(headers.keySet());
        assertThat(found.metadata().keySet()).containsExactlyElementsOf(metadata.keySet());
    }

    @Test
    void everySecretIsKeptWithItsExpiryInTheirOrder() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        var once = samples.rotated(stored, Duration.ofHours(24));
        assertThat(subscriptions.update(once)).isTrue();
        assertThat(find(stored)).isEqualTo(once);

        var twice = samples.rotated(once, Duration.ofMillis(1));
        assertThat(subscriptions.update(twice)).isTrue();

        assertThat(find(stored)).isEqualTo(twice);
        assertThat(find(stored).secrets())
                .extracting(secret -> secret.secret().reveal())
                .containsExactlyElementsOf(twice.secrets().stream()
                        .map(secret -> secret.secret().reveal())
                        .toList());
        assertThat(find(stored).secrets().get(0).expiresAt()).isNull();
    }

    @Test
    void aSecretThatHasExpiredIsKeptUntilAChangeLeavesItOut() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        var rotated = samples.rotated(stored, Duration.ofMillis(-1));
        assertThat(subscriptions.update(rotated)).isTrue();
        assertThat(find(stored).secrets()).hasSize(2);

        var newest = rotated.secrets().get(0);
        var without = new StoredSubscription(
                samples.changed(rotated, settings -> settings).subscription(), List.of(newest));
        assertThat(subscriptions.update(without)).isTrue();

        assertThat(find(stored).secrets()).containsExactly(newest);
    }

    @Test
    void secretsOfEveryKindAreKeptAsTheyWereGiven() {
        for (var text : List.of(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "a plain text, größer than 24 bytes",
                SigningSecret.generateEd25519().reveal(),
                "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=")) {
            var stored = new StoredSubscription(
                    samples.subscription().subscription(), List.of(StoredSecret.lasting(SigningSecret.of(text))));
            subscriptions.insert(stored);

            assertThat(find(stored).secrets().get(0).secret().reveal()).isEqualTo(text);
        }
    }

    @Test
    void changesBringTheSecretsWithTheirExpiry() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        var rotated = samples.rotated(stored, Duration.ofHours(1));
        subscriptions.update(rotated);

        var changes = subscriptions.changes(SubscriptionChanges.START, 10).changes();

        assertThat(changes.get(changes.size() - 1).now()).isEqualTo(rotated);
    }

    @Test
    void everyReasonForBeingDisabledIsKept() {
        for (var reason : Subscription.DisabledReason.values()) {
            var old = samples.subscription();
            var subscription = old.subscription();
            var stored = new StoredSubscription(
                    new Subscription(
                            subscription.id(),
                            subscription.tenant(),
                            subscription.settings(),
                            SubscriptionStatus.DISABLED,
                            reason,
                            1,
                            subscription.createdAt(),
                            subscription.updatedAt()),
                    old.secrets());
            subscriptions.insert(stored);
            assertThat(find(stored)).isEqualTo(stored);
        }
    }

    @Test
    void anIdIsInsertedOnce() {
        var stored = samples.subscription();
        subscriptions.insert(stored);

        assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> subscriptions.insert(stored));
        assertThat(pages(SubscriptionQuery.all())).containsExactly(stored.subscription());
    }

    @Test
    void anIdIsNotInsertedAgainAfterItsDeletion() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        subscriptions.delete(id(stored));

        assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> subscriptions.insert(stored));
        assertThat(subscriptions.find(id(stored))).isEmpty();
    }

    @Test
    void theNextVersionReplacesASubscription() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        var changed = samples.changed(stored, settings -> settings.url("https://example.com/moved"));

        assertThat(subscriptions.update(changed)).isTrue();
        assertThat(find(stored)).isEqualTo(changed);
        assertThat(pages(SubscriptionQuery.all())).containsExactly(changed.subscription());
    }

    @Test
    void noOtherVersionReplacesIt() {
        var first = samples.subscription();
        var second = samples.changed(first, settings -> settings.url("https://example.com/second"));
        var third = samples.changed(second, settings -> settings.url("https://example.com/third"));
        subscriptions.insert(first);
        assertThat(subscriptions.update(third)).isFalse();
        assertThat(subscriptions.update(first)).isFalse();
        assertThat(find(first)).isEqualTo(first);

        assertThat(subscriptions.update(second)).isTrue();
        assertThat(subscriptions.update(second)).isFalse();
        assertThat(find(first)).isEqualTo(second);
    }

    @Test
    void ofConcurrentUpdatesOneHolds() {
        var stored = samples.subscription();
        subscriptions.insert(stored);

        var held = Race.of(8, () -> subscriptions.update(samples.changed(stored, settings -> settings)));
        assertThat(held).containsOnlyOnce(true);
    }

    @Test
    void whatIsNotThereCannotBeUpdated() {
        var deleted = samples.subscription();
        subscriptions.insert(deleted);
        subscriptions.delete(id(deleted));

        assertThat(subscriptions.update(samples.disabled(samples.subscription())))
                .isFalse();
        assertThat(subscriptions.update(samples.disabled(deleted))).isFalse();
        assertThat(subscriptions.find(id(deleted))).isEmpty();
    }

    @Test
    void aSubscriptionIsDeletedOnce() {
        var stored = samples.subscription();
        subscriptions.insert(stored);

        assertThat(subscriptions.delete(id(stored))).isTrue();
        assertThat(subscriptions.find(id(stored))).isEmpty();
        assertThat(pages(SubscriptionQuery.all())).isEmpty();
        assertThat(subscriptions.delete(id(stored))).isFalse();
        assertThat(subscriptions.delete(samples.id())).isFalse();
    }

    @Test
    void theOldestAreListedFirst() {
        var all = Stream.generate(() -> insert("acme")).limit(5).toList();
        // A change does not move it.
        assertThat(subscriptions.update(samples.changed(find(all.get(1)), settings -> settings)))
                .isTrue();

        assertThat(pages(SubscriptionQuery.all())).extracting(Subscription::id).containsExactlyElementsOf(all);
    }

    @Test
    void aTenantsAreListed() {
        var ours = insert("ours");
        insert("theirs");
        var alsoOurs = insert("ours");

        assertThat(pages(SubscriptionQuery.all().tenant("ours")))
                .extracting(Subscription::id)
                .containsExactly(ours, alsoOurs);
        assertThat(pages(SubscriptionQuery.all().tenant("our"))).isEmpty();
    }

    @Test
    void pagesHaveNoGapAndNoRepeat() {
        var all = Stream.generate(() -> insert("acme")).limit(25).toList();
        for (int limit : List.of(1, 7, 25, 26)) {
            assertThat(pages(SubscriptionQuery.all().limit(limit)))
                    .extracting(Subscription::id)
                    .containsExactlyElementsOf(all);
            assertThat(pages(SubscriptionQuery.all().tenant("acme").limit(limit)))
                    .extracting(Subscription::id)
                    .containsExactlyElementsOf(all);
        }
    }

    private UUID insert(String tenant) {
        var stored = samples.subscription(tenant);
        subscriptions.insert(stored);
        return id(stored);
    }

    private StoredSubscription find(StoredSubscription stored) {
        return find(id(stored));
    }

    private StoredSubscription find(UUID id) {
        return subscriptions.find(id).orElseThrow(() -> new AssertionError("the subscription is not there"));
    }

    private static UUID id(StoredSubscription stored) {
        return stored.subscription().id();
    }

    private static StoredSubscription withVersion(StoredSubscription stored, long version) {
        var old = stored.subscription();
        return new StoredSubscription(
                new Subscription(
                        old.id(),
                        old.tenant(),
                        old.settings(),
                        old.status(),
                        old.disabledReason(),
                        version,
                        old.createdAt(),
                        old.updatedAt()),
                stored.secrets());
    }

    private List<Subscription> pages(SubscriptionQuery query) {
        var all = new ArrayList<Subscription>();
        var page = subscriptions.list(query);
        for (int pages = 1; page.next() != null; pages++) {
            assertThat(pages).as("pages read of a short list").isLessThan(Scene.MANY);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(query.limit());
            all.addAll(page.items());
            page = subscriptions.list(query.after(page.next()));
        }
        all.addAll(page.items());
        return all;
    }
}
