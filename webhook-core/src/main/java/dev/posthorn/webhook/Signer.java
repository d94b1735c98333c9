package dev.posthorn.webhook;

import java.util.List;

/**
 * A way to sign requests, chosen by its name in {@link SubscriptionSettings#signatureSchemes()}. There are three, named
 * by the constants here; a host adds its own with {@link WebhookDispatcher.Builder#signer}. Used by several threads at
 * once.
 */
@FunctionalInterface
public interface Signer {
    /**
     * Standard Webhooks: {@code webhook-signature}, with a signature by each secret, newest first. {@code v1} or
     * {@code v1a} by the kind of the secret. The default.
     */
    String STANDARD_WEBHOOKS = "standard-webhooks";

    /**
     * GitHub's: {@code X-Hub-Signature-256}, which is {@code sha256=} and the HMAC-SHA256 of the body in hex. The key is
     * the secret's text as it is handed out, prefix and all, as GitHub's receivers take it. There is room for one
     * signature: it is that of the oldest symmetric secret that has not expired, so that receivers have the overlap of a
     * rotation to learn the new one. Id and time are not signed.
     */
    String GITHUB = "github";

    /** {@code X-Webhook-Signature}: as {@link #GITHUB}, without {@code sha256=}. */
    String HMAC_SHA256_HEX = "hmac-sha256-hex";

    /**
     * Signs a request that is about to be sent. If this throws, nothing is sent and the attempt has failed. It must not
     * wait for anything.
     *
     * @return the headers to add; they are sent instead of others of the same name, and are bound by the rules for a
     *     subscription's own headers
     */
    List<Header> sign(Message message);

    /**
     * What is to be signed.
     *
     * @param id what is sent as {@code webhook-id}
     * @param timestampSeconds what is sent as {@code webhook-timestamp}: seconds since 1970
     * @param body what is sent
     * @param secrets those of the subscription that have not expired, newest first; at least one
     */
    record Message(String id, long timestampSeconds, Bytes body, List<SigningSecret> secrets) {
        /** Keeps a copy of the list. */
        public Message {
            secrets = List.copyOf(secrets);
        }
    }
}
