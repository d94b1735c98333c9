package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.spi.StoredSecret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** The JSON in which settings, headers and secrets are kept. */
final class StoredSettings {
    // Only ASCII: an escape can stand for what PostgreSQL's text cannot hold, such as NUL.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            // What was stored before there was a setting has none.
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addModule(new SimpleModule()
                    .addSerializer(PayloadFilter.class, new FilterWriter())
                    .addDeserializer(PayloadFilter.class, new FilterReader()))
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

    static List<Header> answerHeaders(String json) {
        return Arrays.asList(JSON.readValue(json, Header[].class));
    }

    private record SecretJson(String secret, @Nullable Long expiresAtMillis) {}

    static byte[] secrets(List<StoredSecret> secrets) {
        var json = secrets.stream()
                .map(stored -> new SecretJson(stored.secret().reveal(), millis(stored.expiresAt())))
                .toList();
        return write(json).getBytes(StandardCharsets.US_ASCII);
    }

    private static @Nullable Long millis(@Nullable Instant moment) {
        return moment == null ? null : (Long) moment.toEpochMilli();
    }

    static List<StoredSecret> secrets(byte[] json) {
        return Arrays.stream(JSON.readValue(json, SecretJson[].class))
                .map(StoredSettings::stored)
                .toList();
    }

    private static StoredSecret stored(SecretJson json) {
        var millis = json.expiresAtMillis;
        return new StoredSecret(SigningSecret.of(json.secret), millis == null ? null : Instant.ofEpochMilli(millis));
    }

    /** A filter is kept as the JSON it is, so that it can be queried. */
    private static final class FilterWriter extends ValueSerializer<PayloadFilter> {
        @Override
        public void serialize(PayloadFilter filter, JsonGenerator generator, SerializationContext context) {
            generator.writeRawValue(ascii(filter.toJson()));
        }

        /** Beyond ASCII there are only characters of strings, which can all be escaped. */
        private static String ascii(String json) {
            var text = new StringBuilder(json.length());
            for (int i = 0; i < json.length(); i++) {
                char c = json.charAt(i);
                text.append(c < 0x7F ? String.valueOf(c) : "\\u%04x".formatted((int) c));
            }
            return text.toString();
        }
    }

    private static final class FilterReader extends ValueDeserializer<PayloadFilter> {
        // Numbers as they were written: a double has less digits than a filter may have.
        private static final JsonMapper EXACT = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                // The other settings come after it.
                .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();

        @Override
        public PayloadFilter deserialize(JsonParser parser, DeserializationContext context) {
            return PayloadFilter.parse(EXACT.readTree(parser).toString());
        }
    }
}
