package dev.posthorn.webhook.spring.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/**
 * Reads request bodies: their very bytes, never more of them than is allowed, and not more at once than there is memory for.
 * Safe for use by several threads.
 */
final class Bodies {
    /** How large a payload may be. */
    static final int MOST_PAYLOAD = 256 * 1024;

    /** How large a JSON request may be: a payload and what is around it. */
    static final int MOST_JSON = MOST_PAYLOAD + 64 * 1024;

    /** How large a request with many events may be. */
    static final int MOST_EVENTS = 8 * 1024 * 1024;

    /** What is reserved at first for a body that does not say how long it is. */
    private static final int UNTOLD = 64 * 1024;

    private final long mostAtOnce;
    private final AtomicLong inMemory = new AtomicLong();

    /** @param mostAtOnce how many bytes all bodies together may have that are in memory */
    Bodies(long mostAtOnce) {
        this.mostAtOnce = mostAtOnce;
    }

    /**
     * Reads a body and has something done with it. It counts as in memory until that is done.
     *
     * @throws ErrorResponseException 413 or 415 for what is not taken; 503 if there is too much in memory
     */
    <T> T read(HttpServletRequest request, int most, Function<byte[], T> work) {
        refuseCompressed(request);
        long length = request.getContentLengthLong();
        if (length > most) {
            throw tooLarge("body", most);
        }
        int expected = length >= 0 ? (int) length : Math.min(most, UNTOLD);
        long reserved = reserve(expected);
        try {
            var body = bytes(request, expected + 1);
            if (body.length > expected && expected < most) {
                reserved += reserve(most - expected);
                body = joined(body, bytes(request, most - expected));
            }
            if (body.length > most) {
                throw tooLarge("body", most);
            }
            return work.apply(body);
        } finally {
            inMemory.addAndGet(-reserved);
        }
    }

    /** As {@link #read}, for JSON that may be left out: then there is an empty object. */
    <T> T readOptionalJson(HttpServletRequest request, Function<byte[], T> work) {
        return read(request, MOST_JSON, body -> {
            if (body.length == 0) {
                return work.apply("{}".getBytes(StandardCharsets.US_ASCII));
            }
            var type = request.getContentType();
            if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
                throw Problems.of(
                        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                        "Only JSON is taken.",
                        "Content-Type",
                        "must be application/json where there is a body");
            }
            return work.apply(body);
        });
    }

    private long reserve(long bytes) {
        if (inMemory.addAndGet(bytes) > mostAtOnce) {
            inMemory.addAndGet(-bytes);
            throw Problems.later("Too much is being read at once. Try again.");
        }
        return bytes;
    }

    private static byte[] bytes(HttpServletRequest request, int most) {
        try {
            return request.getInputStream().readNBytes(most);
        } catch (IOException e) {
            throw Problems.of(HttpStatus.BAD_REQUEST, "The body broke off.", "body", "must be complete");
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void refuseCompressed(HttpServletRequest request) {
        var coding = request.getHeader("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            // The receiver would get compressed bytes and not be told.
            throw Problems.of(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Compressed bodies are not taken.",
                    "Content-Encoding",
                    "must not be there");
        }
    }

    static ErrorResponseException tooLarge(String field, int most) {
        return Problems.of(
                HttpStatus.CONTENT_TOO_LARGE, "That is too large.", field, "must be at most " + most + " bytes");
    }
}
