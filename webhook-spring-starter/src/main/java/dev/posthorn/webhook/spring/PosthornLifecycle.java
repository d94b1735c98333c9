package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Delivers while the application context runs. When the context closes, the dispatcher does too: after the web server has
 * taken its last request, and before data sources go. A context that is only stopped or paused, as a test's is while
 * another one runs, may be started again, so its dispatcher is paused.
 */
final class PosthornLifecycle implements SmartLifecycle {
    /** Stopped after the web server, whose phases are the highest but some thousands. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

    private static final Logger log = LoggerFactory.getLogger(PosthornLifecycle.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final WebhookDispatcher webhooks;
    private final ConfigurableApplicationContext context;
    private final boolean delivers;
    private final Duration grace;
    private volatile boolean running;

    PosthornLifecycle(
            WebhookDispatcher webhooks, ConfigurableApplicationContext context, boolean delivers, Duration grace) {
        this.webhooks = webhooks;
        this.context = context;
        this.delivers = delivers;
        this.grace = grace;
    }

    @Override
    public void start() {
        running = true;
        if (!delivers) {
            return;
        }
        if (webhooks.state().phase() == Phase.NEW) {
            webhooks.start();
        } else {
            webhooks.resume();
        }
    }

    @Override
    public void stop() {
        running = false;
        if (context.isClosed()) {
            webhooks.close(grace);
        } else if (webhooks.state().phase() == Phase.RUNNING) {
            webhooks.pause();
            awaitNothingHeld();
        }
    }

    private void awaitNothingHeld() {
        long deadline = System.nanoTime() + grace.toNanos();
        while (webhooks.state().held() > 0) {
            if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                log.warn(
                        "{} deliveries are still held after {}",
                        webhooks.state().held(),
                        grace);
                return;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
