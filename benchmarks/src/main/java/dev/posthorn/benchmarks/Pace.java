package dev.posthorn.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Does something at a steady rate from several threads, so that one does not have to wait for the end of another. */
final class Pace {
    private static final int THREADS = 4;

    private Pace() {}

    /** What is done so often. */
    interface Work {
        /**
         * Does it once.
         *
         * @param n how many times it was done before
         * @param dueAt when it was to be done, in {@link System#nanoTime()}: what held it up is part of what it takes
         */
        void once(int n, long dueAt);
    }

    /** Returns how many times it did it. */
    static int run(int perSecond, Duration length, Work work) throws InterruptedException {
        int count = (int) (perSecond * length.toMillis() / 1_000);
        long start = System.nanoTime() + 1_000_000;
        var failed = new AtomicReference<RuntimeException>();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < THREADS; t++) {
            int first = t;
            var thread = new Thread(
                    () -> {
                        try {
                            for (int n = first; n < count; n += THREADS) {
                                long dueAt = start + n * 1_000_000_000L / perSecond;
                                while (dueAt - System.nanoTime() > 0) {
                                    LockSupport.parkNanos(dueAt - System.nanoTime());
                                }
                                work.once(n, dueAt);
                            }
                        } catch (RuntimeException problem) {
                            failed.set(problem);
                        }
                    },
                    "pace-" + t);
            threads.add(thread);
            thread.start();
        }
        for (var thread : threads) {
            thread.join();
        }
        if (failed.get() != null) {
            throw failed.get();
        }
        return count;
    }
}
