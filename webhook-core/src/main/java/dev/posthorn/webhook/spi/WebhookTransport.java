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
     * Why this transport would not call such a URL as things are. Called when a subscription's URL is set, so that a fault
     * is seen early; {@link #send} judges again, by what the name stands for then. It may look the name up, for a few
     * seconds at most. A name that cannot be looked up now is none to refuse: it may be set up later.
     *
     * @return why not, in words that may be shown to whoever chose the URL; or empty
     */
    Optional<String> refusal(TargetUrl url);

    /** Frees what it holds. Called once, when nothing is being sent any more. */
    @Override
    void close();
}
