package dev.posthorn.webhook.spring.web;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/**
 * Answers in JSON, whatever the request says that it accepts: otherwise an event could be published and its receipt then
 * refused.
 */
final class Answers {
    private Answers() {}

    static <T> ResponseEntity<T> ok(T body) {
        return of(HttpStatus.OK, body);
    }

    static <T> ResponseEntity<T> of(HttpStatus status, T body) {
        return begin(status).body(body);
    }

    static ResponseEntity.BodyBuilder begin(HttpStatus status) {
        return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON);
    }
}
