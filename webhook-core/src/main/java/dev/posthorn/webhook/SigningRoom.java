package dev.posthorn.webhook;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 and the arrays that are needed around it to make an HMAC, used again and again: nothing is allocated but the
 * signature. {@code javax.crypto.Mac} would allocate its result, and take time to change its key.
 *
 * <p>Idle ones are kept in a fixed number of slots that all keys and threads share. One for each key would be one for
 * each subscription, and one for each thread would be one for each virtual thread. Whoever finds no idle one near makes
 * one, and one that finds its slot taken is dropped, so nobody waits.
 */
final class SigningRoom extends OutputStream {
    /** How many bytes SHA-256 takes in at a time. */
    static final int BLOCK = 64;

    private static final String ALGORITHM = "SHA-256";
    private static final String VERSION = "v1,";
    private static final int HEAD = 128;
    private static final int MAC_BYTES = 32;
    private static final int BASE64_CHARACTERS = (MAC_BYTES + 2) / 3 * 4;

    private static final int SLOTS = 64;
    private static final int NEAR = 8;
    private static final AtomicReferenceArray<@Nullable SigningRoom> IDLE = new AtomicReferenceArray<>(SLOTS);

    private final int slot;
    private final MessageDigest sha256 = newDigest();
    private final byte[] head = new byte[HEAD];
    private final byte[] mac = new byte[MAC_BYTES];
    private final byte[] base64 = new byte[BASE64_CHARACTERS];
    private final byte[] text = new byte[VERSION.length() + BASE64_CHARACTERS];

    private SigningRoom(int slot) {
        this.slot = slot;
        for (int i = 0; i < VERSION.length(); i++) {
            text[i] = (byte) VERSION.charAt(i);
        }
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance(ALGORITHM);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static byte[] hash(byte[] bytes) {
        return newDigest().digest(bytes);
    }

    /** One for the calling thread alone, ready to take in what is to be signed by this key. */
    static SigningRoom take(HmacSha256 key) {
        int start = ThreadLocalRandom.current().nextInt(SLOTS);
        var room = idleNear(start);
        if (room == null) {
            room = new SigningRoom(start);
        }
        room.sha256.update(key.inner);
        return room;
    }

    private static @Nullable SigningRoom idleNear(int start) {
        for (int i = 0; i < NEAR; i++) {
            int slot = (start + i) & (SLOTS - 1);
            var room = IDLE.get(slot) == null ? null : IDLE.getAndSet(slot, null);
            if (room != null) {
                return room;
            }
        }
        return null;
    }

    /**
     * Leaves it to others, once all is read from it. One that failed meanwhile is not given back: nobody knows its
     * state.
     */
    void giveBack() {
        // If another has come there first, this one is dropped.
        IDLE.compareAndSet(slot, null, this);
    }

    /** Takes the UTF-8 form of a text in. */
    void update(String part) {
        int length = part.length();
        if (length > HEAD) {
            sha256.update(part.getBytes(StandardCharsets.UTF_8));
            return;
        }
        for (int i = 0; i < length; i++) {
            char c = part.charAt(i);
            if (c >= 0x80) {
                sha256.update(part.getBytes(StandardCharsets.UTF_8));
                return;
            }
            head[i] = (byte) c;
        }
        sha256.update(head, 0, length);
    }

    /** Takes the decimal form of a number in. */
    void update(long number) {
        if (number < 0) {
            update(Long.toString(number));
            return;
        }
        int start = HEAD;
        long left = number;
        do {
            head[--start] = (byte) ('0' + left % 10);
            left /= 10;
        } while (left > 0);
        sha256.update(head, start, HEAD - start);
    }

    void update(char ascii) {
        sha256.update((byte) ascii);
    }

    @Override
    public void write(int b) {
        sha256.update((byte) b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        sha256.update(bytes, offset, length);
    }

    /** The MAC of what came in, as the specification writes it. */
    String versioned(HmacSha256 key) {
        finish(key);
        Base64.getEncoder().encode(mac, base64);
        System.arraycopy(base64, 0, text, VERSION.length(), BASE64_CHARACTERS);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** The MAC of what came in, in hex. */
    String hex(HmacSha256 key) {
        finish(key);
        return HexFormat.of().formatHex(mac);
    }

    private void finish(HmacSha256 key) {
        try {
            sha256.digest(mac, 0, MAC_BYTES);
            sha256.update(key.outer);
            sha256.update(mac);
            sha256.digest(mac, 0, MAC_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("there is room for all of it", e);
        }
    }
}
