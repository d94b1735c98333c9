package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RecordingReceiver} does about a request. Immutable; each method with a parameter returns a changed copy.
 *
 * @param kind whether it answers at all, and how that ends
 * @param status of the answer, 200 to 999: nonsense can be tried
 * @param headers of the answer, beside {@code Content-Length}
 * @param body of the answer; for {@link Kind#RAW} everything that is sent
 * @param delay real time that passes before the answer, 0 by default
 * @param gate the answer waits until it is open, that is, counted down to 0; {@code null} by default
 * @param pace real time that passes before each byte of the body; 0, the default, sends it at once
 */
public record Answer(
        Kind kind,
        int status,
        List<Header> headers,
        Bytes body,
        Duration delay,
        @Nullable CountDownLatch gate,
        Duration pace) {
    /** How an answer ends. */
    public enum Kind {
        /** All of it is sent, and the connection can be used again. */
        COMPLETE,
        /** It promises one byte more than it sends, then the connection is closed. */
        CUT,
        /** Nothing is sent: the connection is closed. */
        DROP,
        /** Nothing is sent: the connection is reset. */
        RESET,
        /** Bytes that need not be HTTP are sent, then the connection is closed. */
        RAW
    }

    /** Keeps a copy of the list. */
    public Answer {
        headers = List.copyOf(headers);
    }

    private static Answer of(Kind kind, int status, Bytes body) {
        return new Answer(kind, status, List.of(), body, Duration.ZERO, null, Duration.ZERO);
    }

    /** An answer with this status, without headers or body, at once. */
    public static Answer status(int status) {
        return of(Kind.COMPLETE, status, Bytes.EMPTY);
    }

    /** The connection is closed when the request has been read. */
    public static Answer drop() {
        return of(Kind.DROP, 0, Bytes.EMPTY);
    }

    /** The connection is reset when the request has been read. */
    public static Answer reset() {
        return of(Kind.RESET, 0, Bytes.EMPTY);
    }

    /** These bytes instead of an answer; then the connection is closed. */
    public static Answer raw(Bytes bytes) {
        return of(Kind.RAW, 0, bytes);
    }

    /** With one more header. */
    public Answer header(String name, String value) {
        var more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new Answer(kind, status, more, body, delay, gate, pace);
    }

    /** With this body. */
    public Answer body(Bytes newBody) {
        return new Answer(kind, status, headers, newBody, delay, gate, pace);
    }

    /** So much later. */
    public Answer after(Duration newDelay) {
        return new Answer(kind, status, headers, body, newDelay, gate, pace);
    }

    /** Not before the gate is open. A gate can hold many answers. */
    public Answer heldBy(CountDownLatch newGate) {
        return new Answer(kind, status, headers, body, delay, newGate, pace);
    }

    /** With a body that comes byte by byte, so much time before each. */
    public Answer dripping(Duration newPace) {
        return new Answer(kind, status, headers, body, delay, gate, newPace);
    }

    /** Broken off when its body has been sent, one byte short of what it promised. */
    public Answer cut() {
        return new Answer(Kind.CUT, status, headers, body, delay, gate, pace);
    }
}
