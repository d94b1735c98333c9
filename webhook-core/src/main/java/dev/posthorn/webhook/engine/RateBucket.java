package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.RateLimit;

/**
 * This node's part of a rate limit, as a bucket of tokens, one for each attempt. It has fractions of tokens, so that a limit
 * of one a minute can be divided among nodes. Not safe for use by several threads.
 */
final class RateBucket {
    private final RateLimit limit;
    private int nodes;
    private double tokens;
    private long countedAt;

    RateBucket(RateLimit limit, int nodes, long now) {
        this.limit = limit;
        this.nodes = nodes;
        countedAt = now;
        // Not a whole token for each node: together they begin with one burst.
        tokens = (double) limit.burst() / nodes;
    }

    RateLimit limit() {
        return limit;
    }

    /** From now on so many nodes share the limit. */
    void share(int newNodes, long now) {
        if (newNodes != nodes) {
            count(now);
            nodes = newNodes;
            tokens = Math.min(tokens, most());
        }
    }

    private double perNano() {
        return (double) limit.attempts() / limit.per().toNanos() / nodes;
    }

    private double most() {
        return Math.max(1, (double) limit.burst() / nodes);
    }

    private void count(long now) {
        tokens = Math.min(most(), tokens + (now - countedAt) * perNano());
        countedAt = now;
    }

    /** How long until there is a whole token, in nanoseconds; 0 if there is one. */
    long nanosToNext(long now) {
        count(now);
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / perNano());
    }

    /** Uses up a token, which must be there. */
    void take() {
        tokens--;
    }

    /** Gives back one that was not used after all. */
    void giveBack() {
        tokens = Math.min(most(), tokens + 1);
    }

    /** How many tokens there will have been after so many nanoseconds. */
    int within(long nanos, long now) {
        count(now);
        return (int) Math.min(Integer.MAX_VALUE, tokens + nanos * perNano());
    }

    boolean isFull(long now) {
        count(now);
        return tokens >= most();
    }
}
