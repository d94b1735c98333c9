package dev.posthorn.webhook;

import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The host's keys, with which a durable store encrypts the secrets of subscriptions by AES-256-GCM. Each key has a name,
 * which is stored beside what it encrypted. The first key encrypts, all of them decrypt:
 *
 * <pre>{@code
 * SecretKeys.of("2026-11", System.getenv("POSTHORN_KEY")).alsoReading("2025-03", System.getenv("POSTHORN_OLD_KEY"))
 * }</pre>
 *
 * <p>To change the key while several nodes run, first give all of them the new one behind the old one, then before it. What is
 * stored under another key than the first is then encrypted anew, by one of the nodes, within an hour. A key may be left out
 * once nothing is stored under it any more; what is, cannot be read without it. What was encrypted
 * for one subscription cannot be read as another's. Immutable, and safe for use by several threads; {@link #toString()}
 * tells the names only.
 */
public final class SecretKeys implements SecretCipher {
    private static final byte VERSION = 1;
    /** What secrets in the clear begin with. */
    private static final byte CLEAR = 0;

    private static final int KEY_BYTES = 32;
    private static final int LONGEST_NAME = 64;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int ID_BYTES = 16;
    /** The version and the length of the key's name. */
    private static final int FIXED_BYTES = 2;

    private static final String TRANSFORMATION = "AES/GCM/NoPadding";

    // One key may encrypt 2^32 times with nonces chosen at random (NIST SP 800-38D §8.3): far more than there are
    // changes to subscriptions.
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<NamedKey> keys;
    private final boolean readsClear;

    private record NamedKey(String name, SecretKey key) {}

    private SecretKeys(List<NamedKey> keys, boolean readsClear) {
        this.keys = List.copyOf(keys);
        this.readsClear = readsClear;
    }

    /**
     * One key.
     *
     * @param name 1 to 64 characters of {@code A-Z a-z 0-9 _ - .}; not secret
     * @param key 32 random bytes; copied
     * @throws InvalidInputException naming every fault, with fields like {@code keys[0].name}
     */
    public static SecretKeys of(String name, byte[] key) {
        return new SecretKeys(List.of(), false).with(name, key);
    }

    /**
     * As {@link #of(String, byte[])}, with a key in base64, such as {@code openssl rand -base64 32} writes it.
     *
     * @throws InvalidInputException naming every fault, never with the key in it
     */
    public static SecretKeys of(String name, String base64) {
        return new SecretKeys(List.of(), false).with(name, SigningSecret.base64(base64.strip()));
    }

    /**
     * Keys from one text, such as an environment variable: {@code 2026-11:base64,2025-03:base64}, the one that encrypts
     * first.
     *
     * @throws InvalidInputException naming every fault, with fields like {@code keys[1].key}, never with a key in it
     */
    public static SecretKeys parse(String text) {
        var faults = new Faults();
        var keys = new ArrayList<NamedKey>();
        for (var entry : text.split(",", -1)) {
            int colon = entry.indexOf(':');
            if (colon < 0) {
                // Shown to nobody, for it may be a key without a name.
                faults.add("keys[" + keys.size() + "]", "must be a name, a colon and 32 bytes in base64");
                keys.add(new NamedKey("", new SecretKeySpec(new byte[KEY_BYTES], "AES")));
            } else {
                var key = SigningSecret.base64(entry.substring(colon + 1).strip());
                keys.add(checked(entry.substring(0, colon).strip(), key, keys, faults));
            }
        }
        faults.throwIfAny();
        return new SecretKeys(keys, false);
    }

    /**
     * With one more key, behind the others, which only decrypts.
     *
     * @throws InvalidInputException naming every fault
     */
    public SecretKeys alsoReading(String name, byte[] key) {
        return with(name, key);
    }

    /**
     * As {@link #alsoReading(String, byte[])}, with a key in base64.
     *
     * @throws InvalidInputException naming every fault
     */
    public SecretKeys alsoReading(String name, String base64) {
        return with(name, SigningSecret.base64(base64.strip()));
    }

    /**
     * Which also read what was stored by {@link SecretCipher#secretsInTheClear()}, for the time of a change from there to
     * keys. As long as this is on, whoever can write to the database can put secrets of his own there; otherwise such
     * ones are refused.
     */
    public SecretKeys alsoReadingClearText() {
        return new SecretKeys(keys, true);
    }

    private SecretKeys with(String name, byte @Nullable [] key) {
        var faults = new Faults();
        var all = new ArrayList<>(keys);
        all.add(checked(name, key, keys, faults));
        faults.throwIfAny();
        return new SecretKeys(all, readsClear);
    }

    private static NamedKey checked(String name, byte @Nullable [] key, List<NamedKey> before, Faults faults) {
        var field = "keys[" + before.size() + "].";
        faults.check(
                isName(name.getBytes(StandardCharsets.UTF_8)),
                field + "name",
                "must be 1 to " + LONGEST_NAME + " characters of A-Z a-z 0-9 _ - .");
        faults.check(
                before.stream().noneMatch(other -> other.name().equals(name)),
                field + "name",
                "must be another than those before it");
        boolean isKey = key != null && key.length == KEY_BYTES;
        faults.check(isKey, field + "key", "must be " + KEY_BYTES + " bytes, as a text in base64");
        return new NamedKey(name, new SecretKeySpec(key != null && isKey ? key : new byte[KEY_BYTES], "AES"));
    }

