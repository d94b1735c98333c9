package dev.posthorn.webhook;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What the requests to one endpoint are signed with: a symmetric key by the Standard Webhooks specification, version
 * {@code v1} (HMAC-SHA256). Only {@link #reveal()} shows it; {@link #toString()} does not. Immutable, and safe for use
 * by several threads.
 */
public final class SigningSecret {
    /** Comes before the base64 form of a key. */
    static final String PREFIX = "whsec_";

    private static final String FIELD = "secret";
    private static final String ALGORITHM = "HmacSHA256";

    // The bounds of the specification.
    private static final int FEWEST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    private static final int GENERATED_BYTES = 32;
    private static final int SHOWN_CHARACTERS = 4;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String text;
    private final byte[] key;

    private SigningSecret(String text, byte[] key) {
        this.text = text;
        this.key = key;
    }

    /**
     * A secret from its text: {@code whsec_} and the base64 form of the key, or, without that prefix, a text whose
     * UTF-8 bytes are the key. The key has 24 to 64 bytes.
     *
     * @throws InvalidInputException with the field {@code secret}; the message does not contain the secret
     */
    public static SigningSecret of(String text) {
        var faults = new Faults();
        // Mostly the line end of a file that the secret was read from: nobody sees it, and the receiver does not have
        // it.
        faults.check(
                text.chars().noneMatch(Character::isISOControl),
                FIELD,
                "must have no line end or other control character");
        var key = keyOf(text, FIELD, faults);
        faults.check(
                key == null || (key.length >= FEWEST_BYTES && key.length <= MOST_BYTES),
                FIELD,
                "must stand for a key of 24 to 64 bytes");
        faults.throwIfAny();
        return new SigningSecret(text, key == null ? new byte[0] : key);
    }

    /** A new secret: {@code whsec_} and 32 random bytes in base64. */
    public static SigningSecret generate() {
        var key = new byte[GENERATED_BYTES];
        RANDOM.nextBytes(key);
        return new SigningSecret(PREFIX + Base64.getEncoder().encodeToString(key), key);
    }

    /** The secret's text, exactly as it was given or generated. Keep it out of logs. */
    public String reveal() {
        return text;
    }

    /** Enough to tell secrets apart: {@code whsec_****}, or {@code ****} without the prefix, and 4 last characters. */
    public String masked() {
        var shown = text.substring(text.offsetByCodePoints(text.length(), -SHOWN_CHARACTERS));
        return (text.startsWith(PREFIX) ? PREFIX : "") + "****" + shown;
    }

    /**
     * One signature: {@code v1,} and the base64 form of the HMAC-SHA256 over {@code id.timestamp.body}. The body is not
     * copied.
     *
     * @param id what is sent as {@code webhook-id}
     * @param timestampSeconds what is sent as {@code webhook-timestamp}: seconds since 1970
     * @param body the payload, exactly as it is sent
     */
    public String sign(String id, long timestampSeconds, Bytes body) {
        return signature(key, id, Long.toString(timestampSeconds), body);
    }

    /** The key a text stands for; {@code null} with a fault added if it stands for none. Its length is not checked. */
    static byte @Nullable [] keyOf(String text, String field, Faults faults) {
        if (text.startsWith("whsk_") || text.startsWith("whpk_")) {
            // Taken as plain text, a public key would be a secret that everybody knows.
            faults.add(field, "must be a symmetric key: those that begin with whsk_ or whpk_ are for Ed25519");
            return null;
        }
        if (!text.startsWith(PREFIX)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        var key = base64(text.substring(PREFIX.length()));
        faults.check(key != null, field, "must have valid base64 after " + PREFIX);
        return key;
    }

    /** The bytes that a base64 text stands for; {@code null} if it is not valid. */
    static byte @Nullable [] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** As {@link #sign}, with any key that has bytes and the timestamp as it was received. */
    static String signature(byte[] key, String id, String timestamp, Bytes body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            body.writeTo(new MacStream(mac));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal());
        } catch (GeneralSecurityException e) {
            // Every Java platform has HmacSHA256, and it takes any key but an empty one.
            throw new IllegalStateException("HmacSHA256 is not available", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SigningSecret that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** With the masked form only. */
    @Override
    public String toString() {
        return "SigningSecret[" + masked() + "]";
    }

    /** Hands bytes on to a MAC, so that a body of any size is read in place. */
    private static final class MacStream extends OutputStream {
        private final Mac mac;

        MacStream(Mac mac) {
            this.mac = mac;
        }

        @Override
        public void write(int b) {
            mac.update((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            mac.update(bytes, offset, length);
        }
    }
}
