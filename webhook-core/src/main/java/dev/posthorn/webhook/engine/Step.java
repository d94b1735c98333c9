package dev.posthorn.webhook.engine;

/** One turn of something that runs for ever. */
@FunctionalInterface
interface Step {
    /** What {@link #step} returns when there is nothing to do until woken. */
    long UNTIL_WOKEN = Long.MAX_VALUE;

    /**
     * Does what can be done now.
     *
     * @return in how many nanoseconds to call again, unless woken before: 0 for at once
     */
    long step();
}
