package dev.posthorn.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A private Ed25519 key (RFC 8032), and what it signs. Safe for use by several threads. */
final class Ed25519Key implements SigningKey {
    static final String ALGORITHM = "Ed25519";
    static final int SEED_BYTES = 32;
    static final int PUBLIC_BYTES = 32;

    private final byte[] seed;
    private final byte @Nullable [] given;
    private final PrivateKey key;

    private Ed25519Key(byte[] seed, byte @Nullable [] given) {
        this.seed = seed;
        this.given = given;
        try {
            key = KeyFactory.getInstance(ALGORITHM)
                    .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed));
        } catch (GeneralSecurityException e) {
            throw unavailable(e);
        }
    }

    /** @param bytes the seed, or the seed and the public key that belongs to it */
    static Ed25519Key of(byte[] bytes) {
        return bytes.length == SEED_BYTES
                ? new Ed25519Key(bytes, null)
                : new Ed25519Key(Arrays.copyOf(bytes, SEED_BYTES), Arrays.copyOfRange(bytes, SEED_BYTES, bytes.length));
    }

    /** The seed and the public key of a new one. */
    static byte[] generate(SecureRandom random) {
        var both = new byte[SEED_BYTES + PUBLIC_BYTES];
        var seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        System.arraycopy(seed, 0, both, 0, SEED_BYTES);
        System.arraycopy(derivePublic(seed), 0, both, SEED_BYTES, PUBLIC_BYTES);
        return both;
    }

    /** Whether the public key it came with, if any, is its own. As dear as a signature. */
    boolean isWhole() {
        return given == null || Arrays.equals(given, derivePublic(seed));
    }

    /** The public key. */
    byte[] publicKey() {
        return given == null ? derivePublic(seed) : given.clone();
    }

    /** Version {@code v1a} of Standard Webhooks. */
    @Override
    public String signature(String id, String timestamp, Bytes body) {
        try {
            var signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            signature.update(body.asByteBuffer());
            return Ed25519PublicKey.VERSION + Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw unavailable(e);
        }
    }

    /** The JDK has no call that derives it, but its generator draws a seed and makes a pair of that. */
    private static byte[] derivePublic(byte[] seed) {
        try {
            var generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, new GivenSeed(seed));
            var pair = generator.generateKeyPair();
            if (!(pair.getPrivate() instanceof EdECPrivateKey made)
                    || !Arrays.equals(made.getBytes().orElse(null), seed)) {
                throw new IllegalStateException("this provider of Ed25519 makes its seeds in another way: "
                        + generator.getProvider().getName());
            }
            return Ed25519PublicKey.bytes(pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw unavailable(e);
        }
    }

    static IllegalStateException unavailable(GeneralSecurityException e) {
        return new IllegalStateException("Ed25519 is not available: is the module jdk.crypto.ec missing?", e);
    }

    private static final class GivenSeed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] seed;

        GivenSeed(byte[] seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, Math.min(seed.length, bytes.length));
        }
    }
}
