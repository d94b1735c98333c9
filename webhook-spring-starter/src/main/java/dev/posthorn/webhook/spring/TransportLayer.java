package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.spi.WebhookTransport;
import java.util.function.UnaryOperator;

/** What the starter has stand before the transport. */
@FunctionalInterface
interface TransportLayer extends UnaryOperator<WebhookTransport> {}
