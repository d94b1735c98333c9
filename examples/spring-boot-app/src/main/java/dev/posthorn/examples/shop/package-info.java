/** An order service that tells of its orders by webhooks. */
@NullMarked
package dev.posthorn.examples.shop;

import org.jspecify.annotations.NullMarked;
