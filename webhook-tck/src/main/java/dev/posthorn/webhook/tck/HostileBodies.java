package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.BAD_RESPONSE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Endpoints whose answer has too much of a body, or one that would do harm to whoever does more than look at it. */
final class HostileBodies {
    private static final Ending BAD = Ending.failed(BAD_RESPONSE);
    private static final Ending FINE = Ending.answered(200);
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private HostileBodies() {}

    static List<HostileBehaviour> all() {
        var bomb = gzip(32 * 1024 * 1024);
        var odd = "a\0b\u00c3(\u00ff\u00ed\u00a0\u0080\u001b[31m";
        return List.of(
                HostileBehaviour.of("sends chunks without end", FINE, peer -> {
                    peer.answer(CHUNKED);
                    peer.flood("400\r\n" + "x".repeat(0x400) + "\r\n");
                }),
                HostileBehaviour.of("sends chunks of one byte without end", FINE, peer -> {
                    peer.answer(CHUNKED);
                    peer.flood("1\r\nx\r\n");
                }),
                HostileBehaviour.of("packs each byte into a large chunk extension", FINE, peer -> {
                    peer.answer(CHUNKED);
                    peer.flood("1;" + "e".repeat(200) + "\r\nx\r\n");
                }),
                HostileBehaviour.of("sends a chunk without end", FINE, peer -> {
                    peer.answer(CHUNKED + "7fffffffffff\r\n");
                    peer.flood("x");
                }),
                HostileBehaviour.of("sends a chunk size without end", BAD, peer -> {
                    peer.answer(CHUNKED);
                    peer.flood("1");
                }),
                HostileBehaviour.of("sends a chunk extension without end", BAD, peer -> {
                    peer.answer(CHUNKED + "5;");
                    peer.flood("a=b;");
                }),
                HostileBehaviour.of("sends trailers without end", BAD, peer -> {
                    peer.answer(CHUNKED + "2\r\nhi\r\n0\r\n");
                    peer.flood("X-Flood: 0123456789abcdef\r\n");
                }),
                HostileBehaviour.of("sends a body without length and end", FINE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\n\r\n");
                    peer.flood("x");
                }),
                HostileBehaviour.of("promises an exabyte and sends it", FINE, peer -> {
                    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n");
                    peer.flood("x");
                }),
                HostileBehaviour.of("fails with a page without end", Ending.answered(500), peer -> {
                    peer.answer("HTTP/1.1 500 Broken\r\nContent-Type: text/html\r\n\r\n");
                    peer.flood("<p>and another thing</p>");
                }),
                HostileBehaviour.of(
                                "sends a gzip bomb",
                                FINE,
                                peer -> {
                                    peer.answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                                            + bomb.length + "\r\n\r\n");
                                    peer.send(bomb);
                                },
                                Trait.MAY_BE_KEPT)
                        .with(response -> assertBeginsWith(bomb, response.body())),
                HostileBehaviour.of(
                                "has NULs and no UTF-8 in its body",
                                FINE,
                                peer -> peer.answer(
                                        "HTTP/1.1 200 OK\r\nContent-Length: " + odd.length() + "\r\n\r\n" + odd),
                                Trait.MAY_BE_KEPT)
                        .with(response -> assertThat(response.body())
                                .isEqualTo(Bytes.wrap(odd.getBytes(StandardCharsets.ISO_8859_1)))),
                redirect("redirects to a cloud's metadata", 302, "http://169.254.169.254/latest/meta-data/"),
                redirect("redirects to a database", 307, "http://127.0.0.1:5432/"),
                redirect("redirects to a file", 301, "file:///etc/passwd"),
                redirect("redirects to where nothing is", 308, "\u00ff:\\nowhere"),
                redirect("redirects to itself", 307, "/hooks"),
                redirect("asks to come back by GET", 303, "/hooks"),
                challenge("asks for credentials", 401, "WWW-Authenticate: Basic realm=\"x\""),
                challenge("asks for a proxy's credentials", 407, "Proxy-Authenticate: NTLM"),
                challenge("asks for another protocol", 426, "Upgrade: h2c\r\nConnection: Upgrade"),
                challenge("was busy and asks to come back in a moment", 503, "Retry-After: 0"),
                challenge("took too long and asks to be sent it again", 408, "Connection: keep-alive"));
    }

    private static HostileBehaviour redirect(String name, int status, String location) {
        return challenge(name, status, "Location: " + location);
    }

    /** Something that a client may do more about than tell. */
    private static HostileBehaviour challenge(String name, int status, String fields) {
        return HostileBehaviour.of(
                name,
                Ending.answered(status),
                peer -> {
                    while (true) {
                        peer.answer("HTTP/1.1 " + status + " Odd\r\n" + fields + "\r\nContent-Length: 0\r\n\r\n");
                    }
                },
                Trait.MAY_BE_KEPT);
    }

    private static void assertBeginsWith(byte[] whole, Bytes kept) {
        assertThat(kept.size()).isPositive();
        assertThat(kept).isEqualTo(Bytes.wrap(Arrays.copyOf(whole, kept.size())));
    }

    private static byte[] gzip(int zeros) {
        var packed = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(packed)) {
            zip.write(new byte[zeros]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
