package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A part of {@link TransportContract}. */
abstract class TransportTests {
    /** Far more than an exchange with this machine takes, so that a slow machine fails no test. */
    static final Duration AMPLE = Duration.ofSeconds(20);

    static final Bytes BODY = Bytes.utf8("{\"order\":1}");

    RecordingReceiver receiver;
    WebhookTransport transport;

    abstract WebhookTransport createTransport();

    @BeforeEach
    void open() {
        receiver = RecordingReceiver.start();
        transport = createTransport();
    }

    @AfterEach
    void close() {
        transport.close();
        receiver.close();
    }

    TransportResult send() {
        return send(AMPLE);
    }

    TransportResult send(Duration timeout) {
        return transport.send(request("/hooks", BODY, timeout));
    }

    TransportRequest request(String path, Bytes body, Duration timeout) {
        return request(receiver.url(path), List.of(new Header("Content-Type", "application/json")), body, timeout);
    }

    static TransportRequest request(String url, List<Header> headers, Bytes body, Duration timeout) {
        return new TransportRequest(UUID.randomUUID(), TargetUrl.parse(url), headers, body, timeout);
    }

    static TransportResult.Response response(TransportResult result) {
        assertThat(result).isInstanceOf(TransportResult.Response.class);
        return (TransportResult.Response) result;
    }

    static void assertFailed(AttemptOutcome outcome, TransportResult result) {
        assertThat(result).isInstanceOf(TransportResult.Failure.class);
        var failure = (TransportResult.Failure) result;
        assertThat(failure.outcome()).as(failure.detail()).isEqualTo(outcome);
        assertThat(failure.detail()).isNotBlank();
    }
}