    /**
     * {@inheritDoc} The result is a version (1), the length of the key's name and that name, a nonce of 12 random bytes,
     * and the ciphertext with its tag of 16 bytes. What comes before the nonce, and the subscription's id, are
     * authenticated with it.
     */
    @Override
    public byte[] encrypt(UUID subscriptionId, byte[] plain) {
        var nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return encrypt(subscriptionId, plain, nonce);
    }

    /** With a nonce given, in tests. */
    byte[] encrypt(UUID subscriptionId, byte[] plain, byte[] nonce) {
        var header = header();
        try {
            var cipher = cipher(Cipher.ENCRYPT_MODE, keys.get(0), header, subscriptionId, nonce);
            return ByteBuffer.allocate(header.length + NONCE_BYTES + plain.length + TAG_BYTES)
                    .put(header)
                    .put(nonce)
                    .put(cipher.doFinal(plain))
                    .array();
        } catch (GeneralSecurityException e) {
            throw unavailable(e);
        }
    }

    @Override
    public byte[] decrypt(UUID subscriptionId, byte[] encrypted) {
        if (readsClear && encrypted.length > 0 && encrypted[0] == CLEAR) {
            return SecretCipher.secretsInTheClear().decrypt(subscriptionId, encrypted);
        }
        var what = "the secrets of subscription " + subscriptionId;
        var name = keyNameIn(encrypted, what);
        var key = keys.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> StoreException.lasting(
                        what + " are encrypted with the key " + name + ", which is not among " + names(), null));
        int nonceAt = FIXED_BYTES + name.length();
        int textAt = nonceAt + NONCE_BYTES;
        var header = Arrays.copyOf(encrypted, nonceAt);
        var nonce = Arrays.copyOfRange(encrypted, nonceAt, textAt);
        try {
            return cipher(Cipher.DECRYPT_MODE, key, header, subscriptionId, nonce)
                    .doFinal(encrypted, textAt, encrypted.length - textAt);
        } catch (AEADBadTagException e) {
            throw StoreException.lasting(
                    what + " cannot be decrypted: they were changed or belong to another subscription, or the key "
                            + name + " is not the one of that name they were encrypted with",
                    e);
        } catch (GeneralSecurityException e) {
            throw unavailable(e);
        }
    }

    @Override
    public boolean isCurrent(byte[] encrypted) {
        var header = header();
        return Arrays.equals(header, Arrays.copyOf(encrypted, header.length));
    }

    /** What everything begins with that is encrypted now. */
    private byte[] header() {
        var name = keys.get(0).name().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(FIXED_BYTES + name.length)
                .put(VERSION)
                .put((byte) name.length)
                .put(name)
                .array();
    }

    /** The name of the key that was used. What a message is to show of it is known to be harmless then. */
    private static String keyNameIn(byte[] encrypted, String what) {
        if (encrypted.length > 0 && encrypted[0] == CLEAR) {
            // Whoever can write to the database but has no key could otherwise put secrets of his own there.
            throw StoreException.lasting(what + " lie in the clear, and are not read where there are keys", null);
        }
        int length = encrypted.length < FIXED_BYTES ? 0 : encrypted[1];
        if (length < 1
                || encrypted[0] != VERSION
                || encrypted.length < FIXED_BYTES + length + NONCE_BYTES + TAG_BYTES
                || !isName(Arrays.copyOfRange(encrypted, FIXED_BYTES, FIXED_BYTES + length))) {
            throw StoreException.lasting(what + " are not in a form that this version knows", null);
        }
        return new String(encrypted, FIXED_BYTES, length, StandardCharsets.US_ASCII);
    }

    private static Cipher cipher(int mode, NamedKey key, byte[] header, UUID subscriptionId, byte[] nonce)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, key.key(), new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(header);
        cipher.updateAAD(ByteBuffer.allocate(ID_BYTES)
                .putLong(subscriptionId.getMostSignificantBits())
                .putLong(subscriptionId.getLeastSignificantBits())
                .flip());
        return cipher;
    }

    private static IllegalStateException unavailable(GeneralSecurityException e) {
        // Every JDK has it, and the lengths were checked.
        return new IllegalStateException("AES-256-GCM is not available", e);
    }

    private static boolean isName(byte[] name) {
        if (name.length == 0 || name.length > LONGEST_NAME) {
            return false;
        }
        for (byte c : name) {
            boolean isGood = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_'
                    || c == '-'
                    || c == '.';
            if (!isGood) {
                return false;
            }
        }
        return true;
    }

    private List<String> names() {
        return keys.stream().map(NamedKey::name).toList();
    }

    /** With the names only. */
    @Override
    public String toString() {
        return "SecretKeys" + names();
    }
}
