/**
 * For those who write a store, a queue or a transport: the SPI's Javadoc as tests. Each contract is an abstract class;
 * extend it, make the thing under test in its factory method, and every promise is tried against it. Beside them, what
 * any test of webhooks can use: a clock moved by hand, a receiver that records what it is sent and answers as told, and
 * sample data. Experimental until 1.0, as the SPI is.
 *
 * <p>No test here sleeps. Contracts that need time to pass ask their subclass to move it.
 */
@NullMarked
package dev.posthorn.webhook.tck;

import org.jspecify.annotations.NullMarked;
