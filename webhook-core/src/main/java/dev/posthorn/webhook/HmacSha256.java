package dev.posthorn.webhook;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A symmetric key, and what it signs. Safe for use by several threads. */
final class HmacSha256 implements SigningKey {
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;

    /** What is hashed before the message, and before that hash (RFC 2104 §2). */
    final byte[] inner;

    final byte[] outer;

    /** @param key at least one byte */
    HmacSha256(byte[] key) {
        var block = key.length > SigningRoom.BLOCK ? SigningRoom.hash(key) : key;
        inner = padded(block, INNER);
        outer = padded(block, OUTER);
    }

    private static byte[] padded(byte[] key, byte with) {
        var padded = new byte[SigningRoom.BLOCK];
        for (int i = 0; i < padded.length; i++) {
            padded[i] = (byte) ((i < key.length ? key[i] : 0) ^ with);
        }
        return padded;
    }

    @Override
    public String signature(String id, long timestamp, Bytes body) {
        var room = SigningRoom.take(this);
        room.update(id);
        room.update('.');
        room.update(timestamp);
        room.update('.');
        write(body, room);
        return versioned(room);
    }

    /** Version {@code v1} of Standard Webhooks. The body is not copied. */
    @Override
    public String signature(String id, String timestamp, Bytes body) {
        var room = SigningRoom.take(this);
        room.update(id);
        room.update('.');
        room.update(timestamp);
        room.update('.');
        write(body, room);
        return versioned(room);
    }

    private String versioned(SigningRoom room) {
        var signature = room.versioned(this);
        room.giveBack();
        return signature;
    }

    /** The MAC of the body alone, in lower-case hex. The body is not copied. */
    String hex(Bytes body) {
        var room = SigningRoom.take(this);
        write(body, room);
        var hex = room.hex(this);
        room.giveBack();
        return hex;
    }

    private static void write(Bytes body, SigningRoom room) {
        try {
            body.writeTo(room);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
