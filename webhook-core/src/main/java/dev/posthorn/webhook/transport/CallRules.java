package dev.posthorn.webhook.transport;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * What may be called.
 *
 * @param addresses for all hosts but those below
 * @param isHttpsOnly whether plain HTTP is refused
 * @param ports that may be called; none means any
 * @param hosts whose addresses are not judged
 */
record CallRules(AddressPolicy addresses, boolean isHttpsOnly, Set<Integer> ports, Set<String> hosts) {
    /** Why a URL may never be called, without a look-up, in words that may be shown to whoever chose it. */
    Optional<String> refusal(TargetUrl url) {
        var refusal = refusalOfForm(url);
        return refusal.isPresent() || hosts.contains(url.host()) ? refusal : addresses.refusal(url);
    }

    /** The same, looking at the scheme and the port alone. */
    Optional<String> refusalOfForm(TargetUrl url) {
        if (isHttpsOnly && !url.isTls()) {
            return Optional.of("only https may be called");
        }
        return ports.isEmpty() || ports.contains(url.port())
                ? Optional.empty()
                : Optional.of("the port is one that may not be called");
    }

    /** Why an address that a host has may not be called, in words for the host's log alone. */
    Optional<String> refusal(String host, InetAddress address) {
        return hosts.contains(host) ? Optional.empty() : addresses.refusal(address);
    }
}
