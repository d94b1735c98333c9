package dev.posthorn.webhook.spi;

import java.time.Duration;
import java.util.UUID;

/**
 * What the attempts of one node told of an endpoint since that node's last report of it: that it works, or that it did
 * nothing but fail.
 *
 * @param subscriptionId the subscription
 * @param version of the subscription, whose settings the attempts used
 * @param failures how many attempts failed, and none succeeded; 0 if one succeeded
 * @param firstAgo how long ago the first of them failed; 0 if one succeeded
 * @param lastAgo how long ago the last of them failed; 0 if one succeeded
 */
public record EndpointReport(UUID subscriptionId, long version, int failures, Duration firstAgo, Duration lastAgo) {
    /** Refuses what cannot be. */
    public EndpointReport {
        if (failures < 0 || lastAgo.isNegative() || firstAgo.compareTo(lastAgo) < 0) {
            throw new IllegalArgumentException(failures + " failures, " + firstAgo + " to " + lastAgo + " ago");
        }
    }

    /** An attempt succeeded. */
    public static EndpointReport works(UUID subscriptionId, long version) {
        return new EndpointReport(subscriptionId, version, 0, Duration.ZERO, Duration.ZERO);
    }

    /** Whether an attempt succeeded. */
    public boolean works() {
        return failures == 0;
    }
}
