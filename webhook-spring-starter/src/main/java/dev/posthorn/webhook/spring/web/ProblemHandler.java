package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.BacklogFullException;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.spi.StoreException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Answers every request that fails with a problem. */
@RestControllerAdvice(basePackageClasses = ProblemHandler.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
public class ProblemHandler extends ResponseEntityExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemHandler.class);

    /** For Spring. */
    public ProblemHandler() {}

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(NotFoundException e) {
        return answer(HttpStatus.NOT_FOUND, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(ConflictException e) {
        return answer(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(BacklogFullException e) {
        var faults = e.full().stream()
                .map(full -> new Fault(
                        full.scope().name().toLowerCase(Locale.ROOT),
                        full.id() + " may have at most " + full.bound() + " deliveries pending"))
                .toList();
        var problem = Problems.detail(
                HttpStatus.TOO_MANY_REQUESTS, "Too much is pending; nothing was published. Try again later.", faults);
        return ResponseEntity.of(problem).header(HttpHeaders.RETRY_AFTER, "1").build();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(StoreException e) {
        if (!e.isTransient()) {
            return unforeseen(e);
        }
        var problem = Problems.detail(
                HttpStatus.SERVICE_UNAVAILABLE, "The store cannot be reached now. Try again.", List.of());
        return ResponseEntity.of(problem).header(HttpHeaders.RETRY_AFTER, "1").build();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unforeseen(Exception e) {
        LOG.error("a request failed", e);
        return answer(HttpStatus.INTERNAL_SERVER_ERROR, "Something failed on the server's side; its log says what.");
    }

    private static ResponseEntity<ProblemDetail> answer(HttpStatus status, String detail) {
        return ResponseEntity.of(Problems.detail(status, detail, List.of())).build();
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        var fault = new Fault(String.valueOf(e.getPropertyName()), "must be a UUID");
        var problem = Problems.detail(status, "The path has a fault.", List.of(fault));
        return handleExceptionInternal(e, problem, headers, status, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleNoHandlerFoundException(
            NoHandlerFoundException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        var problem = Problems.detail(status, "There is no such route.", List.of());
        return handleExceptionInternal(e, problem, headers, status, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleNoResourceFoundException(
            NoResourceFoundException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        var problem = Problems.detail(status, "There is no such route.", List.of());
        return handleExceptionInternal(e, problem, headers, status, request);
    }

    /** Where everything that Spring itself refuses comes together: it has no {@code errors} of its own. */
    @Override
    protected ResponseEntity<Object> createResponseEntity(
            @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        if (!(body instanceof ProblemDetail detail)) {
            return super.createResponseEntity(body, headers, status, request);
        }
        var problem = new Problem(detail);
        if (problem.getProperties() == null) {
            problem.setProperty("errors", List.of());
        }
        return super.createResponseEntity(problem, headers, status, request);
    }
}
