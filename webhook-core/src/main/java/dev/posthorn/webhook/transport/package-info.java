/**
 * The wire: where requests may go ({@link dev.posthorn.webhook.transport.TargetUrl},
 * {@link dev.posthorn.webhook.transport.AddressPolicy}) and the transports that take them there.
 */
@NullMarked
package dev.posthorn.webhook.transport;

import org.jspecify.annotations.NullMarked;
