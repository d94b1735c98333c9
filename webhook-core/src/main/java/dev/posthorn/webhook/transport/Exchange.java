package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One send, as far as other threads may end it: by closing the socket it is using, which is what ends every blocking
 * call on it.
 */
final class Exchange {
    private final Thread thread;
    private final long deadline;
    private @Nullable Socket socket;
    private @Nullable Failure end;

    /**
     * @param thread that sends
     * @param deadline by {@link System#nanoTime()}
     */
    Exchange(Thread thread, long deadline) {
        this.thread = thread;
        this.deadline = deadline;
    }

    /** How long it may still take, in nanoseconds. */
    long timeLeft() {
        return deadline - System.nanoTime();
    }

    /** The same in milliseconds, rounded up, so that after them there is none left. */
    int millisLeft() {
        long millis = TimeUnit.NANOSECONDS.toMillis(timeLeft()) + 1;
        return (int) Math.max(1, Math.min(millis, Integer.MAX_VALUE));
    }

    /**
     * Says which socket is in use from now on: the one below any TLS, because closing a TLS socket waits for whoever is
     * writing to it.
     *
     * @throws FailedException if the send was ended
     */
    synchronized void use(Socket raw) throws FailedException {
        if (end != null) {
            throw new FailedException(end);
        }
        socket = raw;
    }

    /** Says that the socket is no longer in use. Returns whether nobody has closed it. */
    synchronized boolean release() {
        socket = null;
        return end == null;
    }

    /** Ends the send. Does nothing if it is ended already. */
    synchronized void end(Failure why) {
        if (end == null) {
            end = why;
            if (socket != null) {
                close(socket);
            }
        }
    }

    /** Ends the send if it is time or its thread was interrupted. Returns the nanoseconds left before its deadline. */
    long check(long now) {
        long left = deadline - now;
        if (left <= 0) {
            end(Failures.of(AttemptOutcome.TIMED_OUT));
        } else if (thread.isInterrupted()) {
            end(Failures.INTERRUPTED);
        }
        return left;
    }

    /** Why the send was ended from outside, if it was: then whatever the socket threw is only a consequence. */
    synchronized @Nullable Failure failure() {
        if (end == null && thread.isInterrupted()) {
            // A virtual thread's interrupt has closed the socket by itself.
            return Failures.INTERRUPTED;
        }
        return end == null && timeLeft() <= 0 ? Failures.of(AttemptOutcome.TIMED_OUT) : end;
    }

    /** Closes a socket. */
    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }
}
