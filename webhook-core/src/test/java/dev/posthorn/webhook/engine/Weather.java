package dev.posthorn.webhook.engine;

import java.util.SplittableRandom;

/** What goes wrong in one simulation, and how often. In calm weather nothing does. */
final class Weather {
    private static final long MILLI = 1_000_000;

    final boolean calm;
    final boolean interleaves;
    final double lossRate;
    final double pauseRate;
    final double clockRate;
    final double wipeRate;
    final double outageRate;
    private final SplittableRandom random;
    private final double errorRate;
    private final double slowRate;
    private boolean over;
    /** While the store is away; for everybody where there is no node. */
    private long outageUntil;

    private @org.jspecify.annotations.Nullable SimulatedNode outageOf;
    private final Schedule schedule;

    Weather(SplittableRandom random, Schedule schedule) {
        this.random = random;
        this.schedule = schedule;
        calm = random.nextInt(6) == 0;
        interleaves = random.nextInt(4) != 0;
        errorRate = calm ? 0 : pick(0, 0, 0.01, 0.05, 0.2);
        slowRate = calm ? 0 : pick(0, 0.002, 0.01, 0.03);
        lossRate = calm ? 0 : pick(0, 0, 0.02, 0.05);
        pauseRate = calm ? 0 : pick(0, 0.02, 0.05, 0.2);
        clockRate = calm ? 0 : pick(0, 0.1);
        wipeRate = calm ? 0 : pick(0, 0.03);
        outageRate = calm ? 0 : pick(0, 0.03);
    }

    private double pick(double... from) {
        return from[random.nextInt(from.length)];
    }

    /** From now on nothing goes wrong. */
    void clears() {
        over = true;
        outageUntil = 0;
    }

    void outage(@org.jspecify.annotations.Nullable SimulatedNode of, long until) {
        outageOf = of;
        outageUntil = until;
    }

    boolean failsBefore(SimulatedNode node) {
        return isOut(node) || (!over && errorRate > 0 && random.nextDouble() < errorRate);
    }

    boolean failsAfter(SimulatedNode node) {
        return isOut(node) || (!over && errorRate > 0 && random.nextDouble() < errorRate / 2);
    }

    private boolean isOut(SimulatedNode node) {
        return outageUntil > schedule.now() && (outageOf == null || outageOf == node);
    }

    /** How long one half of a call takes: mostly no time at all, which is when nobody comes in between. */
    long latency() {
        double chance = random.nextDouble();
        if (!over && chance < slowRate) {
            return random.nextLong(200 * MILLI, 40_000 * MILLI);
        }
        return interleaves && chance < 0.15 ? random.nextLong(MILLI / 10, 30 * MILLI) : 0;
    }
}
