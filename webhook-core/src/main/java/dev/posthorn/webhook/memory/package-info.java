/** A store and a queue in memory: for tests, for trying things out, and the reference that others are held to. */
@NullMarked
package dev.posthorn.webhook.memory;

import org.jspecify.annotations.NullMarked;
