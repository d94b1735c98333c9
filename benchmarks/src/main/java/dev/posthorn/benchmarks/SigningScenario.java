package dev.posthorn.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.SigningSecret;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What one signature costs, on one thread: with a MAC made afresh for each, as a few lines on the JDK would have it, and as
 * the library does it. Rounds of each in turn, each signature under the next of 100 keys.
 */
final class SigningScenario {
    private static final int KEYS = 100;
    private static final String ID = "0192f0c1-3c44-7d5b-9a57-3f0e6a1b2c3d";
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final int rounds;
    private final int perRound;
    private final SigningSecret[] secrets = new SigningSecret[KEYS];
    private final byte[][] keys = new byte[KEYS][];
    private final SigningSecret[] privateKeys = new SigningSecret[KEYS];
    private int sum;

    SigningScenario(int rounds, int perRound) {
        this.rounds = rounds;
        this.perRound = perRound;
        for (int i = 0; i < KEYS; i++) {
            secrets[i] = SigningSecret.generate();
            keys[i] = Base64.getDecoder().decode(secrets[i].reveal().substring("whsec_".length()));
            privateKeys[i] = SigningSecret.generateEd25519();
        }
    }

    private interface Signing {
        String sign(int n);
    }

    /** One row of the table, and what was measured for it. */
    private static final class Row {
        final String name;
        final int count;
        final Signing signing;
        final double[] nanos;
        final double[] bytes;

        Row(String name, int count, Signing signing, int rounds) {
            this.name = name;
            this.count = count;
            this.signing = signing;
            nanos = new double[rounds];
            bytes = new double[rounds];
        }
    }

    void run() {
        System.out.printf(
                Locale.ROOT,
                "%nJDK %s, load %.1f; %d rounds of %,d signatures in turn, after one of each; median (min–max)%n%n",
                Runtime.version(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                rounds,
                perRound);
        System.out.println("| signature | ns each | allocated bytes each |");
        System.out.println("|---|---|---|");
        measure("0.5 KB", new byte[512]);
        measure("20 KB", new byte[20 * 1024]);
        if (sum == 0) {
            throw new IllegalStateException("nothing was signed");
        }
    }

    private void measure(String size, byte[] array) {
        Arrays.fill(array, (byte) 'x');
        var body = Bytes.wrap(array);
        var rows = new ArrayList<Row>();
        rows.add(row("v1, " + size + ", a fresh MAC", perRound, n -> fresh(keys[n % KEYS], n, body)));
        rows.add(row("v1, " + size + ", SigningSecret", perRound, n -> secrets[n % KEYS].sign(ID, n, body)));
        // It takes so long that fewer will do.
        rows.add(row(
                "v1a, " + size + ", SigningSecret",
                Math.max(1, perRound / 100),
                n -> privateKeys[n % KEYS].sign(ID, n, body)));
        for (int round = -1; round < rounds; round++) {
            for (var row : rows) {
                measure(row, round);
            }
        }
        for (var row : rows) {
            System.out.printf(
                    "| %s | %s | %s |%n", row.name, Round.spread(row.nanos, "%,.0f"), Round.spread(row.bytes, "%,.0f"));
        }
    }

    private Row row(String name, int count, Signing signing) {
        return new Row(name, count, signing, rounds);
    }

    private void measure(Row row, int round) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        for (int n = 0; n < row.count; n++) {
            sum += row.signing.sign(n).length();
        }
        long nanos = System.nanoTime() - start;
        allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        // The round before the first warms up.
        if (round >= 0) {
            row.nanos[round] = nanos / (double) row.count;
            row.bytes[round] = allocated / (double) row.count;
        }
    }

    private static String fresh(byte[] key, long timestamp, Bytes body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((ID + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            mac.update(body.asByteBuffer());
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
