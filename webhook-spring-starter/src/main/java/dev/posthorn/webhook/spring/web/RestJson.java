package dev.posthorn.webhook.spring.web;

import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Writes what the controllers answer, always in the same way: a host may have other habits for its own JSON. */
final class RestJson extends JacksonJsonHttpMessageConverter {
    static final JsonMapper MAPPER = JsonFields.MAPPER
            .rebuild()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
            .build();

    RestJson() {
        super(MAPPER);
    }

    @Override
    public boolean canRead(ResolvableType type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    public boolean canRead(Class<?> type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    public boolean canWrite(ResolvableType target, Class<?> type, @Nullable MediaType mediaType) {
        return isOurs(type) && super.canWrite(target, type, mediaType);
    }

    @Override
    public boolean canWrite(Class<?> type, @Nullable MediaType mediaType) {
        return isOurs(type) && super.canWrite(type, mediaType);
    }

    private static boolean isOurs(Class<?> type) {
        return type.getPackageName().equals(RestJson.class.getPackageName());
    }
}
