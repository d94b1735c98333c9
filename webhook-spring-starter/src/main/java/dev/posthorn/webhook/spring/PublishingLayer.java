package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookPublisher;
import java.util.function.UnaryOperator;

/** What the starter has stand before a dispatcher's publishing. The first in order is innermost. */
@FunctionalInterface
interface PublishingLayer extends UnaryOperator<WebhookPublisher> {}
