package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryDetails;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** How requests are sent is as the properties say: through a proxy, and with the certificates of a bundle. */
@Timeout(60)
class TransportSettingsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, PosthornAutoConfiguration.class))
            .withPropertyValues("posthorn.transport.allowed-networks=127.0.0.0/8", "posthorn.retry.delays=");

    private static DeliveryDetails send(WebhookDispatcher webhooks, String url) {
        webhooks.subscriptions().create(NewSubscription.to(url));
        var receipt = webhooks.publish(WebhookEvent.of("a", "text/plain", Bytes.utf8("b")));
        return Awaitility.await()
                .until(
                        () -> webhooks.deliveries()
                                .get(receipt.deliveryIds().get(0))
                                .orElseThrow(),
                        details -> details.delivery().status() != DeliveryStatus.PENDING);
    }

    @Test
    void requestsGoThroughTheProxyWithItsCredentials() throws Exception {
        var proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        proxy.createContext("/", exchange -> {
            seen.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Proxy-Authorization"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        proxy.start();
        try {
            application
                    .withPropertyValues(
                            "posthorn.transport.proxy.url=http://127.0.0.1:"
                                    + proxy.getAddress().getPort(),
                            "posthorn.transport.proxy.user=me",
                            "posthorn.transport.proxy.password=secret")
                    .run(context -> {
                        var sent = send(context.getBean(WebhookDispatcher.class), "http://inside.example/hook");
                        assertThat(sent.delivery().status()).isEqualTo(DeliveryStatus.SUCCEEDED);
                        assertThat(seen.poll(10, TimeUnit.SECONDS))
                                .isEqualTo("http://inside.example/hook Basic bWU6c2VjcmV0");
                    });
        } finally {
            proxy.stop(0);
        }
    }

    @Test
    void certificatesAreCheckedAgainstTheBundleAndItsOwnIsShown() throws Exception {
        makeKeys();
        var endpoint = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        endpoint.setHttpsConfigurator(new AskingForCertificates(context()));
        endpoint.createContext("/", exchange -> {
            seen.add(((HttpsExchange) exchange)
                    .getSSLSession()
                    .getPeerPrincipal()
                    .getName());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        endpoint.start();
        var url = "https://127.0.0.1:" + endpoint.getAddress().getPort() + "/hook";
        try {
            application
                    .withPropertyValues(
                            "posthorn.transport.ssl-bundle=hooks",
                            "spring.ssl.bundle.jks.hooks.keystore.location=file:" + keys(),
                            "spring.ssl.bundle.jks.hooks.keystore.password=" + PASSWORD,
                            "spring.ssl.bundle.jks.hooks.truststore.location=file:" + trusted(),
                            "spring.ssl.bundle.jks.hooks.truststore.password=" + PASSWORD)
                    .run(context -> {
                        var sent = send(context.getBean(WebhookDispatcher.class), url);
                        assertThat(sent.delivery().status()).isEqualTo(DeliveryStatus.SUCCEEDED);
                        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("CN=test");
                    });
            application.run(context -> {
                var sent = send(context.getBean(WebhookDispatcher.class), url);
                assertThat(sent.attempts().get(0).outcome()).isEqualTo(AttemptOutcome.TLS_FAILED);
                assertThat(seen).isEmpty();
            });
        } finally {
            endpoint.stop(0);
        }
    }

    private Path keys() {
        return folder.resolve("keys.p12");
    }

    private Path trusted() {
        return folder.resolve("trusted.p12");
    }

    /** A key with a self-made certificate, and a file that says that this is to be trusted. */
    private void makeKeys() throws Exception {
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var process = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-validity",
                        "2",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys().toString(),
                        "-storepass",
                        PASSWORD)
                .inheritIO()
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("trusted", load(keys()).getCertificate("key"));
        try (var out = Files.newOutputStream(trusted())) {
            trust.store(out, PASSWORD.toCharArray());
        }
    }

    private static KeyStore load(Path file) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private SSLContext context() throws Exception {
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(load(keys()), PASSWORD.toCharArray());
        var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(load(trusted()));
        var context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    private static final class AskingForCertificates extends HttpsConfigurator {
        AskingForCertificates(SSLContext context) {
            super(context);
        }

        @Override
        public void configure(HttpsParameters parameters) {
            SSLParameters asking = getSSLContext().getDefaultSSLParameters();
            asking.setNeedClientAuth(true);
            parameters.setSSLParameters(asking);
        }
    }
}
