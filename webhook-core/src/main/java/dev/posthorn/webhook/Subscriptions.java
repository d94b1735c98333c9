package dev.posthorn.webhook;

import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.engine.CachedSubscription;
import dev.posthorn.webhook.engine.Changes;
import dev.posthorn.webhook.engine.Engine;
import dev.posthorn.webhook.engine.Secrets;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.WebhookStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Creates, reads, changes and deletes subscriptions. A change is durable when the call returns, applies on this node at
 * once, and on other nodes within a second or so. Every method throws {@link dev.posthorn.webhook.spi.StoreException} if the store fails. Safe for use by
 * several threads.
 *
 * <p>What the operations make of a subscription's status; "–" for nothing, as it is that already:
 *
 * <table>
 * <caption>operation by status</caption>
 * <tr><th></th><th>ACTIVE</th><th>PAUSED</th><th>DISABLED</th></tr>
 * <tr><th>pause</th><td>PAUSED</td><td>–</td><td>refused</td></tr>
 * <tr><th>resume</th><td>–</td><td>ACTIVE</td><td>refused</td></tr>
 * <tr><th>disable</th><td>DISABLED</td><td>DISABLED</td><td>–</td></tr>
 * <tr><th>enable</th><td>–</td><td>refused</td><td>ACTIVE</td></tr>
 * <tr><th>410, nothing but failure</th><td>DISABLED</td><td>–</td><td>–</td></tr>
 * </table>
 *
 * <p>So whoever resumes does not undo that the endpoint was given up, and whoever enables does not undo that somebody wants
 * it to wait. To drop what waits for a paused subscription, disable it and enable it with {@link WaitingDeliveries#DROP}.
 */
public final class Subscriptions {
    private static final int CHUNK = 500;
    private static final Set<SubscriptionStatus> ACTIVE = Set.of(SubscriptionStatus.ACTIVE);
    private static final Set<SubscriptionStatus> PAUSED = Set.of(SubscriptionStatus.PAUSED);
    private static final Set<SubscriptionStatus> DISABLED = Set.of(SubscriptionStatus.DISABLED);
    private static final Set<SubscriptionStatus> NOT_DISABLED =
            Set.of(SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED);

    private final Engine engine;
    private final SubscriptionStore store;
    private final DeliveryStore deliveries;
    private final InputRules rules;

    Subscriptions(Engine engine, WebhookStore store, InputRules rules) {
        this.engine = engine;
        this.store = store.subscriptions();
        this.deliveries = store.deliveries();
        this.rules = rules;
    }

    /**
     * Creates a subscription. It gets what is published from then on. The host name of its URL is looked up, which takes
     * two seconds at most, and one that has an address which may not be called now is refused; one that cannot be found is
     * not.
     *
     * @return the subscription and its secret, which is shown here only
     * @throws InvalidInputException naming every fault
     */
    public CreatedSubscription create(NewSubscription request) {
        engine.checkOpen();
        rules.faultsIn(request).throwIfAny();
        var secret = request.secret() == null ? SigningSecret.generate() : request.secret();
        var now = engine.now();
        var subscription = new Subscription(
                engine.newId(), request.tenant(), request.settings(), SubscriptionStatus.ACTIVE, null, 1, now, now);
        store.insert(new StoredSubscription(subscription, List.of(StoredSecret.lasting(secret))));
        engine.subscriptionChanged();
        return new CreatedSubscription(subscription, secret);
    }

    /** What {@link #create} would refuse: for those who want to tell it together with faults of their own. */
    public List<Fault> faultsIn(NewSubscription request) {
        return rules.faultsIn(request).list();
    }

    /** What {@link #rotateSecret} would refuse of this, whatever the subscription. */
    public List<Fault> faultsIn(SecretRotation rotation) {
        return rules.faultsIn(rotation).list();
    }

    /** What {@link #update} would refuse in the settings of this subscription, if there is one with this id. */
    public List<Fault> faultsIn(UUID id, SubscriptionSettings settings) {
        return rules.faultsIn(settings, store.find(id).orElse(null)).list();
    }

    /** The subscription with this id, or empty. */
    public Optional<Subscription> get(UUID id) {
        return store.find(id).map(StoredSubscription::subscription);
    }

    /**
     * The subscription with this id as this node knows it, which may be a second old where another node changed it; empty if
     * there is none. Mostly it does not ask the store: for what is asked with every event.
     */
    public Optional<Subscription> recent(UUID id) {
        return engine.subscriptions().find(id).map(found -> found.stored().subscription());
    }

    /**
     * The masked form of a subscription's newest secret, such as {@code whsec_****Zm8=}: enough to tell which one it is.
     *
     * @param subscription as it was read
     * @return empty if it was deleted since
     */
    public Optional<String> maskedSecret(Subscription subscription) {
        var known = engine.subscriptions()
                .find(subscription.id())
                .map(CachedSubscription::stored)
                .filter(stored -> stored.subscription().version() == subscription.version());
        return known.or(() -> store.find(subscription.id()))
                .map(stored -> stored.secrets().get(0).secret().masked());
    }

    /**
     * Whether a body was signed by someone who has this subscription's secret: for hosts that take in payloads from elsewhere.
     * The signature is what {@link Signer#HMAC_SHA256_HEX} makes: the HMAC-SHA256 of the body in hex, with the secret's whole
     * text, as it was given or generated, as the key. Any of its symmetric secrets will do that is live now. The time it takes
     * does not tell how much of a signature is right.
     *
     * @param id of the subscription; if there is none, nothing is signed
     */
    public boolean isSigned(UUID id, Bytes body, String signature) {
        var given = signature.strip().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
        var secrets = engine.subscriptions()
                .find(id)
                .map(subscription -> subscription.secretsAt(engine.now()))
                .orElse(List.of());
        boolean signed = false;
        for (var secret : secrets) {
            if (secret.kind() == SigningSecret.Kind.HMAC_SHA256) {
                var right = secret.hexByText(body).getBytes(StandardCharsets.UTF_8);
                signed |= MessageDigest.isEqual(right, given);
            }
        }
        return signed;
    }

    /**
     * Since when the endpoint of this subscription, as it now is, has done nothing but fail; empty if it has not, or there is
     * no such subscription. Nodes report what they learn once a minute, so this may lag behind by that.
     */
    public Optional<Instant> failingSince(UUID id) {
        return store.failing(id).map(FailingMark::since);
    }

    /**
     * Lists subscriptions, oldest first.
     *
     * @throws InvalidInputException if the limit or the cursor is out of bounds
     */
    public Page<Subscription> list(SubscriptionQuery query) {
        rules.check(query);
        return store.list(query);
    }

    /**
     * Replaces a subscription's settings. They apply from the next attempt on. A URL that is another than before is looked
     * up as by {@link #create}.
     *
     * @param version the version it was read with
     * @return the subscription as it is now
     * @throws InvalidInputException naming every fault
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it has another version by now
     */
    public Subscription update(UUID id, long version, SubscriptionSettings settings) {
        engine.checkOpen();
        // Faults first: they are to be told whether or not the subscription is there, and in this version.
        rules.faultsIn(settings, store.find(id).orElse(null)).throwIfAny();
        var before = existing(id, version);
        return replace(Changes.settings(before, settings, engine.now()));
    }

    /**
     * Replaces a subscription's secret. From the next attempt on requests are signed with the new one, and until the overlap
     * ends with those it replaces as well, newest first; when that is, is judged as an attempt starts. A subscription has at
     * most 4 secrets: where it is rotated again and again within an overlap, those that were replaced first stop signing.
     * What has expired leaves the store with the next change of the subscription.
     *
     * @param version the version it was read with
     * @return the subscription as it is now and its new secret, which is shown here only
     * @throws InvalidInputException naming every fault
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it has another version by now
     */
    public RotatedSecret rotateSecret(UUID id, long version, SecretRotation rotation) {
        engine.checkOpen();
        rules.faultsIn(rotation).throwIfAny();
        var before = existing(id, version);
        var newest = rotation.secret() == null ? SigningSecret.generate() : rotation.secret();
        var now = engine.now();
        var overlapEndsAt = Secrets.overlapEnd(now, rotation.overlap());
        var secrets = Secrets.rotated(before.secrets(), newest, now, overlapEndsAt, rotation.keepsOtherKind());
        rules.schemeFaultsIn(before.subscription().settings(), secrets).throwIfAny();
        return new RotatedSecret(replace(Changes.secrets(before, secrets, now)), newest, overlapEndsAt);
    }

    /**
     * Deletes a subscription. What waits for it is cancelled, soon, and never sent; an attempt that runs is not torn.
     *
     * @return whether there was one
     */
    public boolean delete(UUID id) {
        engine.checkOpen();
        boolean deleted = store.delete(id);
        engine.subscriptionChanged();
        return deleted;
    }

    /**
     * Stops deliveries to a subscription. What waits stays pending and is not sent, and no new deliveries are made for it.
     *
     * @return the subscription as it is now
     * @throws NotFoundException if there is none with this id
     */
    public Subscription disable(UUID id) {
        return setStatus(id, SubscriptionStatus.DISABLED, DisabledReason.BY_HAND, NOT_DISABLED);
    }

    /**
     * Begins deliveries to a disabled subscription again.
     *
     * @param waiting what becomes of the deliveries that have waited
     * @return the subscription as it is now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it is paused
     */
    public Subscription enable(UUID id, WaitingDeliveries waiting) {
        engine.checkOpen();
        if (waiting == WaitingDeliveries.DROP && existing(id).subscription().status() == SubscriptionStatus.DISABLED) {
            // While it is disabled no new ones are made, so this ends.
            int dropped;
            do {
                var cancelled = deliveries.cancelPending(id, CHUNK);
                engine.cancelled(cancelled);
                dropped = cancelled.size();
            } while (dropped == CHUNK);
        }
        return setStatus(id, SubscriptionStatus.ACTIVE, null, DISABLED);
    }

    /**
     * Has deliveries to a subscription wait. What is published goes on making deliveries for it, and none is sent until it is
     * {@linkplain #resume resumed}, nor do they expire meanwhile; an attempt that runs is not torn.
     *
     * @return the subscription as it is now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it is disabled
     */
    public Subscription pause(UUID id) {
        return setStatus(id, SubscriptionStatus.PAUSED, null, ACTIVE);
    }

    /**
     * Has what waits for a paused subscription sent: soon, and in no order. What is too old by then expires.
     *
     * @return the subscription as it is now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it is disabled
     */
    public Subscription resume(UUID id) {
        return setStatus(id, SubscriptionStatus.ACTIVE, null, PAUSED);
    }

    /** Changes the status from one of these, or leaves it if it is that already. */
    private Subscription setStatus(
            UUID id, SubscriptionStatus status, @Nullable DisabledReason reason, Set<SubscriptionStatus> from) {
        engine.checkOpen();
        // The caller names no version, so a change in between is no conflict: it is read again.
        while (true) {
            var before = existing(id);
            var old = before.subscription().status();
            if (old == status) {
                return before.subscription();
            }
            if (!from.contains(old)) {
                throw new ConflictException("the subscription is " + old.name().toLowerCase(Locale.ROOT) + ": " + id);
            }
            var changed = Changes.status(before, status, reason, engine.now());
            if (store.update(changed)) {
                engine.subscriptionChanged();
                return changed.subscription();
            }
        }
    }

    private Subscription replace(StoredSubscription changed) {
        if (!store.update(changed)) {
            throw changedMeanwhile(changed.subscription().id());
        }
        engine.subscriptionChanged();
        return changed.subscription();
    }

    private StoredSubscription existing(UUID id) {
        return store.find(id).orElseThrow(() -> new NotFoundException("no subscription " + id));
    }

    private StoredSubscription existing(UUID id, long version) {
        var found = existing(id);
        if (found.subscription().version() != version) {
            throw changedMeanwhile(id);
        }
        return found;
    }

    private static ConflictException changedMeanwhile(UUID id) {
        return new ConflictException("the subscription was changed since it was read: " + id);
    }
}
