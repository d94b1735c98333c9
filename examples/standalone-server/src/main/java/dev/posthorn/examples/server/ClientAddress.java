package dev.posthorn.examples.server;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;

/** Where requests come from. Proxies are believed only where they are known. */
final class ClientAddress {
    private static final String FORWARDED_FOR = "X-Forwarded-For";

    private final Networks proxies;

    ClientAddress(Networks proxies) {
        this.proxies = proxies;
    }

    /** The last address on the way here that is no proxy of ours. What is before it anybody can have written. */
    String of(HttpServletRequest request) {
        var client = request.getRemoteAddr();
        var before = String.join(",", Collections.list(request.getHeaders(FORWARDED_FOR)))
                .split(",", -1);
        for (int i = before.length - 1; i >= 0 && isProxy(client); i--) {
            var address = Networks.address(before[i].strip());
            if (address == null) {
                break;
            }
            client = address.getHostAddress();
        }
        return client;
    }

    private boolean isProxy(String client) {
        var address = Networks.address(client);
        return address != null && proxies.contains(address);
    }
}
