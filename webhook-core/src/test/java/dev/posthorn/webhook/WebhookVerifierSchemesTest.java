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

import dev.posthorn.webhook.WebhookVerificationException.Reason;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Version {@code v1a} and the schemes beside Standard Webhooks. */
class WebhookVerifierSchemesTest {
    private static final String PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    private static final String SIGNATURE_1A =
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

    private final WebhookVerifier verifier = WebhookVerifier.of(SECRET).clock(clockAt(SENT));

    @Test
    void theVectorOfVersion1aIsAcceptedWithThePublicKey() {
        var asymmetric = WebhookVerifier.of(PUBLIC_KEY).clock(clockAt(SENT));

        assertThat(asymmetric.verify(with("webhook-signature", SIGNATURE_1A), body(BODY)))
                .isEqualTo(ID);
        for (var signature : new String[] {
            SIGNATURE,
            SIGNATURE_1A.replace("v1a,", "v1,"),
            SIGNATURE_1A.replace("h", "i"),
            SIGNATURE_1A.substring(0, SIGNATURE_1A.length() - 4),
            SIGNATURE_1A + "AAAA",
            "v1a,",
            "v1a,!!!!",
            "v1a," + "/".repeat(86) + "=="
        }) {
            assertThat(reasonOf(() -> asymmetric.verify(with("webhook-signature", signature), body(BODY))))
                    .as(signature)
                    .isEqualTo(Reason.NO_MATCH);
        }
        var signed = with("webhook-signature", SIGNATURE_1A);
        assertThat(reasonOf(() -> asymmetric.verify(signed, body(BODY + " ")))).isEqualTo(Reason.NO_MATCH);
        signed.put("webhook-id", "msg_other");
        assertThat(reasonOf(() -> asymmetric.verify(signed, body(BODY)))).isEqualTo(Reason.NO_MATCH);
        assertThat(reasonOf(() -> asymmetric
                        .clock(clockAt(SENT + 301))
                        .verify(with("webhook-signature", SIGNATURE_1A), body(BODY))))
                .isEqualTo(Reason.TOO_OLD);
    }

    @Test
    void secretsOfBothKindsCanBeGivenAtOnce() {
        var both = WebhookVerifier.of(
                        SigningSecret.generateEd25519().publicKey().orElseThrow(), OTHER_SECRET, PUBLIC_KEY)
                .clock(clockAt(SENT));

        both.verify(with("webhook-signature", signature(OTHER_SECRET)), body(BODY));
        both.verify(with("webhook-signature", SIGNATURE + " v1a,AAAA " + SIGNATURE_1A), body(BODY));
        assertThat(reasonOf(() -> both.verify(headers(), body(BODY)))).isEqualTo(Reason.NO_MATCH);
    }

    @Test
    void ofTooManyAsymmetricSignaturesOnlyTheFirstAreTried() {
        var asymmetric = WebhookVerifier.of(PUBLIC_KEY).clock(clockAt(SENT));
        var wrong = ("v1a," + "A".repeat(86) + "== ");

        asymmetric.verify(with("webhook-signature", wrong.repeat(7) + SIGNATURE_1A), body(BODY));
        assertThat(reasonOf(
                        () -> asymmetric.verify(with("webhook-signature", wrong.repeat(8) + SIGNATURE_1A), body(BODY))))
                .isEqualTo(Reason.NO_MATCH);
    }

    // GitHub's own example: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    private static final String GITHUB_SECRET = "It's a Secret to Everybody";
    private static final String GITHUB_MAC = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    @Test
    void gitHubsExampleIsAccepted() {
        var gitHub = WebhookVerifier.of(GITHUB_SECRET).scheme(Signer.GITHUB);

        assertThat(gitHub.verify(Map.of("X-Hub-Signature-256", "sha256=" + GITHUB_MAC), body("Hello, World!")))
                .isEmpty();
        assertThat(gitHub.verify(
                        Map.of("X-Hub-Signature-256", "sha256=" + GITHUB_MAC, "webhook-id", "7"),
                        body("Hello, World!")))
                .isEqualTo("7");
        assertThat(reasonOf(() ->
                        gitHub.verify(Map.of("X-Hub-Signature-256", "sha256=" + GITHUB_MAC), body("Hello, world!"))))
                .isEqualTo(Reason.NO_MATCH);
        assertThat(reasonOf(() ->
                        gitHub.verify(Map.of("X-Hub-Signature-256", "sha1=" + GITHUB_MAC), body("Hello, World!"))))
                .isEqualTo(Reason.NO_MATCH);
        assertThat(reasonOf(() -> gitHub.verify(Map.of("X-Webhook-Signature", GITHUB_MAC), body("Hello, World!"))))
                .isEqualTo(Reason.MISSING_HEADER);
    }

    @Test
    void aPlainHexSignatureIsAccepted() {
        var hex = WebhookVerifier.of(OTHER_SECRET, GITHUB_SECRET).scheme(Signer.HMAC_SHA256_HEX);

        hex.verify(Map.of("X-Webhook-Signature", GITHUB_MAC), body("Hello, World!"));
        assertThat(reasonOf(
                        () -> hex.verify(Map.of("X-Webhook-Signature", "sha256=" + GITHUB_MAC), body("Hello, World!"))))
                .isEqualTo(Reason.NO_MATCH);
        assertThat(reasonOf(() ->
                        hex.verify(Map.of("X-Webhook-Signature", GITHUB_MAC.substring(1)), body("Hello, World!"))))
                .isEqualTo(Reason.NO_MATCH);
    }

    @Test
    void aSignatureOfAnotherSchemeIsNotEnough() {
        var weak = Map.of(
                "webhook-id",
                ID,
                "webhook-timestamp",
                Long.toString(SENT),
                "X-Hub-Signature-256",
                "sha256=" + GITHUB_MAC,
                "X-Webhook-Signature",
                GITHUB_MAC);

        assertThat(reasonOf(() ->
                        WebhookVerifier.of(GITHUB_SECRET).clock(clockAt(SENT)).verify(weak, body("Hello, World!"))))
                .isEqualTo(Reason.MISSING_HEADER);
        assertThat(reasonOf(
                        () -> WebhookVerifier.of(SECRET).scheme(Signer.GITHUB).verify(headers(), body(BODY))))
                .isEqualTo(Reason.MISSING_HEADER);
    }

    @Test
    void aSchemeThatIsNoneOrHasNoKeyIsRefused() {
        assertThatThrownBy(() -> verifier.scheme("rot13"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("scheme: ");
        assertThatThrownBy(() -> WebhookVerifier.of(PUBLIC_KEY).scheme(Signer.GITHUB))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("scheme: ");
        verifier.scheme(Signer.GITHUB).scheme(Signer.STANDARD_WEBHOOKS).verify(headers(), body(BODY));
    }
}
