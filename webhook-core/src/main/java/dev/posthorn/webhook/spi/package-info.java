/**
 * What a store, a queue or a transport implements. The published contracts in {@code webhook-tck} say in tests what the
 * Javadoc says in words. Experimental until 1.0: records here may gain components.
 *
 * <p>Operations take batches, because a round trip per delivery is what makes senders slow. Times cross as delays: what
 * is due is decided by the clock of the queue (the database's, say), so that it does not matter how far the nodes' clocks
 * are apart. Implementations are safe for use by several threads, block while they work, and throw
 * {@link StoreException} when they fail.
 */
@NullMarked
package dev.posthorn.webhook.spi;

import org.jspecify.annotations.NullMarked;
