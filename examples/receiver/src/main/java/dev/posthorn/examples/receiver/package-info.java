/** A receiver of webhooks that checks their signatures, and can be told to fail. */
@NullMarked
package dev.posthorn.examples.receiver;

import org.jspecify.annotations.NullMarked;
