package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * One POST.
 *
 * @param subscriptionId whose request it is, for what the transport does differently from one to the other, such as
 *     client certificates. It is not sent
 * @param url where to
 * @param headers all but {@code Host} and {@code Content-Length}, which are the transport's; names and values were checked
 * @param body to be sent as it is
 * @param timeout for everything, from the look-up to the last byte read
 */
public record TransportRequest(UUID subscriptionId, TargetUrl url, List<Header> headers, Bytes body, Duration timeout) {
    /** Keeps a copy of the list. */
    public TransportRequest {
        headers = List.copyOf(headers);
    }
}
