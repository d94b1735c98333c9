package dev.posthorn.webhook;

import java.time.Instant;

/**
 * A subscription whose secret was replaced, with the new one: the one time it is shown.
 *
 * @param subscription what was stored
 * @param secret what its requests are signed with, to be handed to whoever runs the endpoint; of a private key hand out the
 *     {@linkplain SigningSecret#publicKey() public one}
 * @param overlapEndsAt from when on those it replaced sign nothing
 */
public record RotatedSecret(Subscription subscription, SigningSecret secret, Instant overlapEndsAt) {}
