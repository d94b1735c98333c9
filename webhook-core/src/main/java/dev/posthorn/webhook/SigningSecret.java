package dev.posthorn.webhook;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the requests to one endpoint are signed with, by the Standard Webhooks specification: a symmetric key, version
 * {@code v1} (HMAC-SHA256), which the receiver has too; or a private key, version {@code v1a} (Ed25519), of which the
 * receiver has the {@linkplain #publicKey() public one}. Only {@link #reveal()} shows it; {@link #toString()} does not.
 * Immutable, and safe for use by several threads.
 */
public final class SigningSecret {
    /** Comes before the base64 form of a symmetric key. */
    static final String PREFIX = "whsec_";

    /** Comes before the base64 form of a private key. */
    static final String PRIVATE_PREFIX = "whsk_";

    /** Comes before the base64 form of a public key. */
    static final String PUBLIC_PREFIX = "whpk_";

    private static final String FIELD = "secret";

    // The bounds of the specification.
    private static final int FEWEST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    private static final int GENERATED_BYTES = 32;
    private static final int SHOWN_CHARACTERS = 4;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String text;
    private final SigningKey key;

    // Made when it is first needed, perhaps by several threads at once, which does no harm.
    private @Nullable HmacSha256 textKey;

    /** What kind of key a secret is. */
    public enum Kind {
        /** Symmetric: whoever can verify could also sign. A signature of a small body takes a microsecond. */
        HMAC_SHA256,
        /** A private key, of which receivers have the public one. A signature takes a millisecond or so. */
        ED25519
    }

    private SigningSecret(String text, SigningKey key) {
        this.text = text;
        this.key = key;
    }

    /**
     * A secret from its text. A symmetric one is {@code whsec_} and the base64 form of the key, or, without a prefix, a
     * text whose UTF-8 bytes are the key; it has 24 to 64 bytes. A private one is {@code whsk_} and the base64 form of
     * the 32 bytes of its seed, or of these and the 32 of its public key.
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
        var key = text.startsWith(PRIVATE_PREFIX) ? privateKeyOf(text, faults) : symmetricKeyOf(text, faults);
        faults.throwIfAny();
        if (key == null) {
            throw new AssertionError("a key that is missing is a fault");
        }
        return new SigningSecret(text, key);
    }

    private static @Nullable SigningKey privateKeyOf(String text, Faults faults) {
        var bytes = base64(text.substring(PRIVATE_PREFIX.length()));
        if (!faults.check(bytes != null, FIELD, "must have valid base64 after " + PRIVATE_PREFIX) || bytes == null) {
            return null;
        }
        boolean fits = bytes.length == Ed25519Key.SEED_BYTES
                || bytes.length == Ed25519Key.SEED_BYTES + Ed25519Key.PUBLIC_BYTES;
        faults.check(fits, FIELD, "must stand for an Ed25519 key: 32 bytes, or 64 with its public key");
        return fits ? Ed25519Key.of(bytes) : null;
    }

    private static @Nullable SigningKey symmetricKeyOf(String text, Faults faults) {
        var bytes = keyOf(text, FIELD, faults);
        if (bytes == null) {
            return null;
        }
        boolean fits = bytes.length >= FEWEST_BYTES && bytes.length <= MOST_BYTES;
        faults.check(fits, FIELD, "must stand for a key of 24 to 64 bytes");
        return fits ? new HmacSha256(bytes) : null;
    }

    /** A new symmetric secret: {@code whsec_} and 32 random bytes in base64. */
    public static SigningSecret generate() {
        var key = new byte[GENERATED_BYTES];
        RANDOM.nextBytes(key);
        return new SigningSecret(PREFIX + Base64.getEncoder().encodeToString(key), new HmacSha256(key));
    }

    /** A new private key: {@code whsk_} and its seed and public key in base64. */
    public static SigningSecret generateEd25519() {
        var bytes = Ed25519Key.generate(RANDOM);
        return new SigningSecret(PRIVATE_PREFIX + Base64.getEncoder().encodeToString(bytes), Ed25519Key.of(bytes));
    }

    /** What kind of key it is. */
    public Kind kind() {
        return key instanceof Ed25519Key ? Kind.ED25519 : Kind.HMAC_SHA256;
    }

    /**
     * What a receiver verifies signatures of a private key with: {@code whpk_} and 32 bytes in base64. Empty for a
     * symmetric secret.
     */
    public Optional<String> publicKey() {
        return key instanceof Ed25519Key own
                ? Optional.of(PUBLIC_PREFIX + Base64.getEncoder().encodeToString(own.publicKey()))
                : Optional.empty();
    }

    /** The secret's text, exactly as it was given or generated. Keep it out of logs. */
    public String reveal() {
        return text;
    }

    /**
     * Enough to tell secrets apart: {@code whsec_****}, {@code whsk_****}, or {@code ****} without a prefix, and 4 last
     * characters.
     */
    public String masked() {
        var shown = text.substring(text.offsetByCodePoints(text.length(), -SHOWN_CHARACTERS));
        var prefix = text.startsWith(PREFIX) ? PREFIX : text.startsWith(PRIVATE_PREFIX) ? PRIVATE_PREFIX : "";
        return prefix + "****" + shown;
    }

    /**
     * One signature over {@code id.timestamp.body}: {@code v1,} and the base64 form of the HMAC-SHA256, or {@code v1a,}
     * and that of the Ed25519 signature.
     *
     * @param id what is sent as {@code webhook-id}
     * @param timestampSeconds what is sent as {@code webhook-timestamp}: seconds since 1970
     * @param body the payload, exactly as it is sent
     */
    public String sign(String id, long timestampSeconds, Bytes body) {
        return key.signature(id, timestampSeconds, body);
    }

    /** The HMAC-SHA256 of the body in hex, with the text itself as the key. */
    String hexByText(Bytes body) {
        var byText = textKey;
        if (byText == null) {
            byText = new HmacSha256(text.getBytes(StandardCharsets.UTF_8));
            textKey = byText;
        }
        return byText.hex(body);
    }

    /** Adds a fault for what takes too long to be found whenever a secret is read. */
    void check(String field, Faults faults) {
        // With a public key of another seed no receiver could verify anything.
        faults.check(
                !(key instanceof Ed25519Key own) || own.isWhole(),
                field,
                "must have its own public key in its second half, which belongs to another");
    }

    /**
     * The symmetric key a text stands for; {@code null} with a fault added if it stands for none. Its length is not
     * checked.
     */
    static byte @Nullable [] keyOf(String text, String field, Faults faults) {
        if (text.startsWith(PUBLIC_PREFIX) || text.startsWith(PRIVATE_PREFIX)) {
            // Taken as plain text, a public key would be a secret that everybody knows.
            faults.add(
                    field,
                    text.startsWith(PUBLIC_PREFIX)
                            ? "must not begin with whpk_: a public Ed25519 key verifies, it cannot sign"
                            : "must not begin with whsk_: a private Ed25519 key is for whoever signs");
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
}
