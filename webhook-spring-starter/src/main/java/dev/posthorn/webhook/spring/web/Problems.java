package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.InvalidInputException.Fault;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** Answers that say what went wrong (RFC 9457), each with the member {@code errors}: every fault and its field. */
final class Problems {
    private Problems() {}

    static ProblemDetail detail(HttpStatusCode status, String detail, List<Fault> faults) {
        var problem = new Problem(status, detail);
        problem.setProperty("errors", faults);
        return problem;
    }

    /** An exception that is answered with a problem. */
    static ErrorResponseException of(HttpStatusCode status, String detail, List<Fault> faults) {
        return new ErrorResponseException(status, detail(status, detail, faults), null);
    }

    /** An exception that is answered with a problem of one field. */
    static ErrorResponseException of(HttpStatusCode status, String detail, String field, String problem) {
        return of(status, detail, List.of(new Fault(field, problem)));
    }

    /** An exception that is answered with 503, and when to try again. */
    static ErrorResponseException later(String detail) {
        var problem = of(HttpStatus.SERVICE_UNAVAILABLE, detail, List.of());
        problem.getHeaders().set(HttpHeaders.RETRY_AFTER, "1");
        return problem;
    }
}
