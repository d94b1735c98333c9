package dev.posthorn.webhook.spring.web;

import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;

/** A problem of ours, so that it is written in our way and not by a host's habits. */
final class Problem extends ProblemDetail {
    private static final long serialVersionUID = 1L;

    Problem(ProblemDetail other) {
        super(other);
    }

    Problem(HttpStatusCode status, String detail) {
        super(status.value());
        setDetail(detail);
    }
}
