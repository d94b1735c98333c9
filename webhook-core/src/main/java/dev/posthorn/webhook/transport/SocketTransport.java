package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport for URLs that customers choose: HTTP/1.1 over blocking sockets of its own.
 *
 * <ul>
 *   <li>It looks a name up once, checks every address the name has, and connects to one of these very addresses. No name
 *       server can change its mind in between. One forbidden address is enough to refuse the name.
 *   <li>One deadline, set before the look-up, ends everything: connecting, TLS, an upload that nobody reads, an answer
 *       that drips.
 *   <li>Answers are read strictly and within limits: 32 KB and 200 fields of header, eight interim answers, a part of the
 *       body, and little more than that of what TLS does for itself. Whatever the endpoint sends, the connection is closed
 *       or kept for the next request, and nothing else.
 *   <li>It follows no redirects, reads no proxy settings of the system, and neither asks for compression nor undoes it.
 * </ul>
 *
 * <p>Connections are kept for 30 seconds, and for two minutes in all, so that changes in the DNS take effect. If a kept
 * connection turns out to be closed before anything of the answer has come, the request is sent once more over a new
 * one, within the same deadline. An endpoint that takes a request and then closes without a word may therefore get it
 * twice, but only over a connection that it had agreed to keep.
 *
 * <p>All processors but one are the most that TLS handshakes compute on at a time, so that endpoints that demand many of
 * them do not keep the requests to others waiting.
 *
 * <p>Sockets do not notice interrupts. A watchdog thread looks for them 20 times a second and closes the socket of an
 * interrupted sender; the sender's flag stays set. {@link #close()} ends what is being sent, too. Safe for use by several
 * threads.
 */
public final class SocketTransport implements WebhookTransport {
    private static final Logger LOG = LoggerFactory.getLogger(SocketTransport.class);

    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

    /** How long somebody who sets up a subscription waits for its name at most. */
    static final Duration EARLY_PATIENCE = Duration.ofSeconds(2);

    private final CallRules rules;
    private final int maxStoredBody;
    private final int maxReadBody;
    private final TlsContexts contexts;
    private final @Nullable EgressProxy proxy;
    private final Lookup lookup;
    private final @Nullable EarlyCheck earlyCheck;
    private final Connector connector;
    private final ConnectionPool pool;
    private final Watchdog watchdog;

    private SocketTransport(Builder builder) {
        rules = new CallRules(
                builder.addresses, builder.httpsOnly, Set.copyOf(builder.ports), Set.copyOf(builder.hosts));
        maxStoredBody = builder.maxStoredBody;
        maxReadBody = builder.maxReadBody;
        contexts = builder.contexts;
        proxy = builder.proxy;
        lookup = new Lookup(builder.names);
        // A proxy looks names up where it stands, and decides by itself.
        earlyCheck = builder.earlyLookup && proxy == null ? new EarlyCheck(builder.names, EARLY_PATIENCE) : null;
        connector = new Connector(rules, lookup, proxy, builder.turns);
        pool = new ConnectionPool(builder.clock);
        watchdog = new Watchdog(pool);
        watchdog.start();
    }

    /** A transport with every setting at its default. */
    public static SocketTransport create() {
        return builder().build();
    }

