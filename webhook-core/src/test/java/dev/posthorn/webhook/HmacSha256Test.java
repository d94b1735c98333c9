package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HmacSha256Test {
    private static final String ID = "msg_1";

    /** RFC 4231 §4.2, 4.3, 4.4, 4.7 and 4.8: short keys and such as are longer than a block of the hash. */
    @ParameterizedTest
    @CsvSource({
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, 1, 4869205468657265,"
                + " b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "4a656665, 1, 7768617420646f2079612077616e7420666f72206e6f7468696e673f,"
                + " 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "aa, 20, dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd,"
                + " 773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "aa, 131, 54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374,"
                + " 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "aa, 131, 5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061"
                + "206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173"
                + "686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e,"
                + " 9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    })
    void theVectorsOfItsSpecificationPass(String key, int times, String data, String mac) {
        var hex = HexFormat.of();
        assertThat(new HmacSha256(hex.parseHex(key.repeat(times))).hex(Bytes.wrap(hex.parseHex(data))))
                .isEqualTo(mac);
    }

    @Test
    void signsAsTheJdkDoesForKeysAndBodiesOfEveryLength() throws Exception {
        long seed = Long.getLong("posthorn.test.seed", System.nanoTime());
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int length = 1; length <= 200; length++) {
            var key = new byte[length];
            var body = new byte[random.nextInt(300)];
            random.nextBytes(key);
            random.nextBytes(body);
            long timestamp = random.nextLong() >> random.nextInt(64);
            var own = new HmacSha256(key);

            var expected = "v1," + Base64.getEncoder().encodeToString(mac(key, ID + "." + timestamp + ".", body));
            assertThat(own.signature(ID, timestamp, Bytes.wrap(body))).isEqualTo(expected);
            assertThat(own.signature(ID, Long.toString(timestamp), Bytes.wrap(body)))
                    .isEqualTo(expected);
            assertThat(own.hex(Bytes.wrap(body))).isEqualTo(HexFormat.of().formatHex(mac(key, "", body)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 1_764_000_000, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void aTimestampIsSignedAsItIsWritten(long timestamp) {
        var key = new HmacSha256(new byte[] {1});
        assertThat(key.signature(ID, timestamp, Bytes.EMPTY))
                .isEqualTo(key.signature(ID, Long.toString(timestamp), Bytes.EMPTY));
    }

    /** A text of 47 characters takes 24 bytes and its array 64, with a JVM's usual layout of objects. */
    @Test
    void nothingIsAllocatedButTheSignature() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var secret = SigningSecret.generate();
        var body = Bytes.utf8("x".repeat(500));
        int count = 1_000;
        long least = Long.MAX_VALUE;
        // Compiled or not; the first rounds load classes and fill the slots.
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < count; i++) {
                secret.sign(ID, 1_764_000_000L + i, body);
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / count);
        }
        assertThat(least).isLessThanOrEqualTo(96);
    }

    private static byte[] mac(byte[] key, String start, byte[] body) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update(start.getBytes(StandardCharsets.UTF_8));
        return mac.doFinal(body);
    }
}
