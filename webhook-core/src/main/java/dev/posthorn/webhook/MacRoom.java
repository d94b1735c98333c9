package dev.posthorn.webhook;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * A MAC and the arrays that are needed around it, used again and again, because looking one up and making it costs more
 * than signing a small body.
 *
 * <p>Idle ones are kept in a fixed number of slots that all keys and threads share. One for each key would be one for
 * each subscription, and one for each thread would be one for each virtual thread. A key has a slot where it looks first,
 * so that it mostly finds the one it used last, which saves setting the key anew. Whoever finds no idle one near makes
 * one, and one that finds no slot free is dropped, so nobody waits.
 */
final class MacRoom extends OutputStream {
    static final String ALGORITHM = "HmacSHA256";

    private static final String VERSION = "v1,";
    private static final int HEAD = 128;
    private static final int MAC_BYTES = 32;
    private static final int BASE64_CHARACTERS = (MAC_BYTES + 2) / 3 * 4;

    // All together take about a quarter of a megabyte at most.
    private static final int SLOTS = 256;
    private static final int NEAR = 8;
    private static final AtomicReferenceArray<@Nullable MacRoom> IDLE = new AtomicReferenceArray<>(SLOTS);

    private final Mac mac;
    private final byte[] head = new byte[HEAD];
    private final byte[] base64 = new byte[BASE64_CHARACTERS];
    private final byte[] text = new byte[VERSION.length() + BASE64_CHARACTERS];
    private @Nullable HmacSha256 current;

    private MacRoom() {
        try {
            mac = Mac.getInstance(ALGORITHM);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
        for (int i = 0; i < VERSION.length(); i++) {
            text[i] = (byte) VERSION.charAt(i);
        }
    }

    /** Where a new key is to look first. */
    static int home() {
        return ThreadLocalRandom.current().nextInt(SLOTS);
    }

    /** One for the calling thread alone, ready to take in what is to be signed. */
    static MacRoom take(HmacSha256 key) {
        for (int i = 0; i < NEAR; i++) {
            int slot = (key.home + i) & (SLOTS - 1);
            var room = IDLE.get(slot) == null ? null : IDLE.getAndSet(slot, null);
            if (room != null) {
                room.begin(key);
                return room;
            }
        }
        var room = new MacRoom();
        room.begin(key);
        return room;
    }

    /**
     * Leaves it to others, once all is read from it. One that failed meanwhile is not given back: nobody knows its
     * state.
     */
    void giveBack(HmacSha256 key) {
        for (int i = 0; i < NEAR; i++) {
            if (IDLE.compareAndSet((key.home + i) & (SLOTS - 1), null, this)) {
                return;
            }
        }
    }

    private void begin(HmacSha256 key) {
        // A MAC that has told its result is as it was when its key was set.
        if (key == current) {
            return;
        }
        try {
            mac.init(key.spec);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("HmacSHA256 takes any key that has bytes", e);
        }
        current = key;
    }

    /** Takes the UTF-8 form of a text in. */
    void update(String part) {
        int length = part.length();
        if (length > HEAD) {
            update(part.getBytes(StandardCharsets.UTF_8));
            return;
        }
        for (int i = 0; i < length; i++) {
            char c = part.charAt(i);
            if (c >= 0x80) {
                update(part.getBytes(StandardCharsets.UTF_8));
                return;
            }
            head[i] = (byte) c;
        }
        mac.update(head, 0, length);
    }

    void update(char ascii) {
        mac.update((byte) ascii);
    }

    private void update(byte[] bytes) {
        mac.update(bytes);
    }

    @Override
    public void write(int b) {
        mac.update((byte) b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        mac.update(bytes, offset, length);
    }

    /** The MAC of what came in, as the specification writes it. */
    String versioned() {
        Base64.getEncoder().encode(mac.doFinal(), base64);
        System.arraycopy(base64, 0, text, VERSION.length(), BASE64_CHARACTERS);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** The MAC of what came in, in hex. */
    String hex() {
        return HexFormat.of().formatHex(mac.doFinal());
    }
}
