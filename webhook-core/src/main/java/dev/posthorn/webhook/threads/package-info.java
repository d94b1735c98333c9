/** What the engine and the transports share about threads; not exported. */
@NullMarked
package dev.posthorn.webhook.threads;

import org.jspecify.annotations.NullMarked;
