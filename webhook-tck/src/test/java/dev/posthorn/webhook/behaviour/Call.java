package dev.posthorn.webhook.behaviour;

/** What is asked of a store or a queue. */
enum Call {
    INSERT_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
    FIND_SUBSCRIPTION,
    LIST_SUBSCRIPTIONS,
    CHANGES,
    CHORES,
    CHORE_DONE,
    APPEND,
    LOAD,
    RECORD,
    FIND_DELIVERY,
    FIND_EVENT,
    ATTEMPTS,
    LIST_DELIVERIES,
    PENDING,
    OVERDUE,
    RETRY,
    CANCEL,
    CANCEL_PENDING,
    PURGE,
    ENQUEUE,
    CLAIM,
    SETTLE,
    REMOVE,
    STATS,
    HEARTBEAT,
    TRY_LEAD,
    LEAVE
}
