package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;

/**
 * Changes settings of the dispatcher that the starter makes, after its properties and beans have been applied. Beans of this
 * type are called in their order.
 */
@FunctionalInterface
public interface WebhookDispatcherCustomizer {
    /** Changes what it likes. */
    void customize(WebhookDispatcher.Builder builder);
}
