package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.JdkTransport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** What the JDK's client cannot do here is why it is not the default transport: see docs/adr/0006-own-http-transport.md. */
final class JdkTransportHostileTest extends HostileEndpointContract {
    private static final Map<String, List<String>> LIMITS = Map.of(
            "the JDK's client keeps a connection open over which something came that it could not read",
            List.of(
                    "drips interim answers",
                    "sends header fields without end",
                    "sends one header field without end",
                    "sends one field name without end",
                    "sends a status line without end",
                    "sends interim answers without end",
                    "sends blank lines without end",
                    "sends NULs without end",
                    "sends a header field of 1 MB",
                    "greets like an SSH server",
                    "greets like a mail server",
                    "answers like a Redis server",
                    "answers in HTTP/0.9",
                    "answers in HTTP/2.0 with text",
                    "answers in HTTP/3.7 with text",
                    "answers with the preface of HTTP/2",
                    "answers with SETTINGS and GOAWAY of HTTP/2",
                    "sends RST_STREAM of HTTP/2 without end",
                    "answers in TLS where nobody asked for it",
                    "echoes the request",
                    "answers with an event stream of lines",
                    "switches protocols",
                    "has a status of 99",
                    "has a status of 600",
                    "has a status of four digits",
                    "has a status of letters",
                    "has a negative status",
                    "has a NUL in a header value",
                    "has a space in a field name",
                    "has a space before the colon",
                    "has a field name that is no ASCII",
                    "promises a length that is no number",
                    "promises a hexadecimal length",
                    "promises an empty length",
                    "promises a length beyond all numbers",
                    "promises two lengths in one field",
                    "has an interim answer with a body"),
            "the JDK's client reads what could be understood in more than one way",
            List.of(
                    "drips a trailer",
                    "has a bare carriage return in a header value",
                    "has an empty field name",
                    "has a field without a colon",
                    "promises a negative length",
                    "promises a length with a sign",
                    "promises two lengths",
                    "promises a length and chunks",
                    "promises chunks and a length",
                    "encodes the transfer in two ways",
                    "encodes the transfer in an unknown way",
                    "is chunked twice",
                    "has an empty chunk size",
                    "has a chunk size with a prefix",
                    "has a NUL behind a chunk size",
                    "sends trailers without end",
                    "closes within the trailers",
                    "resets within the trailers"),
            "the JDK's client passes over what follows an answer and uses the connection again",
            List.of(
                    "sends a second answer along",
                    "sends a second answer behind its last chunk",
                    "sends a second answer as the body of a 304",
                    "sends a second answer behind lines without carriage returns"),
            "the JDK's client takes the body of a 204 for a broken connection",
            List.of("sends a second answer as the body of a 204"),
            "the JDK's client has no number large enough",
            List.of("sends a chunk without end"),
            "the JDK's client connects once more where connecting failed",
            List.of("closes at once", "resets at once"));

    @Override
    protected WebhookTransport createTransport(SSLContext context) {
        return JdkTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8", "::1"))
                .sslContext(context)
                .build();
    }

    @Override
    protected Map<String, String> knownLimits() {
        var limits = new HashMap<String, String>();
        LIMITS.forEach((why, names) -> names.forEach(name -> limits.put(name, why)));
        return limits;
    }

    /** The JDK's client can be shut down since 21. */
    @Override
    protected boolean closesIdleConnections() {
        return Runtime.version().feature() >= 21;
    }
}
