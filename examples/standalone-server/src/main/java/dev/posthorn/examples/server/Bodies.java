package dev.posthorn.examples.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** Reads request bodies: their very bytes, and never more of them than is allowed. */
final class Bodies {
    /** How large a payload may be. */
    static final int MOST_PAYLOAD = 256 * 1024;

    /** How large a JSON request may be: a payload and what is around it. */
    static final int MOST_JSON = MOST_PAYLOAD + 64 * 1024;

    private Bodies() {}

    static byte[] read(HttpServletRequest request, int most) {
        var coding = request.getHeader("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            // The receiver would get compressed bytes and not be told.
            throw Problems.of(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Compressed bodies are not taken.",
                    "Content-Encoding",
                    "must not be there");
        }
        if (request.getContentLengthLong() > most) {
            throw tooLarge("body", most);
        }
        byte[] body;
        try {
            body = request.getInputStream().readNBytes(most + 1);
        } catch (IOException e) {
            throw Problems.of(HttpStatus.BAD_REQUEST, "The body broke off.", "body", "must be complete");
        }
        if (body.length > most) {
            throw tooLarge("body", most);
        }
        return body;
    }

    static ErrorResponseException tooLarge(String field, int most) {
        return Problems.of(
                HttpStatus.CONTENT_TOO_LARGE, "That is too large.", field, "must be at most " + most + " bytes");
    }
}
