package dev.posthorn.webhook.transport;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Leaves a processor to those who make no TLS handshake. A handshake is a millisecond of mathematics, a hundred times what a
 * request costs, and a hostile endpoint makes one necessary for every attempt: without turns, handshakes take every
 * processor, and whoever wants to send something else waits. In turns, all but one processor compute handshakes, and the
 * last one only where it is the only one. Nobody holds a turn while waiting for the other side. Safe for use by several
 * threads.
 */
final class HandshakeTurns {
    private final Semaphore turns;

    /** @param most handshakes that may be computed at a time */
    HandshakeTurns(int most) {
        turns = new Semaphore(most, true);
    }

    /** One less than there are processors, but one. */
    static HandshakeTurns forProcessors() {
        return new HandshakeTurns(Math.max(1, Runtime.getRuntime().availableProcessors() - 1));
    }

    /** Waits for a turn, and takes it. */
    Turn take(Exchange exchange) throws IOException {
        var turn = new Turn(exchange);
        turn.goOn();
        return turn;
    }

    /** How many wait for a turn, more or less. */
    int waiting() {
        return turns.getQueueLength();
    }

    /** Of one handshake, from beginning to end. For one thread. */
    final class Turn implements AutoCloseable {
        private final Exchange exchange;
        private boolean isHeld;

        private Turn(Exchange exchange) {
            this.exchange = exchange;
        }

        /** Others go first, since there is something to wait for. */
        void pause() {
            if (isHeld) {
                isHeld = false;
                turns.release();
            }
        }

        /**
         * Waits for it again.
         *
         * @throws IOException if there is no time left for that, or the thread was interrupted: its flag is set
         */
        void goOn() throws IOException {
            try {
                isHeld = turns.tryAcquire(exchange.timeLeft(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
            if (!isHeld) {
                throw new IOException("no turn in time");
            }
        }

        @Override
        public void close() {
            pause();
        }
    }
}
