package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.BAD_RESPONSE;
import static dev.posthorn.webhook.AttemptOutcome.DISCONNECTED;
import static dev.posthorn.webhook.AttemptOutcome.TIMED_OUT;

import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.util.List;

/** Endpoints that take their time. Whatever they do with it, it ends at the deadline. */
final class HostileSlowness {
    private static final Ending LATE = Ending.failed(TIMED_OUT);

    private HostileSlowness() {}

    static List<HostileBehaviour> all() {
        return List.of(
                HostileBehaviour.of("says nothing", LATE, HostilePeer::awaitEnd),
                HostileBehaviour.of("reads the request and says nothing", LATE, HostilePeer::readRequest),
                HostileBehaviour.of("drips a status line", LATE, peer -> {
                    peer.readRequest();
                    peer.drip("HTTP/1.1 200 " + "O".repeat(10_000));
                }),
                HostileBehaviour.of("drips a header", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\n");
                    peer.drip("X-Slow: 1\r\n");
                }),
                HostileBehaviour.of("drips a body", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                    peer.drip("x");
                }),
                HostileBehaviour.of("drips a body without a length", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\n\r\n");
                    peer.drip("x");
                }),
                HostileBehaviour.of("drips chunks", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    peer.drip("1\r\nx\r\n");
                }),
                HostileBehaviour.of("drips a chunk extension", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
                    peer.drip("a");
                }),
                HostileBehaviour.of("drips a trailer", LATE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n");
                    peer.drip("X-Slow: 1\r\n");
                }),
                HostileBehaviour.of("drips interim answers", Ending.failed(TIMED_OUT, BAD_RESPONSE), peer -> {
                    var interim = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";
                    peer.readRequest();
                    peer.drip(interim, interim.length());
                }),
                HostileBehaviour.of(
                        "stops within its body",
                        LATE,
                        peer -> peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")),
                HostileBehaviour.of(
                        "stops behind an interim answer", LATE, peer -> peer.answer("HTTP/1.1 100 Continue\r\n\r\n")),
                HostileBehaviour.of(
                        "stops before the last chunk",
                        LATE,
                        peer -> peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")),
                HostileBehaviour.of("never reads a large request", LATE, HostilePeer::ignore, Trait.LARGE_REQUEST),
                HostileBehaviour.of("sips a large request", LATE, HostilePeer::sip, Trait.LARGE_REQUEST),
                HostileBehaviour.of(
                        "drips an answer to a request it does not read",
                        LATE,
                        peer -> {
                            peer.send("HTTP/1.1 200 OK\r\n");
                            for (int i = 0; i < 20; i++) {
                                peer.send("X-Slow: 1\r\n");
                            }
                            peer.ignore();
                        },
                        Trait.LARGE_REQUEST),
                // Who only writes at first never sees the answer, and who reads meanwhile does.
                HostileBehaviour.of(
                        "answers a large request and never reads it",
                        Ending.failed(TIMED_OUT, DISCONNECTED).or(413),
                        peer -> {
                            peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
                            peer.ignore();
                        },
                        Trait.LARGE_REQUEST));
    }
}
