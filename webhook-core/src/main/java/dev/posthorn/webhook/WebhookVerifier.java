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
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * For whoever receives webhooks: tells whether a request was signed with a secret that is shared with its sender, or with
 * the private key of a public one, by the Standard Webhooks specification, versions {@code v1} and {@code v1a}; or, where
 * told so, by {@linkplain #scheme another scheme}. Immutable, and safe for use by several threads; each method that
 * changes a setting returns a changed copy.
 *
 * <p>A good request can still be one that came before: senders repeat themselves when an answer was lost. Remember the
 * id that {@link #verify} returns for as long as they retry, and do nothing when it comes again.
 */
public final class WebhookVerifier {
    static final String SIGNATURE = "webhook-signature";

    private static final String ID = "webhook-id";
    private static final String TIMESTAMP = "webhook-timestamp";

    private static final Duration DEFAULT_TOLERANCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_TOLERANCE = Duration.ofDays(1);
    private static final int MOST_DIGITS = 15;

    // Each costs a millisecond or so, and anybody can send many.
    private static final int MOST_ASYMMETRIC = 8;

    private final Keys keys;
    private final String scheme;
    private final Duration tolerance;
    private final Clock clock;

    /**
     * What signatures are checked with.
     *
     * @param symmetric for {@code v1}
     * @param asymmetric for {@code v1a}
     * @param texts for schemes whose key is a secret's text
     */
    private record Keys(List<HmacSha256> symmetric, List<Ed25519PublicKey> asymmetric, List<HmacSha256> texts) {}

    private WebhookVerifier(Keys keys, String scheme, Duration tolerance, Clock clock) {
        this.keys = keys;
        this.scheme = scheme;
        this.tolerance = tolerance;
        this.clock = clock;
    }

    /** As {@link #of(List)}. */
    public static WebhookVerifier of(String... secrets) {
        return of(List.of(secrets));
    }

    /**
     * A verifier that takes what was signed with any of these secrets: while one is replaced by another, give both.
     * They are the texts that the sender handed out: symmetric secrets with or without {@code whsec_} before them, whose
     * length is the sender's business, but none is blank; and public keys, which begin with {@code whpk_}.
     *
     * @throws InvalidInputException naming every secret that cannot be one, with fields like {@code secrets[0]}; the
     *     message does not contain them
     */
    public static WebhookVerifier of(List<String> secrets) {
        var faults = new Faults();
        faults.check(!secrets.isEmpty(), "secrets", "must be at least one");
        var keys = new Keys(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < secrets.size(); i++) {
            addKeys(secrets.get(i), "secrets[" + i + "]", keys, faults);
        }
        faults.throwIfAny();
        return new WebhookVerifier(keys, Signer.STANDARD_WEBHOOKS, DEFAULT_TOLERANCE, Clock.systemUTC());
    }

    private static void addKeys(String secret, String field, Keys keys, Faults faults) {
        if (secret.startsWith(SigningSecret.PUBLIC_PREFIX)) {
            var bytes = SigningSecret.base64(secret.substring(SigningSecret.PUBLIC_PREFIX.length()));
            var key = bytes == null ? null : Ed25519PublicKey.of(bytes);
            if (key == null) {
                faults.add(field, "must have the base64 form of a public Ed25519 key after whpk_");
            } else {
                keys.asymmetric.add(key);
            }
            return;
        }
        var key = SigningSecret.keyOf(secret, field, faults);
        if (key == null || !faults.check(key.length > 0 && !secret.isBlank(), field, "must not be blank")) {
            return;
        }
        keys.symmetric.add(new HmacSha256(key));
        keys.texts.add(new HmacSha256(secret.getBytes(StandardCharsets.UTF_8)));
        // Without the prefix a text can mean two keys: senders of the specification hand out base64 and leave the
        // prefix
        // off, others take the text itself. Only the sender knows which, so both are tried. That makes nothing easier
        // to
        // forge: each of the keys takes the whole secret to know.
        var decoded = secret.startsWith(SigningSecret.PREFIX) ? null : SigningSecret.base64(secret);
        if (decoded != null && decoded.length > 0) {
            keys.symmetric.add(new HmacSha256(decoded));
        }
    }

    /**
     * For another scheme than Standard Webhooks, and for that alone. {@link Signer#GITHUB} and
     * {@link Signer#HMAC_SHA256_HEX} sign nothing but the body: whoever sees a request can send it again, under another
     * id and at any time, so that there is no tolerance, and a repeated request is known by its content only.
     *
     * @param newScheme one of the names in {@link Signer}
     * @throws InvalidInputException if it is none of them, or needs a symmetric secret and there is none
     */
    public WebhookVerifier scheme(String newScheme) {
        var faults = new Faults();
        faults.check(
                Signers.builtIn().containsKey(newScheme),
                "scheme",
                "must be one of "
                        + String.join(", ", new TreeSet<>(Signers.builtIn().keySet())));
        faults.check(
                !Signers.needsSymmetricSecret(newScheme) || !keys.texts.isEmpty(),
                "scheme",
                "must not be " + newScheme + " without a symmetric secret");
        faults.throwIfAny();
        return new WebhookVerifier(keys, newScheme, tolerance, clock);
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
        return new WebhookVerifier(keys, scheme, newTolerance, clock);
    }

    /** With another clock, by default the system's. */
    public WebhookVerifier clock(Clock newClock) {
        return new WebhookVerifier(keys, scheme, tolerance, newClock);
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
     * @return the request's {@code webhook-id}, to know it by if it comes again; with a scheme that does not sign it, as
     *     it was sent, and empty if there is none
     * @throws WebhookVerificationException if the request is not to be trusted
     */
    public String verify(Function<String, @Nullable String> header, byte[] body) {
        if (scheme.equals(Signer.GITHUB)) {
            return verifyBody(header, Signers.GITHUB_HEADER, Signers.GITHUB_PREFIX, body);
        }
        if (scheme.equals(Signer.HMAC_SHA256_HEX)) {
            return verifyBody(header, Signers.HEX_HEADER, "", body);
        }
        var id = required(header, ID);
        var timestamp = required(header, TIMESTAMP);
        var signatures = required(header, SIGNATURE);
        checkTime(timestamp);
        if (!isSigned(id, timestamp, signatures, Bytes.wrap(body))) {
            throw noMatch();
        }
        return id;
    }

    private String verifyBody(Function<String, @Nullable String> header, String name, String prefix, byte[] body) {
        // Asked for in lower case, as promised.
        var candidate = required(header, name.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.UTF_8);
        boolean isSigned = false;
        for (var key : keys.texts) {
            var expected = (prefix + key.hex(Bytes.wrap(body))).getBytes(StandardCharsets.US_ASCII);
            isSigned |= MessageDigest.isEqual(expected, candidate);
        }
        if (!isSigned) {
            throw noMatch();
        }
        var id = header.apply(ID);
        return id == null ? "" : id;
    }

    private static WebhookVerificationException noMatch() {
        return new WebhookVerificationException(Reason.NO_MATCH, "no signature of the request matches its content");
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
        for (var key : keys.symmetric) {
            var expected = key.signature(id, timestamp, body).getBytes(StandardCharsets.US_ASCII);
            for (var candidate : candidates) {
                // Every one is compared, each in constant time: how long it takes tells nothing of what was expected.
                isSigned |= MessageDigest.isEqual(expected, candidate.getBytes(StandardCharsets.UTF_8));
            }
        }
        return isSigned || isSignedAsymmetrically(id, timestamp, candidates, body);
    }

    /** Nothing here is secret, so that it may stop at the first that is right. */
    private boolean isSignedAsymmetrically(String id, String timestamp, String[] candidates, Bytes body) {
        if (keys.asymmetric.isEmpty()) {
            return false;
        }
        int tried = 0;
        for (var candidate : candidates) {
            if (!candidate.startsWith(Ed25519PublicKey.VERSION)) {
                continue;
            }
            if (++tried > MOST_ASYMMETRIC) {
                return false;
            }
            var signature = SigningSecret.base64(candidate.substring(Ed25519PublicKey.VERSION.length()));
            if (signature != null
                    && keys.asymmetric.stream().anyMatch(key -> key.hasSigned(id, timestamp, body, signature))) {
                return true;
            }
        }
        return false;
    }
}
