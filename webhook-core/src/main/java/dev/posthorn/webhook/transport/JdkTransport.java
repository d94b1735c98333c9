package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport on {@link HttpClient}, for endpoints that the host trusts, and for HTTP/2. It is not for URLs that
 * customers choose:
 *
 * <ul>
 *   <li>{@code HttpClient} looks names up by itself. This class looks each name up first and checks every address it
 *       gets, but where the name server answers otherwise a moment later, the request goes to an address that nobody
 *       checked. The second look-up also runs on the calling thread, where no timeout ends it.
 *   <li>{@code HttpClient} leaks one socket for every answer that is not well-formed HTTP, until the process has no
 *       descriptors left (seen on Java 17 and 25).
 *   <li>It takes two to three times as much CPU as sockets of one's own.
 *   <li>Over HTTP/2, the requests to a host share a connection, and an endpoint can keep this one busy for ever.
 * </ul>
 *
 * <p>It follows no redirects, reads no proxy settings of the system, and neither asks for compression nor undoes it.
 * Idle connections stay as long as {@code jdk.httpclient.keepalive.timeout} says, for the whole JVM. Safe for use by
 * several threads.
 */
public final class JdkTransport implements WebhookTransport {
    private static final Logger LOG = LoggerFactory.getLogger(JdkTransport.class);

    private static final int FIRST_FINAL_STATUS = 200;
    private static final int LAST_STATUS = 599;

    private final AddressPolicy addresses;
    private final int maxStoredBody;
    private final int maxReadBody;
    private final HttpClient client;
    private final Lookup lookup;
    private final @Nullable EarlyCheck earlyCheck;
    private final JdkDeadlines deadlines = new JdkDeadlines();

    private JdkTransport(Builder builder) {
        addresses = builder.addresses;
        maxStoredBody = builder.maxStoredBody;
        maxReadBody = builder.maxReadBody;
        lookup = new Lookup(builder.names);
        earlyCheck = builder.earlyLookup ? new EarlyCheck(builder.names, SocketTransport.EARLY_PATIENCE) : null;
        var http = HttpClient.newBuilder()
                .version(builder.http2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY);
        if (builder.sslContext != null) {
            http.sslContext(builder.sslContext);
        }
        client = http.build();
    }

    /** A transport with every setting at its default. */
    public static JdkTransport create() {
        return builder().build();
    }

    /** For a transport with other settings. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public TransportResult send(TransportRequest request) {
        long deadline = System.nanoTime() + request.timeout().toNanos();
        try {
            return isAllowed(request.url(), deadline)
                    ? exchange(request, deadline)
                    : Failures.of(AttemptOutcome.BLOCKED);
        } catch (UnknownHostException e) {
            return Failures.of(AttemptOutcome.UNRESOLVED);
        } catch (TimeoutException e) {
            return Failures.of(AttemptOutcome.TIMED_OUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Failures.INTERRUPTED;
        } catch (RejectedExecutionException e) {
            return Failures.CLOSED;
        }
    }

    /** Looks the host up and checks every address, because there is no telling which of them will be used. */
    private boolean isAllowed(TargetUrl url, long deadline)
            throws InterruptedException, TimeoutException, UnknownHostException {
        var literal = url.literalAddress();
        var found = literal.isPresent()
                ? new InetAddress[] {literal.get()}
                : lookup.find(url.host(), deadline - System.nanoTime());
        for (var address : found) {
            var refusal = addresses.refusal(address);
            if (refusal.isPresent()) {
                LOG.atDebug()
                        .addKeyValue("host", url.host())
                        .addKeyValue("reason", refusal.get())
                        .log("address refused");
                return false;
            }
        }
        return true;
    }

    private TransportResult exchange(TransportRequest request, long deadline)
            throws InterruptedException, TimeoutException {
        HttpRequest http;
        try {
            http = toHttp(request);
        } catch (IllegalArgumentException e) {
            // A header that HttpClient keeps to itself or cannot send: a fault of the caller's.
            logFailure(request, e);
            return Failures.of(AttemptOutcome.ERROR);
        }
        var body = new JdkBody(maxStoredBody, maxReadBody);
        try {
            return toResult(deadlines.limit(() -> client.send(http, info -> body), deadline - System.nanoTime()));
        } catch (RejectedExecutionException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // HttpClient also lets out unchecked exceptions: a Content-Length of "x" is a NumberFormatException.
            logFailure(request, e);
            return JdkFailures.of(e, body.hasBegun());
        }
    }

