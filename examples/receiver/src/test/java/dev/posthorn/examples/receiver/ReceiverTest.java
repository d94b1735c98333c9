package dev.posthorn.examples.receiver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.SigningSecret;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReceiverTest {
    private static final String SECRET = "whsec_bXktdmVyeS1zZWNyZXQta2V5LWZvci10ZXN0cw==";

    private final HttpClient http = HttpClient.newHttpClient();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void aGoodSignatureIsVerified() throws Exception {
        try (var receiver = start("--secret", SECRET)) {
            assertThat(send(receiver, signed(SECRET, "{\"order\":1}"))).isEqualTo(200);
        }

        assertThat(lines())
                .containsExactly("verified, answered 200: order.created, attempt 1, id event-1, {\"order\":1}");
    }

    @Test
    void aRequestWithoutAGoodSignatureIsRefusedAndSaysWhy() throws Exception {
        try (var receiver = start("--secret", SECRET)) {
            var other = SigningSecret.generate().reveal();
            assertThat(send(receiver, signed(other, "{}"))).isEqualTo(401);
            assertThat(send(receiver, post("{}"))).isEqualTo(401);
        }

        assertThat(lines())
                .containsExactly(
                        "REFUSED (no signature of the request matches its content), answered 401: order.created,"
                                + " attempt 1, id event-1, {}",
                        "REFUSED (the request has no webhook-id), answered 401: -, attempt -, id -, {}");
    }

    @Test
    void aSignatureOfAPrivateKeyIsVerifiedWithThePublicOne() throws Exception {
        var key = SigningSecret.generateEd25519();
        try (var receiver = start("--secret", key.publicKey().orElseThrow())) {
            assertThat(send(receiver, signed(key.reveal(), "{}"))).isEqualTo(200);
            assertThat(send(receiver, signed(SigningSecret.generateEd25519().reveal(), "{}")))
                    .isEqualTo(401);
            assertThat(send(receiver, signed(SECRET, "{}"))).isEqualTo(401);
        }
    }

    @Test
    void oneOfSeveralSecretsIsEnough() throws Exception {
        var key = SigningSecret.generateEd25519();
        try (var receiver =
                start("--secret", SECRET, "--secret", key.publicKey().orElseThrow())) {
            assertThat(send(receiver, signed(key.reveal(), "{}"))).isEqualTo(200);
            assertThat(send(receiver, signed(SECRET, "{}"))).isEqualTo(200);
        }
    }

    @Test
    void gitHubsSignatureIsVerifiedWhereThatIsTheScheme() throws Exception {
        // GitHub's own example.
        var signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        try (var receiver = start("--secret", "It's a Secret to Everybody", "--scheme", "github")) {
            assertThat(send(receiver, post("Hello, World!").header("X-Hub-Signature-256", signature)))
                    .isEqualTo(200);
            assertThat(send(receiver, post("Hello, world!").header("X-Hub-Signature-256", signature)))
                    .isEqualTo(401);
        }
    }

    @Test
    void theSecretCanComeFromTheEnvironment() throws Exception {
        var options = Options.parse(List.of("--port", "0"), Map.of(Options.SECRET_VARIABLE, SECRET));
        try (var receiver = Receiver.start(options, new PrintStream(printed, true, UTF_8))) {
            assertThat(send(receiver, signed(SECRET, "{}"))).isEqualTo(200);
            assertThat(send(receiver, post("{}"))).isEqualTo(401);
        }
    }

    @Test
    void withoutASecretNothingIsChecked() throws Exception {
        try (var receiver = start()) {
            assertThat(send(receiver, post("{}"))).isEqualTo(200);
        }

        assertThat(lines()).containsExactly("not checked, answered 200: -, attempt -, id -, {}");
    }

    @Test
    void failsAsOftenAsItIsTold() throws Exception {
        try (var receiver = start("--fail", "2")) {
            assertThat(statuses(receiver, 3)).containsExactly(500, 500, 200);
        }
        try (var receiver = start("--fail", "1", "--status", "503")) {
            assertThat(statuses(receiver, 2)).containsExactly(503, 200);
        }
        try (var receiver = start("--status", "410")) {
            assertThat(statuses(receiver, 2)).containsExactly(410, 410);
        }
    }

    @Test
    void hangsWhenToldTo() throws Exception {
        try (var receiver = start("--hang")) {
            var request = post("{}").timeout(Duration.ofMillis(300));
            assertThatThrownBy(() -> send(receiver, request)).isInstanceOf(HttpTimeoutException.class);
        }

        assertThat(lines()).containsExactly("not checked, not answered: -, attempt -, id -, {}");
    }

    @Test
    void printsNothingThatCouldSteerATerminal() throws Exception {
        try (var receiver = start()) {
            send(receiver, post("a\u001b[2Jb\nc" + "x".repeat(500)));
        }

        assertThat(lines())
                .containsExactly("not checked, answered 200: -, attempt -, id -, a?[2Jb?c" + "x".repeat(192) + "…");
    }

    @Test
    void takesPostsOnlyAndNoEndlessBody() throws Exception {
        try (var receiver = start()) {
            var get = http.send(HttpRequest.newBuilder(uri(receiver)).build(), HttpResponse.BodyHandlers.discarding());
            assertThat(get.statusCode()).isEqualTo(405);
            assertThat(send(receiver, post("x".repeat(1024 * 1024 + 1)))).isEqualTo(413);
        }
    }

    @Test
    void wrongOptionsAreAllNamed() {
        var arguments = List.of("--verbose", "--port", "70000", "--fail", "few", "--status", "99", "--secret");

        assertThatThrownBy(() -> Options.parse(arguments, Map.of())).hasMessage("""
                        unknown option: --verbose
                        --port must be a number from 0 to 65535
                        --fail must be a number from 0 to 2147483647
                        --status must be a number from 200 to 599
                        --secret needs a value""");
    }

    private Receiver start(String... arguments) throws Exception {
        var options = new ArrayList<>(List.of("--port", "0"));
        options.addAll(List.of(arguments));
        return Receiver.start(Options.parse(options, Map.of()), new PrintStream(printed, true, UTF_8));
    }

    private List<String> lines() {
        return printed.toString(UTF_8).lines().toList();
    }

    private static HttpRequest.Builder post(String body) {
        return HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder signed(String secret, String body) {
        long now = Instant.now().getEpochSecond();
        return post(body)
                .header("webhook-id", "event-1")
                .header("webhook-timestamp", Long.toString(now))
                .header("webhook-signature", SigningSecret.of(secret).sign("event-1", now, Bytes.utf8(body)))
                .header("webhook-event-type", "order.created")
                .header("webhook-attempt", "1");
    }

    private List<Integer> statuses(Receiver receiver, int requests) throws Exception {
        var statuses = new ArrayList<Integer>();
        for (int i = 0; i < requests; i++) {
            statuses.add(send(receiver, post("{}")));
        }
        return statuses;
    }

    private int send(Receiver receiver, HttpRequest.Builder request) throws Exception {
        return http.send(request.uri(uri(receiver)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static URI uri(Receiver receiver) {
        return URI.create("http://127.0.0.1:" + receiver.port() + "/");
    }
}
