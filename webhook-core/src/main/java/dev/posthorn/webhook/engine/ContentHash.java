package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookEvent;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether two events under one idempotency key are the same: SHA-256 over type, content type, payload and target.
 * Headers and times are left out, because a publisher that tries again has another trace and another clock reading.
 */
final class ContentHash {
    private ContentHash() {}

    static Bytes of(WebhookEvent event, @Nullable UUID target) {
        var digest = sha256();
        try (var out = new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            // writeUTF puts the length first, so that no two different events come to the same bytes.
            out.writeUTF(event.type());
            out.writeUTF(event.contentType());
            out.writeUTF(String.valueOf(target));
            event.payload().writeTo(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Bytes.wrap(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