    /** For a transport with other settings. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public TransportResult send(TransportRequest request) {
        var timeout = request.timeout().compareTo(LONGEST_TIMEOUT) < 0 ? request.timeout() : LONGEST_TIMEOUT;
        var exchange = new Exchange(Thread.currentThread(), System.nanoTime() + timeout.toNanos());
        if (!watchdog.watch(exchange)) {
            return Failures.CLOSED;
        }
        try {
            return send(request, exchange);
        } catch (FailedException e) {
            return e.failure();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Failures.INTERRUPTED;
        } catch (RuntimeException e) {
            // A header that cannot be sent, a TlsContexts that threw, or a fault of ours.
            logFailure(request, e);
            return Failures.of(AttemptOutcome.ERROR);
        } finally {
            watchdog.forget(exchange);
        }
    }

    private TransportResult send(TransportRequest request, Exchange exchange)
            throws FailedException, InterruptedException {
        var url = request.url();
        var end = exchange.failure();
        if (end != null) {
            return end;
        }
        var formRefusal = rules.refusalOfForm(url);
        if (formRefusal.isPresent()) {
            return new TransportResult.Failure(AttemptOutcome.BLOCKED, formRefusal.get());
        }
        if (rules.refusal(url).isPresent()) {
            return Failures.of(AttemptOutcome.BLOCKED);
        }
        var head = proxy == null || url.isTls()
                ? RequestHead.post(request, url.pathAndQuery(), List.of())
                : RequestHead.post(request, url.toString(), proxy.headers());
        var endpoint = new Endpoint(
                url.isTls(),
                url.host(),
                url.port(),
                url.isTls() ? contexts.contextFor(request.subscriptionId(), url) : null);
        var kept = takeKept(endpoint, exchange);
        var result = kept == null ? null : exchange(kept, request, head, exchange, true);
        if (result == null) {
            var fresh = connector.connect(url, endpoint, exchange, pool.now());
            result = exchange(fresh, request, head, exchange, false);
        }
        return result == null ? Failures.of(AttemptOutcome.DISCONNECTED) : result;
    }

    private @Nullable Connection takeKept(Endpoint endpoint, Exchange exchange) throws FailedException {
        for (var kept = pool.take(endpoint); kept != null; kept = pool.take(endpoint)) {
            boolean isGood = false;
            try {
                exchange.use(kept.raw());
                isGood = connector.isAllowed(kept) && kept.isQuiet(pool.now() - kept.idleSince);
            } finally {
                if (!isGood) {
                    kept.close();
                }
            }
            if (isGood) {
                return kept;
            }
        }
        return null;
    }

    /** Sends and reads over a connection, and keeps or closes it. Returns {@code null} if a kept one was dead. */
    private @Nullable TransportResult exchange(
            Connection connection, TransportRequest request, byte[] head, Exchange exchange, boolean isKept)
            throws FailedException {
        var reader = connection.reader(maxStoredBody, maxReadBody);
        boolean isReusable = false;
        try {
            exchange.use(connection.raw());
            boolean isSent = write(connection, request, head);
            var answer = reader.read();
            var refusal = connector.refusalIn(answer, request.url());
            isReusable = isSent && answer.isReusable();
            return refusal == null
                    ? new TransportResult.Response(answer.status(), answer.headers(), answer.body())
                    : refusal;
        } catch (IOException e) {
            logFailure(request, e);
            var end = exchange.failure();
            if (end != null) {
                return end;
            }
            return isKept && !reader.hasBegun() ? null : failure(e, request, reader.hasBegun());
        } finally {
            boolean isOpen = exchange.release();
            if (isOpen && isReusable) {
                pool.give(connection);
            } else {
                connection.close();
            }
        }
    }

    /**
     * Returns whether all was sent. If not, the endpoint may have answered before it had read everything, as many do to
     * what is too large for them, so that reading is worth a try (RFC 9112 §9.5).
     */
    private static boolean write(Connection connection, TransportRequest request, byte[] head) {
        try {
            connection.write(head, request.body());
            return true;
        } catch (IOException e) {
            logFailure(request, e);
            return false;
        }
    }

    private TransportResult.Failure failure(IOException e, TransportRequest request, boolean hasBegun) {
        if (Failures.has(e, BadAnswerException.class)) {
            // With TLS it may be a cause.
            return Failures.of(AttemptOutcome.BAD_RESPONSE);
        }
        if (e instanceof SSLException && !hasBegun) {
            // In TLS 1.3 a server that does not like our certificate says so after the handshake.
            return Failures.ofTls(e);
        }
        // For http URLs, the proxy would answer if it was the target that broke off.
        boolean isOfProxy = proxy != null && !request.url().isTls() && !hasBegun;
        return Failures.of(isOfProxy ? AttemptOutcome.PROXY_FAILED : AttemptOutcome.DISCONNECTED);
    }

    private static void logFailure(TransportRequest request, Exception e) {
        // With the host alone, since paths and queries are often credentials.
        LOG.atDebug().addKeyValue("host", request.url().host()).setCause(e).log("request failed");
    }

    @Override
    public Optional<String> refusal(TargetUrl url) {
        var refusal = rules.refusal(url);
        return refusal.isPresent() || earlyCheck == null
                ? refusal
                : earlyCheck.refusal(
                        url, address -> rules.refusal(url.host(), address).isEmpty());
    }

    /** Ends what is being sent, closes all connections, and ends the threads. */
    @Override
    public void close() {
        watchdog.close();
        pool.close();
        lookup.close();
        if (earlyCheck != null) {
            earlyCheck.close();
        }
    }

    /** How many connections wait for their next request. */
    int idleConnections() {
        return pool.size();
    }

    /** Makes transports. Not safe for use by several threads. */
    public static final class Builder {
        private static final int MOST_STORED = 1024 * 1024;
        private static final int MOST_READ = 16 * 1024 * 1024;
        private static final int MOST_PORT = 65535;

