package dev.posthorn.webhook.tck;

import static dev.posthorn.webhook.AttemptOutcome.BAD_RESPONSE;
import static dev.posthorn.webhook.AttemptOutcome.DISCONNECTED;
import static dev.posthorn.webhook.AttemptOutcome.TIMED_OUT;
import static dev.posthorn.webhook.AttemptOutcome.TLS_FAILED;

import dev.posthorn.webhook.tck.HostileBehaviour.Script;
import dev.posthorn.webhook.tck.HostileBehaviour.Trait;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** Endpoints that do not make TLS as they should, or break it once it is made. */
final class HostileTls {
    private static final Ending REFUSED = Ending.failed(TLS_FAILED);
    /** When the first bytes of the answer are bad TLS, nobody can say whether that is TLS or the answer. */
    private static final Ending BROKEN = Ending.failed(TLS_FAILED, DISCONNECTED, BAD_RESPONSE);

    private static final Ending LATE_OR_BROKEN = Ending.failed(TIMED_OUT, TLS_FAILED, DISCONNECTED, BAD_RESPONSE);

    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private HostileTls() {}

    static List<HostileBehaviour> all() {
        var all = new ArrayList<>(handshakes());
        all.addAll(certificates());
        all.addAll(afterwards());
        return all;
    }

    private static List<HostileBehaviour> handshakes() {
        return List.of(
                own("makes no TLS", Ending.failed(TIMED_OUT), HostilePeer::awaitEnd),
                own("answers in plain text on a port for TLS", REFUSED, peer -> {
                    peer.readByte();
                    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                }),
                own("greets like a mail server on a port for TLS", REFUSED, peer -> peer.send("220 mail ESMTP\r\n")),
                own("refuses the handshake", REFUSED, raw("15030300020228")),
                own("refuses the name it is called by", REFUSED, raw("15030300020270")),
                own("drips a handshake", Ending.failed(TIMED_OUT), peer -> {
                    peer.sendRaw(hex("1603034000"));
                    peer.drip("\2");
                }),
                own("sends a handshake without end", REFUSED, peer -> {
                    peer.sendRaw(hex("16030340000200ffff"));
                    peer.flood("\2");
                }),
                own("sends changes of cipher without end", Ending.failed(TLS_FAILED, TIMED_OUT), peer -> {
                    peer.readByte();
                    peer.flood(hex("140303000101"));
                }),
                own("begins with a record larger than any", REFUSED, peer -> {
                    peer.sendRaw(hex("160303ffff"));
                    peer.flood("\2");
                }),
                own("closes within the handshake", Ending.failed(TLS_FAILED, DISCONNECTED), peer -> {
                    peer.sendRaw(hex("16030340000200"));
                    peer.close();
                }),
                own("resets within the handshake", Ending.failed(TLS_FAILED, DISCONNECTED), peer -> {
                    peer.readByte();
                    peer.reset();
                }));
    }

    private static List<HostileBehaviour> certificates() {
        return List.of(
                shows("has a certificate that has expired", HostileKeys::expired),
                shows("has a certificate that is not valid yet", HostileKeys::notYetValid),
                shows("has a certificate for another host", HostileKeys::ofAnotherHost),
                shows("has a certificate of its own making", HostileKeys::untrusted));
    }

    private static List<HostileBehaviour> afterwards() {
        return List.of(
                // Read as TLS it is the beginning of a long record.
                own("sends plain text once TLS is made", LATE_OR_BROKEN, peer -> {
                    peer.secure(HostileKeys.good());
                    peer.readRequest();
                    peer.sendRaw(HostileBehaviour.FORGED_ANSWER.getBytes(StandardCharsets.US_ASCII));
                }),
                own("sends records that do not decrypt", BROKEN, peer -> {
                    peer.secure(HostileKeys.good());
                    peer.readRequest();
                    peer.sendRaw(hex("1703030020" + "00".repeat(32)));
                }),
                own("breaks TLS within its body", Ending.failed(DISCONNECTED, BAD_RESPONSE), peer -> {
                    peer.secure(HostileKeys.good());
                    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                    peer.sendRaw(hex("1703030020" + "00".repeat(32)));
                }),
                own("sends an alert instead of an answer", BROKEN, peer -> {
                    peer.secure(HostileKeys.good());
                    peer.readRequest();
                    peer.sendRaw(hex("15030300020250"));
                }),
                // Its length tells that nothing is missing.
                own("ends behind its answer without TLS's word for it", Ending.answered(200), peer -> {
                    peer.secure(HostileKeys.good());
                    peer.answer(ANSWER);
                    peer.halfClose();
                }),
                own("ends within its body without TLS's word for it", Ending.failed(DISCONNECTED), peer -> {
                    peer.secure(HostileKeys.good());
                    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                    peer.close();
                }),
                own("makes TLS anew before it answers", BROKEN.or(200), peer -> {
                    var tls = peer.secure(HostileKeys.good(), "TLSv1.2");
                    peer.readRequest();
                    tls.startHandshake();
                    peer.send(ANSWER);
                }),
                own("makes TLS anew without end", LATE_OR_BROKEN, peer -> {
                    var tls = peer.secure(HostileKeys.good(), "TLSv1.2");
                    peer.readRequest();
                    while (true) {
                        tls.startHandshake();
                        peer.takeWhatIsThere();
                    }
                }),
                own("changes its keys without end", LATE_OR_BROKEN, peer -> {
                    var tls = peer.secure(HostileKeys.good(), "TLSv1.3");
                    peer.readRequest();
                    while (true) {
                        tls.startHandshake();
                    }
                }));
    }

    private static HostileBehaviour shows(String name, Supplier<SSLContext> keys) {
        return own(name, REFUSED, peer -> {
            peer.secure(keys.get());
            peer.answer(ANSWER);
        });
    }

    private static HostileBehaviour own(String name, Ending ending, Script script) {
        return ending.statuses().isEmpty()
                ? HostileBehaviour.of(name, ending, script, Trait.OWN_TLS)
                : HostileBehaviour.of(name, ending, script, Trait.OWN_TLS, Trait.MAY_BE_KEPT);
    }

    private static Script raw(String hex) {
        return peer -> {
            peer.readByte();
            peer.sendRaw(hex(hex));
        };
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
