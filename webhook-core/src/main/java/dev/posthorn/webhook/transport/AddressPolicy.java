package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.InvalidInputException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be called. Endpoints are chosen by people the host need not trust, and it stands where they do
 * not: beside databases, admin pages and the cloud's metadata service. So only public addresses are allowed, unless
 * networks are added by hand. Addresses are judged by their bytes, because what {@link InetAddress} says of itself is
 * not enough ({@code isSiteLocalAddress()} and its like miss most of the ranges below). Immutable, and safe for use by
 * several threads.
 */
public final class AddressPolicy {
    // From the IANA registries of special-purpose addresses (RFC 6890): all that is not globally reachable, and the
    // relay,
    // AS112 and AMT anycast ranges, which are reachable but lead to machines nobody chose.
    private static final List<Range> REFUSED_V4 = List.of(
            new Range("0.0.0.0/8", "it means this host or network"),
            new Range("10.0.0.0/8", "it is private"),
            new Range("100.64.0.0/10", "it is shared by a carrier's customers"),
            new Range("127.0.0.0/8", "it is a loopback address"),
            // With the metadata services of most clouds.
            new Range("169.254.0.0/16", "it is link-local"),
            new Range("172.16.0.0/12", "it is private"),
            new Range("192.0.0.0/24", "it is reserved for protocols"),
            new Range("192.0.2.0/24", "it is for documentation"),
            new Range("192.31.196.0/24", "it is reserved for protocols"),
            new Range("192.52.193.0/24", "it is reserved for protocols"),
            new Range("192.88.99.0/24", "it is reserved for protocols"),
            new Range("192.168.0.0/16", "it is private"),
            new Range("192.175.48.0/24", "it is reserved for protocols"),
            new Range("198.18.0.0/15", "it is for measurements"),
            new Range("198.51.100.0/24", "it is for documentation"),
            new Range("203.0.113.0/24", "it is for documentation"),
            new Range("224.0.0.0/4", "it is a multicast address"),
            new Range("240.0.0.0/4", "it is reserved"),
            // Inside public space, but within Azure it answers as the platform itself.
            new Range("168.63.129.16", "it belongs to a cloud's platform"));

    // IPv6 is judged the other way round: nothing outside this is allowed, so ::, ::1, unique local, link-local,
    // multicast
    // and every way of writing an IPv4 address need no entry, nor does what is assigned in future.
    private static final Network GLOBAL_V6 = Network.of("2000::/3");

    private static final List<Range> REFUSED_V6 = List.of(
            new Range("2001::/23", "it is reserved for protocols"), // Teredo among them, which holds an IPv4 address
            new Range("2001:db8::/32", "it is for documentation"),
            new Range("2002::/16", "it holds an IPv4 address"), // 6to4
            new Range("2620:4f:8000::/48", "it is reserved for protocols"),
            new Range("3fff::/20", "it is for documentation"));

    private static final Network MAPPED = Network.of("::ffff:0:0/96"); // RFC 4291 §2.5.5.2
    private static final Network NAT64 = Network.of("64:ff9b::/96"); // RFC 6052 §2.1

    private static final byte[] LOOPBACK_V4 = {127, 0, 0, 1};
    private static final byte[] LOOPBACK_V6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    private static final AddressPolicy PUBLIC_ONLY = new AddressPolicy(List.of(), false);

    private final List<Network> allowed;
    private final boolean throughNat64;

    private AddressPolicy(List<Network> allowed, boolean throughNat64) {
        this.allowed = List.copyOf(allowed);
        this.throughNat64 = throughNat64;
    }

    /** Public addresses and no others. The default of every transport. */
    public static AddressPolicy publicOnly() {
        return PUBLIC_ONLY;
    }

    /** As {@link #allowing(List)}. */
    public AddressPolicy allowing(String... cidrs) {
        return allowing(List.of(cidrs));
    }

