package dev.posthorn.examples.server;

import dev.posthorn.webhook.spring.web.ProblemHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers with problems also what is no controller's: routes that are not there. */
@RestControllerAdvice
final class ServerProblems extends ProblemHandler {}
