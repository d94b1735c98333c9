package dev.posthorn.webhook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.InvalidKeyException;
import javax.crypto.spec.SecretKeySpec;

/** A symmetric key, and what it signs. Safe for use by several threads. */
final class HmacSha256 implements SigningKey {
    private final SecretKeySpec key;

    /** @param key at least one byte */
    HmacSha256(byte[] key) {
        this.key = new SecretKeySpec(key, MacRoom.ALGORITHM);
    }

    /** Version {@code v1} of Standard Webhooks. The body is not copied. */
    @Override
    public String signature(String id, String timestamp, Bytes body) {
        var room = open();
        room.update(id);
        room.update('.');
        room.update(timestamp);
        room.update('.');
        write(body, room);
        var signature = room.versioned();
        room.giveBack();
        return signature;
    }

    /** The MAC of the body alone, in lower-case hex. The body is not copied. */
    String hex(Bytes body) {
        var room = open();
        write(body, room);
        var hex = room.hex();
        room.giveBack();
        return hex;
    }

    private MacRoom open() {
        var room = MacRoom.take();
        try {
            room.begin(key);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("HmacSHA256 takes any key that has bytes", e);
        }
        return room;
    }

    private static void write(Bytes body, MacRoom room) {
        try {
            body.writeTo(room);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
