package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class MovableClockTest {
    private static final Instant START = Instant.parse("2031-05-06T07:08:09Z");

    private final MovableClock clock = new MovableClock(START);
    private int parked;

    @Test
    void bothClocksAdvance() {
        long nanos = clock.nanoTime();
        clock.advance(Duration.ofMinutes(2));

        assertThat(clock.now()).isEqualTo(START.plusSeconds(120));
        assertThat(clock.nanoTime() - nanos).isEqualTo(TimeUnit.MINUTES.toNanos(2));
    }

    @Test
    void onlyTheWallClockJumps() {
        long nanos = clock.nanoTime();
        clock.jumpWall(Duration.ofHours(-3));

        assertThat(clock.now()).isEqualTo(START.minusSeconds(3 * 3600));
        assertThat(clock.nanoTime()).isEqualTo(nanos);
    }

    @Test
    void timeDoesNotGoBack() {
        assertThatIllegalArgumentException().isThrownBy(() -> clock.advance(Duration.ofNanos(-1)));
    }

    @Test
    void aThreadIsParkedUntilItsDeadline() throws InterruptedException {
        var thread = parked(Duration.ofMinutes(1).toNanos());
        clock.advance(Duration.ofSeconds(59));
        assertThat(thread.isAlive()).isTrue();
        clock.awaitParked(1);

        clock.advance(Duration.ofSeconds(1));
        thread.join();
    }

    @Test
    void aJumpOfTheWallWakesNobody() throws InterruptedException {
        var thread = parked(Duration.ofMinutes(1).toNanos());
        clock.jumpWall(Duration.ofDays(1));
        clock.awaitParked(1);
        assertThat(thread.isAlive()).isTrue();
        clock.advance(Duration.ofMinutes(1));
        thread.join();
    }

    @Test
    void anAdvanceWakesAllThatAreDueAndNoOther() throws InterruptedException {
        var due = List.of(parked(1), parked(1_000), parked(1_000_000));
        var later = parked(Long.MAX_VALUE);
        clock.advance(Duration.ofSeconds(1));
        for (var thread : due) {
            thread.join();
        }
        assertThat(later.isAlive()).isTrue();
        clock.awaitParked(1);
    }

    @Test
    void aThreadWakesWhenItIsUnparked() throws InterruptedException {
        var thread = parked(Long.MAX_VALUE);
        LockSupport.unpark(thread);
        thread.join();
    }

    @Test
    void aThreadWakesWhenItIsInterruptedAndStaysSo() throws InterruptedException {
        var interrupted = new AtomicBoolean();
        var thread = new Thread(() -> {
            clock.parkNanos(Long.MAX_VALUE);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        clock.awaitParked(1);
        thread.interrupt();
        thread.join();
        assertThat(interrupted).isTrue();
    }

    @Test
    void noTimeIsNotWaitedFor() {
        clock.parkNanos(0);
        clock.parkNanos(-1);
        Thread.currentThread().interrupt();
        clock.parkNanos(1);
        assertThat(Thread.interrupted()).isTrue();
    }

    /** Each wake-up is the only one of its round, and often comes while the sleeper is on its way into the clock. */
    @Test
    void noWakeUpIsLost() {
        int rounds = 5_000;
        var asked = new AtomicInteger();
        var done = new AtomicInteger();
        var sleeper = new CompletableFuture<Thread>();
        Callable<Boolean> sleeping = () -> {
            sleeper.complete(Thread.currentThread());
            for (int round = 1; round <= rounds; round++) {
                while (asked.get() < round) {
                    clock.parkNanos(Long.MAX_VALUE);
                }
                done.set(round);
            }
            return true;
        };
        Callable<Boolean> waking = () -> {
            for (int round = 1; round <= rounds; round++) {
                asked.set(round);
                LockSupport.unpark(sleeper.join());
                while (done.get() < round) {
                    Thread.onSpinWait();
                }
            }
            return true;
        };
        // Keeps the clock busy, so that the sleeper has to wait for it.
        Callable<Boolean> disturbing = () -> {
            while (done.get() < rounds) {
                clock.advance(Duration.ofNanos(1));
            }
            return true;
        };
        assertThat(Race.of(List.of(sleeping, waking, disturbing, disturbing))).containsOnly(true);
    }

    @Test
    void everySleeperWakesHoweverTheAdvanceMeetsIt() {
        int rounds = 2_000;
        int sleepers = 3;
        var asleep = new AtomicInteger();
        var runners = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < sleepers; i++) {
            runners.add(() -> {
                for (int round = 0; round < rounds; round++) {
                    long deadline = clock.nanoTime() + 1_000;
                    for (long left = 1_000; left > 0; left = deadline - clock.nanoTime()) {
                        clock.parkNanos(left);
                    }
                }
                asleep.incrementAndGet();
                return true;
            });
        }
        runners.add(() -> {
            while (asleep.get() < sleepers) {
                clock.advance(Duration.ofNanos(100));
            }
            return true;
        });
        assertThat(Race.of(runners)).containsOnly(true);
    }

    private Thread parked(long nanos) {
        var thread = new Thread(() -> clock.parkNanos(nanos));
        thread.setDaemon(true);
        thread.start();
        clock.awaitParked(++parked);
        return thread;
    }
}
