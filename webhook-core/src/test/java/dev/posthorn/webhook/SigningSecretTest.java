package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.standardwebhooks.Webhook;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigningSecretTest {
    private static final String REFERENCE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | msg_p5jXN8AQM9LWM0D4loKWxJek | 1614265330 | {"test": 2432232314} | v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
            whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD | msg_27UH4WbU6Z5A5EzD8u03UvzRbpk | 1649367553 | {"email":"test@example.com","username":"test_user"} | v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=
            a plain text secret of forty characters! | msg_1 | 1700000000 | {"a":1} | v1,e8tDJc5ghHGt3MGs7K38FJblnTtOGPYlLWRN4Cqlll4=
            geheim-überall-mit-Umlauten | msg_1 | 1700000000 | {"a":1} | v1,ALYCHfFwH61pDvGv4AKuH977uZWLqKDwyA5EC7YRLi0=
            """)
    void aBodyIsSignedAsTheVectorsSay(String secret, String id, long timestamp, String body, String signature) {
        assertThat(SigningSecret.of(secret).sign(id, timestamp, Bytes.utf8(body)))
                .isEqualTo(signature);
    }

    @ParameterizedTest
    @CsvSource({
        "262143, v1,NTItnqyWMoFhk2Bbe5V/BMdcFRWgcSQaTgqLHX7FC7c=",
        "262144, v1,Mw4Pe2WgApuT7NSqnSq0PQPV9gbLdggCl9B865x5Xh0=",
        "1048576, v1,txpEUxqWZJ5nteTnymUVa+7C4NHpBeXJ6CsBAW0c3/A="
    })
    void aLargeBodyIsSignedAsTheVectorsSay(int size, String version, String code) {
        var signature = SigningSecret.of(REFERENCE)
                .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Bytes.utf8("a".repeat(size)));

        assertThat(signature).isEqualTo(version + "," + code);
    }

    @Test
    void theReferenceLibraryAcceptsWhatWeSign() throws Exception {
        var random = new Random(1);
        for (int i = 0; i < 200; i++) {
            var secret = SigningSecret.generate();
            long now = Instant.now().getEpochSecond();
            var body = text(random);
            var id = "msg_" + i;
            var signature = secret.sign(id, now, Bytes.utf8(body));

            new Webhook(secret.reveal())
                    .verify(
                            body,
                            Map.of(
                                    "webhook-id", List.of(id),
                                    "webhook-timestamp", List.of(Long.toString(now)),
                                    "webhook-signature", List.of("v1,bm9wZQ== " + signature)));
            assertThat(new Webhook(secret.reveal()).sign(id, now, body)).isEqualTo(signature);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
                "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="
            })
    void aPrivateKeySignsAsTheVectorSays(String text) {
        var secret = SigningSecret.of(text);

        assertThat(secret.kind()).isEqualTo(SigningSecret.Kind.ED25519);
        assertThat(secret.reveal()).isEqualTo(text);
        assertThat(secret.publicKey()).hasValue("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
        assertThat(secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Bytes.utf8("{\"test\": 2432232314}")))
                .isEqualTo(
                        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==");
    }

    @Test
    void aGeneratedPrivateKeyHasItsPublicKeyWithIt() {
        var one = SigningSecret.generateEd25519();
        var bytes = Base64.getDecoder().decode(one.reveal().substring("whsk_".length()));
        var ofSeed = SigningSecret.of("whsk_" + Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, 32)));

        assertThat(bytes).hasSize(64);
        assertThat(ofSeed.publicKey())
                .isEqualTo(one.publicKey())
                .hasValueSatisfying(key -> assertThat(key).startsWith("whpk_"));
        assertThat(SigningSecret.of(one.reveal()).sign("id", 1, Bytes.EMPTY))
                .isEqualTo(ofSeed.sign("id", 1, Bytes.EMPTY));
        assertThat(one).isNotEqualTo(SigningSecret.generateEd25519());
        assertThat(SigningSecret.generate().publicKey()).isEmpty();
        assertThat(SigningSecret.generate().kind()).isEqualTo(SigningSecret.Kind.HMAC_SHA256);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 63, 65})
    void aPrivateKeyOfAnyOtherSizeIsRefused(int size) {
        assertRefused("whsk_" + Base64.getEncoder().encodeToString(new byte[size]), "Ed25519");
    }

    @Test
    void aLongOrForeignIdIsSignedAsItsUtf8Bytes() throws Exception {
        var secret = SigningSecret.generate();
        for (var id : List.of("", "x".repeat(128), "x".repeat(129), "ü", "x".repeat(127) + "€", "\uD83D\uDD11")) {
            assertThat(secret.sign(id, 7, Bytes.utf8("body")))
                    .as(id)
                    .isEqualTo(new Webhook(secret.reveal()).sign(id, 7, "body"));
        }
    }

    @Test
    void manyThreadsSignAtOnceWithOneKeyAndWithTheirOwn() throws Exception {
        int threads = 4 * Runtime.getRuntime().availableProcessors() + 8;
        var ready = new CyclicBarrier(threads);
        var pool = Executors.newFixedThreadPool(threads);
        try {
            var shared = SigningSecret.generate();
            var results = new ArrayList<Future<Boolean>>();
            for (int i = 0; i < threads; i++) {
                var id = "msg_" + i;
                results.add(pool.submit(() -> {
                    var secret = SigningSecret.generate();
                    var expected = new Webhook(secret.reveal()).sign(id, 1, id);
                    var expectedOfShared = new Webhook(shared.reveal()).sign(id, 1, id);
                    ready.await(20, TimeUnit.SECONDS);
                    boolean same = true;
                    for (int n = 0; n < 2_000; n++) {
                        same &= secret.sign(id, 1, Bytes.utf8(id)).equals(expected);
                        same &= shared.sign(id, 1, Bytes.utf8(id)).equals(expectedOfShared);
                    }
                    return same;
                }));
            }
            for (var result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aBodyIsNotCopiedToBeSigned() {
        var secret = SigningSecret.generate();
        var body = Bytes.wrap(new byte[8 * 1024 * 1024]);
        secret.sign("warm", 1, body);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = threads.getCurrentThreadAllocatedBytes();
        secret.sign("msg_1", 1, body);

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(256 * 1024);
    }

    @Test
    void aGeneratedSecretHas32BytesOfItsOwn() {
        var one = SigningSecret.generate();
        var other = SigningSecret.generate();

        assertThat(one.reveal()).startsWith("whsec_");
        assertThat(Base64.getDecoder().decode(one.reveal().substring("whsec_".length())))
                .hasSize(32);
        assertThat(one).isNotEqualTo(other);
        assertThat(SigningSecret.of(one.reveal()))
                .isEqualTo(one)
                .hasSameHashCodeAs(one)
                .extracting(secret -> secret.sign("id", 1, Bytes.EMPTY))
                .isEqualTo(one.sign("id", 1, Bytes.EMPTY));
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 25, 32, 63, 64})
    void aKeyOf24To64BytesIsTaken(int size) {
        assertThat(SigningSecret.of(base64(size)).reveal()).isEqualTo(base64(size));
        assertThat(SigningSecret.of("x".repeat(size)).reveal()).isEqualTo("x".repeat(size));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 23, 65, 1000})
    void aKeyOfAnyOtherSizeIsRefused(int size) {
        assertRefused(base64(size), "24 to 64 bytes");
        assertRefused("x".repeat(size), "24 to 64 bytes");
    }

    @Test
    void theBytesOfAPlainTextAreCountedAndNotItsCharacters() {
        assertThat(SigningSecret.of("ü".repeat(12)).reveal()).hasSize(12);
        assertRefused("ü".repeat(33), "24 to 64 bytes");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!       | valid base64
            whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwX      | valid base64
            whsec_MfKQ9r8GKYqrTwjUPD8I LPZIo2LaLaSw      | valid base64
            whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBb | Ed25519
            whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBb | Ed25519
            whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTI!!!! | valid base64
            """)
    void aTextThatStandsForNoKeyIsRefused(String secret, String problem) {
        assertRefused(secret, problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\t", "\u0000", "\u0085"})
    void aLineEndOrOtherControlCharacterIsRefused(String control) {
        assertRefused("a plain text secret of forty characters!" + control, "control character");
        assertRefused(REFERENCE + control, "control character");
    }

    @Test
    void onlyRevealShowsTheSecret() {
        var plain = "a plain text secret of forty characters!";

        assertThat(SigningSecret.of(REFERENCE).masked()).isEqualTo("whsec_****LaSw");
        assertThat(SigningSecret.of(plain).masked()).isEqualTo("****ers!");
        assertThat(SigningSecret.of("x".repeat(24) + "\uD83D\uDD11".repeat(4)).masked())
                .isEqualTo("****" + "\uD83D\uDD11".repeat(4));
        assertThat(SigningSecret.of(REFERENCE)).hasToString("SigningSecret[whsec_****LaSw]");
        var privateKey = SigningSecret.generateEd25519();
        assertThat(privateKey.masked())
                .matches("whsk_\\*{4}.{4}")
                .doesNotContain(privateKey.reveal().substring(5, 40));
        assertThat(privateKey).hasToString("SigningSecret[" + privateKey.masked() + "]");
        assertThat(SigningSecret.of(REFERENCE).reveal()).isEqualTo(REFERENCE);
    }

    private static void assertRefused(String secret, String problem) {
        var refusal = catchThrowableOfType(InvalidInputException.class, () -> SigningSecret.of(secret));
        assertThat(refusal.faults())
                .isNotEmpty()
                .allMatch(fault -> fault.field().equals("secret"));
        assertThat(refusal).hasMessageContaining(problem);
        if (secret.length() > 10) {
            assertThat(refusal).hasMessageNotContainingAny(secret.strip(), secret.substring(6, 16));
        }
    }

    private static String base64(int size) {
        return "whsec_" + Base64.getEncoder().encodeToString("x".repeat(size).getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(2000), 0x20, 0xd7ff)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