    private static HttpRequest toHttp(TransportRequest request) {
        var http = HttpRequest.newBuilder(request.url().toUri())
                .POST(HttpRequest.BodyPublishers.ofByteArray(request.body().toByteArray()));
        if (!request.url().isTls()) {
            // Else a client that may use HTTP/2 asks in every request over plain HTTP whether to change to it.
            http.version(HttpClient.Version.HTTP_1_1);
        }
        request.headers().forEach(header -> http.header(header.name(), header.value()));
        return http.build();
    }

    private static TransportResult toResult(HttpResponse<Bytes> response) {
        int status = response.statusCode();
        return status >= FIRST_FINAL_STATUS && status <= LAST_STATUS
                ? new TransportResult.Response(status, JdkHeaders.excerpt(response.headers()), response.body())
                : Failures.of(AttemptOutcome.BAD_RESPONSE);
    }

    private static void logFailure(TransportRequest request, Exception e) {
        // With the host alone, since paths and queries are often credentials.
        LOG.atDebug().addKeyValue("host", request.url().host()).setCause(e).log("request failed");
    }

    @Override
    public Optional<String> refusal(TargetUrl url) {
        var refusal = addresses.refusal(url);
        return refusal.isPresent() || earlyCheck == null
                ? refusal
                : earlyCheck.refusal(url, address -> addresses.refusal(address).isEmpty());
    }

    /**
     * Ends the threads, and the connections too on Java 21 and later. On 17 these end once neither this object nor a
     * request holds on to the client.
     */
    @Override
    public void close() {
        lookup.close();
        if (earlyCheck != null) {
            earlyCheck.close();
        }
        deadlines.close();
        JdkShutdown.now(client);
    }

    /** Makes transports. Not safe for use by several threads. */
    public static final class Builder {
        private static final int MOST_STORED = 1024 * 1024;
        private static final int MOST_READ = 16 * 1024 * 1024;

        private AddressPolicy addresses = AddressPolicy.publicOnly();
        private int maxStoredBody = 4 * 1024;
        private int maxReadBody = 64 * 1024;
        private boolean http2;
        private @Nullable SSLContext sslContext;
        private boolean earlyLookup = true;
        private Lookup.Names names = InetAddress::getAllByName;

        private Builder() {}

        /** Which addresses may be called, by default only public ones. */
        public Builder addresses(AddressPolicy policy) {
            addresses = policy;
            return this;
        }

        /** How much of an answer's body to keep: 0 to 1 MiB, by default 4 KiB. Not more than is read. */
        public Builder maxStoredBody(int bytes) {
            maxStoredBody = bytes;
            return this;
        }

        /**
         * How much of an answer's body to read: 1 byte to 16 MiB, by default 64 KiB. The connection is closed at that,
         * and the answer counts like one that ended there.
         */
        public Builder maxReadBody(int bytes) {
            maxReadBody = bytes;
            return this;
        }

        /** Whether to use HTTP/2 with {@code https} endpoints that know it, by default not. */
        public Builder http2(boolean allowed) {
            http2 = allowed;
            return this;
        }

        /** What certificates are checked against, and our own if we have one; by default the JVM's. */
        public Builder sslContext(SSLContext context) {
            sslContext = context;
            return this;
        }

        /** As {@link SocketTransport.Builder#earlyLookup}. */
        public Builder earlyLookup(boolean early) {
            earlyLookup = early;
            return this;
        }

        /** How names are looked up, in tests. {@link HttpClient} does not use it. */
        Builder names(Lookup.Names lookup) {
            names = lookup;
            return this;
        }

        /**
         * A transport with these settings.
         *
         * @throws InvalidInputException naming every setting out of bounds
         */
        public JdkTransport build() {
            var faults = new ArrayList<InvalidInputException.Fault>();
            check(maxStoredBody, "maxStoredBody", 0, Math.min(MOST_STORED, Math.max(0, maxReadBody)), faults);
            check(maxReadBody, "maxReadBody", 1, MOST_READ, faults);
            if (!faults.isEmpty()) {
                throw new InvalidInputException(faults);
            }
            return new JdkTransport(this);
        }

        private static void check(
                int bytes, String field, int least, int most, List<InvalidInputException.Fault> faults) {
            if (bytes < least || bytes > most) {
                faults.add(new InvalidInputException.Fault(
                        field, "must be from " + least + " to " + most + " bytes, is " + bytes));
            }
        }
    }
}
