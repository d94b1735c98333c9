package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.transport.TargetUrl;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests that are answered. */
abstract class TransportAnswerTests extends TransportTests {
    private static final int LARGE = 8_000_000;

    abstract boolean closesIdleConnections();

    @Test
    void theBytesArriveUntouched() {
        var bytes = new byte[70_000];
        IntStream.range(0, bytes.length).forEach(i -> bytes[i] = (byte) (i * 31));
        for (var body : List.of(Bytes.wrap(bytes), Bytes.utf8("{ \"a\" : 1.0 }\r\n"), Bytes.EMPTY)) {
            response(transport.send(request("/hooks", body, AMPLE)));
        }

        assertThat(receiver.requests())
                .extracting(ReceivedRequest::body)
                .containsExactly(Bytes.wrap(bytes), Bytes.utf8("{ \"a\" : 1.0 }\r\n"), Bytes.EMPTY);
        assertThat(receiver.requests())
                .extracting(request -> request.header("Content-Length").orElse("none"))
                .containsExactly("70000", "15", "0");
    }

    @Test
    void itIsOnePostToThePathAndQuery() {
        response(transport.send(request("/a%20b/c;d?e=%2F&f=", BODY, AMPLE)));

        assertThat(receiver.requests()).singleElement().satisfies(request -> {
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/a%20b/c;d?e=%2F&f=");
            assertThat(request.headers("Host")).containsExactly("127.0.0.1:" + receiver.port());
        });
    }

    @Test
    void theHeadersArrive() {
        var headers = List.of(
                new Header("Content-Type", "application/cloudevents+json; charset=utf-8"),
                new Header("webhook-id", "evt_1"),
                new Header("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1,a+b=="),
                new Header("X-Twice", "one"),
                new Header("X-Twice", "two, \"three\""));
        response(transport.send(request(receiver.url("/hooks"), headers, BODY, AMPLE)));

        var received = receiver.requests().get(0);
        for (var header : headers) {
            assertThat(received.headers(header.name())).contains(header.value());
        }
        assertThat(received.headers("X-Twice")).containsExactly("one", "two, \"three\"");
        assertThat(received.headers("Content-Type")).hasSize(1);
    }

    @Test
    void anAnswerIsReadWhole() {
        receiver.onAnyPath()
                .byDefault(Answer.status(503)
                        .header("Retry-After", "17")
                        .header("Content-Type", "text/plain")
                        .body(Bytes.utf8("come back later")));
        var response = response(send());

        assertThat(response.status()).isEqualTo(503);
        assertThat(response.body()).isEqualTo(Bytes.utf8("come back later"));
        assertThat(response.headers())
                .filteredOn(header -> header.name().equalsIgnoreCase("Retry-After"))
                .extracting(Header::value)
                .containsExactly("17");
    }

    @Test
    void everyStatusIsAnAnswer() {
        int[] statuses = {200, 201, 202, 204, 299, 400, 401, 404, 407, 410, 429, 500, 502, 503, 504, 599};
        receiver.onAnyPath().next(statuses);

        for (int status : statuses) {
            assertThat(response(send()).status()).isEqualTo(status);
        }
        assertThat(receiver.requests()).hasSize(statuses.length);
    }

    @Test
    void aRedirectIsAnAnswerAndNotFollowed() {
        int[] statuses = {300, 301, 302, 303, 304, 307, 308};
        for (int status : statuses) {
            receiver.on("/hooks").next(Answer.status(status).header("Location", receiver.url("/elsewhere")));
        }
        for (int status : statuses) {
            assertThat(response(send()).status()).isEqualTo(status);
        }

        assertThat(receiver.requests("/hooks")).hasSize(statuses.length);
        assertThat(receiver.requests("/elsewhere")).isEmpty();
    }

    @Test
    void ofALargeAnswerOnlyTheFirstBytesAreKept() {
        var bytes = new byte[LARGE];
        IntStream.range(0, bytes.length).forEach(i -> bytes[i] = (byte) ('a' + i % 26));
        receiver.onAnyPath().byDefault(Answer.status(500).body(Bytes.wrap(bytes)));
        var response = response(send());

        assertThat(response.status()).isEqualTo(500);
        int kept = response.body().size();
        assertThat(kept).isLessThan(1_000_000);
        assertThat(response.body()).isEqualTo(Bytes.wrap(Arrays.copyOf(bytes, kept)));
    }

    @Test
    void aChunkedAnswerIsRead() {
        receiver.onAnyPath()
                .byDefault(raw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
        assertThat(response(send()).body()).isEqualTo(Bytes.utf8("hello world"));
    }

    @Test
    void anAnswerWithoutLengthEndsWithItsConnection() {
        receiver.onAnyPath().byDefault(raw("HTTP/1.1 200 OK\r\n\r\nhello"));
        assertThat(response(send()).body()).isEqualTo(Bytes.utf8("hello"));
    }

    @Test
    void aBodyIsKeptAsItWasEncoded() {
        // The first bytes of a gzip stream: whoever inflated it would fail.
        var body = Bytes.wrap(new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2, 3});
        receiver.onAnyPath()
                .byDefault(Answer.status(200).header("Content-Encoding", "gzip").body(body));
        assertThat(response(send()).body()).isEqualTo(body);
    }

    @Test
    void headerValuesAreKeptInVisibleAscii() {
        receiver.onAnyPath()
                .byDefault(Answer.raw(
                        Bytes.wrap("HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: \u00e9\u00ff\r\n\r\n"
                                .getBytes(StandardCharsets.ISO_8859_1))));

        assertThat(response(send()).headers())
                .allSatisfy(header -> assertThat(header.value()).matches("[\\x20-\\x7e\\t]*"));
    }

    @Test
    void manySendAtOnce() {
        receiver.onAnyPath().byDefault(request -> Answer.status(200).body(request.body()));
        var senders = IntStream.range(0, 50)
                .<Callable<Boolean>>mapToObj(i -> () -> {
                    for (int n = 0; n < 20; n++) {
                        var body = Bytes.utf8("{\"sender\":" + i + ",\"n\":" + n + "}");
                        assertThat(response(transport.send(request("/hooks", body, AMPLE)))
                                        .body())
                                .isEqualTo(body);
                    }
                    return true;
                })
                .toList();
        Race.of(senders);

        assertThat(receiver.requests()).hasSize(1_000);
    }

    @Test
    void aUrlThatCanBeCalledIsNotRefused() {
        assertThat(transport.refusal(TargetUrl.parse(receiver.url("/hooks")))).isEmpty();
    }

    @Test
    void aClosedTransportHoldsNoConnection() {
        assumeTrue(closesIdleConnections(), "its connections end by themselves, later");
        try (var other = createTransport()) {
            response(other.send(request("/hooks", BODY, AMPLE)));
        }
        receiver.awaitNoConnections();
    }

    private static Answer raw(String text) {
        return Answer.raw(Bytes.utf8(text));
    }
}
