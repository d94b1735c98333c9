package dev.posthorn.webhook;

import dev.posthorn.webhook.engine.EventTypes;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What input must be like. Each {@code check} throws one exception that names every fault. */
record InputRules(
        int maxPayloadBytes,
        Duration longestTimeout,
        WebhookTransport transport,
        TimeSource time,
        Set<String> signatureSchemes) {
    private static final int MOST_PATTERNS = 100;
    private static final int MOST_METADATA = 64;
    private static final int MOST_METADATA_BYTES = 8 * 1024;
    private static final int LONGEST_DESCRIPTION = 1_024;
    private static final int LONGEST_KEY = 255;
    private static final Duration LONGEST_WAIT = Duration.ofDays(365);
    private static final int MOST_IN_FLIGHT = 10_000;
    private static final int MOST_SCHEMES = 8;
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);
    private static final int MOST_PER_PAGE = 1_000;
    private static final String LONGEST_WAIT_RULE = "must be at most " + LONGEST_WAIT.toDays() + " days ahead";
    private static final String KEY_RULE =
            "must be 1 to " + LONGEST_KEY + " characters, none of them a control character";
    private static final String NAME_RULE = "must be 1 to 128 characters of A-Z a-z 0-9 _ - .";

    void check(List<WebhookEvent> events) {
        faultsIn(events).throwIfAny();
    }

    Faults faultsIn(List<WebhookEvent> events) {
        var faults = new Faults();
        for (int i = 0; i < events.size(); i++) {
            var ofEvent = faultsIn(events.get(i));
            if (!ofEvent.isEmpty()) {
                faults.addAll(events.size() == 1 ? "" : "events[" + i + "].", ofEvent);
            }
        }
        return faults;
    }

    // Called for every event, which mostly has none: so no texts are put together for faults that are not there.
    private Faults faultsIn(WebhookEvent event) {
        var faults = new Faults();
        faults.check(EventTypes.isName(event.type()), "type", NAME_RULE);
        faults.check(isMediaType(event.contentType()), "contentType", "must be a media type");
        int size = event.payload().size();
        if (size > maxPayloadBytes) {
            faults.add("payload", "must be at most " + maxPayloadBytes + " bytes, has " + size);
        }
        HeaderRules.check(event.headers(), "headers", faults);
        checkTenant(event.tenant(), "tenant", faults);
        var notBefore = event.notBefore();
        faults.check(
                notBefore == null || !notBefore.isAfter(time.now().plus(LONGEST_WAIT)), "notBefore", LONGEST_WAIT_RULE);
        var key = event.idempotencyKey();
        faults.check(
                key == null || (!key.isBlank() && key.length() <= LONGEST_KEY && isPrintable(key)),
                "idempotencyKey",
                KEY_RULE);
        return faults;
    }

    Faults faultsIn(NewSubscription subscription) {
        var faults = new Faults();
        checkTenant(subscription.tenant(), "tenant", faults);
        check(subscription.settings(), null, faults);
        var secret = subscription.secret();
        if (secret != null) {
            secret.check("secret", faults);
            checkSchemes(subscription.settings(), List.of(StoredSecret.lasting(secret)), faults);
        }
        return faults;
    }

    /** @param before the subscription they are for; {@code null} if it is not known */
    Faults faultsIn(SubscriptionSettings settings, @Nullable StoredSubscription before) {
        var faults = new Faults();
        check(settings, before == null ? null : before.subscription().settings().url(), faults);
        if (before != null) {
            checkSchemes(settings, before.secrets(), faults);
        }
        return faults;
    }

    /** What is wrong with a subscription's schemes if it has these secrets. */
    Faults schemeFaultsIn(SubscriptionSettings settings, List<StoredSecret> secrets) {
        var faults = new Faults();
        checkSchemes(settings, secrets, faults);
        return faults;
    }

    Faults faultsIn(SecretRotation rotation) {
        var faults = new Faults();
        var secret = rotation.secret();
        if (secret != null) {
            secret.check("secret", faults);
        }
        var overlap = rotation.overlap();
        faults.check(
                !overlap.isNegative() && overlap.compareTo(LONGEST_OVERLAP) <= 0,
                "overlap",
                "must be from 0 to " + LONGEST_OVERLAP.toDays() + " days, is " + overlap);
        return faults;
    }

    /** What is replaced will be gone, so that it does not count. */
    private static void checkSchemes(SubscriptionSettings settings, List<StoredSecret> secrets, Faults faults) {
        if (secrets.stream()
                .anyMatch(stored ->
                        stored.expiresAt() == null && stored.secret().kind() == SigningSecret.Kind.HMAC_SHA256)) {
            return;
        }
        faults.check(
                !settings.signedIngest(),
                "signedIngest",
                "must not be set: it needs a symmetric secret and there is none that lasts");
        var schemes = settings.signatureSchemes();
        for (int i = 0; i < schemes.size(); i++) {
            faults.check(
                    !Signers.needsSymmetricSecret(schemes.get(i)),
                    "signatureSchemes[" + i + "]",
                    "must not be " + schemes.get(i) + ", which needs a symmetric secret and there is none that lasts");
        }
    }

    private void checkSchemes(List<String> schemes, Faults faults) {
        faults.check(
                !schemes.isEmpty() && schemes.size() <= MOST_SCHEMES,
                "signatureSchemes",
                "must be 1 to " + MOST_SCHEMES);
        for (int i = 0; i < schemes.size(); i++) {
            var field = "signatureSchemes[" + i + "]";
            faults.check(
                    signatureSchemes.contains(schemes.get(i)),
                    field,
                    "must be one of " + String.join(", ", new TreeSet<>(signatureSchemes)));
            faults.check(schemes.indexOf(schemes.get(i)) == i, field, "must not be there twice");
        }
    }

    private void check(SubscriptionSettings settings, @Nullable String urlBefore, Faults faults) {
        try {
            var url = TargetUrl.parse(settings.url());
            // One that stays is no choice of this moment: a limit can be set although the name leads elsewhere by now.
            if (!settings.url().equals(urlBefore)) {
                transport.refusal(url).ifPresent(why -> faults.add("url", why));
            }
        } catch (InvalidInputException bad) {
            bad.faults().forEach(fault -> faults.add(fault.field(), fault.problem()));
        }
        var types = settings.eventTypes();
        faults.check(!types.isEmpty() && types.size() <= MOST_PATTERNS, "eventTypes", "must be 1 to " + MOST_PATTERNS);
        for (int i = 0; i < types.size(); i++) {
            var field = "eventTypes[" + i + "]";
            EventTypes.faultOf(types.get(i)).ifPresent(problem -> faults.add(field, problem));
        }
        var description = settings.description();
        faults.check(
                description == null || description.length() <= LONGEST_DESCRIPTION,
                "description",
                "must be at most " + LONGEST_DESCRIPTION + " characters");
        HeaderRules.check(settings.headers(), "headers", faults);
        checkMetadata(settings.metadata(), faults);
        var maxInFlight = settings.maxInFlight();
        faults.check(
                maxInFlight == null || (maxInFlight >= 1 && maxInFlight <= MOST_IN_FLIGHT),
                "maxInFlight",
                "must be from 1 to " + MOST_IN_FLIGHT + ", is " + maxInFlight);
        var timeout = settings.timeout();
        faults.check(
                timeout == null || (timeout.compareTo(Duration.ZERO) > 0 && timeout.compareTo(longestTimeout) <= 0),
                "timeout",
                "must be above 0 and at most " + longestTimeout.toMillis() + " ms, is "
                        + (timeout == null ? null : Faults.millis(timeout)));
        checkSchemes(settings.signatureSchemes(), faults);
    }

    private static void checkMetadata(Map<String, String> metadata, Faults faults) {
        int bytes = metadata.entrySet().stream()
                .mapToInt(entry -> utf8Length(entry.getKey()) + utf8Length(entry.getValue()))
                .sum();
        faults.check(
                metadata.size() <= MOST_METADATA && bytes <= MOST_METADATA_BYTES,
                "metadata",
                "must be at most " + MOST_METADATA + " entries and " + MOST_METADATA_BYTES + " bytes");
    }

    void check(DeliveryQuery query) {
        checkPage(query.after(), query.limit());
    }

    void check(SubscriptionQuery query) {
        checkPage(query.after(), query.limit());
    }

    private static void checkPage(@Nullable String after, int limit) {
        var faults = new Faults();
        faults.check(limit >= 1 && limit <= MOST_PER_PAGE, "limit", "must be from 1 to " + MOST_PER_PAGE);
        faults.check(after == null || isId(after), "after", "must be what an earlier page gave as next");
        faults.throwIfAny();
    }

    private static void checkTenant(@Nullable String tenant, String field, Faults faults) {
        faults.check(tenant == null || EventTypes.isName(tenant), field, NAME_RULE);
    }

    private static boolean isMediaType(String text) {
        int slash = text.indexOf('/');
        if (text.length() > 255 || slash <= 0 || slash == text.length() - 1) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrintable(String text) {
        return text.chars().noneMatch(Character::isISOControl);
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isId(String text) {
        try {
            return UUID.fromString(text).toString().equals(text);
        } catch (IllegalArgumentException notOne) {
            return false;
        }
    }
}
