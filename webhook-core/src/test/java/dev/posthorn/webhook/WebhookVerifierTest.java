package dev.posthorn.webhook;

import static dev.posthorn.webhook.VerifiedRequest.BODY;
import static dev.posthorn.webhook.VerifiedRequest.ID;
import static dev.posthorn.webhook.VerifiedRequest.OTHER_SECRET;
import static dev.posthorn.webhook.VerifiedRequest.SECRET;
import static dev.posthorn.webhook.VerifiedRequest.SENT;
import static dev.posthorn.webhook.VerifiedRequest.SIGNATURE;
import static dev.posthorn.webhook.VerifiedRequest.body;
import static dev.posthorn.webhook.VerifiedRequest.clockAt;
import static dev.posthorn.webhook.VerifiedRequest.headers;
import static dev.posthorn.webhook.VerifiedRequest.reasonOf;
import static dev.posthorn.webhook.VerifiedRequest.signature;
import static dev.posthorn.webhook.VerifiedRequest.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.standardwebhooks.Webhook;
import dev.posthorn.webhook.WebhookVerificationException.Reason;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookVerifierTest {
    private final WebhookVerifier verifier = WebhookVerifier.of(SECRET).clock(clockAt(SENT));

    @Test
    void aGoodRequestIsAcceptedAndItsIdTold() {
        assertThat(verifier.verify(headers(), body(BODY))).isEqualTo(ID);
    }

    @Test
    void theSecondVectorIsAccepted() {
        var headers = Map.of(
                "webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                "webhook-timestamp", "1649367553",
                "webhook-signature", "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");

        WebhookVerifier.of(OTHER_SECRET)
                .clock(clockAt(1649367553))
                .verify(headers, body("{\"email\":\"test@example.com\",\"username\":\"test_user\"}"));
    }

    @ParameterizedTest
    @CsvSource({
        "262143, NTItnqyWMoFhk2Bbe5V/BMdcFRWgcSQaTgqLHX7FC7c=",
        "262144, Mw4Pe2WgApuT7NSqnSq0PQPV9gbLdggCl9B865x5Xh0=",
        "1048576, txpEUxqWZJ5nteTnymUVa+7C4NHpBeXJ6CsBAW0c3/A="
    })
    void aLargeBodyIsAccepted(int size, String code) {
        verifier.verify(with("webhook-signature", "v1," + code), body("a".repeat(size)));

        assertRefused(with("webhook-signature", "v1," + code), "a".repeat(size - 1) + "b", Reason.NO_MATCH);
    }

    @Test
    void theBodyIsLeftAsItWas() {
        var body = body(BODY);

        verifier.verify(headers(), body);

        assertThat(body).isEqualTo(body(BODY));
    }

    @Test
    void oneGoodSignatureAmongSeveralIsEnough() {
        var wrong = signature(OTHER_SECRET);
        for (var several : new String[] {
            wrong + " " + SIGNATURE,
            SIGNATURE + " " + wrong,
            "v2,abc v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== "
                    + SIGNATURE + " nonsense",
            "  " + SIGNATURE + "  "
        }) {
            verifier.verify(with("webhook-signature", several), body(BODY));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Webhook-Id/Webhook-Timestamp/Webhook-Signature",
                "WEBHOOK-ID/WEBHOOK-TIMESTAMP/WEBHOOK-SIGNATURE"
            })
    void headerNamesAreTakenInAnyCase(String names) {
        var name = names.split("/", -1);

        verifier.verify(Map.of(name[0], ID, name[1], Long.toString(SENT), name[2], SIGNATURE), body(BODY));
    }

    @Test
    void headersCanBeLookedUpInsteadOfBeingInAMap() {
        assertThat(verifier.verify(headers()::get, body(BODY))).isEqualTo(ID);
        assertThat(reasonOf(() -> verifier.verify(name -> null, body(BODY)))).isEqualTo(Reason.MISSING_HEADER);
    }

    @Test
    void aMapMayHaveNullsInIt() {
        var headers = headers();
        headers.put(null, "HTTP/1.1 200 OK");
        headers.put("x-nothing", null);

        verifier.verify(headers, body(BODY));
    }

    @Test
    void aSecretIsTakenWithAndWithoutItsPrefix() {
        WebhookVerifier.of(SECRET.substring("whsec_".length()))
                .clock(clockAt(SENT))
                .verify(headers(), body(BODY));
    }

    @Test
    void aSecretWithoutAPrefixIsAlsoTakenAsPlainText() {
        // Valid base64, but its sender signs with the text.
        var secret = SECRET.substring("whsec_".length());
        var signature = SigningSecret.of(secret).sign(ID, SENT, Bytes.utf8(BODY));
        assertThat(signature).isNotEqualTo(SIGNATURE);

        WebhookVerifier.of(secret).clock(clockAt(SENT)).verify(with("webhook-signature", signature), body(BODY));
    }

    @Test
    void whileASecretIsReplacedBothAreTaken() {
        var both = WebhookVerifier.of(OTHER_SECRET, SECRET).clock(clockAt(SENT));

        both.verify(headers(), body(BODY));
        both.verify(with("webhook-signature", signature(OTHER_SECRET)), body(BODY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"webhook-id", "webhook-timestamp", "webhook-signature"})
    void aRequestThatLacksAHeaderIsRefused(String name) {
        var headers = headers();
        headers.remove(name);
        assertThatThrownBy(() -> verifier.verify(headers, body(BODY)))
                .isInstanceOf(WebhookVerificationException.class)
                .hasMessageContaining(name)
                .extracting(e -> ((WebhookVerificationException) e).reason())
                .isEqualTo(Reason.MISSING_HEADER);
        assertRefused(with(name, ""), BODY, Reason.MISSING_HEADER);
        assertRefused(with(name, "  "), BODY, Reason.MISSING_HEADER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,",
                "v1",
                ",",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O",
                "v1,g0hM9SsE",
                "v1,g",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=,x",
                "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "v1,\u00e9\u00e9\u00e9"
            })
    void anUnknownVersionAnEmptyOrATruncatedSignatureIsRefused(String signature) {
        assertRefused(with("webhook-signature", signature), BODY, Reason.NO_MATCH);
    }

    @Test
    void tamperingIsRefused() {
        assertRefused(headers(), BODY + " ", Reason.NO_MATCH);
        assertRefused(headers(), "{\"test\": 2432232315}", Reason.NO_MATCH);
        assertRefused(headers(), "", Reason.NO_MATCH);
        assertRefused(with("webhook-id", ID + "x"), BODY, Reason.NO_MATCH);
        assertRefused(with("webhook-timestamp", Long.toString(SENT + 1)), BODY, Reason.NO_MATCH);
        // Moves the dots of id.timestamp.body.
        assertRefused(with("webhook-id", ID + "." + SENT), BODY, Reason.NO_MATCH);
    }

    @Test
    void aWrongSecretIsRefused() {
        var wrong = WebhookVerifier.of(OTHER_SECRET).clock(clockAt(SENT));

        assertThat(reasonOf(() -> wrong.verify(headers(), body(BODY)))).isEqualTo(Reason.NO_MATCH);
    }

    @ParameterizedTest
    @CsvSource({"-301, TOO_NEW", "-300,", "0,", "300,", "301, TOO_OLD", "1614265330, TOO_OLD"})
    void aRequestMoreThanFiveMinutesOldOrAheadIsRefused(long age, Reason reason) {
        var later = verifier.clock(clockAt(SENT + age));

        if (reason == null) {
            later.verify(headers(), body(BODY));
        } else {
            assertThat(reasonOf(() -> later.verify(headers(), body(BODY)))).isEqualTo(reason);
        }
    }

    @Test
    void theToleranceCanBeChanged() {
        var strict = verifier.tolerance(Duration.ofSeconds(10));

        strict.clock(clockAt(SENT + 10)).verify(headers(), body(BODY));
        assertThat(reasonOf(() -> strict.clock(clockAt(SENT + 11)).verify(headers(), body(BODY))))
                .isEqualTo(Reason.TOO_OLD);
        verifier.tolerance(Duration.ofHours(1)).clock(clockAt(SENT + 3600)).verify(headers(), body(BODY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-5M", "PT0.999S", "PT24H0.001S"})
    void aToleranceOutOfBoundsIsRefused(Duration tolerance) {
        assertThatThrownBy(() -> verifier.tolerance(tolerance))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("tolerance: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello",
                "1614265330.5",
                "-1614265330",
                "+1614265330",
                "0x60379ff2",
                " 1614265330",
                "1614265330 ",
                "1614265330000000",
                "99999999999999999999999",
                "\u0661\u0666\u0661\u0664\u0662\u0666\u0665\u0663\u0663\u0660"
            })
    void aTimestampThatIsNoNumberOfSecondsIsRefused(String timestamp) {
        assertRefused(with("webhook-timestamp", timestamp), BODY, Reason.BAD_TIMESTAMP);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "whsec_",
                "whsec_!!!!",
                "whpk_",
                "whpk_!!!!",
                "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbO",
                "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4AAAA=",
                // No point of the curve has this y.
                "whpk_AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
            })
    void aSecretThatIsNoneIsRefused(String secret) {
        assertThatThrownBy(() -> WebhookVerifier.of(SECRET, secret))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("secrets[1]: ")
                .hasMessageNotContaining("MfKQ9r8G")
                .hasMessageNotContaining("1SiA4o9h");
    }

    @Test
    void everySecretThatIsNoneIsNamed() {
        assertThatThrownBy(() -> WebhookVerifier.of("", SECRET, "whsec_?"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("secrets[0]: ", "secrets[2]: ");
        assertThatThrownBy(WebhookVerifier::of)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("at least one");
    }

    @Test
    void whatTheReferenceLibrarySignsIsAccepted() throws Exception {
        var random = new Random(2);
        for (int i = 0; i < 200; i++) {
            var key = new byte[1 + random.nextInt(80)];
            random.nextBytes(key);
            var body = "body \u00e4\u20ac " + random.nextLong();
            var signature = new Webhook(key).sign("msg_" + i, SENT, body);
            var headers =
                    Map.of("webhook-id", "msg_" + i, "webhook-timestamp", "" + SENT, "webhook-signature", signature);

            WebhookVerifier.of("whsec_" + Base64.getEncoder().encodeToString(key))
                    .clock(clockAt(SENT))
                    .verify(headers, body(body));
        }
    }

    private void assertRefused(Map<String, String> headers, String body, Reason reason) {
        var refusal =
                catchThrowableOfType(WebhookVerificationException.class, () -> verifier.verify(headers, body(body)));
        assertThat(refusal.reason()).isEqualTo(reason);
        var expected = SigningSecret.of(SECRET)
                .sign(headers.get("webhook-id"), SENT, Bytes.utf8(body))
                .substring("v1,".length());
        assertThat(refusal).hasNoCause().hasMessageNotContainingAny(expected, SIGNATURE.substring(3));
    }
}
