package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The floor: threads that do nothing but sign and send, with no queue, no log, no retries. What an engine adds is seen
 * against this.
 */
final class BareLoop {
    private final WebhookTransport transport;
    private final List<TargetUrl> urls = new ArrayList<>();
    private final SigningSecret secret = SigningSecret.generate();

    BareLoop(WebhookTransport transport, ReceiverProcess receiver) {
        this.transport = transport;
        for (int i = 0; i < Load.URLS; i++) {
            urls.add(TargetUrl.parse(receiver.url(Load.path(i))));
        }
    }

    /** Sends so many and waits for all answers. */
    void run(int count, ExecutorService threads) throws InterruptedException, ExecutionException {
        var next = new AtomicInteger();
        var loops = new ArrayList<Future<?>>();
        for (int i = 0; i < Load.IN_FLIGHT; i++) {
            loops.add(threads.submit(() -> {
                for (int n; (n = next.getAndIncrement()) < count; ) {
                    send(n);
                }
            }));
        }
        for (var loop : loops) {
            loop.get();
        }
    }

    /** Sends one, the nth, on the calling thread. */
    void send(int n) {
        var id = UUID.randomUUID().toString();
        long timestamp = System.currentTimeMillis() / 1_000;
        var payload = Load.payload();
        var headers = List.of(
                new Header("Content-Type", "application/json"),
                new Header("User-Agent", "floor"),
                new Header("webhook-id", id),
                new Header("webhook-timestamp", Long.toString(timestamp)),
                new Header("webhook-signature", secret.sign(id, timestamp, payload)),
                new Header("webhook-event-type", Load.type(n)),
                new Header("webhook-attempt", "1"));
        var request = new TransportRequest(
                UUID.randomUUID(), urls.get(n % Load.URLS), headers, payload, Duration.ofSeconds(15));
        var result = transport.send(request);
        if (result instanceof TransportResult.Failure) {
            // As Posthorn would: on JDK 17 about 3 in a million requests over HttpClient find that its pool has closed
            // the connection it gave them.
            result = transport.send(request);
        }
        if (!(result instanceof TransportResult.Response response) || response.status() != 204) {
            throw new IllegalStateException(result.toString());
        }
    }
}
