package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes connections: looks a name up once, checks every address it has, and connects to these addresses and no others.
 * Through a proxy, which looks names up by itself, only the proxy's. Safe for use by several threads.
 */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

    private static final int MOST_ADDRESSES = 3;
    /** What may come in until a connection stands: two handshakes, at 32 KiB a chain of certificates, and a proxy's answer. */
    private static final int MOST_BYTES_TO_CONNECT = 128 * 1024;

    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private static final Failure PROXY_REFUSED =
            new Failure(AttemptOutcome.BLOCKED, "the egress proxy does not allow this address");

    private final CallRules rules;
    private final Lookup lookup;
    private final @Nullable EgressProxy proxy;
    private final HandshakeTurns turns;

    Connector(CallRules rules, Lookup lookup, @Nullable EgressProxy proxy, HandshakeTurns turns) {
        this.rules = rules;
        this.lookup = lookup;
        this.proxy = proxy;
        this.turns = turns;
    }

    /** The JVM's context. */
    static SSLContext defaultContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's SSLContext cannot be made", e);
        }
    }

    /** Whether a connection may (still) be used. */
    boolean isAllowed(Connection connection) {
        return proxy != null || isAllowed(connection.endpoint().host(), connection.address());
    }

    /**
     * Makes a connection and, for {@code https}, the TLS on it.
     *
     * @param now by the pool's clock
     * @throws FailedException if that failed; nothing is left open then
     * @throws InterruptedException if the thread was interrupted, its flag cleared
     */
    Connection connect(TargetUrl url, Endpoint endpoint, Exchange exchange, long now)
            throws FailedException, InterruptedException {
        var raw = proxy == null ? dialTarget(url, exchange) : dialProxy(proxy, exchange);
        boolean isMade = false;
        try {
            Socket socket = raw;
            if (proxy != null) {
                socket = enter(proxy, url, raw, exchange);
            }
            if (endpoint.context() != null) {
                socket = secure(raw, socket, url, endpoint.context(), exchange);
            }
            var connection = new Connection(endpoint, raw.getInetAddress(), raw, socket, now);
            isMade = true;
            return connection;
        } catch (IOException e) {
            throw failed(exchange, Failures.of(AttemptOutcome.DISCONNECTED), e);
        } finally {
            if (!isMade) {
                Exchange.close(raw);
            }
        }
    }

    private MeteredSocket dialTarget(TargetUrl url, Exchange exchange) throws FailedException, InterruptedException {
        var addresses = find(url, exchange);
        for (var address : addresses) {
            // One that is forbidden is enough: there is no honest reason for a name to have both kinds.
            if (!isAllowed(url.host(), address)) {
                throw new FailedException(Failures.of(AttemptOutcome.BLOCKED));
            }
        }
        return dial(addresses, url.port(), exchange);
    }

    /** Connects to the proxy. Whatever fails on the way to it is its failure, unless it is ours. */
    private MeteredSocket dialProxy(EgressProxy to, Exchange exchange) throws FailedException, InterruptedException {
        try {
            return dial(find(to.url(), exchange), to.url().port(), exchange);
        } catch (FailedException e) {
            throw ofProxy(e);
        }
    }

    /** Makes the TLS to the proxy if it wants some, and a tunnel if the target does. */
    private Socket enter(EgressProxy proxy, TargetUrl url, MeteredSocket raw, Exchange exchange)
            throws FailedException {
        Socket socket = raw;
        if (proxy.url().isTls()) {
            var context = proxy.sslContext() == null ? defaultContext() : proxy.sslContext();
            try {
                socket = secure(raw, raw, proxy.url(), context, exchange);
            } catch (FailedException e) {
                throw ofProxy(e);
            }
        }
        if (url.isTls()) {
            tunnel(proxy, url, socket, exchange);
        }
        return socket;
    }

    private static void tunnel(EgressProxy proxy, TargetUrl url, Socket socket, Exchange exchange)
            throws FailedException {
        try {
            socket.getOutputStream().write(RequestHead.connect(url, proxy.headers()));
            socket.getOutputStream().flush();
            var reader = new AnswerReader(socket.getInputStream(), new byte[AnswerReader.BUFFER_BYTES], 0, 0);
            int status = reader.readHead();
            if (status / 100 != 2) {
                throw new FailedException(ofProxyStatus(status));
            }
            if (!reader.isDrained()) {
                // What comes behind that answer is the target's (RFC 9110 §9.3.6), and in TLS it is not the target that
                // speaks first.
                throw new FailedException(Failures.of(AttemptOutcome.TLS_FAILED));
            }
        } catch (IOException e) {
            throw failed(exchange, Failures.of(AttemptOutcome.PROXY_FAILED), e);
        }
    }

    private static Failure ofProxyStatus(int status) {
        return switch (status) {
            // The two that speak of the server behind (RFC 9110 §15.6.3 and 15.6.5).
            case 502, 504 -> new Failure(AttemptOutcome.UNREACHABLE, "the egress proxy could not make a connection");
            case 408, 429 -> Failures.of(AttemptOutcome.PROXY_FAILED);
            default -> status >= 400 && status < 500 ? PROXY_REFUSED : Failures.of(AttemptOutcome.PROXY_FAILED);
        };
    }

    /** What the answer to a request for an {@code http} URL says of the proxy alone, or {@code null}. */
    @Nullable
    Failure refusalIn(Answer answer, TargetUrl url) {
        // Only a proxy asks for credentials this way. Any other status may as well be the target's.
        return proxy != null && !url.isTls() && answer.status() == 407 ? PROXY_REFUSED : null;
    }

    private static FailedException ofProxy(FailedException e) {
        return e.failure().outcome() == AttemptOutcome.ERROR
                ? e
                : new FailedException(Failures.of(AttemptOutcome.PROXY_FAILED));
    }

    private InetAddress[] find(TargetUrl url, Exchange exchange) throws FailedException, InterruptedException {
        var literal = url.literalAddress();
        if (literal.isPresent()) {
            return new InetAddress[] {literal.get()};
        }
        try {
            return lookup.find(url.host(), exchange.timeLeft());
        } catch (UnknownHostException e) {
            throw failed(exchange, Failures.of(AttemptOutcome.UNRESOLVED), e);
        } catch (TimeoutException e) {
            throw new FailedException(Failures.of(AttemptOutcome.TIMED_OUT));
        } catch (RejectedExecutionException e) {
            throw new FailedException(Failures.CLOSED);
        }
    }

    /** Connects to the first of these addresses that answers in its share of the time left. */
    private static MeteredSocket dial(InetAddress[] addresses, int port, Exchange exchange) throws FailedException {
        int count = Math.min(addresses.length, MOST_ADDRESSES);
        for (int i = 0; i < count; i++) {
            var raw = new MeteredSocket();
            boolean isMade = false;
            try {
                exchange.use(raw);
                raw.connect(
                        new InetSocketAddress(addresses[i], port), Math.max(1, exchange.millisLeft() / (count - i)));
                raw.setTcpNoDelay(true);
                raw.allow(MOST_BYTES_TO_CONNECT);
                isMade = true;
                return raw;
            } catch (IOException e) {
                boolean isOurs = Failures.isExhaustion(e);
                if (isOurs || i == count - 1 || exchange.failure() != null) {
                    throw failed(exchange, Failures.of(isOurs ? AttemptOutcome.ERROR : ofConnecting(e)), e);
                }
            } finally {
                if (!isMade) {
                    Exchange.close(raw);
                }
            }
        }
        throw new FailedException(Failures.of(AttemptOutcome.UNRESOLVED));
    }

    private static AttemptOutcome ofConnecting(IOException problem) {
        return Failures.isReset(problem) ? AttemptOutcome.DISCONNECTED : AttemptOutcome.UNREACHABLE;
    }

    /**
     * Makes TLS.
     *
     * @param raw what all goes through in the end
     * @param below what this TLS goes through: the same, or the TLS to the proxy
     */
    private Socket secure(MeteredSocket raw, Socket below, TargetUrl url, SSLContext context, Exchange exchange)
            throws FailedException {
        try (var turn = turns.take(exchange)) {
            raw.pausing(turn);
            var tls = (SSLSocket) context.getSocketFactory().createSocket(below, url.host(), url.port(), true);
            var parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            var supported = Arrays.asList(tls.getSupportedProtocols());
            parameters.setProtocols(
                    PROTOCOLS.stream().filter(supported::contains).toArray(String[]::new));
            if (url.literalAddress().isEmpty()) {
                // By itself it names only hosts with a dot in them.
                parameters.setServerNames(List.of(new SNIHostName(url.host())));
            }
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return tls;
        } catch (IOException e) {
            throw failed(exchange, Failures.ofTls(e), e);
        } finally {
            raw.pausing(null);
        }
    }

    private boolean isAllowed(String host, InetAddress address) {
        var refusal = rules.refusal(host, address);
        refusal.ifPresent(reason -> LOG.atDebug()
                .addKeyValue("host", host)
                .addKeyValue("reason", reason)
                .log("address refused"));
        return refusal.isEmpty();
    }

    /** What an exception means: the end of the send if it was ended from outside. */
    private static FailedException failed(Exchange exchange, Failure otherwise, Exception cause) {
        LOG.debug("no connection", cause);
        var end = exchange.failure();
        return new FailedException(end == null ? otherwise : end);
    }
}
