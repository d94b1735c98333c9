package dev.posthorn.webhook.tck;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A key and a certificate for it, written by hand as RFC 5280 §4.1 has it: Java can read certificates but has no public
 * way to make them, and {@code keytool} is not everywhere and takes a second for each.
 */
record IssuedCertificate(PrivateKey key, X509Certificate certificate) {
    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_ID = 0x06;
    private static final int UTF8_STRING = 0x0c;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int VERSION = 0xa0;
    private static final int EXTENSIONS = 0xa3;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;

    private static final byte[] ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_ID, hex("2a8648ce3d040302")));
    private static final byte[] COMMON_NAME = der(OBJECT_ID, hex("550403"));
    private static final byte[] SUBJECT_ALT_NAME = der(OBJECT_ID, hex("551d11"));
    private static final byte[] BASIC_CONSTRAINTS = der(OBJECT_ID, hex("551d13"));
    private static final byte[] TRUE = der(BOOLEAN, new byte[] {(byte) 0xff});

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** One that may issue others, valid in between, both counted from now. */
    static IssuedCertificate ofAnAuthority(Duration from, Duration to) {
        var keys = newKeys();
        var name = name();
        var isAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)));
        return issue(keys, name, keys.getPrivate(), name, from, to, isAuthority);
    }

    /** One that is issued by this, valid in between, for both loopback addresses or for a host that is elsewhere. */
    IssuedCertificate issue(Duration from, Duration to, boolean isForLoopback) {
        var hosts = isForLoopback
                ? der(
                        SEQUENCE,
                        der(IP_ADDRESS, HostileEndpoint.ipv4().getAddress()),
                        der(IP_ADDRESS, HostileEndpoint.ipv6().getAddress()))
                : der(SEQUENCE, der(DNS_NAME, utf8("other.example")));
        var isForHosts = der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, hosts));
        var issuer = certificate.getSubjectX500Principal().getEncoded();
        return issue(newKeys(), name(), key, issuer, from, to, isForHosts);
    }

    private static IssuedCertificate issue(
            KeyPair keys, byte[] name, PrivateKey by, byte[] issuer, Duration from, Duration to, byte[] extension) {
        try {
            var body = der(
                    SEQUENCE,
                    der(VERSION, der(INTEGER, new byte[] {2})),
                    der(INTEGER, number().toByteArray()),
                    ECDSA_WITH_SHA256,
                    issuer,
                    der(SEQUENCE, time(from), time(to)),
                    name,
                    keys.getPublic().getEncoded(),
                    der(EXTENSIONS, der(SEQUENCE, extension)));
            var signing = Signature.getInstance("SHA256withECDSA");
            signing.initSign(by);
            signing.update(body);
            var whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, der(BIT_STRING, new byte[] {0}, signing.sign()));
            return new IssuedCertificate(keys.getPrivate(), (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BigInteger number() {
        return new BigInteger(62, ThreadLocalRandom.current()).add(BigInteger.ONE);
    }

    /** Unlike any other, because certificates are looked up by it. */
    private static byte[] name() {
        return der(
                SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, utf8("made for a test " + number())))));
    }

    private static byte[] time(Duration fromNow) {
        return der(GENERALIZED_TIME, utf8(TIME.format(Instant.now().plus(fromNow))));
    }

    /** A value with its tag and length in front (ITU-T X.690 §8.1). */
    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = content.size();
        if (length > 0xff) {
            // Nothing that is made here needs a third byte.
            whole.write(0x82);
            whole.write(length >> 8);
        } else if (length > 0x7f) {
            whole.write(0x81);
        }
        whole.write(length);
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
