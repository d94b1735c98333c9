package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JdkDeadlinesTest {
    private static final long DAY = TimeUnit.DAYS.toNanos(1);
    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(20);

    private final JdkDeadlines deadlines = new JdkDeadlines();

    @AfterEach
    void noTestLeavesAnInterruptBehind() {
        deadlines.close();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aCallInTimeGivesItsResult() throws Exception {
        assertThat(deadlines.limit(() -> "done", DAY)).isEqualTo("done");
    }

    @Test
    void aCallIsInterruptedAtItsDeadline() {
        assertThatThrownBy(() -> deadlines.limit(JdkDeadlinesTest::block, SOON)).isInstanceOf(TimeoutException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void aCallWithoutTimeIsNotMade() {
        assertThatThrownBy(() -> deadlines.limit(() -> fail("made"), 0)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> deadlines.limit(() -> fail("made"), -1)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void aFailureInTimeIsPassedOn() {
        assertThatThrownBy(() -> deadlines.limit(() -> fail("broken"), DAY))
                .isInstanceOf(IOException.class)
                .hasMessage("broken");
    }

    @Test
    void aFailureThatTheDeadlineCausedIsATimeout() {
        // As a channel does, which throws a ClosedByInterruptException and keeps the interrupt.
        assertThatThrownBy(() -> deadlines.limit(
                        () -> {
                            waitForInterrupt();
                            throw new IOException("closed by interrupt");
                        },
                        SOON))
                .isInstanceOf(TimeoutException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesAtTheDeadlineStandsAndLeavesNoInterrupt() throws Exception {
        var result = deadlines.limit(
                () -> {
                    waitForInterrupt();
                    return "just done";
                },
                SOON);

        assertThat(result).isEqualTo("just done");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptOfSomebodyElseIsPassedOn() {
        var thread = Thread.currentThread();

        assertThatThrownBy(() -> deadlines.limit(
                        () -> {
                            thread.interrupt();
                            return block();
                        },
                        DAY))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void aFailureThatAnInterruptOfSomebodyElseCausedIsAnInterrupt() {
        assertThatThrownBy(() -> deadlines.limit(
                        () -> {
                            Thread.currentThread().interrupt();
                            return fail("closed by interrupt");
                        },
                        DAY))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptedThreadMakesNoCall() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> deadlines.limit(() -> fail("made"), DAY)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptOfSomebodyElseBesideTheDeadlinesIsKept() {
        assertThatThrownBy(() -> deadlines.limit(
                        () -> {
                            waitForInterrupt();
                            assertThat(Thread.interrupted()).isTrue();
                            Thread.currentThread().interrupt();
                            throw new InterruptedException();
                        },
                        SOON))
                .isInstanceOf(TimeoutException.class);

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatEndedInTimeIsForgottenAtOnce() throws Exception {
        for (int i = 0; i < 1000; i++) {
            deadlines.limit(() -> "done", DAY);
        }

        assertThat(deadlines.clock.waiting()).isZero();
    }

    private static String block() throws InterruptedException {
        new CountDownLatch(1).await();
        return "never";
    }

    private static String fail(String message) throws IOException {
        throw new IOException(message);
    }

    private static void waitForInterrupt() {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.park();
        }
    }
}
