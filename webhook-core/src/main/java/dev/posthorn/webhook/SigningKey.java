package dev.posthorn.webhook;

/** What the text of a secret stands for. Safe for use by several threads. */
sealed interface SigningKey permits HmacSha256, Ed25519Key {
    /** The version and the base64 form of a signature over {@code id.timestamp.body}. */
    String signature(String id, String timestamp, Bytes body);

    /** The same, of a timestamp in seconds. */
    default String signature(String id, long timestamp, Bytes body) {
        return signature(id, Long.toString(timestamp), body);
    }
}
