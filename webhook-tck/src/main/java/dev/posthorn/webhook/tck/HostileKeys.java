package dev.posthorn.webhook.tck;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificates that hostile endpoints show, made anew in each JVM, and what clients know of them. */
final class HostileKeys {
    private static final Duration LONG_AGO = Duration.ofDays(3).negated();
    private static final Duration YESTERDAY = Duration.ofDays(1).negated();
    private static final Duration TOMORROW = Duration.ofDays(1);
    private static final Duration SOMEDAY = Duration.ofDays(3);

    private static final IssuedCertificate AUTHORITY = IssuedCertificate.ofAnAuthority(LONG_AGO, SOMEDAY);
    private static final IssuedCertificate UNKNOWN_AUTHORITY = IssuedCertificate.ofAnAuthority(LONG_AGO, SOMEDAY);

    private static final SSLContext TRUSTING = trusting(AUTHORITY.certificate());
    private static final SSLContext GOOD = serving(AUTHORITY.issue(YESTERDAY, TOMORROW, true));
    private static final SSLContext EXPIRED = serving(AUTHORITY.issue(LONG_AGO, YESTERDAY, true));
    private static final SSLContext NOT_YET_VALID = serving(AUTHORITY.issue(TOMORROW, SOMEDAY, true));
    private static final SSLContext OF_ANOTHER_HOST = serving(AUTHORITY.issue(YESTERDAY, TOMORROW, false));
    private static final SSLContext UNTRUSTED = serving(UNKNOWN_AUTHORITY.issue(YESTERDAY, TOMORROW, true));

    private HostileKeys() {}

    /** For clients: trusts whom the others here are issued by, but for {@link #untrusted()}. */
    static SSLContext trusting() {
        return TRUSTING;
    }

    static SSLContext good() {
        return GOOD;
    }

    static SSLContext expired() {
        return EXPIRED;
    }

    static SSLContext notYetValid() {
        return NOT_YET_VALID;
    }

    static SSLContext ofAnotherHost() {
        return OF_ANOTHER_HOST;
    }

    static SSLContext untrusted() {
        return UNTRUSTED;
    }

    private static SSLContext serving(IssuedCertificate issued) {
        try {
            var password = new char[0];
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", issued.key(), password, new Certificate[] {issued.certificate()});
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whom those are issued by whom clients trust. */
    static X509Certificate authority() {
        return AUTHORITY.certificate();
    }

    /** For clients: trusts whom this one has issued. */
    static SSLContext trusting(X509Certificate authority) {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
