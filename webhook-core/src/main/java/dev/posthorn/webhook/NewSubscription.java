package dev.posthorn.webhook;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A subscription to be created. Immutable; each method with a parameter returns a changed copy. Checked by
 * {@link Subscriptions#create}.
 *
 * @param tenant whose it is: 1 to 128 characters of {@code A-Z a-z 0-9 _ - .}; {@code default} where not said. It cannot
 *     be changed later
 * @param settings what can be changed later
 * @param secret what requests are signed with; {@code null} to have one generated
 */
public record NewSubscription(
        String tenant,
        SubscriptionSettings settings,
        @Nullable SigningSecret secret) {
    /** The tenant of hosts that have none. */
    public static final String DEFAULT_TENANT = "default";

    /** Every event to this URL, all else by default. */
    public static NewSubscription to(String url) {
        return of(SubscriptionSettings.to(url));
    }

    /** With these settings, for the default tenant, with a generated secret. */
    public static NewSubscription of(SubscriptionSettings settings) {
        return new NewSubscription(DEFAULT_TENANT, settings, null);
    }

    /** For another tenant. */
    public NewSubscription tenant(String newTenant) {
        return new NewSubscription(newTenant, settings, secret);
    }

    /** With this secret. */
    public NewSubscription secret(@Nullable SigningSecret newSecret) {
        return new NewSubscription(tenant, settings, newSecret);
    }

    /** Wanting these event types and no others. */
    public NewSubscription eventTypes(String... types) {
        return with(settings -> settings.eventTypes(List.of(types)));
    }

    /** Wanting of these events those whose payloads match. */
    public NewSubscription filter(@Nullable PayloadFilter filter) {
        return with(settings -> settings.filter(filter));
    }

    /** With other settings changed: {@code .with(s -> s.timeout(ofSeconds(5)).maxInFlight(4))}. */
    public NewSubscription with(UnaryOperator<SubscriptionSettings> change) {
        return new NewSubscription(tenant, change.apply(settings), secret);
    }
}
