package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.threads.AlarmClock;
import java.io.IOException;
import java.util.concurrent.TimeoutException;

/**
 * Ends blocking calls at their deadline by interrupting them. That is what ends every part of an exchange: the timeout
 * of an {@code HttpRequest} does not cover the body, and giving up on a future leaves its socket open, while an
 * interrupted {@code HttpClient.send} closes it. Safe for use by several threads.
 */
final class JdkDeadlines {
    final AlarmClock clock = new AlarmClock("posthorn-jdk-deadline");

    /** A call that ends soon after its thread is interrupted. */
    interface Call<T> {
        /** Does it. */
        T run() throws IOException, InterruptedException;
    }

    /**
     * Runs a call on the calling thread.
     *
     * @throws TimeoutException if it had not ended after so long
     * @throws InterruptedException if somebody else interrupted it
     */
    <T> T limit(Call<T> call, long nanos) throws IOException, InterruptedException, TimeoutException {
        if (Thread.interrupted()) {
            // Part of a request might still go out before the call notices.
            throw new InterruptedException();
        }
        if (nanos <= 0) {
            throw new TimeoutException();
        }
        var alarm = clock.set(nanos);
        boolean wasInterrupted = false;
        try {
            return call.run();
        } catch (InterruptedException e) {
            wasInterrupted = true;
            if (alarm.stop()) {
                throw new TimeoutException();
            }
            throw e;
        } catch (IOException | RuntimeException e) {
            // A channel that is interrupted fails with an exception of its own and keeps the interrupt.
            if (alarm.stop()) {
                throw new TimeoutException();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        } finally {
            // Once the alarm has rung, the thread must not keep its interrupt: it would end whatever runs there next.
            // But if
            // the call threw one and another is there, then one of the two was somebody else's.
            if (alarm.stop() && Thread.interrupted() && wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends the thread. */
    void close() {
        clock.close();
    }
}
