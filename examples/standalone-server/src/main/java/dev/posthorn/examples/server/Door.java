package dev.posthorn.examples.server;

import dev.posthorn.webhook.spring.web.ApiKeys;
import dev.posthorn.webhook.spring.web.EarlyProblem;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets requests in not too often, and into a worker only those that it answers. Who may come in, others look at. */
final class Door extends OncePerRequestFilter {
    /** What a worker answers. */
    private static final Set<String> OF_WORKERS = Set.of("/health", "/metrics");

    private final ApiKeys keys;
    private final boolean isWorker;
    private final RateLimiter limiter;

    Door(ApiKeys keys, Settings.Role role, RateLimiter limiter) {
        this.keys = keys;
        this.isWorker = role == Settings.Role.WORKER;
        this.limiter = limiter;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!limiter.lets(keys.number(request), request, response)) {
            EarlyProblem.write(request, response, HttpStatus.TOO_MANY_REQUESTS, "The rate limit is used up.");
        } else if (isWorker && !OF_WORKERS.contains(request.getRequestURI())) {
            EarlyProblem.write(
                    request, response, HttpStatus.NOT_FOUND, "A worker answers nothing but /health and /metrics.");
        } else {
            chain.doFilter(request, response);
        }
    }
}
