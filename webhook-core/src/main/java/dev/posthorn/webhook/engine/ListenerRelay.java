package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.WebhookListener;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the host's listeners, on a thread of its own, so that they can neither hold nor break the engine. */
final class ListenerRelay implements Step {
    private static final Logger log = LoggerFactory.getLogger(ListenerRelay.class);
    private static final int MOST_WAITING = 10_000;

    private final List<WebhookListener> listeners;
    private final BlockingQueue<Consumer<WebhookListener>> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private volatile Runnable wake = () -> {};

    ListenerRelay(List<WebhookListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    void onWork(Runnable newWake) {
        wake = newWake;
    }

    /** Passes it on later, or drops it where the listeners are too far behind. */
    void tell(Consumer<WebhookListener> message) {
        if (listeners.isEmpty()) {
            return;
        }
        if (waiting.offer(message)) {
            wake.run();
        } else {
            dropped.incrementAndGet();
        }
    }

    /** Whether all that was told has been passed on, or is just being so. */
    boolean isIdle() {
        return waiting.isEmpty();
    }

    /** How much was dropped so far. */
    long dropped() {
        return dropped.get();
    }

    @Override
    public long step() {
        // One a turn, so that a listener which is slow but goes on does not look stuck.
        var message = waiting.poll();
        if (message != null) {
            for (var listener : listeners) {
                try {
                    message.accept(listener);
                } catch (RuntimeException | LinkageError | AssertionError problem) {
                    log.warn("listener {} threw", listener.getClass().getName(), problem);
                }
            }
        }
        return waiting.isEmpty() ? UNTIL_WOKEN : 0;
    }
}
