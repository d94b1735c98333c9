package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/** What the exceptions of {@link java.net.http.HttpClient} mean. */
final class JdkFailures {
    private JdkFailures() {}

    /**
     * What a failed exchange means. A cause says more than what it is wrapped in: a name that is not known comes as an
     * {@code UnresolvedAddressException} within a {@code ConnectException}.
     *
     * @param isAnswered whether a status and a header had come
     */
    static Failure of(Throwable thrown, boolean isAnswered) {
        if (isAnswered) {
            // TLS and connecting were fine then. What is left is a body that broke off or was not well-formed.
            return Failures.of(isBreak(thrown) ? AttemptOutcome.DISCONNECTED : AttemptOutcome.BAD_RESPONSE);
        }
        if (Failures.has(thrown, HttpTimeoutException.class)) {
            return Failures.of(AttemptOutcome.TIMED_OUT);
        }
        if (Failures.has(thrown, SSLException.class)) {
            return Failures.ofTls(thrown);
        }
        if (Failures.has(thrown, UnresolvedAddressException.class)
                || Failures.has(thrown, UnknownHostException.class)) {
            return Failures.of(AttemptOutcome.UNRESOLVED);
        }
        if (Failures.isExhaustion(thrown)) {
            return Failures.of(AttemptOutcome.ERROR);
        }
        if (Failures.has(thrown, ConnectException.class) || Failures.has(thrown, NoRouteToHostException.class)) {
            return Failures.of(AttemptOutcome.UNREACHABLE);
        }
        // Unchecked exceptions come from parsing: a Content-Length of "x" is a NumberFormatException.
        return Failures.of(
                Failures.has(thrown, ProtocolException.class) || thrown instanceof RuntimeException
                        ? AttemptOutcome.BAD_RESPONSE
                        : AttemptOutcome.DISCONNECTED);
    }

    private static boolean isBreak(Throwable thrown) {
        return Failures.has(thrown, EOFException.class)
                || Failures.has(thrown, SocketException.class)
                || Failures.has(thrown, SSLException.class)
                || Failures.has(thrown, ClosedChannelException.class)
                // Where it was writing that failed, both are plain IOExceptions.
                || Failures.isReset(thrown)
                || Failures.hasMessage(thrown, "Broken pipe")
                || Failures.hasMessage(thrown, "closed");
    }
}
