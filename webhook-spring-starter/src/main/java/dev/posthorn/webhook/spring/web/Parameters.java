package dev.posthorn.webhook.spring.web;

import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The query parameters of a request, read one by one. What is wrong becomes a fault and is read as if it were not there. */
final class Parameters {
    private final HttpServletRequest request;
    private final Faults faults;
    private final Set<String> known = new HashSet<>();

    Parameters(HttpServletRequest request, Faults faults) {
        this.request = request;
        this.faults = faults;
    }

    @Nullable
    String text(String name) {
        known.add(name);
        return request.getParameter(name);
    }

    int number(String name, int byDefault) {
        var text = text(name);
        try {
            return text == null ? byDefault : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            faults.add(name, "must be a whole number");
            return byDefault;
        }
    }

    @Nullable
    Instant moment(String name) {
        return parsed(name, Instant::parse, "must be a moment such as 2030-01-31T12:00:00Z");
    }

    @Nullable
    UUID id(String name) {
        return parsed(name, UUID::fromString, "must be a UUID");
    }

    private <T> @Nullable T parsed(String name, Function<String, T> parse, String problem) {
        var text = text(name);
        try {
            return text == null ? null : parse.apply(text);
        } catch (DateTimeException | IllegalArgumentException e) {
            faults.add(name, problem);
            return null;
        }
    }

    <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
        var text = text(name);
        if (text == null) {
            return null;
        }
        var values = type.getEnumConstants();
        for (var value : values) {
            if (value.name().equals(text)) {
                return value;
            }
        }
        faults.add(name, "must be one of " + Arrays.toString(values));
        return null;
    }

    /** Refuses every parameter that was not asked for: a misspelt filter would otherwise list everything. */
    void refuseOthers() {
        for (var name : request.getParameterMap().keySet()) {
            if (!known.contains(name)) {
                faults.add(name, "is unknown");
            }
        }
    }
}
