/** A store and queue in PostgreSQL. */
@org.jspecify.annotations.NullMarked
package dev.posthorn.webhook.postgres;
