package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretKeysTest {
    private static final UUID SUBSCRIPTION = UUID.fromString("01930000-0000-7000-8000-000000000001");
    private static final UUID ANOTHER = UUID.fromString("01930000-0000-7000-8000-000000000002");
    private static final Bytes PLAIN = Bytes.utf8("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private static final byte[] KEY = key(0);
    private static final byte[] OTHER_KEY = key(100);
    private static final SecretKeys KEYS = SecretKeys.of("2026-11", KEY);

    @Test
    void whatWasEncryptedCanBeDecrypted() {
        for (int length : new int[] {0, 1, 15, 16, 17, 38, 10_000}) {
            var plain = new byte[length];
            Arrays.fill(plain, (byte) 'x');

            assertThat(KEYS.decrypt(SUBSCRIPTION, KEYS.encrypt(SUBSCRIPTION, plain)))
                    .isEqualTo(plain);
        }
    }

    /**
     * Made by another implementation, OpenSSL's through Python's "cryptography": {@code AESGCM(bytes(range(32)))
     * .encrypt(bytes(range(100, 112)), plain, header + subscription_id)}, with the header and the nonce before it.
     */
    @Test
    void theFormatIsWhatItWas() {
        var known = HexFormat.of()
                .parseHex(
                        "0107323032362d3131" // version, length and name of the key
                                + "6465666768696a6b6c6d6e6f" // nonce
                                + "3f73ad031ab61bf87533669ae22221a433b0527de139a3369f98e018a1eaca7ad8880ca11f65" // ciphertext
                                + "d48d6eeed7e319e6717c6b916f61ee51"); // tag

        assertThat(KEYS.decrypt(SUBSCRIPTION, known)).isEqualTo(PLAIN.toByteArray());
        var nonce = HexFormat.of().parseHex("6465666768696a6b6c6d6e6f");
        assertThat(KEYS.encrypt(SUBSCRIPTION, PLAIN.toByteArray(), nonce)).isEqualTo(known);
    }

    @Test
    void onlyWhatIsUnderTheFirstKeyIsCurrent() {
        var old = encrypted();
        var keys = SecretKeys.of("2026-12", OTHER_KEY).alsoReading("2026-11", KEY);
        var clear = SecretCipher.secretsInTheClear().encrypt(SUBSCRIPTION, PLAIN.toByteArray());

        assertThat(KEYS.isCurrent(old)).isTrue();
        assertThat(keys.isCurrent(old)).isFalse();
        assertThat(keys.isCurrent(keys.encrypt(SUBSCRIPTION, PLAIN.toByteArray())))
                .isTrue();
        assertThat(SecretKeys.of("2026-1", KEY).isCurrent(old)).isFalse();
        assertThat(keys.alsoReadingClearText().isCurrent(clear)).isFalse();
        assertThat(keys.isCurrent(new byte[0])).isFalse();
        assertThat(SecretCipher.secretsInTheClear().isCurrent(clear)).isTrue();
        assertThat(SecretCipher.secretsInTheClear().isCurrent(old)).isFalse();
    }

    @Test
    void theSameIsEncryptedDifferentlyEachTime() {
        var seen = new HashSet<Bytes>();
        for (int i = 0; i < 1_000; i++) {
            var nonce = Arrays.copyOfRange(encrypted(), 9, 21);
            assertThat(seen.add(Bytes.wrap(nonce))).isTrue();
        }
    }

    @Test
    void nothingOfThePlainTextIsInTheCiphertext() {
        assertThat(Bytes.wrap(encrypted()).toUtf8String()).doesNotContain("whsec_", "MfKQ");
    }

    @Test
    void aChangedByteAnywhereIsNoticed() {
        var good = encrypted();
        for (int i = 0; i < good.length; i++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                var bad = good.clone();
                bad[i] ^= (byte) (1 << bit);
                assertRefused(() -> KEYS.decrypt(SUBSCRIPTION, bad));
            }
        }
    }

    @Test
    void aMissingOrAddedByteIsNoticed() {
        var good = encrypted();
        for (int length = 0; length < good.length; length++) {
            var shorter = Arrays.copyOf(good, length);
            assertRefused(() -> KEYS.decrypt(SUBSCRIPTION, shorter));
        }
        assertRefused(() -> KEYS.decrypt(SUBSCRIPTION, Arrays.copyOf(good, good.length + 1)));
    }

    @Test
    void whatWasCopiedToAnotherSubscriptionCannotBeRead() {
        assertThat(assertRefused(() -> KEYS.decrypt(ANOTHER, encrypted())))
                .contains(ANOTHER.toString(), "belong to another subscription");
    }

    @Test
    void afterAChangeOfKeysTheOldIsReadAndTheNewIsWritten() {
        var old = encrypted();
        var both = SecretKeys.of("2027-02", OTHER_KEY).alsoReading("2026-11", KEY);

        assertThat(both.decrypt(SUBSCRIPTION, old)).isEqualTo(PLAIN.toByteArray());
        var written = both.encrypt(SUBSCRIPTION, PLAIN.toByteArray());
        assertThat(SecretKeys.of("2027-02", OTHER_KEY).decrypt(SUBSCRIPTION, written))
                .isEqualTo(PLAIN.toByteArray());
        assertThat(assertRefused(() -> KEYS.decrypt(SUBSCRIPTION, written)))
                .contains("encrypted with the key 2027-02, which is not among [2026-11]");
    }

    @Test
    void aKeyBehindAnotherOnlyReads() {
        var prepared = KEYS.alsoReading("2027-02", OTHER_KEY);

        assertThat(KEYS.decrypt(SUBSCRIPTION, prepared.encrypt(SUBSCRIPTION, PLAIN.toByteArray())))
                .isEqualTo(PLAIN.toByteArray());
    }

    @Test
    void anotherKeyOfTheSameNameIsNoticed() {
        assertThat(assertRefused(() -> SecretKeys.of("2026-11", OTHER_KEY).decrypt(SUBSCRIPTION, encrypted())))
                .contains("the key 2026-11 is not the one");
    }

    @Test
    void keysAreTakenFromBytesBase64OrOneText() {
        var text = Base64.getEncoder().encodeToString(KEY);
        var both = SecretKeys.parse(
                " 2027-02:" + Base64.getEncoder().encodeToString(OTHER_KEY) + ",\n2026-11: " + text + "\n");

        assertThat(SecretKeys.of("2026-11", text + "\n").decrypt(SUBSCRIPTION, encrypted()))
                .isEqualTo(PLAIN.toByteArray());
        assertThat(both.decrypt(SUBSCRIPTION, encrypted())).isEqualTo(PLAIN.toByteArray());
        assertThat(both).hasToString("SecretKeys[2027-02, 2026-11]");
        assertThat(SecretKeys.of("2027-02", OTHER_KEY)
                        .alsoReading("2026-11", text)
                        .decrypt(SUBSCRIPTION, encrypted()))
                .isEqualTo(PLAIN.toByteArray());
    }

    @Test
    void aKeyIsCopied() {
        var key = KEY.clone();
        var keys = SecretKeys.of("2026-11", key);

        Arrays.fill(key, (byte) 0);

        assertThat(keys.decrypt(SUBSCRIPTION, encrypted())).isEqualTo(PLAIN.toByteArray());
    }

    @Test
    void everyFaultIsNamedAndNoKey() {
        var text = Base64.getEncoder().encodeToString(KEY);
        var thrown = catchThrowableOfType(
                InvalidInputException.class,
                () -> SecretKeys.parse(
                        text + ",a b:" + text + ",c:" + text.substring(2) + ",d:" + text + ",d:" + text));

        assertThat(thrown.faults())
                .extracting(InvalidInputException.Fault::field)
                .containsExactly("keys[0]", "keys[1].name", "keys[2].key", "keys[4].name");
        assertThat(thrown.getMessage()).doesNotContain(text, text.substring(2, 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a:b", "clé", "a/b"})
    void aNameThatIsNoneIsRefused(String name) {
        assertThatThrownBy(() -> SecretKeys.of(name, KEY)).hasMessageStartingWith("keys[0].name: ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16, 24, 31, 33})
    void aKeyOfAnotherLengthIsRefused(int length) {
        assertThatThrownBy(() -> SecretKeys.of("a", new byte[length]))
                .hasMessage("keys[0].key: must be 32 bytes, as a text in base64");
        assertThatThrownBy(() -> KEYS.alsoReading("b", new byte[length])).hasMessageStartingWith("keys[1].key: ");
    }

    @Test
    void theLongestNameAndNoLonger() {
        var keys = SecretKeys.of("n".repeat(64), KEY);

        assertThat(keys.decrypt(SUBSCRIPTION, keys.encrypt(SUBSCRIPTION, PLAIN.toByteArray())))
                .isEqualTo(PLAIN.toByteArray());
        assertThatThrownBy(() -> SecretKeys.of("n".repeat(65), KEY)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void secretsInTheClearAndEncryptedOnesAreNotTakenForEachOther() {
        var clear = SecretCipher.secretsInTheClear();
        var stored = clear.encrypt(SUBSCRIPTION, PLAIN.toByteArray());

        assertThat(clear.decrypt(SUBSCRIPTION, stored)).isEqualTo(PLAIN.toByteArray());
        assertThat(assertRefused(() -> KEYS.decrypt(SUBSCRIPTION, stored))).contains("in the clear");
        assertThat(assertRefused(() -> clear.decrypt(SUBSCRIPTION, encrypted())))
                .contains("there are no keys");
        assertThat(KEYS.alsoReadingClearText().decrypt(SUBSCRIPTION, stored)).isEqualTo(PLAIN.toByteArray());
        assertThat(KEYS.alsoReadingClearText().alsoReading("old", OTHER_KEY).decrypt(SUBSCRIPTION, stored))
                .isEqualTo(PLAIN.toByteArray());
        assertThat(clear.decrypt(SUBSCRIPTION, clear.encrypt(SUBSCRIPTION, new byte[0])))
                .isEmpty();
        assertRefused(() -> clear.decrypt(SUBSCRIPTION, new byte[0]));
        assertThat(clear).hasToString("SecretCipher[secrets in the clear]");
    }

    private static byte[] encrypted() {
        return KEYS.encrypt(SUBSCRIPTION, PLAIN.toByteArray());
    }

    private static byte[] key(int first) {
        var key = new byte[32];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (first + i);
        }
        return key;
    }

    /** It will not pass by itself, and neither it nor its causes tell a key or a secret. Returns the message. */
    private static String assertRefused(ThrowingCallable call) {
        var thrown = catchThrowableOfType(StoreException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.isTransient()).isFalse();
        var all = new StringWriter();
        thrown.printStackTrace(new PrintWriter(all));
        assertThat(all.toString())
                .doesNotContain(PLAIN.toUtf8String(), "MfKQ9r8G")
                .doesNotContain(
                        Base64.getEncoder().encodeToString(KEY), HexFormat.of().formatHex(KEY))
                .doesNotContain(Arrays.toString(KEY));
        return thrown.getMessage();
    }
}
