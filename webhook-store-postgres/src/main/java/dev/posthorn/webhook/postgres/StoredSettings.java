package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.SubscriptionSettings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON in which settings, headers and secrets are kept. */
final class StoredSettings {
    // Only ASCII: an escape can stand for what PostgreSQL's text cannot hold, such as NUL.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .build();

    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    private StoredSettings() {}

    static String write(Object value) {
        return JSON.writeValueAsString(value);
    }

    static SubscriptionSettings settings(String json) {
        return JSON.readValue(json, SubscriptionSettings.class);
    }

    static Map<String, String> headers(String json) {
        return JSON.readValue(json, HEADERS);
    }

    static List<dev.posthorn.webhook.Header> answerHeaders(String json) {
        return Arrays.asList(JSON.readValue(json, dev.posthorn.webhook.Header[].class));
    }

    static byte[] secrets(List<SigningSecret> secrets) {
        return write(secrets.stream().map(SigningSecret::reveal).toList()).getBytes(StandardCharsets.US_ASCII);
    }

    static List<SigningSecret> secrets(byte[] stored) {
        var texts = JSON.readValue(stored, String[].class);
        return Arrays.stream(texts).map(SigningSecret::of).toList();
    }
}
