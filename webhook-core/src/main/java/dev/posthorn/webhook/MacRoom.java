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
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A MAC and the arrays that are needed around it, used again and again, because looking one up and making it costs more
 * than signing a small body.
 *
 * <p>Idle ones are kept in a few slots that all keys and threads share. One for each key would be one for each
 * subscription, and one for each thread would be one for each virtual thread; setting the key anew costs far less than
 * either. Whoever finds no idle one makes one, and one that finds no slot free is dropped, so nobody waits.
 */
final class MacRoom extends OutputStream {
    static final String ALGORITHM = "HmacSHA256";

    private static final String VERSION = "v1,";
    private static final int HEAD = 128;
    private static final int MAC_BYTES = 32;
    private static final int BASE64_CHARACTERS = (MAC_BYTES + 2) / 3 * 4;

    // A thread does not wait while it signs, so that about as many sign at once as there are processors.
    private static final int SLOTS =
            Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors()) * 2;
    private static final AtomicReferenceArray<@Nullable MacRoom> IDLE = new AtomicReferenceArray<>(SLOTS);

    private final Mac mac;
    private final byte[] head = new byte[HEAD];
    private final byte[] base64 = new byte[BASE64_CHARACTERS];
    private final byte[] text = new byte[VERSION.length() + BASE64_CHARACTERS];

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

    /** One for the calling thread alone. */
    static MacRoom take() {
        int start = ThreadLocalRandom.current().nextInt(SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            int slot = (start + i) & (SLOTS - 1);
            var room = IDLE.getPlain(slot) == null ? null : IDLE.getAndSet(slot, null);
            if (room != null) {
                return room;
            }
        }
        return new MacRoom();
    }

    /**
     * Leaves it to others, once all is read from it. One that failed meanwhile is not given back: nobody knows its
     * state.
     */
    void giveBack() {
        int start = ThreadLocalRandom.current().nextInt(SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            if (IDLE.compareAndSet((start + i) & (SLOTS - 1), null, this)) {
                return;
            }
        }
    }

    void begin(SecretKeySpec key) throws InvalidKeyException {
        mac.init(key);
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
