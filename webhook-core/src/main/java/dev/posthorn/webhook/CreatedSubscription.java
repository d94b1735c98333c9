package dev.posthorn.webhook;

/**
 * A subscription just created, with its secret: the one time it is shown.
 *
 * @param subscription what was stored
 * @param secret what its requests are signed with, to be handed to whoever runs the endpoint
 */
public record CreatedSubscription(Subscription subscription, SigningSecret secret) {}
