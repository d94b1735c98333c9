/** Support for tests of applications that publish webhooks. It needs {@code webhook-tck}. */
@NullMarked
package dev.posthorn.webhook.spring.test;

import org.jspecify.annotations.NullMarked;
