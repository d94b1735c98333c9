package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SecretRotation;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.spring.web.SubscriptionJson.SignatureJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads subscriptions from JSON. Where the JSON has faults, what is returned only serves to find more of them. */
final class SubscriptionReader {
    private static final String ANY_URL = "https://example.com/";

    /** What a {@code PUT} may set. */
    static final Set<String> CHANGEABLE = Set.of(
            "target_url",
            "event_types",
            "filter",
            "description",
            "headers",
            "metadata",
            "max_in_flight",
            "rate_limit",
            "timeout_ms",
            "retry",
            "signature");

    private SubscriptionReader() {}

    /** What creates a subscription. */
    static NewSubscription whole(JsonFields json, Caller caller, Faults faults) {
        var settings = settings(json, faults);
        var tenant = caller.tenant(json.text("tenant"), "tenant", faults);
        var secret = secret(json, faults);
        json.refuseOthers();
        return new NewSubscription(tenant == null ? NewSubscription.DEFAULT_TENANT : tenant, settings, secret);
    }

    /** What replaces a subscription's settings. */
    static SubscriptionSettings changeable(JsonFields json, Faults faults) {
        var settings = settings(json, faults);
        json.refuse("tenant", "cannot be changed");
        json.refuse("secret", "cannot be changed");
        json.refuseOthers();
        return settings;
    }

    /** What replaces a subscription's secret. */
    static SecretRotation rotation(JsonFields json, Faults faults) {
        var overlap = json.longNumber("overlap_ms");
        var keepsOtherKind = json.bool("keep_other_kind");
        var byDefault = SecretRotation.generated();
        var rotation = new SecretRotation(
                secret(json, faults),
                overlap == null ? byDefault.overlap() : Duration.ofMillis(overlap),
                keepsOtherKind == null ? byDefault.keepsOtherKind() : keepsOtherKind);
        json.refuseOthers();
        return rotation;
    }

    private static @Nullable SigningSecret secret(JsonFields json, Faults faults) {
        var text = json.text("secret");
        var kind = json.oneOf("secret_kind", SigningSecret.Kind.class);
        if (text != null) {
            if (kind != null) {
                faults.add("secret_kind", "must not be given with a secret, which has one");
            }
            return faults.gather(() -> SigningSecret.of(text)).orElse(null);
        }
        return kind == SigningSecret.Kind.ED25519 ? SigningSecret.generateEd25519() : null;
    }

    private static SubscriptionSettings settings(JsonFields json, Faults faults) {
        var url = json.requiredText("target_url");
        var timeout = json.longNumber("timeout_ms");
        var signature = signature(json.object("signature"));
        return new SubscriptionSettings(
                url == null ? ANY_URL : url,
                orElse(json.texts("event_types", "*"), List.of("*")),
                filter(json.any("filter"), faults),
                json.text("description"),
                orElse(json.textMap("headers"), Map.of()),
                orElse(json.textMap("metadata"), Map.of()),
                json.wholeNumber("max_in_flight"),
                rateLimit(json.object("rate_limit"), faults),
                timeout == null ? null : Duration.ofMillis(timeout),
                retry(json.object("retry"), faults),
                signature.schemes(),
                signature.required());
    }

    private static SignatureJson signature(@Nullable JsonFields json) {
        var byDefault = new SignatureJson(List.of(Signer.STANDARD_WEBHOOKS), false);
        if (json == null) {
            return byDefault;
        }
        var schemes = json.texts("schemes", Signer.STANDARD_WEBHOOKS);
        var required = json.bool("required");
        json.refuseOthers();
        return new SignatureJson(orElse(schemes, byDefault.schemes()), orElse(required, byDefault.required()));
    }

    private static @Nullable PayloadFilter filter(@Nullable JsonNode json, Faults faults) {
        return json == null
                ? null
                : faults.gather(() -> PayloadFilter.parse(json.toString())).orElse(null);
    }

    private static @Nullable RateLimit rateLimit(@Nullable JsonFields json, Faults faults) {
        if (json == null) {
            return null;
        }
        var attempts = json.requiredWholeNumber("attempts");
        var per = json.longNumber("per_ms");
        var burst = json.wholeNumber("burst");
        json.refuseOthers();
        int count = attempts == null ? 1 : attempts;
        var time = Duration.ofMillis(per == null ? 1_000 : per);
        return faults.gather(() -> burst == null ? RateLimit.of(count, time) : new RateLimit(count, time, burst))
                .orElse(null);
    }

    private static @Nullable RetryPolicy retry(@Nullable JsonFields json, Faults faults) {
        if (json == null) {
            return null;
        }
        var delays = json.requiredLongNumbers("delays_ms", 0);
        var jitter = json.number("jitter");
        json.refuseOthers();
        return faults.gather(() -> new RetryPolicy(
                        delays.stream().map(Duration::ofMillis).toList(),
                        jitter == null ? RetryPolicy.standard().jitter() : jitter.doubleValue()))
                .orElse(null);
    }

    private static <T> T orElse(@Nullable T value, T byDefault) {
        return value == null ? byDefault : value;
    }
}
