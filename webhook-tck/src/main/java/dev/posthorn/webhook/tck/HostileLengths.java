package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.BAD_RESPONSE;

import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.util.List;

/** Endpoints that leave it open where their answer ends, which is how one answer is smuggled behind another. */
final class HostileLengths {
    private static final Ending BAD = Ending.failed(BAD_RESPONSE);
    private static final String HEAD = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String FORGED = HostileBehaviour.FORGED_ANSWER;

    private HostileLengths() {}

    static List<HostileBehaviour> all() {
        return List.of(
                bad("promises a negative length", HEAD + "Content-Length: -1\r\n\r\n"),
                bad("promises a length with a sign", HEAD + "Content-Length: +2\r\n\r\nhi"),
                bad("promises a length that is no number", HEAD + "Content-Length: x\r\n\r\n"),
                bad("promises a hexadecimal length", HEAD + "Content-Length: 0x2\r\n\r\nhi"),
                bad("promises an empty length", HEAD + "Content-Length:\r\n\r\n"),
                bad("promises a length beyond all numbers", HEAD + "Content-Length: 99999999999999999999\r\n\r\n"),
                bad("promises two lengths", HEAD + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
                bad("promises two lengths in one field", HEAD + "Content-Length: 1, 2\r\n\r\nxx"),
                // It may be taken for one (RFC 9110 §8.6), or refused.
                HostileBehaviour.of(
                        "promises the same length twice",
                        BAD.or(200),
                        peer -> peer.answer(HEAD + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"),
                        Trait.MAY_BE_KEPT),
                forging(
                        "promises a length and chunks",
                        BAD,
                        HEAD + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + FORGED),
                forging(
                        "promises chunks and a length",
                        BAD,
                        HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + FORGED),
                bad("encodes the transfer in two ways", HEAD + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                bad("encodes the transfer in an unknown way", HEAD + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
                bad(
                        "is chunked twice",
                        HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                bad("has an interim answer with a body", "HTTP/1.1 103 Hints\r\nContent-Length: 2\r\n\r\nhi" + FORGED),
                bad("has a chunk size that is no number", CHUNKED + "zz\r\nhello\r\n0\r\n\r\n"),
                bad("has an empty chunk size", CHUNKED + "\r\nhello\r\n0\r\n\r\n"),
                bad("has a negative chunk size", CHUNKED + "-5\r\nhello\r\n0\r\n\r\n"),
                bad("has a chunk size with a prefix", CHUNKED + "0x5\r\nhello\r\n0\r\n\r\n"),
                bad("has a chunk size beyond all numbers", CHUNKED + "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
                bad("has a chunk longer than its size", CHUNKED + "2\r\nhello\r\n0\r\n\r\n"),
                bad("has a NUL behind a chunk size", CHUNKED + "5\0\r\nhello\r\n0\r\n\r\n"),
                // What is in a quoted string, a reader may look at or not.
                bad("has a carriage return in a chunk extension", CHUNKED + "5;a=\rb\r\nhello\r\n0\r\n\r\n", 200),
                bad(
                        "has a large chunk extension",
                        CHUNKED + "5;a=" + "b".repeat(10_000) + "\r\nhello\r\n0\r\n\r\n",
                        200),
                forging(
                        "sends a second answer along",
                        Ending.answered(200),
                        HEAD + "Content-Length: 2\r\n\r\nhi" + FORGED),
                forging(
                        "sends a second answer behind its last chunk",
                        Ending.answered(200),
                        CHUNKED + "0\r\n\r\n" + FORGED),
                forging(
                        "sends a second answer as the body of a 204",
                        Ending.answered(204),
                        "HTTP/1.1 204 No Content\r\nContent-Length: " + FORGED.length() + "\r\n\r\n" + FORGED),
                forging(
                        "sends a second answer as the body of a 304",
                        Ending.answered(304),
                        "HTTP/1.1 304 Not Modified\r\nContent-Length: " + FORGED.length() + "\r\n\r\n" + FORGED),
                forging(
                        "sends a second answer behind lines without carriage returns",
                        BAD.or(200),
                        "HTTP/1.1 200 OK\nContent-Length: 0\n\n" + FORGED),
                HostileBehaviour.of(
                        "sends a second answer once the first was read",
                        Ending.answered(200),
                        peer -> {
                            peer.answer(HEAD + "Content-Length: 2\r\n\r\nhi");
                            peer.ignore();
                            peer.send(FORGED);
                            peer.linger();
                        },
                        Trait.MAY_BE_KEPT,
                        Trait.ASKED_TWICE));
    }

    private static HostileBehaviour bad(String name, String answer, int... orStatuses) {
        return HostileBehaviour.of(name, BAD.or(orStatuses), peer -> peer.answer(answer), kept(orStatuses));
    }

    private static Trait[] kept(int[] statuses) {
        return statuses.length == 0 ? new Trait[0] : new Trait[] {Trait.MAY_BE_KEPT};
    }

    private static HostileBehaviour forging(String name, Ending ending, String answer) {
        return HostileBehaviour.of(name, ending, peer -> peer.answer(answer), Trait.MAY_BE_KEPT, Trait.ASKED_TWICE);
    }
}
