package dev.posthorn.webhook;

import dev.posthorn.webhook.WebhookVerificationException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * For whoever receives webhooks: tells whether a request was signed with a secret that is shared with its sender, by
 * the Standard Webhooks specification, version {@code v1}. Immutable, and safe for use by several threads; each method
 * that changes a setting returns a changed copy.
 *
 * <p>A good request can still be one that came before: senders repeat themselves when an answer was lost. Remember the
 * id that {@link #verify} returns for as long as they retry, and do nothing when it comes again.
 */
public final class WebhookVerifier {
    private static final String ID = "webhook-id";
    private static final String TIMESTAMP = "webhook-timestamp";
    private static final String SIGNATURE = "webhook-signature";

    private static final Duration DEFAULT_TOLERANCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_TOLERANCE = Duration.ofDays(1);
    private static final int MOST_DIGITS = 15;

    private final List<byte[]> keys;
    private final Duration tolerance;
    private final Clock clock;

    private WebhookVerifier(List<byte[]> keys, Duration tolerance, Clock clock) {
        this.keys = keys;
        this.tolerance = tolerance;
        this.clock = clock;
    }

    /** As {@link #of(List)}. */
    public static WebhookVerifier of(String... secrets) {
        return of(List.of(secrets));
    }

    /**
     * A verifier that takes what was signed with any of these secrets: while one is replaced by another, give both.
     * They are the texts that the sender handed out, with or without {@code whsec_} before them; their length is the
     * sender's business, but none is blank.
     *
     * @throws InvalidInputException naming every secret that cannot be one, with fields like {@code secrets[0]}; the
     *     message does not contain them
     */
    public static WebhookVerifier of(List<String> secrets) {
        var faults = new Faults();
        faults.check(!secrets.isEmpty(), "secrets", "must be at least one");
        var keys = new ArrayList<byte[]>();
        for (int i = 0; i < secrets.size(); i++) {
            addKeys(secrets.get(i), "secrets[" + i + "]", keys, faults);
        }
        faults.throwIfAny();
        return new WebhookVerifier(List.copyOf(keys), DEFAULT_TOLERANCE, Clock.systemUTC());
    }

    private static void addKeys(String secret, String field, List<byte[]> keys, Faults faults) {
        var key = SigningSecret.keyOf(secret, field, faults);
        if (key == null || !faults.check(key.length > 0 && !secret.isBlank(), field, "must not be blank")) {
            return;
        }
        keys.add(key);
        // Without the prefix a text can mean two keys: senders of the specification hand out base64 and leave the
        // prefix
        // off, others take the text itself. Only the sender knows which, so both are tried. That makes nothing easier
        // to
        // forge: each of the keys takes the whole secret to know.
        var decoded = secret.startsWith(SigningSecret.PREFIX) ? null : SigningSecret.base64(secret);
        if (decoded != null && decoded.length > 0) {
            keys.add(decoded);
        }
    }

    /**
     * With another tolerance: how far the request's timestamp may be from this machine's clock, either way.
     *
     * @param newTolerance 1 second to 1 day, by default 5 minutes
     * @throws InvalidInputException if it is out of bounds
     */
    public WebhookVerifier tolerance(Duration newTolerance) {
        var faults = new Faults();
        faults.check(
                newTolerance.compareTo(Duration.ofSeconds(1)) >= 0 && newTolerance.compareTo(LONGEST_TOLERANCE) <= 0,
                "tolerance",
                "must be from 1 second to 1 day, is " + newTolerance);
        faults.throwIfAny();
        return new WebhookVerifier(keys, newTolerance, clock);
    }

    /** With another clock, by default the system's. */
    public WebhookVerifier clock(Clock newClock) {
        return new WebhookVerifier(keys, tolerance, newClock);
    }

    /**
     * As {@link #verify(Function, byte[])}, with the headers in a map, their names in any case.
     *
     * @throws WebhookVerificationException if the request is not to be trusted
     */
    public String verify(Map<String, String> headers, byte[] body) {
        var found = new TreeMap<String, String>();
        headers.forEach((name, value) -> {
            // Some HTTP clients and servers keep the status line under a null name.
            if (name != null && value != null) {
                found.put(name.toLowerCase(Locale.ROOT), value);
            }
        });
        return verify(found::get, body);
    }

    /**
     * Checks a request before anything is done with it.
     *
     * @param header gives the value of a header, asked for in lower case; {@code null} if the request has none. A
     *     servlet's {@code request::getHeader} will do
     * @param body the bytes as they were received: parsed and written again, they are others
     * @return the request's {@code webhook-id}, to know it by if it comes again
     * @throws WebhookVerificationException if the request is not to be trusted
     */
    public String verify(Function<String, @Nullable String> header, byte[] body) {
        var id = required(header, ID);
        var timestamp = required(header, TIMESTAMP);
        var signatures = required(header, SIGNATURE);
        checkTime(timestamp);
        if (!isSigned(id, timestamp, signatures, Bytes.wrap(body))) {
            throw new WebhookVerificationException(Reason.NO_MATCH, "no signature of the request matches its content");
        }
        return id;
    }

    private static String required(Function<String, @Nullable String> header, String name) {
        var value = header.apply(name);
        if (value == null || value.isBlank()) {
            throw new WebhookVerificationException(Reason.MISSING_HEADER, "the request has no " + name);
        }
        return value;
    }

    private void checkTime(String timestamp) {
        if (timestamp.length() > MOST_DIGITS || !timestamp.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new WebhookVerificationException(
                    Reason.BAD_TIMESTAMP, TIMESTAMP + " is not a whole number of seconds");
        }
        long age = clock.instant().getEpochSecond() - Long.parseLong(timestamp);
        if (age > tolerance.toSeconds()) {
            throw new WebhookVerificationException(Reason.TOO_OLD, TIMESTAMP + " is too far in the past");
        }
        if (-age > tolerance.toSeconds()) {
            throw new WebhookVerificationException(Reason.TOO_NEW, TIMESTAMP + " is too far in the future");
        }
    }

    /** Whether one of the signatures is right. Candidates of other versions differ in their prefix and so never are. */
    private boolean isSigned(String id, String timestamp, String signatures, Bytes body) {
        var candidates = signatures.split(" ", -1);
        boolean isSigned = false;
        for (var key : keys) {
            var expected = SigningSecret.signature(key, id, timestamp, body).getBytes(StandardCharsets.US_ASCII);
            for (var candidate : candidates) {
                // Every one is compared, each in constant time: how long it takes tells nothing of what was expected.
                isSigned |= MessageDigest.isEqual(expected, candidate.getBytes(StandardCharsets.UTF_8));
            }
        }
        return isSigned;
    }
}
