package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import java.util.List;

/** What came of a request. */
public sealed interface TransportResult {
    /**
     * An answer.
     *
     * @param status 200 to 599
     * @param headers what was kept of its header, values escaped to visible ASCII
     * @param body the first bytes of its body, within the transport's limit
     */
    record Response(int status, List<Header> headers, Bytes body) implements TransportResult {
        /** Keeps a copy of the list. */
        public Response {
            headers = List.copyOf(headers);
        }
    }

    /**
     * No answer.
     *
     * @param outcome what kind of failure: not {@code SUCCEEDED} or {@code REJECTED}
     * @param detail what failed, in words that may be shown to whoever owns the endpoint
     */
    record Failure(AttemptOutcome outcome, String detail) implements TransportResult {
        /** Refuses the outcomes of answers. */
        public Failure {
            if (outcome == AttemptOutcome.SUCCEEDED || outcome == AttemptOutcome.REJECTED) {
                throw new IllegalArgumentException(outcome + " is an answer's");
            }
        }
    }
}
