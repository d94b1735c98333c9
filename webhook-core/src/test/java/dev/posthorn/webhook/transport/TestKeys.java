package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Self-made certificates. */
final class TestKeys {
    static final String PASSWORD = "changeit";

    private TestKeys() {}

    /** Writes a file with a key and its self-made certificate, for names such as {@code dns:localhost}. */
    static void make(Path file, String names) throws Exception {
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
                        "san=" + names,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD)
                .inheritIO()
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /** With the one key in the file, trusting it and nothing else. */
    static SSLContext context(Path file) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(keyManagers(file), new TrustManager[] {trustManager(file)}, null);
        return context;
    }

    /** With the one key in the file. */
    static KeyManager[] keyManagers(Path file) throws Exception {
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(load(file), PASSWORD.toCharArray());
        return keyManagers.getKeyManagers();
    }

    /** Trusts the one certificate in each file and nothing else. */
    static TrustManager trustManager(Path... files) throws Exception {
        // A key entry is no trusted certificate by itself.
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        for (var file : files) {
            trust.setCertificateEntry(file.toString(), load(file).getCertificate("key"));
        }
        var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trust);
        return trustManagers.getTrustManagers()[0];
    }

    private static KeyStore load(Path file) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }
}
