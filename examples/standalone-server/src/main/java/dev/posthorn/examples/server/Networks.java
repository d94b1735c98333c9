package dev.posthorn.examples.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Networks of IP addresses. */
record Networks(List<Network> all) {
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*");
    private static final int BYTE = 8;

    Networks {
        all = List.copyOf(all);
    }

    /** @param bits how many leading bits count */
    record Network(InetAddress address, int bits) {
        boolean contains(InetAddress other) {
            byte[] own = address.getAddress();
            byte[] others = other.getAddress();
            if (own.length != others.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % BYTE;
                if ((own[bit / BYTE] & mask) != (others[bit / BYTE] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    boolean contains(InetAddress address) {
        return all.stream().anyMatch(network -> network.contains(address));
    }

    /** A network such as {@code 10.0.0.0/8}, or an address alone; {@code null} if it is neither. */
    static @Nullable Network parse(String text) {
        var parts = text.split("/", 2);
        var address = address(parts[0]);
        if (address == null) {
            return null;
        }
        int most = address.getAddress().length * BYTE;
        if (parts.length == 1) {
            return new Network(address, most);
        }
        return parts[1].matches("\\d{1,3}") && Integer.parseInt(parts[1]) <= most
                ? new Network(address, Integer.parseInt(parts[1]))
                : null;
    }

    /** An address that is written out; {@code null} for anything else, so that no name is looked up. */
    static @Nullable InetAddress address(String text) {
        try {
            return LITERAL.matcher(text).matches() ? InetAddress.getByName(text) : null;
        } catch (UnknownHostException notOne) {
            return null;
        }
    }
}
