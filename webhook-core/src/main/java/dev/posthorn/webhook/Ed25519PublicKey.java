package dev.posthorn.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A public Ed25519 key: it tells whether a signature was made with its private one. Safe for use by several threads. */
final class Ed25519PublicKey {
    static final String VERSION = "v1a,";

    // What comes before the key's own bytes in its X.509 form (RFC 8410 §4).
    private static final byte[] X509_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private final PublicKey key;

    private Ed25519PublicKey(PublicKey key) {
        this.key = key;
    }

    /** The key that has these bytes; {@code null} if there is none. */
    static @Nullable Ed25519PublicKey of(byte[] bytes) {
        if (bytes.length != Ed25519Key.PUBLIC_BYTES) {
            return null;
        }
        var encoded = Arrays.copyOf(X509_HEAD, X509_HEAD.length + bytes.length);
        System.arraycopy(bytes, 0, encoded, X509_HEAD.length, bytes.length);
        try {
            var key = KeyFactory.getInstance(Ed25519Key.ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
            // Not every 32 bytes are a point on the curve, and only this finds out.
            Signature.getInstance(Ed25519Key.ALGORITHM).initVerify(key);
            return new Ed25519PublicKey(key);
        } catch (NoSuchAlgorithmException e) {
            throw Ed25519Key.unavailable(e);
        } catch (InvalidKeySpecException | java.security.InvalidKeyException notOne) {
            return null;
        }
    }

    /** The bytes of a key of the JDK's. */
    static byte[] bytes(PublicKey key) {
        var encoded = key.getEncoded();
        return Arrays.copyOfRange(encoded, X509_HEAD.length, encoded.length);
    }

    boolean hasSigned(String id, String timestamp, Bytes body, byte[] signature) {
        try {
            var verifier = Signature.getInstance(Ed25519Key.ALGORITHM);
            verifier.initVerify(key);
            verifier.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            verifier.update(body.asByteBuffer());
            return verifier.verify(signature);
        } catch (SignatureException malformed) {
            return false;
        } catch (GeneralSecurityException e) {
            throw Ed25519Key.unavailable(e);
        }
    }
}
