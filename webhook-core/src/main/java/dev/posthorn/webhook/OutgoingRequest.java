package dev.posthorn.webhook;

import dev.posthorn.webhook.transport.TargetUrl;
import java.util.UUID;

/**
 * A request that is about to be signed and sent.
 *
 * @param deliveryId the delivery that it is an attempt at
 * @param event what is sent
 * @param subscription who it is sent to, as this attempt sees it
 * @param attempt 1 for the delivery's first
 * @param url where it goes
 */
public record OutgoingRequest(
        UUID deliveryId, PublishedEvent event, Subscription subscription, int attempt, TargetUrl url) {}
