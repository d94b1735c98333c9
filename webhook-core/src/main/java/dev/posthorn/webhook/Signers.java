package dev.posthorn.webhook;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/** The signers that come with the library, and what a host's own may do. */
final class Signers {
    static final String GITHUB_HEADER = "X-Hub-Signature-256";
    static final String GITHUB_PREFIX = "sha256=";
    static final String HEX_HEADER = "X-Webhook-Signature";

    private static final Map<String, Signer> BUILT_IN = Map.of(
            Signer.STANDARD_WEBHOOKS,
            message -> List.of(new Header(WebhookVerifier.SIGNATURE, standardWebhooks(message))),
            Signer.GITHUB,
            message -> List.of(new Header(GITHUB_HEADER, GITHUB_PREFIX + hex(message))),
            Signer.HMAC_SHA256_HEX,
            message -> List.of(new Header(HEX_HEADER, hex(message))));

    private static final Set<String> SYMMETRIC = Set.of(Signer.GITHUB, Signer.HMAC_SHA256_HEX);

    private Signers() {}

    /** Those that come with the library, by name. */
    static Map<String, Signer> builtIn() {
        return BUILT_IN;
    }

    /** Whether a scheme is of no use without a symmetric secret. */
    static boolean needsSymmetricSecret(String scheme) {
        return SYMMETRIC.contains(scheme);
    }

    /** A host's own, kept from adding headers that are not its business. */
    static Signer checked(Signer own) {
        return message -> {
            var headers = own.sign(message);
            var byName = new LinkedHashMap<String, String>();
            headers.forEach(header -> byName.put(header.name(), header.value()));
            var faults = new Faults();
            HeaderRules.check(byName, "headers", faults);
            faults.throwIfAny();
            return headers;
        };
    }

    private static String standardWebhooks(Signer.Message message) {
        var secrets = message.secrets();
        if (secrets.size() == 1) {
            return sign(secrets.get(0), message);
        }
        var signatures = new StringJoiner(" ");
        for (var secret : secrets) {
            signatures.add(sign(secret, message));
        }
        return signatures.toString();
    }

    private static String sign(SigningSecret secret, Signer.Message message) {
        return secret.sign(message.id(), message.timestampSeconds(), message.body());
    }

    private static String hex(Signer.Message message) {
        var secrets = message.secrets();
        for (int i = secrets.size() - 1; i >= 0; i--) {
            if (secrets.get(i).kind() == SigningSecret.Kind.HMAC_SHA256) {
                return secrets.get(i).hexByText(message.body());
            }
        }
        throw new IllegalStateException("there is no symmetric secret");
    }
}
