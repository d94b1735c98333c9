package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.DISCONNECTED;
import static dev.posthorn.webhook.AttemptOutcome.TIMED_OUT;

import dev.posthorn.webhook.tck.HostileBehaviour.Script;
import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Endpoints that break off. */
final class HostileEnds {
    private static final Ending BROKEN = Ending.failed(DISCONNECTED);
    private static final String HEAD = "HTTP/1.1 200 OK\r\n";

    private HostileEnds() {}

    static List<HostileBehaviour> all() {
        var all = new ArrayList<HostileBehaviour>();
        var phases = new LinkedHashMap<String, Script>();
        phases.put("at once", peer -> {});
        phases.put("within the request", HostilePeer::readByte);
        phases.put("instead of an answer", HostilePeer::readRequest);
        phases.put("within the status line", peer -> peer.answer("HTTP/1.1 2"));
        phases.put("within the header", peer -> peer.answer(HEAD + "Content-Le"));
        phases.put("behind an interim answer", peer -> peer.answer("HTTP/1.1 100 Continue\r\n\r\n"));
        phases.put("within the body", peer -> peer.answer(HEAD + "Content-Length: 10\r\n\r\nhello"));
        phases.put("within a chunk size", peer -> peer.answer(HEAD + "Transfer-Encoding: chunked\r\n\r\n1"));
        phases.put("within a chunk", peer -> peer.answer(HEAD + "Transfer-Encoding: chunked\r\n\r\n10\r\nhello"));
        phases.put("within the trailers", peer -> peer.answer(HEAD + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-T"));
        phases.forEach((when, script) -> {
            all.add(HostileBehaviour.of("closes " + when, BROKEN, peer -> {
                script.play(peer);
                peer.close();
            }));
            all.add(HostileBehaviour.of("resets " + when, BROKEN, peer -> {
                script.play(peer);
                peer.reset();
            }));
        });
        all.addAll(others());
        return all;
    }

    private static List<HostileBehaviour> others() {
        return List.of(
                HostileBehaviour.of("half closes and says nothing", BROKEN, HostilePeer::halfClose),
                HostileBehaviour.of("half closes within the body", BROKEN, peer -> {
                    peer.answer(HEAD + "Content-Length: 10\r\n\r\nhello");
                    peer.halfClose();
                }),
                // The reset may overtake what was sent before it.
                HostileBehaviour.of("resets behind its answer", BROKEN.or(200), peer -> {
                    peer.answer(HEAD + "Content-Length: 2\r\n\r\nhi");
                    peer.reset();
                }),
                HostileBehaviour.of("resets behind a body without a length", BROKEN.or(200), peer -> {
                    peer.answer(HEAD + "\r\nhello");
                    peer.reset();
                }),
                HostileBehaviour.of(
                        "closes behind its answer though it said it would not",
                        Ending.answered(200),
                        peer -> {
                            peer.answer(HEAD + "Connection: keep-alive\r\nContent-Length: 2\r\n\r\nhi");
                            peer.halfClose();
                        },
                        Trait.MAY_BE_KEPT),
                HostileBehaviour.of(
                        "closes within a large request",
                        BROKEN,
                        peer -> {
                            peer.readHead();
                            peer.close();
                        },
                        Trait.LARGE_REQUEST),
                HostileBehaviour.of(
                        "resets within a large request",
                        BROKEN,
                        peer -> {
                            peer.readHead();
                            peer.reset();
                        },
                        Trait.LARGE_REQUEST),
                // Where the answer is lost to the reset that follows, there was none.
                HostileBehaviour.of(
                        "answers a large request, reads none of it and closes",
                        Ending.failed(DISCONNECTED, TIMED_OUT).or(413),
                        peer -> {
                            peer.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                            peer.close();
                        },
                        Trait.LARGE_REQUEST),
                HostileBehaviour.of(
                        "answers before the request has come",
                        BROKEN.or(200),
                        peer -> {
                            peer.send(HEAD + "Content-Length: 2\r\n\r\nhi");
                            peer.readRequest();
                        },
                        Trait.MAY_BE_KEPT));
    }
}
