package dev.posthorn.webhook.transport;

import java.net.IDN;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The host of a URL in its one normal form.
 *
 * @param name in lower case and ASCII, without brackets or a dot at its end
 * @param address if the name is one, the address; {@code null} otherwise
 */
record TargetHost(String name, @Nullable InetAddress address) {
    private static final int MOST_CHARACTERS = 253; // RFC 1035 §2.3.4, less the root's length and dot
    private static final int MOST_IN_LABEL = 63;

    /** Parses what stands before the port. Adds what is wrong with it, and returns {@code null} then. */
    static @Nullable TargetHost parse(String text, List<String> problems) {
        if (text.startsWith("[")) {
            var bytes = text.endsWith("]") ? IpLiteral.parseV6(text.substring(1, text.length() - 1)) : null;
            if (bytes == null) {
                problems.add("must have an IPv6 address without a scope id between its brackets");
                return null;
            }
            var name = IpLiteral.formatV6(bytes);
            return new TargetHost(name, IpLiteral.address(name, bytes));
        }
        var name = toAscii(text);
        if (name == null) {
            problems.add("must have a host that IDNA 2003 and its successors write alike, or else in punycode");
            return null;
        }
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        var v4 = IpLiteral.parseV4(name);
        if (v4 != null) {
            return new TargetHost(name, IpLiteral.address(name, v4));
        }
        var problem = problemOf(name);
        if (problem != null) {
            problems.add(problem);
            return null;
        }
        return new TargetHost(name, null);
    }

    private static @Nullable String toAscii(String text) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return text.toLowerCase(Locale.ROOT);
        }
        if (text.chars().anyMatch(TargetHost::isDeviation)) {
            return null;
        }
        try {
            // It also turns full-width digits and dots into plain ones, so everything else is judged by the outcome.
            return IDN.toASCII(text, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Whether a character leads to another name here (IDNA 2003) than in browsers (UTS #46 §2.3): a sharp s, a final
     * sigma, or a zero-width joiner or non-joiner. The two names can belong to different people.
     */
    private static boolean isDeviation(int c) {
        return c == 0xdf || c == 0x3c2 || c == 0x200c || c == 0x200d;
    }

    private static @Nullable String problemOf(String name) {
        if (name.isEmpty()) {
            return "must have a host";
        }
        if (name.length() > MOST_CHARACTERS) {
            return "must have a host of at most 253 characters";
        }
        var labels = name.split("\\.", -1);
        for (var label : labels) {
            if (!isLabel(label)) {
                return "must have a host of labels of 1 to 63 letters, digits and inner hyphens";
            }
        }
        // No name of the public DNS does otherwise (RFC 3696 §2). Much software takes such for a number and thereby for
        // an
        // address: 127.1, 2130706433, 0x7f.1, 0177.0.0.1.
        return Character.isDigit(labels[labels.length - 1].charAt(0))
                ? "must have a host whose last label begins with a letter, or an IPv4 address as four decimal numbers"
                : null;
    }

    private static boolean isLabel(String label) {
        return !label.isEmpty()
                && label.length() <= MOST_IN_LABEL
                && !label.startsWith("-")
                && !label.endsWith("-")
                && label.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
}
