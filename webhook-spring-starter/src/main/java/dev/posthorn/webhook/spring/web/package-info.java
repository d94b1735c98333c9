/** Webhooks over HTTP: subscriptions, events and deliveries, as Spring MVC controllers. */
@NullMarked
package dev.posthorn.webhook.spring.web;

import org.jspecify.annotations.NullMarked;
