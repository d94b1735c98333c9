package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StepThreadTest {
    @Test
    void noWakeUpIsLost() {
        var wanted = new AtomicInteger();
        var seen = new AtomicInteger();
        var thread = new StepThread(
                "test",
                () -> {
                    seen.set(wanted.get());
                    return Step.UNTIL_WOKEN;
                },
                TimeSource.system(),
                ThreadLocalRandom::current);
        thread.start();
        for (int i = 1; i <= 5_000; i++) {
            int now = i;
            wanted.set(now);
            thread.wake();
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (seen.get() < now) {
                assertThat(System.nanoTime()).as("wake-up %d", now).isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
        thread.stop();
        await().until(() -> !thread.isAlive());
    }

    @Test
    void goesOnWhateverTheStepThrows() {
        var calls = new AtomicInteger();
        var thread = new StepThread(
                "test",
                () -> {
                    switch (calls.incrementAndGet()) {
                        case 1 -> throw new IllegalStateException("planted");
                        case 2 -> throw new StackOverflowError("planted");
                        default -> {
                            return Step.UNTIL_WOKEN;
                        }
                    }
                },
                TimeSource.system(),
                ThreadLocalRandom::current);
        thread.start();
        await().until(() -> calls.get() == 3);
        assertThat(thread.isAlive()).isTrue();
        thread.stop();
    }

    @Test
    void whoIsWokenOftenWhileAStepFailsDoesNotWaitLongerForThat() {
        var time = new ManualTime();
        Step failing = () -> {
            throw new IllegalStateException("planted");
        };
        var thread = new StepThread("test", failing, time, ThreadLocalRandom::current);
        long pause = thread.turn();
        for (int i = 0; i < 50; i++) {
            assertThat(thread.turn()).isEqualTo(pause);
        }

        time.advance(Duration.ofNanos(pause));

        assertThat(thread.turn()).isBetween(100_000_000L, 200_000_000L);
    }

    @Test
    void tellsForHowLongAStepHasBeenRunning() {
        var go = new CountDownLatch(1);
        var thread = new StepThread(
                "test",
                () -> {
                    try {
                        go.await();
                    } catch (InterruptedException stop) {
                        Thread.currentThread().interrupt();
                    }
                    return Step.UNTIL_WOKEN;
                },
                TimeSource.system(),
                ThreadLocalRandom::current);
        assertThat(thread.busyFor()).isZero();
        thread.start();
        await().until(() -> thread.busyFor() > 1_000_000);
        go.countDown();
        await().until(() -> thread.busyFor() == 0);
        thread.stop();
    }
}
