package dev.posthorn.webhook.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * IP addresses as text, read strictly and without a look-up. {@link InetAddress#getByName} does neither: it takes
 * {@code 2130706433} and {@code 0} for addresses, drops leading zeros, turns a mapped address into another one, and
 * asks the name service about anything else.
 */
final class IpLiteral {
    static final int V4_BYTES = 4;
    static final int V6_BYTES = 16;

    private static final int V6_GROUPS = 8;
    private static final int MOST_IN_BYTE = 0xff;

    private IpLiteral() {}

    /** The bytes of an address of either kind, without brackets or a scope id; {@code null} if it is none. */
    static byte @Nullable [] parse(String text) {
        return text.indexOf(':') >= 0 ? parseV6(text) : parseV4(text);
    }

    /** The bytes of four decimal numbers without leading zeros; {@code null} for anything else. */
    static byte @Nullable [] parseV4(String text) {
        var parts = text.split("\\.", -1);
        if (parts.length != V4_BYTES) {
            return null;
        }
        var bytes = new byte[V4_BYTES];
        for (int i = 0; i < V4_BYTES; i++) {
            int value = decimal(parts[i], MOST_IN_BYTE);
            if (value < 0) {
                return null;
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    /** The bytes of an IPv6 address by RFC 4291 §2.2; {@code null} for anything else, a scope id included. */
    static byte @Nullable [] parseV6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return null;
        }
        var head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
        var tail = gap < 0 ? List.<Integer>of() : groups(text.substring(gap + 2), true);
        if (head == null || tail == null) {
            return null;
        }
        int given = head.size() + tail.size();
        if (gap < 0 ? given != V6_GROUPS : given >= V6_GROUPS) {
            return null;
        }
        var bytes = new byte[V6_BYTES];
        for (int i = 0; i < head.size(); i++) {
            put(bytes, i, head.get(i));
        }
        for (int i = 0; i < tail.size(); i++) {
            put(bytes, V6_GROUPS - tail.size() + i, tail.get(i));
        }
        return bytes;
    }

    /** The text of an IPv6 address in the one form of RFC 5952 §4, always in hexadecimal. */
    static String formatV6(byte[] bytes) {
        int longest = 0;
        int start = -1;
        int run = 0;
        for (int i = 0; i < V6_GROUPS; i++) {
            run = group(bytes, i) == 0 ? run + 1 : 0;
            if (run > longest && run > 1) {
                longest = run;
                start = i + 1 - run;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < V6_GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(i == 0 || i == start + longest ? "" : ":").append(Integer.toHexString(group(bytes, i)));
            }
        }
        return text.toString();
    }

    /**
     * The address with these 4 or 16 bytes.
     *
     * @param name its text, so that nothing looks up a name for it
     */
    static InetAddress address(String name, byte[] bytes) {
        try {
            // Not InetAddress.getByAddress, which makes an IPv4 address of a mapped one: what is judged would not be
            // what
            // was written.
            return bytes.length == V4_BYTES
                    ? InetAddress.getByAddress(name, bytes)
                    : Inet6Address.getByAddress(name, bytes, -1);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("4 or 16 bytes are an address, not " + bytes.length, e);
        }
    }

    /** The value of decimal digits without leading zeros, or -1 if there is anything else or it is above the most. */
    static int decimal(String digits, int most) {
        int length = digits.length();
        if (length == 0 || length > 5 || (length > 1 && digits.charAt(0) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < length; i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= most ? value : -1;
    }

    private static @Nullable List<Integer> groups(String text, boolean isEnd) {
        if (text.isEmpty()) {
            return List.of();
        }
        var parts = text.split(":", -1);
        var groups = new ArrayList<Integer>();
        for (int i = 0; i < parts.length; i++) {
            var v4 = isEnd && i == parts.length - 1 ? parseV4(parts[i]) : null;
            if (v4 != null) {
                groups.add(group(v4, 0));
                groups.add(group(v4, 1));
            } else if (isGroup(parts[i])) {
                groups.add(Integer.parseInt(parts[i], 16));
            } else {
                return null;
            }
        }
        return groups;
    }

    private static boolean isGroup(String text) {
        return !text.isEmpty()
                && text.length() <= 4
                && text.chars()
                        .allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    }

    private static int group(byte[] bytes, int index) {
        return (bytes[2 * index] & MOST_IN_BYTE) << 8 | (bytes[2 * index + 1] & MOST_IN_BYTE);
    }

    private static void put(byte[] bytes, int index, int group) {
        bytes[2 * index] = (byte) (group >> 8);
        bytes[2 * index + 1] = (byte) group;
    }
}
