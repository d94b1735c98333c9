package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import java.util.List;
import java.util.Optional;

/**
 * A request as it arrived at a {@link RecordingReceiver}.
 *
 * @param method such as {@code POST}
 * @param path with the query, as it was sent
 * @param headers in the order they were sent
 * @param body all of it; a request that broke off within its body is not recorded
 * @param arrivalNanos {@link System#nanoTime()} when all of it had been read
 * @param connection which connection it came by, counted from 1
 */
public record ReceivedRequest(
        String method, String path, List<Header> headers, Bytes body, long arrivalNanos, int connection) {
    /** Keeps a copy of the list. */
    public ReceivedRequest {
        headers = List.copyOf(headers);
    }

    /** The value of the first header of this name, whose case does not matter; empty if there is none. */
    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    /** The values of every header of this name, whose case does not matter, in the order they were sent. */
    public List<String> headers(String name) {
        return headers.stream()
                .filter(header -> header.name().equalsIgnoreCase(name))
                .map(Header::value)
                .toList();
    }
}
