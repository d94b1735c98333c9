package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RecordingReceiverTest {
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void aRequestIsRecordedAsItCame() throws Exception {
        long before = System.nanoTime();
        assertThat(post("/a?b=c", "höllo").statusCode()).isEqualTo(200);

        var request = receiver.requests().get(0);
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/a?b=c");
        assertThat(request.header("x-one")).contains("1");
        assertThat(request.headers("X-ONE")).containsExactly("1", "2");
        assertThat(request.header("absent")).isEmpty();
        assertThat(request.body()).isEqualTo(Bytes.utf8("höllo"));
        assertThat(request.arrivalNanos() - before).isBetween(0L, System.nanoTime() - before);
    }

    @Test
    void aChunkedBodyIsRead() throws Exception {
        var body = HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString("in chunks"));
        client.send(HttpRequest.newBuilder(uri("/")).POST(body).build(), HttpResponse.BodyHandlers.discarding());

        assertThat(receiver.requests().get(0).body()).isEqualTo(Bytes.utf8("in chunks"));
    }

    @Test
    void aSequenceComesBeforeTheDefaultAndAPathBeforeAllPaths() throws Exception {
        receiver.onAnyPath().next(500).byDefault(Answer.status(202));
        receiver.on("/own").next(404, 410);

        assertThat(post("/own", "").statusCode()).isEqualTo(404);
        assertThat(post("/own", "").statusCode()).isEqualTo(410);
        assertThat(post("/other", "").statusCode()).isEqualTo(500);
        assertThat(post("/own", "").statusCode()).isEqualTo(202);
        receiver.on("/own").byDefault(request -> Answer.status(200).body(request.body()));
        assertThat(post("/own", "echo").body()).isEqualTo("echo");
    }

    @Test
    void anAnswerHasItsHeadersAndBody() throws Exception {
        receiver.onAnyPath()
                .next(Answer.status(429).header("Retry-After", "7").body(Bytes.utf8("slowly")))
                .next(Answer.status(204));
        var answer = post("/", "");

        assertThat(answer.headers().firstValue("retry-after")).contains("7");
        assertThat(answer.body()).isEqualTo("slowly");
        assertThat(post("/", "").body()).isEmpty();
        assertThat(receiver.requests()).extracting(ReceivedRequest::connection).containsExactly(1, 1);
    }

    @Test
    void aGateHoldsAnswersBackAndNothingElse() throws Exception {
        var gate = new CountDownLatch(1);
        receiver.on("/held").byDefault(Answer.status(200).heldBy(gate));
        var held = client.sendAsync(request("/held", ""), HttpResponse.BodyHandlers.discarding());
        receiver.await("/held", 1);
        assertThat(post("/free", "").statusCode()).isEqualTo(200);
        assertThat(held).isNotDone();

        gate.countDown();
        assertThat(held.join().statusCode()).isEqualTo(200);
    }

    @Test
    void anAnswerCanBeLateAndDrip() throws Exception {
        receiver.onAnyPath()
                .byDefault(Answer.status(200)
                        .after(Duration.ofMillis(60))
                        .body(Bytes.utf8("abcd"))
                        .dripping(Duration.ofMillis(10)));
        long before = System.nanoTime();

        assertThat(post("/", "").body()).isEqualTo("abcd");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(95));
    }

    @Test
    void aConnectionCanBeDroppedResetOrCut() {
        receiver.onAnyPath()
                .next(
                        Answer.drop(),
                        Answer.reset(),
                        Answer.status(200).body(Bytes.utf8("part")).cut());
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> post("/", ""));
        }
        assertThat(receiver.requests()).extracting(ReceivedRequest::connection).containsExactly(1, 2, 3);
    }

    @Test
    void anAnswerNeedNotBeHttp() throws Exception {
        receiver.onAnyPath().byDefault(Answer.raw(Bytes.utf8("whatever")));
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), receiver.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("whatever");
        }
    }

    @Test
    void manyCallAtOnce() {
        Race.of(IntStream.range(0, 30)
                .<Callable<Integer>>mapToObj(i -> () -> post("/" + i, "").statusCode())
                .toList());
        assertThat(receiver.await(30)).extracting(ReceivedRequest::path).doesNotHaveDuplicates();
    }

    @Test
    void waitingInVainSaysWhatCameInstead() throws Exception {
        post("/came", "");
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> receiver.await(all -> all.size() > 1, "two requests", Duration.ofMillis(20)))
                .withMessage("waited PT0.02S for two requests, but 1 arrived, at last POST /came");
    }

    @Test
    void closingEndsWhatIsHeldBack() throws Exception {
        receiver.onAnyPath().byDefault(Answer.status(200).heldBy(new CountDownLatch(1)));
        var held = client.sendAsync(request("/", ""), HttpResponse.BodyHandlers.discarding());
        receiver.await(1);
        receiver.close();

        receiver.awaitNoConnections();
        assertThat(held.handle((answer, failure) -> failure).join()).isNotNull();
    }

    @Test
    void aPortCanBeTakenOverFromAnEarlierReceiver() throws Exception {
        post("/first", "");
        receiver.close();
        try (var second = RecordingReceiver.start(receiver.port())) {
            post("/second", "");
            assertThat(second.requests()).extracting(ReceivedRequest::path).containsExactly("/second");
        }
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .header("X-One", "1")
                .header("X-One", "2")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private URI uri(String path) {
        return URI.create(receiver.url(path));
    }
}