    /**
     * A copy that allows these networks too. They are allowed whole, whatever this class thinks of what is in them, and
     * an IPv4 network also in its mapped form ({@code ::ffff:10.0.0.1}).
     *
     * @param cidrs networks in CIDR form ({@code 10.0.0.0/8}, {@code fd00::/8}) or single addresses
     * @throws InvalidInputException naming every one that is not such, with fields like {@code cidrs[0]}
     */
    public AddressPolicy allowing(List<String> cidrs) {
        var networks = new ArrayList<>(allowed);
        var faults = new ArrayList<InvalidInputException.Fault>();
        for (int i = 0; i < cidrs.size(); i++) {
            var network = Network.parse(cidrs.get(i));
            if (network == null) {
                faults.add(new InvalidInputException.Fault(
                        "cidrs[" + i + "]",
                        "must be an IP address or a network such as 10.0.0.0/8, with no bits set behind its prefix"));
            } else {
                networks.add(network);
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
        return new AddressPolicy(networks, throughNat64);
    }

    /**
     * A copy for hosts whose only way to IPv4 is a NAT64 gateway: addresses in {@code 64:ff9b::/96}, which are refused
     * otherwise, are judged by the IPv4 address they hold.
     */
    public AddressPolicy throughNat64() {
        return new AddressPolicy(allowed, true);
    }

    /**
     * Why an address may not be called, or empty if it may. The reason is for the host's log: shown to whoever chose
     * the endpoint, it would tell what a name stands for within the host's network.
     */
    public Optional<String> refusal(InetAddress address) {
        var bytes = address.getAddress();
        return Optional.ofNullable(bytes.length == IpLiteral.V4_BYTES ? refusalV4(bytes) : refusalV6(bytes));
    }

    /**
     * Why a URL may never be called, judged without a look-up, or empty if it may: its host is an address that is
     * refused, or {@code localhost} (RFC 6761 §6.3: and every name under it) while both loopback addresses are. The
     * reason says nothing that is not in the URL, so that it may be shown to whoever chose it.
     */
    public Optional<String> refusal(TargetUrl url) {
        var literal = url.literalAddress();
        if (literal.isPresent()) {
            return refusal(literal.get());
        }
        boolean isLocalhost = url.host().equals("localhost") || url.host().endsWith(".localhost");
        return isLocalhost && refusalV6(LOOPBACK_V6) != null
                ? Optional.ofNullable(refusalV4(LOOPBACK_V4))
                : Optional.empty();
    }

    /** What is allowed beside public addresses. */
    @Override
    public String toString() {
        return "AddressPolicy[public, " + allowed + (throughNat64 ? ", through NAT64]" : "]");
    }

    private @Nullable String refusalV4(byte[] address) {
        return isAllowed(address) ? null : firstOf(REFUSED_V4, address);
    }

    private @Nullable String refusalV6(byte[] address) {
        if (isAllowed(address)) {
            return null;
        }
        var v4 = Arrays.copyOfRange(address, IpLiteral.V6_BYTES - IpLiteral.V4_BYTES, IpLiteral.V6_BYTES);
        if (MAPPED.contains(address)) {
            // No name server has a reason to answer with one, so that a public IPv4 address in it does not help.
            return isAllowed(v4) ? null : "it holds an IPv4 address";
        }
        if (throughNat64 && NAT64.contains(address)) {
            return refusalV4(v4);
        }
        if (!GLOBAL_V6.contains(address)) {
            return "it is not a global unicast address";
        }
        var refusal = firstOf(REFUSED_V6, address);
        return refusal == null && isIsatap(address) ? refusalV4(v4) : refusal;
    }

    private boolean isAllowed(byte[] address) {
        // A loop, because this is asked for every request.
        for (var network : allowed) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String firstOf(List<Range> ranges, byte[] address) {
        for (var range : ranges) {
            if (range.network.contains(address)) {
                return range.why;
            }
        }
        return null;
    }

    /** Whether the interface id is one of RFC 5214 §6.1, which makes routers send on to the IPv4 address at its end. */
    private static boolean isIsatap(byte[] address) {
        return (address[8] & ~0x03) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == (byte) 0xfe;
    }

    /** Addresses that are refused, and why. */
    private record Range(Network network, String why) {
        Range(String cidr, String why) {
            this(Network.of(cidr), why);
        }
    }
}
