package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.EgressProxy;
import dev.posthorn.webhook.transport.SocketTransport;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundles;

/** What {@code posthorn.transport} says. */
final class TransportSettings {
    private static final String PREFIX = "posthorn.transport.";

    private final PosthornProperties.Transport properties;
    private final AddressPolicy addresses;
    private final @Nullable EgressProxy proxy;
    private final @Nullable SSLContext sslContext;

    TransportSettings(PosthornProperties.Transport properties, @Nullable SslBundles bundles, PropertyFaults faults) {
        this.properties = properties;
        addresses = addresses(properties, faults);
        proxy = proxy(properties.proxy(), faults);
        sslContext = sslContext(properties.sslBundle(), bundles, faults);
        var trial = faults.in(PREFIX, this::make);
        if (trial != null) {
            trial.close();
        }
    }

    private static AddressPolicy addresses(PosthornProperties.Transport properties, PropertyFaults faults) {
        var policy = AddressPolicy.publicOnly();
        var networks = properties.allowedNetworks();
        for (int i = 0; i < networks.size(); i++) {
            var before = policy;
            var network = networks.get(i);
            var more = faults.of(PREFIX + "allowed-networks[" + i + "]", () -> before.allowing(network));
            policy = more == null ? before : more;
        }
        return properties.throughNat64() ? policy.throughNat64() : policy;
    }

    private static @Nullable EgressProxy proxy(PosthornProperties.@Nullable Proxy proxy, PropertyFaults faults) {
        if (proxy == null) {
            return null;
        }
        var url = proxy.url();
        if (url == null || url.isBlank()) {
            faults.add(PREFIX + "proxy.url", "must be set with the rest of " + PREFIX + "proxy");
            return null;
        }
        var user = proxy.user();
        var password = proxy.password();
        if ((user == null) != (password == null)) {
            faults.add(
                    PREFIX + "proxy." + (user == null ? "user" : "password"), "must be set with the other of the two");
            return null;
        }
        return faults.in(PREFIX + "proxy.", () -> {
            var egress = EgressProxy.at(url);
            return user == null || password == null ? egress : egress.credentials(user, password);
        });
    }

    private static @Nullable SSLContext sslContext(
            @Nullable String name, @Nullable SslBundles bundles, PropertyFaults faults) {
        if (name == null || name.isBlank()) {
            return null;
        }
        try {
            if (bundles != null) {
                return bundles.getBundle(name).createSslContext();
            }
        } catch (NoSuchSslBundleException unknown) {
            // Said below.
        }
        faults.add(PREFIX + "ssl-bundle", "must be the name of an SSL bundle, is " + name);
        return null;
    }

    SocketTransport make() {
        var builder = SocketTransport.builder()
                .addresses(addresses)
                .httpsOnly(properties.httpsOnly())
                .allowedPorts(properties.allowedPorts().stream()
                        .mapToInt(Integer::intValue)
                        .toArray())
                .allowedHosts(properties.allowedHosts().toArray(String[]::new))
                .maxStoredBody(Settings.bytes(properties.maxStoredBody()))
                .maxReadBody(Settings.bytes(properties.maxReadBody()))
                .earlyLookup(properties.earlyLookup());
        if (proxy != null) {
            builder.proxy(proxy);
        }
        if (sslContext != null) {
            builder.sslContext(sslContext);
        }
        return builder.build();
    }
}
