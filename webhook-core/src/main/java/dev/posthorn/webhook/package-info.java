/**
 * What a host application uses: {@link dev.posthorn.webhook.WebhookDispatcher} and the values it takes and returns.
 */
@NullMarked
package dev.posthorn.webhook;

import org.jspecify.annotations.NullMarked;
