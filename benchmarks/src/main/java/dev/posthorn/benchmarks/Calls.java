package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The signed POST that every system makes for a delivery, as a team would write it on one client or the other. */
interface Calls extends AutoCloseable {
    /** Sends one to URL number {@code n} and waits for its 204. */
    void post(String eventId, int n, Bytes payload);

    @Override
    void close();

    /** On the JDK's client, blocking: what a library that runs tasks leaves to its user. */
    static Calls overHttpClient(ReceiverProcess receiver) {
        return new OverHttpClient(receiver);
    }

    /** On Posthorn's transport. */
    static Calls overSockets(ReceiverProcess receiver) {
        return new OverSockets(receiver);
    }

    /** Nothing is sent. */
    static Calls none() {
        return new None();
    }

    /** Without any. */
    final class None implements Calls {
        private None() {}

        @Override
        public void post(String eventId, int n, Bytes payload) {
            // As if it had been answered at once.
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    }

    /** With {@link HttpClient}. */
    final class OverHttpClient implements Calls {
        private final HttpClient client = HttpClient.newHttpClient();
        private final SigningSecret secret = SigningSecret.generate();
        private final List<URI> urls = new ArrayList<>();

        private OverHttpClient(ReceiverProcess receiver) {
            for (int i = 0; i < Load.MOST_URLS; i++) {
                urls.add(URI.create(receiver.url(Load.path(i))));
            }
        }

        @Override
        public void post(String eventId, int n, Bytes payload) {
            long timestamp = System.currentTimeMillis() / 1_000;
            var request = HttpRequest.newBuilder(urls.get(n))
                    .timeout(Duration.ofSeconds(15))
                    .header("Content-Type", "application/json")
                    .header("webhook-id", eventId)
                    .header("webhook-timestamp", Long.toString(timestamp))
                    .header("webhook-signature", secret.sign(eventId, timestamp, payload))
                    .header("webhook-event-type", Load.type(n))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(payload.toByteArray()))
                    .build();
            int status;
            try {
                status = client.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
            } catch (IOException problem) {
                throw new IllegalStateException(problem);
            } catch (InterruptedException problem) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(problem);
            }
            if (status != 204) {
                throw new IllegalStateException("answered " + status);
            }
        }

        @Override
        public void close() {
            // Its threads end when it is collected.
        }
    }

    /** With {@link dev.posthorn.webhook.transport.SocketTransport}. */
    final class OverSockets implements Calls {
        private final WebhookTransport transport = Benchmarks.socketTransport();
        private final SigningSecret secret = SigningSecret.generate();
        private final List<TargetUrl> urls = new ArrayList<>();

        private OverSockets(ReceiverProcess receiver) {
            for (int i = 0; i < Load.MOST_URLS; i++) {
                urls.add(TargetUrl.parse(receiver.url(Load.path(i))));
            }
        }

        @Override
        public void post(String eventId, int n, Bytes payload) {
            long timestamp = System.currentTimeMillis() / 1_000;
            var headers = List.of(
                    new Header("Content-Type", "application/json"),
                    new Header("User-Agent", "floor"),
                    new Header("webhook-id", eventId),
                    new Header("webhook-timestamp", Long.toString(timestamp)),
                    new Header("webhook-signature", secret.sign(eventId, timestamp, payload)),
                    new Header("webhook-event-type", Load.type(n)),
                    new Header("webhook-attempt", "1"));
            var result = transport.send(
                    new TransportRequest(UUID.randomUUID(), urls.get(n), headers, payload, Duration.ofSeconds(15)));
            if (!(result instanceof TransportResult.Response response) || response.status() != 204) {
                throw new IllegalStateException(result.toString());
            }
        }

        @Override
        public void close() {
            transport.close();
        }
    }
}
