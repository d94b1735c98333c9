package dev.posthorn.webhook.behaviour;

/** Where the tickets of a {@link Stage} are. */
enum QueueKind {
    /** On the queue of the store. */
    OWN,
    /** On a queue that the store knows nothing of. */
    OUTSIDE
}
