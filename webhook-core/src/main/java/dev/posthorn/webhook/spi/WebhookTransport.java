package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.transport.TargetUrl;
import java.util.Optional;

/** How requests reach endpoints: the wire. */
public interface WebhookTransport extends AutoCloseable {
    /**
     * Sends one request by POST and waits for its answer or failure, on the calling thread, at most for the request's
     * timeout in all. It never follows redirects, never throws for anything the network or the endpoint does, and frees
     * the connection in every case. It sends a second time only where a connection kept from an earlier request turns out
     * to be closed before any byte of the answer has come. If the thread is interrupted it ends soon, with a failure, and
     * the interrupt is kept.
     */
    TransportResult send(TransportRequest request);

    /**
     * Whether this transport would never call such a URL, judged without a look-up. Called when a subscription is set, so
     * that the fault is seen early; {@link #send} checks again what the name resolves to.
     *
     * @return why not, or empty
     */
    Optional<String> refusal(TargetUrl url);

    /** Frees what it holds. Called once, when nothing is being sent any more. */
    @Override
    void close();
}
