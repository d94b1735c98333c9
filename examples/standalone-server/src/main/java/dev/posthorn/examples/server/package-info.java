/** Posthorn as a server of its own: subscriptions, publishing and the log of deliveries over HTTP. */
@NullMarked
package dev.posthorn.examples.server;

import org.jspecify.annotations.NullMarked;
