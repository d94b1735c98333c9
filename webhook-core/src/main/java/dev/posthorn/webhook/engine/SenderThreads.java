package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.engine.Dispatch.Sending;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Makes attempts side by side, each on a thread that waits for its answer. */
final class SenderThreads implements Sends {
    private final Attempter attempter;
    private final ExecutorService threads = Senders.create();

    SenderThreads(Attempter attempter) {
        this.attempter = attempter;
    }

    @Override
    public void start(Sending first, Dispatch dispatch) {
        threads.execute(() -> send(first, dispatch));
    }

    private void send(Sending first, Dispatch dispatch) {
        for (@Nullable Sending next = first; next != null; ) {
            next = dispatch.nextAfter(next, attempter.attempt(next.delivery()));
        }
    }

    @Override
    public void stop() {
        threads.shutdownNow();
    }
}
