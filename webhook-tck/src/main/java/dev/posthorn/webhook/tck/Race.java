package dev.posthorn.webhook.tck;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Runs the same work on several threads that start at the same moment. */
final class Race {
    private static final int PATIENCE_SECONDS = 120;

    private Race() {}

    /** Runs the work so many times at once, and returns what each made of it. */
    static <T> List<T> of(int runners, Callable<T> work) {
        return of(IntStream.range(0, runners).mapToObj(i -> work).toList());
    }

    /**
     * Runs all of these at once, and returns what each made of it.
     *
     * @throws AssertionError if one throws, with its exception as the cause, or does not end in two minutes
     */
    static <T> List<T> of(List<? extends Callable<T>> runners) {
        var start = new CyclicBarrier(runners.size());
        var threads = Executors.newFixedThreadPool(runners.size());
        try {
            var started = runners.stream()
                    .<Callable<T>>map(runner -> () -> {
                        start.await();
                        return runner.call();
                    })
                    .toList();
            return threads.invokeAll(started, PATIENCE_SECONDS, TimeUnit.SECONDS).stream()
                    .map(Race::result)
                    .toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
        } catch (CancellationException e) {
            throw new AssertionError("a thread did not end within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
