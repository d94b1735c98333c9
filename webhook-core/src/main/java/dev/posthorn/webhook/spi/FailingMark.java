package dev.posthorn.webhook.spi;

import java.time.Instant;
import java.util.UUID;

/**
 * That an endpoint has done nothing but fail. A mark lives apart from its subscription: it neither raises the version nor
 * shows in the history, and means nothing once the subscription has another version.
 *
 * @param subscriptionId the subscription
 * @param version of the subscription, with whose settings it failed
 * @param since when the first attempt failed, by the store's clock
 * @param failures how many attempts have failed since
 */
public record FailingMark(UUID subscriptionId, long version, Instant since, long failures) {}
