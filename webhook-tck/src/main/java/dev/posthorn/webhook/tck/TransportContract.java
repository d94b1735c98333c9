package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookTransport;
import org.junit.jupiter.api.Nested;

/**
 * What {@link WebhookTransport} promises, tried by plain HTTP against a {@link RecordingReceiver} on 127.0.0.1. Real time
 * passes here, because sockets know no other.
 */
public abstract class TransportContract {
    /** For subclasses. */
    protected TransportContract() {}

    /** A new transport that may call 127.0.0.1; called once for each test, which closes it. */
    protected abstract WebhookTransport createTransport();

    /** Whether {@link WebhookTransport#close()} ends idle connections at once, by default true. Some clients cannot. */
    protected boolean closesIdleConnections() {
        return true;
    }

    @Nested
    class Answered extends TransportAnswerTests {
        @Override
        boolean closesIdleConnections() {
            return TransportContract.this.closesIdleConnections();
        }

        @Override
        WebhookTransport createTransport() {
            return TransportContract.this.createTransport();
        }
    }

    @Nested
    class Failed extends TransportFailureTests {
        @Override
        WebhookTransport createTransport() {
            return TransportContract.this.createTransport();
        }
    }
}
