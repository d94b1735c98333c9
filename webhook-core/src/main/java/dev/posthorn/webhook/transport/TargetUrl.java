package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.InvalidInputException;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes: a URL parsed once and strictly, so that what is checked, connected to and sent is one and the
 * same. Other parsers disagree about what this class refuses, and the disagreement is how a check is got round.
 * Immutable, and safe for use by several threads; equal if the normalised URLs are.
 */
public final class TargetUrl {
    /** How long a URL may be, in characters. */
    public static final int MOST_CHARACTERS = 2048;

    private static final String SEPARATOR = "://";
    private static final int MOST_PORT = 65535;
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    private final boolean isTls;
    private final TargetHost host;
    private final int port;
    private final String pathAndQuery;
    private final String text;

    private TargetUrl(boolean isTls, TargetHost host, int port, String pathAndQuery, String given) {
        this.isTls = isTls;
        this.host = host;
        this.port = port;
        this.pathAndQuery = pathAndQuery;
        var normalised = scheme() + SEPARATOR + authority() + pathAndQuery;
        // Mostly they are the same, and whoever keeps both then keeps one.
        this.text = normalised.equals(given) ? given : normalised;
    }

    /**
     * Parses an absolute {@code https} or {@code http} URL of at most 2,048 characters.
     *
     * <p>Its host is a name of letters, digits and hyphens that ends in a label beginning with a letter, an IPv4
     * address as four decimal numbers, or an IPv6 address in brackets; a name in another script is turned into
     * punycode, and one dot at its end is dropped. Its port is 1 to 65535. It has no user info and no fragment, and all
     * its other characters are those of RFC 3986, with {@code [} and {@code ]} in the query besides.
     *
     * @throws InvalidInputException with the field {@code url}, naming every fault; the message does not contain the
     *     URL
     */
    public static TargetUrl parse(String text) {
        var problems = new ArrayList<String>();
        var url = parse(text, problems);
        if (url == null || !problems.isEmpty()) {
            throw new InvalidInputException(problems.stream()
                    .map(problem -> new InvalidInputException.Fault("url", problem))
                    .toList());
        }
        return url;
    }

    private static @Nullable TargetUrl parse(String text, List<String> problems) {
        if (text.length() > MOST_CHARACTERS) {
            problems.add("must have at most 2,048 characters, has " + text.length());
            return null;
        }
        if (text.chars().anyMatch(c -> c <= ' ' || c == '\\' || (c >= 0x7f && c <= 0xa0))) {
            problems.add("must have no space, control character or backslash");
        }
        int separator = text.indexOf(SEPARATOR);
        var scheme = text.substring(0, Math.max(0, separator)).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            problems.add("must begin with https:// or http://");
        }
        if (separator < 0) {
            return null;
        }
        var rest = text.substring(separator + SEPARATOR.length());
        int fragment = rest.indexOf('#');
        if (fragment >= 0) {
            problems.add("must have no fragment (#)");
            rest = rest.substring(0, fragment);
        }
        int pathStart = endOfAuthority(rest);
        var authority = rest.substring(0, pathStart);
        int at = authority.lastIndexOf('@');
        if (at >= 0) {
            problems.add("must have no user info (name:password@)");
            authority = authority.substring(at + 1);
        }
        int hostEnd = endOfHost(authority);
        var host = TargetHost.parse(authority.substring(0, hostEnd), problems);
        boolean isTls = scheme.equals("https");
        int port = hostEnd == authority.length()
                ? (isTls ? HTTPS_PORT : HTTP_PORT)
                : port(authority.substring(hostEnd), problems);
        var path = path(rest.substring(pathStart), problems);
        return host == null ? null : new TargetUrl(isTls, host, port, path, text);
    }

    private static int endOfAuthority(String rest) {
        for (int i = 0; i < rest.length(); i++) {
            if (rest.charAt(i) == '/' || rest.charAt(i) == '?') {
                return i;
            }
        }
        return rest.length();
    }

    private static int endOfHost(String authority) {
        int colon = authority.indexOf(':', authority.startsWith("[") ? Math.max(0, authority.indexOf(']')) : 0);
        return colon < 0 ? authority.length() : colon;
    }

    private static int port(String colonAndPort, List<String> problems) {
        int port = IpLiteral.decimal(colonAndPort.substring(1), MOST_PORT);
        if (port < 1) {
            problems.add(
                    colonAndPort.indexOf(':', 1) > 0
                            ? "must have one port at most, and an IPv6 address in brackets"
                            : "must have a port from 1 to 65535, or none");
        }
        return port;
    }

    /** Checks the path and the query, and puts the one slash before them that an empty path stands for. */
    private static String path(String given, List<String> problems) {
        int query = given.indexOf('?') < 0 ? given.length() : given.indexOf('?');
        boolean isEscaped = true;
        boolean isAllowed = true;
        for (int i = 0; i < given.length(); i++) {
            char c = given.charAt(i);
            if (c == '%') {
                isEscaped &= isHex(given, i + 1) && isHex(given, i + 2);
            } else {
                isAllowed &= isAllowed(c, i >= query);
            }
        }
        if (!isEscaped) {
            problems.add("must have two hexadecimal digits after each % of its path and query");
        }
        if (!isAllowed) {
            problems.add("must have only characters of RFC 3986 in its path and query, the rest percent-encoded");
        }
        return given.startsWith("/") ? given : "/" + given;
    }

    private static boolean isAllowed(char c, boolean isQuery) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~!$&'()*+,;=:@/?".indexOf(c) >= 0
                // Not in RFC 3986, but in the URLs of many frameworks (ids[]=1), and every HTTP parser lets them pass.
                || (isQuery && (c == '[' || c == ']'));
    }

    private static boolean isHex(String text, int index) {
        return index < text.length() && text.charAt(index) < 0x7f && Character.digit(text.charAt(index), 16) >= 0;
    }

    /** {@code https} or {@code http}. */
    public String scheme() {
        return isTls ? "https" : "http";
    }

    /** Whether the scheme is {@code https}. */
    public boolean isTls() {
        return isTls;
    }

    /**
     * The host as it is looked up and named in TLS: in lower case, in punycode if need be, without a dot at its end; an
     * IPv6 address by RFC 5952 and without brackets.
     */
    public String host() {
        return host.name();
    }

    /** The port, 1 to 65535: the one given, or 443 for {@code https} and 80 for {@code http}. */
    public int port() {
        return port;
    }

    /** What is sent as {@code Host}: the host, in brackets if an IPv6 address, and the port unless the scheme's own. */
    public String authority() {
        var name = host.name().indexOf(':') >= 0 ? "[" + host.name() + "]" : host.name();
        return port == (isTls ? HTTPS_PORT : HTTP_PORT) ? name : name + ":" + port;
    }

    /** What the request line asks for: the path as it was given, at least {@code /}, and the query if there is one. */
    public String pathAndQuery() {
        return pathAndQuery;
    }

    /** The address the host is, if it is an address and not a name. No look-up is made for it. */
    public Optional<InetAddress> literalAddress() {
        return Optional.ofNullable(host.address());
    }

    /** The normalised URL as a {@link URI}, with a host and without what this class refuses. */
    public URI toUri() {
        return URI.create(text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TargetUrl that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The normalised URL: without the scheme's own port, the path and the query as they were given. */
    @Override
    public String toString() {
        return text;
    }
}
