package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.BAD_RESPONSE;
import static dev.posthorn.webhook.AttemptOutcome.DISCONNECTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.tck.HostileBehaviour.Script;
import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.util.ArrayList;
import java.util.List;

/** Endpoints whose answer begins with what is no head of HTTP/1.1, or with too much of one. */
final class HostileHeads {
    private static final Ending BAD = Ending.failed(BAD_RESPONSE);

    /** The answer is whole but must be refused; and the connection is hung up, since nobody knows where it stands. */
    private static final String END = "Content-Length: 0\r\n\r\n";

    private HostileHeads() {}

    static List<HostileBehaviour> all() {
        var all = new ArrayList<>(floods());
        all.addAll(otherProtocols());
        all.addAll(malformed());
        return all;
    }

    private static List<HostileBehaviour> floods() {
        return List.of(
                HostileBehaviour.of("sends header fields without end", BAD, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\n");
                    peer.flood("X-Flood: 0123456789abcdef\r\n");
                }),
                HostileBehaviour.of("sends one header field without end", BAD, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nX-Flood: ");
                    peer.flood("0123456789abcdef");
                }),
                HostileBehaviour.of("sends one field name without end", BAD, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\n");
                    peer.flood("x");
                }),
                HostileBehaviour.of("sends a status line without end", BAD, peer -> {
                    peer.answer("HTTP/1.1 200 ");
                    peer.flood("OK ");
                }),
                HostileBehaviour.of("sends interim answers without end", BAD, peer -> {
                    peer.readRequest();
                    peer.flood("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
                }),
                HostileBehaviour.of("sends blank lines without end", BAD, peer -> {
                    peer.readRequest();
                    peer.flood("\r\n");
                }),
                HostileBehaviour.of("sends NULs without end", BAD, peer -> {
                    peer.readRequest();
                    peer.flood("\0");
                }),
                // Some have a limit for the number of fields, some only for their size.
                bad("sends a thousand header fields", "HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(1_000) + END, 200),
                bad("sends a header field of 1 MB", "HTTP/1.1 200 OK\r\nA: " + "b".repeat(1_000_000) + "\r\n" + END));
    }

    private static List<HostileBehaviour> otherProtocols() {
        return List.of(
                HostileBehaviour.of("greets like an SSH server", BAD, peer -> peer.send("SSH-2.0-OpenSSH_9.6\r\n")),
                HostileBehaviour.of(
                        "greets like a mail server", BAD, peer -> peer.send("220 mail.example ESMTP ready\r\n")),
                HostileBehaviour.of("answers like a Redis server", BAD, answer("-ERR unknown command 'POST'\r\n")),
                bad("answers in HTTP/0.9", "<html>\r\n<body>hello</body>\r\n</html>\r\n\r\n"),
                bad("answers in HTTP/2.0 with text", "HTTP/2.0 200 OK\r\n" + END),
                bad("answers in HTTP/3.7 with text", "HTTP/3.7 200 OK\r\n" + END),
                bad("answers with the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                // Nobody can tell a frame from a status line that has not ended yet.
                HostileBehaviour.of(
                        "answers with SETTINGS and GOAWAY of HTTP/2",
                        Ending.failed(BAD_RESPONSE, DISCONNECTED),
                        peer -> {
                            peer.answer("\0\0\0\4\0\0\0\0\0" + "\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\1");
                            peer.halfClose();
                        }),
                HostileBehaviour.of("sends RST_STREAM of HTTP/2 without end", BAD, peer -> {
                    peer.readRequest();
                    peer.flood("\0\0\4\3\0\0\0\0\1\0\0\0\10");
                }),
                HostileBehaviour.of(
                        "answers in TLS where nobody asked for it", Ending.failed(BAD_RESPONSE, DISCONNECTED), peer -> {
                            peer.answer("\u0015\u0003\u0003\0\2\2\106");
                            peer.halfClose();
                        }),
                bad("echoes the request", "POST /hooks HTTP/1.1\r\nHost: a\r\n" + END),
                bad("answers with an event stream of lines", "data: 1\r\n\r\n".repeat(100)));
    }

    private static List<HostileBehaviour> malformed() {
        return List.of(
                bad(
                        "switches protocols",
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
                bad("has a status of 99", "HTTP/1.1 99 Odd\r\n" + END),
                bad("has a status of 600", "HTTP/1.1 600 Odd\r\n" + END),
                bad("has a status of four digits", "HTTP/1.1 2000 Odd\r\n" + END),
                bad("has a status of letters", "HTTP/1.1 OK\r\n" + END),
                bad("has a negative status", "HTTP/1.1 -20 OK\r\n" + END),
                bad("has a NUL in a header value", "HTTP/1.1 200 OK\r\nA: b\0c\r\n" + END),
                bad(
                        "has a bare carriage return in a header value",
                        "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 9\r\n" + END),
                bad("has a space in a field name", "HTTP/1.1 200 OK\r\nA B: c\r\n" + END),
                bad("has a space before the colon", "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n" + END),
                bad("has an empty field name", "HTTP/1.1 200 OK\r\n: c\r\n" + END),
                bad("has a field without a colon", "HTTP/1.1 200 OK\r\nno colon\r\n" + END),
                bad("has a field name that is no ASCII", "HTTP/1.1 200 OK\r\nA\u00c3(: c\r\n" + END),
                // A user agent may put it together again (RFC 9112 §5.2), or refuse it.
                bad("folds a header line", "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n" + END, 200),
                HostileBehaviour.of(
                                "has no UTF-8 in a header value",
                                Ending.answered(200),
                                answer("HTTP/1.1 200 OK\r\nX-Odd: a\u00c3(\u00ff\r\n" + END),
                                Trait.MAY_BE_KEPT)
                        .with(response -> assertThat(response.headers())
                                .filteredOn(header -> header.name().equalsIgnoreCase("X-Odd"))
                                .extracting(Header::value)
                                .containsExactly("a\\xC3(\\xFF")));
    }

    private static HostileBehaviour bad(String name, String answer, int... orStatuses) {
        return HostileBehaviour.of(
                name,
                BAD.or(orStatuses),
                answer(answer),
                orStatuses.length == 0 ? new Trait[0] : new Trait[] {Trait.MAY_BE_KEPT});
    }

    private static Script answer(String text) {
        return peer -> peer.answer(text);
    }
}
