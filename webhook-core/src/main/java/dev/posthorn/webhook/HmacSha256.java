package dev.posthorn.webhook;

import java.io.IOException;
import java.io.UncheckedIOException;
import javax.crypto.spec.SecretKeySpec;

/** A symmetric key, and what it signs. Safe for use by several threads. */
final class HmacSha256 implements SigningKey {
    final SecretKeySpec spec;

    /** The slot where it looks first for a MAC. */
    final int home = MacRoom.home();

    /** @param key at least one byte */
    HmacSha256(byte[] key) {
        spec = new SecretKeySpec(key, MacRoom.ALGORITHM);
    }

    /** Version {@code v1} of Standard Webhooks. The body is not copied. */
    @Override
    public String signature(String id, String timestamp, Bytes body) {
        var room = MacRoom.take(this);
        room.update(id);
        room.update('.');
        room.update(timestamp);
        room.update('.');
        write(body, room);
        var signature = room.versioned();
        room.giveBack(this);
        return signature;
    }

    /** The MAC of the body alone, in lower-case hex. The body is not copied. */
    String hex(Bytes body) {
        var room = MacRoom.take(this);
        write(body, room);
        var hex = room.hex();
        room.giveBack(this);
        return hex;
    }

    private static void write(Bytes body, MacRoom room) {
        try {
            body.writeTo(room);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
