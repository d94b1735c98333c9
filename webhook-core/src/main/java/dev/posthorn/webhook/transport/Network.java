package dev.posthorn.webhook.transport;

import org.jspecify.annotations.Nullable;

/** A range of IP addresses of one kind: all that begin with the same bits. Immutable. */
final class Network {
    private final String text;
    private final byte[] first;
    private final int bits;

    private Network(String text, byte[] first, int bits) {
        this.text = text;
        this.first = first;
        this.bits = bits;
    }

    /**
     * A network in CIDR form, such as {@code 10.0.0.0/8} or {@code fd00::/8}, or a single address. {@code null} if it
     * is neither; so is one with bits set behind its prefix, such as {@code 10.1.2.3/8}, because it cannot be told
     * whether the address or the network was meant.
     */
    static @Nullable Network parse(String text) {
        int slash = text.indexOf('/');
        var first = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (first == null) {
            return null;
        }
        int most = first.length * Byte.SIZE;
        int bits = slash < 0 ? most : IpLiteral.decimal(text.substring(slash + 1), most);
        return bits >= 0 && isZeroFrom(first, bits) ? new Network(text, first, bits) : null;
    }

    /** A network written in the code. */
    static Network of(String text) {
        var network = parse(text);
        if (network == null) {
            throw new IllegalArgumentException(text);
        }
        return network;
    }

    /** Whether the address with these bytes is in it; one of the other kind never is. */
    boolean contains(byte[] address) {
        if (address.length != first.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit += Byte.SIZE) {
            int mask = bits - bit >= Byte.SIZE ? 0xff : 0xff << (Byte.SIZE - (bits - bit));
            if (((address[bit / Byte.SIZE] ^ first[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }

    private static boolean isZeroFrom(byte[] bytes, int from) {
        for (int bit = from; bit < bytes.length * Byte.SIZE; bit++) {
            if ((bytes[bit / Byte.SIZE] >> (Byte.SIZE - 1 - bit % Byte.SIZE) & 1) != 0) {
                return false;
            }
        }
        return true;
    }
}
