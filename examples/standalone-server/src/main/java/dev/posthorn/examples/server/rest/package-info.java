/** Webhooks over HTTP: subscriptions, events and deliveries, as Spring MVC controllers. */
@NullMarked
package dev.posthorn.examples.server.rest;

import org.jspecify.annotations.NullMarked;
