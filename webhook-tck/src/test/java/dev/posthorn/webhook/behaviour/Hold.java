package dev.posthorn.webhook.behaviour;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds one call up until it is released. Safe for use by several threads. */
final class Hold {
    private static final long PATIENCE_SECONDS = 30;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** Waits until the call is being held. */
    void awaitReached() {
        await(reached, "the call to be made");
    }

    /** Lets the call go on. */
    void release() {
        released.countDown();
    }

    /** Called by whoever is to be held. */
    void pass() {
        reached.countDown();
        await(released, "release");
    }

    private static void await(CountDownLatch latch, String what) {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain for " + what);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + what, e);
        }
    }
}
