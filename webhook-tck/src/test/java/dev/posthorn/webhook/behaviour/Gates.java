package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.ReceivedRequest;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** Answers that hang, each until it is let go, in the order of arrival. Safe for use by several threads. */
final class Gates implements Function<ReceivedRequest, Answer> {
    private final Answer answer;
    private final ArrayDeque<CountDownLatch> shut = new ArrayDeque<>();
    private boolean open;

    Gates(int status) {
        answer = Answer.status(status);
    }

    @Override
    public synchronized Answer apply(ReceivedRequest request) {
        if (open) {
            return answer;
        }
        var gate = new CountDownLatch(1);
        shut.add(gate);
        notifyAll();
        return answer.heldBy(gate);
    }

    /** Lets the longest hanging request be answered. A receiver tells of a request a little before it hangs. */
    synchronized void openOne() {
        try {
            while (shut.isEmpty()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for a request", e);
        }
        shut.remove().countDown();
    }

    /** Lets all be answered, those to come too. */
    synchronized void openAll() {
        open = true;
        shut.forEach(CountDownLatch::countDown);
        shut.clear();
    }
}
