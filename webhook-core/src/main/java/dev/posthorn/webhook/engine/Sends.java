package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.engine.Dispatch.Sending;

/** Makes the attempts that {@link Dispatch} has given permits. */
interface Sends {
    /**
     * Begins to make an attempt, and returns at once. When it has ended, {@link Dispatch#nextAfter} is told, and what that
     * gives is attempted next, until it gives nothing.
     */
    void start(Sending first, Dispatch dispatch);

    /** Interrupts what is under way and starts nothing more. */
    void stop();
}