        private AddressPolicy addresses = AddressPolicy.publicOnly();
        private boolean httpsOnly;
        private List<Integer> ports = List.of();
        private List<String> hosts = List.of();
        private int maxStoredBody = 4 * 1024;
        private int maxReadBody = 64 * 1024;
        private TlsContexts contexts = (subscriptionId, url) -> Connector.defaultContext();
        private @Nullable EgressProxy proxy;
        private boolean earlyLookup = true;
        private Lookup.Names names = InetAddress::getAllByName;
        private LongSupplier clock = System::nanoTime;
        private HandshakeTurns turns = HandshakeTurns.forProcessors();

        private Builder() {}

        /** Which addresses may be called, by default only public ones. */
        public Builder addresses(AddressPolicy policy) {
            addresses = policy;
            return this;
        }

        /** Whether plain {@code http} is refused, by default not. */
        public Builder httpsOnly(boolean only) {
            httpsOnly = only;
            return this;
        }

        /** Which ports may be called, 1 to 65535; by default, and if none is given, any. */
        public Builder allowedPorts(int... allowed) {
            ports = IntStream.of(allowed).boxed().toList();
            return this;
        }

        /**
         * Names whose addresses may be called whatever they are, such as those of services of the host's own. Only these
         * very names, not those under them; the addresses themselves and other names for them stay refused.
         */
        public Builder allowedHosts(String... names) {
            hosts = List.of(names);
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

        /** What certificates are checked against, and our own if we have one; by default the JVM's. */
        public Builder sslContext(SSLContext context) {
            return sslContexts((subscriptionId, url) -> context);
        }

        /**
         * The same by subscription or URL, for certificates of our own that differ from endpoint to endpoint. The last
         * call of this and {@link #sslContext} counts.
         */
        public Builder sslContexts(TlsContexts chosen) {
            contexts = chosen;
            return this;
        }

        /**
         * A proxy that everything goes through. It looks names up and decides what may be called: here only URLs with an
         * address in them, or {@code localhost}, are judged. Where it refuses a request, the attempt counts as blocked;
         * where it fails, as a failure of the proxy. For {@code http} URLs the two can be told from an answer of the
         * endpoint only if the proxy answers 407 or breaks off. By default there is none, whatever the system is set to.
         */
        public Builder proxy(EgressProxy egress) {
            proxy = egress;
            return this;
        }

        /**
         * Whether the name in a subscription's new URL is looked up when it is set, for two seconds at most, so that one
         * with a forbidden address is refused at once. By default it is, except behind a proxy. A name that cannot be
         * found is let through, and every request is judged anew in any case. Turn it off where those who set up
         * subscriptions are not to learn at once whether a name is known within your network, or where the process that
         * sets them up sees other names than those that send.
         */
        public Builder earlyLookup(boolean early) {
            earlyLookup = early;
            return this;
        }

        /** How names are looked up, in tests. */
        Builder names(Lookup.Names lookup) {
            names = lookup;
            return this;
        }

        /** How idle connections grow old, in tests. */
        Builder clock(LongSupplier nanoTime) {
            clock = nanoTime;
            return this;
        }

        /** How many handshakes are computed at a time, in tests. */
        Builder turns(HandshakeTurns handshakes) {
            turns = handshakes;
            return this;
        }

        /**
         * A transport with these settings.
         *
         * @throws InvalidInputException naming every setting that is wrong
         */
        public SocketTransport build() {
            var faults = new ArrayList<InvalidInputException.Fault>();
            for (int i = 0; i < ports.size(); i++) {
                check(ports.get(i), "allowedPorts[" + i + "]", 1, MOST_PORT, "", faults);
            }
            hosts = normalised(hosts, faults);
            check(maxStoredBody, "maxStoredBody", 0, Math.min(MOST_STORED, Math.max(0, maxReadBody)), " bytes", faults);
            check(maxReadBody, "maxReadBody", 1, MOST_READ, " bytes", faults);
            if (!faults.isEmpty()) {
                throw new InvalidInputException(faults);
            }
            return new SocketTransport(this);
        }

        private static List<String> normalised(List<String> hosts, List<InvalidInputException.Fault> faults) {
            var normalised = new HashSet<String>();
            for (int i = 0; i < hosts.size(); i++) {
                var problems = new ArrayList<String>();
                var host = TargetHost.parse(hosts.get(i), problems);
                if (host != null && host.address() != null) {
                    problems.add("must be a name: addresses are allowed by addresses(…)");
                }
                for (var problem : problems) {
                    faults.add(new InvalidInputException.Fault("allowedHosts[" + i + "]", problem));
                }
                if (host != null) {
                    normalised.add(host.name());
                }
            }
            return List.copyOf(normalised);
        }

        private static void check(
                int value, String field, int least, int most, String unit, List<InvalidInputException.Fault> faults) {
            if (value < least || value > most) {
                faults.add(new InvalidInputException.Fault(
                        field, "must be from " + least + " to " + most + unit + ", is " + value));
            }
        }
    }
}
