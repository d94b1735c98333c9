package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.RateLimit;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A lane's part of what this node holds, and what lets it begin attempts or keeps it from them: its limits, its breaker, and
 * pauses that its endpoint asked for. Used by {@link Holdings} under its lock.
 */
final class LaneShare {
    /** How long a lane counts as quick after it was so. */
    private static final long PROVEN_NANOS = Duration.ofSeconds(60).toNanos();
    /** A success within this shows that a lane is quick. */
    private static final long QUICK_NANOS = Duration.ofSeconds(1).toNanos();
    /** How long what a breaker has counted is kept for a lane that does nothing. */
    private static final long REMEMBERED_NANOS = Duration.ofMinutes(10).toNanos();
    /** For how long ahead a lane may hold what it cannot send yet. */
    static final long AHEAD_NANOS = Duration.ofSeconds(2).toNanos();

    private LaneLimits limits;
    private @Nullable RateBucket bucket;
    private final Breaker breaker;

    private int held;
    private int inFlight;
    private boolean proven;
    private long provenAt;
    private boolean paused;
    private long pausedUntil;
    private boolean hasEnded;
    private long lastEndedAt;
    /** How long attempts take, of late; 0 if not known. */
    private long usualNanos;
    /** Whether the last claim may have left some of it behind because it had no more room. */
    private boolean wantsRoom;
    /** The claim during or before which something was left on the queue for want of room. */
    private long leftAt;

    LaneShare(LaneLimits limits, @Nullable BreakerPolicy policy, Supplier<RandomGenerator> random) {
        this.limits = limits;
        breaker = new Breaker(policy, random);
    }

    /** It has these limits now. */
    void limits(LaneLimits newLimits, int nodes, long now) {
        limits = newLimits;
        RateLimit rate = newLimits.rate();
        if (rate == null) {
            bucket = null;
        } else if (bucket == null || !bucket.limit().equals(rate)) {
            bucket = new RateBucket(rate, nodes, now);
        } else {
            bucket.share(nodes, now);
        }
    }

    int held() {
        return held;
    }

    void hold() {
        held++;
    }

    void release() {
        held--;
    }

    boolean wantsRoom() {
        return wantsRoom;
    }

    void wantsRoom(boolean whether) {
        wantsRoom = whether;
    }

    /** Something was left on the queue, which the claim under way, the last of so many, may not have seen. */
    void leaves(long claims) {
        wantsRoom = true;
        leftAt = claims;
    }

    /** Whether something was left there since this claim began. */
    boolean leftSince(long claims) {
        return leftAt >= claims;
    }

    boolean isProven(long now) {
        return proven && now - provenAt < PROVEN_NANOS;
    }

    /** How long nothing may begin, whatever ends meanwhile, in nanoseconds; 0 if something may. */
    long closedFor(long now) {
        long pause = paused ? Math.max(0, pausedUntil - now) : 0;
        return Math.max(pause, breaker.pauseLeft(now));
    }

    /** How much of it may be held, if that were all. */
    int capacity(long now, int batch) {
        if (closedFor(now) > 0) {
            return 0;
        }
        if (!breaker.isClosed()) {
            return 1;
        }
        int concurrent = breaker.limit(limits.maxInFlight(), now);
        // Twice what may be in flight, so that it need not wait for the next claim.
        long capacity = 2L * concurrent;
        if (isProven(now) && usualNanos > 0) {
            // A quick one is worth what it can do in a second, or a whole batch.
            long inASecond = concurrent * (Duration.ofSeconds(1).toNanos() / usualNanos);
            capacity = Math.max(capacity, Math.min(batch, inASecond));
        }
        if (bucket != null) {
            capacity = Math.min(capacity, inFlight + (long) bucket.within(AHEAD_NANOS, now));
        }
        return (int) Math.min(Integer.MAX_VALUE, capacity);
    }

    /**
     * How long until another attempt may begin, in nanoseconds; 0 if one may now, {@link Long#MAX_VALUE} if not before
     * another has ended.
     */
    long beginsIn(long now) {
        long closed = closedFor(now);
        if (closed > 0) {
            return closed;
        }
        if (!breaker.mayBegin(now) || inFlight >= breaker.limit(limits.maxInFlight(), now)) {
            return Long.MAX_VALUE;
        }
        return bucket == null ? 0 : bucket.nanosToNext(now);
    }

    /** An attempt begins, which must be allowed now. Returns whether it is to show if the endpoint is well again. */
    boolean begin() {
        inFlight++;
        if (bucket != null) {
            bucket.take();
        }
        return breaker.begin();
    }

    /** An attempt has ended. */
    void end(Lesson lesson, boolean wasProbe, long now) {
        inFlight--;
        switch (lesson.sign()) {
            case WELL, ALIVE -> breaker.succeeded(wasProbe, limits.maxInFlight());
            case IN_TROUBLE -> breaker.failed(wasProbe, now);
            case UNKNOWN, NO_ATTEMPT -> breaker.ended(wasProbe);
        }
        if (lesson.sign() == Lesson.Sign.NO_ATTEMPT) {
            if (bucket != null) {
                bucket.giveBack();
            }
            return;
        }
        hasEnded = true;
        lastEndedAt = now;
        boolean quick = lesson.nanos() <= QUICK_NANOS;
        if (quick && lesson.sign() == Lesson.Sign.WELL) {
            proven = true;
            provenAt = now;
            usualNanos = usualNanos == 0 ? Math.max(1, lesson.nanos()) : (7 * usualNanos + lesson.nanos()) / 8 + 1;
        } else if (!quick) {
            proven = false;
            usualNanos = 0;
        }
        if (!lesson.pause().isZero()) {
            pause(now + lesson.pause().toNanos());
        }
    }

    private void pause(long until) {
        // A shorter hint does not end a longer pause that is in force.
        if (!paused || until - pausedUntil > 0) {
            paused = true;
            pausedUntil = until;
        }
    }

    boolean isForgettable(long now) {
        return held == 0
                && inFlight == 0
                && !wantsRoom
                && !isProven(now)
                && closedFor(now) == 0
                && (bucket == null || bucket.isFull(now))
                && (!hasEnded || now - lastEndedAt > REMEMBERED_NANOS);
    }

    LaneState state(long now) {
        long closed = closedFor(now);
        return new LaneState(breaker.state(now), inFlight, held, closed == 0 ? null : Duration.ofNanos(closed));
    }
}
