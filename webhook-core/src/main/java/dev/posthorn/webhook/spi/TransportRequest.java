package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.List;

/**
 * One POST.
 *
 * @param url where to
 * @param headers all but {@code Host} and {@code Content-Length}, which are the transport's; names and values were checked
 * @param body to be sent as it is
 * @param timeout for everything, from the look-up to the last byte read
 */
public record TransportRequest(TargetUrl url, List<Header> headers, Bytes body, Duration timeout) {
    /** Keeps a copy of the list. */
    public TransportRequest {
        headers = List.copyOf(headers);
    }
}
