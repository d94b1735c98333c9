package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import dev.posthorn.webhook.transport.TargetUrl;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** One transport and an endpoint for each of many behaviours, called from a few threads at once. */
final class HostileRun {
    private static final int SENDERS = 8;
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration AMPLE = Duration.ofSeconds(20);
    /** How late a deadline may be kept on a busy machine. */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private static final Bytes SMALL = Bytes.utf8("{\"order\":1}");
    /** More than the buffers of both ends of a connection together. */
    private static final Bytes LARGE = Bytes.wrap(new byte[24 * 1024 * 1024]);

    private static final int MOST_KEPT_BODY = 64 * 1024;
    private static final int MOST_KEPT_HEADERS = 64 * 1024;
    /** Garbage included, of which a TLS handshake makes one or two. */
    private static final long MOST_ALLOCATED = 64 * 1024 * 1024;

    private final Traces before = Traces.now();
    private final Map<HostileBehaviour, HostileEndpoint> endpoints = new LinkedHashMap<>();
    private final Map<HostileBehaviour, Future<Sent>> sent = new LinkedHashMap<>();
    private final WebhookTransport transport;
    private final ExecutorService senders;

    /** How a request ended; {@code second} is that of the first result if there was only one request. */
    record Sent(TransportResult first, TransportResult second, Duration took, long allocated) {}

    HostileRun(
            Supplier<WebhookTransport> transports,
            List<HostileBehaviour> behaviours,
            InetAddress address,
            boolean tls) {
        transport = transports.get();
        senders = Executors.newFixedThreadPool(SENDERS, task -> {
            var thread = new Thread(task, "hostile-sender");
            thread.setDaemon(true);
            return thread;
        });
        for (var behaviour : behaviours) {
            var endpoint = HostileEndpoint.start(behaviour, address, tls);
            endpoints.put(behaviour, endpoint);
            sent.put(behaviour, senders.submit(() -> send(behaviour, endpoint)));
        }
    }

    private Sent send(HostileBehaviour behaviour, HostileEndpoint endpoint) throws InterruptedException {
        long allocated = allocated();
        long start = System.nanoTime();
        var first = transport.send(request(behaviour, endpoint));
        var took = Duration.ofNanos(System.nanoTime() - start);
        allocated = allocated() - allocated;
        endpoint.release();
        if (!behaviour.has(Trait.ASKED_TWICE)) {
            return new Sent(first, first, took, allocated);
        }
        endpoint.awaitForged();
        return new Sent(first, transport.send(request(behaviour, endpoint)), took, allocated);
    }

    private static TransportRequest request(HostileBehaviour behaviour, HostileEndpoint endpoint) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse(endpoint.url("/hooks")),
                List.of(new Header("Content-Type", "application/json")),
                behaviour.has(Trait.LARGE_REQUEST) ? LARGE : SMALL,
                timeout(behaviour));
    }

    private static Duration timeout(HostileBehaviour behaviour) {
        return behaviour.ending().mayTimeOut() ? SHORT : AMPLE;
    }

    /** By this thread, or 0 where the JVM does not count. */
    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
                ? threads.getCurrentThreadAllocatedBytes()
                : 0;
    }

    /** Waits until a behaviour's request has ended. */
    Sent end(HostileBehaviour behaviour) {
        try {
            return Objects.requireNonNull(sent.get(behaviour)).get(2 * AMPLE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the request has not ended", e);
        }
    }

    /** Everything that must be true of one behaviour's request. */
    void check(HostileBehaviour behaviour) {
        var ended = end(behaviour);
        assertThat(ended.first)
                .as("must be %s", behaviour.ending())
                .matches(behaviour.ending()::allows, behaviour.ending().toString());
        if (behaviour.has(Trait.ASKED_TWICE)) {
            assertThat(ended.second)
                    .isInstanceOfSatisfying(
                            TransportResult.Response.class,
                            response -> assertThat(response.status()).isEqualTo(200));
        }
        assertThat(ended.took).isLessThan(timeout(behaviour).plus(MARGIN));
        assertThat(ended.allocated).as("bytes allocated meanwhile").isLessThan(MOST_ALLOCATED);
        checkKept(ended.first);
        if (ended.first instanceof TransportResult.Response response) {
            behaviour.check(response);
        }
        var endpoint = Objects.requireNonNull(endpoints.get(behaviour));
        if (!behaviour.has(Trait.ASKED_TWICE)) {
            // On a busy machine a short deadline may pass before there is a connection.
            assertThat(endpoint.connections())
                    .as("connections: sent once, nothing followed")
                    .isBetween(behaviour.ending().mayTimeOut() ? 0 : 1, 1);
        }
        if (!behaviour.has(Trait.MAY_BE_KEPT)) {
            endpoint.awaitNoConnections();
        }
    }

    private static void checkKept(TransportResult result) {
        if (result instanceof TransportResult.Failure failure) {
            assertThat(failure.detail())
                    .as("what the endpoint's owner may see")
                    .isNotBlank()
                    .doesNotContain("127.0.0.1", "::1", "Exception", "null", "SSH", "ESMTP", "\r", "\n");
            return;
        }
        var response = (TransportResult.Response) result;
        assertThat(response.body().size()).as("bytes kept of the body").isLessThanOrEqualTo(MOST_KEPT_BODY);
        int characters = 0;
        for (var header : response.headers()) {
            assertThat(header.name() + header.value()).matches("[\\x20-\\x7e]*");
            characters += header.name().length() + header.value().length();
        }
        assertThat(characters).as("characters kept of the header").isLessThanOrEqualTo(MOST_KEPT_HEADERS);
    }

    /** Closes the transport, after which nothing may be left of it. */
    void checkNothingIsLeft(boolean closesIdleConnections) {
        senders.shutdownNow();
        transport.close();
        try {
            if (closesIdleConnections) {
                endpoints.values().forEach(HostileEndpoint::awaitNoConnections);
            }
        } finally {
            endpoints.values().forEach(HostileEndpoint::close);
        }
        assumeTrue(closesIdleConnections, "its connections and threads end by themselves, later");
        Traces.awaitNothingSince(before);
    }

    /** Closes everything, whatever is left. */
    void close() {
        senders.shutdownNow();
        transport.close();
        endpoints.values().forEach(HostileEndpoint::close);
    }
}
