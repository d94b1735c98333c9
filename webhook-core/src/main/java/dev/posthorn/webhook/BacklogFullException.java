package dev.posthorn.webhook;

import java.util.List;
import java.util.stream.Collectors;

/**
 * More waits than may, so nothing of what was to be published was: try again later. Thrown where the host has set
 * {@link WebhookDispatcher.Builder#maxPendingPerSubscription} or {@link WebhookDispatcher.Builder#maxPendingPerTenant}.
 */
public final class BacklogFullException extends WebhookException {
    private static final long serialVersionUID = 1L;

    private final transient List<Full> full;

    /** What a bound is for. */
    public enum Scope {
        /** One subscription. */
        SUBSCRIPTION,
        /** All subscriptions of one tenant together. */
        TENANT
    }

    /**
     * One bound that would have been passed.
     *
     * @param scope whether of a subscription or a tenant
     * @param id the subscription's id, or the tenant
     * @param bound how many deliveries may be pending there
     */
    public record Full(Scope scope, String id, int bound) {
        @Override
        public String toString() {
            return (scope == Scope.SUBSCRIPTION ? "subscription " : "tenant ") + id + " (at most " + bound + ")";
        }
    }

    /** Made of at least one bound. */
    public BacklogFullException(List<Full> full) {
        super(
                "nothing was published, too much is pending for "
                        + full.stream().map(Full::toString).collect(Collectors.joining(", ")),
                null);
        this.full = List.copyOf(full);
    }

    /** Every bound that would have been passed; at least one. */
    public List<Full> full() {
        return full;
    }
}
