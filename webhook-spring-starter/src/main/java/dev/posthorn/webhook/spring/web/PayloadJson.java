package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishedEvent;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What is sent.
 *
 * @param payload the text if it is UTF-8, else its base64 form
 * @param payloadEncoding which of these it is: {@code utf-8} or {@code base64}
 */
record PayloadJson(String contentType, String payload, String payloadEncoding) {
    static PayloadJson of(PublishedEvent event) {
        var text = utf8(event.payload());
        return text == null
                ? new PayloadJson(
                        event.contentType(),
                        Base64.getEncoder().encodeToString(event.payload().toByteArray()),
                        "base64")
                : new PayloadJson(event.contentType(), text, "utf-8");
    }

    private static @Nullable String utf8(Bytes bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.asByteBuffer())
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
